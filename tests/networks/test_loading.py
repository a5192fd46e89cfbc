"""Networks whose own code loads their weights, and what is left to chance."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from nurture.core.errors import NurtureError
from nurture.networks.loading import drawn_under, outside
from nurture.networks.reading import obtain_network, read_network
from nurture.networks.user_network import own_module
from nurture.networks.weights import save

CODE = """
import random
from types import SimpleNamespace
import numpy as np
import torch
from torch import nn

class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.bn = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 2)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x):
        return self.fc(self.bn(self.conv(x)).mean((2, 3)))

def read(weights):
    if weights.endswith(".safetensors"):
        from safetensors.torch import load_file
        return load_file(weights)
    return torch.load(weights, weights_only=False)

def strict(weights):
    network = Network()
    network.load_state_dict(read(weights))
    return network

def lax(weights):
    network = Network()
    network.load_state_dict(read(weights), strict=False)
    return network

def seeded(weights):
    torch.manual_seed(0)
    return lax(weights)

def what_fits(weights):
    network = Network()
    own, given = network.state_dict(), read(weights)
    own.update({n: v for n, v in given.items() if n in own})
    network.load_state_dict(own)
    return network

def one_by_one(weights):
    network, given = Network(), read(weights)
    for name, value in network.state_dict().items():
        if name in given:
            value.copy_(given[name])
    return network

def nothing(weights):
    return Network()

def by_digest(weights):
    from hashlib import sha256
    from pathlib import Path
    assert sha256(Path(weights).read_bytes()).hexdigest() == Path("digest").read_text()
    return what_fits(weights)

class Projected(Network):
    def __init__(self, keep):
        super().__init__()
        getattr(self, keep)()

    def buffer(self):
        self.register_buffer("basis", torch.randn(4, 4), persistent=False)

    def attribute(self):
        self.basis = torch.randn(4, 4)

    def array(self):
        self.basis = np.random.rand(4, 4)

    def listed(self):
        self.held = {"bases": [torch.full((4, 4), random.random())]}

    def hidden(self):
        basis = torch.randn(4, 4)
        self.project = lambda x: x @ basis

    def unregistered(self):
        self.blocks = [nn.Linear(4, 4, bias=False)]

    def elsewhere(self):
        self.helper = SimpleNamespace(basis=torch.randn(4, 4))

    def unseeded(self):
        self.basis = np.random.default_rng().random((4, 4))

    def normed(self):
        self.fc = nn.utils.spectral_norm(self.fc)

    def constant(self):
        self.basis = torch.eye(4)

def projected(keep):
    return Projected(keep)

def loads_projected(weights, keep):
    network = Projected(keep)
    network.load_state_dict(read(weights))
    return network
