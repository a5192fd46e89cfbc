"""Networks in ONNX files, against the reference implementation of ONNX and against torch."""

import runpy
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pandas as pd
import pytest
import torch
import xarray as xr
import yaml
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from torch.nn import functional

from nurture.core.errors import NurtureError
from nurture.core.names import file_stem
from nurture.networks.forward import unit_shapes
from nurture.networks.onnx_graph import node_names
from nurture.networks.onnx_network import OnnxNetwork, read_onnx
from nurture.networks.reading import list_layers, obtain_network, read_network
from nurture.networks.weights import save
from nurture.stimuli.images import write_images

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
    return read_network(
        folder / "network.safetensors", settings, [file_stem(layer) for layer in layers]
    )


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
    control, _ = _stored(yaml.safe_load(text)["networks"]["mine"], layers, tmp_path)
    nodes = [f"/stages.{i}/stages.{i}.2/Relu" for i in range(3)]
    module, provenance = _stored(settings, nodes, tmp_path)
    assert {provenance["nonlinearities"][node] for node in nodes} == {"after ReLU"}
    assert unit_shapes(module, nodes[-1:], (3, 64, 64)) == {nodes[-1]: (16, 8, 8)}
    ours, theirs = _outputs(module, nodes), _outputs(control, layers)
    for node, layer in zip(nodes, layers, strict=True):
        torch.testing.assert_close(ours[node], theirs[layer], rtol=1e-4, atol=1e-5)


def test_a_layer_does_not_depend_on_what_else_is_read(settings):
    model = read_onnx(settings["weights"])
    layer = "/stages.2/stages.2.2/Relu"
    alone = _outputs(OnnxNetwork(model, [layer]), [layer])[layer]
    among = _outputs(OnnxNetwork(model), [layer])[layer]
    assert torch.equal(alone, among)


def test_a_model_for_one_image_at_a_time_is_shown_one_at_a_time(settings, tmp_path):
    layer = "/stages.2/stages.2.2/Relu"
    free = _outputs(OnnxNetwork(read_onnx(settings["weights"]), [layer]), [layer])[layer]
    graph = onnx.load(EXAMPLE)
    graph.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(graph, tmp_path / "single.onnx")
    module = OnnxNetwork(read_onnx(tmp_path / "single.onnx"), [layer])
    torch.testing.assert_close(_outputs(module, [layer])[layer], free)


def test_the_stored_file_is_the_whole_network(settings, tmp_path):
    _, provenance = _stored(settings, ["/stages.0/stages.0.0/Conv"], tmp_path)
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
    whole = OnnxNetwork(read_onnx(settings["weights"]), ["/fc/Gemm"])
    outputs = _outputs(OnnxNetwork(model, ["/fc/Gemm"]), ["/fc/Gemm"])
    torch.testing.assert_close(outputs, _outputs(whole, ["/fc/Gemm"]))


