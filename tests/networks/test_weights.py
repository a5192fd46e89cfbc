import json
import math

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from nurture.core.errors import NurtureError
from nurture.networks import weights
from nurture.networks.catalogue import ARCHITECTURES, Architecture
from nurture.networks.reared import read_record
from nurture.networks.weights import (
    build,
    load,
    obtain,
    package_file,
    package_state,
    read_stored,
    save,
    state_sha256,
    untrained_state,
)

SHIPPED = [name for name, entry in ARCHITECTURES.items() if entry.package]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "network.safetensors"


@pytest.mark.parametrize("architecture", SHIPPED)
def test_saved_weights_come_back(architecture, path):
    state, provenance = obtain(architecture, "package")
    save(state, path, {**provenance, "training": "identity"})
    module, read = load(path, architecture)
    assert not module.training
    assert read["architecture"] == architecture
    assert read["training"] == "identity"
    assert read["source"].startswith(f"{ARCHITECTURES[architecture].package} ")
    assert read["source_sha256"] == ARCHITECTURES[architecture].sha256
    assert read["weights_sha256"] == state_sha256(state)
    torch.testing.assert_close(dict(module.state_dict()), state, rtol=0, atol=0)


def test_two_runs_give_the_same_bytes(tmp_path):
    files = [tmp_path / "first.safetensors", tmp_path / "second.safetensors"]
    for file in files:
        state, provenance = obtain("fer-xception", "untrained", seed=1)
        save(state, file, provenance)
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("architecture", SHIPPED)
def test_untrained_weights_follow_the_seed(architecture):
    digests = [state_sha256(untrained_state(architecture, seed)) for seed in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]


def test_drawing_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    untrained_state("fer-xception", 1)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("architecture", SHIPPED)
def test_untrained_weights_are_xavier_normal(architecture):
    state = untrained_state(architecture, 7)
    for name, value in state.items():
        if name.endswith("weight") and value.ndim > 1:
            area = math.prod(value.shape[2:])
            std = math.sqrt(2 / (area * (value.shape[0] + value.shape[1])))
            error = 5 * std / math.sqrt(2 * value.numel())
            assert value.std().item() == pytest.approx(std, abs=error), name
            assert abs(value.mean().item()) < 5 * std / math.sqrt(value.numel()), name
        elif name.endswith(("weight", "running_var")):
            assert (value == 1).all(), name
        else:
            assert (value == 0).all(), name


def test_the_control_has_the_shape_of_the_trained_network():
    trained, control = package_state("dlib-face-resnet"), untrained_state("dlib-face-resnet", 1)
    assert {n: v.shape for n, v in trained.items()} == {n: v.shape for n, v in control.items()}


@pytest.mark.parametrize(
    ("outputs", "parameters"),
    # Published numbers of parameters: 138,357,544 for VGG-16; VGG-Face has 1,622 more outputs.
    [(1000, 138_357_544), (2622, 138_357_544 + 1622 * 4097)],
)
def test_vgg16_has_the_published_number_of_parameters(outputs, parameters):
    assert sum(p.numel() for p in build("vgg16", outputs).parameters()) == parameters


def test_a_file_without_provenance_is_read(path):
    """A user's weights, named as the layers are, in half precision."""
    state = package_state("fer-xception")
    save_file({n: v.half() if v.is_floating_point() else v for n, v in state.items()}, path)
    module, provenance = load(path, "fer-xception")
    assert list(provenance) == ["weights_sha256"]
    assert module.conv3.weight.dtype == torch.float32
    _, provenance = obtain("fer-xception", str(path))
    assert provenance["source"] == "network.safetensors"
    assert len(provenance["source_sha256"]) == 64


@pytest.mark.parametrize("length", [0, 5, 300, 20_000, -1])
def test_a_file_cut_short_is_refused(path, length):
    save(package_state("fer-xception"), path, {})
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(NurtureError, match=r"network\.safetensors: not a readable safetensors"):
        load(path, "fer-xception")


@pytest.mark.parametrize(
    "record", ["[1]", "3", '"text"', "[" * 100_000], ids=["list", "number", "text", "deep"]
)
def test_what_another_program_says_of_weights_is_no_record(path, record):
    state = package_state("fer-xception")
    save_file(state, path, metadata={"nurture": record})
    for read in (read_stored, lambda path: load(path, "fer-xception")):
        with pytest.raises(NurtureError, match=r"network\.safetensors: not a readable safetensors"):
            read(path)
    with pytest.raises(NurtureError, match=r"network\.safetensors: not a file of weights of this"):
        read_record(path)


def test_a_missing_file_is_named(path):
    with pytest.raises(NurtureError, match=r"network\.safetensors: no such file"):
        load(path, "fer-xception")


def test_changed_weights_are_noticed(path):
    save(package_state("fer-xception"), path, {})
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(NurtureError, match="weights are damaged"):
        load(path, "fer-xception")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            lambda state: state.pop("conv3.bias"),
            r"tensor 'conv3.bias' should be \(7,\) and is absent",
            id="missing",
        ),
        pytest.param(
            lambda state: state.update({"fc8.bias": torch.zeros(3)}),
            r"tensor 'fc8.bias' should be absent and is \(3,\)",
            id="unknown",
        ),
        pytest.param(
            lambda state: state.update({"conv3.bias": torch.zeros(6)}),
            r"tensor 'conv3.bias' should be \(7,\) and is \(6,\)",
            id="shape",
        ),
    ],
)
def test_another_network_is_refused(path, change, message):
    state = package_state("fer-xception")
    change(state)
    save_file(state, path)
    with pytest.raises(NurtureError, match=message):
        load(path, "fer-xception")


def test_unknown_architecture_and_outputs_are_refused():
    with pytest.raises(NurtureError, match="no architecture 'resnet'; known: dlib"):
        build("resnet")
    with pytest.raises(NurtureError, match=r"vgg16: no version with 10 outputs; .* 2622 or 1000"):
        build("vgg16", 10)


def test_absent_and_changed_packages_are_named(monkeypatch):
    with pytest.raises(NurtureError, match="no package ships weights of vgg16"):
        package_file("vgg16")
    entry = Architecture({}, (1,), "absent-models", "absent_models/weights.dat", "")
    monkeypatch.setitem(weights.ARCHITECTURES, "absent", entry)
    with pytest.raises(NurtureError, match=r"package absent-models .* is not installed"):
        package_file("absent")
    entry = Architecture({}, (1,), "fer", "fer/data/emotion_model.hdf5", "0" * 64)
    monkeypatch.setitem(weights.ARCHITECTURES, "absent", entry)
    with pytest.raises(NurtureError, match="damaged, or not the weights"):
        package_file("absent")


def test_provenance_is_one_sorted_entry(path):
    save({"a": torch.zeros(1)}, path, {"seed": 3, "architecture": "x"})
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    assert list(metadata) == ["nurture"]
    record = json.loads(metadata["nurture"])
    assert list(record) == ["architecture", "record_sha256", "seed", "weights_sha256"]
