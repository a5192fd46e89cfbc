"""Weights: from the packages that ship them, drawn at random, and in this project's own files."""

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from nurture.core.errors import NurtureError
from nurture.core.file_digest import file_digest
from nurture.core.files import atomic
from nurture.networks.catalogue import ARCHITECTURES
from nurture.networks.dlib_resnet import Affine, DlibFaceResNet, read_dlib
from nurture.networks.efficientnet import EfficientNetLite0, read_efficientnet
from nurture.networks.layouts.containers import METADATA, SAFETENSORS, container_of
from nurture.networks.layouts.convert import convert
from nurture.networks.states import unlike
from nurture.networks.vgg import VGG16
from nurture.networks.xception import MiniXception, read_xception

MODULES = {
    "dlib-face-resnet": DlibFaceResNet,
    "efficientnet-lite0": EfficientNetLite0,
    "fer-xception": MiniXception,
}
READERS = {
    "dlib-face-resnet": read_dlib,
    "efficientnet-lite0": read_efficientnet,
    "fer-xception": read_xception,
}
VGG = "vgg16"
PUBLISHED: Mapping[str, float] = MappingProxyType({})
"""Proportions of a network as it was published."""
KEPT = ("layout", "top", "published", "rearing", "size")
"""What the file that is made keeps of what the file that was given says of itself."""
RECORD_SHA256 = "record_sha256"
REMEDY = "give another file, or delete it and run snakemake again if a rule made it"


def build(
    architecture: str,
    outputs: int | None = None,
    top: bool = True,
    shape: Mapping[str, float] = PUBLISHED,
) -> nn.Module:
    """Lay out a network without weights, in evaluation mode, on torch's meta device.

    Refuses an architecture that there is not, or not with so many outputs.

    Parameters
    ----------
    architecture : str
        A name in the catalogue.
    outputs : int, optional
        Number of output units, where the architecture leaves a choice.
    top : bool
        Whether ``vgg16`` has its fully connected layers.
    shape : mapping
        Proportions of ``vgg16``, see `nurture.networks.catalogue.proportions`. With any, it may
        have any number of outputs.
    """
    if architecture not in ARCHITECTURES:
        raise NurtureError(f"no architecture {architecture!r}; known: {', '.join(ARCHITECTURES)}")
    possible = ARCHITECTURES[architecture].outputs
    outputs = outputs or possible[0]
    if outputs not in possible and not shape:
        raise NurtureError(
            f"{architecture}: no version with {outputs} outputs; "
            f"set outputs to {' or '.join(map(str, possible))}"
        )
    with torch.device("meta"):
        vgg = architecture == VGG
        module = VGG16(outputs if top else None, **shape) if vgg else MODULES[architecture]()
    return module.eval()


def package_file(architecture: str) -> Path:
    """Find the file with pretrained weights in an installed package, without importing that.

    Refuses where there is none, or another file.
    """
    entry = ARCHITECTURES[architecture]
    if entry.file is None:
        raise NurtureError(f"no package ships weights of {architecture}; give a file of them")
    folder, inside = entry.file.split("/", 1)
    spec = find_spec(folder)
    path = Path(spec.submodule_search_locations[0], inside) if spec else None
    if path is None or not path.is_file():
        raise NurtureError(
            f"package {entry.package} with the weights of {architecture} is not installed; "
            "install requirements.lock again"
        )
    if file_digest(path) != entry.sha256:
        raise NurtureError(
            f"{path}: damaged, or not the weights of {architecture} that this project knows; "
            "install requirements.lock again"
        )
    return path


def package_state(architecture: str) -> dict[str, Tensor]:
    """Pretrained weights out of an installed package, for the network that `build` makes."""
    return READERS[architecture](package_file(architecture))


def in_memory(network: nn.Module) -> nn.Module:
    """Give a network that has shapes only memory, of any content.

    As torch's ``to_empty``, which imports 480 modules first, a second of processor time.
    """
    state = network.state_dict().items()
    empty = {name: torch.empty(shape.shape, dtype=shape.dtype) for name, shape in state}
    network.load_state_dict(empty, assign=True)
    return network


