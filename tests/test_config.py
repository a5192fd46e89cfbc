import copy
import re
from pathlib import Path

import pytest
import yaml

from nurture.config import (
    check_config,
    extracted_layers,
    network_layers,
    stimuli_of,
    weights_of,
)
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
        "networks.untrained-1.training", "identity", "config: networks.untrained-1.training",
        id="untrained but trained",
    ),
    pytest.param(
        "networks.expressions.input.mean", [1, 2, 3], "grey images take one number", id="grey mean"
    ),
    pytest.param(
        "networks.expressions.input.scale", [1, 2, 3],
        "networks.expressions.input.scale: grey images take one number", id="grey scale",
    ),
    pytest.param("networks.objects.input.scale", [1, 2], "objects.input.scale", id="scale"),
    pytest.param(
        "stimuli.generalisation.first_identity", 100,
        "stimuli.generalisation: shares 4 identities with selection, the first 100; "
        "raise first_identity to 104", id="shared identities",
    ),
    pytest.param(
        "experiment.train_on", "selection",
        "experiment.train_on: 'selection' is in select_on too, so the same people would select "
        "units and train classifiers on them; choose another, or set "
        "stimuli.selection.same_people to true", id="training on the selection",
    ),
    pytest.param(
        "experiment.test_on", "training",
        "experiment.test_on: 'training' is in train_on too", id="testing on the training",
    ),
    pytest.param(
        "stimuli.selection.levels", 5,
        "config: stimuli.selection.levels: this key does not apply here", id="key of other kind",
    ),
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


def _paper(path, value):
    """The published experiment with one change, given as text."""
    config = _merged(DEFAULT, yaml.safe_load((ROOT / "config/paper.yaml").read_text()))
    change = yaml.safe_load(str(value))
    for key in reversed(path.split(".")):
        change = {key: change}
    return _merged(config, change)


def _merged(config, changes):
    """As Snakemake merges one configuration file over another."""
    merged = dict(config)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(config.get(key), dict)
        merged[key] = _merged(config[key], value) if both else value
    return merged


def test_the_published_experiment_is_sound():
    check_config(_paper("seed", 1), SCHEMA)
    check_config(_paper("experiment.test_on", "affectnet"), SCHEMA)


WRONG_PAPER = [
    pytest.param(
        "stimuli.rafd.sets", "[{set: raffd, folder: x}]",
        "stimuli.rafd: no face set 'raffd'; did you mean 'rafd'?", id="face set",
    ),
    pytest.param(
        "experiment.select_on", "affectnet",
        "experiment.select_on: face set 'affectnet' does not say who is shown, and units are "
        "selected by expression and identity; it may be in test_on only", id="select nobody",
    ),
    pytest.param(
        "stimuli.photograph-morphs.from", "affectnet",
        "experiment.morphs: face set 'affectnet' does not say who is shown, and a morph is of one",
        id="morph nobody",
    ),
    pytest.param(
        "stimuli.photograph-morphs.from", "[{set: nimstim, folder: x}]",
        "experiment.morphs: face set 'nimstim' is in select_on too", id="same people",
    ),
    pytest.param(
        "stimuli.photograph-morphs.from", "continua",
        "stimuli.photograph-morphs.from: needs a set of kind 'photographs'", id="morphs of morphs",
    ),
    pytest.param(
        "experiment.test_on", "photograph-morphs",
        "experiment.test_on: needs a set of kind 'expressions' or 'photographs'", id="role",
    ),
    pytest.param(
        "stimuli.rafd.first_identity", "3",
        "config: stimuli.rafd.first_identity: this key does not apply here", id="key of other kind",
    ),
    pytest.param(
        "stimuli.rafd.sets", "[{set: rafd, folder: x, select: {veiw: frontal}}]",
        "unknown key 'veiw'; did you mean 'view'?", id="select",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), WRONG_PAPER)
def test_a_wrong_use_of_photographs_is_one_clear_line(path, value, message):
    with pytest.raises(NurtureError) as caught:
        check_config(_paper(path, value), SCHEMA)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_same_people_may_be_shown_on_purpose():
    config = _paper("stimuli.photograph-morphs.from", "kdef-nimstim")
    config["stimuli"]["photograph-morphs"]["same_people"] = True
    check_config(config, SCHEMA)


def test_only_a_file_of_weights_depends_on_what_a_network_sees():
    config = _paper("seed", 1)
    assert {"input", "layers"} <= weights_of(config, "vgg-face").keys()
    assert not {"input", "layers"} & weights_of(config, "untrained-vgg-face").keys()
    assert not {"input", "layers"} & weights_of(config, "face-identity").keys()


def test_each_stimulus_set_is_of_one_kind():
    config = _paper("seed", 1)
    patterns = [("expressions", "continua"), ("photographs",), ("photograph-continua",)]
    found = [name for kinds in patterns for name in stimuli_of(config, *kinds).split("|")]
    assert sorted(found) == sorted(config["stimuli"])
    assert not re.fullmatch(stimuli_of(DEFAULT, "photographs"), "selection")
    assert not re.fullmatch(stimuli_of(DEFAULT, "photographs"), "")


def test_only_the_selection_set_keeps_every_layer():
    layers = DEFAULT["networks"]["objects"]["layers"]
    assert extracted_layers(DEFAULT, "objects", "selection") == layers
    readout = DEFAULT["networks"]["objects"]["readout"]
    assert extracted_layers(DEFAULT, "objects", "continua") == [readout]


def test_network_layers_keep_their_order():
    config = _changed("experiment.networks", ["objects", "face-identity"])
    networks = [network for network, _ in network_layers(config)]
    assert networks == sorted(networks, reverse=True)
