"""From a published file of weights to the network of the paper."""

import logging
import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from nurture.core.errors import NurtureError
from nurture.core.file_digest import file_digest
from nurture.networks.layouts.containers import Layer, container_of, read_layers
from nurture.networks.layouts.known import (
    BY_NAME,
    FEATURES_ONLY,
    LAYERS,
    LAYOUTS,
    N_CONVOLUTIONS,
    OWN,
    Layout,
)
from nurture.networks.reared import read_record
from nurture.networks.states import bare_name, is_averaged, log_taken

OUTPUTS_LAST = ("Keras", "MatConvNet")
"""Kinds of files with axes (row, column, input, output); elsewhere (output, input, row, column)."""

logger = logging.getLogger(__name__)


def convert(path: str | Path, part: str | None = None) -> tuple[dict[str, Tensor], dict]:
    """Read a file as the network of the paper, by its content and never by its name.

    Weights keep the order of colour channels that they have in the file, so images must be given
    in that order: see `nurture.networks.layouts.known.check_settings`. Refuses a file that is
    missing, cut short or damaged, or has no known layout, with what it holds, and weights that are
    not finite.

    Parameters
    ----------
    path : str or Path
        A file of a layout in `nurture.networks.layouts.known`, with layers of any width.
    part : str, optional
        Prefix of the names that are looked at, without its last dot.

    Returns
    -------
    state : dict of str to Tensor
        ``conv1_1.weight`` (output, input, row, column) to ``fc8.bias``, float32; the inputs of
        ``fc6`` are in the order channel, row, column. A file without top gives no ``fc6`` to
        ``fc8``.
    facts : dict
        ``layout``, the name of the layout; ``top``, whether there are fully connected layers;
        ``published``, True for a published file of known digest, False for another one of that
        layout, None where no digest is known; ``input``, the network's input in the configuration
        as it was trained, None where that is unknown.
    """
    layout, layers = _recognised(path, part)
    container = container_of(path)
    if container == layout.container:
        published = is_published(path, layout)
    else:
        published = _record(path).get("published")
    if published is False:
        logger.warning(
            "%s: not the published %s, though of its layout: trained further, or damaged",
            path,
            layout.title,
        )
    return _state(path, layers, container in OUTPUTS_LAST), {
        "layout": layout.name,
        "top": len(layers) > N_CONVOLUTIONS,
        "published": published,
        "input": layout.inputs[0].settings() if layout.inputs else None,
    }


def is_published(path: str | Path, layout: Layout) -> bool | None:
    """Test whether a file is a published one; None where no digest of that is known."""
    if not layout.digests:
        return None
    pairs = (known.split(":") for known in layout.digests)
    return any(file_digest(path, algorithm).startswith(start) for algorithm, start in pairs)


def _recognised(path: str | Path, part: str | None = None) -> tuple[Layout, list[Layer]]:
    """Find a file's layout and its layers in the order of `LAYERS`, thirteen or all sixteen."""
    container = container_of(path)
    layers = read_layers(path, container)
    if part is not None:
        layers = [layer for layer in layers if layer.name.startswith(f"{part}.")]
    for layout in (*LAYOUTS, OWN):
        candidates = _chosen(layout, layers) if layout.container == container else []
        if layout is FEATURES_ONLY:
            candidates = [_features(path, chosen) for chosen in candidates]
        fits = [
            chosen
            for chosen in candidates
            if _has_outputs(layout, chosen) and not _fault(chosen, container in OUTPUTS_LAST)
        ]
        if fits:
            if layout is OWN:
                layout = BY_NAME.get(_record(path).get("layout"), OWN)
            taken, *others = map(_common_prefix, fits)
            log_taken(path, taken, others)
            return layout, fits[0]
    raise NurtureError(
        f"{path}: a {container} file of no known layout; it holds {_found(layers, container)}; "
        f"known: {', '.join(layout.name for layout in LAYOUTS)}"
    )


def _record(path: str | Path) -> dict:
    """Read what this project wrote about the weights of a file; nothing of others."""
    try:
        return read_record(path)
    except NurtureError:
        return {}


def _common_prefix(layers: Sequence[Layer]) -> str:
    return os.path.commonprefix([layer.name for layer in layers]).rpartition(".")[0]  # noqa: RUF071


