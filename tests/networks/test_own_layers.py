"""Layers by pattern, in forward order, with what can be said of them."""

import copy
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from torch import nn
from torch.nn import functional

from nurture.core.errors import NurtureError
from nurture.networks import listing
from nurture.networks.forward import unit_shapes
from nurture.networks.listing import configured, match_layers, with_layers
from nurture.networks.reading import list_layers
from nurture.networks.settings import weights_contents
from nurture.networks.tracing import layer_table, trace
from nurture.running.config import check_config
from nurture.running.merging import merged, read_configuration

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
DEFAULT = yaml.safe_load((ROOT / "config/config.yaml").read_text())
RESNET = ["conv1", "layer1.0.conv1", "layer1.0", "layer1.1", "layer1", "layer2.0.downsample.1",
          "layer2.1", "layer2", "fc"]  # fmt: skip

PATTERNS = {
    "layer*.1": ["layer1.1", "layer2.1"],
    "layer?": ["layer1", "layer2"],
    "layer[2].*": ["layer2.1"],
    "*": ["conv1", "layer1", "layer2", "fc"],
    "layer1.0.conv1": ["layer1.0.conv1"],
}


@pytest.mark.parametrize(("pattern", "chosen"), PATTERNS.items(), ids=PATTERNS)
def test_patterns_stop_at_dots(pattern, chosen):
    assert match_layers([pattern], RESNET, "here") == chosen


def test_the_name_of_a_layer_is_no_pattern():
    assert match_layers(["a[1]"], ["a1", "a[1]"], "here") == ["a[1]"]
    assert match_layers(["*"], ["a1", "*"], "here") == ["*"]
    assert match_layers(["a*"], ["a1", "*", "a[1]"], "here") == ["a1", "a[1]"]


def test_layers_come_in_order_of_depth_and_once():
    assert match_layers(["fc", "layer*", "layer1"], RESNET, "here") == ["layer1", "layer2", "fc"]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        pytest.param("layer1.O", "here: no layer 'layer1.O'; did you mean 'layer1.1'?", id="name"),
        pytest.param("stage*", "here: no layer fits 'stage\\*'; known: conv1, ", id="pattern"),
    ],
)
def test_an_unknown_layer_says_what_is_known(pattern, message):
    with pytest.raises(NurtureError, match=message.replace("?", "\\?")):
        match_layers([pattern], RESNET, "here")


class Odd(nn.Module):
    """A network with everything that a layer can be."""

    def __init__(self):
        super().__init__()
        self.idle = nn.Linear(2, 2)
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(2)
        self.block = Block()
        self.pair = Pair()
        self.tokens = Tokens()
        self.act = nn.GELU()
        self.drop = nn.Dropout()
        self.clip = nn.ReLU6()
        self.fc = nn.Linear(4, 5)

    def forward(self, x):
        x = self.block(self.pool(self.relu(self.conv(x))))
        x = self.relu(self.pair(x)[0])
        return self.fc(self.clip(self.drop(self.act(self.tokens(x).mean(0)))))


class Block(nn.Module):
    def forward(self, x):
        return functional.relu(x) + x


class Pair(nn.Module):
    def forward(self, x):
        return x, x


class Tokens(nn.Module):
    def forward(self, x):
        return x.flatten(2).permute(2, 0, 1)


class Named(nn.Module):
    """A network whose parts have names that no path can have."""

    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleDict({"a/b": nn.Conv2d(3, 2, 1), "é *": nn.ReLU()})

    def forward(self, x):
        return self.parts["é *"](self.parts["a/b"](x))


def test_names_of_parts_may_hold_what_paths_may_not():
    layers = trace(Named().eval(), (3, 8, 8))
    assert list(layers) == ["parts.a/b", "parts.é *", "parts"]
    assert [layer.fault for layer in layers.values()][:2] == ["", ""]
    assert unit_shapes(Named(), ["parts.a/b"], (3, 8, 8)) == {"parts.a/b": (2, 8, 8)}