def _graph(nodes, shape=(1, 3, 8, 8), weights=(), kind=TensorProto.FLOAT, opset=17):
    image = helper.make_tensor_value_info("image", kind, shape)
    answer = onnx.ValueInfoProto(name="answer")
    held = [numpy_helper.from_array(value, name) for name, value in weights]
    graph = helper.make_graph(nodes, "test", [image], [answer], held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def _content(model):
    return torch.frombuffer(bytearray(model.SerializeToString()), dtype=torch.uint8)


def _listed(model, folder, **seen):
    """List the layers of a model, from a file, as `make layers` does."""
    onnx.save(model, folder / "x.onnx")
    settings = {"architecture": "onnx", "weights": str(folder / "x.onnx")}
    return list_layers({**settings, "input": {**SEEN, "size": 8, **seen}})


TRICKY = ["act", "act__2", "ACT", "a/b", "a b", "a:b", "a.b", "a", "..", ".a", "é", "e\u0301", "*",
          "a?[b]", "forward", "model", "x" * 300, "x" * 299]  # fmt: skip


def test_every_name_of_a_node_gives_its_own_values_and_files(tmp_path):
    """Each node adds one, so that a layer's values say which node it is."""
    names = [*TRICKY, "", ""]
    tensors = ["image", *(f"t{i}" for i in range(1, len(names))), "answer"]
    nodes = [
        helper.make_node("Add", [tensors[i], "one"], [tensors[i + 1]], name=name)
        for i, name in enumerate(names)
    ]
    model = _graph(nodes, ("n", 3, 8, 8), [("one", np.float32([1]))])
    onnx.save(model, tmp_path / "x.onnx")
    settings = {"architecture": "onnx", "weights": str(tmp_path / "x.onnx"), "input": SEEN}
    settings["input"] = {**SEEN, "size": 8}
    layers = [*TRICKY, tensors[-2], "answer"]
    assert list(list_layers(settings)) == layers
    module, provenance = _stored(settings, layers, tmp_path)
    assert provenance["nonlinearities"].keys() == set(layers)
    outputs = _outputs(module, layers, torch.zeros(2, 3, 8, 8))
    assert [outputs[layer].unique().tolist() for layer in layers] == [
        [float(i + 1)] for i in range(len(layers))
    ]
    assert len({file_stem(layer).lower() for layer in layers}) == len(layers)


SHARED = [
    pytest.param([("x", "a"), ("x", "b"), ("y", "answer")], ["a", "b", "y"], id="twice"),
    pytest.param([("x", "a"), ("x", "b"), ("a", "answer")], ["a", "b", "answer"], id="a tensor's"),
    pytest.param([("answer", "a"), ("", "b"), ("", "answer")], ["a", "b", "answer"], id="unnamed"),
]


@pytest.mark.parametrize(("named", "layers"), SHARED)
def test_nodes_that_share_a_name_are_called_by_their_tensors(named, layers):
    given = ["image", *(tensor for _, tensor in named)]
    nodes = [
        helper.make_node("Relu", [given[i]], [tensor], name=name)
        for i, (name, tensor) in enumerate(named)
    ]
    module = OnnxNetwork(_content(_graph(nodes)))
    assert list(module.nodes) == layers
    assert [node.output for node in module.nodes.values()] == given[1:]


CONVOLUTION = numpy_helper.to_array(onnx.load(EXAMPLE).graph.initializer[0])
PRECISIONS = [
    pytest.param(
        TensorProto.FLOAT16, helper.make_node("Conv", ["image", "w"], ["answer"], name="layer"),
        id="half",
    ),
    # ONNX Runtime has no convolution in double precision.
    pytest.param(
        TensorProto.DOUBLE, helper.make_node("Tanh", ["image"], ["answer"], name="layer"),
        id="double",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "node"), PRECISIONS)
def test_a_model_of_another_precision_is_given_that(kind, node):
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    model = _graph([node], ("n", 3, 64, 64), [("w", CONVOLUTION.astype(dtype))], kind)
    (plain,) = ReferenceEvaluator(model).run(None, {"image": IMAGES.numpy().astype(dtype)})
    output = _outputs(OnnxNetwork(_content(model)), ["layer"])["layer"].numpy()
    assert output.dtype == plain.dtype == dtype
    np.testing.assert_allclose(output, plain, rtol=0, atol=4 * np.finfo(dtype).eps)


def test_a_model_of_whole_numbers_is_given_pixels_as_they_are(tmp_path):
    nodes = [helper.make_node("Cast", ["image"], ["answer"], name="cast", to=TensorProto.FLOAT)]
    model = _graph(nodes, ("n", 3, 8, 8), kind=TensorProto.UINT8)
    with pytest.raises(NurtureError, match=r"uint8, pixels as they are; set .* mean: 0 and scale"):
        _listed(model, tmp_path)
    assert list(_listed(model, tmp_path, mean=0, scale=1)) == ["cast"]
    pixels = torch.tensor([0.4, 0.6, 254.6, 200]).reshape(1, 1, 2, 2).repeat(1, 3, 4, 4)
    output = _outputs(OnnxNetwork(_content(model)), ["cast"], pixels)["cast"]
    assert output[0, 0, :2, :2].tolist() == [[0, 1], [255, 200]]


def test_channels_that_come_last_are_put_out_first():
    """A graph that was made of a Keras model: channels last around a convolution."""
    weight, bias = CONVOLUTION[:4, :, :1, :1].copy(), np.float32([1, 2, 3, 4])
    nodes = [
        helper.make_node("Sigmoid", ["image"], ["s"], name="first"),
        helper.make_node("Transpose", ["s"], ["t"], name="in", perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["t", "w"], ["c"], name="conv"),
        helper.make_node("Transpose", ["c"], ["u"], name="out", perm=[0, 2, 3, 1]),
        helper.make_node("Add", ["u", "b"], ["a"], name="bias"),
        helper.make_node("Relu", ["a"], ["r"], name="act"),
        helper.make_node("ReduceMean", ["r"], ["m"], name="mean", axes=[1, 2], keepdims=0),
        helper.make_node("Identity", ["m"], ["answer"], name="end"),
    ]
    model = _graph(nodes, ("n", 6, 8, 3), [("w", weight), ("b", bias)])
    images = torch.randn(2, 3, 6, 8, generator=torch.manual_seed(0))
    module = OnnxNetwork(_content(model), seen={"layout": "nhwc"})
    found = _outputs(module, module.nodes, images)
    first = images.sigmoid()
    conv = functional.conv2d(first, torch.from_numpy(weight))
    added = conv + torch.from_numpy(bias)[:, None, None]
    expected = {"first": first, "in": first, "conv": conv, "out": conv, "bias": added,
                "act": added.relu(), "mean": added.relu().mean((2, 3))}  # fmt: skip
    expected["end"] = expected["mean"]
    torch.testing.assert_close(found, expected)


def test_rules_write_each_layer_under_its_own_name(tmp_path):
    """From the file of the model to those of its activations, with channels last."""
    nodes = [
        helper.make_node("Transpose", ["image"], ["t"], name="in", perm=[0, 3, 1, 2]),
        helper.make_node("Tanh", ["t"], ["a"], name="/a.b/act"),
        helper.make_node("Transpose", ["a"], ["b"], name="ACT", perm=[0, 2, 3, 1]),
        helper.make_node("Sigmoid", ["b"], ["answer"], name="act"),
    ]
    model = _graph(nodes, ("n", 8, 8, 3))
    onnx.save(model, tmp_path / "x.onnx")
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), "uint8")
    labels = pd.DataFrame({"expression": "anger", "identity": [0, 1]})
    write_images(tmp_path / "images.nc", labels, ({"image": image} for image in images), {})
    settings = {"architecture": "onnx", "weights": str(tmp_path / "x.onnx"), "training": "none"}
    settings["input"] = {"size": 8, "colour": "rgb", "mean": 0, "scale": 255, "layout": "nhwc"}
    stored = str(tmp_path / "network.safetensors")
    _run("network", tmp_path, {}, [stored], network=settings)
    layers = ["act", "ACT", "/a.b/act"]
    files = [str(tmp_path / f"{file_stem(layer)}.nc") for layer in layers]
    given = {"images": str(tmp_path / "images.nc"), "network": stored}
    params = {"network": "mine", "device": "cpu", "batch": 8, "memory": 1, "precision": "single"}
    _run("activations", tmp_path, given, files, settings=settings, code="", **params)
    shown = np.tanh(images / 255)
    expected = dict(zip(layers, (1 / (1 + np.exp(-shown)), shown, shown), strict=True))
    for layer, file in zip(layers, files, strict=True):
        with xr.open_dataset(file) as found:
            assert found.attrs["layer"] == layer
            rows, columns, channels = (found[n] for n in ("row", "column", "channel"))
            values = expected[layer][:, rows, columns, channels]
            np.testing.assert_allclose(found["activation"], values, rtol=1e-6)


