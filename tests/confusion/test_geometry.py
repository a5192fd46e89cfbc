"""Where expressions lie in a layer, and where identity does."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.linalg import subspace_angles
from scipy.spatial.distance import pdist
from scipy.stats import rankdata, spearmanr

from nurture.confusion.choice import fit_choice
from nurture.confusion.geometry import geometry, geometry_table
from nurture.confusion.geometry_figure import draw
from nurture.confusion.human import read_counts, read_humans

HUMANS = read_humans(Path(__file__).parents[2] / "config" / "human", read=read_counts)
PAIRS = np.triu_indices(6, 1)


def means_of(file, expressions=slice(None)):
    """Mean responses by identity and expression, shape (n, 6, n_units), in order."""
    cells = file["activation"].to_numpy().astype(float)
    return cells.reshape(-1, 6, cells.shape[1])[expressions]


def test_angles_are_those_of_scipy(layer):
    file = layer.faces(30, 0, 1, n_units=50, expression=10, both=20, identity=10)
    cells = means_of(file)
    spans = []
    for mean in (cells.mean(axis=0), cells.mean(axis=1)):
        _, _, axes = np.linalg.svd(mean - mean.mean(axis=0), full_matrices=False)
        spans.append(axes[:5].T)
    expected = np.sqrt((np.cos(subspace_angles(*spans)) ** 2).mean())
    assert geometry([file])["congruence"].item() == pytest.approx(expected)


def test_expression_and_identity_in_other_units_are_orthogonal(layer):
    apart = layer.faces(60, 0, 1, n_units=400, expression=200, identity=200, noise=0.2)
    one = layer.faces(60, 0, 1, n_units=400, both=400, noise=0.2)
    mixed = one.copy(deep=True)
    # Identity moves responses along what tells expressions apart.
    cells = means_of(mixed)
    along = cells.mean(axis=0) - cells.mean(axis=(0, 1))
    who = np.random.default_rng(0).normal(size=(60, 6)) @ along
    mixed["activation"][:] = (who[:, None] + along).reshape(-1, 400)
    found = [geometry([file])["congruence"].item() for file in (apart, mixed)]
    assert found[0] < 0.05
    assert found[1] > 0.95


def test_distances_are_zero_on_the_mean_where_expressions_do_not_differ(layer):
    files = [layer.faces(20, 0, seed, n_units=30) for seed in range(200)]
    distance = np.array([geometry([file])["distance"][0] for file in files])[:, *PAIRS]
    assert abs(distance.mean()) < 3 * distance.mean(axis=1).std() / np.sqrt(200)
    # Those of the same means without halves are not.
    plain = np.mean([pdist(means_of(file).mean(axis=0), "sqeuclidean").mean() for file in files])
    assert plain > 2


def test_congruence_by_chance_is_that_of_no_expression(layer):
    files = [layer.faces(40, 0, seed, n_units=80, identity=80, noise=2.0) for seed in range(30)]
    found = np.array(
        [
            geometry([f], seed=seed)[n]
            for n in ("congruence", "congruence_by_chance")
            for seed, f in enumerate(files)
        ]
    ).reshape(2, -1)
    difference = found[0] - found[1]
    assert abs(difference.mean()) < 3 * difference.std() / np.sqrt(30)


def test_what_is_the_same_for_all_identities_has_no_congruence(layer):
    file = layer.faces(12, 0, 1, noise=0, expression=40)
    found = geometry([file])
    assert np.isnan(found["congruence"].item())
    assert np.isfinite(found["distance"]).all()


def made(distance):
    return xr.Dataset(
        {
            "distance": (("layer", "expression", "other"), distance[None]),
            "congruence": ("layer", [0.2]),
            "congruence_by_chance": ("layer", [0.3]),
            "finer_distance": (("condition", "beside"), np.full((12, 12), np.nan)),
        },
        {"layer": ["deep"]},
        {"network": "net", "training": "identity", "readout": "deep"},
    )


def test_likeness_is_spearmans_with_observers_similarity():
    distance = np.random.default_rng(2).random((6, 6))
    distance += distance.T
    table = geometry_table([made(distance)], HUMANS).set_index("reference")
    each = [
        spearmanr(-distance[PAIRS], fit_choice(counts).similarity[PAIRS]).statistic
        for counts in HUMANS.values()
    ]
    assert table.loc[list(HUMANS), "likeness"].to_numpy() == pytest.approx(each)
    assert table.loc["mean", "likeness"] == pytest.approx(np.mean(each))


def test_observers_own_distances_are_at_the_ceiling():
    """The ceilings of Nili et al. (2014), by ranks, written out anew."""
    cells = np.array([fit_choice(counts).similarity[PAIRS] for counts in HUMANS.values()])
    ranks = rankdata(np.round(cells, 12), axis=1)
    upper = [spearmanr(one, ranks.mean(axis=0)).statistic for one in cells]
    lower = [
        spearmanr(cells[h], np.delete(ranks, h, axis=0).mean(axis=0)).statistic
        for h in range(len(cells))
    ]
    best = np.zeros((6, 6))
    best[PAIRS] = -ranks.mean(axis=0)
    row = geometry_table([made(best + best.T)], HUMANS).set_index("reference").loc["mean"]
    assert row["ceiling_upper"] == pytest.approx(np.mean(upper), abs=1e-3)
    assert row["ceiling_lower"] == pytest.approx(np.mean(lower), abs=1e-3)
    assert row["likeness"] == pytest.approx(np.mean(upper), abs=1e-3)
    assert row["p"] == pytest.approx(1 / 720)


def test_labels_of_no_meaning_reject_in_five_per_cent():
    rng, p = np.random.default_rng(4), []
    for _ in range(60):
        distance = rng.random((6, 6))
        table = geometry_table([made(distance + distance.T)], HUMANS)
        p.append(table.loc[table["reference"] == "mean", "p"].item())
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
    assert 0.4 < np.mean(p) < 0.6


def graded(layer, seed, n_units=60, **kind):
    """Faces of which the deviation from the mean of their identity grows with intensity."""
    file = layer.faces(40, 0, seed, n_units=n_units, **kind)
    intensity = np.random.default_rng(3).uniform(0.5, 1, len(file["stimulus"]))
    cells = file["activation"].to_numpy().reshape(40, 6, -1)
    mean = cells.mean(axis=1, keepdims=True)
    grown = mean + (cells - mean) * intensity.reshape(40, 6, 1)
    file["activation"][:] = grown.reshape(240, -1)
    return file.assign_coords(intensity=("stimulus", intensity.astype("float32")))


def test_finer_distances_are_those_of_means_written_out(layer):
    file = graded(layer, 1, expression=30, noise=0.5)
    cells = file["activation"].to_numpy().astype(float).reshape(40, 6, -1)
    cells -= cells.mean(axis=1, keepdims=True)
    intensity = file["intensity"].to_numpy().reshape(40, 6)
    strong = intensity > np.median(intensity, axis=0)
    means = np.array(
        [
            [cells[h::2, e][strong[h::2, e] == s].mean(axis=0) for e in range(6) for s in (0, 1)]
            for h in (0, 1)
        ]
    )
    apart = means[:, :, None] - means[:, None]
    found = geometry([file], [file])["finer_distance"]
    np.testing.assert_allclose(found, (apart[0] * apart[1]).sum(axis=-1), atol=1e-9)
    assert found["condition"].to_numpy().tolist()[:2] == ["weak anger", "strong anger"]
    # Strong expressions lie farther apart than weak ones.
    weak, strong = (found.to_numpy()[s::2, s::2][PAIRS].mean() for s in (0, 1))
    assert strong > 1.3 * weak


def test_finer_conditions_are_compared_between_networks(layer):
    files = [
        graded(layer, seed, expression=30, noise=0.3).assign_attrs(network=f"net {seed}")
        for seed in (1, 2)
    ]
    results = [geometry([file], [file]) for file in files]
    table = geometry_table(results, HUMANS)
    assert set(table["conditions"]) == {"expression", "expression x intensity"}
    (row,) = table[table["conditions"] == "expression x intensity"].itertuples()
    assert (row.network, row.reference) == ("net 1", "net 2")
    pairs = np.triu_indices(12, 1)
    expected = spearmanr(*(one["finer_distance"].to_numpy()[pairs] for one in results)).statistic
    assert row.likeness == pytest.approx(expected)
    assert row.likeness > 0.8
    assert np.isnan(row.p)


def test_without_intensity_there_are_no_finer_conditions(layer):
    file = layer.faces(12, 0, 1, expression=10)
    even = file.assign_coords(intensity=("stimulus", np.ones(72, "float32")))
    for varied in ([], [file], [even]):
        assert np.isnan(geometry([file], varied)["finer_distance"]).all()


def test_too_few_complete_identities_have_no_geometry(layer):
    file = layer.faces(8, 0, 1).isel(stimulus=slice(3, 33))
    found = geometry([file])
    assert np.isnan(found["congruence"].item())
    table = geometry_table([found], HUMANS)
    assert table[["likeness", "p"]].isna().all(axis=None)


def test_the_figure_has_both(layer, make):
    files = [layer.faces(12, 0, seed, expression=20) for seed in (1, 2)]
    files = [f.assign_attrs(layer=name) for f, name in zip(files, ("one", "two"), strict=True)]
    table = geometry_table([geometry(files)], HUMANS)
    axes = draw(table, {"net": {"training": "none", "readout": "two"}}, style={}).axes
    mean = table[table["reference"] == "mean"]
    (line,) = make.drawn(axes[0], "likeness of net")
    assert line.get_ydata() == pytest.approx(mean["likeness"].to_numpy())
    (line,) = make.drawn(axes[1], "congruence of net")
    assert line.get_ydata() == pytest.approx(mean["congruence"].to_numpy())
    assert list(line.get_xdata()) == [0, 1]
