import netCDF4
import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from nurture.activations import (
    choose_device,
    extract,
    open_activations,
    read_activations,
    unit_coordinates,
    unit_shapes,
    write_activations,
)
from nurture.errors import NurtureError
from nurture.files import read_labels
from nurture.networks.vgg import VGG16

LABELS = pd.DataFrame(
    {
        "expression": ["anger", "fear", "none", "surprise", "anger"],
        "identity": [1, 1, 2, 2, 3],
        "level": [np.nan, np.nan, 0.25, np.nan, np.nan],
    }
)
SHAPES = {"conv": (2, 2, 3), "fc": (4, 1, 1)}


@pytest.fixture
def network():
    """A convolution whose output an in-place ReLU overwrites, and a layer after it."""
    module = nn.Sequential()
    module.add_module("conv", nn.Conv2d(1, 2, 1))
    module.add_module("relu", nn.ReLU(inplace=True))
    module.add_module("flatten", nn.Flatten())
    module.add_module("fc", nn.Linear(12, 4))
    with torch.no_grad():
        module.conv.weight.copy_(torch.tensor([1.0, -1.0]).reshape(2, 1, 1, 1))
        module.conv.bias.zero_()
        module.fc.weight.fill_(1)
        module.fc.bias.copy_(torch.arange(4.0))
    return module


def images(n=5):
    return torch.arange(n * 6, dtype=torch.float32).reshape(n, 1, 2, 3)


def activations(n=5):
    """What `network` answers to `images`, by hand."""
    x = np.arange(n * 6, dtype="float32").reshape(n, 6)
    return {"conv": np.hstack([x, -x]), "fc": x.sum(axis=1)[:, None] + np.arange(4)}


def batches(n=5, size=2):
    whole = activations(n)
    for i in range(0, n, size):
        yield {layer: values[i : i + size] for layer, values in whole.items()}


def write(folder, layers=("conv", "fc"), stream=None, **attributes):
    paths = {layer: folder / f"{layer}.nc" for layer in layers}
    attributes = {layer: {"layer": layer, **attributes} for layer in layers}
    write_activations(paths, stream or batches(), SHAPES, LABELS, attributes)
    return paths


def test_values_survive_an_in_place_relu(network):
    found = list(extract(network, ["conv", "fc"], images().split(2), "toy", "cpu"))
    assert [len(batch["conv"]) for batch in found] == [2, 2, 1]
    for layer, expected in activations().items():
        values = np.concatenate([batch[layer] for batch in found])
        assert values.dtype == np.float32
        np.testing.assert_array_equal(values, expected)


def test_hooks_are_removed(network):
    list(extract(network, ["conv"], images().split(2), "toy", "cpu"))
    assert not network.conv._forward_hooks


def test_layers_of_vgg16_are_read_after_relu(monkeypatch):
    """The paper's network, narrowed, on a small real input."""
    monkeypatch.setattr("nurture.networks.vgg.STAGES", ((4, 2), (4, 2), (4, 3), (4, 3), (4, 3)))
    torch.manual_seed(0)
    network = VGG16(10).eval()
    layers = ["conv1_1", "conv5_3", "pool5", "fc7", "fc8"]
    (found,) = extract(network, layers, [torch.randn(1, 3, 224, 224)], "vgg", "cpu")
    assert {layer: values.shape[1] for layer, values in found.items()} == {
        **{"conv1_1": 4 * 224 * 224, "conv5_3": 4 * 14 * 14, "pool5": 4 * 7 * 7},
        **{"fc7": 4096, "fc8": 10},
    }
    assert {layer: bool((values < 0).any()) for layer, values in found.items()} == {
        **{"conv1_1": False, "conv5_3": False, "pool5": False, "fc7": False, "fc8": True},
    }
    with torch.inference_mode():
        pooled = nn.functional.max_pool2d(torch.tensor(found["conv5_3"]).reshape(1, 4, 14, 14), 2)
    np.testing.assert_array_equal(pooled.flatten(1), found["pool5"])


def test_units_are_listed_by_channel_row_column():
    coordinates = unit_coordinates((2, 2, 3))
    assert coordinates["channel"].dtype == np.int32
    assert coordinates["channel"].values.tolist() == [0] * 6 + [1] * 6
    assert coordinates["row"].values.tolist() == [0, 0, 0, 1, 1, 1] * 2
    assert coordinates["column"].values.tolist() == [0, 1, 2] * 4


