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
