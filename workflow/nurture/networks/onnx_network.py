"""Networks in ONNX files, run by ONNX Runtime behind a torch module.

The packages that turn ONNX into torch modules all need torchvision; ONNX Runtime needs nothing
and knows every operator. A file holds a graph and weights and no code, so reading it runs none.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
import torch
from onnx.helper import tensor_dtype_to_np_dtype
from torch import Tensor, nn

from nurture.core.errors import NurtureError, one_line
from nurture.networks.external_data import external_files
from nurture.networks.onnx_graph import NCHW, NHWC, graph_nodes

SEEN: Mapping = MappingProxyType({"mean": 0, "scale": 1})

TYPES = ("float32", "float16", "float64", "uint8")
"""Types of images that a model may take."""
LARGEST = 2**31
"""Bytes that no message of protobuf has."""
SILENT = 4
"""Severity of what ONNX Runtime writes down: what goes wrong is in the error that it raises."""


class OnnxNetwork(nn.Module):
    """An ONNX model as a torch module.

    Each node of the graph is a layer of the node's name, which puts out what the node does, so
    layers are read by hooks as in any torch module; ``nodes`` says what is known of each. Where its
    channels come last, it puts them out first. The file itself is kept as a tensor of bytes: it is
    the whole state of the network. A `NurtureError` when ONNX Runtime cannot run the model, it
    takes anything but such images, or it does what networks do in training only.

    Parameters
    ----------
    model : Tensor of uint8
        The file.
    layers : sequence of str, optional
        Layers that can be read; all of them by default. What is not asked for is not kept.
    seen : mapping
        How the network sees, as in the configuration: ``layout``, the order of an image's axes,
        ``"nchw"`` where it is not given, or ``"nhwc"``; and ``mean`` and ``scale``.
    """

    def __init__(self, model: Tensor, layers: Sequence[str] | None = None, seen: Mapping = SEEN):
        super().__init__()
        self.model = nn.Parameter(model, requires_grad=False)
        graph = onnx.load_model_from_string(model.numpy().tobytes())
        self._image = _image_input(graph, seen)
        nodes = graph_nodes(graph, self._image.name, self._image.layout)
        self.nodes = {n: node for n, node in nodes.items() if layers is None or n in layers}
        # Not by add_module: a name may have dots, or be that of an attribute.
        self._modules.update({name: nn.Identity() for name in self.nodes})
        self._session = _session(graph, [node.output for node in self.nodes.values()])

    def get_submodule(self, target: str) -> nn.Module:
        """Find a layer by its name, in which dots mean nothing."""
        return self._modules[target] if target else self

    def forward(self, x: Tensor) -> Tensor:
        """Show images (n, channels, rows, columns); the answer is the last layer's."""
        images = self._image.taken(x)
        # A file exported for one image at a time says so.
        parts = np.split(images, len(images)) if self._image.single else [images]
        answers = [self._run(part) for part in parts]
        for name, values in zip(self.nodes, zip(*answers, strict=True), strict=True):
            y = self._modules[name](_joined(values, self.nodes[name].axes, x.device))
        return y

    def _run(self, images: np.ndarray) -> list:
        names = [node.output for node in self.nodes.values()]
        options = onnxruntime.RunOptions()
        options.log_severity_level = SILENT
        try:
            return self._session.run(names, {self._image.name: images}, options)
        except Exception as error:
            advice = "; export it for one image, or for any number" * (len(images) > 1)
            raise NurtureError(
                f"ONNX Runtime cannot show {len(images)} images to the model: {one_line(error)}"
                + advice
            ) from error


def read_onnx(path: str | Path) -> Tensor:
    """Read an ONNX file, with weights that lie beside it, as bytes of a model that stands alone.

    Refuses a file that is missing, cut short or no ONNX model, or too large.
    """
    if not Path(path).is_file():
        raise NurtureError(f"{path}: no such file; give the ONNX file of the network")
    size = sum(file.stat().st_size for file in (Path(path), *external_files(path)))
    if size >= LARGEST:
        raise NurtureError(
            f"{path}: {size / 1e9:.1f} GB with its weights, and a model of ONNX that stands alone "
            "has 2.1 at most; give it in half precision, or as a torch module"
        )
    try:
        # By its bytes: onnx would take a name that ends in .json for a file of text.
        content = onnx.load(path, format="protobuf").SerializeToString(deterministic=True)
        if not content:
            raise ValueError("it is empty")
    except Exception as error:  # onnx raises whatever the bytes of a broken file provoke.
        raise NurtureError(
            f"{path}: not an ONNX model that can be read ({one_line(error)})"
        ) from error
    return torch.frombuffer(bytearray(content), dtype=torch.uint8)


