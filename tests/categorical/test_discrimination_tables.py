import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import permutation_test, wilcoxon
from statsmodels.stats.multitest import multipletests

from nurture.categorical.comparison_tables import (
    FIT_MEASURES,
    MEASURES,
    SIDES,
    comparisons,
    fit_comparisons,
)
from nurture.categorical.comparison_tables import NUMBERS as TESTED
from nurture.categorical.discrimination_tables import (
    LEVELS,
    NUMBERS,
    discrimination,
    discrimination_levels,
)

KEY = ["network", "training", "layer", "continuum"]
MIDDLES = np.array([0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95])
CONTINUA = ["happiness-anger", "anger-fear"]
SETTINGS = {"resamples": 300, "seed": 1}


def distances(values, note="", network="net"):
    """Distances of two continua, shape (2, n_identities, 10)."""
    dims = ("continuum", "identity", "level")
    coordinates = {
        "continuum": CONTINUA,
        "identity": np.arange(values.shape[1]),
        "level": MIDDLES,
    }
    about = {"network": network, "training": "identity", "layer": "conv", "note": note}
    return xr.Dataset({"distance": (dims, values)}, coordinates, about)


def curves(boundary=(0.5, 0.5), n_identities=6):
    without = np.repeat(np.array(boundary, float)[:, None], n_identities, axis=1)
    return xr.Dataset(
        {
            "boundary": (("continuum", "fit"), np.array(boundary, float)[:, None]),
            "boundary_without": (("continuum", "identity"), without),
        },
        {"continuum": CONTINUA, "fit": ["logistic"], "identity": np.arange(n_identities)},
    )


def peaked(height, n_identities=6, noise=0.1):
    """Distances of 1, and of `height` for the two pairs at .45 and .55."""
    rng = np.random.default_rng(0)
    values = np.where(abs(MIDDLES - 0.5) < 0.1, height, 1.0)
    return values * rng.uniform(1 - noise, 1 + noise, (2, n_identities, 10))


def even(n_identities=6):
    return distances(np.full((2, n_identities, 10), 3.0))


def test_levels():
    table = discrimination_levels([distances(peaked(2, noise=0))], even(), **SETTINGS)
    assert table.columns.tolist() == [*KEY, *LEVELS]
    assert len(table) == 20
    np.testing.assert_allclose(table["level"], np.tile(MIDDLES, 2))
    expected = np.where(abs(MIDDLES - 0.5) < 0.1, 2, 1) / 1.2
    for column in ("distance", "lower", "upper"):
        np.testing.assert_allclose(table[column][10:], expected)
    np.testing.assert_allclose(table["pixels"], 1)
    assert (table["n"] == 6).all()


def test_excess_over_pixels():
    pixels = peaked(1.5, noise=0)
    one = distances(peaked(2, noise=0) * np.arange(1, 7)[:, None])
    table = discrimination([one], distances(pixels), [curves()], **SETTINGS)
    assert table.columns.tolist() == [*KEY, *NUMBERS, "note"]
    assert table["continuum"].tolist() == [*CONTINUA, "all"]
    assert table["n_continua"].tolist() == [1, 1, 2]
    assert table["n_identities"].tolist() == [6] * 3
    np.testing.assert_allclose(table["excess"], 1 / 1.2)
    np.testing.assert_allclose(table["pixels"], 0.5 / 1.1)
    np.testing.assert_allclose(table["over_pixels"], 1 / 1.2 - 0.5 / 1.1)
    np.testing.assert_allclose(table["lower"], table["upper"])
    # The other continuum has its boundary in the same place.
    np.testing.assert_allclose(table["placebo"], table["over_pixels"])
    assert table["boundary"].tolist() == [0.5, 0.5, pytest.approx(np.nan, nan_ok=True)]
    assert table["note"].tolist() == [""] * 3


def test_interval_of_noisy_distances():
    table = discrimination([distances(peaked(1.2, noise=0.4))], even(), [curves()], **SETTINGS)
    row = table[table["continuum"] == "all"].iloc[0]
    ratio = peaked(1.2, noise=0.4)
    ratio /= ratio.mean(axis=2, keepdims=True)
    expected = (ratio[..., 4:6].mean(axis=2) - np.delete(ratio, [4, 5], 2).mean(axis=2)).mean(
        axis=0
    )
    assert row["over_pixels"] == pytest.approx(expected.mean())
    assert row["lower"] < expected.mean() < row["upper"]


def test_a_placebo_is_the_excess_at_the_boundaries_of_other_continua():
    """A profile that all continua share looks like categories at any boundary near its peak."""
    one = distances(peaked(2, noise=0))
    shared = discrimination([one], even(), [curves((0.5, 0.5))], **SETTINGS)
    np.testing.assert_allclose(shared["placebo"], shared["over_pixels"])
    apart = discrimination([one], even(), [curves((0.5, 0.2))], **SETTINGS).set_index("continuum")
    first, second = (apart.loc[name] for name in CONTINUA)
    assert first["placebo"] == pytest.approx(second["over_pixels"])
    assert second["placebo"] == pytest.approx(first["over_pixels"])


def test_no_p_is_given_for_an_excess():
    table = discrimination([distances(peaked(2))], even(), [curves()], **SETTINGS)
    assert not [name for name in table if name.endswith("p") or name.startswith("p_")]


def test_continua_without_boundary_are_left_out():
    one = distances(peaked(2, noise=0))
    table = discrimination([one], even(), [curves((np.nan, 0.5))], **SETTINGS)
    assert table["n_continua"].tolist() == [0, 1, 1]
    assert table["note"].tolist() == ["no category boundary", "", ""]
    assert np.isnan(table["over_pixels"][0])
    assert table["over_pixels"][1] == table["over_pixels"][2]