"""


def trained():
    """A state dict in which nothing is what a network begins with."""
    generator = torch.Generator().manual_seed(5)
    shapes = {
        "conv.weight": (4, 3, 3, 3), "conv.bias": (4,), "bn.weight": (4,), "bn.bias": (4,),
        "bn.running_mean": (4,), "bn.running_var": (4,), "fc.weight": (2, 4), "fc.bias": (2,),
    }  # fmt: skip
    return {name: torch.rand(shape, generator=generator) + 0.1 for name, shape in shapes.items()}


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(CODE)


def built(factory, weights="w.pth", seed=None, **arguments):
    architecture = {"file": "mine.py", "factory": factory, "arguments": arguments}
    return own_module(architecture, weights, seed)


def write(path, state):
    if path == "w.safetensors":
        save_file(state, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=path != "old.pth")


LAX = ["lax", "seeded", "what_fits", "one_by_one"]
FILES = ["w.pth", "w.safetensors", "old.pth"]


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("factory", ["lax", "what_fits", "one_by_one"])
def test_a_factory_that_loads_all_is_taken(factory, path, caplog):
    write(path, trained())
    module = built(factory, path)
    held = {n: v for n, v in module.state_dict().items() if n != "bn.num_batches_tracked"}
    torch.testing.assert_close(held, trained(), rtol=0, atol=0)
    assert not caplog.records
    torch.testing.assert_close(read(path), trained(), rtol=0, atol=0)


def read(path):
    from nurture.networks.states import read_state

    return read_state(path).tensors


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("factory", LAX)
def test_what_was_not_loaded_is_named(factory, path):
    state = trained()
    state["cnov.weight"] = state.pop("conv.weight")
    write(path, state)
    with pytest.raises(NurtureError) as caught:
        built(factory, path)
    assert str(caught.value) == (
        f"'conv.weight' is not loaded from {path}, which does not fit the network's 9 tensors: "
        "1 missing, the first 'conv.weight'; 1 left over, the first 'cnov.weight'"
    )


@pytest.mark.parametrize("factory", LAX)
@pytest.mark.parametrize("part", ["bn.weight", "bn.running_var", "fc.bias"])
def test_constants_of_an_untrained_network_are_not_taken_for_loaded(factory, part):
    state = trained()
    state[part.upper()] = state.pop(part)
    write("w.pth", state)
    with pytest.raises(NurtureError, match=f"^'{part}' is not loaded from w.pth, which does not"):
        built(factory)


@pytest.mark.parametrize("factory", [*LAX, "nothing"])
def test_prefixes_that_nothing_is_loaded_from(factory):
    write("w.pth", {f"module.{name}": value for name, value in trained().items()})
    with pytest.raises(NurtureError, match=r"'conv.weight' and 7 more are not loaded from w.pth"):
        built(factory)


def test_a_file_that_cannot_be_changed_leaves_a_doubt(caplog):
    from hashlib import sha256

    state = trained()
    del state["bn.weight"], state["fc.bias"]
    write("w.pth", state)
    Path("digest").write_text(sha256(Path("w.pth").read_bytes()).hexdigest())
    built("by_digest")
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == (
        "w.pth: 'bn.weight' and 1 more are one number throughout, as before training, and whether "
        "it is so in the file cannot be tested; give a state dict"
    )
    del state["conv.weight"]
    write("w.pth", state)
    Path("digest").write_text(sha256(Path("w.pth").read_bytes()).hexdigest())
    with pytest.raises(NurtureError, match=r"'conv.weight' is not loaded from w.pth, which"):
        built("by_digest")


RANDOM = ["buffer", "attribute", "array", "listed", "hidden", "unregistered", "elsewhere"]


@pytest.mark.parametrize("keep", RANDOM)
@pytest.mark.parametrize("factory", ["projected", "loads_projected"])
def test_what_is_outside_the_state_follows_the_seed(factory, keep):
    write("w.pth", trained() | {"bn.num_batches_tracked": torch.tensor(0)})
    one, again, other = (outside(built(factory, seed=seed, keep=keep)) for seed in (1, 1, 2))
    assert len(one) == 1
    assert one == again
    assert one != other
    with pytest.raises(NurtureError, match=r"is not .* w.pth"):
        built(factory, keep=keep)


def test_plain_numbers_are_those_of_the_seed():
    write("w.pth", trained())
    torch.manual_seed(7)
    torch.nn.Conv2d(3, 4, 3), torch.nn.Linear(4, 2)
    expected = torch.randn(4, 4)
    assert torch.equal(built("projected", seed=7, keep="buffer").basis, expected)


@pytest.mark.parametrize("weights", ["w.pth", "untrained"])
def test_what_no_seed_decides_is_refused(weights):
    write("w.pth", trained())
    with pytest.raises(NurtureError, match="'basis' differs between two networks of the same seed"):
        built("projected", weights, seed=1, keep="unseeded")
    assert len(outside(built("projected", weights, seed=1, keep="constant"))) == 1


@pytest.mark.filterwarnings("ignore:.*spectral_norm:FutureWarning")
@pytest.mark.parametrize("factory", ["projected", "loads_projected"])
def test_what_each_pass_computes_anew_is_not_left_to_chance(factory):
    state = trained()
    state["fc.weight_orig"] = state.pop("fc.weight")
    state |= {"fc.weight_u": torch.rand(2), "fc.weight_v": torch.rand(4)}
    write("w.pth", state)
    torch.testing.assert_close(
        built(factory, keep="normed").fc.weight_orig, state["fc.weight_orig"]
    )


def test_a_network_of_half_precision_gets_weights_that_are_not_rounded():
    Path("mine.py").write_text(CODE + "\n\ndef half():\n    return Network().half()\n")
    write("w.pth", trained())
    assert torch.equal(built("half").conv.weight, trained()["conv.weight"])


def test_a_network_without_memory_is_refused():
    code = "\n\ndef meta():\n    with torch.device('meta'):\n        return Network()\n"
    Path("mine.py").write_text(CODE + code)
    write("w.pth", trained())
    with pytest.raises(NurtureError, match=r"mine.py:meta: 'conv.weight' has no memory"):
        built("meta")


@pytest.mark.parametrize("weights", ["w.pth", "untrained"])
@pytest.mark.parametrize("keep", ["buffer", "array", "unregistered"])
def test_what_is_stored_is_read_with_the_same_numbers_outside(weights, keep):
    write("w.pth", trained())
    settings = {
        "architecture": {"file": "mine.py", "factory": "projected", "arguments": {"keep": keep}},
        "weights": weights,
        "seed": 3,
        "input": {"size": 16, "colour": "rgb", "mean": 0, "scale": 1},
    }
    state, provenance = obtain_network(settings)
    save(state, "network.safetensors", provenance)
    module, _ = read_network("network.safetensors", settings, ["conv"])
    assert outside(module) == outside(built("projected", weights, 3, keep=keep))
    with pytest.raises(NurtureError, match=r"network.safetensors: the network's code makes anoth"):
        read_network("network.safetensors", {**settings, "seed": 4}, ["conv"])


def test_all_generators_are_seeded_and_left_alone():
    import random

    def draw():
        return torch.rand(1).item(), np.random.rand(), random.random()  # noqa: NPY002

    with drawn_under(1):
        first = draw()
    with drawn_under(2):
        state = draw()
        with drawn_under(1):
            assert draw() == first
        after = draw()
    with drawn_under(2):
        assert (draw(), draw()) == (state, after)
