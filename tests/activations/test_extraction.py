import os
import subprocess
import sys
import time
import weakref
import zlib
from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from nurture.activations.extraction import (
    AHEAD,
    activation_files,
    extract,
    round_to_half,
    unit_rows,
)
from nurture.activations.units import unit_coordinates
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import SEAL, open_dataset, read_labels
from nurture.networks.catalogue import ARCHITECTURES
from nurture.networks.forward import choose_device, fitting_batch, unit_shapes
from nurture.networks.preprocess import preprocess
from nurture.networks.tracing import trace
from nurture.networks.vgg import VGG16
from nurture.networks.weights import build, untrained_state
from nurture.selectivity.anova import two_way_anova

WORKFLOW = Path(__file__).parents[2] / "workflow"
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
    """The same as a network puts it out, with the position of each batch."""
    whole = activations(n)
    for i in range(0, n, size):
        for layer, values in whole.items():
            part = torch.tensor(values[i : i + size])
            yield layer, i, part if layer == "fc" else part.reshape(-1, 2, 2, 3)


def write(folder, stream=None, precision="single", **attributes):
    paths = {layer: folder / f"{layer}.nc" for layer in SHAPES}
    attributes = {layer: {"layer": layer, **attributes} for layer in SHAPES}
    with activation_files(paths, SHAPES, LABELS, attributes, precision) as put:
        for part in stream or batches():
            put(*part)
    return paths


def read(path):
    with open_dataset(path, "activations", ["activation"]) as file:
        return file["activation"].to_numpy()


def collect(found):
    return lambda layer, _, outputs: found[layer].append(outputs)


def extracted(network, layers, batches):
    """All that a network answers, by layer."""
    found = {layer: [] for layer in layers}
    extract(network, layers, batches, collect(found), "cpu")
    return {layer: np.concatenate([unit_rows(o) for o in out]) for layer, out in found.items()}


def test_values_survive_an_in_place_relu(network):
    found = extracted(network, ["conv", "fc"], images().split(2))
    for layer, expected in activations().items():
        assert found[layer].dtype == np.float32
        np.testing.assert_array_equal(found[layer], expected)


def test_layers_are_handed_on_with_the_position_of_their_batch(network):
    found = []
    extract(network, ["conv", "fc"], images().split(2), lambda *part: found.append(part[:2]), "cpu")
    assert found == [(layer, i) for i in (0, 2, 4) for layer in ("conv", "fc")]


def test_hooks_are_removed(network):
    extracted(network, ["conv"], images().split(2))
    assert not network.conv._forward_hooks


def test_layers_of_vgg16_are_read_after_relu(monkeypatch):
    """The paper's network, narrowed, on a small real input."""
    monkeypatch.setattr("nurture.networks.vgg.STAGES", ((4, 2), (4, 2), (4, 3), (4, 3), (4, 3)))
    torch.manual_seed(0)
    network = VGG16(10).eval()
    layers = ["conv1_1", "conv5_3", "pool5", "fc7", "fc8"]
    found = extracted(network, layers, [torch.randn(1, 3, 224, 224)])
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


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_rows_of_units(memory_format):
    outputs = torch.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
    rows = unit_rows(outputs.to(memory_format=memory_format))
    np.testing.assert_array_equal(rows, np.arange(120.0).reshape(2, 60))


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        pytest.param(300 / 1024 + 3.5 * 7 * 4 * 100 * 8**2 / 2**30, 3, id="as many as fit"),
        pytest.param(1.5, 8, id="no more than asked for"),
    ],
)
def test_batches_stay_within_the_memory(memory, expected):
    """The widest output is 100 x 8 x 8, of a layer that is not read."""
    network = nn.Sequential(nn.Conv2d(3, 100, 1), nn.AvgPool2d(2))
    weights = 4 * (3 * 100 + 100) / 2**30
    found = fitting_batch(network, (3, 8, 8), 8, memory + weights)
    assert found == expected


def test_a_budget_that_holds_no_image():
    network = nn.Sequential(nn.Conv2d(3, 1000, 1))
    with pytest.raises(NurtureError, match=r"memory: 1 GiB do not hold .* set it to 1\.8 or more"):
        fitting_batch(network, (3, 240, 240), 8, 1)


