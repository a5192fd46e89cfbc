import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import zscore

from nurture.core.expressions import EXPRESSIONS
from nurture.selectivity.tuning_tables import tuning
from nurture.stimuli.images import label_coordinates


def layer(responses, identity, expression):
    labels = pd.DataFrame({"expression": expression, "identity": identity})
    place = {n: ("unit", np.zeros(responses.shape[1], int)) for n in ("channel", "row", "column")}
    about = {"network": "net", "training": "identity", "layer": "conv"}
    data = {"activation": (("stimulus", "unit"), responses.astype("float32"))}
    return xr.Dataset(data, {**label_coordinates(labels), **place}, about)


@pytest.fixture
def design():
    identity = np.repeat(np.arange(40), len(EXPRESSIONS))
    return identity, np.tile(EXPRESSIONS, 40)


def test_what_other_identities_show_by_hand(design):
    identity, expression = design
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(240, 3))
    noise[:, 0] += 3 * (expression == "fear")
    noise[:, 1] += 5 * (expression == "fear")
    # In every other identity surprise, in the rest anger: selected for the one, shown at the other.
    noise[:, 2] += 3 * (expression == np.where(identity % 2, "anger", "surprise"))
    table = tuning([layer(noise, identity, expression)], 0.01, "effect")
    assert table["unit"].tolist() == [1, 0, 2]
    assert table["preferred"].tolist() == ["fear", "fear", "surprise"]
    assert table["selected_at"].tolist() == pytest.approx([1.97, 1.67, 1.67], abs=0.1)
    others = identity % 2 == 1
    standard = pd.DataFrame(zscore(noise.astype("float32")[others].astype(float), axis=0))
    expected = standard.groupby(expression[others]).mean().loc[list(EXPRESSIONS)].to_numpy().T
    np.testing.assert_allclose(table[list(EXPRESSIONS)], expected[[1, 0, 2]], atol=1e-6)
    assert table.loc[2, "anger"] > 1.5 > 0 > table.loc[2, "surprise"]


def test_units_without_tuning_have_none_where_they_were_not_selected(design):
    rng = np.random.default_rng(1)
    table = tuning([layer(rng.normal(size=(240, 20_000)), *design)], 0.01, "paper")
    assert len(table) > 100
    codes = [EXPRESSIONS.index(name) for name in table["preferred"]]
    shown = table[list(EXPRESSIONS)].to_numpy()[np.arange(len(table)), codes]
    assert table["selected_at"].mean() > 0.4
    assert abs(shown.mean()) < 4 / np.sqrt(20 * len(table))


def test_too_few_identities_for_halves_give_no_row():
    responses = np.random.default_rng(2).normal(size=(12, 5))
    few = layer(responses, np.repeat([0, 1], 6), np.tile(EXPRESSIONS, 2))
    assert tuning([few], 0.05, "paper").empty
    assert tuning([], 0.05, "paper").columns.tolist()[:6] == [
        *("network", "training", "layer", "unit", "preferred", "selected_at")
    ]
