"""Every published layout, written here number by number and read back as the same network.

The files are complete but narrow. What they hold comes from one reference network that is computed
here from images in red, green, blue; nothing of the readers is used to write them.
"""

import struct
import tracemalloc
from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch.nn import functional

from nurture.core.errors import NurtureError
from nurture.networks.layouts.convert import convert, is_published
from nurture.networks.layouts.known import BY_NAME, OWN, check_settings
from nurture.networks.preprocess import preprocess
from nurture.networks.weights import build, load, obtain, save

WIDTHS = (4, 5, 6, 7, 8)
COUNTS = (2, 2, 3, 3, 3)
HIDDEN = 9
CONVOLUTIONS = [f"conv{s}_{i + 1}" for s, n in enumerate(COUNTS, start=1) for i in range(n)]
FULLY_CONNECTED = ["fc6", "fc7", "fc8"]

FACES_RGB = [129.186279296875, 104.76238250732422, 93.59396362304688]
OBJECTS_RGB = [123.68, 116.779, 103.939]


# The reference network


def reference_weights(outputs):
    """Filters (output, input, row, column); those of fc6 see all of pool5, as 7 x 7 filters."""
    rng = np.random.default_rng(outputs)
    weights, inputs = {}, 3
    sizes = [(width, 3) for width, n in zip(WIDTHS, COUNTS, strict=True) for _ in range(n)]
    sizes += [(HIDDEN, 7), (HIDDEN, 1), (outputs, 1)]
    for name, (width, side) in zip(CONVOLUTIONS + FULLY_CONNECTED, sizes, strict=True):
        weight = rng.normal(0, np.sqrt(2 / (inputs * side**2)), (width, inputs, side, side))
        weights[name] = (weight.astype("float32"), rng.normal(0.1, 0.1, width).astype("float32"))
        inputs = width
    # Pixels are between -130 and 150.
    weights["conv1_1"] = (weights["conv1_1"][0] / 50, weights["conv1_1"][1])
    return weights


def reference_activations(weights, images, mean, scale):
    """What each layer answers to images in red, green, blue."""
    x = (images.astype("float64") - np.array(mean)) / np.array(scale)
    x = torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, 3, 1)))
    activations = {}
    for name, (weight, bias) in weights.items():
        weight, bias = (torch.from_numpy(values).double() for values in (weight, bias))
        x = functional.conv2d(x, weight, bias, padding=1 if name.startswith("conv") else 0)
        if name != "fc8":
            x = x.clamp(min=0)
        activations[name] = x.flatten(1).numpy()
        if name in ("conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3"):
            x = functional.max_pool2d(x, 2)
    return activations


@pytest.fixture(scope="module")
def images():
    """Two images of coloured patches."""
    patches = np.random.default_rng(0).integers(0, 256, (2, 14, 14, 3))
    return patches.repeat(16, axis=1).repeat(16, axis=2).astype("uint8")


def activations_of(state, images, seen):
    """What this project's network answers with these weights."""
    names = [name for name in CONVOLUTIONS + FULLY_CONNECTED if f"{name}.weight" in state]
    network = build("vgg16", top="fc8" in names)
    activations = {}
    for name in names:
        layer = network.get_submodule(name)
        layer.weight = torch.nn.Parameter(state[f"{name}.weight"], requires_grad=False)
        layer.bias = torch.nn.Parameter(state[f"{name}.bias"], requires_grad=False)
        layer.register_forward_hook(
            lambda _layer, _x, y, name=name: activations.update({name: y.flatten(1).numpy()})
        )
    network(preprocess(images, seen))
    return activations


def difference(found, expected):
    """Largest difference of any layer, as a share of the layer's largest activation."""
    assert expected.keys() >= found.keys()
    return max(
        np.abs(found[name] - expected[name]).max() / np.abs(expected[name]).max() for name in found
    )


# The layouts: where each number of a filter goes


def bgr(weights):
    """Filters for images whose channels are blue, green, red."""
    weight, bias = weights["conv1_1"]
    return weights | {"conv1_1": (np.stack([weight[:, 2], weight[:, 1], weight[:, 0]], 1), bias)}


def rows_columns_inputs_outputs(weight):
    out = np.empty(tuple(weight.shape[axis] for axis in (2, 3, 1, 0)), "float32")
    for o, i, y, x in np.ndindex(weight.shape):
        out[y, x, i, o] = weight[o, i, y, x]
    return out


def inputs_outputs(weight):
    """Matrix on an image flattened as row, column, channel."""
    outputs, channels, rows, columns = weight.shape
    out = np.empty((rows * columns * channels, outputs), "float32")
    for o, i, y, x in np.ndindex(weight.shape):
        out[(y * columns + x) * channels + i, o] = weight[o, i, y, x]
    return out


def outputs_inputs(weight):
    """Matrix on an image flattened as channel, row, column."""
    outputs, channels, rows, columns = weight.shape
    out = np.empty((outputs, channels * rows * columns), "float32")
    for o, i, y, x in np.ndindex(weight.shape):
        out[o, (i * rows + y) * columns + x] = weight[o, i, y, x]
    return out