def test_space_for_rows_grows_and_is_used_again():
    space = torch.empty(0)
    first = unit_rows(torch.ones(1, 2, 3, 3), space)
    second = unit_rows(torch.full((2, 4, 3, 3), 2.0), space)
    third = unit_rows(torch.full((1, 4, 3, 3), 3.0), space)
    assert (second[1] == 2).all()
    assert np.shares_memory(second, third)
    assert (first == 1).all()


def test_a_layer_that_the_weights_lack(network):
    with pytest.raises(NurtureError, match=r"has no fc7, fc8; take it out of the network's lay"):
        unit_shapes(network, ["conv", "fc7", "fc8"], (1, 2, 3))


@pytest.mark.parametrize("precision", ["single", "half"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=["nan", "infinity", "minus"])
def test_values_that_are_not_finite_are_named(tmp_path, value, precision):
    stream = list(batches())
    stream[2][2][1, 1, 0, 2] = value
    with pytest.raises(NurtureError, match=r"conv\.nc: activations to stimulus 3 are not fin"):
        write(tmp_path, stream, precision)
    assert list(tmp_path.iterdir()) == []


def test_a_gpu_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == torch.device("cpu")
    with pytest.raises(NurtureError, match="device is cuda, but torch sees no GPU"):
        choose_device("cuda")


def test_a_file_says_what_it_holds(tmp_path):
    paths = write(tmp_path, network="face-identity", seed=3, nonlinearity="after ReLU", note=None)
    with open_dataset(paths["conv"], "activations") as file:
        assert file["activation"].dims == ("stimulus", "unit")
        assert file["activation"].dtype == np.float32
        assert set(file.coords) == {
            *("stimulus", "expression", "identity", "level", "unit", "channel", "row", "column"),
        }
        assert file["unit"].values.tolist() == [*range(12)]
        assert file["activation"].attrs["units"] == "1"
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
    paths = write(tmp_path, batches(size=size))
    for layer, expected in activations().items():
        np.testing.assert_array_equal(read(paths[layer]), expected)


def test_the_file_is_what_the_netcdf_library_writes(tmp_path):
    paths = write(tmp_path, batches(size=2))
    written = {layer: path.read_bytes() for layer, path in paths.items()}
    for layer, expected in activations().items():
        with netCDF4.Dataset(paths[layer], "a") as file:
            file["activation"][:] = 0
            file["activation"][:] = expected
        # Beside the seal, which that library cuts off.
        assert written[layer].rpartition(SEAL)[0] == paths[layer].read_bytes()


@pytest.mark.parametrize("precision", ["single", "half"])
def test_the_file_ends_with_the_checksum_of_what_stands_before(tmp_path, precision):
    for path in write(tmp_path, precision=precision).values():
        content, _, digits = path.read_bytes().rpartition(SEAL)
        assert int(digits, 16) == zlib.crc32(content)


@pytest.mark.parametrize("precision", ["single", "half"])
@pytest.mark.parametrize("first", [[0, 1, 0, 3, 1], [0, 0, 0, 3, 4], [0, 1, 2, 0, 2]])
def test_images_that_are_alike_are_shown_once_and_written_each_time(tmp_path, first, precision):
    images = torch.randn(5, 7)[first]
    labels, paths = LABELS, {"fc": tmp_path / "fc.nc"}
    new, known = sorted(set(first)), []
    with activation_files(paths, {"fc": (7, 1, 1)}, labels, {"fc": {}}, precision, known) as put:
        for shown in range(0, len(new), 2):
            # As far as they are known when the batch is: up to the next new image.
            after = new[shown + 2] + 1 if shown + 2 < len(new) else len(first)
            known.extend(first[len(known) : after])
            put("fc", shown, images[new[shown : shown + 2]])
    expected = images.numpy().copy()
    if precision == "half":
        round_to_half(expected)
    np.testing.assert_array_equal(read(paths["fc"]), expected)


def test_what_is_not_finite_is_named_by_its_stimulus(tmp_path):
    files = {"fc": tmp_path / "fc.nc"}, {"fc": (1, 1, 1)}, LABELS, {"fc": {}}
    found = pytest.raises(NurtureError, match=r"fc\.nc: activations to stimulus 4 are not finite")
    with found, activation_files(*files, first=[0, 1, 0, 1, 4]) as put:
        put("fc", 0, torch.tensor([[1.0], [2.0], [np.inf]]))


def test_batches_come_in_order(tmp_path):
    stream = list(batches())
    with pytest.raises(ValueError, match=r"conv\.nc: image 0 is next, not 2"):
        write(tmp_path, stream[2:])
    assert list(tmp_path.iterdir()) == []


def test_no_more_than_the_arrays_ahead_wait_for_the_disk(tmp_path, monkeypatch):
    """A slow disk holds the network up; it does not fill the memory."""
    alive, most, pwrite = weakref.WeakSet(), [], os.pwrite

    def slow(*arguments):
        time.sleep(0.01)
        return pwrite(*arguments)

    def watched():
        for layer, first, outputs in batches(size=1):
            most.append(len(alive))
            outputs = outputs.clone()
            alive.add(outputs)
            yield layer, first, outputs
            del outputs

    monkeypatch.setattr(os, "pwrite", slow)
    write(tmp_path, watched())
    assert len(most) == 10
    assert max(most) <= AHEAD + 1


def test_a_full_disk_is_told_to_the_caller(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(NurtureError, match=r"\.nc: no space left on the disk"):
        write(tmp_path)
    assert list(tmp_path.iterdir()) == []


FULL_AT_ANY_POINT = """
import resource, sys
import pandas as pd
import torch
from nurture.activations.extraction import activation_files
from nurture.core.errors import NurtureError

labels = pd.DataFrame({"expression": ["anger"] * 20, "identity": [1] * 20})
for kilobytes in range(100, 500, 20):
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024 * kilobytes, resource.RLIM_INFINITY))
    try:
        with activation_files(
            {"fc": sys.argv[1]}, {"fc": (10_000, 1, 1)}, labels, {"fc": {}}, "half"
        ) as put:
            for first in range(0, 20, 4):
                put("fc", first, torch.randn(4, 10_000))
    except NurtureError as error:
        print(error)
"""


def test_a_disk_that_is_full_at_any_point_of_a_compressed_file_is_told(tmp_path):
    """HDF5 cannot close such a file, and Python would crash when it ends."""
    result = subprocess.run(
        [sys.executable, "-c", FULL_AT_ANY_POINT, tmp_path / "fc.nc"],
        env=os.environ | {"PYTHONPATH": str(WORKFLOW)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert len(lines) == 20
    assert all("fc.nc: no space left on the disk" in line for line in lines)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("precision", ["single", "half"])
def test_two_runs_give_the_same_bytes(tmp_path, precision):
    first = write(tmp_path / "a", precision=precision)
    second = write(tmp_path / "b", batches(size=3), precision)
    for layer in SHAPES:
        assert first[layer].read_bytes() == second[layer].read_bytes()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(1 + 2**-10, 1 + 2**-10, id="ten bits stay"),
        pytest.param(1 + 2**-11, 1.0, id="half way, down to the even"),
        pytest.param(1 + 3 * 2**-11, 1 + 2**-9, id="half way, up to the even"),
        pytest.param(-1 - 2**-11 - 2**-20, -1 - 2**-10, id="negative"),
        pytest.param(0.0, 0.0, id="zero"),
        pytest.param(2.0**20 + 1, 2.0**20, id="beyond the range of float16"),
        pytest.param(2.0**-40, 2.0**-40, id="below the range of float16"),
    ],
)
def test_rounding_to_half_precision(value, expected):
    values = np.array([value], "float32")
    round_to_half(values)
    assert values.tolist() == [expected]


def test_half_precision_is_that_of_float16():
    values = np.random.default_rng(1).normal(scale=50, size=100_000).astype("float32")
    # Below 2 ** -14 numbers of float16 have fewer bits.
    values[np.abs(values) < 2**-14] = 0
    expected = values.astype("float16").astype("float32")
    round_to_half(values)
    np.testing.assert_array_equal(values, expected)


@pytest.mark.parametrize("size", [1, 2, 5], ids=["single", "uneven", "all at once"])
def test_half_precision_is_what_the_netcdf_library_makes_of_the_values(tmp_path, size):
    values = activations()
    stream = [(name, i, out / 7) for name, i, out in batches(size=size)]
    paths = write(tmp_path, stream, "half")
    for layer, expected in values.items():
        with netCDF4.Dataset(tmp_path / "theirs.nc", "w") as file:
            for name, length in zip(("stimulus", "unit"), expected.shape, strict=True):
                file.createDimension(name, length)
            file.createVariable(
                *("activation", "f4", ("stimulus", "unit")),
                **{"quantize_mode": "BitRound", "significant_digits": 10},
            )[:] = expected / np.float32(7)
        theirs = read(tmp_path / "theirs.nc")
        assert (theirs != expected / np.float32(7)).any()
        np.testing.assert_array_equal(read(paths[layer]), theirs)
        with open_dataset(paths[layer], "activations") as file:
            assert file["activation"].dtype == np.float32
            assert file["activation"].attrs["_QuantizeBitRoundNumberOfSignificantBits"] == 10
            assert file["activation"].encoding["zlib"]


@pytest.mark.parametrize("noise", [1.0, 0.01, 0.004])
def test_half_precision_costs_f_what_its_rounding_adds_to_the_residual(noise):
    rng, identities, units = np.random.default_rng(1), 40, 2_000
    expression, identity = np.tile(EXPRESSIONS, identities), np.repeat(np.arange(identities), 6)
    single = rng.normal(12, noise, (6 * identities, units))
    single += np.tile(noise * np.arange(6), identities)[:, None]
    single = single.astype("float32")
    half = single.copy()
    round_to_half(half)
    f = [two_way_anova(each, expression, identity)["f_expression"] for each in (half, single)]
    # Between 8 and 16 rounding is to 2 ** -7, so its errors have a variance of 2 ** -14 / 12.
    expected = 1 / (1 + 2**-14 / 12 / noise**2)
    assert float((f[0] / f[1]).median()) == pytest.approx(expected, abs=0.005)


def test_half_precision_takes_less_space_in_pieces_that_are_read_alone(tmp_path):
    outputs = torch.randn(5, 10_000, generator=torch.Generator().manual_seed(1)).relu()
    expected = outputs.clone().numpy()
    round_to_half(expected)
    with activation_files(
        {"fc": tmp_path / "fc.nc"}, {"fc": (10_000, 1, 1)}, LABELS, {"fc": {}}, "half"
    ) as put:
        put("fc", 0, outputs[:3])
        put("fc", 3, outputs[3:])
    with open_dataset(tmp_path / "fc.nc", "activations") as file:
        assert file["activation"].encoding["chunksizes"] == (1, 2048)
        np.testing.assert_array_equal(file["activation"][:, 3000:5000], expected[:, 3000:5000])
        np.testing.assert_array_equal(file["activation"][:, -3:], expected[:, -3:])
    labelled = 10_000 * 4 * 4
    assert (tmp_path / "fc.nc").stat().st_size < 0.5 * expected.nbytes + labelled + 20_000


def failing():
    yield from list(batches())[:3]
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
        write(tmp_path, stream())
    assert list(tmp_path.iterdir()) == []


def test_a_file_cut_short_is_refused(tmp_path):
    path = write(tmp_path)["conv"]
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(NurtureError, match=r"conv\.nc: not a readable netCDF .* rule activations"):
        read(path)


def plain(network, x):
    """What the submodules of a network put out in a forward pass of its own."""
    found = {}
    handles = [
        part.register_forward_hook(lambda _m, _i, out, name=name: found.update({name: out.clone()}))
        for name, part in network.named_modules()
    ]
    with torch.inference_mode():
        network(x)
    for handle in handles:
        handle.remove()
    return found


def test_a_module_that_is_used_twice_is_run_twice():
    """A sequence with one ReLU: the network that is read is the one that was given."""
    torch.manual_seed(0)
    relu = nn.ReLU(inplace=True)
    parts = (nn.Conv2d(3, 8, 3), relu, nn.Conv2d(8, 8, 3), relu, nn.Conv2d(8, 2, 3), nn.Flatten())
    network = nn.Sequential(*parts).eval()
    network.register_forward_pre_hook(lambda _module, inputs: (inputs[0] * 2,))
    network[2].register_forward_hook(lambda _module, _inputs, output: output + 1)
    x = torch.randn(5, 3, 12, 12)
    layers = ["0", "2", "4", "5"]
    assert set(trace(network, (3, 12, 12))) == {"0", "1", "2", "3", "4", "5"}
    assert trace(network, (3, 12, 12))["3"].fault == "is run more than once for an image"
    found, expected = extracted(network, layers, x.split(2)), plain(network, x)
    for layer in layers:
        values = expected[layer].flatten(1)
        np.testing.assert_allclose(found[layer], values, rtol=1e-5, atol=1e-6)
    assert found["2"].min() < 0


class Viewed(nn.Module):
    """Code that is made for one order of memory, for images of any number of channels."""

    def __init__(self, channels):
        super().__init__()
        self.conv, self.strided = nn.Conv2d(channels, 4, 3), Strided()
        self.fc = nn.Linear(4 * 6 * 6, 3)

    def forward(self, x):
        return self.fc(self.strided(self.conv(x)).view(len(x), -1))


class Strided(nn.Module):
    def forward(self, x):
        return x.as_strided(x.shape, (x[0].numel(), x[0, 0].numel(), x.shape[3], 1))


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
def test_memory_is_in_the_order_that_plain_code_expects(channels):
    torch.manual_seed(0)
    network, shown = Viewed(channels).eval(), np.random.default_rng(0)
    pictures = shown.integers(0, 256, (5, 9, 9, 3)).astype("uint8")
    colour = "grey" if channels == 1 else "rgb"
    seen = {"size": 8, "colour": colour, "mean": 127.5, "scale": 127.5}
    for size in (8, 9):
        x = preprocess(pictures[:, :size, :size], seen)
        expected = plain(network, torch.tensor(x.tolist()))
        found = extracted(network, ["conv", "strided", "fc"], x.split(2))
        for layer, values in found.items():
            np.testing.assert_allclose(values, expected[layer].flatten(1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("does", "message"),
    [
        pytest.param(lambda x: x @ x.T, r"puts out shape \(1, 1\) and not \(1, 2\)", id="width"),
        pytest.param(lambda x: x[:1], r"puts out shape \(1, 4\) and not \(2, 4\)", id="images"),
    ],
)
def test_every_batch_has_rows_of_the_same_width(does, message):
    class Does(nn.Module):
        def forward(self, x):
            return does(x)

    network = nn.Sequential(nn.Flatten(), nn.Linear(6, 4), Does())
    with pytest.raises(NurtureError, match=f"layer '2' {message} once for stimuli"):
        extracted(network, ["2"], images().split(2))


def test_a_layer_is_run_once_for_every_image():
    class Sometimes(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(6, 6)

        def forward(self, x):
            x = x.flatten(1)
            return self.fc(x) if x.max() < 20 else self.fc(self.fc(x)) if x.max() < 26 else x

    with pytest.raises(NurtureError, match=r"layer 'fc' is run again .* for stimuli 2 to 3;"):
        extracted(Sometimes(), ["fc"], images().split(2))
    with pytest.raises(NurtureError, match="layer 'fc' is not run for stimuli 2 to 2"):
        extracted(Sometimes(), ["fc"], [images()[:2], images()[4:]])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")
@pytest.mark.parametrize("architecture", ["dlib-face-resnet", "efficientnet-lite0"])
def test_a_gpu_agrees_with_the_cpu(architecture):
    """To a ten-thousandth of each layer's spread; both compute in full float32."""
    network = build(architecture)
    network.load_state_dict(untrained_state(architecture, 1), assign=True)
    layers = list(ARCHITECTURES[architecture].layers)
    pictures = torch.randn(4, 3, 150, 150, generator=torch.Generator().manual_seed(1)).split(2)
    found = {}
    for device in ("cpu", "cuda"):
        found[device] = {layer: [] for layer in layers}
        extract(network, layers, pictures, collect(found[device]), device)
    for layer in layers:
        cpu, gpu = (torch.cat(found[device][layer]) for device in ("cpu", "cuda"))
        assert gpu.device.type == "cpu"
        assert (cpu - gpu).abs().max() <= 1e-4 * cpu.std()


def test_space_for_a_layer_grows_with_the_next():
    space = torch.empty(0)
    for channels in (1, 3, 2):
        outputs = torch.arange(8.0 * channels).reshape(2, channels, 2, 2)
        np.testing.assert_array_equal(unit_rows(outputs, space), outputs.flatten(1))
