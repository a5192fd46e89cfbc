"""What an ONNX graph says of its nodes before any image is shown."""

from collections import Counter
from collections.abc import Mapping
from math import prod
from typing import NamedTuple

import onnx
from onnx.helper import get_attribute_value
from onnx.numpy_helper import to_array

from nurture.core.errors import NurtureError
from nurture.networks.catalogue import AFTER_RELU, AFTER_RELU6, NO_NONLINEARITY, UNKNOWN

NCHW, NHWC = "nchw", "nhwc"
"""Orders of the axes of images: images, channels, rows (height), columns (width)."""

STANDARD = ("", "ai.onnx")
FUSED = ("FusedConv", "FusedGemm")
"""Operators of ONNX Runtime that end with the nonlinearity of their attribute ``activation``."""

NONLINEARITIES = {
    **{"Relu": "ReLU", "LeakyRelu": "leaky ReLU", "PRelu": "PReLU", "Elu": "ELU", "Selu": "SELU"},
    **{"Gelu": "GELU", "Mish": "Mish", "Softplus": "softplus", "Sigmoid": "sigmoid"},
    **{"Tanh": "tanh", "Softmax": "softmax", "HardSwish": "hard swish", "Celu": "CELU"},
    **{"HardSigmoid": "hard sigmoid", "Softsign": "softsign", "LogSoftmax": "log softmax"},
    **{"ThresholdedRelu": "thresholded ReLU"},
}
"""Operators that are nonlinearities, and how they are called."""

FOLLOWING = {
    *("Cast", "Concat", "Dropout", "Flatten", "Gather", "Identity", "MaxPool", "GlobalMaxPool"),
    *("ReduceMax", "Reshape", "Slice", "Split", "Squeeze", "Transpose", "Unsqueeze"),
}
"""Operators whose result follows the same nonlinearity as what they were given."""

LINEAR = {
    *("Add", "AveragePool", "BatchNormalization", "Conv", "ConvTranspose", "Gemm"),
    *("GlobalAveragePool", "MatMul", "Mean", "Mul", "Neg", "Pad", "ReduceMean", "ReduceSum"),
    *("Resize", "Sub", "Sum", "Upsample", "DepthToSpace", "SpaceToDepth", "Expand", "Tile"),
}
"""Operators that are linear in what depends on the image, unless they multiply two such."""

SUMS = {"Add", "Mean", "Sub", "Sum"}
"""Those of them that may be given several such tensors."""

