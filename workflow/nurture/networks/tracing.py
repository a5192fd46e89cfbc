"""What layers a network has: one blank image is sent through, and every module is watched."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor, nn

from nurture.core.errors import NurtureError, first_line
from nurture.core.screen import text_table
from nurture.networks.catalogue import UNKNOWN
from nurture.networks.watching import Watching, channels_first

BATCH = 2  # two images, to know the axis of images from others of length one


@dataclass(frozen=True)
class Layer:
    """A layer of a network: the shape of its output for one image, channels first.

    Its nonlinearity is ``"none"`` after a linear operation and ``"unknown"`` where it is not known;
    its fault says why the output cannot be read; its order is that of the output's axes that puts
    channels first, nothing where that is their own.
    """

    shape: tuple[int, ...] = ()
    nonlinearity: str = UNKNOWN
    fault: str = ""
    order: tuple[int, ...] = ()


AGAIN = Layer(fault="is run more than once for an image")
IDLE = Layer(fault="is never run as a module of its own")


def trace(module: nn.Module, input_shape: Sequence[int], follow: bool = True) -> dict[str, Layer]:
    """List the layers of a network, in evaluation mode, in forward order.

    A layer is a named submodule. Its place is where it has its output, so a block comes after its
    parts; submodules that are never run come last. Refuses a network that fails on blank images.

    Parameters
    ----------
    module : Module
    input_shape : sequence of int
        Channels, rows and columns of an image.
    follow : bool
        Whether to follow axes; if not, channels come first.
    """
    layers: dict[str, Layer] = {}
    images, named = torch.zeros(BATCH, *input_shape), named_parts(module)
    with Watching(module, images) as watching:

        def keep(name: str, output: object) -> None:
            layers[name] = AGAIN if name in layers else _layer(output, watching, follow)

        with reading(module, named, keep):
            show(module, images)
    return layers | {name: IDLE for name in named if name not in layers}


@contextmanager
def reading(
    module: nn.Module, layers: Iterable[str], keep: Callable[[str, Tensor], None]
) -> Iterator[None]:
    """Hand on what the named submodules put out in each forward pass."""

    def hook(layer: str):
        return lambda _module, _inputs, output: keep(layer, output)

    with ExitStack() as stack:
        for layer in layers:
            handle = module.get_submodule(layer).register_forward_hook(hook(layer))
            stack.callback(handle.remove)
        yield


def device_of(module: nn.Module) -> torch.device:
    """Return where a network is: on the CPU where it has no parameters."""
    return next((p.device for p in module.parameters()), torch.device("cpu"))


def named_parts(module: nn.Module) -> dict[str, nn.Module]:
    """List the submodules of a network, by every name that one has in a parent.

    ``named_modules`` has one name of a part that is used in two places.
    """
    parts = {name: part for name, part in module.named_modules() if name}
    for name, parent in [("", module), *parts.items()]:
        for own, part in parent._modules.items():
            if part is not None and part is not module:
                parts.setdefault(f"{name}.{own}".removeprefix("."), part)
    return parts


def show(module: nn.Module, images: Tensor) -> None:
    """Show images to a network for what its hooks see; a `NurtureError` where it fails."""
    try:
        with torch.inference_mode():
            module(images)
    except (Exception, SystemExit) as error:
        text = first_line(error) or type(error).__name__
        number = {BATCH: "an image", 1: "a single image"}.get(len(images), f"{len(images)} images")
        advice = "" if len(images) == BATCH else ", and that it takes any number of images"
        raise NurtureError(
            f"the network fails on {number} of shape {tuple(images.shape[1:])} (channels, rows, "
            f"columns): {text}; check its input in the configuration{advice}"
        ) from error


def layer_table(layers: Mapping[str, Layer]) -> str:
    """Table of layers for users to read: name, shape, units, and what is to be known."""
    rows = [("layer", "shape", "units", "nonlinearity")]
    for name, layer in layers.items():
        if layer.fault:
            rows.append((name, "", "", f"({layer.fault})"))
            continue
        shape = " x ".join(map(str, layer.shape))
        rows.append((name, shape, f"{prod(layer.shape):,}", layer.nonlinearity))
    return "\n".join(text_table(rows, right=[2]))


def _layer(output, watching: Watching, follow: bool) -> Layer:
    if not isinstance(output, Tensor):
        return Layer(fault=f"puts out a {type(output).__name__} and not a tensor")
    shape = tuple(output.shape)
    if not output.dtype.is_floating_point:
        return Layer(shape, fault=f"puts out {output.dtype}")
    if not 2 <= len(shape) <= 4 or shape[0] != BATCH:
        return Layer(shape, fault=f"puts out shape {shape} for {BATCH} images")
    seen, plain = watching.of(output), tuple(range(len(shape)))
    order = channels_first(seen.axes, len(shape)) if follow else plain
    if order is None:
        return Layer(shape, fault=f"has axes {shape[1:]}, and which is that of channels is unknown")
    moved = tuple(shape[i] for i in order[1:])
    return Layer(moved, seen.label or UNKNOWN, order=() if order == plain else order)
