import copy
from pathlib import Path

import numpy as np
import pytest
import yaml

from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.stimuli.rendered.action_units import SHAPES
from nurture.stimuli.rendered.model import package_file
from nurture.stimuli.rendered.recipes import read_recipes, shape_offsets

TABLE = yaml.safe_load((Path(__file__).parents[3] / "config/action_units.yaml").read_text())


def write(tmp_path, change):
    table = copy.deepcopy(TABLE)
    change(table)
    path = tmp_path / "units.yaml"
    path.write_text(yaml.safe_dump(table))
    return path


def test_table_of_the_project(recipes):
    assert {*EXPRESSIONS, "neutral"} < set(recipes.expressions)
    assert not recipes.expressions["neutral"].any()
    assert len({tuple(row) for row in recipes.expressions.values()}) == len(recipes.expressions)
    units = {
        name: {recipes.units[i] for i in np.flatnonzero(row)}
        for name, row in recipes.expressions.items()
    }
    # FACS prototypes (Ekman & Friesen 1978, table 11-1; Du et al. 2014).
    assert {4, 7, 24} <= units["anger"]
    assert {9, 10, 17} <= units["disgust"]
    assert {1, 2, 4, 5, 20, 25} <= units["fear"]
    assert {6, 12, 25} <= units["happiness"]
    assert {1, 4, 15} <= units["sadness"]
    assert {1, 2, 5, 26} <= units["surprise"]
    assert not {4, 20} & units["surprise"]


def test_sides_are_added(tmp_path):
    path = write(tmp_path, lambda t: t["action_units"][12].update(shapes={"mouthSmile": 0.7}))
    recipes = read_recipes(path)
    row = recipes.shapes[recipes.units.index(12)]
    assert {SHAPES[i]: row[i] for i in np.flatnonzero(row)} == {
        "mouthSmileLeft": 0.7,
        "mouthSmileRight": 0.7,
    }


def test_one_side_is_the_persons_own(tmp_path):
    recipes = read_recipes(write(tmp_path, lambda t: t["expressions"].update(smirk={"L12": 0.5})))
    weights = recipes.expressions["smirk"] @ recipes.shapes
    assert {SHAPES[i]: weights[i] for i in np.flatnonzero(weights)} == {"mouthSmileLeft": 0.5}


def test_shapes_are_the_packages_own():
    folder = package_file("faceunits01/targets/faceunits/jawOpen.target").parent
    assert sorted(SHAPES) == sorted(path.stem for path in folder.glob("*.target"))
    assert (np.abs(shape_offsets()).max(axis=(1, 2)) > 0.01).all()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda t: t["expressions"]["fear"].update({99: 1}), "expressions.fear.99: unknown action"),
        (lambda t: t["expressions"]["fear"].update({1: 1.6}), "expressions.fear.1: expected a num"),
        (lambda t: t["expressions"]["fear"].update({1: -1}), "expressions.fear.1: expected a numb"),
        (lambda t: t["expressions"]["fear"].update({1: True}), "expressions.fear.1: expected a nu"),
        (
            lambda t: t["expressions"]["fear"].update({27: 1}),
            "expressions.fear.27: unknown action unit; did you mean 26 (jaw drop)?",
        ),
        (
            lambda t: t["expressions"]["fear"].update({"AU12": 1}),
            "expressions.fear.AU12: unknown action unit; did you mean 12 (lip corner puller)?",
        ),
        (
            lambda t: t["expressions"]["fear"].update({"jaw drp": 1}),
            "expressions.fear.jaw drp: unknown action unit; did you mean 26 (jaw drop)?",
        ),
        (
            lambda t: t["expressions"]["fear"].update({"R23": 1}),
            "expressions.fear.R23: none of its shapes has two sides; leave out the R",
        ),
        (lambda t: t["expressions"].update({"Awe!": {1: 1}}), "expressions.Awe!: write its name"),
        (lambda t: t["expressions"].update(none={1: 1}), "expressions.none: write its name"),
        (lambda t: t["expressions"].pop("fear"), "expressions: no recipe for fear; add one"),
        (
            lambda t: t["expressions"].update(surprize=t["expressions"].pop("surprise")),
            "expressions: no recipe for surprise; rename surprize?",
        ),
        (lambda t: t["expressions"].update(fear=[1, 2]), "expressions.fear: expected a table"),
        (
            lambda t: t["expressions"].update(fear=dict(t["expressions"]["anger"])),
            "expressions.fear: same recipe as anger",
        ),
        (lambda t: t["action_units"].update({"AU4": {}}), "action_units.AU4: an action unit is"),
        (lambda t: t["action_units"][4].pop("name"), "action_units.4: needs exactly the keys"),
        (
            lambda t: t["action_units"][4].update(shapes={"browdown": 1}),
            "action_units.4.shapes.browdown: unknown shape; did you mean browDown?",
        ),
        (lambda t: t.pop("action_units"), "needs exactly the sections"),
    ],
    ids=[
        "unknown unit",
        "too large",
        "negative",
        "not a number",
        "unknown unit of another number",
        "unit with letters",
        "unit by name",
        "side of a unit without sides",
        "name",
        "reserved name",
        "missing expression",
        "misspelt expression",
        "not a table",
        "twins",
        "unit not a number",
        "no name",
        "unknown shape",
        "no section",
    ],
)
def test_faults_name_file_and_key(tmp_path, change, complaint):
    path = write(tmp_path, change)
    with pytest.raises(NurtureError) as caught:
        read_recipes(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert complaint in message
    assert "\n" not in message


def test_missing_table(tmp_path):
    with pytest.raises(NurtureError, match="no such file"):
        read_recipes(tmp_path / "none.yaml")


def test_broken_yaml(tmp_path):
    path = tmp_path / "units.yaml"
    path.write_text("expressions: {fear: [")
    with pytest.raises(NurtureError, match="not readable as YAML"):
        read_recipes(path)