@pytest.fixture(autouse=True)
def without_a_plan(monkeypatch):
    """Scripts run outside of Snakemake."""
    monkeypatch.setattr("nurture.running.script.unchanged", nullcontext)


def _run(rule, folder, given, made, **params):
    """Run the script of a rule."""
    given, log = SimpleNamespace(**given), [str(folder / f"{rule}.log")]
    snakemake = SimpleNamespace(rule=rule, input=given, output=made, log=log, threads=1)
    snakemake.params = SimpleNamespace(**params)
    runpy.run_path(str(ROOT / f"workflow/scripts/{rule}.py"), {"snakemake": snakemake})


LAYOUTS = [
    pytest.param(("n", 8, 8, 3), {}, r"takes image \(n, 8, 8, 3\) float32 and is shown "
                 r"\(n, 3, 8, 8\); set the network's layout to nhwc", id="last"),
    pytest.param(("n", 3, 8, 8), {"layout": "nhwc"}, r"takes image \(n, 3, 8, 8\) float32 and is "
                 r"shown \(n, 8, 8, 3\); set the network's layout to nchw", id="first"),
    pytest.param(("n", 3, 9, 9), {}, r"takes image \(n, 3, 9, 9\) float32 and is shown "
                 r"\(n, 3, 8, 8\); check its input", id="size"),
    pytest.param(("n", 1, 8, 8), {}, r"takes image \(n, 1, 8, 8\) .*; check its input", id="grey"),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "seen", "message"), LAYOUTS)