def torch_state(weights, names):
    state = {}
    for name, (layer, (weight, bias)) in zip(names, weights.items(), strict=True):
        matrix = weight if layer.startswith("conv") else outputs_inputs(weight)
        state[f"{name}.weight"] = torch.from_numpy(matrix)
        state[f"{name}.bias"] = torch.from_numpy(bias)
    return state


def write_pytorch(path, weights, zipped=True):
    torch.save(torch_state(weights, weights), path, _use_new_zipfile_serialization=zipped)


def torchvision_names():
    """Number the modules: a convolution and its ReLU, and a pooling after each stage."""
    number = 0
    for count in COUNTS:
        for _ in range(count):
            yield f"features.{number}"
            number += 2
        number += 1
    # Linear, ReLU, dropout, linear, ReLU, dropout, linear.
    yield from ("classifier.0", "classifier.3", "classifier.6")


def write_torchvision(path, weights, top="values"):
    state = torch_state(weights, torchvision_names())
    for name in [name for name in state if name.startswith("classifier")]:
        if top == "absent":
            del state[name]
        elif top == "nan":
            state[name] = torch.full_like(state[name], torch.nan)
    torch.save(state, path, _use_new_zipfile_serialization=False)


def integers(*values, form="i"):
    return struct.pack(f"<{len(values)}{form}", *values)


class Torch7Writer:
    """What torch.save of Torch7 writes."""

    def __init__(self, version=b"V 1"):
        self.objects = 0
        self.version = version

    def text(self, text):
        return integers(2, len(text)) + text

    def table(self, pairs):
        self.objects += 1
        head = integers(3, self.objects, len(pairs))
        return head + b"".join(key + value for key, value in pairs)

    def named(self, **fields):
        return self.table([(self.text(key.encode()), value) for key, value in fields.items()])

    def listed(self, values):
        numbers = (integers(1) + struct.pack("<d", i) for i in range(1, len(values) + 1))
        return self.table(list(zip(numbers, values, strict=True)))

    def made(self, name):
        self.objects += 1
        version = integers(len(self.version)) + self.version if self.version else b""
        return integers(4, self.objects) + version + integers(len(name)) + name

    def tensor(self, values, kind=b"Float"):
        strides = [s // values.itemsize for s in np.ascontiguousarray(values).strides]
        head = self.made(b"torch." + kind + b"Tensor") + integers(values.ndim)
        head += integers(*values.shape, *strides, 1, form="q")
        return head + self.storage(values, kind)

    def storage(self, values, kind=b"Float"):
        head = self.made(b"torch." + kind + b"Storage") + integers(values.size, form="q")
        return head + np.ascontiguousarray(values).tobytes()

    def empty(self):
        return self.made(b"torch.FloatTensor") + integers(0) + integers(1, form="q") + integers(0)

    def module(self, name, **fields):
        yes, float_type = integers(5, 1), self.text(b"torch.FloatTensor")
        return self.made(name) + self.named(
            train=yes, _type=float_type, output=self.empty(), **fields
        )

    def linear(self, name, matrix, bias):
        weight = self.tensor(matrix)
        return self.module(name, weight=weight, gradWeight=self.empty(), bias=self.tensor(bias))


def torch7_modules(writer, weights, flat):
    for name, (weight, bias) in weights.items():
        if name == "fc6":
            size = writer.storage(np.array([-1], "int64"), b"Long")
            yield writer.module(b"nn.View", size=size)
        if name.startswith("fc"):
            yield writer.linear(b"nn.Linear", outputs_inputs(weight), bias)
        elif flat:
            yield writer.linear(b"nn.SpatialConvolutionMM", outputs_inputs(weight), bias)
        else:
            yield writer.linear(b"nn.SpatialConvolution", weight, bias)
        yield writer.module(b"nn.SoftMax" if name == "fc8" else b"nn.ReLU")
        if name in ("conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3"):
            yield writer.module(b"nn.SpatialMaxPooling")
        if name in ("fc6", "fc7"):
            yield writer.module(b"nn.Dropout")


def write_torch7(path, weights, flat=True, version=b"V 1"):
    writer = Torch7Writer(version)
    head = writer.made(b"nn.Sequential")
    writer.objects += 1
    number = writer.objects
    modules = list(torch7_modules(writer, bgr(weights), flat))
    assert len(modules) == 40
    content = integers(3, number, 1) + writer.text(b"modules") + writer.listed(modules)
    path.write_bytes(head + content)


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value % 128 + 128)
        value //= 128
    return bytes([*out, value])


def field(number, content):
    """One field of a protocol buffer: a number, or bytes with their length."""
    if isinstance(content, int):
        return varint(number * 8) + varint(content)
    return varint(number * 8 + 2) + varint(len(content)) + content


def caffe_blob(values, old):
    if old:
        shape = (1,) * (4 - values.ndim) + values.shape
        shape = b"".join(field(i, n) for i, n in enumerate(shape, start=1))
    else:
        shape = field(7, field(1, b"".join(map(varint, values.shape))))
    return shape + field(5, values.astype("<f4").tobytes())


