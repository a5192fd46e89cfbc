"""VGG-16 (Simonyan & Zisserman, 2015), the architecture of the three networks of the paper.

VGG-Face (Parkhi, Vedaldi & Zisserman, 2015) has 2,622 outputs, VGG-16 has 1,000. Layers carry the
names of the paper, and a layer with a nonlinearity is the layer after it.
"""

from torch import Tensor, nn
from torch.nn import functional

STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


class ReLUConv2d(nn.Conv2d):
    """A 3 x 3 convolution and its ReLU, so that the layer's output is what follows the ReLU."""

    def __init__(self, channels_in: int, channels: int):
        super().__init__(channels_in, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, channels in, rows, columns) to (n, channels, rows, columns)."""
        return functional.relu(super().forward(x))


class ReLULinear(nn.Linear):
    """A fully connected layer and its ReLU."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, units in) to (n, units)."""
        return functional.relu(super().forward(x))


class VGG16(nn.Sequential):
    """The whole network, of images (n, 3, size, size), up to the logits ``fc8``.

    Dropout is left out: it does nothing in a network that is not being trained.

    Parameters
    ----------
    outputs : int or None
        Units of ``fc8``. With None the network ends at ``pool5``, as in files that are published
        without its top.
    width : float
        Share of the published channels that each convolution has.
    hidden : int
        Units of ``fc6`` and of ``fc7``.
    size : int
        Side of an image in pixels. Five poolings leave ``size // 32`` of it for ``fc6``.
    """

    def __init__(
        self, outputs: int | None, width: float = 1.0, hidden: int = 4096, size: int = 224
    ):
        super().__init__()
        channels = 3
        for stage, (published, count) in enumerate(STAGES, start=1):
            for i in range(count):
                own = max(1, round(published * width))
                self.add_module(f"conv{stage}_{i + 1}", ReLUConv2d(channels, own))
                channels = own
            self.add_module(f"pool{stage}", nn.MaxPool2d(2))
        if outputs is None:
            return
        self.add_module("flatten", nn.Flatten())
        self.add_module("fc6", ReLULinear(channels * (size // 32) ** 2, hidden))
        self.add_module("fc7", ReLULinear(hidden, hidden))
        self.add_module("fc8", nn.Linear(hidden, outputs))