def test_images_of_another_shape_are_refused_with_that_which_is_taken(
    tmp_path, shape, seen, message
):
    model = _graph([helper.make_node("Relu", ["image"], ["answer"])], shape)
    with pytest.raises(NurtureError, match=message) as caught:
        _listed(model, tmp_path, **seen)
    assert "\n" not in str(caught.value)


def test_sizes_by_name_are_any_size(tmp_path):
    model = _graph([helper.make_node("Relu", ["image"], ["answer"])], ("n", "c", "h", "w"))
    assert _listed(model, tmp_path)["answer"].shape == (3, 8, 8)


NORMAL = [(name, np.full(3, value, "f4")) for name, value in zip("sbmv", (1, 0, 0, 1), strict=True)]
TRAINING = [
    pytest.param(
        helper.make_node(
            "BatchNormalization", ["image", *"sbmv"], ["answer", "x", "y"], name="bn",
            training_mode=1,
        ),
        17, "'bn' .*normalises by the images that are shown together", id="batch",
    ),
    pytest.param(
        helper.make_node(
            "BatchNormalization", ["image", *"sbmv"], ["answer", "x", "y", "z", "u"], name="bn"
        ),
        9, "'bn' .*normalises by the images that are shown together", id="batch before 2021",
    ),
    pytest.param(
        helper.make_node("Dropout", ["image", "half", "yes"], ["answer"], name="drop"),
        17, "'drop' .*drops units at random", id="dropout",
    ),
    pytest.param(
        helper.make_node("Bernoulli", ["image"], ["answer"], name="coin"),
        17, r"'coin' .*\(Bernoulli\) draws at random", id="random",
    ),
]  # fmt: skip


@pytest.mark.parametrize("images", ["n", 1], ids=["together", "one by one"])
@pytest.mark.parametrize(("node", "opset", "message"), TRAINING)
def test_what_networks_do_in_training_is_refused(tmp_path, node, opset, message, images):
    weights = [*NORMAL, ("half", np.float32(0.5)), ("yes", np.bool_(True))]
    model = _graph([node], (images, 3, 8, 8), weights, opset=opset)
    with pytest.raises(NurtureError, match=f"node {message}.*export the network in evaluation"):
        _listed(model, tmp_path)


def test_what_depends_on_the_other_images_is_no_layer(tmp_path):
    nodes = [
        helper.make_node("Tanh", ["image"], ["a"], name="tanh"),
        helper.make_node("ReduceMean", ["a"], ["b"], name="mean", axes=[0], keepdims=1),
        helper.make_node("Sub", ["a", "b"], ["c"], name="beside the mean"),
        helper.make_node("Reshape", ["a", "one row"], ["d"], name="row"),
        helper.make_node("Softmax", ["d"], ["e"], name="softmax"),
        helper.make_node("Reshape", ["e", "rows"], ["answer"], name="rows"),
    ]
    weights = [("one row", np.int64([1, -1])), ("rows", np.int64([-1, 192]))]
    layers = _listed(_graph(nodes, ("n", 3, 8, 8), weights), tmp_path)
    assert {name: layer.fault for name, layer in layers.items()} == {
        "tanh": "",
        "mean": "puts out shape (1, 3, 8, 8) for 2 images",
        "beside the mean": "depends on how many images are shown at once",
        "row": "puts out shape (1, 384) for 2 images",
        "softmax": "puts out shape (1, 384) for 2 images",
        "rows": "depends on how many images are shown at once",
    }


