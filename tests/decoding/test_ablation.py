import numpy as np
import pytest
import xarray as xr

from nurture.core.errors import NurtureError
from nurture.core.files import open_dataset, write_dataset
from nurture.decoding.ablation import ablation
from nurture.decoding.classifier import component_scores
from nurture.decoding.populations_tables import ablation as table
from nurture.decoding.readout import make_readout


def read(result, task):
    """Accuracy intact and without selective units, mean loss without random ones, and p."""
    rows = table([result], 100)
    rows = rows[rows["task"] == task].set_index("ablated")
    accuracy, loss = rows["accuracy"], rows["loss"]
    return accuracy["none"], accuracy["selective"], loss["random"], rows.loc["selective", "p"]


def test_what_remains_is_what_the_remaining_units_give(layer):
    kind = {"n_units": 60, "expression": 8, "both": 10}
    training, test = layer.faces(12, 0, 1, **kind), layer.faces(9, 50, 2, **kind)
    readout = make_readout(training, test, np.ones(60, bool), 10, 1.0)
    ablated = np.array([0, 3, 4, 11, 30, 59])
    remaining = readout.products(np.setdiff1d(np.arange(60), ablated))
    downdated = readout.products(np.arange(60)) - readout.products(ablated)
    np.testing.assert_allclose(downdated.train, remaining.train, atol=1e-9)
    np.testing.assert_allclose(downdated.test, remaining.test, atol=1e-9)
    assert downdated.n_live == remaining.n_live == 54
    assert readout.hits(downdated).tolist() == readout.hits(remaining).tolist()


def test_as_many_components_as_units_remain(layer):
    training, test = layer.faces(6, 0, 1), layer.faces(4, 50, 2)
    readout = make_readout(training, test, np.ones(40, bool), 30, 1.0)
    downdated = readout.products(np.arange(40)) - readout.products(np.arange(28))
    alone = component_scores(readout.products(np.arange(28, 40)), 30)[1]
    scores = component_scores(downdated, 30)[1]
    assert scores.shape == (24, 12)
    np.testing.assert_allclose(np.abs(scores), np.abs(alone), atol=1e-6)


def test_ablated_is_the_same_as_set_to_zero(layer):
    kind = {"n_units": 60, "expression": 8, "both": 10}
    training, test = layer.faces(12, 0, 1, **kind), layer.faces(9, 50, 2, **kind)
    units = layer.found(np.arange(60) < 8)
    without = ablation(training, test, units, n_components=10, ablations=1)
    zeroed = [file.copy(deep=True) for file in (training, test)]
    for file in zeroed:
        file["activation"][:, :8] = 0
    intact = ablation(*zeroed, units, n_components=10, ablations=1)
    first, second = without["hits"].sel(ablated="selective"), intact["hits"].sel(ablated="none")
    assert first[0].to_numpy().tolist() == second[0].to_numpy().tolist()


def test_a_loss_that_was_planted_is_found(layer):
    kind = {"n_units": 60, "expression": 10, "identity": 20}
    files = layer.faces(30, 0, 1, **kind), layer.faces(10, 50, 2, **kind)
    result = ablation(*files, layer.found(np.arange(60) < 10), n_components=30, ablations=19)
    assert result["n_ablated"].to_numpy().tolist() == [0, 10, 10]
    intact, without, random, p = read(result, "expression")
    assert intact > 0.85
    assert without < 0.3  # chance 1/6
    assert random < 0.1
    assert p == 2 / 20
    intact, without, random, p = read(result, "identity")
    assert intact > 0.5  # chance 1/10
    assert without > intact - 0.1
    assert p > 0.05


def test_units_that_mislead_are_as_surprising_as_units_that_are_missed(layer):
    """p was one-sided once: of units without which a layer does better it could not be small."""
    kind = {"n_units": 60, "expression": 30, "noise": 3.0}
    training, test = layer.faces(30, 0, 1, **kind), layer.faces(10, 50, 2, **kind)
    test["activation"][:, :10] = np.roll(test["activation"][:, :10], 1, axis=0)
    result = ablation(training, test, layer.found(np.arange(60) < 10), 30, ablations=19)
    intact, without, random, p = read(result, "expression")
    assert without > intact + 0.05
    assert abs(random) < 0.05
    assert p == 2 / 20


