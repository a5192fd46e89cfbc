from pathlib import Path

import pytest

from nurture.rearing.diets import Studio
from nurture.stimuli.rendered.recipes import read_recipes

TABLE = Path(__file__).parents[2] / "config" / "action_units.yaml"


@pytest.fixture(scope="session")
def recipes():
    return read_recipes(TABLE)


@pytest.fixture(scope="session")
def studio(recipes, tmp_path_factory):
    return Studio(recipes, seed=3, size=48, kernels=tmp_path_factory.mktemp("kernels"))
