"""Networks that users bring as torch modules."""

import os
import pickle
from pathlib import Path

import pytest
import torch
import yaml
from torch import nn

from nurture.core.errors import NurtureError
from nurture.core.file_digest import content_of
from nurture.networks.reading import obtain_network, read_network
from nurture.networks.states import Stored, fit_state, read_state
from nurture.networks.user_network import own_module
from nurture.networks.weights import build, package_file, package_state, save

ROOT = Path(__file__).parents[2]
IMAGE = torch.linspace(-1, 1, 2 * 3 * 64 * 64).reshape(2, 3, 64, 64)

FACTORIES = """
import numpy as np
import torch
from torch import nn

class Network(nn.Module):
    def __init__(self, units=4):
        super().__init__()
        self.conv = nn.Conv2d(3, units, 3)
        self.relu = nn.ReLU(inplace=True)
    def forward(self, x):
        return self.relu(self.conv(x))

def build(units=4):
    return Network(units)

def fails():
    raise ValueError("no such width")

def nothing():
    return 3

def elsewhere():
    network = Network()
    nn.init.constant_(network.conv.bias, np.random.default_rng().random())
    return network
"""


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(FACTORIES)


def _file(factory="build", **arguments):
    return {"file": "mine.py", "factory": factory, "arguments": arguments}


def _example(name, network):
    text = (ROOT / f"config/examples/own-{name}.yaml").read_text()
    return yaml.safe_load(text)["networks"][network]


def _stored(settings):
    """The network after the way through rule network and its file."""
    state, provenance = obtain_network(settings)
    save(state, "network.safetensors", provenance)
    return *read_network("network.safetensors", settings, settings["layers"]), state


def _outputs(module, layers):
    """What layers put out."""
    found = {}
    for layer in layers:
        module.get_submodule(layer).register_forward_hook(
            lambda _module, _inputs, output, layer=layer: found.update({layer: output.clone()})
        )
    with torch.inference_mode():
        module(IMAGE)
    return found


def test_example_of_a_file_and_a_state_dict(monkeypatch):
    monkeypatch.chdir(ROOT)
    settings = _example("file", "mine")
    state, provenance = obtain_network(settings)
    assert provenance["architecture"] == "config/examples/small_network.py:build(width=8)"
    assert provenance["source"] == "small_network.pth"
    assert [provenance["nonlinearities"][n] for n in ("stages.0.0", "stages.0")] == [
        *("none", "after ReLU")
    ]
    torch.testing.assert_close(state, torch.load(settings["weights"], weights_only=True))


def test_example_of_a_package():
    settings = {**_example("package", "objects-untrained"), "layers": ["_blocks.15", "_bn1"]}
    module, _, state = _stored(settings)
    torch.testing.assert_close(dict(module.state_dict()), state, rtol=0, atol=0)
    # The package's own function gives the same from the same seed.
    from efficientnet_lite_pytorch import EfficientNet

    with torch.random.fork_rng():
        torch.manual_seed(1)
        reference = EfficientNet.from_name("efficientnet-lite0").eval()
    with torch.inference_mode():
        torch.testing.assert_close(module(IMAGE), reference(IMAGE), rtol=0, atol=0)


def test_trained_weights_make_the_network_of_the_catalogue():
    settings = {
        **_example("package", "objects-untrained"),
        "training": "objects",
        "weights": str(package_file("efficientnet-lite0")),
    }
    layers = {"_blocks.4": "block4", "_blocks.15": "block15", "_bn1": "head.1", "_fc": "fc"}
    module, _, _ = _stored({**settings, "layers": list(layers)})
    known = build("efficientnet-lite0")
    known.load_state_dict(package_state("efficientnet-lite0"), assign=True)
    ours, theirs = _outputs(module, layers), _outputs(known, layers.values())
    for own, name in layers.items():
        torch.testing.assert_close(ours[own], theirs[name], rtol=1e-4, atol=1e-5)


def test_untrained_weights_follow_the_seed_and_leave_the_generator_alone():
    before = torch.get_rng_state()
    one, again, other = (own_module(_file(), "untrained", seed).conv.weight for seed in (1, 1, 2))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert torch.equal(torch.get_rng_state(), before)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        assert torch.equal(nn.Conv2d(3, 4, 3).weight, one)


WRAPPED = {
    "plain": lambda state: state,
    "checkpoint": lambda state: {"epoch": 3, "state_dict": state},
    "data parallel": lambda state: {f"module.{name}": value for name, value in state.items()},
}


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
def test_state_dicts_as_users_save_them(wrap):
    weights = nn.Conv2d(3, 4, 3).state_dict()
    state = {f"conv.{name}": value for name, value in weights.items()}
    torch.save(wrap(state), "weights.pth")
    held = {name.split(".", -1)[-1]: v for name, v in read_state("weights.pth").tensors.items()}
    torch.testing.assert_close(held, dict(weights))
    module = own_module(_file(), "weights.pth")
    assert torch.equal(module.conv.weight, weights["weight"])
    assert not module.training
    assert not module.conv.weight.requires_grad


