"""Boundaries of observers along the very same morphs, as planted."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq, curve_fit
from scipy.stats import pearsonr
from statsmodels.stats.proportion import proportion_confint

from nurture.core.errors import NurtureError
from nurture.observers.curves import (
    boundaries,
    boundary_correlation,
    check_morphs,
    clustered_wilson,
    observer_identification,
)

PLANTED = {"anger-fear": 0.3, "anger-disgust": 0.45, "disgust-fear": 0.6, "fear-sadness": 0.7}
LEVELS = np.round(np.linspace(0, 1, 11), 6)


def trials(people=40):
    rng, rows = np.random.default_rng(3), []
    for observer in range(people):
        for continuum, boundary in PLANTED.items():
            share = 1 / (1 + np.exp(-12 * (LEVELS - boundary - rng.normal(0, 0.05))))
            answer = np.array(continuum.split("-"))[(rng.random((3, 11)) < share).astype(int)]
            for levels in answer:
                rows += [
                    ("identify", observer, continuum, level, one)
                    for level, one in zip(LEVELS, levels, strict=True)
                ]
    rows.append(("label", 0, "none", 0.0, "anger"))
    return pd.DataFrame(rows, columns=["task", "observer", "continuum", "level", "answer"])


@pytest.fixture(scope="module")
def morphs():
    return check_morphs(trials(), "same", "same", "mine-trials.csv")


@pytest.fixture(scope="module")
def found(morphs):
    return boundaries(morphs, 200, seed=1)


def fits(boundary):
    rows = [("net", "none", "conv", name, "logistic", at) for name, at in boundary.items()]
    columns = ["network", "training", "layer", "continuum", "fit", "boundary"]
    return pd.DataFrame(rows, columns=columns)


def test_the_curve_rises_with_the_second_expression(morphs):
    table = observer_identification(morphs)
    curve = table[table["continuum"] == "anger-fear"]
    assert curve["n"].tolist() == [120] * 11
    assert curve["n_observers"].tolist() == [40] * 11
    assert curve["share_second"].iloc[0] < 0.1
    assert curve["share_second"].iloc[-1] > 0.95


def test_an_interval_of_independent_answers_is_wilsons():
    one_each = np.ones(40)
    right = np.arange(40) < 13
    expected = proportion_confint(13, 40, method="wilson")
    # Of single answers the variance between observers is n / (n - 1) of the binomial one.
    found = clustered_wilson(right.astype(float), one_each)
    assert found == pytest.approx(expected, abs=0.003)


def test_who_answers_alike_counts_once():
    share = (np.arange(40) < 13) * 4.0
    found = clustered_wilson(share, np.full(40, 4.0))
    assert found == pytest.approx(proportion_confint(13, 40, method="wilson"), abs=0.003)
    everybody = clustered_wilson(np.full(40, 4.0), np.full(40, 4.0))
    assert everybody == pytest.approx(proportion_confint(160, 160, method="wilson"))
    assert np.isnan(clustered_wilson(np.array([3.0]), np.array([4.0]))).all()


@pytest.mark.parametrize("between", [0.05, 0.2])
def test_the_interval_of_a_point_holds_what_was_planted(between):
    """Twelve observers of differing boundaries, four answers each, at a share of about .7."""
    rng, held = np.random.default_rng(8), []
    many = 1 / (1 + np.exp(-12 * (0.07 - rng.normal(0, between, 100_000))))
    for _ in range(600):
        share = 1 / (1 + np.exp(-12 * (0.07 - rng.normal(0, between, 12))))
        lower, upper = clustered_wilson(rng.binomial(4, share).astype(float), np.full(12, 4.0))
        held.append(lower <= many.mean() <= upper)
    assert 0.91 < np.mean(held) < 0.985


def test_planted_boundaries_lie_in_their_intervals(found):
    estimates = found[0].set_index("continuum")
    for name, boundary in PLANTED.items():
        row = estimates.loc[name]
        assert row["lower"] < boundary < row["upper"]
        assert row["upper"] - row["lower"] < 0.1


def test_boundaries_are_those_of_another_fit(morphs, found):
    """Least squares of scipy, and where its curve crosses one half."""

    def logistic(x, floor, height, slope, middle):
        return floor + height / (1 + np.exp(-slope * (x - middle)))

    estimates = found[0].set_index("continuum")["observers"]
    for name, shares in morphs.groupby("continuum"):
        mean = shares.groupby("level")["second"].mean()
        fit, _ = curve_fit(logistic, mean.index, mean, [0, 1, 12, 0.5], maxfev=10_000)
        crossed = brentq(lambda x, fit=fit: logistic(x, *fit) - 0.5, 0, 1)
        assert estimates[name] == pytest.approx(crossed, abs=0.002)


def test_boundaries_are_correlated_over_continua(found):
    shifted = {"anger-fear": 0.4, "anger-disgust": 0.42, "disgust-fear": 0.5, "fear-sadness": 0.8}
    [row] = boundary_correlation(fits(shifted), *found).itertuples()
    observed = found[0].set_index("continuum")["observers"]
    expected = pearsonr(list(shifted.values()), observed[list(shifted)]).statistic
    assert row.r == pytest.approx(expected)
    assert row.lower < row.r < row.upper
    assert row.n_continua == 4
    turned = {name: 1 - at for name, at in PLANTED.items()}
    [row] = boundary_correlation(fits(turned), *found).itertuples()
    assert row.upper < -0.9


@pytest.mark.parametrize(
    "boundary",
    [
        pytest.param({"anger-fear": 0.4, "anger-disgust": 0.5}, id="two-continua"),
        pytest.param(dict.fromkeys(PLANTED, 0.5), id="all-alike"),
        pytest.param(dict.fromkeys(PLANTED, np.nan), id="none"),
        pytest.param({"other-continuum": 0.5}, id="not-shown"),
    ],
)
def test_what_cannot_be_correlated_has_no_number(found, boundary):
    [row] = boundary_correlation(fits(boundary), *found).itertuples()
    assert np.isnan(row.r)
    assert np.isnan(row.lower)


def test_observers_without_morphs_make_empty_tables():
    none = check_morphs(trials(1).tail(1), "", "digest", "mine-trials.csv")
    estimates, drawn = boundaries(none, 5, seed=1)
    assert (len(observer_identification(none)), len(estimates), drawn.shape[1]) == (0, 0, 0)
    assert boundary_correlation(fits(PLANTED), estimates, drawn)["r"].isna().all()


def test_other_morphs_are_refused():
    with pytest.raises(NurtureError, match=r"mine-trials.csv: .* other morphs \(one\)"):
        check_morphs(trials(1), "one", "two", "mine-trials.csv")
