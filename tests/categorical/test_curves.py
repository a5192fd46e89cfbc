from contextlib import suppress

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import curve_fit, differential_evolution
from scipy.special import expit

from nurture.categorical.curves import FITS, fit_curve, predict
from nurture.categorical.logistic import MAX_RATE

LEVELS = np.linspace(0, 1, 21)


@pytest.mark.parametrize(
    "parameters",
    [(0, 1, 10, 0.5), (0.1, 0.85, 14, 0.4), (0.9, 0.2, 8, 0.6), (0, 1, 60, 0.33), (0.3, 1, 5, 0.7)],
    ids=["symmetric", "lapses", "falling", "steep", "shallow"],
)
def test_logistic_recovers_known_parameters(parameters):
    lower, upper, rate, midpoint = parameters
    fit = fit_curve(LEVELS, lower + (upper - lower) * expit(rate * (LEVELS - midpoint)), "logistic")
    np.testing.assert_allclose(fit.parameters, parameters, rtol=1e-3, atol=1e-4)
    assert fit.r2 > 1 - 1e-8


@pytest.mark.parametrize("rate", [4, 60, 400])
@pytest.mark.parametrize("asymptotes", [(0, 1), (0.2, 0.7), (0.5, 0.5)], ids=str)
@pytest.mark.parametrize("seed", [3, 5])
def test_logistic_is_no_worse_than_a_global_search(rate, asymptotes, seed):
    expected = predict("logistic", (*asymptotes, rate, 0.37), LEVELS)
    share = np.random.default_rng(seed).binomial(12, expected) / 12

    def unexplained(parameters):
        return np.sum((share - predict("logistic", parameters, LEVELS)) ** 2)

    def unexplained_by_log_rate(parameters):
        lower, upper, log_rate, midpoint = parameters
        return unexplained((lower, upper, 10**log_rate, midpoint))

    bounds = [(0, 1), (0, 1), (-1, np.log10(MAX_RATE)), (-0.5, 1.5)]
    best = differential_evolution(unexplained_by_log_rate, bounds, rng=1, maxiter=80, popsize=10)
    assert unexplained(fit_curve(LEVELS, share, "logistic").parameters) < best.fun + 1e-6


@pytest.mark.parametrize("n_levels", [11, 21, 101])
@pytest.mark.parametrize("at", [0.001, 0.33, 0.52, 0.999])
@pytest.mark.parametrize("rising", [True, False], ids=["rising", "falling"])
def test_steps_are_fitted(n_levels, at, rising):
    level = np.linspace(0, 1, n_levels)
    fit = fit_curve(level, (level > at) == rising, "logistic")
    below, above = level[level <= at].max(), level[level > at].min()
    assert fit.r2 > 0.99
    assert below <= fit.boundary <= above
    assert fit.slope == pytest.approx((n_levels - 1) * (1 if rising else -1))
    assert np.isfinite(fit.aicc)


def test_linear_data():
    fits = {kind: fit_curve(LEVELS, 0.2 + 0.5 * LEVELS, kind) for kind in FITS}
    np.testing.assert_allclose(fits["linear"].parameters[:2], [0.2, 0.5], rtol=1e-12)
    np.testing.assert_allclose(fits["quadratic"].parameters[:3], [0.2, 0.5, 0], atol=1e-12)
    assert fits["linear"].r2 == pytest.approx(1)
    assert fits["linear"].boundary == pytest.approx(0.6)
    assert fits["linear"].slope == pytest.approx(0.5)
    assert fits["logistic"].r2 > 0.99
    assert np.isnan(fits["linear"].parameters[2:]).all()


def test_quadratic_equals_numpy():
    share = np.random.default_rng(1).uniform(size=21)
    fit = fit_curve(LEVELS, share, "quadratic")
    expected = np.polyfit(LEVELS, share, 2)
    np.testing.assert_allclose(fit.parameters[:3], expected[::-1], rtol=1e-9)
    residual = share - np.polyval(expected, LEVELS)
    assert fit.r2 == pytest.approx(1 - residual.var() / share.var())