def test_the_same_nodes_in_evaluation_are_read(tmp_path):
    nodes = [
        helper.make_node("BatchNormalization", ["image", *"sbmv"], ["a"], name="bn"),
        helper.make_node("Dropout", ["a", "half", "no"], ["answer", "mask"], name="drop"),
    ]
    weights = [*NORMAL, ("half", np.float32(0.5)), ("no", np.bool_(False))]
    model = _graph(nodes, ("n", 3, 8, 8), weights)
    assert [layer.fault for layer in _listed(model, tmp_path).values()] == ["", ""]


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
    layers = _listed(_graph(nodes, shape), tmp_path)
    assert layers["act"].nonlinearity == "after leaky ReLU"
    assert layers["shape"].fault == layers["size"].fault == "puts out torch.int64"


WRONG = [
    pytest.param(b"not a model", "not an ONNX model that can be read", id="no model"),
    pytest.param(b"", "not an ONNX model that can be read .it is empty", id="empty"),
    pytest.param(EXAMPLE.read_bytes()[:5000], "not an ONNX model that can be read", id="cut"),
]


@pytest.mark.parametrize("name", ["x.onnx", "x.json", "x.textproto"])
@pytest.mark.parametrize(("content", "message"), WRONG)
def test_a_file_that_is_no_model_is_one_line(content, message, name, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(NurtureError, match=f"{name}: {message}") as caught:
        read_onnx(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line():
    with pytest.raises(NurtureError, match=r"absent.onnx: no such file"):
        read_onnx("absent.onnx")


SHAPES = [
    pytest.param((4, 3, 8, 8), TensorProto.FLOAT, "takes 4 images at a time", id="batch"),
    pytest.param(
        (1, 12), TensorProto.FLOAT, r"takes image \(1, 12\) float32, and not images", id="no images"
    ),
    pytest.param(
        ("n", 3, 8, 8), TensorProto.INT64, r"takes image \(n, 3, 8, 8\) int64, and not", id="type"
    ),
]


@pytest.mark.parametrize(("shape", "kind", "message"), SHAPES)
def test_a_model_of_something_else_is_one_line(shape, kind, message):
    model = _graph([helper.make_node("Identity", ["image"], ["answer"])], shape, kind=kind)
    with pytest.raises(NurtureError, match=message):
        OnnxNetwork(_content(model))


def test_a_model_of_several_inputs_is_refused_with_their_names():
    model = _graph([helper.make_node("Add", ["image", "mask"], ["answer"])])
    model.graph.input.append(helper.make_tensor_value_info("mask", TensorProto.FLOAT, (1, "m")))
    message = r"takes image \(1, 3, 8, 8\) float32 and mask \(1, m\) float32, and not"
    with pytest.raises(NurtureError, match=message):
        OnnxNetwork(_content(model))


ODD = [
    pytest.param(
        helper.make_node("Foo", ["image"], ["answer"]),
        "cannot run the model: .*No Op registered for Foo with domain_version of 17$",
        id="operator",
    ),
    pytest.param(
        helper.make_node("Reshape", ["image", "sizes"], ["answer"]),
        r"cannot show 2 images to the model: .* requested shape:\{1,192\}; export it for one image",
        id="one image",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("node", "message"), ODD)
def test_onnx_runtime_says_all_in_the_error_and_nothing_beside_it(tmp_path, capfd, node, message):
    model = _graph([node], ("n", 3, 8, 8), [("sizes", np.int64([1, 192]))])
    with pytest.raises(NurtureError, match=message) as caught:
        _listed(model, tmp_path)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")
