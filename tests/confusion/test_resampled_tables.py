"""Tables of what was resampled: likeness, choice model and accuracy."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nurture.confusion.accuracy_tables import accuracy_histogram, accuracy_resampled
from nurture.confusion.bootstrap import Sample
from nurture.confusion.choice import fit_choice
from nurture.confusion.choice_tables import bias, choice_fit, similarity
from nurture.confusion.human import read_counts, read_humans, read_sources
from nurture.confusion.likeness import STATISTICS, Observers
from nurture.confusion.likeness_tables import human_agreement, human_similarity, noise_ceiling
from nurture.core.expressions import EXPRESSIONS

FOLDER = Path(__file__).parents[2] / "config" / "human"
KEY = ["network", "training", "layer", "population"]
ROW = ["n_seeds", "resampled", "n_resampled"]


def sample(network="net", n_seeds=1, resamples=40, retrained=True, seed=0):
    rng = np.random.default_rng(seed)
    shares = 0.6 * np.eye(6) + 0.4 * rng.dirichlet(np.ones(6), (n_seeds, 1, 6))
    draws = rng.multinomial(30, shares, size=(n_seeds, resamples, 6))
    return Sample(
        {"network": network, "training": "none", "layer": "conv", "population": "all"},
        rng.multinomial(30, shares)[:, 0],
        draws,
        draws[:, ::-1] if retrained else draws[:, :0],
        rng.integers(0, n_seeds, (resamples, n_seeds - 1)),
        "identities",
        30,
    )


@pytest.fixture(scope="module")
def humans():
    return read_humans(FOLDER, read=read_counts)


@pytest.fixture(scope="module")
def samples():
    return [sample(), sample("replicates", n_seeds=3)]


def test_human_similarity(samples, humans):
    table = human_similarity(samples, humans)
    numbers = ["estimate", "lower", "upper", "p", "critical"]
    assert table.columns.tolist() == [*KEY, "human", "statistic", *numbers, *ROW]
    # Beyond the critical value the permutation of labels rejects, and nowhere else.
    assert ((table["estimate"] > table["critical"]) == (table["p"] <= 0.05)).all()
    assert len(table) == 2 * 5 * 8
    assert table["human"].unique().tolist() == [*humans, "mean"]
    row = table.set_index(["network", "statistic", "human"]).loc["net", "kendall", "muros"]
    found = Observers(humans).compare(samples[0].count[0])
    assert row["estimate"] == pytest.approx(found[2, 3])
    assert row["lower"] < row["estimate"] < row["upper"]
    assert row[ROW].tolist() == [1, "identities", 30]
    # p are whole numbers of 720 ways.
    np.testing.assert_allclose(720 * table["p"], (720 * table["p"]).round(), atol=1e-6)


def test_likeness_of_several_seeds_is_their_mean(samples, humans):
    table = human_similarity(samples, humans).query(
        "network == 'replicates' and statistic == 'pearson'"
    )
    each = Observers(humans).compare(samples[1].count)[:, 0]
    np.testing.assert_allclose(table["estimate"], each.mean(axis=0))
    assert table["n_seeds"].unique().tolist() == [3]
    together = Observers(humans).relabelled(samples[1].count)[:, 0].mean(axis=0)
    expected = (together >= together[:, :1] - 1e-12).mean(axis=1)
    np.testing.assert_allclose(table["p"], expected)


def test_no_sample_gives_no_row(humans):
    assert human_similarity([], humans).empty
    assert accuracy_resampled([]).empty
    assert accuracy_histogram([]).empty


def test_human_agreement(humans):
    table = human_agreement(humans)
    assert table.columns.tolist() == ["human", "other", *STATISTICS]
    assert len(table) == 21
    row = table.set_index(["human", "other"]).loc["nimstim", "zhou2022"]
    assert row["pearson"] == pytest.approx(0.54, abs=0.005)
    assert table["pearson"].median() == pytest.approx(0.62, abs=0.005)


def test_noise_ceiling(humans):
    table = noise_ceiling(humans, read_sources(FOLDER)["confusion"], 0)
    columns = ["human", "statistic", "observers", "within", "within_method", "lower", "upper"]
    assert table.columns.tolist() == columns
    assert len(table) == 8 * 5
    rows = table.set_index(["human", "statistic"])
    # Halves of 17 observers: .915, so .9556 for all of them, whose root it is.
    assert rows.loc[("nimstim", "pearson"), "within"] == pytest.approx(0.9776, abs=1e-4)
    assert rows.loc[("nimstim", "pearson"), "within_method"] == "halves of the observers"
    assert rows.loc[("nimstim", "kendall"), "within_method"] == "halves of the answers"
    assert rows.loc["fairchild", "within"].isna().all()
    assert rows.loc[("nimstim", "pearson"), "observers"] == 17
    mean = table.query("human != 'mean'").groupby("statistic")[["lower", "upper"]].mean()
    for statistic in STATISTICS:
        found = rows.loc[("mean", statistic), ["lower", "upper"]].astype(float)
        np.testing.assert_allclose(found, mean.loc[statistic])


def test_bias(samples, humans):
    table = bias(samples, humans)
    assert table.columns.tolist() == [*KEY, "expression", "bias", "lower", "upper", "n_seeds"]
    assert len(table) == (2 + 7) * 6
    sums = table.groupby("network")["bias"].sum()
    np.testing.assert_allclose(sums, 1)
    mine = table[table["network"] == "net"]
    np.testing.assert_allclose(mine["bias"], fit_choice(samples[0].count[0]).bias)
    assert mine["expression"].tolist() == list(EXPRESSIONS)
    assert ((mine["lower"] < mine["bias"]) & (mine["bias"] < mine["upper"])).all()
    observers = table[table["training"] == "observers"]
    assert observers["network"].unique().tolist() == list(humans)
    assert observers[["lower", "upper", "n_seeds"]].isna().all(axis=None)


def test_similarity(samples, humans):
    table = similarity(samples, humans)
    names = ["first", "second", "similarity", "lower", "upper", "n_seeds"]
    assert table.columns.tolist() == [*KEY, *names]
    assert len(table) == (2 + 7) * 15
    rows = table.set_index(["network", "first", "second"])["similarity"]
    expected = fit_choice(samples[0].count[0]).similarity
    assert rows["net", "disgust", "surprise"] == pytest.approx(expected[1, 5])
    # Of all pairs observers take fear and surprise for each other most, anger and disgust next.
    order = rows["zhou2022-natural"].sort_values(ascending=False)
    assert {("fear", "surprise"), ("anger", "disgust")} <= set(order.index[:3])


def test_choice_fit(samples, humans):
    table = choice_fit(samples, humans, ["nimstim"])
    assert table.columns.tolist() == [*KEY, "n_answers", "deviance", "df", "p"]
    assert table["network"].tolist() == ["net", "nimstim"]
    assert table["n_answers"].tolist() == [180, 1204]
    assert table["df"].tolist() == [10, 10]
    assert ((table["p"] > 0) & (table["p"] < 1)).all()


def test_accuracy_resampled(samples):
    table = accuracy_resampled(samples)
    numbers = ["estimate", "mean", "sd", "lower", "upper"]
    assert table.columns.tolist() == [*KEY, "statistic", "redrawn", *numbers, *ROW, "n_expressions"]
    assert table["n_expressions"].unique().tolist() == [6]
    assert len(table) == 2 * 2 * 2
    rows = table.set_index(["network", "statistic", "redrawn"])
    row = rows.loc["net", "accuracy", "test"]
    draws = np.trace(samples[0].draws[0], axis1=1, axis2=2) / 180
    found = [np.trace(samples[0].count[0]) / 180, draws.mean(), draws.std(ddof=1)]
    assert row[["estimate", "mean", "sd"]].tolist() == pytest.approx(found)
    again = rows.loc["net", "accuracy", "training and test"]
    assert again["mean"] == pytest.approx(row["mean"])
    assert again["lower"] < again["mean"] < again["upper"]


def test_accuracy_without_retraining():
    table = accuracy_resampled([sample(retrained=False)])
    assert table["redrawn"].unique().tolist() == ["test"]


def test_accuracy_histogram(samples):
    table = accuracy_histogram(samples)
    assert table.columns.tolist() == [*KEY, "redrawn", "accuracy", "count"]
    assert table.groupby(["network", "redrawn"])["count"].sum().tolist() == [40] * 4
    draws = np.trace(samples[0].draws[0], axis1=1, axis2=2) / 180
    mine = table.query("network == 'net' and redrawn == 'test'")
    expected = pd.Series(np.floor(draws * 100 + 1e-6) / 100).value_counts().sort_index()
    assert mine["accuracy"].tolist() == pytest.approx(expected.index.tolist())
    assert mine["count"].tolist() == expected.tolist()


def test_the_best_and_the_worst_fall_into_bins():
    perfect = sample(retrained=False)
    perfect.draws[:] = 30 * np.eye(6, dtype=int)
    assert accuracy_histogram([perfect])[["accuracy", "count"]].to_numpy().tolist() == [[0.99, 40]]
    perfect.draws[:] = np.roll(30 * np.eye(6, dtype=int), 1, axis=1)
    assert accuracy_histogram([perfect])[["accuracy", "count"]].to_numpy().tolist() == [[0, 40]]
