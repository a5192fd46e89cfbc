import pytest
import torch

from nurture.core.errors import NurtureError
from nurture.networks.catalogue import describe_network, proportions
from nurture.networks.reading import list_layers, obtain_network, read_network
from nurture.networks.reared import (
    Reared,
    check_rearing,
    check_training,
    is_made,
    read_name,
    read_record,
)
from nurture.networks.vgg import VGG16
from nurture.networks.weights import build, load, obtain, save, untrained_state

SHAPE = {"width": 0.125, "hidden": 16, "size": 64}
SETTINGS = {
    "architecture": "vgg16",
    "width": 0.125,
    "hidden": 16,
    "outputs": 5,
    "training": "identity",
    "input": {"size": 64, "colour": "rgb", "mean": 127.5, "scale": 127.5},
}
RECORD = {
    "size": 64,
    "rearing": {"diet": "faces", "seed": 1, "seen": 300, "mean": 127.5, "scale": 127.5},
}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A reared network as it is stored, in half precision, of random weights."""
    path = tmp_path_factory.mktemp("reared") / "faces-1.safetensors"
    state = untrained_state("vgg16", 3, 5, SHAPE)
    save({name: value.half() for name, value in state.items()}, path, RECORD)
    return path


def test_channels_and_cells_follow_the_proportions():
    network = VGG16(200, width=0.125, hidden=256, size=112)
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert shapes["conv1_1.weight"] == (8, 3, 3, 3)
    assert shapes["conv5_3.weight"] == (64, 64, 3, 3)
    assert shapes["fc6.weight"] == (256, 64 * 3 * 3)
    assert shapes["fc7.weight"] == (256, 256)
    assert shapes["fc8.weight"] == (200, 256)
    assert network(torch.zeros(1, 3, 112, 112)).shape == (1, 200)


def test_as_published_nothing_is_changed():
    assert proportions({"architecture": "vgg16", "input": {"size": 150}}) == {}
    assert tuple(build("vgg16", 2622).fc6.weight.shape) == (4096, 25088)
    assert describe_network({"architecture": "vgg16"}) == "vgg16"


def test_the_architecture_is_described_with_its_proportions():
    assert describe_network(SETTINGS) == "vgg16(width=0.125, hidden=16)"


def test_half_precision_is_read_into_single(file):
    state, provenance = obtain("vgg16", str(file), outputs=5, shape=SHAPE)
    assert {value.dtype for value in state.values()} == {torch.float32}
    assert provenance["rearing"]["diet"] == "faces"
    expected = untrained_state("vgg16", 3, 5, SHAPE)["conv5_3.weight"].half().float()
    torch.testing.assert_close(state["conv5_3.weight"], expected, rtol=0, atol=0)


def test_what_is_stored_of_it_is_read_again(file, tmp_path):
    state, provenance = obtain_network({**SETTINGS, "weights": str(file)})
    save(state, tmp_path / "again.safetensors", provenance)
    module, record = read_network(tmp_path / "again.safetensors", SETTINGS, ["conv5_3"])
    assert record["rearing"]["seen"] == 300
    assert read_record(tmp_path / "again.safetensors")["rearing"] == RECORD["rearing"]
    assert module.conv5_3(torch.zeros(1, 64, 4, 4)).shape == (1, 64, 4, 4)


def test_a_network_without_its_top_can_be_read(tmp_path):
    path = tmp_path / "faces-1-after-100.safetensors"
    state = untrained_state("vgg16", 3, 5, SHAPE)
    save({n: v.half() for n, v in state.items() if n.startswith("conv")}, path, RECORD)
    module, _ = load(path, "vgg16", 5, SHAPE)
    assert module(torch.zeros(1, 3, 64, 64)).shape == (1, 64, 2, 2)


def test_damaged_weights_are_noticed_when_they_are_obtained(file, tmp_path):
    damaged = tmp_path / "faces-1.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    damaged.write_bytes(data)
    with pytest.raises(NurtureError, match="its weights are damaged"):
        obtain("vgg16", str(damaged), outputs=5, shape=SHAPE)


def test_another_width_is_refused(file):
    with pytest.raises(
        NurtureError, match=r"tensor 'conv1_1.bias' should be \(16,\) and is \(8,\)"
    ):
        obtain("vgg16", str(file), outputs=5, shape={**SHAPE, "width": 0.25})


def test_layers_are_listed_at_their_size():
    layers = list_layers({**SETTINGS, "weights": "untrained"})
    assert tuple(layers["conv5_3"].shape) == (64, 4, 4)
    assert next(iter(layers["fc8"].shape)) == 5


NAMES = [
    pytest.param("config/reared/faces-1.safetensors", Reared("faces", 1), id="final"),
    pytest.param(
        "results/reared/both-12-after-800.safetensors", Reared("both", 12, 800), id="on the way"
    ),
    pytest.param("config/reared/none-1.safetensors", None, id="nothing is untrained"),
    pytest.param("weights/faces-1.safetensors", None, id="another folder"),
    pytest.param("config/reared/faces-1.pth", None, id="another kind of file"),
    pytest.param("untrained", None, id="untrained"),
]


@pytest.mark.parametrize(("weights", "expected"), NAMES)
def test_names_of_files_are_read(weights, expected):
    assert read_name(weights) == expected


def test_only_the_workflows_own_are_made():
    assert is_made("results/x/reared/faces-1.safetensors", "results/x")
    assert not is_made("config/reared/faces-1.safetensors", "results")
    assert not is_made("results/reared/faces-1.safetensors", "results/x")
    assert not is_made("results/reared/other.safetensors", "results")


def test_training_agrees_with_the_file_name():
    check_training("config/reared/neutral-1.safetensors", "neutral", "networks.x")
    with pytest.raises(NurtureError, match=r"networks\.x\.training: .* set training to identity"):
        check_training("config/reared/faces-1.safetensors", "objects", "networks.x")


WRONG = [
    pytest.param({"training": "both"}, {}, "reared on faces; set training to identity", id="diet"),
    pytest.param({}, {"size": 96}, r"set the network's input\.size to 64", id="size"),
    pytest.param({}, {"mean": 0}, r"set the network's input\.mean to 127\.5", id="mean"),
]


@pytest.mark.parametrize(("changes", "seen", "message"), WRONG)
def test_settings_agree_with_the_file(changes, seen, message):
    provenance = {**RECORD, "source": "faces-1.safetensors"}
    check_rearing(provenance, SETTINGS)
    settings = {**SETTINGS, **changes, "input": {**SETTINGS["input"], **seen}}
    with pytest.raises(NurtureError, match=message):
        check_rearing(provenance, settings)


@pytest.mark.parametrize("content", [b"", b"\xff" * 20, b"\x02\0\0\0\0\0\0\0{}"])
def test_a_file_without_a_record_is_one_clear_line(tmp_path, content):
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(NurtureError, match=r"x\.safetensors: not a file of weights of this proj"):
        read_record(path)