def test_aicc_prefers_the_curve_that_made_the_data():
    noise = np.random.default_rng(2).normal(0, 0.02, 21)
    line = [fit_curve(LEVELS, 0.1 + 0.8 * LEVELS + noise, kind).aicc for kind in FITS]
    curve = [fit_curve(LEVELS, expit(12 * (LEVELS - 0.5)) + noise, kind).aicc for kind in FITS]
    assert FITS[np.argmin(line)] == "linear"
    assert FITS[np.argmin(curve)] == "logistic"


def test_aicc_by_hand():
    # Residuals +-0.1, four levels more than parameters: 10 levels, 2 parameters and a variance.
    level = np.arange(10) / 9
    share = np.array([0.1, -0.1, -0.1, 0.1, 0, 0, 0.1, -0.1, -0.1, 0.1]) + 0.5
    fit = fit_curve(level, share, "linear")
    assert fit.aicc == pytest.approx(10 * np.log(0.008) + 6 + 24 / 6)


@pytest.mark.parametrize(
    ("kind", "share", "boundary", "slope"),
    [
        ("linear", 0.6 + 0.3 * LEVELS, np.nan, np.nan),
        ("quadratic", LEVELS**2, np.sqrt(0.5), 2 * np.sqrt(0.5)),
        ("quadratic", 0.8 - 4 * LEVELS * (1 - LEVELS), 0.5 + np.sqrt(0.175), 8 * np.sqrt(0.175)),
        ("quadratic", 0.9 - 0.8 * LEVELS**2, np.sqrt(0.5), -1.6 * np.sqrt(0.5)),
        ("quadratic", 0.7 + LEVELS**2 / 4, np.nan, np.nan),
        ("logistic", 0.3 * expit(20 * (LEVELS - 0.5)), np.nan, np.nan),
        ("logistic", expit(10 * (LEVELS - 0.7)), 0.7, 2.5),
    ],
    ids=["none", "one", "rising-of-two", "falling", "complex", "below", "logistic"],
)
def test_boundary_and_slope(kind, share, boundary, slope):
    fit = fit_curve(LEVELS, share, kind)
    np.testing.assert_allclose([fit.boundary, fit.slope], [boundary, slope], rtol=1e-4)


@pytest.mark.parametrize("kind", FITS)
@pytest.mark.parametrize(
    "share", [np.zeros(21), np.full(21, 1 / 3), np.ones(1)], ids=["zero", "third", "one-level"]
)
def test_flat_curves_have_no_fit(kind, share):
    fit = fit_curve(LEVELS[: len(share)], share, kind)
    assert np.isnan([fit.r2, fit.boundary, fit.slope, *fit.parameters]).all()


# Wegrzyn, Bruckhaus & Kissler (2015), percent "anger" from 0 to 100 % anger, 28 observers.
WEGRZYN = {
    "whole": [9.82, 10.27, 14.29, 18.66, 29.02, 45.98, 67.05, 82.59, 92.14, 95.45, 97.59],
    "eyes": [12.59, 16.34, 20.36, 27.05, 34.46, 45.54, 60.54, 75.89, 87.14, 92.05, 93.66],
    "mouth": [28.21, 30.89, 34.82, 38.12, 46.16, 52.95, 64.73, 70.0, 76.25, 78.66, 79.91],
}


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("whole", [0.947, 0.950, 1.0]),
        ("eyes", [0.968, 0.973, 0.998]),
        ("mouth", [0.973, 0.973, 0.998]),
    ],
)
def test_observers(group, expected):
    level = np.linspace(0, 1, 11)
    r2 = [fit_curve(level, np.array(WEGRZYN[group]) / 100, kind).r2 for kind in FITS]
    np.testing.assert_allclose(r2, expected, atol=6e-4)


def answers(n_curves, seed, n_identities=12):
    """Curves of few identities, from graded to steps, with free asymptotes."""
    rng = np.random.default_rng(seed)
    rate = rng.choice([2, 4, 10, 30, 60, 400], n_curves)
    parameters = [
        (*rng.choice([(0, 1), (0.2, 0.7), (0.9, 0.3)]), r, rng.uniform(0.1, 0.9)) for r in rate
    ]
    return rng.binomial(n_identities, predict("logistic", parameters, LEVELS)) / n_identities