def write_caffe(path, weights, old=True):
    net = field(1, b"VGG_FACE_16_layers")
    for name, (weight, bias) in bgr(weights).items():
        matrix = weight if name.startswith("conv") else outputs_inputs(weight)
        blobs = [caffe_blob(values, old) for values in (matrix, bias)]
        label = name.encode()
        if old:  # the kinds of layers are numbers: 4 is a convolution, 14 is fully connected
            kind = 4 if name.startswith("conv") else 14
            layer = field(2, b"data") + field(4, label) + field(5, kind)
            layer += b"".join(field(6, blob) for blob in blobs)
            net += field(2, layer) + field(2, field(4, b"relu") + field(5, 18))
        else:
            layer = field(1, label) + field(2, b"Convolution")
            layer += b"".join(field(7, blob) for blob in blobs) + field(106, field(1, 64))
            net += field(100, layer) + field(100, field(1, b"relu") + field(2, b"ReLU"))
    path.write_bytes(net)


def write_matconvnet(path, weights, wrapped=False, compressed=False):
    layers = []
    for name, (weight, bias) in weights.items():
        kernel = rows_columns_inputs_outputs(weight)
        pair = np.empty((1, 2), dtype=object)
        pair[0, 0], pair[0, 1] = kernel, bias[:, None]
        layers.append({"name": name, "type": "conv", "weights": pair, "stride": [1, 1]})
        layers.append({"name": f"relu{name[4:]}", "type": "relu"})
        if name in ("conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3"):
            layers.append({"name": f"pool{name[4]}", "type": "pool", "pool": [2, 2]})
        if name in ("fc6", "fc7"):
            layers.append({"name": "dropout", "type": "dropout", "rate": 0.5})
    cells = np.empty((1, len(layers)), dtype=object)
    cells[0] = layers
    mean = np.array(FACES_RGB).reshape(1, 1, 3)
    meta = {"normalization": {"averageImage": mean, "imageSize": [224, 224, 3]}}
    content = {"layers": cells, "meta": meta}
    if wrapped:
        content = {"net": {"layers": cells, "classes": {"name": "x"}}}
    scipy.io.savemat(path, content, do_compression=compressed)


def write_keras(path, names, weights, dense=True, old_names=False, whole_model=False):
    """`names` are all layers, those with weights in the order of `weights`."""
    weighted = iter(bgr(weights).items())
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights") if whole_model else file
        root.attrs["layer_names"] = [name.encode() for name in names]
        root.attrs["backend"] = b"tensorflow"
        for name in names:
            group = root.create_group(name)
            if any(word in name for word in ("pool", "flatten", "pad", "drop", "input", "/")):
                group.attrs["weight_names"] = []
                continue
            layer, (weight, bias) = next(weighted)
            is_matrix = dense and layer.startswith("fc")
            kernel = inputs_outputs(weight) if is_matrix else rows_columns_inputs_outputs(weight)
            ends = ("W_1:0", "b_1:0") if old_names else ("kernel:0", "bias:0")
            full = [f"{name}_{end}" if old_names else f"{name}/{end}" for end in ends]
            group.attrs["weight_names"] = [entry.encode() for entry in full]
            for entry, values in zip(full, (kernel, bias), strict=True):
                group[entry] = values


def without_top(weights):
    return {name: pair for name, pair in weights.items() if name.startswith("conv")}


def write_rcmalli(path, weights, top=True):
    names = ["input_1"]
    for stage, count in enumerate(COUNTS, start=1):
        names += [f"conv{stage}_{i + 1}" for i in range(count)] + [f"pool{stage}"]
    names += ["flatten", "fc6", "fc6/relu", "fc7", "fc7/relu", "fc8", "fc8/softmax"] * top
    write_keras(path, names, weights if top else without_top(weights), old_names=True)


def write_keras_applications(path, weights, top=True, whole_model=False):
    names = []
    for stage, count in enumerate(COUNTS, start=1):
        names += [f"block{stage}_conv{i + 1}" for i in range(count)] + [f"block{stage}_pool"]
    names += ["flatten", "fc1", "fc2", "predictions"] * top
    write_keras(path, names, weights if top else without_top(weights), whole_model=whole_model)


def write_deepface(path, weights):
    names, number = [], 0
    for stage, count in enumerate(COUNTS, start=1):
        for _ in range(count):
            number += 1
            names += [f"zero_padding2d_{number}", f"conv2d_{number}"]
        names.append(f"max_pooling2d_{stage}")
    names += ["conv2d_14", "dropout_1", "conv2d_15", "dropout_2", "conv2d_16", "flatten_1"]
    write_keras(path, names, weights, dense=False)


# layout, outputs, writer, its options, mean and scale for red, green, blue, order in the file


def case(name, outputs, write, mean, scale=1, colour="bgr", label="", **options):
    identifier = f"{name} {label}".strip()
    return pytest.param(name, outputs, write, options, mean, scale, colour, id=identifier)


