import copy
from pathlib import Path

import pytest
import yaml

from nurture.config import check_config, extracted_layers, network_layers
from nurture.errors import NurtureError

ROOT = Path(__file__).parents[1]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
DEFAULT = yaml.safe_load((ROOT / "config/config.yaml").read_text())


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch):
    monkeypatch.chdir(ROOT)


def _changed(path, value):
    config = copy.deepcopy(DEFAULT)
    *parents, last = path.split(".")
    table = config
    for parent in parents:
        table = table[parent]
    if value is None:
        del table[last]
    else:
        table[last] = value
    return config


def test_default_configuration_is_sound():
    check_config(DEFAULT, SCHEMA)


WRONG = [
    pytest.param(
        "selectivity.alhpa", 0.05,
        "config: selectivity: unknown key 'alhpa'; did you mean 'alpha'?", id="unknown key",
    ),
    pytest.param("selectivity.alpha", 2, "config: selectivity.alpha: 2 is greater", id="alpha"),
    pytest.param("seed", None, "config: the top level: 'seed' is a required", id="missing key"),
    pytest.param(
        "experiment.networks", ["face-identty"],
        "experiment.networks: no network 'face-identty'; did you mean 'face-identity'?",
        id="network",
    ),
    pytest.param("experiment.judge", "objects", "was not trained on expressions", id="judge"),
    pytest.param(
        "experiment.morphs", "selection", "experiment.morphs: needs a set of kind 'continua'",
        id="role of another kind",
    ),
    pytest.param(
        "networks.face-identity.layers", ["conv9"],
        "networks.face-identity.layers: no layer 'conv9'", id="layer",
    ),
    pytest.param(
        "networks.face-identity.readout", "fc",
        "networks.face-identity.readout: no listed layer 'fc'", id="readout not listed",
    ),
    pytest.param(
        "networks.face-identity.architecture", "vgg16", "no layer 'stage1_3'",
        id="architecture without weights",
    ),
    pytest.param(
        "networks.face-identity.weights", "w.safetensors",
        "networks.face-identity.weights: no such file: w.safetensors", id="weights file",
    ),
    pytest.param(
        "networks.untrained-1.training", "identity", "config: networks.untrained-1.training",
        id="untrained but trained",
    ),
    pytest.param(
        "networks.expressions.input.mean", [1, 2, 3], "grey images take one number", id="grey mean"
    ),
    pytest.param(
        "stimuli.generalisation.first_identity", 100,
        "stimuli.generalisation: shares 4 identities with selection, the first 100; "
        "raise first_identity to 104", id="shared identities",
    ),
    pytest.param("stimuli.selection.levels", 5, "stimuli.selection.levels", id="key of other kind"),
    pytest.param(
        "stimuli.continua.continua", ["anger-joy"], "continua: no expression 'joy'",
        id="expression",
    ),
    pytest.param(
        "stimuli.continua.continua", ["fear-fear"], "'fear-fear' runs from fear to itself",
        id="continuum",
    ),
    pytest.param("faces.action_units", "x.yaml", "no such file: x.yaml", id="action units"),
    pytest.param("figures.fits", {"widht": 3}, "did you mean 'width_mm'|unknown", id="style"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), WRONG)
def test_wrong_configuration_is_one_clear_line(path, value, message):
    with pytest.raises(NurtureError, match=message) as caught:
        check_config(_changed(path, value), SCHEMA)
    assert "\n" not in str(caught.value)


def test_only_the_selection_set_keeps_every_layer():
    layers = DEFAULT["networks"]["objects"]["layers"]
    assert extracted_layers(DEFAULT, "objects", "selection") == layers
    readout = DEFAULT["networks"]["objects"]["readout"]
    assert extracted_layers(DEFAULT, "objects", "continua") == [readout]


def test_network_layers_keep_their_order():
    config = _changed("experiment.networks", ["objects", "face-identity"])
    networks = [network for network, _ in network_layers(config)]
    assert networks == sorted(networks, reverse=True)
