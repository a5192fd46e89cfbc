from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nurture.core.expressions import CONTINUA, EXPRESSIONS
from nurture.experience.published import read_matrices, read_numbers
from nurture.experience.published_tables import published

FOLDER = Path(__file__).parents[2] / "config/published"
NETWORKS = {
    "face": {"training": "identity", "readout": "deep"},
    "seed-1": {"training": "none", "readout": "deep"},
    "seed-2": {"training": "none", "readout": "deep"},
    "fer": {"training": "expressions", "readout": "deep"},
}
FITS = ("linear", "quadratic", "logistic")
FEW = "too few selective units (3 < 10)"


def run(networks, without=(), continua=CONTINUA):
    """The run's tables: each matrix is that of the paper's observers of Fig. 2 (selective units).

    Decoys of another population and another layer must not be read.
    """
    human = read_matrices(FOLDER)[0].proportion
    confusion, scores, fits, notes = [], [], [], []
    for i, (name, settings) in enumerate(networks.items()):
        key = {"network": name, "training": settings["training"]}
        for layer, population in (("deep", "selective"), ("deep", "all"), ("early", "selective")):
            true = (layer, population) == ("deep", "selective")
            lacks = true and name in without
            place = {**key, "layer": layer, "population": population}
            note = FEW if lacks else np.nan
            scores.append({**place, "n_units": 3 if lacks else 40 + i, "note": note})
            for (a, b), value in np.ndenumerate(human if true else np.eye(6)):
                cell = {"shown": EXPRESSIONS[a], "answered": EXPRESSIONS[b], "proportion": value}
                confusion += [] if lacks else [{**place, **cell, "n": 67}]
        for layer, step in (("deep", 0.01), ("early", 0.0)):
            place = {**key, "layer": layer}
            for j, continuum in enumerate(continua):
                lacks = name in without
                notes.append({**place, "continuum": continuum, "note": FEW if lacks else np.nan})
                for fit in FITS if not lacks else ():
                    fits.append({**place, "continuum": continuum, "fit": fit, "r2": 0.9 + step * j})
    columns = ["network", "training", "layer", "continuum", "fit", "r2"]
    return {
        "confusion": pd.DataFrame(confusion),
        "scores": pd.DataFrame(scores),
        "fits": pd.DataFrame(fits, columns=columns),
        "notes": pd.DataFrame(notes),
    }


def beside(networks=NETWORKS, **changes):
    numbers = read_matrices(FOLDER), read_numbers(FOLDER)
    return published(*numbers, run(networks, **changes), networks)


@pytest.fixture(scope="module")
def table():
    return beside()


def one(table, **wanted):
    (row,) = table[(table[list(wanted)] == pd.Series(wanted)).all(axis=1)].itertuples()
    return row


def test_columns(table):
    assert list(table) == [
        *("measure", "item", "training", "published_network"),
        *("published", "reading_error", "figure"),
        *("network", "layer", "n_units", "this_run", "note"),
    ]


def test_networks_are_matched_by_training(table):
    matched = table.groupby("training")["network"].agg(lambda names: set(names.dropna()))
    assert matched.to_dict() == {
        "identity": {"face"},
        "none": {"seed-1", "seed-2"},
        "objects": set(),
        "observers": set(),
    }


def test_every_published_number_stands_once_for_each_network(table):
    assert table.groupby("figure").size().to_dict() == {
        "Fig. 2": 36 + 36 + 1 + 3,
        "Fig. 3C": 21,
        "Fig. 4A": 1 + 1 + 2,
        "Fig. 4B": 36 + 1,
        "Fig. 4C": 36 + 3,
        "Fig. 4D": 36 + 3,
        "Fig. 4E": 2 * (36 + 3),
        "Fig. 4F": 3 + 3 + 6,
    }


def test_the_paper_observers_as_a_network_are_just_like_themselves(table):
    row = one(table, measure="pearson", figure="Fig. 2", network="face")
    assert row.this_run == pytest.approx(1)
    assert row.published == pytest.approx(0.727, abs=1e-3)
    assert (row.layer, row.n_units) == ("deep", 40)
    # The two groups of observers agree by .62, computed apart from this code.
    row = one(table, measure="pearson", figure="Fig. 4E", network="seed-2")
    assert row.this_run == pytest.approx(0.624, abs=1e-3)
    row = one(table, measure="accuracy", figure="Fig. 4A", network="face")
    assert (row.this_run, row.published) == (pytest.approx(0.74, abs=1e-3), 0.296)


def test_cells_are_not_turned_round(table):
    key = {"measure": "confusion", "figure": "Fig. 2", "network": "face"}
    row = one(table, item="anger as sadness", **key)
    assert row.this_run == pytest.approx(0.253 / 0.991)
    assert row.published == pytest.approx(0.192 / 0.996)
    assert one(table, item="sadness as anger", **key).this_run == pytest.approx(0.017 / 1.0)


def test_r2_by_continuum_and_its_mean(table):
    row = one(table, figure="Fig. 3C", item="disgust-sadness linear")
    assert (row.this_run, row.published) == (pytest.approx(0.96), 0.954)
    row = one(table, figure="Fig. 4F", item="mean logistic", network="seed-1")
    assert (row.this_run, row.published) == (pytest.approx(0.93), 0.988)
    assert pd.isna(row.note)


def test_what_was_not_run_says_so(table):
    missing = table[table["this_run"].isna()]
    assert missing.groupby("training")["note"].unique().map(list).to_dict() == {
        "objects": ["not run: no network of this training"],
        "observers": ["not run: no observers were asked"],
    }
    assert missing["network"].isna().all()


def test_too_few_units_are_a_note():
    rows = beside(without=("face",)).query("network == 'face'")
    assert rows["this_run"].isna().all()
    assert set(rows["note"]) == {FEW}
    assert set(rows["n_units"]) == {3}


def test_continua_that_were_not_run():
    table = beside(continua=("happiness-anger", "anger-fear"))
    assert one(table, figure="Fig. 3C", item="anger-fear linear").this_run == pytest.approx(0.91)
    assert one(table, figure="Fig. 3C", item="disgust-fear linear").note == "not run"
    row = one(table, figure="Fig. 4F", item="mean linear", network="face")
    assert (row.this_run, row.note) == (pytest.approx(0.905), "mean of 2 of 7 continua")


def test_none_of_the_run_has_a_training_of_the_paper():
    table = beside({"fer": NETWORKS["fer"]})
    assert table["this_run"].isna().all()
    assert len(table) == 6 * 36 + 3 + 2 + 4 * 3 + 21 + 9


def test_published_numbers_do_not_depend_on_the_run(table):
    columns = ["measure", "item", "figure", "training", "published", "reading_error"]
    other = beside({"fer": NETWORKS["fer"]})[columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        table[columns].drop_duplicates().reset_index(drop=True), other.drop_duplicates()
    )