STD_RGB = [0.229 * 255, 0.224 * 255, 0.225 * 255]
TORCHVISION_RGB = [0.485 * 255, 0.456 * 255, 0.406 * 255]
FEATURES_RGB = [0.48235 * 255, 0.45882 * 255, 0.40784 * 255]

CASES = [
    case("vgg-face-pytorch", 2622, write_pytorch, FACES_RGB, colour="rgb"),
    case("vgg-face-pytorch", 2622, write_pytorch, FACES_RGB, 1, "rgb", "before 2020", zipped=False),
    case("vgg-face-torch7", 2622, write_torch7, FACES_RGB),
    case("vgg-face-torch7", 2622, write_torch7, FACES_RGB, label="four axes", flat=False),
    case("vgg-face-torch7", 2622, write_torch7, FACES_RGB, label="no version", version=b""),
    case("vgg-face-caffe", 2622, write_caffe, FACES_RGB, label="V1"),
    case("vgg-face-caffe", 2622, write_caffe, FACES_RGB, label="V2", old=False),
    case("vgg-face-matconvnet", 2622, write_matconvnet, FACES_RGB, 1, "rgb", "layers, meta"),
    case("vgg-face-matconvnet", 2622, write_matconvnet, FACES_RGB, 1, "rgb", "net", wrapped=True),
    case(
        "vgg-face-matconvnet",
        *(2622, write_matconvnet, FACES_RGB, 1, "rgb", "compressed"),
        compressed=True,
    ),
    case("vgg-face-keras", 2622, write_rcmalli, FACES_RGB),
    case("vgg-face-keras", 2622, write_rcmalli, FACES_RGB, label="without top", top=False),
    case("vgg-face-deepface", 2622, write_deepface, FACES_RGB),
    case("vgg16-torchvision", 1000, write_torchvision, TORCHVISION_RGB, STD_RGB, "rgb"),
    case("vgg16-features", 1000, write_torchvision, FEATURES_RGB, 1, "rgb", "NaN", top="nan"),
    case("vgg16-features", 1000, write_torchvision, FEATURES_RGB, 1, "rgb", "cut", top="absent"),
    case("vgg16-keras", 1000, write_keras_applications, OBJECTS_RGB),
    case("vgg16-keras", 1000, write_keras_applications, OBJECTS_RGB, label="notop", top=False),
    case(
        "vgg16-keras",
        *(1000, write_keras_applications, OBJECTS_RGB),
        label="whole model",
        whole_model=True,
    ),
    case("vgg16-caffe", 1000, write_caffe, OBJECTS_RGB),
]


@pytest.fixture
def path(tmp_path):
    # The name says nothing, and so it is meant.
    return tmp_path / "weights.bin"


@pytest.mark.parametrize(("name", "outputs", "write", "options", "mean", "scale", "colour"), CASES)
def test_every_layer_answers_as_the_reference(
    path, images, name, outputs, write, options, mean, scale, colour
):
    weights = reference_weights(outputs)
    write(path, weights, **options)
    state, facts = convert(path)
    top = options.get("top", True) is True or options.get("top") == "values"
    assert facts["layout"] == name
    assert facts["top"] is top
    assert facts["input"]["colour"] == colour
    assert next(iter(state)) == "conv1_1.weight"
    assert list(state)[-1] == ("fc8.bias" if top else "conv5_3.bias")
    found = activations_of(state, images, facts["input"])
    assert len(found) == (16 if top else 13)
    assert difference(found, reference_activations(weights, images, mean, scale)) < 1e-4


def test_every_layout_is_written_here():
    assert {parameters.values[0] for parameters in CASES} == BY_NAME.keys()


def turned(kernel):
    """Rows for columns."""
    return kernel.transpose(2, 3)


def inputs_for_outputs(kernel):
    return kernel.transpose(0, 1)


def rows_first(matrix):
    """Inputs of fc6 in the order row, column, channel, though channel, row, column is meant."""
    return matrix.unflatten(1, (8, 7, 7)).permute(0, 2, 3, 1).flatten(1)


@pytest.mark.parametrize(
    ("tensor", "change"),
    [
        pytest.param("conv1_1.weight", lambda kernel: kernel.flip(1), id="red for blue"),
        pytest.param("conv1_1.weight", turned, id="rows for columns, first layer"),
        pytest.param("conv5_3.weight", turned, id="rows for columns, last layer"),
        pytest.param("conv5_2.weight", inputs_for_outputs, id="inputs for outputs"),
        pytest.param("fc6.weight", rows_first, id="flattened as row, column, channel"),
        pytest.param("fc7.weight", torch.t, id="inputs for outputs, fully connected"),
        pytest.param("conv3_2.bias", lambda bias: bias.roll(1), id="biases of other units"),
    ],
)
def test_a_wrong_axis_order_or_channel_would_be_noticed(path, images, tensor, change):
    weights = reference_weights(2622)
    write_rcmalli(path, weights)
    state, facts = convert(path)
    expected = reference_activations(weights, images, FACES_RGB, 1)
    state[tensor] = change(state[tensor]).contiguous()
    assert difference(activations_of(state, images, facts["input"]), expected) > 0.01


