import numpy as np
import pytest
import xarray as xr

from nurture.core.errors import NurtureError
from nurture.core.files import open_dataset, write_dataset
from nurture.decoding.populations import (
    compared_populations,
    confused_populations,
    decode_populations,
    draw_populations,
)
from nurture.decoding.readout import hit_rate

NAMES = ["selective", "expression-only", "identity-selective", "random", "all"]


def accuracies(result, task):
    """Mean accuracy of each population over its draws."""
    shown = result["shown"].sel(task=task).to_numpy()
    return {
        str(name): float(
            hit_rate(result["hits"].sel(task=task)[i, : int(n)].to_numpy(), shown).mean()
        )
        for i, (name, n) in enumerate(
            zip(result["population"].to_numpy(), result["n_draws"].to_numpy(), strict=True)
        )
    }


def test_populations_of_confusions():
    responds = np.arange(100) < 50
    selective = np.arange(100) % 4 == 0
    chosen = confused_populations(selective, responds, 4, seed=3)
    assert [rows.tolist() for rows in chosen["selective"]] == [list(range(0, 50, 4))]
    assert [rows.tolist() for rows in chosen["all"]] == [list(range(50))]
    assert [len(set(rows)) for rows in chosen["nonselective"]] == [13] * 4
    assert len({tuple(rows) for rows in chosen["nonselective"]}) == 4
    for rows in chosen["nonselective"]:
        assert not (selective[rows] | ~responds[rows]).any()
    again, other = (
        confused_populations(selective, responds, 4, seed)["nonselective"] for seed in (3, 4)
    )
    assert np.array_equal(again, chosen["nonselective"])
    assert not np.array_equal(other, chosen["nonselective"])


def test_populations_when_most_units_are_selective():
    chosen = confused_populations(np.array([1, 1, 1, 0]) == 1, np.ones(4, bool), 5, seed=0)
    assert [rows.tolist() for rows in chosen["nonselective"]] == [[3]]


def test_compared_populations_by_their_p_values(layer):
    nan = np.nan
    units = layer.found(
        selective=[1, 0, 0, 0, 0],
        constant=[0, 0, 0, 0, 1],
        p_expression=[0.001, 0.002, 0.4, 0.5, nan],
        p_identity=[0.3, 0.001, 0.001, 0.6, nan],
    )
    found = {
        name: member.astype(int).tolist() for name, member in compared_populations(units).items()
    }
    assert found == {
        "selective": [1, 0, 0, 0, 0],
        "expression-only": [1, 1, 0, 0, 0],
        "identity-selective": [0, 0, 1, 0, 0],
        "random": [1, 1, 1, 1, 0],
        "all": [1, 1, 1, 1, 0],
    }


def members(*sizes, n_units=90):
    return {name: np.arange(n_units) < size for name, size in zip(NAMES, sizes, strict=True)}


def test_draws_are_equally_many_units_of_each():
    drawn = draw_populations(members(12, 50, 20, 80, 80), min_units=10, draws=4, seed=1)
    assert {name: units.shape for name, units in drawn.items()} == {
        "selective": (1, 12),
        "expression-only": (4, 12),
        "identity-selective": (4, 12),
        "random": (4, 12),
        "all": (1, 80),
    }
    for name, most in zip(NAMES, (12, 50, 20, 80, 80), strict=True):
        assert all(len(set(units)) == len(units) for units in drawn[name])
        assert drawn[name].max() < most
    assert len({tuple(units) for units in drawn["random"]}) == 4
    again, other = (
        draw_populations(members(12, 50, 20, 80, 80), 10, 4, seed)["random"] for seed in (1, 2)
    )
    assert (again == drawn["random"]).all()
    assert (other != drawn["random"]).any()


def test_a_population_of_too_few_units_does_not_make_the_others_smaller():
    drawn = draw_populations(members(30, 50, 9, 80, 80), min_units=10, draws=2, seed=1)
    assert [drawn[name].shape for name in NAMES] == [(1, 30), (2, 30), (0, 0), (2, 30), (1, 80)]


