"""What is said of the nodes of an ONNX graph: what they follow, and where their channels are."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from nurture.networks.onnx_graph import graph_nodes

HELD = {
    "w": np.ones((3, 3, 1, 1), "f4"),
    "matrix": np.ones((8, 8), "f4"),
    "zero": np.float32(0),
    "six": np.float32(6),
    "minus": np.float32(-6),
    "half": np.float16(0),
    "most": np.float16(65504),
    "ones": np.ones(3, "f4"),
    "zeros": np.zeros(3, "f4"),
    "groups": np.int64([0, 3, -1]),
    "reshaped": np.int64([0, 3, 8, 8]),
    "otherwise": np.int64([0, 3, 4, 16]),
}


def _model(nodes, opset=20):
    shown = helper.make_tensor_value_info("image", TensorProto.FLOAT, ("n", 3, 8, 8))
    held = [numpy_helper.from_array(np.asarray(value), name) for name, value in HELD.items()]
    graph = helper.make_graph(nodes, "test", [shown], [onnx.ValueInfoProto(name="last")], held)
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets)


def _node(kind, *given, **attributes):
    return helper.make_node(kind, given or ["image"], ["last"], name="last", **attributes)


def _chain(*nodes):
    """Nodes one after another; the first of each one's inputs is what the one before puts out."""
    for i, node in enumerate(nodes[:-1]):
        node.name = node.output[0] = nodes[i + 1].input[0] = f"t{i}"
    return nodes


RUNTIME = {"domain": "com.microsoft"}
RELU = {**RUNTIME, "activation": "Relu"}
CLIP6 = {**RUNTIME, "activation": "Clip", "activation_params": [0.0, 6.0]}
WORDS = {
    "ReLU": ([_node("Relu")], "after ReLU"),
    "hard swish": ([_node("HardSwish")], "after hard swish"),
    "GELU": ([_node("Gelu")], "after GELU"),
    "ReLU6": ([_node("Clip", "image", "zero", "six")], "after ReLU6"),
    "cut off at zero": ([_node("Clip", "image", "zero")], "after ReLU"),
    "cut off at zero, half": ([_node("Clip", "image", "half", "most")], "after ReLU"),
    "cut off elsewhere": ([_node("Clip", "image", "minus", "six")], "unknown"),
    "cut off above": ([_node("Clip", "image", "", "six")], "unknown"),
    "cut off at what is computed": ([_node("Clip", "image", "image", "six")], "unknown"),
    "ReLU6 in old files": ([_node("Clip", "image", min=0.0, max=6.0)], "after ReLU6"),
    "ReLU in old files": ([_node("Clip", "image", min=0.0)], "after ReLU"),
    "fused ReLU": ([_node("FusedConv", "image", "w", **RELU)], "after ReLU"),
    "fused ReLU6": ([_node("FusedConv", "image", "w", **CLIP6)], "after ReLU6"),
    "fused nothing": ([_node("FusedGemm", "image", "matrix", **RUNTIME)], "none"),
    "ONNX Runtime's own": ([_node("BiasGelu", "image", "w", **RUNTIME)], "unknown"),
    "convolution": ([_node("Conv", "image", "w")], "none"),
    "product with weights": ([_node("MatMul", "image", "matrix")], "none"),
    "product with itself": ([_node("Mul", "image", "image")], "unknown"),
    "divided by weights": ([_node("Div", "image", "six")], "none"),
    "dividing weights": ([_node("Div", "six", "image")], "unknown"),
    "sum": ([_node("Add", "image", "image")], "none"),
    "error function": ([_node("Erf")], "unknown"),
    "largest": ([_node("Max", "image", "zero")], "unknown"),
    "quantised": (
        _chain(_node("QuantizeLinear", "image", "six"), _node("DequantizeLinear", "x", "six")),
        "unknown",
    ),
    "flattened": (_chain(_node("Relu"), _node("Flatten", "x")), "after ReLU"),
    "pooled": (_chain(_node("Relu"), _node("MaxPool", "x", kernel_shape=[2, 2])), "after ReLU"),
    "average": (_chain(_node("Relu"), _node("GlobalAveragePool", "x")), "none"),
    "joined with its like": (
        [_node("Relu"), helper.make_node("Concat", ["last", "last"], ["y"], name="y", axis=1)],
        "after ReLU",
    ),
    "joined with another": (
        [_node("Relu"), helper.make_node("Concat", ["last", "image"], ["y"], name="y", axis=1)],
        "unknown",
    ),
}


@pytest.mark.parametrize(("nodes", "word"), WORDS.values(), ids=WORDS)
def test_the_nonlinearity_is_said_where_it_is_known(nodes, word):
    assert list(graph_nodes(_model(nodes), "image").values())[-1].nonlinearity == word


TURNED = {"perm": [0, 2, 3, 1]}
AXES = {
    "convolution": ([_node("Conv", "image", "w")], "nchw"),
    "turned": ([_node("Transpose", "image", **TURNED)], "nhwc"),
    "turned in any way": ([_node("Transpose", "image", perm=[0, 3, 2, 1])], "nwhc"),
    "ConvNeXt": (
        _chain(
            _node("Transpose", "image", **TURNED),
            _node("LayerNormalization", "x", "six"),
            _node("MatMul", "x", "matrix"),
            _node("Gelu", "x"),
        ),
        "nhwc",
    ),
    "back": (
        _chain(_node("Transpose", "image", **TURNED), _node("Transpose", "x", perm=[0, 3, 1, 2])),
        "nchw",
    ),
    "mean kept": ([_node("ReduceMean", "image", keepdims=1)], "nchw"),
    "mean": ([_node("ReduceMean", "image", keepdims=0)], ""),
    "reshaped": ([_node("Reshape", "image", "otherwise")], ""),
    "convolution after reshaping": (
        _chain(_node("Reshape", "image", "otherwise"), _node("Conv", "x", "w")), "nchw",
    ),
    "turned after reshaping": (
        _chain(_node("Reshape", "image", "otherwise"), _node("Transpose", "x", **TURNED)), "",
    ),
    "GroupNorm of torch": (
        _chain(
            _node("Reshape", "image", "groups"),
            _node("InstanceNormalization", "x", "ones", "zeros"),
            _node("Reshape", "x", "reshaped"),
            _node("Mul", "x", "six"),
            _node("Relu", "x"),
        ),
        "nchw",
    ),
    "put back otherwise": (
        _chain(_node("Reshape", "image", "groups"), _node("Reshape", "x", "otherwise")), "",
    ),
    "turned in between": (
        _chain(
            _node("Reshape", "image", "groups"),
            _node("Transpose", "x", perm=[0, 2, 1]),
            _node("Reshape", "x", "reshaped"),
        ),
        "",
    ),
    "product of two": ([_node("MatMul", "image", "image")], ""),
    "one of each": (
        [
            helper.make_node("Transpose", ["image"], ["x"], name="x", **TURNED),
            _node("Add", "image", "x"),
        ],
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("nodes", "axes"), AXES.values(), ids=AXES)
def test_axes_are_followed_from_the_image(nodes, axes):
    assert graph_nodes(_model(nodes), "image")["last"].axes == axes


def test_channels_of_the_image_may_come_last():
    nodes = graph_nodes(_model([_node("Relu")]), "image", "nhwc")
    assert nodes["last"].axes == "nhwc"


def test_parts_of_what_is_split_are_no_layer():
    node = helper.make_node("Split", ["image"], ["a", "last"], name="split", num_outputs=2)
    assert graph_nodes(_model([node]), "image")["split"].fault == "puts out several tensors"
