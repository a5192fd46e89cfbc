import numpy as np
import pytest
from scipy.stats import kstest, permutation_test, ttest_1samp, wilcoxon
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from nurture.statistics.resampling import (
    holm,
    interval,
    resample,
    sign_interval,
    sign_test,
    sign_test_max,
    signs,
    two_sided_p,
    wilson,
)


@pytest.mark.parametrize("n", [1, 12, 200])
def test_wilson_equals_statsmodels(n):
    count = np.arange(n + 1)
    expected = proportion_confint(count, n, method="wilson")
    np.testing.assert_allclose(wilson(count, n), expected, atol=1e-12)


def test_samples_hold_as_many_identities_and_repeat():
    weights = resample(12, 400, 3)
    assert weights.shape == (400, 12)
    assert (weights.sum(axis=1) == 12).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(12), abs=0.15)
    assert resample(12, 400, 3) is weights
    resample.cache_clear()
    assert (weights == resample(12, 400, 3)).all()
    assert (weights != resample(12, 400, 4)).any()


def test_expanded_percentiles_by_hand():
    # Hesterberg (2015): n = 12 widens 2.5 % to norm.cdf(-sqrt(12 / 11) * t(.975, 11)) = 1.075 %.
    values = np.random.default_rng(0).permutation(np.arange(1.0, 1001))
    assert interval(values, 12) == (11, 990)


def test_missing_and_infinite_estimates():
    values = np.array([[np.nan, -np.inf, 1.0]] * 50 + [[np.nan, 2.0, np.nan]] * 50)
    lower, upper = interval(values, 30)
    np.testing.assert_array_equal(lower, [np.nan, -np.inf, 1])
    np.testing.assert_array_equal(upper, [np.nan, 2, 1])
    assert np.isnan(interval(values, 1)).all()


def test_intervals_of_means_cover():
    rng = np.random.default_rng(1)
    weights = resample(12, 500, 0)
    hits = 0
    for _ in range(1500):
        values = rng.normal(size=12)
        lower, upper = interval(weights @ values / 12, 12)
        hits += lower <= 0 <= upper
    assert 0.93 < hits / 1500 < 0.97


@pytest.mark.parametrize("n", [5, 7, 12])
def test_sign_test_equals_scipy(n):
    values = np.random.default_rng(n).normal(0.5, 1, (n, 3))
    expected = [
        permutation_test(
            (v,), np.sum, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
        ).pvalue
        for v in values.T
    ]
    np.testing.assert_allclose(sign_test(values, 0), expected)


def test_sign_test_of_ranks_equals_wilcoxon():
    values = np.random.default_rng(5).normal(0.4, 1, 7)
    ranks = np.sign(values) * (np.argsort(np.argsort(np.abs(values))) + 1)
    assert sign_test(ranks, 0) == pytest.approx(wilcoxon(values, method="exact").pvalue)


def test_smallest_p_of_seven():
    assert sign_test(np.arange(1.0, 8), 0) == 2 / 128
    assert np.isnan(sign_test(np.full(7, np.nan), 0))
    assert sign_test(np.zeros(7), 0) == 1
    assert sign_test(np.array([1, 2, 3, np.nan]), 0) == 2 / 8


def test_many_values_draw_signs():
    assert signs(13, 0).shape == (8192, 13)
    assert signs(14, 0).shape == (10_000, 14)
    assert (signs(14, 0)[0] == 1).all()
    values = np.random.default_rng(6).normal(0.5, 1, 40)
    expected = ttest_1samp(values, 0).pvalue
    assert sign_test(values, 0) == pytest.approx(expected, abs=0.01)


def test_p_is_uniform_without_effect():
    values = np.random.default_rng(7).standard_cauchy((12, 2000))
    assert kstest(sign_test(values, 0), "uniform").pvalue > 0.01


@pytest.mark.parametrize("n", [6, 7, 9])
def test_sign_interval_holds_the_centres_that_the_test_does_not_reject(n):
    values = np.random.default_rng(n).normal(1, 1, n)
    lower, upper = sign_interval(values, 0)
    eps = 1e-6
    for centre, rejected in (
        (lower - eps, True),
        (lower + eps, False),
        (upper - eps, False),
        (upper + eps, True),
    ):
        assert (sign_test(values - centre, 0) <= 0.05) == rejected


def test_sign_interval_covers():
    rng = np.random.default_rng(8)
    bounds = [sign_interval(rng.standard_t(3, 7), 0) for _ in range(1500)]
    covered = np.mean([lower <= 0 <= upper for lower, upper in bounds])
    # Exactly 1 - 6 / 128.
    assert covered == pytest.approx(0.953, abs=0.017)


def test_too_few_values_have_no_interval():
    assert np.isnan(sign_interval([1, 2, 3, 4, 5], 0)).all()
    assert np.isnan(sign_interval([], 0)).all()


def test_holm_equals_statsmodels():
    p = np.array([0.01, 0.04, np.nan, 0.03, 0.005, 0.9])
    expected = multipletests(p[np.isfinite(p)], method="holm")[1]
    np.testing.assert_allclose(holm(p)[np.isfinite(p)], expected)
    assert np.isnan(holm(p)[2])


def step_down_by_hand(values):
    """Westfall & Young (1993), algorithm 4.1, one hypothesis after another."""
    t = np.abs([ttest_1samp(v, 0).statistic for v in values.T])
    order, p, least = np.argsort(-t), np.empty(len(t)), 0
    flipped = [values * s[:, None] for s in signs(len(values), 0)]
    for place, k in enumerate(order):
        left = order[place:]
        most = [
            max(abs(ttest_1samp(f[:, left], 0).statistic)) >= t[k] * (1 - 1e-9) for f in flipped
        ]
        least = p[k] = max(least, np.mean(most))
    return p


def test_step_down_maximum_by_hand():
    values = np.random.default_rng(9).normal([1, 0.5, 0.2, 0], 1, (6, 4))
    np.testing.assert_allclose(sign_test_max(values, 0), step_down_by_hand(values))


def test_step_down_maximum_of_missing_and_equal_values():
    values = np.array([[1.0, np.nan, 0], [2, np.nan, 0], [4, np.nan, 0], [8, np.nan, 0]])
    np.testing.assert_array_equal(sign_test_max(values, 0), [2 / 16, np.nan, 1])


def test_step_down_maximum_holds_the_family_error():
    rng = np.random.default_rng(10)
    values = rng.normal(size=(800, 7, 1)) + rng.normal(size=(800, 7, 6))
    wrong = np.mean([sign_test_max(v, 0).min() <= 0.05 for v in values])
    assert wrong < 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / 800)
    assert wrong > 0.02


@pytest.mark.parametrize("shift", [0.0, -1.2, 3.0], ids=["null", "lower", "higher"])
def test_two_sided_p_equals_scipy(shift):
    """Of 6 and 6 values there are 924 ways to share them out; scipy's first is the true one."""
    rng = np.random.default_rng(7)
    groups = rng.gamma(1, size=6) + shift, rng.gamma(1, size=6)

    def apart(a, b, axis=-1):
        return np.mean(a, axis=axis) - np.mean(b, axis=axis)

    kind = {"permutation_type": "independent", "vectorized": True, "n_resamples": 500, "rng": 1}
    expected = permutation_test(groups, apart, **kind)
    found = two_sided_p(expected.statistic, expected.null_distribution)
    assert found == pytest.approx(expected.pvalue)
