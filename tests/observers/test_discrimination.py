"""Observers' ABX answers beside distances in networks, with planted observers."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import pearsonr

from nurture.categorical.discrimination import pixel_distances
from nurture.core.errors import NurtureError
from nurture.core.files import label_coordinates
from nurture.observers.discrimination import (
    check_pairs,
    discrimination_correlation,
    observer_discrimination,
    pair_distances,
)

CONTINUA, LEVELS, FACES = ("anger-fear", "fear-sadness"), np.round(np.linspace(0, 1, 6), 6), 8
LABELS = pd.DataFrame(
    [(c, i + 5, x) for c in CONTINUA for i in range(FACES) for x in LEVELS],
    columns=["continuum", "identity", "level"],
)
ABOUT = {"network": "net", "training": "none", "layer": "conv"}
PLACES = pd.MultiIndex.from_product(
    [CONTINUA, range(5, 5 + FACES), [0.2, 0.4, 0.6, 0.8]],
    names=["continuum", "identity", "level"],
)


def distances(values):
    return pd.Series(values, PLACES, name="distance").to_xarray().to_dataset().assign_attrs(ABOUT)


def answers(rows):
    """Trials of observer, A, B, X, answer."""
    columns = ["observer", "first", "second", "stimulus", "answer"]
    return pd.DataFrame(rows, columns=columns).assign(task="abx")


def pairs_of(trials, step=2):
    return check_pairs(LABELS, trials, "same", "same", step, "mine-trials.csv")


def planted(sensitivity, people=30, seed=3):
    """Observers who see A, B and X with unit noise and answer with the nearer one.

    `sensitivity`, of each pair, is d'; every observer compares both continua of two identities.
    """
    rng, rows = np.random.default_rng(seed), []
    for observer in range(people):
        for face in rng.choice(FACES, 2, replace=False):
            for start in [c * FACES * 6 + face * 6 + j for c in range(2) for j in range(4)]:
                a, b = rng.permutation([start, start + 2])
                x = rng.choice([a, b])
                row = LABELS.loc[start]
                apart = sensitivity[row["continuum"], row["identity"], round(row["level"] + 0.2, 6)]
                seen = {start: 0.0, start + 2: apart}
                at = [seen[one] + rng.normal() for one in (a, b, x)]
                near = abs(at[2] - at[0]) < abs(at[2] - at[1])
                rows.append((observer, a, b, x, "first" if near else "second"))
    return answers(rows)


def test_shares_of_a_pair_are_counted_over_both_orders():
    trials = answers(
        [
            (1, 0, 2, 0, "first"),
            (1, 2, 0, 0, "second"),
            (2, 8, 6, 6, "first"),
            (2, 1, 3, 3, "second"),
        ]
    )
    found = observer_discrimination(pairs_of(trials)).round(4)
    assert found.to_dict("records") == [
        {"continuum": "anger-fear", "low": 0.0, "high": 0.4, "share_right": 0.6667,
         "lower": 0.2077, "upper": 0.9385, "n": 3, "n_observers": 2},
        {"continuum": "anger-fear", "low": 0.2, "high": 0.6, "share_right": 1.0,
         "lower": 0.2065, "upper": 1.0, "n": 1, "n_observers": 1},
    ]  # fmt: skip


def test_distances_are_of_the_pairs_that_were_compared():
    values = pd.Series(0.0, PLACES)
    values["anger-fear", 5, 0.2], values["anger-fear", 6, 0.2] = 3.0, 6.0
    pairs = pairs_of(answers([(1, 0, 2, 0, "first"), (2, 0, 2, 2, "first"), (2, 6, 8, 6, "first")]))
    found = pair_distances(pairs, [distances(values)], distances(1.0))
    assert found.to_dict("records") == [
        {**ABOUT, "continuum": "anger-fear", "low": 0.0, "high": 0.4, "distance": 4.0,
         "pixels": 1.0}
    ]  # fmt: skip


def test_pixels_differ_by_what_lies_between_the_two_levels():
    grey = (LABELS["level"].to_numpy() ** 2 * 100)[:, None, None, None]
    images = xr.Dataset({"image": (("stimulus", "y", "x", "channel"), grey)}).assign_coords(
        label_coordinates(LABELS)
    )
    found = pixel_distances(images, 2)["distance"].sel(continuum="anger-fear", identity=5)
    assert found["level"].to_numpy().tolist() == [0.2, 0.4, 0.6, 0.8]
    np.testing.assert_allclose(found, [16, 32, 48, 64], rtol=1e-6)


@pytest.fixture(scope="module")
def varied():
    return pd.Series(np.random.default_rng(1).gamma(2, 0.8, len(PLACES)), PLACES)


@pytest.fixture(scope="module")
def seen(varied):
    return pairs_of(planted(varied, people=120))


def test_a_network_with_the_observers_sensitivity_is_found(seen, varied):
    other = np.random.default_rng(2).gamma(2, 0.8, len(PLACES))
    results = [distances(varied), distances(other)]
    [true, false] = discrimination_correlation(seen, results, distances(other)).itertuples()
    place = list(seen[["continuum", "identity", "level"]].itertuples(index=False, name=None))
    assert true.r == pytest.approx(pearsonr(seen["right"], varied[place]).statistic)
    assert true.lower > 0
    assert true.over_lower > 0
    assert false.lower < 0 < false.upper
    assert (false.r, false.over_pixels) == (false.pixels, 0)
    assert (true.n, true.n_observers, true.n_identities) == (1920, 120, 8)


def test_planted_shares_are_those_of_the_differencing_model():
    """Macmillan & Creelman's differencing model: at d' 2 observers are right in .7468."""
    pairs = pairs_of(planted(pd.Series(2.0, PLACES), people=400))
    assert pairs["right"].mean() == pytest.approx(0.7468, abs=0.015)


@pytest.mark.parametrize("values", [1.0, np.nan])
def test_what_does_not_vary_has_no_number(seen, values):
    [row] = discrimination_correlation(seen, [distances(values)], distances(values)).itertuples()
    assert np.isnan([row.r, row.lower, row.over_pixels]).all()


def test_observers_without_comparisons_make_empty_tables():
    pairs = check_pairs(LABELS, answers([]), "", "digest", 2, "mine-trials.csv")
    results = [distances(1.0)]
    assert len(observer_discrimination(pairs)) == 0
    assert len(pair_distances(pairs, results, results[0])) == 0
    table = discrimination_correlation(pairs, results, results[0])
    assert table[["n", "n_observers"]].to_numpy().tolist() == [[0, 0]]
    assert table["r"].isna().all()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        pytest.param((0, 99, 0), "images that this run does not have", id="outside"),
        pytest.param((0, 2, 1), "not of A and B with X", id="other-x"),
        pytest.param((0, 8, 0), "not of A and B with X", id="two-identities"),
        pytest.param((0, 50, 0), "not of A and B with X", id="two-continua"),
        pytest.param((0, 3, 0), "3 levels apart, and not 2; set observers.abx.step", id="step"),
    ],
)
def test_comparisons_that_were_not_made_are_refused(row, why):
    with pytest.raises(NurtureError, match=f"mine-trials.csv: .*{why}"):
        pairs_of(answers([(1, *row, "first")]))


def test_other_morphs_are_refused():
    with pytest.raises(NurtureError, match=r"mine-trials.csv: .* other morphs \(one\)"):
        check_pairs(LABELS, answers([(1, 0, 2, 0, "first")]), "one", "two", 2, "mine-trials.csv")
