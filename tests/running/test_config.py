import copy
import re
from pathlib import Path

import pytest
import yaml

from nurture.activations.settings import extracted_layers, picked
from nurture.core.errors import NurtureError
from nurture.networks.settings import (
    compared,
    made_weights,
    network_layers,
    preprocessing,
    readouts,
    replicates,
    weights_contents,
    weights_of,
)
from nurture.rearing.settings import checked, diets, seeds_of_rearing, unfinished
from nurture.running.config import RENAMED, check_config, kept_apart, with_home
from nurture.running.merging import merged
from nurture.stimuli.settings import (
    faces_rule,
    numbered_sets,
    shows_rendered,
    stimuli_of,
    used_stimuli,
)

ROOT = Path(__file__).parents[2]
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
    pytest.param("selectivity.alpha", 1, "config: selectivity.alpha: 1 is greater", id="alpha 1"),
    pytest.param("selectivity.alpha", 0, "config: selectivity.alpha: 0 is less", id="alpha 0"),
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
        "experiment.train_on: 'selection' is in select_on too, so the same identities would select "
        "units and train classifiers on them; choose another, or set "
        "stimuli.selection.same_identities to true", id="training on the selection",
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
    pytest.param("categorical.resamples", 0, "config: categorical.resamples", id="resamples"),
    pytest.param("faces.action_units", "x.yaml", "no such file: x.yaml", id="action units"),
    pytest.param(
        "stimuli.selection.expressions", ["pian"],
        "stimuli.selection.expressions: no recipe for 'pian'; did you mean 'pain'?", id="recipe",
    ),
    pytest.param("stimuli.selection.yaw", [0, 61], "config: stimuli.selection.yaw", id="sweep"),
    pytest.param("faces.look", "sepia", "config: faces.look: 'sepia' is not one of", id="look"),
    pytest.param("stimuli.selection.kind", "portraits", "'portraits' is not one of", id="kind"),
    pytest.param("stimuli.selection.turn", 3, "unknown key 'turn'", id="key of no kind"),
    pytest.param("stimuli.selection.identities", 0, "selection.identities: 0 is less", id="none"),
    pytest.param("stimuli.selection.first_identity", -1, "first_identity: -1 is", id="first"),
    pytest.param("stimuli.selection.yaw", 90, "config: stimuli.selection.yaw: 90 is", id="angle"),
    pytest.param("stimuli.selection.yaw", [], r"stimuli.selection.yaw: \[\] is", id="empty"),
    pytest.param("stimuli.selection.pitch", [5, 5], r"selection.pitch: \[5, 5\] is", id="twice"),
    pytest.param("stimuli.selection.light", [0, "left"], r"light: \[0, .left.\] is", id="text"),
    pytest.param("stimuli.selection.gaze", [1, 2], r"gaze: \[1, 2\] is not of type", id="gaze"),
    pytest.param("stimuli.selection.skin", 0.9, "selection.skin: 0.9 is greater", id="skin"),
    pytest.param("stimuli.selection.intensity", 2, "intensity: 2 is not of type", id="intensity"),
    pytest.param("stimuli.selection.expressions", ["fear"] * 2, "non-unique", id="name twice"),
    pytest.param("stimuli.selection.distinctiveness", 2, "distinctiveness: 2 is", id="too far"),
    pytest.param("stimuli.continua.levels", 1, "continua.levels: 1 is less", id="one level"),
    pytest.param(
        "stimuli.altered.of", "continua", "stimuli.altered.of: needs a set of kind 'expressions'",
        id="control of morphs",
    ),
    pytest.param(
        "stimuli.altered.of", "generalization",
        "stimuli.altered.of: no stimulus set 'generalization'; did you mean 'generalisation'?",
        id="control of nothing",
    ),
    pytest.param(
        "stimuli.altered.control", "invertd", "config: stimuli.altered.control", id="control"
    ),
    pytest.param(
        "experiment.controls", ["selection"],
        "experiment.controls: 'selection' is not a set of kind 'control'", id="no control",
    ),
    pytest.param(
        "stimuli.altered.of", "selection",
        "experiment.controls: 'selection' is in select_on too, so the same identities would select "
        "units and test them; choose another, or set stimuli.altered.same_identities to true",
        id="control of the selection",
    ),
    pytest.param(
        "networks.objects.width", 0.5,
        "config: networks.objects.width: vgg16 alone has this key", id="width of another",
    ),
    pytest.param("networks.reared-faces-1.width", 2, "reared-faces-1.width: 2 is gr", id="width"),
    pytest.param(
        "networks.reared-faces-1.input.size", 31,
        "reared-faces-1.input.size: vgg16 halves images five times; give 32 or more", id="size",
    ),
    pytest.param(
        "networks.reared-faces-1.training", "objects",
        "networks.reared-faces-1.training: config/reared/faces-1.safetensors was reared on faces; "
        "set training to identity", id="training of a reared one",
    ),
    pytest.param("figures.fits", {"widht": 3}, "did you mean 'width_mm'|unknown", id="style"),
    pytest.param(
        "stimuli.altered.same_people", True,
        "config: stimuli.altered.same_people: this key is now called same_identities; rename it",
        id="earlier name of a key",
    ),
    pytest.param(
        "stimuli.mine", {"kind": "photographs", "sets": [{"set": "kdef", "same_people_as": "x"}]},
        "config: stimuli.mine.sets.0.same_people_as: this key is now called same_identities_as",
        id="earlier name in a list",
    ),
]  # fmt: skip


