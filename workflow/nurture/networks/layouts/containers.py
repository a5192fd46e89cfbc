"""Kinds of files that weights come in: recognised by how they begin, read layer by layer."""

import mmap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from scipy.io import loadmat
from torch import Tensor

from nurture.core.errors import NurtureError, one_line
from nurture.networks.layouts.matlab import VARIABLES, unpacked_size
from nurture.networks.layouts.torch7 import read_torch7, weighted_modules
from nurture.networks.states import not_plain, read_state

SAFETENSORS = "safetensors"
METADATA = "nurture"
"""Entry in the header of this project's own files that says where their weights come from."""

MAX_EXPANSION = 8
"""How many times its size in the file a compressed array may take; weights hardly compress."""

MAX_NAMES = 1000


@dataclass(frozen=True)
class Layer:
    """A layer with weights, with the axes that they have in a file.

    Where it has no name there, its class and number are its name.
    """

    name: str
    weight: np.ndarray
    bias: np.ndarray


def container_of(path: str | Path) -> str:
    """Return the kind of a file, a key of `READERS`, by its first bytes; refuse any other."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(32)  # enough for any of the beginnings
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise NurtureError(f"{path}: {reason}; set weights to the path of a file") from None
    if head[4:9] == b"\0\0\0\0{":  # the length of a header that is less than 4 GB, and the header
        return SAFETENSORS
    for beginning, container in BEGINNINGS.items():
        if head.startswith(beginning):
            return container
    raise NurtureError(
        f"{path}: not a known kind of weight file; it begins with {head[:16]!r}; "
        f"known: {', '.join(READERS)}"
    )


def read_layers(path: str | Path, container: str) -> list[Layer]:
    """Read every layer that has weights and biases, in the order of the file.

    Arrays may look into the file, which must not change meanwhile. Refuses one that is cut short or
    damaged, or would take more memory than its size justifies.
    """
    try:
        layers = [
            Layer(name, weight, bias)
            for name, weight, bias in READERS[container](Path(path))
            if weight.dtype.kind == bias.dtype.kind == "f"
        ]
        _afford(path, sum(layer.weight.nbytes + layer.bias.nbytes for layer in layers))
    except NurtureError:
        raise
    except Exception as error:  # The libraries raise whatever unexpected bytes provoke.
        raise NurtureError(
            f"{path}: not a readable {container} file ({one_line(error)[:200]}); get the file again"
        ) from error
    return layers


def _afford(path: str | Path, size: int) -> None:
    """Refuse numbers that cannot all be in the file."""
    if size > MAX_EXPANSION * Path(path).stat().st_size:
        raise ValueError(f"{size} bytes of numbers in a file of {Path(path).stat().st_size} bytes")


def _pairs(tensors: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor, Tensor]]:
    """Layers of a state dictionary, in which ``name.weight`` goes with ``name.bias``."""
    for name, weight in tensors.items():
        layer, _, kind = name.rpartition(".")
        if kind == "weight" and f"{layer}.bias" in tensors:
            yield layer, weight, tensors[f"{layer}.bias"]


def _read_state(path: Path) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Read the tensors of a state dictionary in single precision, whatever they are stored in."""
    tensors = read_state(path).tensors
    _afford(path, 4 * sum(tensor.numel() for tensor in tensors.values()))
    for name, *pair in _pairs(tensors):
        if fault := not_plain(pair[0]) or not_plain(pair[1]):
            raise ValueError(f"{name} {fault}")
        numbers = (x.detach().float() if x.is_floating_point() else x for x in pair)
        yield name, *(x.numpy() for x in numbers)


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _read_torch7(path: Path) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    modules = weighted_modules(read_torch7(memoryview(_mapped(path))))
    for number, (name, weight, bias) in enumerate(modules, start=1):
        yield f"{name} {number}", weight, bias


def _read_caffe(path: Path) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    # Only these files need Protocol Buffers.
    from nurture.networks.layouts.caffe import read_caffe

    return read_caffe(memoryview(_mapped(path)))


def _read_keras(path: Path) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Read HDF5 as Keras 1 and 2 wrote it: the attributes say what comes in which order."""
    with h5py.File(path) as file:
        # A whole model keeps its weights in a group of their own.
        root = file.get("model_weights", file)
        if "layer_names" not in root.attrs:
            raise ValueError(f"no layer_names, as Keras writes them; it holds {[*root][:5]}")
        for layer in _names(root, "layer_names"):
            group = root[layer]
            data = [group[name] for name in _names(group, "weight_names")]
            if any(values.file != file or values.external for values in data):
                raise ValueError(f"{layer!r} has its numbers in another file")
            _afford(path, sum(values.nbytes for values in data))
            if len(data) == 2 and all(values.dtype.kind == "f" for values in data):
                weight, bias = sorted((values[()] for values in data), key=np.ndim, reverse=True)
                yield layer, weight, bias


def _names(group: h5py.Group, attribute: str) -> list[str]:
    """Read an attribute that lists names, after checking that it is a short list."""
    size = np.prod(group.attrs.get_id(attribute).shape, dtype=float)
    if size > MAX_NAMES:
        raise ValueError(f"{size:.0f} {attribute}")
    names = group.attrs[attribute]
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]


def _read_matconvnet(path: Path) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Read a MATLAB file whose variables are those of a network, or one that is a network."""
    data = _mapped(path)
    _afford(path, unpacked_size(memoryview(data), MAX_EXPANSION * len(data)))
    content = loadmat(data, simplify_cells=True, variable_names=VARIABLES)
    network = content.get("net", content)
    if "layers" not in network:
        raise ValueError(f"it holds no {' or '.join(VARIABLES)}")
    for layer in network["layers"]:
        # The weights are the one field that is a list of two arrays; its name has changed.
        for field in layer.values():
            pair = list(field) if isinstance(field, list) or np.shape(field) == (2,) else []
            if len(pair) == 2 and all(isinstance(values, np.ndarray) for values in pair):
                yield str(layer["name"]), *pair


READERS: dict[str, Callable[[Path], Iterable[tuple[str, np.ndarray, np.ndarray]]]] = {
    "PyTorch": _read_state,
    "Torch7": _read_torch7,
    "Caffe": _read_caffe,
    "MatConvNet": _read_matconvnet,
    "Keras": _read_keras,
    SAFETENSORS: _read_state,
}
"""Readers by kind of file."""

BEGINNINGS = {
    b"PK\x03\x04": "PyTorch",
    # A pickle whose first value is the number by which torch marks its files before 2020.
    b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.": "PyTorch",
    b"\x89HDF\r\n\x1a\n": "Keras",
    b"MATLAB 5.0 MAT-file": "MatConvNet",
    # The first value is an object, and it is object number one.
    b"\x04\0\0\0\x01\0\0\0": "Torch7",
    # A network's name, or its first layer where it has none.
    b"\x0a": "Caffe",
    b"\x12": "Caffe",
    b"\xa2\x06": "Caffe",
}
"""First bytes of each kind. Files of Caffe have no mark of their own and are looked for last."""
