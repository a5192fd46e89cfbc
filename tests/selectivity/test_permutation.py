import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import f, kstest, pearsonr

from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import label_coordinates
from nurture.selectivity.anova import is_selective, two_way_anova
from nurture.selectivity.permutation import (
    null_counts,
    permute_within,
    selectivity_permutation,
    split_half,
)
from nurture.statistics.resampling import permutation_p

DESIGNS = {
    "balanced": np.arange(72),
    "missing-cells": np.delete(np.arange(72), [0, 9, 10, 40, 71]),
    "replicates": np.repeat(np.arange(72), 2),
    "missing-and-replicates": np.r_[np.delete(np.arange(72), [3, 20, 21, 22]), 5, 5, 33, 60],
    "two-expressions": np.flatnonzero(np.arange(72) % 6 < 2),
    "one-cell-identity": np.delete(np.arange(72), [67, 68, 69, 70, 71]),
}


def crossed(n_identities, expressions=EXPRESSIONS):
    expression = np.tile(expressions, n_identities)
    return expression, np.repeat(np.arange(n_identities), len(expressions))


def activation_file(activation, expression, identity):
    labels = pd.DataFrame({"expression": expression, "identity": identity})
    about = {"network": "net", "training": "none", "layer": "conv"}
    variables = {"activation": (("stimulus", "unit"), activation)}
    return xr.Dataset(variables, label_coordinates(labels), about)


def mixed_units(expression, identity, n_units, seed=0):
    """Units that depend on identity, on expression, on both or on neither, to several degrees."""
    rng = np.random.default_rng(seed)
    by_identity = rng.normal(size=(identity.max() + 1, n_units)) * rng.uniform(0, 1, n_units)
    by_expression = rng.normal(size=(6, n_units)) * rng.uniform(0, 0.7, n_units)
    code = np.array([EXPRESSIONS.index(e) for e in expression])
    noise = rng.normal(size=(len(code), n_units))
    return noise + by_identity[identity] + by_expression[code]


@pytest.mark.parametrize("rows", DESIGNS.values(), ids=DESIGNS.keys())
@pytest.mark.parametrize("alpha", [0.01, 0.2])
def test_counts_are_those_of_the_analysis_of_permuted_labels(rows, alpha):
    expression, identity = (labels[rows] for labels in crossed(12))
    units = (1e3 + mixed_units(expression, identity, 3000)).astype("float32")
    units[:, 5] = 7
    orders = permute_within(identity, 12, seed=1)
    expected = [
        int(is_selective(two_way_anova(units, expression[order], identity), alpha).sum())
        for order in orders
    ]
    assert max(expected) > min(expected) > 0
    assert null_counts(units, expression, identity, alpha, orders).tolist() == expected


@pytest.mark.parametrize("rows", DESIGNS.values(), ids=DESIGNS.keys())
@pytest.mark.parametrize("factor", ["expression", "identity"])
def test_units_on_the_very_limit_are_decided_in_double_precision(rows, factor):
    expression, identity = (labels[rows] for labels in crossed(12))
    units = mixed_units(expression, identity, 400)
    orders = permute_within(identity, 2, seed=1)
    anovas = [two_way_anova(units, expression[order], identity) for order in orders]
    p = anovas[0][f"p_{factor}"].to_numpy()
    other = anovas[0]["p_identity" if factor == "expression" else "p_expression"].to_numpy()
    # Where the other test is passed, the count turns on this one.
    turning = p[other > p] if factor == "expression" else p[other < p]
    assert len(turning) > 10
    for limit in turning[:20]:
        for alpha in (limit * (1 - 1e-9), limit * (1 + 1e-9)):
            expected = [int(is_selective(anova, alpha).sum()) for anova in anovas]
            assert null_counts(units, expression, identity, alpha, orders).tolist() == expected


def test_permuting_changes_the_test_of_identity():
    rows = DESIGNS["missing-and-replicates"]
    expression, identity = (labels[rows] for labels in crossed(12))
    units = mixed_units(expression, identity, 5)
    order = permute_within(identity, 1, seed=0)[0]
    before, after = (two_way_anova(units, e, identity) for e in (expression, expression[order]))
    assert not np.isclose(before["f_identity"], after["f_identity"], rtol=1e-3).any()