def planted(layer, **options):
    """Ten units follow expression, ten identity, ten both, thirty nothing."""
    kind = {"n_units": 60, "expression": 10, "identity": 10, "both": 10}
    p = np.full((2, 60), 0.5)
    p[0, :10] = p[1, 10:20] = p[:, 20:30] = 0.001
    units = layer.found(np.arange(60) < 10, None, *p)
    files = layer.faces(20, 200, 1, **kind), layer.faces(15, 300, 2, **kind)
    return decode_populations(*files, units, n_components=20, **{"draws": 3, "seed": 0} | options)


def test_planted_units_tell_what_they_follow(layer):
    result = planted(layer)
    assert result["n_units"].to_numpy().tolist() == [10, 10, 10, 10, 60]
    assert result["n_draws"].to_numpy().tolist() == [1, 3, 1, 3, 1]
    expression, identity = (accuracies(result, task) for task in ("expression", "identity"))
    assert expression["selective"] > 0.95
    assert expression["identity-selective"] < 0.3  # chance 1/6
    assert identity["identity-selective"] > 0.8
    assert identity["selective"] < 0.15  # chance 1/15
    assert identity["expression-only"] > 0.2  # half of them follow identity too
    assert expression["selective"] > expression["random"] > expression["identity-selective"]
    assert expression["all"] > 0.8
    assert identity["all"] > 0.2


def test_noise_is_at_chance_within_sampling_error(layer):
    right, asked = np.zeros(2), np.zeros(2)
    for seed in range(12):
        files = layer.faces(10, 0, 2 * seed), layer.faces(10, 50, 2 * seed + 1)
        result = decode_populations(*files, layer.found(np.arange(40) < 15), draws=1, seed=seed)
        hits = result["hits"].sel(population=["selective", "all"])[:, 0]
        right += hits.sel(population="selective").sum(["identity", "expression"]).to_numpy()
        asked += result["shown"].sum(["identity", "expression"]).to_numpy()
    chance = np.array([1 / 6, 1 / 10])
    error = np.sqrt(chance * (1 - chance) / asked)
    assert (np.abs(right / asked - chance) < 3 * error).all()


def test_same_seed_same_bytes_and_a_round_trip(layer, tmp_path):
    results = [planted(layer), planted(layer)]
    for name, result in zip("ab", results, strict=True):
        write_dataset(result, tmp_path / f"{name}.nc")
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    with open_dataset(tmp_path / "a.nc", "populations", ["hits"]) as read:
        xr.testing.assert_identical(read.load(), results[0])
    other = planted(layer, seed=1)
    changed = (other["hits"] != results[0]["hits"]).any(["draw", "task", "identity", "expression"])
    assert changed.to_numpy().tolist() == [False, True, False, True, False]


def test_too_few_units_is_a_result(layer):
    units = layer.found(np.arange(40) < 9)
    files = layer.faces(4, 0, 1), layer.faces(4, 50, 2)
    result = decode_populations(*files, units, n_components=5, draws=2)
    assert result["note"].to_numpy().tolist() == [
        "too few selective units (9 < 10)",
        "too few expression-only units (9 < 10)",
        "too few identity-selective units (0 < 10)",
        *("", ""),
    ]
    assert result["n_draws"].to_numpy().tolist() == [0, 0, 0, 1, 1]
    assert result["n_units"].to_numpy().tolist() == [9, 9, 0, 40, 40]
    none = decode_populations(*files, layer.found(np.zeros(40), np.arange(40) >= 9), draws=2)
    assert none["note"].to_numpy().tolist()[3:] == ["too few units (9 < 10)"] * 2
    assert none["hits"].sum() == 0


def test_units_that_are_silent_in_training_do_not_count(layer):
    training, test = layer.faces(4, 0, 1), layer.faces(4, 50, 2)
    training["activation"][:, :3] = 0
    units = layer.found(np.arange(40) < 12)
    result = decode_populations(training, test, units, n_components=5, draws=2)
    assert result["note"].to_numpy().tolist()[0] == "too few selective units (9 < 10)"
    assert result["n_units"].to_numpy().tolist()[3:] == [37, 37]


def test_files_of_another_layer(layer):
    other = layer.faces(4, 50, 2).assign_attrs(layer="conv2")
    with pytest.raises(NurtureError, match=r"generalisation set: .*conv2"):
        decode_populations(layer.faces(4, 0, 1), other, layer.found(np.arange(40) < 20))
