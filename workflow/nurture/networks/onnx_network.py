"""Networks in ONNX files, run by ONNX Runtime behind a torch module.

The packages that turn ONNX into torch modules all need torchvision; ONNX Runtime needs nothing
and knows every operator. A file holds a graph and weights and no code, so reading it runs none.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from google.protobuf.message import DecodeError
from torch import Tensor, nn

from nurture.errors import NurtureError, first_line
from nurture.networks.catalogue import NO_NONLINEARITY

UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
"""What names of nodes hold, and names of layers and files may not."""

NONLINEARITIES = {
    **{"Relu": "ReLU", "LeakyRelu": "leaky ReLU", "PRelu": "PReLU", "Elu": "ELU", "Selu": "SELU"},
    **{"Gelu": "GELU", "Mish": "Mish", "Softplus": "softplus", "Sigmoid": "sigmoid"},
    **{"Tanh": "tanh", "Softmax": "softmax", "HardSwish": "hard swish", "Celu": "CELU"},
    **{"HardSigmoid": "hard sigmoid"},
}
"""Operators that are nonlinearities, and how they are called."""


PLAIN = nn.Module()
"""What it has cannot be the name of a part."""


class OnnxNetwork(nn.Module):
    """An ONNX model as a torch module.

    Each node of the graph is a layer of the node's name, which puts out what the node does, so
    layers are read by hooks as in any torch module. The file itself is kept as a tensor of bytes:
    it is the whole state of the network.

    Parameters
    ----------
    model : Tensor of uint8
        The file.
    layers : sequence of str, optional
        Layers that can be read; all of them by default. What is not asked for is not kept.

    Raises
    ------
    NurtureError
        When ONNX Runtime cannot run the model.
    """

    def __init__(self, model: Tensor, layers: Sequence[str] | None = None):
        super().__init__()
        self.model = nn.Parameter(model, requires_grad=False)
        graph = onnx.load_model_from_string(model.numpy().tobytes())
        self._tensors = {
            n: t for n, t in node_names(graph).items() if layers is None or n in layers
        }
        for name in self._tensors:
            self.add_module(name, nn.Identity())
        self._input, self._single = _image_input(graph)
        self._session = _session(graph, self._tensors.values())

    def forward(self, x: Tensor) -> Tensor:
        """Show images (n, channels, rows, columns); the answer is the last layer's."""
        images = x.float().cpu().contiguous().numpy()
        # A file exported for one image at a time says so.
        parts = [images[i : i + 1] for i in range(len(images))] if self._single else [images]
        names = list(self._tensors.values())
        answers = [self._session.run(names, {self._input: part}) for part in parts]
        for layer, values in zip(self._tensors, zip(*answers, strict=True), strict=True):
            # A node that counts or computes sizes may put out a bare number.
            whole = values[0] if values[0].ndim == 0 else np.concatenate(values)
            y = self.get_submodule(layer)(torch.as_tensor(whole).to(x.device))
        return y


def read_onnx(path: str | Path) -> Tensor:
    """Read an ONNX file, with the weights that lie in files of their own beside it.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    Tensor of uint8
        A model that stands alone.

    Raises
    ------
    NurtureError
        When it is missing, cut short or no ONNX model.
    """
    if not Path(path).is_file():
        raise NurtureError(f"{path}: no such file; give the ONNX file of the network")
    try:
        model = onnx.load(path)
    except (DecodeError, onnx.checker.ValidationError, OSError, ValueError) as error:
        text = first_line(error)
        raise NurtureError(f"{path}: not an ONNX model that can be read ({text})") from error
    return torch.frombuffer(
        bytearray(model.SerializeToString(deterministic=True)), dtype=torch.uint8
    )


def node_names(model: onnx.ModelProto) -> dict[str, str]:
    """Layers of a model in the order of its graph, each with the tensor that it puts out.

    A layer is called as its node, with ``_`` for what may not stand in the name of a file; a node
    without a name as its output.
    """
    names: dict[str, str] = {}
    for node in model.graph.node:
        if node.op_type == "Constant" or not any(node.output[:1]):
            continue
        base = UNSAFE.sub("_", node.name or node.output[0]).strip("_") or "node"
        base += "_" * (base == "model" or hasattr(PLAIN, base))
        same = sum(name == base or name.startswith(f"{base}__") for name in names)
        names[f"{base}__{same + 1}" if same else base] = node.output[0]
    return names


def node_nonlinearities(model: Tensor) -> dict[str, str]:
    """Nonlinearity with which each layer of a model ends, by the operator of its node."""
    graph = onnx.load_model_from_string(model.numpy().tobytes())
    kinds = {node.output[0]: node.op_type for node in graph.graph.node if node.output}
    labels = {kind: f"after {name}" for kind, name in NONLINEARITIES.items()}
    return {n: labels.get(kinds[t], NO_NONLINEARITY) for n, t in node_names(graph).items()}


def _image_input(model: onnx.ModelProto) -> tuple[str, bool]:
    """Name of the input, and whether it takes one image at a time."""
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    shapes = [[d.dim_value for d in value.type.tensor_type.shape.dim] for value in inputs]
    if len(inputs) != 1 or len(shapes[0]) != 4:
        raise NurtureError(f"the ONNX model takes inputs of shapes {shapes}, and not images alone")
    if shapes[0][0] not in (0, 1):
        raise NurtureError(
            f"the ONNX model takes {shapes[0][0]} images at a time; export it for one, or for any "
            "number"
        )
    return inputs[0].name, shapes[0][0] == 1


def _session(model: onnx.ModelProto, tensors) -> onnxruntime.InferenceSession:
    known = {value.name for value in model.graph.output}
    model.graph.output.extend(
        onnx.ValueInfoProto(name=name) for name in tensors if name not in known
    )
    options = onnxruntime.SessionOptions()
    # Fused nodes would round otherwise according to which layers are read.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        text = first_line(error)
        raise NurtureError(f"ONNX Runtime cannot run the model: {text}") from error
