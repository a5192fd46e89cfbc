"""Networks in ONNX files, against the reference implementation of ONNX and against torch."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
import yaml
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from nurture.activations import unit_shapes
from nurture.errors import NurtureError
from nurture.networks.onnx_network import OnnxNetwork, node_names, read_onnx
from nurture.networks.reading import list_layers, obtain_network, read_network
from nurture.networks.weights import save

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config/examples/small_network.onnx"
SEEN = {"size": 64, "colour": "rgb", "mean": 127.5, "scale": 127.5}
IMAGES = torch.linspace(-1, 1, 3 * 3 * 64 * 64).reshape(3, 3, 64, 64).sin()


def _outputs(module, layers, images=IMAGES):
    """What layers put out."""
    found = {}
    for layer in layers:
        module.get_submodule(layer).register_forward_hook(
            lambda _module, _inputs, output, layer=layer: found.update({layer: output.clone()})
        )
    with torch.inference_mode():
        module(images)
    return found


def _stored(settings, layers, folder):
    state, provenance = obtain_network(settings)
    save(state, folder / "network.safetensors", provenance)
    return read_network(folder / "network.safetensors", settings, layers)


@pytest.fixture
def settings():
    text = (ROOT / "config/examples/own-onnx.yaml").read_text()
    network = yaml.safe_load(text)["networks"]["mine"]
    return {**network, "weights": str(ROOT / network["weights"])}


def test_every_node_gives_what_the_reference_implementation_gives(settings, tmp_path):
    graph = onnx.load(EXAMPLE)
    names = {n: t for n, t in node_names(graph).items() if not n.startswith("Identity")}
    graph.graph.output.extend(onnx.ValueInfoProto(name=t) for t in names.values())
    # Its stages, then the answer, which the file names itself.
    wanted = list(names.values())
    evaluator = ReferenceEvaluator(graph)
    reference = dict(zip(wanted, evaluator.run(wanted, {"image": IMAGES.numpy()}), strict=True))
    module, _ = _stored(settings, list(names), tmp_path)
    for layer, output in _outputs(module, names).items():
        np.testing.assert_allclose(output, reference[names[layer]], rtol=1e-4, atol=1e-5)


def test_the_same_network_in_torch_gives_the_same(monkeypatch, settings, tmp_path):
    monkeypatch.chdir(ROOT)
    text = Path("config/examples/own-file.yaml").read_text()
    layers = [f"stages.{i}" for i in range(3)]
    twin, _ = _stored(yaml.safe_load(text)["networks"]["mine"], layers, tmp_path)
    nodes = [f"stages_{i}_stages_{i}_2_Relu" for i in range(3)]
    module, provenance = _stored(settings, nodes, tmp_path)
    assert {provenance["nonlinearities"][node] for node in nodes} == {"after ReLU"}
    assert unit_shapes(module, nodes[-1:], (3, 64, 64)) == {nodes[-1]: (16, 8, 8)}
    ours, theirs = _outputs(module, nodes), _outputs(twin, layers)
    for node, layer in zip(nodes, layers, strict=True):
        torch.testing.assert_close(ours[node], theirs[layer], rtol=1e-4, atol=1e-5)


def test_a_layer_does_not_depend_on_what_else_is_read(settings):
    model = read_onnx(settings["weights"])
    layer = "stages_2_stages_2_2_Relu"
    alone = _outputs(OnnxNetwork(model, [layer]), [layer])[layer]
    among = _outputs(OnnxNetwork(model), [layer])[layer]
    assert torch.equal(alone, among)


def test_a_model_for_one_image_at_a_time_is_shown_one_at_a_time(settings, tmp_path):
    layer = "stages_2_stages_2_2_Relu"
    free = _outputs(OnnxNetwork(read_onnx(settings["weights"]), [layer]), [layer])[layer]
    graph = onnx.load(EXAMPLE)
    graph.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(graph, tmp_path / "single.onnx")
    module = OnnxNetwork(read_onnx(tmp_path / "single.onnx"), [layer])
    torch.testing.assert_close(_outputs(module, [layer])[layer], free)


def test_the_stored_file_is_the_whole_network(settings, tmp_path):
    _, provenance = _stored(settings, ["stages_0_stages_0_0_Conv"], tmp_path)
    assert provenance["source"] == "small_network.onnx"
    assert provenance["architecture"] == "onnx"
    assert provenance["input"] == SEEN
    first = (tmp_path / "network.safetensors").read_bytes()
    _stored(settings, [], tmp_path)
    assert (tmp_path / "network.safetensors").read_bytes() == first


def test_weights_in_a_file_of_their_own_come_along(settings, tmp_path):
    graph = onnx.load(EXAMPLE)
    path = tmp_path / "split.onnx"
    onnx.save(graph, path, save_as_external_data=True, location="split.bin", size_threshold=0)
    model = read_onnx(path)
    (tmp_path / "split.bin").unlink()
    whole = OnnxNetwork(read_onnx(settings["weights"]), ["fc_Gemm"])
    outputs = _outputs(OnnxNetwork(model, ["fc_Gemm"]), ["fc_Gemm"])
    torch.testing.assert_close(outputs, _outputs(whole, ["fc_Gemm"]))


def _graph(nodes, shape=(1, 3, 8, 8), weights=()):
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, None)
    held = [numpy_helper.from_array(value, name) for name, value in weights]
    graph = helper.make_graph(nodes, "test", [image], [answer], held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_names_of_nodes_are_safe_for_files_and_unique():
    nodes = [
        helper.make_node("Relu", ["image"], ["a"], name="/stage/Relu"),
        helper.make_node("Relu", ["a"], ["b/c:0"]),
        helper.make_node("Relu", ["b/c:0"], ["d"], name="stage.Relu"),
        helper.make_node("Relu", ["d"], ["answer"], name="forward"),
    ]
    assert node_names(_graph(nodes)) == {
        "stage_Relu": "a", "b_c_0": "b/c:0", "stage_Relu__2": "d", "forward_": "answer"
    }  # fmt: skip


@pytest.mark.parametrize(
    "shape",
    [pytest.param((1, 3, 8, 8), id="single"), pytest.param(("n", 3, 8, 8), id="free")],
)
def test_nodes_without_units_for_each_image_are_no_layers(tmp_path, shape):
    nodes = [
        helper.make_node("Shape", ["image"], ["shape"], name="shape"),
        helper.make_node("Size", ["image"], ["size"], name="size"),
        helper.make_node("LeakyRelu", ["image"], ["answer"], name="act"),
    ]
    onnx.save(_graph(nodes, shape), tmp_path / "x.onnx")
    seen = {**SEEN, "size": 8}
    layers = list_layers(
        {"architecture": "onnx", "weights": str(tmp_path / "x.onnx"), "input": seen}
    )
    assert layers["act"].nonlinearity == "after leaky ReLU"
    assert layers["shape"].fault == layers["size"].fault == "puts out torch.int64"


WRONG = [
    pytest.param(b"not a model", "not an ONNX model that can be read", id="no model"),
    pytest.param(EXAMPLE.read_bytes()[:5000], "not an ONNX model that can be read", id="cut"),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_a_file_that_is_no_model_is_one_line(content, message, tmp_path):
    path = tmp_path / "x.onnx"
    path.write_bytes(content)
    with pytest.raises(NurtureError, match=f"x.onnx: {message}") as caught:
        read_onnx(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line():
    with pytest.raises(NurtureError, match=r"absent.onnx: no such file"):
        read_onnx("absent.onnx")


SHAPES = [
    pytest.param((4, 3, 8, 8), "takes 4 images at a time", id="batch"),
    pytest.param((1, 12), r"inputs of shapes \[\[1, 12\]\], and not images", id="no images"),
]


@pytest.mark.parametrize(("shape", "message"), SHAPES)
def test_a_model_of_something_else_is_one_line(shape, message):
    model = _graph([helper.make_node("Relu", ["image"], ["answer"])], shape)
    content = torch.frombuffer(bytearray(model.SerializeToString()), dtype=torch.uint8)
    with pytest.raises(NurtureError, match=message):
        OnnxNetwork(content)


def test_another_size_than_the_model_takes_is_one_line(tmp_path):
    onnx.save(_graph([helper.make_node("Relu", ["image"], ["answer"])]), tmp_path / "x.onnx")
    settings = {"architecture": "onnx", "weights": str(tmp_path / "x.onnx"), "input": SEEN}
    with pytest.raises(NurtureError, match=r"fails on an image of shape \(3, 64, 64\)") as caught:
        list_layers(settings)
    assert "\n" not in str(caught.value)