def untrained_state(
    architecture: str, seed: int, outputs: int | None = None, shape: Mapping[str, float] = PUBLISHED
) -> dict[str, Tensor]:
    """Weights of a network that has seen nothing.

    Weights are Xavier normal (Glorot & Bengio, 2010), as in the paper; biases are zero, and affine
    and normalisation layers are the identity, with running mean 0 and variance 1: the network has
    met no image whose statistics it could keep. A ``torch.Generator`` of its own draws the layers
    in order of depth, so the same seed gives the same bytes. Parameters are as of `build`.
    """
    generator = torch.Generator().manual_seed(seed)
    network = in_memory(build(architecture, outputs, shape=shape))
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.xavier_normal_(module.weight, generator=generator)
                if module.bias is not None:
                    module.bias.zero_()
            elif isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()
            elif isinstance(module, Affine):
                module.weight.fill_(1)
                module.bias.zero_()
    return network.state_dict()


def obtain(
    architecture: str,
    weights: str,
    seed: int | None = None,
    outputs: int | None = None,
    shape: Mapping[str, float] = PUBLISHED,
    part: str | None = None,
) -> tuple[dict[str, Tensor], dict]:
    """Get the weights that the configuration asks for, and where they come from.

    Refuses a file that is missing or damaged, or holds another network.

    Parameters
    ----------
    architecture, outputs, shape
        See `build`.
    weights : str
        ``"package"``, ``"untrained"`` or the path of a file: safetensors as in `load`, or for
        ``vgg16`` any layout that `nurture.networks.layouts.convert` knows.
    seed : int, optional
        Seed of untrained weights.
    part : str, optional
        Prefix of the weights in a file that holds several.

    Returns
    -------
    state : dict of str to Tensor
        State of the network that `build` makes.
    provenance : dict
        ``architecture``, ``source``, ``source_sha256`` and ``seed``, for `save`; of a converted
        file also its ``layout``, and what else `convert` states; of a network that was reared
        here, its ``rearing`` and the ``size`` of the images that it saw.
    """
    source, digest, facts = "Xavier normal", "", {}
    if weights == "untrained":
        state = untrained_state(architecture, seed, outputs, shape)
    elif weights == "package":
        state = package_state(architecture)
        entry = ARCHITECTURES[architecture]
        source, digest = f"{entry.package} {version(entry.package)}", entry.sha256
    else:
        state, record = _read(weights, architecture, outputs, shape, part)
        source, digest = Path(weights).name, file_digest(weights)
        facts = {key: record[key] for key in KEPT if key in record}
    return state, {
        **facts,
        "architecture": architecture,
        "source": source,
        "source_sha256": digest,
        "seed": seed,
    }


def save(state: Mapping[str, Tensor], path: str | Path, provenance: Mapping) -> None:
    """Write weights and where they come from as safetensors; the same input gives the same bytes.

    Of the provenance, what `obtain` returns and whatever else is worth keeping, ``weights_sha256``
    is added, and ``record_sha256`` of all this.
    """
    # One entry: safetensors writes several in no particular order.
    record = {**provenance, "weights_sha256": state_sha256(state)}
    record[RECORD_SHA256] = _record_sha256(record)
    metadata = {METADATA: json.dumps(record, sort_keys=True)}
    with atomic(path) as part:
        save_file({n: v.contiguous() for n, v in state.items()}, part, metadata=metadata)


def load(
    path: str | Path,
    architecture: str,
    outputs: int | None = None,
    shape: Mapping[str, float] = PUBLISHED,
) -> tuple[nn.Module, dict]:
    """Read a network, in evaluation mode, from a safetensors file, of this project or of the user.

    For ``vgg16``, tensors are named as in the paper: ``conv1_1.weight`` (out, in, row, column) to
    ``fc8.bias``. Where they come from is what `save` wrote; of another file, ``weights_sha256``
    alone. Refuses one that is missing, cut short, changed, or holds another network. For the
    parameters see `build`.
    """
    state, provenance = _read(path, architecture, outputs, shape)
    module = build(architecture, outputs, architecture != VGG or _has_top(state), shape)
    module.load_state_dict(state, assign=True)
    return module.requires_grad_(False), provenance