def test_no_loss_where_others_tell_the_same(layer):
    kind = {"n_units": 60, "expression": 60}
    files = layer.faces(15, 0, 1, **kind), layer.faces(10, 50, 2, **kind)
    result = ablation(*files, layer.found(np.arange(60) < 10), n_components=20, ablations=19)
    intact, without, random, p = read(result, "expression")
    assert intact == without == 1
    assert (random, p) == (0, 1)


def test_p_of_units_that_are_no_others_than_random_is_calibrated(layer):
    """Which units are called selective is drawn anew each time, of units that tell unequally."""
    rng, p = np.random.default_rng(3), []
    kind = {"n_units": 24, "expression": 6, "both": 4, "noise": 4.0}
    files = layer.faces(6, 0, 1, **kind), layer.faces(6, 50, 2, **kind)
    for seed in range(30):
        selective = np.isin(np.arange(24), rng.choice(24, 8, replace=False))
        result = ablation(*files, layer.found(selective), ablations=9, seed=seed)
        p.append([read(result, task)[3] for task in ("expression", "identity")])
    p = np.array(p)
    for level in (0.2, 0.4, 0.6):
        error = np.sqrt(level * (1 - level) / p.size)
        assert (p <= level + 1e-9).mean() < level + 3 * error
    # Uniform on .2, .4, ... 1, but for ties, which count against the selective units.
    assert 0.6 - 3 * 0.29 / np.sqrt(p.size) < p.mean() < 0.75


@pytest.mark.parametrize(
    ("selective", "constant", "draws", "note"),
    [
        pytest.param(0, 0, [1, 0, 0], "no selective units", id="none"),
        pytest.param(35, 0, [1, 0, 0], "too few units left (5 < 10)", id="nearly-all"),
        pytest.param(3, 31, [0, 0, 0], "too few units (9 < 10)", id="small-layer"),
    ],
)
def test_what_cannot_be_ablated_is_a_result(layer, selective, constant, draws, note):
    units = layer.found(np.arange(40) < selective, np.arange(40) >= 40 - constant)
    result = ablation(layer.faces(4, 0, 1), layer.faces(4, 50, 2), units, 5, ablations=3)
    assert result["n_draws"].to_numpy().tolist() == draws
    assert result["note"].to_numpy().tolist() == [("" if n else note) for n in draws]
    assert (
        result["hits"].sum(["draw", "task", "identity", "expression"]) > 0
    ).to_numpy().tolist() == [n > 0 for n in draws]


def test_units_that_are_silent_in_training_are_not_ablated(layer):
    training, test = layer.faces(4, 0, 1), layer.faces(4, 50, 2)
    training["activation"][:, :3] = 0
    result = ablation(training, test, layer.found(np.arange(40) < 12), 5, ablations=3)
    assert result["n_ablated"].to_numpy().tolist() == [0, 9, 9]
    assert result.attrs["n_units"] == 37


def test_same_seed_same_bytes_and_a_round_trip(layer, tmp_path):
    files = layer.faces(6, 0, 1), layer.faces(5, 50, 2), layer.found(np.arange(40) < 12)
    results = [ablation(*files, n_components=10, ablations=3, seed=seed) for seed in (4, 4, 5)]
    for name, result in zip("ab", results[:2], strict=True):
        write_dataset(result, tmp_path / f"{name}.nc")
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    with open_dataset(tmp_path / "a.nc", "ablation", ["hits"]) as written:
        xr.testing.assert_identical(written.load(), results[0])
    changed = (results[2]["hits"] != results[0]["hits"]).any(
        ["draw", "task", "identity", "expression"]
    )
    assert changed.to_numpy().tolist() == [False, False, True]


def test_files_of_another_layer(layer):
    other = layer.faces(4, 50, 2).assign_attrs(layer="conv2")
    with pytest.raises(NurtureError, match=r"generalisation set: .*conv2"):
        ablation(layer.faces(4, 0, 1), other, layer.found(np.arange(40) < 20))