def _found(layers: Sequence[Layer], container: str) -> str:
    """Describe what layers there are, and the first that VGG-16 has not."""
    if not layers:
        return "no layer with weights and biases"
    first = ", ".join(f"{layer.name} {layer.weight.shape}" for layer in layers[:3])
    fault = _fault(layers, container in OUTPUTS_LAST) or f"{layers[-1].bias.size} outputs"
    return f"{len(layers)} layers with weights, first {first} ({fault})"


def _chosen(layout: Layout, layers: Sequence[Layer]) -> list[list[Layer]]:
    """Pick the layers of the network by their names in this layout, or take them in order.

    A checkpoint may hold several networks under prefixes; averages of weights come last.
    """
    if not layout.names:
        axes = {layer.weight.ndim for layer in layers}
        return [list(layers)] if axes == {4} or not layout.all_convolutions else []
    by_name = {bare_name(layer.name): layer for layer in layers}
    ends = [name for name in by_name if f".{name}".endswith(f".{layout.names[0]}")]
    found = []
    for prefix in sorted((end.removesuffix(layout.names[0]) for end in ends), key=is_averaged):
        names = [name for name in layout.names if prefix + name in by_name]
        if names == list(layout.names[:N_CONVOLUTIONS]) or names == list(layout.names):
            found.append([by_name[prefix + name] for name in names])
    return found


def _features(path: str | Path, layers: Sequence[Layer]) -> list[Layer]:
    """Leave out a classifier without values; none of the layers when it has values."""
    features, top = list(layers[:N_CONVOLUTIONS]), layers[N_CONVOLUTIONS:]
    finite = all(np.isfinite(layer.weight).all() for layer in top)
    return features if not (top and finite) or is_published(path, FEATURES_ONLY) else []


def _has_outputs(layout: Layout, layers: Sequence[Layer]) -> bool:
    if len(layers) == N_CONVOLUTIONS:
        return layout.without_top
    outputs = layers[-1].bias.size if len(layers) == len(LAYERS) else None
    return outputs is not None and layout.outputs in (0, outputs)


def _fault(layers: Sequence[Layer], outputs_last: bool) -> str:
    """Describe why layers are not those of VGG-16 of any width; empty where they are."""
    inputs = 3
    for name, layer in zip(LAYERS, layers, strict=False):
        outputs = layer.bias.size
        side = _side(name, layer, inputs)
        area = side * side * inputs
        if outputs_last:
            possible = [(side, side, inputs, outputs), (area, outputs)]
        else:
            # Caffe wrote matrices with four axes until 2014, and Torch7 filters with two.
            possible = [(outputs, inputs, side, side), (outputs, area), (1, 1, outputs, area)]
        if not outputs or layer.weight.shape not in possible:
            return f"{layer.name} is not {name}: weights {layer.weight.shape}, {outputs} biases"
        inputs = outputs
    return ""


def _side(name: str, layer: Layer, inputs: int) -> int:
    """Side of a filter; of ``fc6``, side of the image that it sees, seven at full size."""
    if name == "fc6":
        return math.isqrt(layer.weight.size // max(1, inputs * layer.bias.size))
    return 3 if name in LAYERS[:N_CONVOLUTIONS] else 1


def _state(path: str | Path, layers: Sequence[Layer], outputs_last: bool) -> dict[str, Tensor]:
    state, inputs = {}, 3
    for name, layer in zip(LAYERS, layers, strict=False):
        outputs, side = layer.bias.size, _side(name, layer, inputs)
        if outputs_last:
            weight = layer.weight.reshape(side, side, inputs, outputs).transpose(3, 2, 0, 1)
        else:
            weight = layer.weight.reshape(outputs, inputs, side, side)
        if name.startswith("fc"):
            weight = weight.reshape(outputs, -1)
        for kind, values in (("weight", weight), ("bias", layer.bias.reshape(-1))):
            if not np.isfinite(values).all():
                raise NurtureError(f"{path}: {layer.name} has weights that are not finite numbers")
            # A copy, since the file itself may be where the values are.
            state[f"{name}.{kind}"] = torch.from_numpy(np.array(values, "float32", order="C"))
        inputs = outputs
    return state
