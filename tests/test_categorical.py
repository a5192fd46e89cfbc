import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.optimize import approx_fprime, differential_evolution
from scipy.special import expit

from nurture.categorical import categorical, ends, identification_curve
from nurture.curves import FITS, MAX_RATE, _logistic_jacobian, fit_curve, predict
from nurture.errors import NurtureError
from nurture.expressions import CONTINUA, EXPRESSIONS, NONE
from nurture.files import label_coordinates, open_dataset, write_dataset

LEVELS = np.linspace(0, 1, 21)
ABOUT = {"network": "net", "training": "none", "layer": "conv"}


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
    assert (fit.slope > 10) == rising
    assert np.isfinite(fit.aicc)


def test_jacobian():
    parameters = np.array([0.1, 0.8, 7.0, 0.4])
    expected = approx_fprime(parameters, lambda p: predict("logistic", p, LEVELS), 1e-7)
    np.testing.assert_allclose(_logistic_jacobian(parameters, LEVELS), expected, atol=1e-5)


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


# Wegrzyn, Bruckhaus & Kissler (2015), percent "anger" from 0 to 100 % anger, 28 people.
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
def test_people(group, expected):
    level = np.linspace(0, 1, 11)
    r2 = [fit_curve(level, np.array(WEGRZYN[group]) / 100, kind).r2 for kind in FITS]
    np.testing.assert_allclose(r2, expected, atol=6e-4)


def test_identification_curve():
    level = np.float32([0.05, 0.05, 0, 1, 1, 1])
    levels, share, n = identification_curve(level, [True, False, False, True, True, False])
    assert levels.tolist() == [0, 0.05, 1]
    assert share.tolist() == [0, 0.5, pytest.approx(2 / 3)]
    assert n.tolist() == [1, 2, 3]


def planted(activation_of, labels, seed):
    """Twenty units that follow expression (linearly in a morph), then forty of noise."""
    effect = np.random.default_rng(0).normal(scale=2, size=(6, 20))
    activation = np.random.default_rng(seed).normal(size=(len(labels), 60)).astype("float32")
    activation[:, :20] += activation_of(effect)
    return xr.Dataset(
        {"activation": (("stimulus", "unit"), activation)}, label_coordinates(labels), ABOUT
    )


def selection_set(expressions=EXPRESSIONS):
    labels = pd.DataFrame({"expression": list(expressions) * 15})
    labels["identity"] = np.arange(len(labels))
    code = [EXPRESSIONS.index(e) for e in labels["expression"]]
    return planted(lambda effect: effect[code], labels, 1)


def continua_set(continua=CONTINUA):
    rows = [(NONE, i, c, x) for c in continua for i in range(10) for x in LEVELS]
    labels = pd.DataFrame(rows, columns=["expression", "identity", "continuum", "level"])
    first, second = np.transpose(
        [[EXPRESSIONS.index(e) for e in ends(c)] for c in labels["continuum"]]
    )
    share = labels["level"].to_numpy()[:, None]
    return planted(lambda effect: (1 - share) * effect[first] + share * effect[second], labels, 2)


def units(n_selective):
    return xr.Dataset(
        {"selective": ("unit", (np.arange(60) < n_selective).astype("int8"))}, attrs=ABOUT
    )


def test_planted_continua(tmp_path):
    result = categorical(selection_set(), continua_set(), units(20))
    assert result["continuum"].to_numpy().tolist() == list(CONTINUA)
    np.testing.assert_allclose(result["level"], LEVELS, atol=1e-6)
    assert (result["n"] == 10).all()
    assert (result["share_second"][:, 0] < 0.2).all()
    assert (result["share_second"][:, -1] > 0.8).all()
    assert (abs(result["boundary"].sel(fit="logistic") - 0.5) < 0.2).all()
    assert (result["r2"].sel(fit="logistic") > result["r2"].sel(fit="linear")).all()
    assert result["note"].to_numpy().tolist() == [""] * 7
    one = result.sel(continuum="anger-fear", fit="logistic")
    fit = fit_curve(result["level"], one["share_second"], "logistic")
    assert one["parameters"].to_numpy().tolist() == list(fit.parameters)
    for name in ("a", "b"):
        write_dataset(result, tmp_path / f"{name}.nc")
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    with open_dataset(tmp_path / "a.nc", "categorical") as read:
        xr.testing.assert_equal(read.load(), result)


def test_order_of_a_continuum_decides_which_expression_is_second():
    both = categorical(selection_set(), continua_set(["anger-fear", "fear-anger"]), units(20))[
        "share_second"
    ]
    assert both["continuum"].to_numpy().tolist() == ["anger-fear", "fear-anger"]
    assert (both[:, 0] < 0.2).all()
    assert (both[:, -1] > 0.8).all()


def test_components_and_penalty_reach_the_classifier():
    files = selection_set(), continua_set(["anger-fear"]), units(20)
    curve = categorical(*files)["share_second"]
    for changed in ({"n_components": 1}, {"penalty": 1e-6}):
        assert (categorical(*files, **changed)["share_second"] != curve).any()


def test_too_few_selective_units_is_a_result():
    result = categorical(selection_set(), continua_set(), units(4))
    assert result["note"].to_numpy().tolist() == ["too few selective units (4 < 10)"] * 7
    assert result["share_second"].isnull().all()
    assert result["parameters"].isnull().all()
    assert (result["n"] == 0).all()
    assert result.n_units == 4


def test_one_answer_to_every_level_is_a_result():
    file = continua_set(["anger-fear"])
    selection = selection_set()
    file["activation"][:] = selection["activation"].to_numpy()[0]  # an angry face
    result = categorical(selection, file, units(20))
    assert result["note"].item() == "every level answered as anger"
    assert result["share_second"].to_numpy().tolist() == [[0] * 21]
    assert result["r2"].isnull().all()


@pytest.mark.parametrize(
    ("selection", "continua", "message"),
    [
        (selection_set(EXPRESSIONS[:2]), continua_set(), r"happiness-anger: .* no happiness"),
        (
            selection_set(),
            selection_set().assign_coords(
                continuum=("stimulus", np.zeros(90, "int16"), {"flag_meanings": NONE})
            ),
            "no stimulus belongs to a continuum",
        ),
        (selection_set(), continua_set().isel(unit=slice(50)), "continua set"),
    ],
    ids=["end-point", "no-continuum", "other-units"],
)
def test_unusable_files(selection, continua, message):
    with pytest.raises(NurtureError, match=message):
        categorical(selection, continua, units(20))
