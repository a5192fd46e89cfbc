import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.spatial.distance import pdist
from scipy.stats import kstest, ttest_1samp
from sklearn.preprocessing import StandardScaler

from nurture.categorical.categorical import categorical
from nurture.categorical.discrimination import (
    excess,
    mean_interval,
    pixel_distances,
    relative,
    unit_distances,
)
from nurture.core.errors import NurtureError
from nurture.core.files import label_coordinates, open_dataset, write_dataset
from nurture.statistics.resampling import sign_test

LEVELS = np.linspace(0, 1, 21)
MIDDLES = (LEVELS[1:] + LEVELS[:-1]) / 2
ABOUT = {"network": "net", "training": "none", "layer": "conv"}


def morph_labels(n_identities=3, continua=("happiness-anger", "anger-fear"), levels=LEVELS):
    rows = [("none", i + 5, c, x) for i in range(n_identities) for c in continua for x in levels]
    return pd.DataFrame(rows, columns=["expression", "identity", "continuum", "level"])


def file(labels, n_units=30, seed=0):
    values = np.random.default_rng(seed).gamma(1, 2, (len(labels), n_units)).astype("float32")
    return xr.Dataset(
        {"activation": (("stimulus", "unit"), values)}, label_coordinates(labels), ABOUT
    )


def training(n_units=30):
    labels = pd.DataFrame({"expression": ["anger", "fear"] * 10, "identity": np.arange(20)})
    return file(labels, n_units, 1)


def units(selective, n_units=30):
    values = np.isin(np.arange(n_units), selective).astype("int8")
    return xr.Dataset({"selective": ("unit", values)}, attrs=ABOUT)


def test_distances_equal_scikit_learn_and_scipy():
    labels = morph_labels().sample(frac=1, random_state=1, ignore_index=True)
    seen, shown, chosen = training(), file(labels), np.arange(3, 18)
    result = unit_distances(seen, shown, units(chosen))
    scaled = (
        StandardScaler()
        .fit(seen["activation"][:, chosen])
        .transform(shown["activation"][:, chosen])
    )
    assert result["distance"].dims == ("continuum", "identity", "level")
    np.testing.assert_allclose(result["level"], MIDDLES, atol=1e-6)
    for continuum in ("happiness-anger", "anger-fear"):
        for identity in (5, 6, 7):
            mine = labels.query("continuum == @continuum and identity == @identity")
            rows = mine.sort_values("level").index
            expected = [pdist(scaled[rows[i : i + 2]])[0] / np.sqrt(15) for i in range(20)]
            found = result["distance"].sel(continuum=continuum, identity=identity)
            np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_units_without_response_are_left_out(tmp_path):
    seen, shown = training(), file(morph_labels())
    expected = unit_distances(seen, shown, units(np.arange(1, 20)))
    seen["activation"][:, 0] = 3
    result = unit_distances(seen, shown, units(np.arange(20)))
    np.testing.assert_array_equal(result["distance"], expected["distance"])
    assert result.n_units == 20
    write_dataset(result, tmp_path / "a.nc")
    with open_dataset(tmp_path / "a.nc", "discrimination", ["distance"]) as read:
        xr.testing.assert_equal(read.load(), result)


@pytest.mark.parametrize(
    ("chosen", "constant", "note"),
    [
        (np.arange(4), False, "too few selective units (4 < 10)"),
        (np.arange(12), True, "too few selective units (9 < 10)"),
    ],
    ids=["few", "silent in training"],
)
def test_no_distances_say_why(chosen, constant, note):
    seen = training()
    if constant:
        seen["activation"][:, :3] = 1
    result = unit_distances(seen, file(morph_labels()), units(chosen))
    assert result.note == note
    assert (
        relative(result["distance"].to_numpy()[0]).tolist()
        == [pytest.approx([np.nan] * 20, nan_ok=True)] * 3
    )


def test_unusable_files():
    with pytest.raises(NurtureError, match="continua set"):
        unit_distances(training(), file(morph_labels(), 29), units(np.arange(20)))
    with pytest.raises(NurtureError, match="shows level 0 0 times"):
        unit_distances(training(), file(morph_labels()[1:]), units(np.arange(20)))


def test_pixel_distances_are_root_mean_squares():
    labels = morph_labels(2, ("anger-fear",), np.array([0, 0.5, 1]))
    images = np.zeros((6, 4, 5, 3), "uint8")
    images[1] = 10  # all 60 values of the first identity's second image
    images[3:6, 0, 0, 0] = 0, 60, 0  # one value of the second identity's
    dataset = xr.Dataset(
        {"image": (("stimulus", "y", "x", "channel"), images)}, label_coordinates(labels)
    )
    distance = pixel_distances(dataset)["distance"]
    assert distance.dims == ("continuum", "identity", "level")
    np.testing.assert_allclose(distance[0], [[10, 10], [60 / 60**0.5] * 2])


def test_relative_distances():
    np.testing.assert_array_equal(
        relative(np.array([[1.0, 2, 3], [0, 0, 0]])), [[0.5, 1, 1.5], [np.nan] * 3]
    )