@pytest.fixture
def odd():
    return trace(Odd().eval(), (3, 8, 8))


def test_every_layer_is_listed_with_what_is_known(odd):
    assert list(odd) == [
        *("conv", "relu", "pool", "block", "pair", "tokens", "act", "drop", "clip", "fc", "idle")
    ]
    readable = {n: (layer.shape, layer.nonlinearity) for n, layer in odd.items() if not layer.fault}
    assert readable == {
        # Read before the ReLU that overwrites it in place.
        "conv": ((4, 8, 8), "none"),
        "pool": ((4, 4, 4), "after ReLU"),
        # What a ReLU and a sum make together is no known nonlinearity.
        "block": ((4, 4, 4), "unknown"),
        "act": ((4,), "after GELU"),
        "drop": ((4,), "after GELU"),
        "clip": ((4,), "after ReLU6"),
        "fc": ((5,), "none"),
    }


FAULTS = {
    "relu": "is run more than once for an image",
    "pair": "puts out a tuple and not a tensor",
    "tokens": r"puts out shape \(16, 2, 4\) for 2 images",
    "idle": "is never run as a module of its own",
}


@pytest.mark.parametrize(("layer", "fault"), FAULTS.items(), ids=FAULTS)
def test_a_layer_without_units_is_refused(odd, layer, fault):
    faults = {name: layer.fault for name, layer in odd.items() if layer.fault}
    known = [name for name in odd if name not in faults]
    with pytest.raises(NurtureError, match=f"here: layer '{layer}' {fault}, so no units can be"):
        match_layers(["conv", layer], known, "here", faults)
    assert match_layers(["*"], known, "here", faults) == known


def test_a_pattern_of_nothing_but_layers_without_units_says_why(odd):
    faults = {name: layer.fault for name, layer in odd.items() if layer.fault}
    with pytest.raises(NurtureError, match="here: layer 'pair' puts out a tuple and not a tensor"):
        match_layers(["pa*r"], ["conv", "pool"], "here", faults)


def test_an_input_that_the_network_does_not_take_is_one_line():
    with pytest.raises(NurtureError, match=r"fails on an image of shape \(1, 8, 8\)") as caught:
        trace(Odd().eval(), (1, 8, 8))
    assert "\n" not in str(caught.value)


def test_the_listing_agrees_with_the_extraction(odd):
    names = [name for name, layer in odd.items() if not layer.fault]
    shapes = unit_shapes(Odd().eval(), names, (3, 8, 8))
    assert shapes == {n: odd[n].shape + (1,) * (3 - len(odd[n].shape)) for n in names}


def test_the_table_is_for_reading(odd):
    assert layer_table({name: odd[name] for name in ("pool", "fc", "pair")}) == (
        "layer  shape      units  nonlinearity\n"
        "pool   4 x 4 x 4     64  after ReLU\n"
        "fc     5              5  none\n"
        "pair                     (puts out a tuple and not a tensor)"
    )


def _example(name, changes=None):
    text = (ROOT / f"config/examples/own-{name}.yaml").read_text()
    return merged(merged(DEFAULT, yaml.safe_load(text)), changes or {})


@pytest.fixture
def in_the_project(monkeypatch, tmp_path_factory):
    # One cache for all tests: torch takes seconds to start.
    place = tmp_path_factory.getbasetemp() / "project"
    if not place.exists():
        place.mkdir()
        for part in ("config", "workflow"):
            (place / part).symlink_to(ROOT / part)
    monkeypatch.chdir(place)
    return place / "results/cache/layers"


