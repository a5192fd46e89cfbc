"""A small experiment that never was."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from PIL import Image

from nurture.core.expressions import EXPRESSIONS, NONE
from nurture.observers.page import PAGE, Experiment, read_texts
from nurture.observers.settings import STATIC

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "config" / "observers-english.yaml"
CONTINUA = ("anger-fear", "happiness-anger")


def faces(identities, first=0):
    rows = itertools.product(range(first, first + identities), EXPRESSIONS)
    labels = pd.DataFrame(rows, columns=["identity", "expression"])
    return labels.assign(continuum=NONE, level=0.0)


def morphs(identities=2, levels=5):
    rows = itertools.product(CONTINUA, range(50, 50 + identities), np.linspace(0, 1, levels))
    labels = pd.DataFrame(rows, columns=["continuum", "identity", "level"])
    return labels.assign(expression=NONE)


def pictures(labels):
    """A picture for each label, no two alike."""
    grey = np.arange(len(labels), dtype="uint8")[:, None, None, None]
    return xr.DataArray(
        np.broadcast_to(grey, (len(labels), 8, 8, 3)).copy(), dims=("stimulus", "y", "x", "channel")
    )


def settings(**changes):
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    small = {"lists": 3, "label": {"faces": 6}, "identify": {"continua": 2, "identities": 1}}
    small |= {"fixation": 5, "checks": 2, "break_every": 20, "fullscreen": False, "practice": 3}
    return config["observers"] | small | changes


ROLES = {"practice": "training", "label": "test", "identify": "morphs", "abx": "morphs"}


@pytest.fixture(scope="session")
def labels():
    return {"training": faces(2, first=90), "test": faces(8), "morphs": morphs()}


@pytest.fixture(scope="session")
def new_experiment(labels):
    """Make an experiment of changed settings and texts."""

    def make(texts=None, seed=7, **changes):
        images = {name: pictures(one) for name, one in labels.items()}
        texts = read_texts(TEXTS) | (texts or {})
        return Experiment(labels, images, ROLES, settings(**changes), texts, seed)

    return make


@pytest.fixture(scope="session")
def write_experiment(labels):
    """Write an experiment's page into a folder, as the rule does."""

    def write(experiment, folder):
        for name in STATIC:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((PAGE / name).read_bytes())
        for name, text in experiment.files().items():
            (folder / name).write_text(text, encoding="utf-8")
        for name, rows in experiment.images():
            (folder / "images" / name).mkdir(parents=True)
            for row in rows:
                picture = Image.fromarray(pictures(labels[name])[row].to_numpy())
                picture.save(folder / "images" / name / f"{row:04d}.png")
        return folder

    return write


TRUTH = 0.6 * np.eye(6) + 0.4 * np.roll(np.eye(6), 1, axis=1)
"""An observer who takes two expressions in five for the next."""


def session(told, number, name, seed=0, rt=700.0, answer=None, truth=TRUTH):
    """Simulate one observer's answers: rows as the page writes them.

    She confuses expressions as in `truth`, divides continua in the middle, and is right in four of
    five comparisons.
    """
    rng, rows = np.random.default_rng([seed, number]), []
    dealt = told["lists"][number - 1]

    def add(task, stimulus, given, check="", practice=0, first=-1, second=-1):
        rows.append(
            {
                **{"experiment": told["id"], "session": name, "list": number},
                **{"trial": len(rows) + 1, "task": task, "practice": practice, "check": check},
                **{"stimulus": stimulus, "first": first, "second": second},
                **{"answer": answer or given, "rt": rt},
            }
        )

    add("label", told["practice"][0], "anger", practice=1)
    for stimulus in dealt["label"]:
        expression = told["sets"]["label"]["stimuli"][stimulus][0]
        add("label", stimulus, rng.choice(EXPRESSIONS, p=truth[EXPRESSIONS.index(expression)]))
    add("label", -1, "fear", check="fear")
    for stimulus in (one for block in dealt["identify"] for one in block["trials"]):
        *_, continuum, level = told["sets"]["identify"]["stimuli"][stimulus]
        add("identify", stimulus, continuum.split("-")[int(level > 0.5)])
    for a, b, x in (one for block in dealt.get("abx", []) for one in block["trials"]):
        right = (x == a) == (rng.random() < 0.8)
        add("abx", x, "first" if right else "second", first=a, second=b)
    return rows


def write_csv(rows, path):
    pd.DataFrame(rows).to_csv(path, index=False, quoting=1)
    return path
