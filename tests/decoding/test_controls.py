import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import bootstrap, pearsonr

from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import label_coordinates
from nurture.decoding.controls import controls, controls_table

ABOUT = {"network": "net", "training": "none", "layer": "top"}
N_UNITS, N_SELECTIVE = 40, 24


def activations(identities, shift=0, noise=0.3, control=None, seed=0):
    """Units with peaks at one expression each, for every person; `shift` moves the peaks."""
    random = np.random.default_rng(seed)
    rows = pd.DataFrame(
        [(e, person) for person in identities for e in EXPRESSIONS],
        columns=["expression", "identity"],
    )
    shown = np.array([EXPRESSIONS.index(name) for name in rows["expression"]])
    peak = (np.arange(N_UNITS) + shift) % 6
    response = (shown[:, None] == peak) + noise * random.normal(size=(len(rows), N_UNITS))
    if control:
        rows["control"] = control
    coordinates = label_coordinates(rows)
    values = {"activation": (("stimulus", "unit"), response.astype("float32"))}
    return xr.Dataset(values, coordinates, ABOUT)


@pytest.fixture
def units():
    tuning = np.equal.outer(np.arange(6), np.arange(N_UNITS) % 6).astype(float)
    selective = (np.arange(N_UNITS) < N_SELECTIVE).astype("int8")
    values = {"tuning": (("expression", "unit"), tuning), "selective": ("unit", selective)}
    return xr.Dataset(values, {"expression": list(EXPRESSIONS)}, ABOUT)


@pytest.fixture
def result(units):
    same = activations([30, 32], control="inverted", seed=3)
    moved = activations([30, 32], shift=1, control="scrambled", seed=4)
    altered = xr.concat([same, moved], "stimulus")
    codes = np.repeat([0, 1], 12).astype("int16")
    flags = {"flag_values": np.arange(2), "flag_meanings": "inverted scrambled"}
    altered["control"] = ("stimulus", codes, flags)
    train, upright = activations(range(20), seed=1), activations(range(30, 36), seed=2)
    return controls(units, train, upright, [altered], n_components=10)


def test_conditions_show_the_same_identities(result):
    assert result["control"].values.tolist() == ["upright", "inverted", "scrambled"]
    assert result["n_stimuli"].values.tolist() == [12, 12, 12]
    assert result["n_identities"].values.tolist() == [2, 2, 2]
    assert result.attrs["n_units"] == N_SELECTIVE


def test_kept_tuning_is_near_one_and_moved_tuning_is_not(result):
    r = result["tuning_r"].to_series()
    assert r["upright"] > 0.8
    assert r["inverted"] > 0.8
    # Peaks one step aside: the correlation of two different unit vectors of six numbers is -1/5.
    assert r["scrambled"] == pytest.approx(-0.2, abs=0.15)


def test_a_classifier_of_upright_faces_reads_kept_and_not_moved_tuning(result):
    accuracy = result["accuracy"].to_series()
    assert accuracy["upright"] == 1
    assert accuracy["inverted"] == 1
    assert accuracy["scrambled"] == 0


def test_r_is_the_mean_over_units_of_pearsons_r(units, result):
    upright = activations(range(30, 36), seed=2)["activation"].values
    # Identities 30 and 32 are rows 0..5 and 12..17.
    curve = (upright[:6].astype(float) + upright[12:18]) / 2
    tuning = units["tuning"].values
    r = [pearsonr(curve[:, i], tuning[:, i]).statistic for i in range(N_SELECTIVE)]
    assert result["tuning_r"].values[0] == pytest.approx(np.mean(r), abs=1e-9)


def test_standard_errors_are_near_those_of_scipys_bootstrap(units):
    # The mean hit rate over identities, whose jackknife error is that of a mean.
    noisy = activations(range(30, 50), noise=1.2, control="inverted", seed=5)
    train, upright = activations(range(20), seed=1), activations(range(30, 50), seed=2)
    found = controls(units, train, upright, [noisy], n_components=10)
    n = 20
    rates = found["accuracy"].values[1]
    assert 0.3 < rates < 0.95
    spread = np.sqrt(rates * (1 - rates) / (6 * n))
    assert found["accuracy_se"].values[1] == pytest.approx(spread, rel=0.5)
    by_unit = noisy["activation"].values.reshape(n, 6, N_UNITS)[:, :, :N_SELECTIVE].astype(float)
    tuning = units["tuning"].values[:, :N_SELECTIVE]

    def mean_r(identities):
        curve = by_unit[identities].mean(axis=0)
        return np.mean([pearsonr(c, t).statistic for c, t in zip(curve.T, tuning.T, strict=True)])

    resampled = bootstrap(
        (np.arange(n),), mean_r, vectorized=False, n_resamples=200, method="basic", random_state=1
    )
    assert mean_r(np.arange(n)) == pytest.approx(found["tuning_r"].values[1], abs=1e-6)
    assert found["tuning_r_se"].values[1] == pytest.approx(resampled.standard_error, rel=0.5)


def test_a_unit_without_response_has_lost_its_tuning(units):
    silent = activations([30, 32], noise=0, control="inverted")
    silent["activation"][:, : N_SELECTIVE // 2] = 3.0
    train, upright = activations(range(20), seed=1), activations([30, 32], noise=0)
    found = controls(units, train, upright, [silent], n_components=10)
    np.testing.assert_allclose(found["tuning_r"], [1, 0.5])


def test_too_few_units_are_said_and_not_classified(units):
    units["selective"][3:] = 0
    altered = activations([30, 32], control="inverted")
    train, upright = activations(range(20), seed=1), activations([30, 32])
    found = controls(units, train, upright, [altered])
    assert found.attrs["note"] == "too few selective units (3 < 10)"
    assert np.isnan(found["accuracy"]).all()
    assert np.isfinite(found["tuning_r"]).all()
    table = controls_table([found])
    assert table["note"].tolist() == ["too few selective units (3 < 10)"] * 2


def test_units_that_are_silent_in_training_do_not_count(units):
    units["selective"][12:] = 0
    train, upright = activations(range(20), seed=1), activations([30, 32])
    train["activation"][:, :3] = 0
    found = controls(units, train, upright, [activations([30, 32], control="inverted")])
    assert found.attrs["note"] == "too few selective units (9 < 10)"


def test_the_table_has_a_row_for_each_condition(result):
    table = controls_table([result, result])
    assert list(table.columns) == [
        *("network", "training", "layer", "control", "n_units", "n_stimuli", "n_identities"),
        *("tuning_r", "tuning_r_se", "accuracy", "accuracy_se", "n_expressions", "note"),
    ]
    assert table["control"].tolist() == ["upright", "inverted", "scrambled"] * 2


def test_many_stimuli_are_decoded_as_few(units, monkeypatch):
    altered = activations([30, 32, 33, 34], control="inverted", noise=1.2, seed=3)
    codes = {"flag_values": np.arange(1), "flag_meanings": "inverted"}
    altered["control"] = ("stimulus", np.zeros(24, "int16"), codes)
    files = activations(range(40), noise=1.2, seed=1), activations(range(30, 36), noise=1.2, seed=2)
    few = controls(units, *files, [altered], n_components=10)
    monkeypatch.setattr("nurture.decoding.places.HELD", 0)
    many = controls(units, *files, [altered], n_components=10)
    assert ((few["accuracy"] > 0.4) & (few["accuracy"] < 0.98)).all()
    np.testing.assert_allclose(many["accuracy"], few["accuracy"], atol=1 / 24 + 1e-9)
    assert many["tuning_r"].equals(few["tuning_r"])