@pytest.mark.parametrize(
    ("name", "network", "layers"),
    [
        pytest.param("file", "mine", ["stages.0", "stages.1", "stages.2"], id="file"),
        pytest.param(
            "package", "objects-untrained",
            ["_blocks.4", "_blocks.7", "_blocks.10", "_blocks.15", "_bn1"], id="package",
        ),
        pytest.param(
            "onnx", "mine", [f"/stages.{i}/stages.{i}.2/Relu" for i in range(3)], id="onnx"
        ),
    ],
)  # fmt: skip
def test_examples_are_sound_and_so_are_their_layers(in_the_project, name, network, layers):
    config = _example(name)
    check_config(config, SCHEMA)
    settings = config["networks"][network]
    known = [n for n, layer in list_layers(settings).items() if not layer.fault]
    assert match_layers(settings["layers"], known, "here") == layers
    assert settings["readout"] in layers


def test_the_page_shows_what_is_so(in_the_project):
    page = (ROOT / "docs/networks.md").read_text()
    entry = page.split("```yaml\n")[1].split("```")[0]
    for name, example in (("my_network.py", "small_network.py"), ("my_weights", "small_network")):
        entry = entry.replace(name, f"config/examples/{example}")
    config = merged(DEFAULT, yaml.safe_load(entry))
    check_config(config, SCHEMA)
    table = layer_table(list_layers(config["networks"]["mine"]))
    shown = page.split("```\n")[3].splitlines()
    assert shown[:5] == table.splitlines()[:5]
    assert shown[5:] == ["..."]


def test_layers_of_an_own_network_are_listed_once(in_the_project):
    config = _example("file")
    layers = ["stages.0", "stages.1", "stages.2"]
    assert with_layers(config)["networks"]["mine"]["layers"] == layers
    assert config == _example("file")
    (cached,) = in_the_project.iterdir()
    listed = cached.read_text()
    try:
        cached.write_text('{"layers": {"stages.0": "", "stages.2": ""}, "remarks": ["one", "two"]}')
        said = []
        found = with_layers(config, said.append)
        assert found["networks"]["mine"]["layers"] == ["stages.0", "stages.2"]
        assert said == ["config: networks.mine: one", "config: networks.mine: two"]
    finally:
        cached.write_text(listed)


def test_patterns_hold_for_the_catalogue_too(in_the_project):
    change = {"networks": {"objects": {"layers": ["block1?", "stem"], "readout": "block15"}}}
    config = merged(DEFAULT, change)
    check_config(config, SCHEMA)
    layers = with_layers(config)["networks"]["objects"]["layers"]
    assert layers == ["stem", *(f"block{i}" for i in range(10, 16))]


WRONG = [
    pytest.param(
        {"architecture": {"file": "mine.py"}},
        "networks.mine.architecture.file: no such file: mine.py", id="no file",
    ),
    pytest.param(
        {"architecture": {"timm": "resnet18"}},
        "networks.mine.architecture: give one of file", id="two origins",
    ),
    pytest.param(
        {"architecture": {"fil": "x"}}, "unknown key 'fil'; did you mean 'file'", id="unknown key"
    ),
    pytest.param({"weights": "package"}, "networks.mine.weights: nothing is fetched", id="package"),
    pytest.param({"input": None}, "networks.mine.input", id="input"),
    pytest.param(
        {"input": {"layout": "nhwc"}}, "networks.mine.input.layout: onnx alone has", id="layout"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_a_wrong_own_network_is_one_line_before_any_work(in_the_project, change, message):
    with pytest.raises(NurtureError, match=message) as caught:
        check_config(_example("file", {"networks": {"mine": change}}), SCHEMA)
    assert "\n" not in str(caught.value)


ORIGINS = [
    pytest.param({"import": "torch.nn"}, "write package.module:factory", id="no factory"),
    pytest.param(
        {"import": "absent_package:Net"}, "package absent_package is not installed", id="absent"
    ),
    pytest.param({"import": "torch.nn:ReLU", "factory": "x"}, "factory and file go", id="both"),
]


@pytest.mark.parametrize(("architecture", "message"), ORIGINS)
def test_where_a_network_comes_from_is_checked(in_the_project, architecture, message):
    config = _example("file")
    config["networks"]["mine"]["architecture"] = architecture
    with pytest.raises(NurtureError, match=f"networks.mine.architecture.*{message}"):
        check_config(config, SCHEMA)


def test_an_own_network_must_say_how_it_sees(in_the_project):
    config = _example("file")
    del config["networks"]["mine"]["input"]
    with pytest.raises(NurtureError, match=r"networks.mine: 'input' is a required property; say"):
        check_config(config, SCHEMA)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            {"layers": ["stage.*"]},
            "config: networks.mine.layers: no layer fits 'stage.\\*'; did you mean 'stages.",
            id="layer",
        ),
        pytest.param(
            {"readout": "stages.3"},
            "config: networks.mine.readout: no listed layer 'stages.3'; did you mean 'stages.",
            id="readout",
        ),
        pytest.param(
            {"input": {"colour": "grey"}},
            r"config: networks.mine: the network fails on an image of shape \(1, 64, 64\)",
            id="colour",
        ),
        pytest.param(
            {"layers": ["stages"], "readout": "stages"},
            "config: networks.mine.layers: layer 'stages' is never run as a module of its own",
            id="layer without units",
        ),
    ],
)  # fmt: skip
def test_what_only_torch_can_tell_is_one_line_too(in_the_project, change, message):
    with pytest.raises(NurtureError, match=message) as caught:
        with_layers(_example("file", {"networks": {"mine": change}}))
    assert "\n" not in str(caught.value)