@pytest.mark.parametrize(
    ("boundary", "expected"),
    [
        # Pairs at .375 to .625 are across .5: four of the twenty, and twice as far apart.
        (0.5, (2 - 1) / 1.2),
        (0.1, (1 - 20 / 16) / 1.2),
        (np.nan, np.nan),
    ],
    ids=["there", "elsewhere", "none"],
)
def test_excess_by_hand(boundary, expected):
    distance = np.where(abs(MIDDLES - 0.5) < 0.1, 2.0, 1.0)[None] * 7
    found = excess(distance, MIDDLES, np.array([boundary]))
    np.testing.assert_allclose(found, [expected])


def test_excess_of_few_levels_takes_the_pair_that_holds_the_boundary():
    middles = np.array([0.125, 0.375, 0.625, 0.875])
    found = excess(np.array([[1.0, 1, 3, 1]]), middles, np.array([0.55]))
    np.testing.assert_allclose(found, [2 / 1.5])


def experiments(n, effect, seed, n_identities=12):
    """Excesses of identities whose distances rise near boundaries of their own by `effect`."""
    rng = np.random.default_rng(seed)
    own = rng.normal(0.5, 0.08, (n, n_identities, 1))
    speed = rng.gamma(4, 0.25, (n, n_identities, 20)) * (1 + effect * (abs(MIDDLES - own) < 0.1))
    elsewhere = (own.sum(axis=1, keepdims=True) - own) / (n_identities - 1)
    return np.array([excess(d, MIDDLES, b[:, 0]) for d, b in zip(speed, elsewhere, strict=True)])


def test_without_effect_excess_is_zero_and_p_uniform():
    found = experiments(3000, 0, 10)
    assert ttest_1samp(found.ravel(), 0).pvalue > 0.01
    p = sign_test(found.T, 0)
    assert kstest(p, "uniform").pvalue > 0.01
    assert abs((p <= 0.05).mean() - 0.05) < 2.6 * np.sqrt(0.05 * 0.95 / 3000)


def test_planted_boundary_effect_is_found():
    """Neighbours twice as far apart at the boundary, twelve identities: power and coverage."""
    found = experiments(200, 1, 2)
    truth = experiments(5000, 1, 3).mean()
    assert truth > 0.4
    assert (sign_test(found.T, 0) <= 0.05).mean() > 0.85
    bounds = np.array([mean_interval(one, 300, 0)[1:] for one in found])
    covered = np.mean((bounds[:, 0] <= truth) & (truth <= bounds[:, 1]))
    assert 0.9 < covered < 0.99


def test_own_boundaries_would_feign_an_effect():
    """Why `excess` wants the boundary of other identities: answers change at large steps."""
    rng = np.random.default_rng(4)
    speed = rng.gamma(1, 1, (3000, 20))
    way = np.cumsum(speed, axis=1) / speed.sum(axis=1, keepdims=True)
    own = MIDDLES[(way > 0.5).argmax(axis=1)]
    assert ttest_1samp(excess(speed, MIDDLES, own), 0).statistic > 5
    other = rng.permutation(own)
    assert abs(ttest_1samp(excess(speed, MIDDLES, other), 0).statistic) < 3


def test_mean_interval():
    mean, lower, upper = mean_interval(np.array([1.0, 2, np.nan, 3]), 500, 0)
    assert (mean, lower, upper) == (2, 1, 3)
    assert np.isnan(mean_interval(np.array([np.nan]), 10, 0)).all()


@pytest.mark.parametrize(
    ("rate", "expected"), [(None, False), (12, True)], ids=["graded", "categorical"]
)
def test_boundary_alone_is_not_categorical_perception(rate, expected):
    """Classifiers give graded units a boundary too; only units that change at it have an excess."""
    rng = np.random.default_rng(5)
    labels = morph_labels(12, ("anger-fear",))
    share = labels["level"].to_numpy()[:, None]
    if rate:
        share = 1 / (1 + np.exp(-rate * (share - 0.5)))
    person = rng.normal(0, 0.15, (12, 30))[labels["identity"] - 5]
    weights = rng.normal(size=30)
    seen, shown = training(), file(labels)
    fear = np.tile([0, 1], 10)[:, None]
    seen["activation"][:] = fear * weights + rng.normal(0, 0.3, (20, 30))
    shown["activation"][:] = share * weights + person + rng.normal(0, 0.01, (len(labels), 30))
    curve = categorical(seen, shown, units(np.arange(30)), resamples=10)
    without = curve["boundary_without"][0].to_numpy()
    assert (abs(without - 0.5) < 0.2).all()
    assert curve["r2"].sel(fit="logistic").item() > 0.95
    distance = unit_distances(seen, shown, units(np.arange(30)))["distance"][0].to_numpy()
    found = excess(distance, MIDDLES, without)
    assert (found.mean() > 0.5) == expected
    assert (sign_test(found, 0) < 0.001) == expected