class _Images(NamedTuple):
    """The input of a model."""

    name: str
    dims: list[int | str]
    dtype: np.dtype
    layout: str

    @property
    def single(self) -> bool:
        return self.dims[:1] == [1]

    def taken(self, x: Tensor) -> np.ndarray:
        """Give images the order and type that the model takes."""
        images = x.cpu().numpy()
        images = images.transpose(0, 2, 3, 1) if self.layout == NHWC else images
        if not self._fit(images.shape):
            turned = {NCHW: NHWC, NHWC: NCHW}[self.layout]
            channels, *sizes = x.shape[1:]
            other = (len(x), channels, *sizes) if turned == NCHW else (len(x), *sizes, channels)
            advice = f"; set the network's layout to {turned}" * self._fit(other)
            raise NurtureError(
                f"the ONNX model takes {self} and is shown {_listed(['n', *images.shape[1:]])}"
                + advice
            )
        if self.dtype.kind == "u":
            images = np.rint(images)
        return np.ascontiguousarray(images, self.dtype)

    def _fit(self, shape: Sequence[int]) -> bool:
        fixed = zip(shape[1:], self.dims[1:], strict=False)
        return all(size == shown or isinstance(size, str) for shown, size in fixed)

    def __str__(self) -> str:
        return f"{self.name} {_listed(self.dims)} {self.dtype}"


def _image_input(model: onnx.ModelProto, seen: Mapping) -> _Images:
    """Find the input, which must be the only one, and check that it takes images."""
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = []
    for value in model.graph.input:
        tensor = value.type.tensor_type
        if value.name not in weights:
            dims = [d.dim_value or d.dim_param or "?" for d in tensor.shape.dim]
            kind = tensor_dtype_to_np_dtype(tensor.elem_type or onnx.TensorProto.FLOAT)
            inputs.append(_Images(value.name, dims, kind, seen.get("layout", NCHW)))
    first = inputs[0] if inputs else None
    if len(inputs) != 1 or len(first.dims) not in (0, 4) or first.dtype.name not in TYPES:
        raise NurtureError(
            f"the ONNX model takes {' and '.join(map(str, inputs)) or 'no input'}, and not images "
            f"alone, of four axes and of type {', '.join(TYPES)}; export it so that it does"
        )
    if isinstance(first.dims[0] if first.dims else "?", int) and first.dims[0] > 1:
        raise NurtureError(
            f"the ONNX model takes {first.dims[0]} images at a time ({first}); export it for one, "
            "or for any number"
        )
    if first.dtype.kind == "u" and (np.any(seen["mean"]) or np.any(np.subtract(seen["scale"], 1))):
        raise NurtureError(
            f"the ONNX model takes {first}, pixels as they are; set the network's input to mean: "
            "0 and scale: 1"
        )
    return first


def _joined(values: Sequence, axes: str, device: torch.device):
    """Put a node's answers to parts of a batch together, channels first."""
    first = values[0]
    if not isinstance(first, np.ndarray) or first.dtype.kind not in "fiub":
        return first
    parts = [torch.as_tensor(value) for value in values]
    # A node that counts or computes sizes may put out a bare number.
    if first.dtype.kind != "f" or not first.ndim:
        return parts[0].to(device)
    if first.ndim == len(axes) == len(NCHW):
        parts = [part.permute([axes.index(axis) for axis in NCHW]) for part in parts]
    return torch.cat(parts).to(device)


def _session(model: onnx.ModelProto, tensors: Sequence[str]) -> onnxruntime.InferenceSession:
    known = {value.name for value in model.graph.output}
    model.graph.output.extend(
        onnx.ValueInfoProto(name=name) for name in tensors if name not in known
    )
    names = Counter(node.name for node in model.graph.node)
    for node in model.graph.node:
        # ONNX Runtime refuses a name that two nodes have.
        node.name = node.name * (names[node.name] == 1)
    options = onnxruntime.SessionOptions()
    # Fused nodes would round otherwise according to which layers are read.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = SILENT
    try:
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        raise NurtureError(f"ONNX Runtime cannot run the model: {one_line(error)}") from error


def _listed(dims: Sequence) -> str:
    return f"({', '.join(map(str, dims))})"
