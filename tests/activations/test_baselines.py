"""What is analysed beside the networks, without one."""

import numpy as np
import pandas as pd
import pytest
from skimage.measure import block_reduce

from nurture.activations import settings as activation_settings
from nurture.activations.baselines import (
    action_units,
    as_activations,
    intensities,
    pixel_units,
    recipe_confusions,
)
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import open_dataset, read_labels, write_dataset
from nurture.running import config as cfg
from nurture.selectivity.anova import selectivity

RECIPES = {
    "neutral": {},
    "anger": {4: 1.0, 5: 0.5},
    "disgust": {4: 1.0, 9: 1.0},
    "fear": {1: 1.0, 2: 1.0, 5: 1.0},
    "happiness": {12: 1.0},
    "sadness": {1: 1.0, 15: 1.0},
    "surprise": {1: 1.0, 2: 1.0, 5: 1.0, 26: 0.5},
}


@pytest.fixture
def labels():
    return pd.DataFrame(
        {
            "expression": ["anger", "surprise", "none", "neutral"],
            "identity": [1, 1, 2, 2],
            "continuum": ["none", "none", "anger-disgust", "none"],
            "level": [np.nan, np.nan, 0.25, np.nan],
            "intensity": [1.0, 0.5, 1.0, 1.0],
        }
    )


@pytest.mark.parametrize("size", [224, 96], ids=["seven pixels a side", "three pixels a side"])
def test_pixels_are_means_of_squares(size):
    images = np.random.default_rng(0).integers(0, 256, (3, size, size, 1), "uint8")
    images = np.repeat(images, 3, axis=3)
    side = size // 32
    expected = block_reduce(images[..., 0], (1, side, side), np.mean)
    found = pixel_units(images)
    assert found.shape == (3, 1, 32, 32)
    assert found[:, 0] == pytest.approx(expected, rel=1e-6)


def test_pixels_of_colour_are_weighed_as_grey():
    image = np.zeros((1, 2, 2, 3), "uint8")
    image[..., 0] = 100
    assert pixel_units(image, side=1).item() == pytest.approx(29.9)


def test_squares_of_unequal_size_keep_the_mean():
    image = np.full((1, 50, 50, 3), 77, "uint8")
    assert pixel_units(image) == pytest.approx(77)
    assert pixel_units(image).shape == (1, 1, 32, 32)


def test_fewer_pixels_than_squares_are_taken_as_they_are():
    image = np.arange(16, dtype="uint8").reshape(1, 4, 4, 1).repeat(3, axis=3)
    assert pixel_units(image)[0, 0] == pytest.approx(np.arange(16).reshape(4, 4), abs=1e-5)


def test_action_units_are_those_that_were_rendered(labels):
    found = pd.DataFrame(
        action_units(labels, RECIPES)[..., 0, 0], columns=intensities(RECIPES).columns
    )
    assert found.loc[0].to_dict() == {4: 1, 5: 0.5, 9: 0, 1: 0, 2: 0, 12: 0, 15: 0, 26: 0}
    assert found.loc[1, [1, 2, 5, 26]].to_list() == [0.5, 0.5, 0.5, 0.25]
    # A quarter of the way from anger to disgust.
    assert found.loc[2, [4, 5, 9]].to_list() == [1, 0.375, 0.25]
    assert not found.loc[3].any()


def test_action_units_of_a_set_are_selective_and_the_rest_is_constant():
    labels = pd.DataFrame(
        [(e, i, "none", np.nan, 1.0) for i in range(4) for e in EXPRESSIONS],
        columns=["expression", "identity", "continuum", "level", "intensity"],
    )
    recipes = {**RECIPES, "contempt": {"L14": 1.0}}
    file = as_activations(action_units(labels, recipes), labels, "action-units", "recipe", "")
    result = selectivity(file, 0.01)
    assert result["selective"].to_numpy().tolist() == [1] * 8 + [0]
    assert result.attrs["n_constant"] == 1


def test_a_baseline_has_the_form_of_an_activation_file(labels, tmp_path):
    values = np.arange(4 * 6, dtype="float32").reshape(4, 1, 2, 3)
    path = tmp_path / "grey.nc"
    write_dataset(as_activations(values, labels, "pixels", "grey", "greys"), path)
    with open_dataset(path, "baseline_pixels", ["activation"]) as file:
        assert file["activation"].dims == ("stimulus", "unit")
        assert file["activation"].to_numpy().tolist() == values.reshape(4, 6).tolist()
        assert file["row"].to_numpy().tolist() == [0, 0, 0, 1, 1, 1]
        assert file["column"].to_numpy().tolist() == [0, 1, 2, 0, 1, 2]
        assert [file.attrs[k] for k in ("network", "training", "layer")] == [
            *("pixels", "baseline", "grey")
        ]
        assert read_labels(file)["expression"].to_list() == labels["expression"].to_list()


def test_recipes_that_share_action_units_are_taken_for_each_other():
    matrix = pd.DataFrame(recipe_confusions(RECIPES), EXPRESSIONS, EXPRESSIONS)
    assert matrix.sum(axis=1).to_numpy() == pytest.approx(1)
    assert (matrix.idxmax() == matrix.columns).all()
    errors = matrix.where(~np.eye(6, dtype=bool))
    assert errors.loc["fear"].idxmax() == "surprise"
    assert errors.loc["surprise"].idxmax() == "fear"
    # The only difference of fear and surprise is half of unit 26.
    ratio = matrix.loc["fear", "surprise"] / matrix.loc["fear", "fear"]
    rows = intensities(RECIPES).loc[list(EXPRESSIONS)].to_numpy()
    pairs = [np.linalg.norm(a - b) for i, a in enumerate(rows) for b in rows[:i]]
    assert ratio == pytest.approx(np.exp(-0.5 / np.mean(pairs)))


KINDS = {
    "select_on": "expressions",
    "train_on": "expressions",
    "test_on": "expressions",
    "morphs": "continua",
}


def _config(baselines=("pixels", "action-units"), **kinds):
    kinds = KINDS | kinds
    return {
        "experiment": {role: role for role in KINDS} | {"baselines": list(baselines)},
        "stimuli": {role: {"kind": kind} for role, kind in kinds.items()},
    }


def test_both_baselines_of_rendered_faces():
    config = _config()
    assert activation_settings.baseline_layers(config) == [
        ("pixels", "grey"),
        ("action-units", "recipe"),
    ]
    assert activation_settings.left_out_baselines(config) == []


def test_no_baselines_where_none_are_wanted():
    assert activation_settings.baseline_layers(_config(())) == []


def test_action_units_of_photographs_are_left_out_and_said_to_be():
    config = _config(test_on="photographs", morphs="photograph-continua")
    assert activation_settings.baseline_layers(config) == [("pixels", "grey")]
    assert activation_settings.left_out_baselines(config) == [
        "Baseline action-units left out: intensities of action units are known of rendered faces "
        "only, not of test_on, morphs."
    ]


def test_a_network_cannot_have_the_name_of_a_baseline(tmp_path, monkeypatch):
    monkeypatch.setattr(cfg, "_check_network", lambda *_: None)
    config = _config() | {"networks": {"pixels": {}, "judge": {}}}
    config["experiment"] |= {"networks": [], "judge": "judge"}
    anything = "{properties: {figures: {properties: {}}}, $defs: {style: {}, own_style: {}}}"
    (tmp_path / "schema.yaml").write_text(anything)
    with pytest.raises(NurtureError, match="pixels: a baseline has this name"):
        cfg.check_config(config, tmp_path / "schema.yaml")