def test_units_explained_without_residual_are_counted_as_in_the_analysis():
    expression, identity = crossed(6)
    by_expression = np.tile([0.0, 0, 5, 1, 0, 0.1], 6)
    units = np.column_stack([by_expression, identity / 3, by_expression + identity / 3])
    same = np.arange(36)[None]
    assert null_counts(units, expression, identity, 0.01, same).tolist() == [1]


def test_units_without_response_are_never_counted():
    expression, identity = crossed(6)
    units = np.tile(np.float32([0, 3.3]), (36, 1))
    orders = permute_within(identity, 5, seed=0)
    assert null_counts(units, expression, identity, 0.9, orders).tolist() == [0] * 5
    r, n = split_half(units, expression, identity, 0.9, 2, seed=0)
    assert np.isnan(r).all()
    assert n.tolist() == [0, 0]


def test_more_permutations_than_fit_in_one_product():
    expression, identity = crossed(4)
    units = mixed_units(expression, identity, 30)
    orders = permute_within(identity, 450, seed=0)
    whole = null_counts(units, expression, identity, 0.2, orders)
    parts = [null_counts(units, expression, identity, 0.2, part) for part in np.split(orders, 3)]
    assert whole.tolist() == np.concatenate(parts).tolist()


def test_permutations_stay_within_identity_and_reach_all_orders():
    identity = np.array([7, 3, 7, 3, 7, 5])
    orders = permute_within(identity, 600, seed=0)
    assert (np.sort(orders, axis=1) == np.arange(6)).all()
    assert (identity[orders] == identity).all()
    cases, counts = np.unique(orders, axis=0, return_counts=True)
    assert len(cases) == 12  # 3! x 2!
    assert counts.min() > 25
    assert (orders == permute_within(identity, 600, seed=0)).all()
    assert (orders[0] != permute_within(identity, 1, seed=1)[0]).any()


@pytest.mark.parametrize(
    ("observed", "expected"), [(10, 0.2), (9, 0.4), (3, 0.6), (0, 1.0)], ids=str
)
def test_permutation_p(observed, expected):
    assert permutation_p(observed, np.array([9, 3, 0, 2])) == pytest.approx(expected)


def test_p_of_the_count_is_uniform_on_noise_of_units_that_are_not_independent():
    expression, identity = crossed(8)
    rng = np.random.default_rng(11)
    p = []
    for run in range(200):
        shared = rng.normal(size=(48, 3)) @ rng.normal(size=(3, 400))
        identities = 0.5 * rng.normal(size=(8, 400))[identity]
        noise = shared + rng.normal(size=(48, 400)) + identities
        orders = permute_within(identity, 99, seed=run)
        anova = two_way_anova(noise, expression, identity)
        count = int(is_selective(anova, 0.3).sum())
        p.append(permutation_p(count, null_counts(noise, expression, identity, 0.3, orders)))
    assert kstest(np.array(p) - 0.005, "uniform").pvalue > 0.05
    for level in (0.05, 0.2):
        share = (np.array(p) <= level).mean()
        assert abs(share - level) < 4 * np.sqrt(level * (1 - level) / 200)


def test_the_share_of_selective_noise_is_that_of_two_f_ratios_over_one_residual():
    expression, identity = crossed(8)
    noise = np.random.default_rng(5).normal(size=(48, 5000)).astype("float32")
    orders = permute_within(identity, 40, seed=0)
    share = null_counts(noise, expression, identity, 0.05, orders).mean() / 5000
    by_expression, by_identity, rest = (
        np.random.default_rng(6).chisquare(df, 1_000_000) / df for df in (5, 7, 35)
    )
    chosen = by_expression / rest > f.isf(0.05, 5, 35)
    chosen &= by_identity / rest < f.isf(0.05, 7, 35)
    assert share == pytest.approx(chosen.mean(), abs=0.002)
    assert share < 0.05 * 0.95


