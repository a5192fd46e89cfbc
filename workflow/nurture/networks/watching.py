"""What a tensor of a forward pass is: what it ends with, and which of its axes are which.

Where neither is known for sure, it is unknown: nothing is guessed from shapes.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from nurture.networks.catalogue import AFTER_RELU, AFTER_RELU6, NO_NONLINEARITY, UNKNOWN

FIXED = ""
"""Label of what does not depend on the image, as weights."""

NONLINEARITIES = {
    **{"relu": "ReLU", "leaky_relu": "leaky ReLU", "prelu": "PReLU", "_prelu_kernel": "PReLU"},
    **{"elu": "ELU", "selu": "SELU", "celu": "CELU", "relu6": "ReLU6", "rrelu": "RReLU"},
    **{"gelu": "GELU", "silu": "SiLU", "mish": "Mish", "softplus": "softplus", "glu": "GLU"},
    **{"sigmoid": "sigmoid", "tanh": "tanh", "softmax": "softmax", "_softmax": "softmax"},
    **{"log_softmax": "log softmax", "_log_softmax": "log softmax", "log_sigmoid": "log sigmoid"},
    **{"hardswish": "hard swish", "hardsigmoid": "hard sigmoid"},
    **{"softshrink": "soft shrinkage", "hardshrink": "hard shrinkage"},
    **dict.fromkeys(("layer_norm", "native_layer_norm"), "layer normalisation"),
    **{"group_norm": "group normalisation", "instance_norm": "instance normalisation"},
}
"""Operations of torch that are nonlinearities, and how they are called."""

MIXING = {
    *("conv1d", "conv2d", "convolution", "_convolution", "conv_transpose2d", "linear", "addmm"),
    *("mm", "matmul", "bmm", "baddbmm", "einsum"),
}
"""Operations that are linear in what one of their arguments is, the others being fixed."""

ATTENTION = "_native_multi_head_attention"
"""Multi-head attention in one operation, which ends with its linear projection."""

NORMALISING = {"batch_norm", "native_batch_norm", "cudnn_batch_norm"}
ADDING = {"add", "sub", "rsub", "neg"}

CONVOLVING = {
    *("conv2d", "convolution", "_convolution", "conv_transpose2d", "max_pool2d", "avg_pool2d"),
    *("adaptive_avg_pool2d", "adaptive_max_pool2d", "upsample_bilinear2d", "upsample_bicubic2d"),
    *("upsample_nearest2d", "pixel_shuffle", "pixel_unshuffle", "_adaptive_avg_pool2d"),
}
"""Operations that take (images, channels, rows, columns)."""

POOLING = {"max_pool2d", "max_pool2d_with_indices", "adaptive_max_pool2d", "amax"}

MOVING = {
    *("permute", "transpose", "t", "mT", "mH", "adjoint", "movedim", "moveaxis", "swapaxes"),
    *("swapdims", "numpy_T", "matrix_H"),
}
"""Operations that put axes in another order, as their arguments say."""

FAITHFUL = {
    *CONVOLVING.difference(MIXING),
    *("view", "_unsafe_view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "clone"),
    *("contiguous", "to", "_to_copy", "detach", "alias", "expand"),
    *("slice", "select", "narrow", "chunk", "split", "unbind", "index_select", "cat", "stack"),
    *("roll", "flip", "pad", "constant_pad_nd", "dropout", "feature_dropout", "mean", "sum"),
    *("view_as", "expand_as", "repeat", "type_as", "lift_fresh", *MOVING, *POOLING),
}
"""Operations that keep, move, pool or leave out values."""

KEEPING = {
    *("linear", "softmax", "_softmax", "log_softmax", "dropout", "feature_dropout", "batch_norm"),
    *("layer_norm", "group_norm", "instance_norm", "native_layer_norm", "clone", "contiguous"),
    *("to", "_to_copy", "detach", "alias", "lift_fresh", "type_as", "slice", "narrow", "chunk"),
    *("split", "cat", "pad", "constant_pad_nd", "expand", "mean", "sum", "amax", "index_select"),
    *("roll", "flip", "view", "reshape", "clamp", "div", *NONLINEARITIES),
}
"""Operations that leave axes where they are, as others do that work value by value."""

PLAIN = ("image", "channel", "row", "column")
LAST = {3: ("image", "place", "channel"), 4: ("image", "row", "column", "channel")}
"""Axes of what is known only to have its features last, by their number."""


class Seen(NamedTuple):
    """What is known of a tensor, which is kept so that no other takes its id."""

    tensor: Tensor
    label: str
    axes: tuple[str, ...] = ()


class Watching(TorchDispatchMode):
    """Remember of each tensor of a pass of a module over images what is known of it."""

    def __init__(self, module: nn.Module, images: Tensor):
        super().__init__()
        fixed = (*module.parameters(), *module.buffers())
        self._seen = {id(tensor): Seen(tensor, FIXED) for tensor in fixed}
        self._seen[id(images)] = Seen(images, NO_NONLINEARITY, PLAIN)

    def of(self, tensor: Tensor) -> Seen:
        """Return what is known of a tensor."""
        return self._seen.get(id(tensor), Seen(tensor, UNKNOWN))

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Run an operation of torch, and remember what its results are."""
        kwargs = kwargs or {}
        name = func.overloadpacket.__name__.removesuffix("_")
        given = [self.of(value) for value in _tensors((*args, *kwargs.values()))]
        result = func(*args, **kwargs)
        if func._schema.is_mutable and given:
            self._forget_others(given[0].tensor)
        label = _label(name, args, kwargs, given)
        for value in _tensors((result,)):
            axes = _axes(func, name, args, given, value) if label != FIXED else ()
            self._seen[id(value)] = Seen(value, label, axes)
        return result

    def _forget_others(self, changed: Tensor) -> None:
        """Forget what other tensors are that share the memory of one that was changed in place."""
        place = changed.untyped_storage().data_ptr()
        for key, (tensor, label, axes) in self._seen.items():
            known = label not in (FIXED, UNKNOWN) and tensor is not changed
            if known and tensor.untyped_storage().data_ptr() == place:
                self._seen[key] = Seen(tensor, UNKNOWN, axes)


