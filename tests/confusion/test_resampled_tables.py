"""Tables of what was resampled: likeness, choice model and accuracy."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nurture.confusion.accuracy_tables import accuracy_histogram, accuracy_resampled
from nurture.confusion.bootstrap import Sample, make_matched_samples
from nurture.confusion.choice import fit_choice
from nurture.confusion.choice_tables import bias_and_similarity, choice_fit
from nurture.confusion.human import read_counts, read_humans, read_sources
from nurture.confusion.likeness import STATISTICS, Observers, mantel_p, symmetric_interval
from nurture.confusion.likeness_tables import (
    human_agreement,
    human_similarity,
    likeness_matched,
    noise_ceiling,
)
from nurture.confusion.matrices import accuracy, proportions
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import label_coordinates
from nurture.decoding.classifier import fit_classifier
from nurture.decoding.noise import LEVELS, noisy_answers

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
        rng.integers(0, n_seeds, (resamples, max(n_seeds - 1, 1))),
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
    table, _ = bias_and_similarity(samples, humans)
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
    _, table = bias_and_similarity(samples, humans)
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


def noisy(means, n=67, draws=20, seed=0, network="net"):
    """Answers through noise of a classifier of made-up scores."""
    rng = np.random.default_rng(seed)

    def faces(people):
        person = np.repeat(rng.normal(scale=0.5, size=(people, means.shape[1])), 6, axis=0)
        return np.tile(means, (people, 1)) + person + rng.normal(size=person.shape)

    svc = fit_classifier(faces(60), np.tile(EXPRESSIONS, 60), 1.0)
    labels = pd.DataFrame(
        {"expression": np.tile(EXPRESSIONS, n), "identity": np.repeat(range(n), 6)}
    )
    count = noisy_answers(svc, faces(n), draws, seed)
    return xr.Dataset(
        {
            "noisy": (("population", "draw", "noise", "stimulus", "answered"), count[None, None]),
            "n_draws": ("population", [1]),
        },
        {"population": ["all"], "noise": LEVELS, **label_coordinates(labels)},
        {"network": network, "training": "none", "layer": "conv"},
    )


def test_likeness_at_equal_accuracy(humans):
    """A network that follows one human set in its errors is like it at every accuracy."""
    like = proportions(humans["nimstim"])
    like = like + like.T
    means = 9 * np.linalg.cholesky(like / like.max() + 0.8 * np.eye(6))
    results = [noisy(means), noisy(means[::-1], network="other"), noisy(means / 9, network="weak")]
    make = partial(make_matched_samples, results, {}, 60, 0)
    table = likeness_matched(make, humans, [0.5, 0.7])
    given = table[table["matched_to"] == "given"]
    assert given["accuracy"].unique().tolist() == [0.5, 0.7]
    assert given["network"].unique().tolist() == ["net", "other"]
    rows = table.set_index(["network", "matched_to", "accuracy", "statistic", "human"]).sort_index()
    for accuracy_given in (0.5, 0.7):
        mine, other = (
            rows.loc[(name, "given", accuracy_given, "pearson", "nimstim")]
            for name in ("net", "other")
        )
        assert mine["estimate"] > other["estimate"] + 0.2
        assert mine["lower"] < mine["estimate"] < mine["upper"]
    own = table[(table["matched_to"] == "own") & (table["network"] == "net")].set_index("human")
    own = own[own["statistic"] == "pearson"]
    assert own.loc["nimstim", "accuracy"] == pytest.approx(accuracy(humans["nimstim"]))
    one, _ = next(make([accuracy(humans["nimstim"])]))
    found = Observers(humans, ["pearson"]).compare(one.count[0])
    assert own.loc["nimstim", "estimate"] == pytest.approx(found[0, 0])
    sets = own.drop("mean")
    assert own.loc["mean", "estimate"] == pytest.approx(sets["estimate"].mean())


def test_at_equal_accuracy_permuted_labels_reject_one_in_twenty(humans):
    (samples,) = make_matched_samples([noisy(1.6 * np.eye(6))], {}, 2, 0, [0.5])
    observers = Observers(humans, ["pearson"])
    rng, p = np.random.default_rng(2), []
    for _ in range(400):
        order = rng.permutation(6)
        p.append(mantel_p(observers.relabelled(samples[0].count[0][np.ix_(order, order)]))[0, -1])
    share = np.mean(np.array(p) <= 0.05)
    assert abs(share - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 400)


def test_intervals_at_equal_accuracy_cover(humans):
    """At .50, in samples of 67 identities; the truth is that of 1,500."""
    means = np.random.default_rng(3).normal(scale=1.3, size=(6, 10))
    observers, held = Observers(humans, ["pearson"]), []
    whole = noisy(means, 1500, 10).isel(noise=slice(4, 17))
    ((truth,),) = make_matched_samples([whole], {}, 2, 0, [0.5])
    truth = observers.compare(truth.count[0])[0, -1]
    rng, runs = np.random.default_rng(4), 80
    for _ in range(runs):
        some = rng.choice(1500, 67, replace=False)
        rows = (6 * some[:, None] + np.arange(6)).ravel()
        ((sample,),) = make_matched_samples([whole.isel(stimulus=rows)], {}, 200, 0, [0.5])
        estimate, draws = sample.spread(observers.compare)
        low, high = symmetric_interval(draws, estimate)
        held.append(low[0, -1] <= truth <= high[0, -1])
    assert abs(np.mean(held) - 0.95) < 3 * np.sqrt(0.95 * 0.05 / runs)