def test_planted_units_exceed_chance():
    expression, identity = crossed(20)
    units = np.random.default_rng(2).normal(size=(120, 1000))
    units[expression == "fear", :100] += 1.5
    null = selectivity_permutation(activation_file(units, expression, identity), 0.01, 99, 4, 8, 0)
    found = int(is_selective(two_way_anova(units, expression, identity), 0.01).sum())
    assert found > 90
    assert permutation_p(found, null["null_count"].to_numpy()) == 0.01
    assert null["null_count"].mean() < 30
    assert null["split_half_r"].min() > 0.6


def test_split_half_of_noise_does_not_repeat():
    expression, identity = crossed(16)
    noise = np.random.default_rng(4).normal(size=(96, 20_000)).astype("float32")
    r, n = split_half(noise, expression, identity, 0.05, 3, seed=0)
    assert (n > 1500).all()
    # Correlations of six values have a standard deviation of 1 / sqrt(5).
    assert (abs(r) < 4 / np.sqrt(5 * n)).all()


def test_split_half_is_the_mean_correlation_of_the_tuning_curves():
    expression, identity = crossed(2 * 3)
    units = mixed_units(expression, identity, 60, seed=3)
    r, n = split_half(units, expression, identity, 0.3, 1, seed=9)
    identities = np.random.default_rng(9).permutation(6)[:3]
    first = np.isin(identity, identities)
    halves = [two_way_anova(units[h], expression[h], identity[h]) for h in (first, ~first)]
    values = [
        pearsonr(*(half["tuning"][:, unit] for half in halves)).statistic
        for half in halves
        for unit in np.flatnonzero(is_selective(half, 0.3))
    ]
    assert n.tolist() == [len(values)]
    assert r[0] == pytest.approx(np.mean(values), rel=1e-12)


def test_a_unit_that_is_silent_in_one_part_counts_as_not_repeated():
    expression, identity = crossed(8)
    identities = np.random.default_rng(0).permutation(8)[:4]
    units = np.tile(np.arange(6.0), 8)[:, None] + np.random.default_rng(1).normal(size=(48, 1))
    units[np.isin(identity, identities)] = 2.5
    r, n = split_half(units, expression, identity, 0.05, 1, seed=0)
    assert (r.tolist(), n.tolist()) == ([0], [1])


def test_too_few_identities_for_halves_is_a_result(caplog):
    expression, identity = crossed(3)
    units = mixed_units(expression, identity, 5)
    null = selectivity_permutation(activation_file(units, expression, identity), 0.05, 9, 2, 8, 0)
    assert np.isnan(null["split_half_r"]).all()
    assert null["split_half_n"].to_numpy().tolist() == [0, 0]
    assert null.sizes["permutation"] == 9
    assert "no split-half reliability, for in one half: labels: 1 identity level" in caplog.text


def test_an_expression_that_one_half_lacks_leaves_no_reliability(caplog):
    expression, identity = crossed(4)
    keep = (expression != "fear") | (identity == 0)
    units = mixed_units(expression, identity, 5)[keep]
    r, _ = split_half(units, expression[keep], identity[keep], 0.05, 1, seed=0)
    assert np.isnan(r).all()
    assert "show it on more identities" in caplog.text


def test_neutral_faces_do_not_take_part_and_the_seed_decides():
    expression, identity = crossed(10, (*EXPRESSIONS, "neutral"))
    units = np.random.default_rng(0).normal(size=(70, 3000)).astype("float32")
    units[expression == "neutral"] += 50
    file = activation_file(units, expression, identity)
    null = selectivity_permutation(file, 0.05, 20, 2, 8, 0)
    assert 100 < null["null_count"].mean() < 180
    assert null.attrs == {
        **{"alpha": 0.05, "seed": 0, "n_identities": 10},
        **{"network": "net", "training": "none", "layer": "conv"},
    }
    xr.testing.assert_identical(null, selectivity_permutation(file, 0.05, 20, 2, 8, 0))
    other = selectivity_permutation(file, 0.05, 20, 2, 8, 1)
    assert (null["null_count"] != other["null_count"]).any()


def test_nan_is_named():
    expression, identity = crossed(3)
    units = np.zeros((18, 3))
    units[4, 2] = np.nan
    with pytest.raises(NurtureError, match="stimulus 4, unit 2 is nan"):
        null_counts(units, expression, identity, 0.05, permute_within(identity, 2, 0))