def test_too_few_units_say_so():
    note = "too few selective units (3 < 10)"
    one = distances(np.full((2, 6, 10), np.nan), note)
    table = discrimination([one], even(), [curves((np.nan, np.nan))], **SETTINGS)
    assert table["note"].tolist() == [note] * 3
    assert table["over_pixels"].isna().all()
    assert discrimination_levels([one], even(), **SETTINGS).empty


PAPER = [f"{i}-x" for i in range(7)]
NETWORKS = ("a", "b", "c")


def measured(seed=0, lacking=()):
    """Tables of fits and of discrimination of three networks on seven continua."""
    rng = np.random.default_rng(seed)
    fits, excess = [], []
    for i, network in enumerate(NETWORKS):
        for continuum in PAPER:
            key = dict(zip(KEY, (network, "none", "conv", continuum), strict=True))
            excess.append(key | {"over_pixels": rng.normal(i, 0.3)})
            if (network, continuum) in lacking:
                continue
            for fit in ("linear", "logistic"):
                values = {name: rng.normal() for name in ("r2", "slope", "aicc", "cv_error")}
                fits.append(key | {"fit": fit} | values)
        excess.append(key | {"continuum": "all", "over_pixels": 99.0})
    return pd.DataFrame(fits), pd.DataFrame(excess)


def values(fits, fit, name, network):
    return fits.query("fit == @fit and network == @network").set_index("continuum")[name]


def test_comparisons_equal_scipy_and_statsmodels():
    fits, excess = measured()
    table = comparisons(fits, excess, 0)
    assert table.columns.tolist() == ["measure", *SIDES, *TESTED]
    assert table["measure"].tolist() == [name for name in MEASURES for _ in range(3)]
    pairs = list(zip(table["network_a"], table["network_b"], strict=True))
    assert pairs[:3] == [("a", "b"), ("a", "c"), ("b", "c")]
    gain = {
        n: values(fits, "linear", "aicc", n) - values(fits, "logistic", "aicc", n) for n in NETWORKS
    }
    rows = table[table["measure"] == "aicc_gain"]
    found = []
    for row in rows.itertuples():
        d = (gain[row.network_a] - gain[row.network_b]).to_numpy()
        p = permutation_test((d,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
        assert row.difference == pytest.approx(d.mean())
        assert row.lower < d.mean() < row.upper
        assert row.p == pytest.approx(p)
        found.append(p)
    np.testing.assert_allclose(rows["p_holm"], multipletests(found, method="holm")[1])


def test_smallest_p_of_seven_continua():
    rows = comparisons(*measured(), 0).query("measure == 'over_pixels'")
    assert (rows["p"] == 2 / 128).all()
    assert (rows["p_holm"] == 6 / 128).all()
    assert (rows["p_max"] == 2 / 128).all()
    assert wilcoxon(np.arange(1, 8), method="exact").pvalue == 2 / 128


def test_continua_that_a_network_lacks_are_left_out_of_its_pairs():
    table = comparisons(*measured(lacking={("b", "0-x"), ("b", "3-x")}), 0)
    rows = table.query("measure == 'slope'").set_index(["network_a", "network_b"])
    assert rows["n_continua"].to_dict() == {("a", "b"): 5, ("a", "c"): 7, ("b", "c"): 5}
    assert rows.loc[("a", "b"), ["lower", "upper"]].isna().all()
    assert (table.query("measure == 'over_pixels'")["n_continua"] == 7).all()


def test_network_without_curves_is_compared_in_nothing_it_lacks():
    table = comparisons(*measured(lacking={("b", c) for c in PAPER}), 0)
    rows = table.query("measure == 'logistic_r2'").set_index(["network_a", "network_b"])
    assert rows["n_continua"].tolist() == [0, 7, 0]
    assert rows["p"].isna().tolist() == [True, False, True]
    assert rows.loc[("a", "c"), "p_holm"] == rows.loc[("a", "c"), "p"]


def test_one_network_has_nothing_to_be_compared_with():
    fits, excess = (table[table["network"] == "a"] for table in measured())
    assert comparisons(fits, excess, 0).shape == (0, 14)


def test_no_fit_at_all():
    fits, excess = measured()
    table = comparisons(fits[:0], excess.assign(over_pixels=np.nan), 0)
    assert table["p"].isna().all()


def test_fits_are_compared_within_networks():
    fits, _ = measured()
    third = fits[fits["fit"] == "linear"].assign(fit="quadratic")
    third["r2"] += np.tile([0.1, -0.1, 0.2, 0.3, -0.2, 0.4, 0.15], 3)
    table = fit_comparisons(pd.concat([fits, third]).assign(r2_adjusted=0.5), 0)
    assert table.columns.tolist() == [*KEY[:3], "measure", "fit_a", "fit_b", *TESTED]
    assert len(table) == 3 * len(FIT_MEASURES) * 3
    rows = table.query("network == 'b' and measure == 'r2'").set_index(["fit_a", "fit_b"])
    shift = [0.1, -0.1, 0.2, 0.3, -0.2, 0.4, 0.15]
    p = permutation_test((shift,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
    row = rows.loc[("linear", "quadratic")]
    assert row["difference"] == pytest.approx(-np.mean(shift))
    assert row["p"] == pytest.approx(p)
    assert rows["p_holm"].tolist() == pytest.approx(multipletests(rows["p"], method="holm")[1])
    assert (table.query("measure == 'r2_adjusted'")["p"] == 1).all()


def test_no_fits_to_compare():
    assert fit_comparisons(measured()[0][:0], 0).shape == (0, 13)