@pytest.mark.parametrize(
    "change",
    [{"colour": "rgb"}, {"mean": FACES_RGB}, {"scale": 1.1}, {"mean": 0}],
    ids=["colour", "red's mean from blue", "scale", "no mean"],
)
def test_a_wrong_input_would_be_noticed(path, images, change):
    weights = reference_weights(2622)
    write_caffe(path, weights)
    state, facts = convert(path)
    expected = reference_activations(weights, images, FACES_RGB, 1)
    assert difference(activations_of(state, images, facts["input"] | change), expected) > 0.01


def test_a_file_with_top_is_not_taken_for_the_features(path):
    write_torchvision(path, reference_weights(1000))
    assert convert(path)[1]["layout"] == "vgg16-torchvision"
    write_torchvision(path, reference_weights(1000), top="nan")
    assert convert(path)[1]["layout"] == "vgg16-features"


def test_the_published_features_are_told_by_their_digest(path, monkeypatch):
    """Whatever its classifier holds."""
    write_torchvision(path, reference_weights(1000))
    monkeypatch.setattr("nurture.networks.layouts.convert.is_published", lambda *_: True)
    state, facts = convert(path)
    assert facts["layout"] == "vgg16-features"
    assert facts["published"] is True
    assert list(state)[-1] == "conv5_3.bias"


@pytest.mark.parametrize(
    ("digests", "expected"),
    [
        # Of "abc", from FIPS 180-2 and RFC 1321.
        pytest.param(("sha256:ba7816bf8f01cfea",), True, id="beginning of sha256"),
        pytest.param(("md5:0", "md5:900150983cd24fb0d6963f7d28e17f72"), True, id="second md5"),
        pytest.param(("sha256:900150983cd24fb0d6963f7d28e17f72",), False, id="another file"),
        pytest.param((), None, id="none known"),
    ],
)
def test_published_files(path, digests, expected):
    path.write_bytes(b"abc")
    assert is_published(path, replace(OWN, digests=digests)) is expected


# What the configuration says of them


def settings_of(layout, **changes):
    seen = {"size": 224, "colour": "bgr", "mean": FACES_RGB[::-1], "scale": 1}
    return {"training": "identity", "input": seen | changes, "layers": ["conv5_3", "fc8"]}


@pytest.mark.parametrize(
    ("layout", "changes"),
    [
        pytest.param("vgg-face-caffe", {}, id="caffe"),
        pytest.param("vgg-face-keras", {"mean": [93.6, 104.8, 129.2]}, id="rounded"),
        pytest.param("vgg-face-pytorch", {"colour": "rgb", "mean": FACES_RGB}, id="rgb"),
        pytest.param("vgg-face-torch7", {}, id="torch7"),
        pytest.param("vgg-face-torch7", {"mean": FACES_RGB}, id="torch7 as demonstrated"),
        pytest.param("vgg-face-deepface", {"mean": 0, "scale": 255}, id="deepface's default"),
        pytest.param("", {"colour": "rgb"}, id="unknown layout"),
    ],
)
def test_settings_that_agree(layout, changes):
    provenance = {"source": "file", "top": True, "layout": layout}
    check_settings(provenance, settings_of(layout, **changes))


@pytest.mark.parametrize(
    ("layout", "changes", "remedy"),
    [
        pytest.param(
            "vgg-face-caffe",
            {"colour": "rgb"},
            r"set the network's input to {size: 224, colour: bgr, mean: \[93.594, 104.7624, "
            r"129.1863\], scale: 1}$",
            id="colour",
        ),
        pytest.param("vgg-face-caffe", {"mean": FACES_RGB}, "mean: .93.594", id="reversed mean"),
        pytest.param("vgg-face-keras", {"scale": 255}, "scale: 1}", id="scale"),
        pytest.param("vgg-face-pytorch", {}, "colour: rgb", id="rgb file"),
        pytest.param("vgg-face-torch7", {"mean": 0}, "scale: 1} or {size: 224", id="two choices"),
        pytest.param("vgg16-caffe", {}, "set the network's training to objects", id="training"),
    ],
)
def test_settings_that_disagree_with_a_published_file(layout, changes, remedy):
    provenance = {"source": "file", "top": True, "layout": layout, "published": True}
    with pytest.raises(NurtureError, match=f"file: is VGG.*{remedy}"):
        check_settings(provenance, settings_of(layout, **changes))


@pytest.mark.parametrize("published", [None, False])
def test_of_another_file_what_is_stated_is_taken(published, caplog):
    """It may be in the names of one network and hold the weights of another."""
    provenance = {"source": "file", "layout": "vgg16-torchvision", "published": published}
    settings = settings_of("", mean=[103.939, 116.779, 123.68])  # as of Caffe
    check_settings(provenance, {**settings, "training": "objects"})
    check_settings(provenance, settings)
    one, other, again = (record.getMessage() for record in caplog.records)
    assert one == again
    assert one == (
        "file: has the layout of VGG-16, PyTorch (vgg16-397923af.pth of torchvision), which "
        "usually needs input {size: 224, colour: rgb, mean: [123.675, 116.28, 103.53], scale: "
        "[58.395, 57.12, 57.375]}; what the configuration states was taken, since this is not "
        "known to be the published file"
    )
    assert "usually needs training objects; what" in other


