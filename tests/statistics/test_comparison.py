"""Comparisons of networks, against scipy's t tests, and how often they are wrong."""

import numpy as np
import pytest
from scipy import stats

from nurture.statistics.comparison import Value, average, compare, of_cases, of_parts, of_resamples
from nurture.statistics.verdicts import of_difference

CONTINUA = np.array([0.91, 0.95, 0.97, 0.90, 0.99, 0.93, 0.96])
OTHERS = np.array([0.94, 0.96, 0.99, 0.91, 0.98, 0.97, 0.99])


def test_two_networks_over_continua_are_a_paired_t_test():
    found = compare([of_cases(CONTINUA)], [of_cases(OTHERS)])
    expected = stats.ttest_rel(CONTINUA, OTHERS)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.lower, found.upper) == pytest.approx(expected.confidence_interval())
    assert found.difference == pytest.approx((CONTINUA - OTHERS).mean())
    assert found.covers == ("cases",)


def test_a_network_beside_seeds_is_a_t_test_of_one_value_and_a_sample():
    seeds = [0.22, 0.31, 0.29]
    found = compare([Value(0.46)], [Value(v) for v in seeds])
    expected = stats.ttest_ind([0.46], seeds)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.lower, found.upper) == pytest.approx(expected.confidence_interval())
    assert found.covers == ("seeds",)


def test_seeds_beside_a_fixed_value_are_a_t_test_of_their_mean():
    seeds = [0.22, 0.31, 0.29, 0.25]
    found = compare([Value(v) for v in seeds], [Value(0.5)])
    expected = stats.ttest_1samp(seeds, 0.5)
    assert found.p == pytest.approx(expected.pvalue)
    ends = np.array(expected.confidence_interval()) - 0.5
    assert (found.lower, found.upper) == pytest.approx(ends)


def test_two_sources_add_up_as_in_welchs_test():
    # Welch's t test is a sum of two variances of means; here one is of cases, one of seeds.
    rng = np.random.default_rng(3)
    cases, seeds = rng.normal(1, 1, 9), rng.normal(0, 2, 4)
    seeds -= seeds.mean()
    flat = [Value(float(v), np.zeros(9), 1 / 9, 8) for v in seeds]
    found = compare(flat, [Value(cases.mean(), cases, 1 / 9, 8)])
    expected = stats.ttest_ind(seeds, cases, equal_var=False)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.lower, found.upper) == pytest.approx(expected.confidence_interval())
    assert found.covers == ("cases", "seeds")


def test_resampled_means_agree_with_a_paired_t_test():
    rng = np.random.default_rng(1)
    identities = rng.random((2, 60)) < [[0.6], [0.4]]
    weights = rng.multinomial(60, np.full(60, 1 / 60), 4000)
    values = [of_resamples(p.mean(), weights @ p / 60, 60) for p in identities]
    found = compare(values[:1], values[1:])
    expected = stats.ttest_rel(*identities.astype(float))
    assert (found.lower, found.upper) == pytest.approx(expected.confidence_interval(), abs=0.01)


def test_means_are_of_the_continua_that_all_have():
    lacking = CONTINUA.copy()
    lacking[[0, 3]] = np.nan
    found = compare([of_cases(lacking)], [of_cases(OTHERS)])
    kept = [1, 2, 4, 5, 6]
    assert found.estimate == pytest.approx(CONTINUA[kept].mean())
    assert found.reference == pytest.approx(OTHERS[kept].mean())
    assert found.p == pytest.approx(stats.ttest_rel(CONTINUA[kept], OTHERS[kept]).pvalue)


@pytest.mark.parametrize(
    ("values", "reference"),
    [
        pytest.param([Value(0.3)], [Value(0.2)], id="nothing resampled, one seed"),
        pytest.param([Value(0.3)], [Value(0.2), Value(0.2)], id="equal seeds"),
        pytest.param([of_resamples(0.3, np.full(9, np.nan), 60)], [Value(0.2)], id="undefined"),
        pytest.param([of_resamples(0.3, np.ones(9), 1)], [Value(0.2)], id="one person"),
    ],
)
def test_no_interval_where_nothing_varies(values, reference):
    found = compare(values, reference)
    assert found.difference == pytest.approx(0.1)
    assert np.isnan([found.lower, found.upper, found.p]).all()


def test_no_difference_of_what_was_not_measured():
    found = compare([Value(np.nan)], [Value(0.1), Value(0.2), Value(0.4)])
    assert np.isnan([found.difference, found.p]).all()


def test_parts_give_the_variance_of_a_mean():
    """Of a mean, parts have the variance of the mean; see also the calibration page."""
    rng = np.random.default_rng(0)
    identities = rng.normal(size=21)
    halves = np.array([rng.permutation(identities)[:14].mean() for _ in range(20_000)])
    found = average([of_parts(identities.mean(), halves, 21)])
    expected = stats.t.ppf(0.975, 20) * identities.std(ddof=1) / np.sqrt(21)
    assert (found.upper - found.lower) / 2 == pytest.approx(expected, rel=0.02)


def test_parts_that_are_too_few_give_no_interval():
    value = of_parts(0.4, np.full(5, np.nan), 3)
    assert value.estimate == 0.4
    assert np.isnan(average([value]).lower)


def _simulate(rng, seed_sd, face_sd, own_sd, effect, n=40):
    """One experiment: a network and three seeds see the same n identities.

    A network's score is its own level, what it makes of each person (shared by all networks to
    some part), and the mean over identities.
    """
    level = rng.normal((effect, 0, 0, 0), seed_sd)
    identities = rng.normal(0, face_sd, n) + rng.normal(0, own_sd, (4, n))
    scores = level[:, None] + identities
    values = [Value(s.mean(), s, 1 / n, n - 1) for s in scores]
    found = compare(values[:1], values[1:])
    return of_difference(found.difference, found.p, "seeds").split()[0], found


@pytest.mark.parametrize(
    ("seed_sd", "own_sd"),
    [
        pytest.param(1.0, 0.0, id="seeds alone"),
        pytest.param(0.0, 3.0, id="identities alone"),
        pytest.param(0.5, 3.0, id="both alike"),
        pytest.param(0.1, 3.0, id="mostly identities"),
    ],
)
def test_verdicts_are_wrong_no_more_often_than_their_level(seed_sd, own_sd):
    rng = np.random.default_rng(11)
    given = [_simulate(rng, seed_sd, 2.0, own_sd, 0.0)[0] for _ in range(2000)]
    wrong = np.mean([word != "not" for word in given])
    # Two standard errors of 2,000 draws above .05.
    assert wrong < 0.06


def test_a_planted_effect_is_found():
    rng = np.random.default_rng(12)
    given = [_simulate(rng, 0.2, 2.0, 1.0, 3.0)[0] for _ in range(300)]
    assert np.mean([word == "more" for word in given]) > 0.9


def test_intervals_hold_the_true_difference():
    # Of a network and another seed: what varies is both of them.
    rng = np.random.default_rng(13)
    held = []
    for _ in range(2000):
        _, found = _simulate(rng, 0.5, 2.0, 2.0, 1.0)
        held.append(found.lower <= 1.0 <= found.upper)
    assert np.mean(held) > 0.94