class Harmful:
    def __reduce__(self):
        return os.mkdir, ("ran",)


def test_a_pickle_is_refused_and_not_run():
    Path("weights.pth").write_bytes(pickle.dumps({"conv.weight": Harmful()}, protocol=2))
    with pytest.raises(NurtureError, match=r"weights.pth: not a state dict that can be read"):
        own_module(_file(), "weights.pth")
    torch.save({"conv.weight": Harmful()}, "whole.pth")
    with pytest.raises(NurtureError, match=r"whole.pth: not a state dict .* without running code"):
        own_module(_file(), "whole.pth")
    assert not Path("ran").exists()


MISFITS = [
    pytest.param(
        {"conv.wieght": (4, 3, 3, 3), "conv.bias": (4,), "fc.bias": (2,)},
        "w.pth: does not fit the network's 2 tensors: 1 missing, the first 'conv.weight'; "
        "2 left over, the first 'conv.wieght'",
        id="names",
    ),
    pytest.param(
        {"conv.weight": (8, 3, 3, 3), "conv.bias": (4,)},
        "w.pth: 1 of 2 tensors have another shape than the network's, the first 'conv.weight': "
        "(8, 3, 3, 3) and not (4, 3, 3, 3)",
        id="shape",
    ),
]


@pytest.mark.parametrize(("shapes", "message"), MISFITS)
def test_weights_of_another_network_are_named(shapes, message):
    state = {name: torch.zeros(shape) for name, shape in shapes.items()}
    with pytest.raises(NurtureError) as caught:
        fit_state(own_module(_file(), "untrained", 1), Stored(state, {}), "w.pth")
    assert str(caught.value) == message


WRONG = [
    pytest.param(_file("biuld"), "mine.py has no factory 'biuld'; did you mean 'build", id="name"),
    pytest.param(
        _file("fails"), "mine.py:fails fails in line 18: ValueError: no such width", id="raises"
    ),
    pytest.param(
        _file(width=3), "mine.py:build fails: TypeError: .*'width'", id="unknown argument"
    ),
    pytest.param(
        _file("Network", units="4"), "mine.py:Network fails in line 9: TypeError", id="class"
    ),
    pytest.param(_file("nothing"), "returns a int and not a torch.nn.Module", id="no module"),
    pytest.param(
        _file("elsewhere"), "'conv.bias' differs between two networks of the same seed",
        id="other generator",
    ),
    pytest.param(
        {"file": "broken.py", "factory": "build"},
        "broken.py cannot be imported: ModuleNotFoundError: No module named 'blocks'; a file "
        "stands alone", id="import",
    ),
    pytest.param({"import": "torch.nn:Liner"}, "torch.nn has no factory 'Liner'", id="package"),
]  # fmt: skip


@pytest.mark.parametrize(("architecture", "message"), WRONG)
def test_a_factory_that_is_wrong_is_one_line(architecture, message):
    Path("broken.py").write_text("from blocks import Block\n")
    with pytest.raises(NurtureError, match=message) as caught:
        own_module(architecture, "untrained", 1)
    assert "\n" not in str(caught.value)


# torch's own, when it reads its own file.
@pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning")
def test_a_file_of_torch_export_is_loaded_by_the_factory():
    reference = own_module(_file(), "untrained", 5)
    batch = torch.export.Dim("batch")
    program = torch.export.export(reference, (IMAGE,), dynamic_shapes=({0: batch},))
    torch.export.save(program, "network.pt2")
    page = (ROOT / "docs/networks.md").read_text()
    Path("exported.py").write_text(page.split("```python\n")[1].split("```")[0])
    settings = {
        "architecture": {"file": "exported.py", "factory": "build"},
        "weights": "network.pt2",
        "input": {"size": 64, "colour": "rgb", "mean": 0, "scale": 1},
        "layers": ["conv", "relu"],
    }
    module, provenance, state = _stored(settings)
    assert provenance["nonlinearities"] == {"conv": "none", "relu": "after ReLU"}
    torch.testing.assert_close(state, dict(reference.state_dict()))
    with torch.inference_mode():
        torch.testing.assert_close(module(IMAGE), reference(IMAGE))


def test_code_that_changed_since_is_noticed():
    settings = {
        "architecture": _file(),
        "weights": "untrained",
        "seed": 1,
        "input": {"size": 64, "colour": "rgb", "mean": 0, "scale": 1},
        "layers": ["relu"],
    }
    _stored(settings)
    with pytest.raises(NurtureError, match=r"network.safetensors: no layer 'relu6'; did you mean"):
        read_network("network.safetensors", settings, ["relu6"])
    # The digest of a file is kept for the life of a process, and every rule is a process.
    content_of.cache_clear()
    Path("mine.py").write_text(FACTORIES.replace("relu(self.conv(x))", "relu(-self.conv(x))"))
    with pytest.raises(NurtureError, match="code or weights have changed since it was stored"):
        read_network("network.safetensors", settings, ["relu"])