CHANNELS_FIRST = {
    *("AveragePool", "BatchNormalization", "Conv", "ConvTranspose", "DepthToSpace", "FusedConv"),
    *("GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "GroupNormalization"),
    *("InstanceNormalization", "LRN", "LpPool", "MaxPool", "QLinearConv", "SpaceToDepth"),
}
"""Operators that by ONNX's own rules put out images x channels x rows x columns."""

KEEPING = {
    *NONLINEARITIES, *SUMS, "Abs", "Cast", "Ceil", "Clip", "Concat", "Div", "Dropout", "Erf", "Exp",
    *("Floor", "Identity", "LayerNormalization", "Log", "LpNormalization", "Max", "Min", "Mul"),
    *("MeanVarianceNormalization", "Neg", "Pad", "Pow", "RMSNormalization", "Reciprocal"),
    *("Resize", "Round", "Shrink", "Sign", "Slice", "Split", "Sqrt", "Swish", "Upsample", "Where"),
    *("DequantizeLinear", "QuantizeLinear"),
}  # fmt: skip
"""Operators that leave axes where they are."""

LARGEST = 65504
"""Of float16: what is cut off above it is not cut off."""

IN_SEQUENCE = {
    *(*NONLINEARITIES, *SUMS),
    *("Cast", "Div", "Dropout", "Flatten", "Identity", "InstanceNormalization"),
    *("LayerNormalization", "Mul", "Reshape", "Squeeze", "Unsqueeze"),
}
"""Operators whose numbers come in the sequence of those that they were given."""

AT_RANDOM = {
    *("Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform"),
    "RandomUniformLike",
}


class Node(NamedTuple):
    """A node of a graph: the tensor that it puts out, the first of several, and more.

    Its nonlinearity is ``"unknown"`` where the operator does not say; its axes are the order of
    those of a tensor of four, as ``"nchw"``, or empty; its fault says why it cannot be read.
    """

    output: str
    nonlinearity: str
    axes: str
    fault: str = ""


def graph_nodes(model: onnx.ModelProto, image: str, layout: str = NCHW) -> dict[str, Node]:
    """List the nodes of a model that compute something, in the order of its graph.

    They are called by their own names; a node without a name, or with that of another, by the
    tensor that it puts out. `image` is the name of the input, and `layout` the order of its axes,
    ``"nchw"`` or ``"nhwc"``. A `NurtureError` when two nodes put out one tensor, or a node draws at
    random or learns from the batch.
    """
    check_evaluating(model)
    names = node_names(model)
    scalars, axes = _scalars(model.graph), tensor_axes(model, image, layout)
    labels = {image: NO_NONLINEARITY}
    for node in model.graph.node:
        if label := _nonlinearity(node, labels, scalars):
            labels.update(dict.fromkeys(filter(None, node.output), label))
    split = {node.output[0] for node in model.graph.node if node.op_type == "Split"}
    return {
        name: Node(
            tensor,
            labels.get(tensor, NO_NONLINEARITY),
            axes.get(tensor, ""),
            "puts out several tensors" * (tensor in split),
        )
        for name, tensor in names.items()
    }


def node_names(model: onnx.ModelProto) -> dict[str, str]:
    """Name the nodes of a model that compute something, each with the tensor that it puts out.

    See `graph_nodes`.
    """
    named = [n for n in model.graph.node if n.op_type != "Constant" and any(n.output[:1])]
    outputs = [node.output[0] for node in named]
    twice = [tensor for tensor, count in Counter(outputs).items() if count > 1]
    if twice:
        raise NurtureError(f"two nodes of the ONNX model put out {twice[0]!r}; export it again")
    names = [node.name or node.output[0] for node in named]
    while len(set(names)) < len(names):
        # Tensors have names of their own, so this ends.
        counts = Counter(names)
        names = [n if counts[n] == 1 else out for n, out in zip(names, outputs, strict=True)]
    return dict(zip(names, outputs, strict=True))


def tensor_axes(model: onnx.ModelProto, image: str, layout: str) -> dict[str, str]:
    """Follow the image's axes through a graph: their order in tensors of four, where known."""
    sizes, axes, origins = _sizes(model), {image: layout}, {image: image}
    for node in model.graph.node:
        # The last tensor of four axes whose numbers come in the same sequence.
        origin = origins.get(node.input[0]) if node.op_type in IN_SEQUENCE else None
        for tensor in filter(None, node.output):
            order = _axes(node, axes) if len(sizes.get(tensor, NCHW)) == len(NCHW) else ""
            if not order and origin and tensor in sizes and sizes[tensor] == sizes.get(origin):
                order = axes[origin]
            if order:
                axes[tensor] = order
                origins[tensor] = tensor
            elif origin:
                origins[tensor] = origin
    return axes


def check_evaluating(model: onnx.ModelProto) -> None:
    """Refuse a node that draws at random, or normalises by the images that are shown together."""
    scalars = _scalars(model.graph)
    for node in model.graph.node:
        what = ""
        if node.op_type in AT_RANDOM:
            what = "draws at random"
        elif node.op_type == "Dropout" and any(map(scalars.get, node.input[2:3])):
            what = "drops units at random, as in training"
        elif node.op_type == "BatchNormalization" and sum(map(bool, node.output)) > 1:
            # Before opset 14 its further outputs are all that says so.
            what = "normalises by the images that are shown together, as in training"
        if what:
            name = node.name or node.output[0]
            raise NurtureError(
                f"node {name!r} of the ONNX model ({node.op_type}) {what}; export the network in "
                "evaluation mode"
            )


def _sizes(model: onnx.ModelProto) -> dict[str, list]:
    """Sizes of tensors, the number of images left out, where ONNX finds all of them."""
    try:
        graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    except onnx.shape_inference.InferenceError:
        return {}
    found = {}
    for value in (*graph.input, *graph.value_info, *graph.output):
        sizes = [d.dim_value or d.dim_param for d in value.type.tensor_type.shape.dim]
        if sizes and all(sizes[1:]):
            found[value.name] = ["n", *sizes[1:]]
    return found


def _scalars(graph: onnx.GraphProto) -> dict[str, float]:
    """Tensors of one number that are written in the graph."""
    held = {tensor.name: to_array(tensor).item() for tensor in graph.initializer if _is_one(tensor)}
    for node in graph.node:
        if node.op_type == "Constant":
            (value,) = _attributes(node).values()
            if isinstance(value, onnx.TensorProto) and _is_one(value):
                value = to_array(value).item()
            if isinstance(value, float | int):
                held[node.output[0]] = value
        elif node.op_type in ("Identity", "Cast") and node.input[0] in held:
            held[node.output[0]] = held[node.input[0]]
    return held


def _is_one(tensor: onnx.TensorProto) -> bool:
    return prod(tensor.dims) == 1


def _attributes(node: onnx.NodeProto) -> dict:
    return {attribute.name: get_attribute_value(attribute) for attribute in node.attribute}


def _nonlinearity(
    node: onnx.NodeProto, labels: Mapping[str, str], scalars: Mapping[str, float]
) -> str:
    """Nonlinearity that a node follows; empty where it does not depend on the image.

    `labels` are the nonlinearities of each tensor before it that does, `scalars` as of `_scalars`.
    """
    kind, given = node.op_type, [labels[name] for name in node.input if name in labels]
    within = any(a.type in (a.GRAPH, a.GRAPHS) for a in node.attribute)
    if not given and not within:
        return ""
    if node.domain not in STANDARD:
        return _fused(node)
    if kind in NONLINEARITIES:
        return f"after {NONLINEARITIES[kind]}"
    if kind == "Clip":
        stated = _attributes(node)
        bounds = [scalars.get(name) if name else None for name in node.input[1:]]
        known = len([n for n in node.input[1:] if n]) == len([b for b in bounds if b is not None])
        low, high = [*bounds, None, None][:2]
        return _clipped(stated.get("min", low), stated.get("max", high)) if known else UNKNOWN
    if kind in FOLLOWING and len(set(given)) == 1:
        return given[0]
    if kind in SUMS or (kind in LINEAR and len(given) == 1):
        return NO_NONLINEARITY
    if kind == "Div" and len(given) == 1 and node.input[0] in labels:
        return NO_NONLINEARITY
    return UNKNOWN


def _fused(node: onnx.NodeProto) -> str:
    """Nonlinearity of an operator of ONNX Runtime's own."""
    stated = _attributes(node)
    if node.op_type not in FUSED:
        return UNKNOWN
    activation = stated.get("activation", b"").decode()
    if activation == "Clip":
        return _clipped(*stated.get("activation_params", [None, None]))
    if not activation:
        return NO_NONLINEARITY
    return f"after {NONLINEARITIES[activation]}" if activation in NONLINEARITIES else UNKNOWN


def _clipped(low: float | None, high: float | None) -> str:
    if low != 0:
        return UNKNOWN
    if high == 6:
        return AFTER_RELU6
    return AFTER_RELU if high is None or high >= LARGEST else UNKNOWN


def _axes(node: onnx.NodeProto, axes: Mapping[str, str]) -> str:
    """Order of the axes of what a node puts out; empty where it is unknown."""
    given = {axes[name] for name in node.input if name in axes}
    if node.op_type in CHANNELS_FIRST:
        return NCHW
    if len(given) != 1:
        return ""
    (order,) = given
    if node.op_type == "Transpose":
        turned = _attributes(node).get("perm", range(len(order))[::-1])
        return "".join(order[i] for i in turned) if len(turned) == len(order) else ""
    if node.op_type.startswith("Reduce"):
        return order * _attributes(node).get("keepdims", 1)
    if node.op_type == "MatMul":
        return order * (len([n for n in node.input if n in axes]) == 1)
    return order if node.op_type in KEEPING else ""