@pytest.mark.parametrize("old", [key for key in RENAMED if "*" not in key])
def test_every_earlier_key_is_refused_with_its_new_name(old):
    with pytest.raises(NurtureError) as caught:
        check_config(_changed(old, 1), SCHEMA)
    assert str(caught.value) == (f"config: {old}: this key is now called {RENAMED[old]}; rename it")
    with pytest.raises(NurtureError, match=f"config: {RENAMED[old]}: 'x' is not of type"):
        check_config(_changed(RENAMED[old], "x"), SCHEMA)


@pytest.mark.parametrize(("path", "value", "message"), WRONG)
def test_wrong_configuration_is_one_clear_line(path, value, message):
    with pytest.raises(NurtureError, match=message) as caught:
        check_config(_changed(path, value), SCHEMA)
    assert "\n" not in str(caught.value)


def _paper(path, value):
    """The published experiment with one change, given as text."""
    config = merged(DEFAULT, yaml.safe_load((ROOT / "config/paper.yaml").read_text()))
    change = yaml.safe_load(str(value))
    for key in reversed(path.split(".")):
        change = {key: change}
    return merged(config, change)


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
        "stimuli.rafd.sets", "[{set: rafd, folder: x, same_identities_as: photographs/kdeff}]",
        "stimuli.rafd.same_identities_as: no folder of photographs 'photographs/kdeff'; did you",
        id="identities of nowhere",
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