def test_what_a_layout_usually_needs_is_not_remarked(caplog):
    provenance = {"source": "file", "layout": "vgg-face-caffe", "published": None}
    check_settings(provenance, settings_of("vgg-face-caffe"))
    assert not caplog.records


WRAPPED = {
    "checkpoint": lambda state: {"epoch": 3, "state_dict": state},
    "Lightning": lambda state: {"state_dict": {f"model.{n}": v for n, v in state.items()}},
    # As in the examples of PyTorch for ImageNet.
    "features in parallel": lambda state: {
        n.replace("features.", "features.module."): v for n, v in state.items()
    },
    "scalars beside": lambda state: {"state_dict": state, "top1": np.float64(71.6)},
    "bfloat16": lambda state: {n: v.bfloat16() for n, v in state.items()},
    "float16": lambda state: {n: v.half() for n, v in state.items()},
    "float64": lambda state: {n: v.double() for n, v in state.items()},
}


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
def test_checkpoints_of_any_precision(path, wrap, caplog):
    write_torchvision(path, reference_weights(1000))
    plain = torch.load(path)
    expected, _ = convert(path)
    torch.save(wrap(plain), path)
    state, facts = convert(path)
    assert facts["layout"] == "vgg16-torchvision"
    dtype = next((v.dtype for v in wrap(plain).values() if torch.is_tensor(v)), torch.float32)
    rounded = {name: value.to(dtype).float() for name, value in expected.items()}
    torch.testing.assert_close(state, rounded, rtol=0, atol=0)
    assert not any("taken" in record.getMessage() for record in caplog.records)


def test_safetensors_of_half_precision(path):
    state = torch_state(reference_weights(2622), CONVOLUTIONS + FULLY_CONNECTED)
    for dtype in (torch.bfloat16, torch.float16):
        save_file({name: value.to(dtype) for name, value in state.items()}, path)
        expected = {name: value.to(dtype).float() for name, value in state.items()}
        torch.testing.assert_close(convert(path)[0], expected, rtol=0, atol=0)


def test_which_of_two_networks_in_a_file_was_taken(path, caplog):
    write_torchvision(path, reference_weights(1000))
    plain = torch.load(path)
    other = {name: value + 1 for name, value in plain.items()}
    torch.save({"ema": other, "model": plain}, path)
    expected = {name: value + 1 for name, value in convert(path)[0].items()}
    assert f"{path}: the weights under 'model' were taken; the network's state may be 'ema'" in (
        caplog.text
    )
    caplog.clear()
    torch.testing.assert_close(convert(path, "ema")[0], expected, rtol=0, atol=0)
    assert "were taken" not in caplog.text


def test_quantised_weights_of_vgg_are_no_weights(path):
    write_torchvision(path, reference_weights(1000))
    torch.save({name: value.to(torch.int8) for name, value in torch.load(path).items()}, path)
    with pytest.raises(NurtureError, match="no layer with weights and biases"):
        convert(path)


# From the file to the workflow


def full_size_without_top(path):
    """The one case that is small enough at full size: 59 MB."""
    state = build("vgg16", top=False).to_empty(device="cpu").state_dict()
    state = {name: torch.full_like(values, 0.01) for name, values in state.items()}
    state["conv1_1.weight"][:, 2] = 0.02
    numbers = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
    names = dict(zip(CONVOLUTIONS, numbers, strict=True))
    renamed = {}
    for name, values in state.items():
        layer, kind = name.split(".")
        renamed[f"features.{names[layer]}.{kind}"] = values
    torch.save(renamed, path)
    return state


def test_a_published_file_becomes_a_network(path, tmp_path):
    expected = full_size_without_top(path)
    state, provenance = obtain("vgg16", str(path), outputs=1000)
    assert provenance["layout"] == "vgg16-features"
    assert provenance["top"] is False
    assert provenance["published"] is False
    assert len(provenance["source_sha256"]) == 64
    converted = tmp_path / "network.safetensors"
    save(state, converted, {**provenance, "training": "objects"})
    network, record = load(converted, "vgg16", 1000)
    assert record["layout"] == "vgg16-features"
    assert [name for name, _ in network.named_children()][-1] == "pool5"
    torch.testing.assert_close(dict(network.state_dict()), expected, rtol=0, atol=0)
    # The converted file may be given in turn, and still says what it is.
    assert convert(converted)[1]["layout"] == "vgg16-features"
    _, again = obtain("vgg16", str(converted), outputs=1000)
    assert (again["layout"], again["top"]) == ("vgg16-features", False)


def test_a_narrow_network_is_not_vgg16(path):
    write_caffe(path, reference_weights(2622))
    with pytest.raises(NurtureError, match=r"'conv1_1.bias' should be \(64,\) and is \(4,\)"):
        obtain("vgg16", str(path))


