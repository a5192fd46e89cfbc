"""Networks reared within the workflow: a miniature of config/rearing.yaml, run for real."""

import re

import pandas as pd
import pytest
import yaml

SHAPE = {"width": 0.125, "hidden": 16, "outputs": 4}
SEEN = {"size": 32, "colour": "rgb", "mean": 127.5, "scale": 127.5}
FACES, OBJECTS, NONE = "reared-faces-1", "reared-objects-1", "reared-none-1"
SMALL = {
    "experiment": {"networks": [FACES, OBJECTS, NONE]},
    "networks": {name: {**SHAPE, "input": SEEN} for name in (FACES, OBJECTS, NONE)},
    "rearing": {
        **{"anew": True, "size": 32, "classes": 4, "views": 4, "held_out": 2, "hidden": 16},
        **{"epochs": 1, "patience": 1, "batch": 8, "checkpoints": [8], "seeds": [1]},
    },
    "training_check": {"views": 2, "unseen": 2, "unseen_views": 2, "resamples": 20},
}
TABLE = "results/tiny/tables/training_check.csv"


def planned(project, change):
    """Rules that a call for the check would run, with their jobs."""
    arguments = ("--configfile", "config/tiny.yaml", project.write(yaml.safe_dump(change)))
    result = project.snakemake("--dry-run", *arguments, "--", TABLE)
    assert result.returncode == 0, result.stderr
    jobs = re.findall(r"^(\w+) +(\d+)(?: |$)", result.stderr + result.stdout, re.MULTILINE)
    return {rule: int(count) for rule, count in jobs if rule != "total"}


@pytest.fixture(scope="module")
def reared(new_project, tmp_path_factory):
    project = new_project(tmp_path_factory.mktemp("reared"))
    arguments = ("--configfile", "config/tiny.yaml", project.write(yaml.safe_dump(SMALL)))
    result = project.snakemake(*arguments, "--", TABLE)
    assert result.returncode == 0, result.stderr
    return project


def test_what_was_reared_is_proved(reared):
    check = pd.read_csv(reared.folder / TABLE)
    assert check["network"].unique().tolist() == [FACES, NONE, OBJECTS]
    assert check["estimate"].between(0, 1).all()
    curves = pd.read_csv(reared.folder / "results/tiny/tables/learning_curves.csv")
    assert curves[["network", "diet", "images"]].to_numpy().tolist() == [
        [FACES, "faces", 16],
        [OBJECTS, "objects", 16],
    ]
    names = {path.name for path in (reared.folder / "results/tiny/reared").iterdir()}
    assert names == {
        f"{diet}-1{after}.safetensors"
        for diet in ("faces", "objects")
        for after in ("", "-after-8")
    }


def test_nothing_is_reared_twice(reared):
    assert planned(reared, SMALL) == {}


def test_what_rearing_uses_rears_again(reared):
    whole = {"rear": 2, "network": 2, "training_check": 1}
    more = {**SMALL, "rearing": {**SMALL["rearing"], "rate": 0.01}}
    assert planned(reared, more) == whole
    check = {**SMALL, "training_check": {**SMALL["training_check"], "views": 3}}
    assert planned(reared, check) == {"training_check": 1}
    name = "workflow/nurture/rearing/objects.py"
    text = (reared.folder / name).read_text()
    try:
        reared.edit(name, "SPREAD = ", "SPREAD = 1.01 * ")
        assert planned(reared, SMALL) == whole
    finally:
        (reared.folder / name).write_text(text)