def _tensors(values) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, tuple | list):
            yield from _tensors(value)


def _label(name: str, args: tuple, kwargs: dict, given: list[Seen]) -> str:
    """Describe what the result of an operation ends with."""
    moving = [seen.label for seen in given if seen.label != FIXED]
    if not moving:
        return FIXED
    linear, one = set(moving) == {NO_NONLINEARITY}, len(moving) == 1
    first = isinstance(args[0], Tensor) and given[0].label != FIXED if args else False
    if name in NONLINEARITIES:
        return f"after {NONLINEARITIES[name]}"
    if name in ("clamp", "clamp_min", "hardtanh", "threshold"):
        return _cut(name, args, kwargs)
    if (name in MIXING and one) or name in NORMALISING or name == ATTENTION:
        return NO_NONLINEARITY
    if (name in ADDING and linear) or (name in ("mul", "div") and linear and one and first):
        return NO_NONLINEARITY
    if name in POOLING and linear:
        return "after max pooling"
    return moving[0] if name in FAITHFUL and len(set(moving)) == 1 else UNKNOWN


def _cut(name: str, args: tuple, kwargs: dict) -> str:
    """Return which nonlinearity it is to cut values off."""
    bounds = [*args[1:], *kwargs.values()]
    if name == "hardtanh" and tuple(bounds) in ((), (-1, 1)):
        return "after hard tanh"
    if name == "threshold":
        return AFTER_RELU if bounds == [0, 0] else UNKNOWN
    low = kwargs.get("min", args[1] if len(args) > 1 else None)
    high = kwargs.get("max", args[2] if len(args) > 2 else None)
    if isinstance(low, Tensor) or isinstance(high, Tensor) or low != 0:
        return UNKNOWN
    return {None: AFTER_RELU, 6: AFTER_RELU6}.get(high, UNKNOWN)


def _axes(func, name: str, args: tuple, given: list[Seen], result: Tensor) -> tuple[str, ...]:
    """Return which axes of a result are which; nothing where it is not known."""
    axes, old, new = given[0].axes, given[0].tensor.shape, result.shape
    if name in CONVOLVING and len(new) == 4:
        return axes if axes[1:2] == ("channel",) else () if axes else PLAIN
    if name == ATTENTION:
        return axes if new == old else ()
    if name in MOVING and axes:
        # On axes of different lengths, the result shows where each has gone.
        lengths = range(2, 2 + len(axes))
        moved = func(torch.empty(*lengths, device="meta"), *args[1:])
        return tuple(axes[length - 2] for length in moved.shape)
    if name in ("linear", "layer_norm") and not axes and len(new) in LAST:
        return LAST[len(new)]
    if name == "select" and axes:
        return tuple(axis for i, axis in enumerate(axes) if i != args[1] % len(old))
    if name in ("view", "reshape", "flatten", "unflatten", "_unsafe_view") and new != old:
        return _regrouped(axes, old, new)
    if name not in KEEPING and torch.Tag.pointwise not in func.tags:
        return ()
    return next((seen.axes for seen in given if len(seen.axes) == len(new)), ())


def _regrouped(axes: tuple[str, ...], old: tuple, new: tuple) -> tuple[str, ...]:
    """Follow rows and columns into one axis of places, and back."""
    for i in range(1, len(axes) - 1):
        merged = (*old[:i], old[i] * old[i + 1], *old[i + 2 :])
        if axes[i : i + 2] == ("row", "column") and tuple(new) == merged:
            return (*axes[:i], "place", *axes[i + 2 :])
    if "place" in axes and len(new) == len(old) + 1:
        i = axes.index("place")
        rest = (*new[:i], new[i] * new[i + 1], *new[i + 2 :])
        if rest == tuple(old):
            return (*axes[:i], "row", "column", *axes[i + 1 :])
    return ()


def channels_first(axes: tuple[str, ...], dimensions: int) -> tuple[int, ...] | None:
    """Find the order of axes, as in `Seen`, that puts channels first, for ``permute``.

    (images, channels, rows, columns), or (images, channels, places); None where it is not known.
    """
    if dimensions == 2:
        return 0, 1
    wanted = PLAIN if dimensions == 4 else (*PLAIN[:2], "place")
    return tuple(map(axes.index, wanted)) if sorted(axes) == sorted(wanted) else None