def test_a_file_of_the_other_network_is_refused(path):
    write_caffe(path, reference_weights(1000))
    with pytest.raises(NurtureError, match="has 1000 outputs and 2622 are configured; set the net"):
        obtain("vgg16", str(path))


def test_weights_in_this_projects_form(path):
    state = torch_state(reference_weights(2622), CONVOLUTIONS + FULLY_CONNECTED)
    save_file(state, path, metadata={"nurture": "another project's"})
    assert convert(path)[1]["layout"] == OWN.name
    found, facts = convert(path)
    assert facts == {"layout": "nurture", "top": True, "published": None, "input": None}
    torch.testing.assert_close(found, state, rtol=0, atol=0)


# Files that are something else, or no longer whole


def theano(path):
    """Keras with Theano's axes: filters (output, input, row, column) under the same names."""
    write_keras_applications(path, reference_weights(1000))
    with h5py.File(path, "a") as file:
        for group in file.values():
            for name in group.attrs["weight_names"]:
                values = group[name][()]
                if values.ndim == 4:
                    del group[name]
                    group[name] = values.transpose(3, 2, 0, 1)


def vgg19(path):
    weights = reference_weights(1000)
    weights = {name: weights[name] for name in CONVOLUTIONS} | {"conv5_4": weights["conv5_3"]}
    torch.save(torch_state(weights, weights), path)


def ten_outputs(path):
    write_pytorch(path, reference_weights(10))


def not_finite(path):
    weights = reference_weights(2622)
    weights["conv3_1"][0][0, 0, 0, 0] = np.inf
    write_pytorch(path, weights)


def dense_without_names(path):
    write_keras(path, [f"layer_{i}" for i in range(16)], reference_weights(2622))


def new_keras(path):
    with h5py.File(path, "w") as file:
        file["layers/conv2d/vars/0"] = np.zeros(3)


def whole_object(path):
    torch.save(torch.nn.Linear(2, 2), path)


def huge_dataset(path):
    write_rcmalli(path, reference_weights(2622))
    with h5py.File(path, "a") as file:
        del file["conv1_1/conv1_1_W_1:0"]
        file.create_dataset("conv1_1/conv1_1_W_1:0", shape=(1 << 40,), dtype="f4", chunks=(1024,))


def huge_matlab(path):
    """A variable of zeros that unpacks to a hundred times the size of the file."""
    scipy.io.savemat(path, {"net": np.zeros(1 << 20)}, do_compression=True)


def huge_strides(path):
    torch.save({"a.weight": torch.zeros(1).expand(1 << 40), "a.bias": torch.zeros(1)}, path)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        pytest.param(lambda path: None, "no such file; set weights", id="absent"),
        pytest.param(
            lambda path: path.write_bytes(b""), "not a known kind of weight file", id="empty"
        ),
        pytest.param(
            lambda path: path.write_bytes(b"<!DOCTYPE html>"), "begins with b'<!DOC", id="web page"
        ),
        pytest.param(
            theano,
            r"Keras file of no known layout; it holds 16 layers .* first block1_conv1 "
            r"\(4, 3, 3, 3\), .*\(block1_conv1 is not conv1_1",
            id="theano",
        ),
        pytest.param(
            vgg19, "PyTorch file of no known layout; it holds 14 layers", id="another network"
        ),
        pytest.param(ten_outputs, r"first conv1_1 .* \(10 outputs\); known: vgg-f", id="outputs"),
        pytest.param(dense_without_names, "Keras file of no known layout", id="no names"),
        pytest.param(not_finite, "conv3_1 has weights that are not finite", id="infinity"),
        pytest.param(new_keras, r"no layer_names, as Keras writes .* \['layers'\]", id="keras 3"),
        pytest.param(whole_object, "holds no state dict; save the netw", id="pickled object"),
        pytest.param(
            lambda path: torch.save({"state": {"a": torch.zeros(1)}}, path),
            "of no known layout; it holds no layer with weights and biases",
            id="checkpoint",
        ),
        pytest.param(huge_dataset, "bytes of numbers in a file of", id="huge dataset"),
        pytest.param(huge_matlab, "bytes or more, cut short or bey", id="huge variable"),
        pytest.param(huge_strides, "bytes of numbers in a file of", id="huge strides"),
    ],
)
def test_other_files_are_refused_in_one_line(path, write, message):
    write(path)
    with pytest.raises(NurtureError, match=rf"weights\.bin: .*{message}") as error:
        convert(path)
    assert "\n" not in str(error.value)


WHOLE = {
    "pytorch": write_pytorch,
    "before 2020": lambda path, weights: write_pytorch(path, weights, zipped=False),
    "torch7": write_torch7,
    "caffe": write_caffe,
    "matconvnet": write_matconvnet,
    "keras": write_rcmalli,
}


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.999])
@pytest.mark.parametrize("write", WHOLE.values(), ids=WHOLE.keys())
def test_a_file_cut_short_is_refused(path, write, share):
    write(path, reference_weights(2622))
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(NurtureError, match=r"weights\.bin: "):
        convert(path)