def test_many_logistics_at_once_equal_curve_fit():
    shares = answers(16, 1)
    fit = fit_curve(LEVELS, shares, "logistic")
    own = ((shares - predict("logistic", fit.parameters, LEVELS)) ** 2).sum(axis=1)

    def logistic(x, *parameters):
        return predict("logistic", parameters, x)

    bounds = ([0, 0, 0.1, -0.5], [1, 1, MAX_RATE, 1.5])
    options = {"bounds": bounds, "x_scale": [1, 1, 10, 1], "max_nfev": 500}
    converged = 0
    for share, mine, parameters in zip(shares, own, fit.parameters, strict=True):
        near = np.clip(parameters, *np.array(bounds) * [[1, 1, 1, 1], [1, 1, 0.999, 1]])
        for start in ((0.01, 0.99, 8, 0.5), (0.99, 0.01, 8, 0.5), near):
            with suppress(RuntimeError):  # on steps scipy often runs out of evaluations
                found, _ = curve_fit(logistic, LEVELS, share, start, **options)
                assert mine < ((share - logistic(LEVELS, *found)) ** 2).sum() + 1e-6
                converged += 1
    assert converged > 32


@pytest.mark.parametrize("kind", FITS)
def test_curves_together_equal_curves_alone(kind):
    shares = np.vstack([answers(9, 2), np.full(21, 0.25)]).reshape(2, 5, 21)
    together = fit_curve(LEVELS, shares, kind)
    assert together.parameters.shape == (2, 5, 4)
    for name in ("parameters", "r2", "r2_adjusted", "aicc", "boundary", "slope"):
        alone = [[getattr(fit_curve(LEVELS, s, kind), name) for s in row] for row in shares]
        np.testing.assert_allclose(getattr(together, name), alone, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("kind", "degree"), [("linear", 1), ("quadratic", 2)])
def test_r2_and_aicc_equal_statsmodels(kind, degree):
    share = answers(1, 3)[0]
    fit = fit_curve(LEVELS, share, kind)
    expected = sm.OLS(share, np.vander(LEVELS, degree + 1, increasing=True)).fit()
    assert fit.r2 == pytest.approx(expected.rsquared)
    assert fit.r2_adjusted == pytest.approx(expected.rsquared_adj)
    # Of statsmodels' likelihood, the part that all fits to the same levels share is left out.
    k, n = degree + 2, len(LEVELS)
    likelihood = -2 * expected.llf - n * (1 + np.log(2 * np.pi))
    assert fit.aicc == pytest.approx(likelihood + 2 * k + 2 * k * (k + 1) / (n - k - 1))


def test_r2_adjusted_of_a_logistic_by_hand():
    fit = fit_curve(LEVELS, answers(1, 4)[0], "logistic")
    assert fit.r2_adjusted == pytest.approx(1 - (1 - fit.r2) * 20 / 17)


@pytest.mark.parametrize("n_levels", [2, 3, 4])
def test_no_freedom_left_has_no_adjusted_r2(n_levels):
    level = np.linspace(0, 1, n_levels)
    kind = FITS[n_levels - 2]
    fit = fit_curve(level, expit(10 * (level - 0.5)), kind)
    assert fit.r2 == pytest.approx(1)
    assert np.isnan([fit.r2_adjusted, fit.aicc]).all()


def test_equal_curves_have_equal_fits_in_whatever_order_and_number(monkeypatch):
    shares = np.random.default_rng(0).integers(0, 5, (30, 11)) / 4
    level, order = np.linspace(0, 1, 11), np.random.default_rng(1).integers(0, 30, 200)
    alone = np.stack([fit_curve(level, one, "logistic").parameters for one in shares])
    monkeypatch.setattr("nurture.categorical.logistic.CELLS", 100)
    together = fit_curve(level, shares[order], "logistic").parameters
    np.testing.assert_allclose(together, alone[order], rtol=1e-9)
