from pathlib import Path

import pandas as pd
import pytest

from nurture.stimuli.rendered.design import design
from nurture.stimuli.rendered.recipes import read_recipes
from nurture.stimuli.rendered.rendering import render

TABLE = Path(__file__).parents[2] / "config" / "action_units.yaml"


@pytest.fixture(scope="session")
def recipes():
    return read_recipes(TABLE)


@pytest.fixture(scope="session")
def kernels(tmp_path_factory):
    return tmp_path_factory.mktemp("kernels")


@pytest.fixture(scope="session")
def draw(recipes, kernels):
    def draw(labels, seed=1, size=64):
        return list(render(pd.DataFrame(labels), recipes, seed, size, kernel_cache=kernels))

    return draw


@pytest.fixture(scope="session")
def faces(draw):
    """Labels, and images and masks of two identities' neutral face and six expressions."""
    names = ["neutral", "anger", "disgust", "fear", "happiness", "sadness", "surprise"]
    spec = {"kind": "expressions", "first_identity": 3, "identities": 2, "expressions": names}
    labels = design(spec, seed=1)
    return labels, draw(labels, size=112)