@dataclass(repr=False)
class Whole:
    """A file, its bytes and its weights; hypothesis would print them."""

    path: Path
    data: bytes
    state: dict


@pytest.fixture(scope="module", params=["torch7", "caffe", "caffe of 2014"])
def whole(request, tmp_path_factory):
    """Of the formats that are read by this project's own code."""
    path = tmp_path_factory.mktemp("damaged") / "weights.bin"
    weights = reference_weights(2622)
    if request.param == "torch7":
        write_torch7(path, weights)
    else:
        write_caffe(path, weights, old=request.param == "caffe of 2014")
    return Whole(path, path.read_bytes(), convert(path)[0])


def outcome(path, data):
    """What becomes of damaged bytes; anything but a `NurtureError` fails, and so does memory."""
    path.write_bytes(data)
    tracemalloc.start()
    try:
        return convert(path)[0]
    except NurtureError:
        return None
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 10 * len(data) + 10_000_000


@settings(deadline=None, max_examples=60, derandomize=True)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_changes_one_weight(whole, place, bit):
    expected = whole.state
    damaged = bytearray(whole.data)
    damaged[int(place * len(damaged))] ^= 1 << bit
    found = outcome(whole.path, damaged)
    if found is not None:
        assert {n: v.shape for n, v in found.items()} == {n: v.shape for n, v in expected.items()}
        assert sum(int((found[name] != expected[name]).sum()) for name in expected) <= 1


@settings(deadline=None, max_examples=60, derandomize=True)
@given(length=st.floats(0, 0.999), junk=st.binary(max_size=40))
def test_another_end_is_refused(whole, length, junk):
    end = whole.data[: int(length * len(whole.data))] + junk
    assert outcome(whole.path, end) is None


@settings(deadline=None, max_examples=60, derandomize=True)
@given(position=st.integers(0, 1500), junk=st.binary(min_size=1, max_size=16))
def test_other_bytes_at_the_beginning_do_no_harm(whole, position, junk):
    """Where names, sizes and lengths are dense."""
    outcome(whole.path, whole.data[:position] + junk + whole.data[position + len(junk) :])


def test_damaged_lengths_in_a_matlab_file_do_no_harm(path):
    """They end the process when scipy alone reads the file."""
    write_matconvnet(path, reference_weights(2622))
    data = path.read_bytes()
    refused = 0
    for position in range(128, 1500, 7):
        damaged = bytearray(data)
        damaged[position] ^= 0x8A
        path.write_bytes(damaged)
        try:
            convert(path)
        except NurtureError:
            refused += 1
    assert refused > 100


ROOT = integers(4, 1, 3) + b"V 1" + integers(13) + b"nn.Sequential"
TENSOR = integers(4, 2, 3) + b"V 1" + integers(17) + b"torch.FloatTensor"
STORAGE = integers(4, 3, 3) + b"V 1" + integers(18) + b"torch.FloatStorage"


def nested(depth):
    """Tables in tables."""
    return ROOT + b"".join(integers(3, i, 1, 1) + struct.pack("<d", 1) for i in range(2, depth + 2))


def lying(sizes, strides, first):
    """A tensor of one number that claims to have others."""
    head = integers(len(sizes)) + integers(*sizes, *strides, first, form="q")
    return ROOT + TENSOR + head + STORAGE + integers(1, form="q") + bytes(4)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(nested(100_000), "deeper than any network", id="nested tables"),
        pytest.param(ROOT + integers(3, 2, 10**9, 0, 0) * 9, "is no name or number", id="keys"),
        pytest.param(
            ROOT + integers(3, 2, 10**6, *([5, 0] * 500_000)), "more or deeper", id="many values"
        ),
        pytest.param(ROOT + integers(3, 2, 1, 2, 2**31 - 1), "21.* wanted and 0 left", id="text"),
        pytest.param(ROOT + integers(3, 2, 1, 2, -1), "-1 bytes wanted", id="negative length"),
        pytest.param(ROOT + integers(9), "9 is no type of value", id="type"),
        pytest.param(ROOT + integers(0), "has no table of fields", id="no fields"),
        pytest.param(ROOT + integers(3, 1, 0), "has no table of fields", id="itself"),
        pytest.param(ROOT + TENSOR + integers(99), "99 dimensions", id="dimensions"),
        pytest.param(
            ROOT + STORAGE + integers(1 << 60, form="q"), "bytes wanted and 0 left", id="storage"
        ),
        pytest.param(lying([9, 9], [0, 0], 1), "strides .0, 0", id="strides of nothing"),
        pytest.param(lying([1 << 40, 2], [2, 1], 1), "numbers wanted and 1 there", id="sizes"),
        pytest.param(lying([1], [1], -2), "1 numbers wanted and 1 there", id="before the storage"),
        pytest.param(lying([1], [1], 1), "has no table of fields", id="tensor for fields"),
    ],
)
def test_a_torch7_file_that_lies(path, data, message):
    path.write_bytes(data)
    with pytest.raises(NurtureError, match=f"not a readable Torch7 file .*{message}"):
        convert(path)