def test_without_torch_names_are_taken_as_they_are(in_the_project, monkeypatch):
    monkeypatch.setattr(listing, "find_spec", lambda name: None)
    config = _example("file", {"networks": {"mine": {"layers": ["stages.2", "stages.0"]}}})
    assert with_layers(config)["networks"]["mine"]["layers"] == ["stages.2", "stages.0"]
    with pytest.raises(NurtureError, match=r"the pattern 'stages.\*' needs torch"):
        with_layers(_example("file"))


def test_code_and_weights_count_by_content(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    config = copy.deepcopy(_example("file"))
    for name in ("small_network.py", "small_network.pth"):
        (tmp_path / name).write_bytes((ROOT / "config/examples" / name).read_bytes())
    before = list(weights_contents(config, "mine").values())
    network = config["networks"]["mine"]
    network["architecture"]["file"] = str(tmp_path / "small_network.py")
    network["weights"] = str(tmp_path / "small_network.pth")
    assert list(weights_contents(config, "mine").values()) == before
    for key, name in ((0, "changed.py"), (1, "changed.pth")):
        (tmp_path / name).write_text("# changed")
        changed = copy.deepcopy(config)
        if key:
            changed["networks"]["mine"]["weights"] = str(tmp_path / name)
        else:
            changed["networks"]["mine"]["architecture"]["file"] = str(tmp_path / name)
        after = weights_contents(changed, "mine").values()
        assert [a == b for a, b in zip(after, before, strict=True)] == [key == 1, key == 0]


@pytest.mark.parametrize(
    ("network", "files", "message"),
    [
        pytest.param(
            "objcts", [], "networks: no network 'objcts'; did you mean 'objects'", id="name"
        ),
        pytest.param(None, [], "say which network: face-identity, ", id="none"),
        pytest.param("objects", ["no.yaml"], "no such file: no.yaml", id="file"),
    ],
)
def test_make_layers_of_nothing_is_one_line(network, files, message):
    with pytest.raises(NurtureError) as caught:
        configured(network, read_configuration(files))
    assert message in str(caught.value)


def test_the_snakefile_reads_names_without_torch():
    code = "import sys, nurture.networks.listing; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT / "workflow").returncode == 0


def test_tracing_leaves_no_hooks():
    module = Odd().eval()
    trace(module, (3, 8, 8))
    assert not any(part._forward_hooks for part in module.modules())
    assert torch.is_grad_enabled()