def read_stored(path: str | Path) -> tuple[dict[str, Tensor], dict]:
    """Read weights of any network, and where they come from, as `save` wrote them."""
    state, provenance = _read_safetensors(path, "a network")
    _check_digest(path, state, provenance)
    return state, provenance


def _check_digest(path: str | Path, state: Mapping[str, Tensor], provenance: dict) -> None:
    stated = provenance.pop(RECORD_SHA256, None)
    if stated not in (None, _record_sha256(provenance)):
        raise NurtureError(f"{path}: what it says of its weights is damaged; {REMEDY}")
    digest = state_sha256(state)
    if provenance.setdefault("weights_sha256", digest) != digest:
        raise NurtureError(f"{path}: its weights are damaged; {REMEDY}")


def _record_sha256(record: Mapping) -> str:
    """Digest of what a file says of its weights, as it will be read back."""
    kept = {key: value for key, value in record.items() if key != RECORD_SHA256}
    text = json.dumps(json.loads(json.dumps(kept)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(
    path: str | Path,
    architecture: str,
    outputs: int | None,
    shape: Mapping[str, float],
    part: str | None = None,
) -> tuple[dict[str, Tensor], dict]:
    """Read weights in single precision, whatever precision they are stored in."""
    # Published files are of the published proportions.
    if architecture == VGG and not shape and container_of(path) != SAFETENSORS:
        state, record = convert(path, part)
        _check_outputs(path, state, outputs)
    else:
        state, record = _read_safetensors(path, architecture)
    top = architecture != VGG or _has_top(state)
    expected = build(architecture, outputs, top, shape).state_dict()
    for name in sorted(expected.keys() | state.keys()):
        found = tuple(state[name].shape) if name in state else "absent"
        wanted = tuple(expected[name].shape) if name in expected else "absent"
        if found != wanted:
            raise NurtureError(
                f"{path}: not the weights of {architecture}: tensor {name!r} should be "
                f"{wanted} and is {found}; {REMEDY}"
            )
        if fault := unlike(state[name], expected[name]):
            raise NurtureError(f"{path}: {name!r} {fault}")
    _check_digest(path, state, record)
    return {name: state[name].to(expected[name].dtype) for name in expected}, record


def _check_outputs(path: str | Path, state: Mapping[str, Tensor], outputs: int | None) -> None:
    """Refuse a file of one network of the paper that is given for another."""
    wanted = outputs or ARCHITECTURES[VGG].outputs[0]
    if _has_top(state) and state["fc8.bias"].numel() != wanted:
        found = state["fc8.bias"].numel()
        raise NurtureError(
            f"{path}: has {found} outputs and {wanted} are configured; set the network's outputs "
            f"to {found}, or give another file"
        )


def _has_top(state: Mapping[str, Tensor]) -> bool:
    """Test whether weights of ``vgg16`` have any of the fully connected layers."""
    return any(name.startswith("fc") for name in state)


def _read_safetensors(path: str | Path, architecture: str) -> tuple[dict[str, Tensor], dict]:
    try:
        with safe_open(path, framework="pt") as file:
            record = {**json.loads((file.metadata() or {}).get(METADATA, "{}"))}
            names = file.keys()
            return {name: file.get_tensor(name) for name in names}, record
    except FileNotFoundError:
        raise NurtureError(f"{path}: no such file; give the weights of {architecture}") from None
    except (SafetensorError, OSError, ValueError, TypeError, RecursionError) as error:
        raise NurtureError(f"{path}: not a readable safetensors file; {REMEDY}") from error


def state_sha256(state: Mapping[str, Tensor]) -> str:
    """Digest of the weights themselves: names, types, shapes and values."""
    total = hashlib.sha256()
    for name in sorted(state):
        value = state[name]
        total.update(f"{name} {value.dtype} {tuple(value.shape)}\0".encode())
        held = value.detach().contiguous().cpu()
        # NumPy has no bfloat16, and the digest is of bytes.
        total.update(held.reshape(-1).view(torch.uint8).numpy())
    return total.hexdigest()
