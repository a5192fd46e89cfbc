"""Networks by their configuration, of the catalogue or the user's own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

from torch import Tensor, contiguous_format, nn

from nurture.core.errors import NurtureError
from nurture.core.file_digest import file_digest
from nurture.core.names import file_stem
from nurture.networks import weights
from nurture.networks.catalogue import (
    ARCHITECTURES,
    ONNX,
    describe_architecture,
    is_own,
    library_of,
    proportions,
)
from nurture.networks.forward import fitting_batch
from nurture.networks.libraries import library_input
from nurture.networks.listing import contents, match_layers
from nurture.networks.loading import outside
from nurture.networks.probing import batch_sizes, probe, probe_images
from nurture.networks.states import load_again
from nurture.networks.tracing import Layer, trace
from nurture.networks.user_network import layout, own_module

if TYPE_CHECKING:
    from nurture.networks.onnx_graph import Node

LIMITS = MappingProxyType({"batch": 8, "memory": 1.5})
"""What the default configuration says of activations."""


def obtain_network(settings: Mapping) -> tuple[dict[str, Tensor], dict]:
    """Get the weights of a configured network, of an ONNX model the file, and their provenance.

    That is as of `nurture.networks.weights.obtain`; of an own network also ``input``, ``contents``,
    and ``nonlinearities`` and ``orders`` of layers that can be read, for `read_network`. Of the
    settings, ``layers`` and ``readout`` are not looked at.
    """
    architecture, source = settings["architecture"], settings["weights"]
    if not is_own(architecture):
        seed, outputs = settings.get("seed"), settings.get("outputs")
        shape, part = proportions(settings), settings.get("state")
        return weights.obtain(architecture, source, seed, outputs, shape, part)
    seen = input_of(settings)
    if architecture == ONNX:
        state, aside = {"model": _onnx().read_onnx(source)}, {}
        module = _onnx().OnnxNetwork(**state, seen=seen)
    else:
        module = _own(settings)
        state, aside = module.state_dict(), outside(module)
    # Copies that share no memory, which a file cannot, and before a pass could change them.
    state = {name: value.clone(memory_format=contiguous_format) for name, value in state.items()}
    layers = _traced(module, seen, module.nodes if architecture == ONNX else None)
    untrained = source == "untrained"
    return state, {
        "architecture": describe_architecture(architecture),
        "source": "the network's own code" if untrained else Path(source).name,
        "source_sha256": "" if untrained else file_digest(source),
        "seed": settings.get("seed"),
        "input": seen,
        "contents": contents(settings),
        "outside": aside,
        "nonlinearities": {n: layer.nonlinearity for n, layer in layers.items() if not layer.fault},
        "orders": {name: layer.order for name, layer in layers.items() if layer.order},
    }


def read_network(
    path: str | Path, settings: Mapping, stems: Sequence[str]
) -> tuple[nn.Module, dict]:
    """Read what `obtain_network` got and `nurture.networks.weights.save` stored.

    Refuses a damaged file, a network whose code has changed since, and one without such a layer.

    Parameters
    ----------
    path : str or Path
        The stored file.
    settings : mapping
        The network in the configuration.
    stems : sequence of str
        Layers that will be read, each by the `nurture.core.names.file_stem` of its name.

    Returns
    -------
    module : Module
        In evaluation mode, on the CPU.
    provenance : dict
        With ``input``, how the network sees, and ``nonlinearities`` by layer.
    """
    architecture = settings["architecture"]
    if not is_own(architecture):
        outputs, shape = settings.get("outputs"), proportions(settings)
        module, provenance = weights.load(path, architecture, outputs, shape)
        labels = ARCHITECTURES[architecture].layers
        return module, {**provenance, "input": settings["input"], "nonlinearities": labels}
    state, provenance = weights.read_stored(path)
    if provenance.get("contents") != contents(settings):
        raise NurtureError(
            f"{path}: the network's code or weights have changed since it was stored; run "
            "snakemake again"
        )
    names = {file_stem(layer): layer for layer in provenance["nonlinearities"]}
    layers = [names[stem] for stem in match_layers(stems, names, str(path))]
    if architecture == ONNX:
        module = _onnx().OnnxNetwork(state["model"], layers, provenance["input"])
        return module.eval(), provenance
    module = layout(architecture, settings["weights"], settings.get("seed"))
    load_again(module, state, path)
    same = weights.state_sha256(module.state_dict()) == provenance["weights_sha256"]
    if not same or outside(module) != provenance["outside"]:
        raise NurtureError(
            f"{path}: the network's code makes another network than when this was stored; it must "
            "depend on nothing but its arguments, weights and seed"
        )
    return module, provenance


def list_layers(settings: Mapping, limits: Mapping = LIMITS) -> dict[str, Layer]:
    """List the layers of a configured network in forward order; check weights of an own one.

    Of a network of the catalogue they are those of its table. ``layers`` and ``readout`` of the
    settings are not looked at. Limits are ``batch`` and ``memory`` of the configuration's
    activations: an own network is tried with as many images at once as extraction will show it,
    see `nurture.networks.probing`.
    """
    architecture, source, seen = settings["architecture"], settings["weights"], input_of(settings)
    if not is_own(architecture):
        module = weights.build(architecture, settings.get("outputs"), shape=proportions(settings))
        traced = _traced(weights.in_memory(module), seen)
        table = ARCHITECTURES[architecture].layers.items()
        return {name: Layer(traced[name].shape, nonlinearity) for name, nonlinearity in table}
    if architecture == ONNX:
        module = _onnx().OnnxNetwork(_onnx().read_onnx(source), seen=seen)
    else:
        given = source == "untrained" or Path(source).is_file()
        module = _own(settings) if given else layout(architecture, source)
    layers = _traced(module, seen, module.nodes if architecture == ONNX else None)
    sound, images = [name for name, layer in layers.items() if not layer.fault], probe_images(seen)
    batch = fitting_batch(module, images.shape[1:], limits["batch"], limits["memory"])
    faults = probe(module, sound, images, batch_sizes(batch))
    return {n: replace(layer, fault=faults.get(n, layer.fault)) for n, layer in layers.items()}


def _onnx() -> ModuleType:
    """Import what takes a quarter of a second only for those who have such a network."""
    from nurture.networks import onnx_network

    return onnx_network


def _own(settings: Mapping) -> nn.Module:
    architecture, source = settings["architecture"], settings["weights"]
    return own_module(architecture, source, settings.get("seed"), settings.get("state"))


def input_of(settings: Mapping) -> dict:
    """How a configured network sees: as stated, or as the library of its model states it."""
    if "input" in settings:
        return dict(settings["input"])
    if library_of(settings["architecture"]):
        return library_input(settings["architecture"], settings["weights"])
    raise NurtureError("the network has no input; say what it was trained to see")


def image_shape(seen: Mapping) -> tuple[int, int, int]:
    """Channels, rows and columns of an image as a network sees it."""
    return 1 if seen["colour"] == "grey" else 3, seen["size"], seen["size"]


def _traced(
    module: nn.Module, seen: Mapping, nodes: Mapping[str, "Node"] | None = None
) -> dict[str, Layer]:
    """List a module's layers; `nodes` of what is ONNX, which follows its axes itself."""
    layers = trace(module, image_shape(seen), nodes is None)
    return layers if nodes is None else {n: _of_node(x, nodes[n]) for n, x in layers.items()}


def _of_node(layer: Layer, node: "Node") -> Layer:
    """Put what the graph says of a node to what was seen of it."""
    fault = layer.fault or node.fault
    if not fault and len(layer.shape) == 3 and not node.axes:
        fault = "has three axes, and which of them is that of channels is unknown"
    return Layer(layer.shape, node.nonlinearity, fault)