def test_unit_shapes(network):
    assert unit_shapes(network, ["conv", "fc"], (1, 2, 3)) == SHAPES


@pytest.mark.parametrize("value", [np.nan, np.inf], ids=["nan", "infinity"])
def test_values_that_are_not_finite_are_named(network, value):
    x = images()
    x[3, 0, 1, 1] = value
    stream = extract(network, ["conv"], x.split(2), "face-identity", "cpu")
    with pytest.raises(NurtureError, match=r"face-identity, layer conv: .* stimulus 3 are not fin"):
        list(stream)


def test_a_gpu_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == torch.device("cpu")
    with pytest.raises(NurtureError, match="device is cuda, but torch sees no GPU"):
        choose_device("cuda")


def test_a_file_says_what_it_holds(tmp_path):
    paths = write(tmp_path, network="face-identity", seed=3, nonlinearity="after ReLU", note=None)
    with open_activations(paths["conv"]) as file:
        assert file["activation"].dims == ("stimulus", "unit")
        assert file["activation"].dtype == np.float32
        assert set(file.coords) == {
            *("stimulus", "expression", "identity", "level", "channel", "row", "column"),
        }
        assert file["column"].values.tolist() == [0, 1, 2] * 4
        pd.testing.assert_frame_equal(read_labels(file), LABELS, check_dtype=False)
        attributes = file.attrs
    assert attributes == {
        "Conventions": "CF-1.11",
        "layer": "conv",
        "network": "face-identity",
        "seed": 3,
        "nonlinearity": "after ReLU",
        "torch_version": torch.__version__,
        "numpy_version": np.__version__,
        "netCDF4_version": netCDF4.__version__,
    }


@pytest.mark.parametrize("size", [1, 2, 5], ids=["single", "uneven", "all at once"])
def test_stream_is_complete(tmp_path, size):
    paths = write(tmp_path, stream=batches(size=size))
    for layer, expected in activations().items():
        values, labels = read_activations(paths[layer])
        np.testing.assert_array_equal(values, expected)
        assert labels["expression"].tolist() == LABELS["expression"].tolist()


@pytest.mark.parametrize(
    "units", [slice(3, 7), np.array([11, 0, 5])], ids=["block", "scattered, in given order"]
)
def test_some_units_are_read(tmp_path, units):
    values, labels = read_activations(write(tmp_path)["conv"], units)
    np.testing.assert_array_equal(values, activations()["conv"][:, units])
    assert len(labels) == 5


def test_two_runs_give_the_same_bytes(tmp_path):
    first, second = write(tmp_path / "a"), write(tmp_path / "b", stream=batches(size=3))
    for layer in SHAPES:
        assert first[layer].read_bytes() == second[layer].read_bytes()


def failing():
    yield from list(batches())[:2]
    raise NurtureError("stimuli.nc: broken")


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        pytest.param(failing, "broken", id="failure midway"),
        pytest.param(lambda: batches(4), "4 of 5 labelled stimuli only", id="too few"),
        pytest.param(lambda: batches(6), "more activations than the 5", id="too many"),
    ],
)
def test_no_file_is_left_half_written(tmp_path, stream, message):
    with pytest.raises(NurtureError, match=message):
        write(tmp_path, stream=stream())
    assert list(tmp_path.iterdir()) == []


def test_a_file_cut_short_is_refused(tmp_path):
    path = write(tmp_path)["conv"]
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(NurtureError, match=r"conv\.nc: not a readable netCDF .* rule activations"):
        read_activations(path)


def test_what_follows_the_last_layer_is_not_computed():
    class Fails(nn.Module):
        def forward(self, _x):
            raise AssertionError

    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), Fails())
    x = torch.randn(2, 3, 5, 5)
    [found] = extract(network, ["0"], [x], "cut", "cpu")
    # The copy is from before the ReLU, which works in place.
    expected = network[0](x).flatten(1).detach().numpy()
    np.testing.assert_allclose(found["0"], expected, rtol=1e-4, atol=1e-6)
    assert found["0"].min() < 0
