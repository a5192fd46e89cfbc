import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import LeaveOneOut

from nurture.categorical.curves import FITS, fit_curve, predict
from nurture.categorical.identification import NUMBERS, analyse_answers, analyse_continua
from nurture.statistics.resampling import interval, resample

LEVELS = np.linspace(0, 1, 21)


def observers(n, seed, boundary=0.5, spread=0.12, noise=0.0):
    """Answers of identities that each change at a boundary of their own, shape (n, n_levels)."""
    rng = np.random.default_rng(seed)
    own = rng.normal(boundary, spread, (n, 1))
    answers = own < LEVELS
    return answers ^ (rng.random(answers.shape) < noise)


def numbers(result, kind="logistic"):
    return {name: float(result[name][FITS.index(kind)]) for name in NUMBERS}


@pytest.mark.parametrize("kind", FITS)
def test_estimates_are_those_of_the_fit_to_all(kind):
    answers = observers(12, 1, noise=0.05)
    found = numbers(analyse_answers(LEVELS, answers, 20, 0), kind)
    fit = fit_curve(LEVELS, answers.mean(axis=0), kind)
    for name in ("r2", "r2_adjusted", "aicc", "boundary", "slope"):
        assert found[name] == pytest.approx(float(getattr(fit, name)), rel=1e-6)


@pytest.mark.parametrize(("kind", "degree"), [("linear", 1), ("quadratic", 2)])
def test_left_out_error_equals_scikit_learn(kind, degree):
    answers = observers(9, 2, noise=0.1).astype(float)
    design = np.vander(LEVELS, degree + 1)
    errors = []
    for rest, (one,) in LeaveOneOut().split(answers):
        # Regression on every single answer, where this project fits their mean: the same curve.
        model = LinearRegression().fit(np.tile(design, (len(rest), 1)), answers[rest].ravel())
        errors.append(np.mean((answers[one] - model.predict(design)) ** 2))
    found = numbers(analyse_answers(LEVELS, answers, 20, 0), kind)
    assert found["cv_error"] == pytest.approx(np.mean(errors))


def test_continua_at_once_are_as_each_on_its_own():
    """Of unequal numbers of identities, one always answered alike, one by a single identity."""
    continua = [observers(12, 1, noise=0.05), observers(5, 2, 0.3), np.ones((7, 21), bool)]
    continua.append(continua[0][:1])
    for found, answers in zip(analyse_continua(LEVELS, continua, 30, 0), continua, strict=True):
        for name, values in analyse_answers(LEVELS, answers, 30, 0).items():
            np.testing.assert_allclose(found[name], values, rtol=1e-9, atol=1e-12, err_msg=name)


def test_left_out_identities_one_by_one():
    answers = observers(6, 3, noise=0.05)
    result = analyse_answers(LEVELS, answers, 20, 0)
    fits = [fit_curve(LEVELS, np.delete(answers, i, 0).mean(axis=0), "logistic") for i in range(6)]
    np.testing.assert_allclose(result["boundary_without"], [f.boundary for f in fits], rtol=1e-5)
    errors = [
        np.mean((answers[i] - predict("logistic", fit.parameters, LEVELS)) ** 2)
        for i, fit in enumerate(fits)
    ]
    assert numbers(result)["cv_error"] == pytest.approx(np.mean(errors), rel=1e-5)


def test_intervals_come_from_resampled_identities():
    answers = observers(12, 4, noise=0.05)
    found = numbers(analyse_answers(LEVELS, answers, 100, 7))
    fits = [
        fit_curve(LEVELS, np.repeat(answers, weights, axis=0).mean(axis=0), "logistic")
        for weights in resample(12, 100, 7)
    ]
    # The percentiles of twelve: 1.075 % of 100, so the second from either end.
    boundaries, slopes = np.sort([(f.boundary, f.slope) for f in fits], axis=0).T
    bounds = [found["boundary_lower"], found["boundary_upper"]]
    np.testing.assert_allclose(bounds, boundaries[[1, -2]], rtol=1e-5)
    np.testing.assert_allclose(
        [found["slope_lower"], found["slope_upper"]], slopes[[1, -2]], rtol=1e-4
    )
    assert found["crossing"] == 1


def test_curves_that_may_not_cross_say_so():
    """Of twelve identities four never answer with the second expression, two always."""
    answers = np.vstack([observers(6, 5), np.zeros((5, 21), bool), np.ones((1, 21), bool)])
    found = numbers(analyse_answers(LEVELS, answers, 500, 0))
    assert 0.05 < found["crossing"] < 0.95
    assert found["boundary_upper"] == 1
    assert found["boundary_lower"] > 0.4


def test_equal_answers_have_an_interval_but_no_fit():
    result = analyse_answers(LEVELS, np.zeros((12, 21), bool), 50, 0)
    assert (result["share_second"] == 0).all()
    np.testing.assert_allclose(result["upper"], 0.2425, atol=5e-4)
    found = numbers(result)
    for name in ("r2", "r2_adjusted", "aicc", "boundary", "slope", "slope_lower", "slope_upper"):
        assert np.isnan(found[name])
    assert (found["cv_error"], found["crossing"]) == (0, 0)
    assert (found["boundary_lower"], found["boundary_upper"]) == (1, 1)


def test_one_identity_has_a_curve_but_no_interval():
    result = analyse_answers(LEVELS, observers(1, 6), 50, 0)
    found = numbers(result)
    assert np.isfinite([found["r2"], found["boundary"]]).all()
    assert np.isnan([found[f"boundary_{side}"] for side in ("lower", "upper")]).all()
    assert np.isnan(found["cv_error"])


def test_same_seed_same_numbers():
    answers = observers(12, 7, noise=0.1)
    first, second, other = (analyse_answers(LEVELS, answers, 100, seed) for seed in (1, 1, 2))
    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name])
    assert (first["boundary_lower"] != other["boundary_lower"]).any()


def test_cross_validation_finds_the_shape_and_its_absence():
    """Steps of all identities at one place against boundaries spread evenly over the continuum."""
    sharp, even = observers(40, 8, spread=0.06), np.linspace(0, 1, 40)[:, None] < LEVELS
    for answers, better in ((sharp, True), (even, False)):
        found = [numbers(analyse_answers(LEVELS, answers, 2, 0), kind) for kind in FITS]
        gain = found[0]["cv_error"] - found[2]["cv_error"]
        assert (gain > 0.01) == better


def test_intervals_of_boundary_and_slope_cover():
    """60 experiments of twelve identities, resampled 100 times."""
    whole = fit_curve(LEVELS, observers(100_000, 9, noise=0.03).mean(axis=0), "logistic")
    samples = np.array([observers(12, 100 + seed, noise=0.03) for seed in range(60)], float)
    shares = np.einsum("ri,eil->rel", resample(12, 100, 0), samples) / 12
    fit = fit_curve(LEVELS, shares, "logistic")
    for name, least in (("boundary", 0.88), ("slope", 0.8)):
        lower, upper = interval(getattr(fit, name), 12)
        true = getattr(whole, name)
        assert least <= np.mean((lower <= true) & (true <= upper)) <= 1
