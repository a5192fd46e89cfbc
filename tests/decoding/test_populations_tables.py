import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nurture.core.files import read_table, write_table
from nurture.decoding.populations_tables import ablation, populations

ABOUT = {"network": "net", "training": "identity", "layer": "conv2"}
KEY = ["network", "training", "layer"]


def decoded(dimension, counts, n_draws, identity_asked=1, **variables):
    """Four identities that show six expressions; of each draw the first so many are answered right.

    `counts` has shape (names, draws, 2 tasks): how many of the four identities.
    """
    hits = np.arange(4)[:, None] < np.asarray(counts)[..., None, None] * np.ones((1, 6))
    shown = np.ones((2, 4, 6), "int16")
    shown[1] = identity_asked
    return xr.Dataset(
        {
            "hits": ((dimension, "draw", "task", "identity", "expression"), hits.astype("int16")),
            "n_draws": (dimension, n_draws),
            "shown": (("task", "identity", "expression"), shown),
        }
        | {name: (dimension, values) for name, values in variables.items()},
        {"task": ["expression", "identity"]},
        ABOUT | {"n_expressions": 6, "seed": 1},
    )


@pytest.fixture
def compared():
    counts = np.zeros((3, 2, 2))
    counts[0, 0], counts[1, 0], counts[1, 1] = (3, 1), (1, 2), (3, 2)
    note = ["", "", "too few units (3 < 10)"]
    result = decoded("population", counts, [1, 2, 0], n_units=[12, 12, 3], note=note)
    return result.assign_coords(population=["selective", "random", "identity-selective"])


def test_accuracy_of_populations_over_draws(compared):
    table = populations([compared], 200)
    assert table.columns.tolist() == [
        *(*KEY, "population", "task", "n_units", "draws", "accuracy", "lower", "upper", "chance"),
        *("difference", "difference_lower", "difference_upper", "note"),
    ]
    assert table["accuracy"].tolist()[:2] == [0.75, 0.5]
    assert table["accuracy"].tolist()[3:5] == [0.25, 0.5]
    assert table["difference"].tolist()[::3] == [0.25, -0.25]
    assert table["draws"].tolist() == [1, 2, 0] * 2
    assert table["n_units"].tolist() == [12, 12, 3] * 2
    assert table["chance"].tolist() == [1 / 6] * 3 + [1 / 4] * 3
    assert table["note"].tolist() == ["", "", "too few units (3 < 10)"] * 2
    assert (table.loc[[0, 3], "lower"] < table.loc[[0, 3], "accuracy"]).all()
    assert (table.loc[[0, 3], "upper"] > table.loc[[0, 3], "accuracy"]).all()


def test_nothing_is_said_of_a_population_that_was_left_out(compared):
    rows = populations([compared], 200).set_index(["population", "task"])
    values = ["accuracy", "lower", "upper", "difference", "difference_lower", "difference_upper"]
    assert rows.loc["identity-selective", values].isna().all(axis=None)
    assert rows.loc["random", values[3:]].isna().all(axis=None)
    assert rows.loc["random", values[:3]].notna().all(axis=None)


def test_differences_are_paired_over_identities(compared):
    """Both answer right for the same person only: who is resampled makes no difference."""
    compared["hits"][:2] = 0
    compared["hits"][:2, :, :, 0] = 1
    row = populations([compared], 200).iloc[0]
    assert row["lower"] < row["upper"]
    assert (row["difference"], row["difference_lower"], row["difference_upper"]) == (0, 0, 0)


def test_identity_is_not_asked_where_nobody_is_known():
    result = decoded("population", np.ones((1, 1, 2)), [1], 0, n_units=[12], note=[""])
    result["hits"][:, :, 1] = 0
    table = populations([result.assign_coords(population=["random"])], 50)
    assert table["note"].tolist() == ["", "nobody is shown with enough expressions"]
    assert table["accuracy"].isna().tolist() == [False, True]
    assert table["chance"].isna().tolist() == [False, True]


def ablated(selective=(1, 4), random=((2, 4), (1, 4), (0, 4), (3, 4)), note=""):
    counts = np.zeros((3, len(random), 2))
    counts[0, 0], counts[1, 0], counts[2] = (4, 4), selective, random
    draws = [1, 0, 0] if note else [1, 1, len(random)]
    result = decoded("ablated", counts, draws, n_ablated=[0, 9, 9], note=["", note, note])
    return result.assign_coords(ablated=["none", "selective", "random"])


def test_losses_and_their_p():
    table = ablation([ablated()], 200)
    assert table.columns.tolist() == [
        *(*KEY, "task", "ablated", "n_ablated", "accuracy", "loss", "lower", "upper", "p", "note")
    ]
    assert table["task"].tolist() == ["expression"] * 3 + ["identity"] * 3
    assert table["n_ablated"].tolist() == [0, 9, 9] * 2
    assert table["accuracy"].tolist() == [1, 0.25, 0.375, 1, 1, 1]
    assert table["loss"].tolist()[1:3] == [0.75, 0.625]
    assert table["loss"].tolist()[4:] == [0, 0]
    # Two of four random draws lose as much, none more: twice the smaller of 3/5 and 1.
    assert table["p"].tolist()[1::3] == [1, 1]
    assert table["p"].notna().sum() == 2
    assert table.loc[table["ablated"] == "none", ["loss", "lower", "upper"]].isna().all(axis=None)
    assert table.loc[1, "lower"] < 0.75 < table.loc[1, "upper"]


def test_nothing_is_lost_where_nothing_was_ablated(tmp_path):
    table = ablation([ablated(note="no selective units")], 50)
    assert table["accuracy"].notna().tolist() == [True, False, False] * 2
    assert table["p"].isna().all()
    assert table["note"].tolist() == ["", "no selective units", "no selective units"] * 2
    write_table(table, tmp_path / "ablation.csv")
    again = read_table(tmp_path / "ablation.csv", "populations_tables")
    assert again["note"].isna().tolist() == [True, False, False] * 2


def test_no_network_gives_an_empty_table():
    for table in (populations([], 10), ablation([], 10)):
        assert isinstance(table, pd.DataFrame)
        assert len(table) == 0
        assert {*KEY, "task", "accuracy", "note"} <= set(table.columns)
