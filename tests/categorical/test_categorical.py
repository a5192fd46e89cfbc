from functools import partial

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nurture.categorical.categorical import categorical as analyse
from nurture.categorical.curves import fit_curve
from nurture.core.errors import NurtureError
from nurture.core.expressions import CONTINUA, EXPRESSIONS, NONE
from nurture.core.files import label_coordinates, open_dataset, write_dataset
from nurture.stimuli.morphs import ends

categorical = partial(analyse, resamples=10)
LEVELS = np.linspace(0, 1, 21)
ABOUT = {"network": "net", "training": "none", "layer": "conv"}


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
    answered = (result["answer"] == 1).mean("identity").transpose(*result["share_second"].dims)
    np.testing.assert_allclose(result["share_second"], answered)
    assert (result["share_second"][:, 0] < 0.2).all()
    assert (result["share_second"][:, -1] > 0.8).all()
    assert (abs(result["boundary"].sel(fit="logistic") - 0.5) < 0.2).all()
    assert (result["r2"].sel(fit="logistic") > result["r2"].sel(fit="linear")).all()
    assert result["note"].to_numpy().tolist() == [""] * 7
    one = result.sel(continuum="anger-fear", fit="logistic")
    fit = fit_curve(result["level"], one["share_second"], "logistic")
    np.testing.assert_array_equal(one["parameters"], fit.parameters)
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


def test_components_and_c_reach_the_classifier():
    files = selection_set(), continua_set(["anger-fear"]), units(20)
    curve = categorical(*files)["share_second"]
    for changed in ({"n_components": 1}, {"C": 1e-6}):
        assert (categorical(*files, **changed)["share_second"] != curve).any()


def test_resamples_and_seed_reach_the_intervals():
    files = selection_set(), continua_set(["anger-fear"]), units(20)
    width = [
        categorical(*files, **changed)["boundary_lower"].to_numpy()
        for changed in ({}, {}, {"seed": 1}, {"resamples": 50})
    ]
    np.testing.assert_array_equal(width[0], width[1])
    assert (width[0] != width[2]).any()
    assert (width[0] != width[3]).any()


def test_too_few_selective_units_is_a_result():
    result = categorical(selection_set(), continua_set(), units(4))
    assert result["note"].to_numpy().tolist() == ["too few selective units (4 < 10)"] * 7
    assert result["share_second"].isnull().all()
    assert result["parameters"].isnull().all()
    assert (result["n"] == 0).all()
    assert (result["answer"] == -1).all()
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
        (
            selection_set(),
            continua_set().isel(stimulus=slice(1, None)),
            "happiness-anger: identity 0 shows level 0 0 times, not once",
        ),
    ],
    ids=["end-point", "no-continuum", "other-units", "incomplete"],
)
def test_unusable_files(selection, continua, message):
    with pytest.raises(NurtureError, match=message):
        categorical(selection, continua, units(20))


def test_units_that_are_silent_to_both_ends_in_training_do_not_count():
    """A curve once rested on 11 of 63 units: the others were silent to all that it learned from."""
    seen = selection_set()
    expression = np.tile(EXPRESSIONS, 15)
    seen["activation"][np.isin(expression, ["anger", "fear"]), :12] = 0
    result = categorical(seen, continua_set(["anger-fear", "happiness-fear"]), units(20))
    few, enough = (result.sel(continuum=name) for name in ("anger-fear", "happiness-fear"))
    assert few["note"] == "too few selective units (8 < 10)"
    assert (few["answer"] == -1).all()
    assert enough["note"] == ""
    assert (enough["answer"] >= 0).all()


def test_many_stimuli_are_answered_as_few(monkeypatch, tmp_path):
    few = categorical(selection_set(), continua_set(), units(20))
    monkeypatch.setattr("nurture.decoding.places.HELD", 0)
    monkeypatch.setattr("nurture.activations.units.READ_BYTES", 2**13)
    for name, file in {"training": selection_set(), "continua": continua_set()}.items():
        # Backwards, so that the rows of a sequence are read in falling order.
        write_dataset(file.isel(stimulus=slice(None, None, -1)), tmp_path / f"{name}.nc")
    with (
        open_dataset(tmp_path / "training.nc", "activations") as training,
        open_dataset(tmp_path / "continua.nc", "activations") as continua,
    ):
        many = categorical(training, continua, units(20))
    assert 0.3 < (few["answer"] == 1).mean() < 0.7
    assert (many["answer"] == few["answer"]).mean() > 0.98
    assert many["note"].equals(few["note"])