def _photographs(folder, names, identities, expression="fear"):
    """A manifest of one photograph of each; nothing looks at the photographs themselves."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"{name}.png,{expression},{who}" for name, who in zip(names, identities, strict=True)]
    for name in names:
        (folder / f"{name}.png").write_bytes(b"\x89PNG\r\n")
    text = "\n".join(["path,expression,identity,session", *(f"{r},{r[0]}" for r in rows)])
    (folder / "manifest.csv").write_text(text)


def _of_manifests(train, test):
    config = copy.deepcopy(DEFAULT)
    for role, part in (("train_on", train), ("test_on", test)):
        config["stimuli"][role] = {"kind": "photographs", "sets": [{"set": "manifest", **part}]}
        config["experiment"][role] = role
    config["experiment"]["controls"] = []
    return config


@pytest.mark.parametrize(
    ("train", "test", "shared"),
    [
        pytest.param({"folder": "a"}, {"folder": "b"}, None, id="folders-number-alike"),
        pytest.param(
            {"folder": "a"}, {"folder": "b", "same_identities_as": "a"},
            "experiment.test_on: P1 and 1 more of a/ is in train_on", id="said-to-be-the-same",
        ),
        pytest.param({"folder": "a"}, {"folder": "./a"}, "Ann and 1 more of a/", id="one-folder"),
        pytest.param(
            {"folder": "a", "select": {"session": "1"}},
            {"folder": "a", "select": {"session": "2"}}, None, id="others-of-one-folder",
        ),
        pytest.param(
            {"folder": "a", "select": {"session": "1"}},
            {"folder": "a", "select": {"session": ["2", "3"]}}, "P1 of a/ is", id="some-of-one",
        ),
        pytest.param({"folder": "c"}, {"folder": "c"}, "does not say who is shown", id="unknown"),
        pytest.param({"folder": "a"}, {"folder": "none"}, None, id="missing"),
    ],
)  # fmt: skip
def test_training_and_test_sets_are_compared_by_identities(
    tmp_path, monkeypatch, train, test, shared
):
    monkeypatch.chdir(tmp_path)
    _photographs(Path("a"), "123", ["P1", "Ann", "p1 "])
    _photographs(Path("b"), "45", ["ann", "P1"])
    _photographs(Path("c"), "67", ["", ""])
    config = _of_manifests(train, test)
    for name in ("config", "results"):
        Path(name).symlink_to(ROOT / name)
    if shared is None:
        check_config(config, SCHEMA)
        return
    with pytest.raises(NurtureError, match=shared):
        check_config(config, SCHEMA)
    config["stimuli"]["test_on"]["same_identities"] = True
    check_config(config, SCHEMA)


def test_a_selecting_set_must_say_of_everybody_who_it_is(tmp_path):
    _photographs(tmp_path, "12", ["P1", "nan"])
    config = _of_manifests({"folder": "x"}, {"folder": "y"})
    parts = [{"set": "manifest", "folder": str(tmp_path)}]
    config["stimuli"]["mine"] = {"kind": "photographs", "sets": parts}
    config["experiment"]["select_on"] = "mine"
    with pytest.raises(NurtureError, match=r"select_on: .*/2\.png does not say who is shown, and"):
        check_config(config, SCHEMA)


def test_two_folders_of_one_published_set_must_say_whether_their_identities_are_the_same(tmp_path):
    parts = []
    for folder, name in (("a", "AF01ANS.JPG"), ("b", "BF01ANS.JPG")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).touch()
        parts.append({"set": "kdef", "folder": str(tmp_path / folder)})
    config = copy.deepcopy(DEFAULT)
    config["stimuli"]["mine"] = {"kind": "photographs", "sets": parts}
    config["experiment"]["select_on"] = "mine"
    with pytest.raises(
        NurtureError, match=r"b: F01 is in .*/a too; add same_identities_as: .*/a if"
    ):
        check_config(config, SCHEMA)
    for value, n in ((parts[0]["folder"], 1), ("none", 2)):
        config["stimuli"]["mine"]["sets"][1]["same_identities_as"] = value
        check_config(config, SCHEMA)
        assert len({part["numbering"] for part in numbered_sets(config, "mine")}) == n


def test_the_same_identities_may_be_shown_on_purpose():
    config = _paper("stimuli.photograph-morphs.from", "kdef-nimstim")
    config["stimuli"]["photograph-morphs"]["same_identities"] = True
    check_config(config, SCHEMA)


def test_selection_training_and_tests_are_kept_apart_unless_on_purpose():
    roles = ("select_on", "train_on", "test_on")
    pairs = [("train_on", "select_on"), ("test_on", "select_on"), ("test_on", "train_on")]
    assert kept_apart(DEFAULT, *roles) == pairs
    assert kept_apart(_paper("seed", 1), *roles) == pairs[1:]


def test_only_a_file_of_weights_depends_on_what_a_network_sees():
    config = _paper("seed", 1)
    assert "input" in weights_of(config, "vgg-face")
    assert "input" not in weights_of(config, "untrained-vgg-face")
    assert "input" not in weights_of(config, "face-identity")


def test_activations_do_not_depend_on_which_layers_are_read():
    assert preprocessing(DEFAULT, "untrained-2") == {
        "architecture": "dlib-face-resnet",
        "training": "none",
        "seed": 2,
        "input": {
            "size": 150,
            "colour": "rgb",
            "mean": [122.782, 117.001, 104.298],
            "scale": 256,
        },
    }


def test_each_stimulus_set_is_of_one_kind():
    config = _paper("seed", 1)
    patterns = [("expressions", "continua"), ("photographs",), ("photograph-continua",)]
    patterns += [("control",)]
    found = [name for kinds in patterns for name in stimuli_of(config, *kinds).split("|")]
    assert sorted(found) == sorted(config["stimuli"])
    assert not re.fullmatch(stimuli_of(DEFAULT, "photographs"), "selection")
    assert not re.fullmatch(stimuli_of(DEFAULT, "photographs"), "")


def test_a_control_is_shown_beside_what_it_was_made_of():
    assert used_stimuli(DEFAULT)[-1] == "altered"
    config = _changed("stimuli.altered", {"kind": "control", "of": "more", "control": "negated"})
    config["stimuli"]["more"] = {"kind": "expressions", "first_identity": 900, "identities": 2}
    check_config(config, SCHEMA)
    assert used_stimuli(config)[-2:] == ["more", "altered"]
    assert used_stimuli(_changed("experiment.controls", []))[-1] == "continua"


def test_a_control_takes_the_part_of_what_it_was_made_of():
    inverted = {"kind": "control", "of": "training", "control": "inverted"}
    config = _changed("stimuli.upside", inverted)
    config["experiment"]["test_on"] = "upside"
    with pytest.raises(NurtureError, match=r"test_on: 'training' is in train_on too"):
        check_config(config, SCHEMA)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        pytest.param({"kind": "expressions", "first_identity": 0, "identities": 2}, True),
        pytest.param({"kind": "photographs", "folder": "faces"}, False),
    ],
    ids=["rendered", "photographs"],
)
def test_controls_are_rendered_where_their_faces_are(of, expected):
    sets = {
        "faces": of,
        "upside": {"kind": "control", "of": "faces", "control": "inverted"},
        "photographs": {"kind": "photographs", "folder": "others"},
        "morphs": {"kind": "photograph-continua", "of": "photographs"},
    }
    parts = {"select_on": "photographs", "train_on": "photographs", "test_on": "upside"}
    config = {"stimuli": sets, "experiment": {**parts, "morphs": "morphs"}}
    assert shows_rendered(config) is expected


def test_a_caricature_may_share_its_identity_on_purpose():
    caricature = {"kind": "expressions", "first_identity": 0, "identities": 9}
    config = _changed("stimuli.caricature", caricature | {"distinctiveness": 1.5})
    with pytest.raises(NurtureError, match="or set same_identities to true"):
        check_config(config, SCHEMA)
    config["stimuli"]["caricature"]["same_identities"] = True
    check_config(config, SCHEMA)


def test_the_users_folder_may_stand_in_any_path(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    given = {"results": "~/r", "a": [{"folder": "~/f"}, {"n": 1, "x~": "a~/b"}], "seed": None}
    home = {"results": "/home/me/r", "a": [{"folder": "/home/me/f"}, {"n": 1, "x~": "a~/b"}]}
    assert with_home(given) == home | {"seed": None}


def test_faces_are_made_by_the_rule_of_their_kind():
    config = _paper("seed", 1)
    rules = {name: faces_rule(config, name) for name in ("selection", "rafd", "altered")}
    assert rules == {"selection": "faces", "rafd": "photographs", "altered": "control_faces"}
    assert faces_rule(config, "photograph-morphs") == "photograph_morphs"


def test_only_the_selection_set_keeps_every_layer():
    layers = DEFAULT["networks"]["objects"]["layers"]
    assert extracted_layers(DEFAULT, "objects", "selection") == layers
    readout = DEFAULT["networks"]["objects"]["readout"]
    assert extracted_layers(DEFAULT, "objects", "continua") == [readout]


def test_network_layers_keep_their_order():
    config = _changed("experiment.networks", ["objects", "face-identity"])
    networks = [network for network, _ in network_layers(config)]
    assert networks == sorted(networks, reverse=True)


def test_layers_of_any_name_have_names_of_files():
    config = copy.deepcopy(DEFAULT)
    config["experiment"]["networks"] = ["objects"]
    config["networks"]["objects"].update(layers=["stem", "/a/Relu"], readout="/a/Relu")
    assert list(network_layers(config)) == [("objects", "stem"), ("objects", "a_Relu~3e890f998e8a")]
    assert readouts(config) == [("objects", "a_Relu~3e890f998e8a")]


def test_networks_that_differ_in_seed_only_are_replicates():
    config = copy.deepcopy(DEFAULT)
    untrained = [f"untrained-{seed}" for seed in range(1, 9)]
    assert replicates(config) == {"untrained (8 seeds)": untrained}
    config["networks"]["untrained-8"] = {**config["networks"]["untrained-8"], "readout": "x"}
    assert replicates(config) == {"untrained (7 seeds)": untrained[:7]}
    assert compared(config)["face-identity"].controls == tuple(untrained[:7])
    assert [name for name in picked(config, "shown") if name in untrained] == [
        *("untrained-1", "untrained-8")
    ]
    config["experiment"]["networks"] = ["face-identity", "untrained-1"]
    assert replicates(config) == {}


def test_replicates_of_two_architectures_have_names_of_their_own():
    config = copy.deepcopy(DEFAULT)
    config["experiment"]["networks"] = ["untrained-1", "untrained-2", "untrained-3"]
    seeds = [("untrained-4", 4), ("untrained-5", 5), ("6-th", 6), ("7-th", 7)]
    first = config["networks"]["untrained-1"]
    config["networks"] |= {
        name: {**first, "seed": seed, "readout": "x" if "-th" in name else "y"}
        for name, seed in seeds
    }
    config["experiment"]["networks"] += [name for name, _ in seeds]
    assert list(replicates(config)) == [
        "untrained-1, untrained-2, untrained-3 (3 seeds)",
        "untrained-4, untrained-5 (2 seeds)",
        "6-th (2 seeds)",
    ]


def _diets(networks=None):
    """Five diets, or some networks of them."""
    config = merged(DEFAULT, yaml.safe_load((ROOT / "config/diets.yaml").read_text()))
    if networks:
        config["experiment"]["networks"] = networks
    return config


def test_the_diets_are_sound():
    check_config(_diets(), SCHEMA)


def test_seeds_of_rearing_are_replicates_that_have_seen_as_much():
    networks = ["reared-faces-1", "reared-faces-2", "reared-objects-1", "reared-none-1"]
    config = _diets([*networks, "reared-none-2", "reared-faces-1-after-x", "y"])
    made = config["networks"]
    first = "results/reared/faces-{}-after-500.safetensors"
    made["reared-faces-1-after-x"] = {**made["reared-faces-1"], "weights": first.format(1)}
    made["y"] = {**made["reared-faces-1"], "weights": first.format(2)}
    assert replicates(config) == {
        "reared-faces (2 seeds)": ["reared-faces-1", "reared-faces-2"],
        "reared-none (2 seeds)": ["reared-none-1", "reared-none-2"],
        "reared-faces-1-after-x after 500 images (2 seeds)": ["reared-faces-1-after-x", "y"],
    }
    assert list(seeds_of_rearing(config)) == ["reared-faces (2 seeds)", "reared-none (2 seeds)"]
    assert list(picked(config, "finished")) == list(checked(config)) == [*networks, "reared-none-2"]
    assert unfinished(config) == ["reared-faces-1-after-x", "y"]
    assert list(picked(config, "shown")) == networks[:1] + networks[2:]
    assert [one.images for one in compared(config).values()] == [None, None, None, 0, 0, 500, 500]


def test_a_reared_network_has_controls_of_its_width():
    config = _diets(["reared-faces-1", "reared-none-1", "reared-none-2", "reared-none-3"])
    assert compared(config)["reared-faces-1"].controls == tuple(
        f"reared-none-{seed}" for seed in (1, 2, 3)
    )
    assert compared(config)["reared-none-1"].controls == ()
    config["networks"]["reared-none-2"]["width"] = 0.25
    config["networks"]["reared-none-3"]["hidden"] = 16
    assert compared(config)["reared-faces-1"].controls == ("reared-none-1",)
    assert [one.diet for one in compared(config).values()] == ["faces", "none", "", ""]


def test_reared_networks_are_a_family_of_their_own():
    names = ["reared-faces-1", "reared-objects-1", "reared-none-1"]
    assert [name for name, one in compared(DEFAULT).items() if one.diet] == names
    others = [n for n in DEFAULT["experiment"]["networks"] if n not in names]
    assert list(picked(DEFAULT, "paper")) == list(picked(DEFAULT, "experience")) == others
    assert list(picked(_diets(names), "experience")) == names


def test_networks_are_picked_by_any_role_with_baselines_last():
    found = picked(DEFAULT, "paper", "baseline")
    assert list(found)[-2:] == ["pixels", "action-units"]
    assert found["face-identity"] == {"training": "identity", "readout": "stage4_3"}
    assert found["pixels"] == {"training": "baseline", "population": "all", "readout": "grey"}
    assert list(picked(DEFAULT, "paper", "finished")) == DEFAULT["experiment"]["networks"]


def test_diets_are_of_one_architecture():
    known = diets(DEFAULT)
    assert {name: one["diet"] for name, one in known.items()} == {
        "reared-faces-1": "faces",
        "reared-objects-1": "objects",
        "reared-none-1": "none",
    }
    config = copy.deepcopy(DEFAULT)
    config["networks"]["reared-objects-1"]["width"] = 0.25
    assert list(diets(config)) == ["reared-faces-1", "reared-none-1"]


def test_one_diet_is_compared_with_nothing():
    assert diets(_diets(["reared-faces-1", "reared-faces-1-after-2000"])) == {}


def test_what_a_rule_makes_is_an_input_and_no_digest(tmp_path, monkeypatch):
    config = _changed("networks.reared-faces-1.weights", "results/reared/faces-1.safetensors")
    check_config(config, SCHEMA)
    monkeypatch.chdir(tmp_path)
    Path("results/reared").mkdir(parents=True)
    Path("results/reared/faces-1.safetensors").write_bytes(b"made")
    assert made_weights(config, "reared-faces-1") == ["results/reared/faces-1.safetensors"]
    assert weights_contents(config, "reared-faces-1") == {}
    assert made_weights(config, "reared-objects-1") == []


def test_weights_depend_on_proportions_and_on_the_size_of_images_with_them():
    assert weights_of(DEFAULT, "reared-none-1")["width"] == 0.125
    assert weights_of(DEFAULT, "reared-none-1")["input"]["size"] == 112
    assert preprocessing(DEFAULT, "reared-none-1")["hidden"] == 256


@pytest.mark.parametrize("folder", ["results", "results/tiny", "results/2026-11/face_sets.v2"])
def test_results_are_in_a_folder_of_this_project(folder):
    check_config(_changed("results", folder), SCHEMA)


ELSEWHERE = [
    pytest.param("/scratch/me", id="absolute"),
    pytest.param("../results", id="above"),
    pytest.param("results/../config", id="and up again"),
    pytest.param("results/.", id="dot"),
    pytest.param("results/", id="slash"),
    pytest.param("config", id="another folder"),
    pytest.param("results mine", id="beside"),
    pytest.param("results/my faces", id="space"),
    pytest.param("results/{network}", id="wildcard"),
    pytest.param("results/<logs>", id="variable"),
    pytest.param("results\n", id="line"),
    pytest.param("", id="empty"),
    pytest.param("~/results", id="home"),
]


@pytest.mark.parametrize("folder", ELSEWHERE)
def test_results_elsewhere_are_refused(folder):
    with pytest.raises(NurtureError, match="to keep results elsewhere, make it a link") as caught:
        check_config(_changed("results", folder), SCHEMA)
    assert str(caught.value).startswith(f"config: results: {folder!r} will not do: give")


def test_shipped_experiments_leave_each_others_results_alone():
    files = (ROOT / "config").glob("*.yaml")
    read = {path.stem: yaml.safe_load(path.read_text()) for path in files}
    assert {name: found["results"] for name, found in read.items() if "results" in found} == {
        "config": "results",
        **{
            name: f"results/{name}"
            for name in (
                *("tiny", "paper", "rehearsal", "diets", "rearing", "rearing-full"),
                "effect-rule",
            )
        },
    }


@pytest.mark.parametrize(
    ("held", "message"),
    [
        ("confusion: [", "sources.yaml: not readable as YAML"),
        ("confusion: {mine: 3}", "sources.yaml: needs `confusion`, with `file` and `observers`"),
        (None, "sources.yaml: no such file; restore it, or set human.folder"),
    ],
    ids=["no YAML", "no set", "no file"],
)
def test_human_data_that_cannot_be_read_stop_a_run_before_it_begins(tmp_path, held, message):
    if held is not None:
        (tmp_path / "sources.yaml").write_text(held)
    with pytest.raises(NurtureError, match=re.escape(message)):
        check_config(_changed("human.folder", str(tmp_path)), SCHEMA)
