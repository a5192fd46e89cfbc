"""One forward pass: where it runs, how many images fit, and what shapes layers have."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor, nn

from nurture.core.errors import NurtureError
from nurture.networks.tracing import device_of, named_parts, reading, show

IN_ORDER: Mapping[str, Sequence[int]] = MappingProxyType({})

COPIES = 7
"""Copies of the widest layer's outputs: what convolutions take, and what waits for the disk. Of
full-size VGG-16 with its 13 convolutional layers, batches of 1 to 8 took 6.6."""

INTERPRETER = 300 * 2**20
"""Memory of Python with torch, before there is a network."""

GIB = 2**30


def choose_device(device: str) -> torch.device:
    """Choose where to compute: ``"auto"`` is the GPU if there is one; ``"cuda"`` demands it."""
    if device == "cuda" and not torch.cuda.is_available():
        raise NurtureError("activations.device is cuda, but torch sees no GPU; set it to auto")
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(device)


def up_to(module: nn.Module, layers: Sequence[str]) -> nn.Module:
    """Leave out of a sequence of the catalogue what follows the last of the layers that are read.

    Nobody needs it, and fully connected layers fit images of one size only. Never of a user's
    network: a sequence that is put together anew has lost its hooks and its shared modules. What
    is no sequence is returned as it is.
    """
    if type(module).forward is not nn.Sequential.forward:
        return module
    parts, known = list(module.named_children()), named_parts(module)
    names = [name for name, _ in parts]
    places = [names.index(layer.split(".")[0]) for layer in layers if layer in known]
    last = max(places, default=len(parts) - 1)
    return nn.Sequential(OrderedDict(parts[: last + 1]))


def unit_shapes(
    module: nn.Module,
    layers: Sequence[str],
    input_shape: tuple[int, int, int],
    orders: Mapping[str, Sequence[int]] = IN_ORDER,
) -> dict[str, tuple[int, int, int]]:
    """Channels, rows and columns of layers, found with one blank image.

    A fully connected layer has one row and one column, and tokens lie in one column. A network may
    be a layout on torch's meta device; one that lacks a layer, as where its file ends before the
    fully connected layers, is refused.

    Parameters
    ----------
    module : Module
    layers : sequence of str
        Names of submodules.
    input_shape : tuple of int
        Channels, rows and columns of an image.
    orders : mapping of str to sequence of int
        See `nurture.activations.extraction.extract`.
    """
    known = named_parts(module)
    lacking = [layer for layer in layers if layer not in known]
    if lacking:
        raise NurtureError(
            f"the network has no {', '.join(lacking)}; take it out of the network's layers, or "
            "give a file of weights with the fully connected layers"
        )
    shapes = {}

    def keep(layer: str, output: Tensor) -> None:
        shape = channels_first(layer, output, orders).shape[1:]
        shapes[layer] = tuple(shape) + (1,) * (3 - len(shape))

    with reading(module, layers, keep):
        show(module, torch.zeros(1, *input_shape, device=device_of(module)))
    return {layer: shapes[layer] for layer in layers}


def fitting_batch(
    module: nn.Module, input_shape: tuple[int, int, int], batch: int, memory: float
) -> int:
    """Choose how many images are shown at once, so that memory stays within a budget.

    Neither the number of images nor that of layers counts, for `extract` hands on each layer and
    `activation_files` holds few: the widest output of the network does. Refuses a budget that does
    not hold the network and one image, and a network that fails on one.

    Parameters
    ----------
    module : Module
    input_shape : tuple of int
        Channels, rows and columns of an image.
    batch : int
        No more than so many.
    memory : float
        Budget in GiB, for all that the process holds.
    """
    weights = sum(p.numel() * p.element_size() for p in module.parameters())
    widest = [int(np.prod(input_shape))]

    def keep(_layer: str, output: object) -> None:
        if isinstance(output, Tensor):
            widest.append(output.numel())

    with reading(module, list(named_parts(module)), keep):
        show(module, torch.zeros(1, *input_shape, device=device_of(module)))
    image = 4 * COPIES * max(widest)
    fits = int((memory * GIB - INTERPRETER - weights) // image)
    if fits < 1:
        needed = (INTERPRETER + weights + image) / GIB
        raise NurtureError(
            f"config: activations.memory: {memory:g} GiB do not hold this network and one image; "
            f"set it to {np.ceil(needed * 10) / 10:g} or more"
        )
    return min(batch, fits)


def channels_first(layer: str, output: Tensor, orders: Mapping[str, Sequence[int]]) -> Tensor:
    """Put the axes of a layer's output into the order images, channels, rows, columns."""
    return output.permute(*orders[layer]) if layer in orders else output
