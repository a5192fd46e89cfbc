import tracemalloc

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from nurture.activations.units import block_units, is_constant, unit_blocks
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import label_coordinates, open_dataset, write_dataset
from nurture.selectivity.anova import analyse, make_design, selectivity, two_way_anova


def crossed(n_identities, expressions=EXPRESSIONS):
    expression = np.tile(expressions, n_identities)
    return expression, np.repeat(np.arange(n_identities), len(expressions))


def activation_file(activation, expression, identity):
    labels = pd.DataFrame({"expression": expression, "identity": identity})
    about = {"network": "net", "training": "none", "layer": "conv"}
    place = {
        name: ("unit", np.arange(activation.shape[1], dtype="int32"))
        for name in ("channel", "row", "column")
    }
    return xr.Dataset(
        {"activation": (("stimulus", "unit"), activation)}, label_coordinates(labels) | place, about
    )


def reference(values, expression, identity):
    table = pd.DataFrame({"y": values, "expression": expression, "identity": identity})
    return anova_lm(ols("y ~ C(expression) + C(identity)", table).fit(), typ=2)


DESIGNS = {
    "balanced": np.arange(72),
    "missing-cells": np.delete(np.arange(72), [0, 9, 10, 40, 71]),
    "replicates": np.repeat(np.arange(72), 2),
    "missing-and-replicates": np.r_[np.delete(np.arange(72), [3, 20, 21, 22]), 5, 5, 33, 60],
    "two-expressions": np.flatnonzero(np.arange(72) % 6 < 2),
    "one-cell-identity": np.delete(np.arange(72), [67, 68, 69, 70, 71]),
}


@pytest.mark.parametrize("rows", DESIGNS.values(), ids=DESIGNS.keys())
@pytest.mark.parametrize("offset", [0, 1e4], ids=["centred", "offset"])
def test_equals_statsmodels(rows, offset):
    rng = np.random.default_rng(1)
    expression, identity = (labels[rows] for labels in crossed(12))
    effect = rng.normal(size=(12, 3))[identity] * [0, 1, 3]
    activations = (offset + 0.1 * (rng.normal(size=(len(rows), 3)) + effect)).astype("float32")
    anova = two_way_anova(activations, expression, identity)
    for unit in range(3):
        # The offset is exact in float64; left in, it would cost statsmodels digits, not us.
        expected = reference(activations[:, unit].astype(float) - offset, expression, identity)
        for factor in ("expression", "identity"):
            f, p = expected.loc[f"C({factor})", ["F", "PR(>F)"]]
            np.testing.assert_allclose(anova[f"f_{factor}"][unit], f, rtol=1e-8)
            np.testing.assert_allclose(anova[f"p_{factor}"][unit], p, rtol=1e-6)
            squares = expected["sum_sq"]
            eta = squares[f"C({factor})"] / (squares[f"C({factor})"] + squares["Residual"])
            np.testing.assert_allclose(anova[f"partial_eta_squared_{factor}"][unit], eta, rtol=1e-8)


def test_two_by_two_by_hand():
    # Sums of squares 18.0625 (expression), 1.5625 (identity), 0.0625 (residual, 1 df).
    activations = np.array([[1.0], [5.0], [2.0], [6.5]])
    anova = two_way_anova(activations, ["anger", "fear", "anger", "fear"], [1, 1, 2, 2])
    expected = {
        "f_expression": 289.0,
        "f_identity": 25.0,
        "p_expression": 1 - 2 / np.pi * np.arctan(17),
        "p_identity": 1 - 2 / np.pi * np.arctan(5),
        "partial_eta_squared_expression": 18.0625 / 18.125,
        "partial_eta_squared_identity": 1.5625 / 1.625,
        "partial_omega_squared_expression": 18 / 18.25,
        "partial_omega_squared_identity": 1.5 / 1.75,
    }
    for name, value in expected.items():
        np.testing.assert_allclose(anova[name].item(), value, rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(anova["tuning"][:, 0], [1.5, 5.75], rtol=1e-14)
    assert anova["preferred"].item() == 1
    assert (anova.df_expression, anova.df_identity, anova.df_residual) == (1, 1, 1)


def test_tuning_of_incomplete_identities_is_least_squares_means():
    expression, identity = crossed(4)
    effect = np.array([1.0, 2, 3, 4, 5, 6])
    person = np.array([0.0, 0, 0, 80])
    activations = (np.tile(effect, 4) + person[identity])[:, None]
    keep = np.delete(np.arange(24), 18)  # the last identity lacks anger
    anova = two_way_anova(activations[keep], expression[keep], identity[keep])
    np.testing.assert_allclose(anova["tuning"][:, 0], effect + 20, rtol=1e-12)


def test_incomplete_identities_are_named_and_kept(caplog):
    expression, identity = crossed(3)
    keep = np.delete(np.arange(18), [6, 17])
    activations = np.random.default_rng(0).normal(size=(16, 2))
    anova = two_way_anova(activations, expression[keep], identity[keep])
    assert anova.incomplete_identities == "1 (anger); 2 (surprise)"
    assert "1 (anger); 2 (surprise)" in caplog.text
    assert anova.df_identity == 2


@pytest.mark.parametrize("factor", ["expression", "identity"])
@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.3])
def test_p_values_of_noise_are_uniform(factor, alpha):
    expression, identity = crossed(8)
    noise = np.random.default_rng(5).normal(size=(48, 20_000)).astype("float32")
    share = float((two_way_anova(noise, expression, identity)[f"p_{factor}"] < alpha).mean())
    assert abs(share - alpha) < 4 * np.sqrt(alpha * (1 - alpha) / 20_000)


def test_order_scale_and_blocks_do_not_matter():
    rng = np.random.default_rng(2)
    expression, identity = crossed(5)
    activations = rng.normal(size=(30, 5000))
    anova = two_way_anova(activations, expression, identity)
    order = rng.permutation(30)
    shuffled = two_way_anova(activations[order] * 1024, expression[order], identity[order])
    np.testing.assert_allclose(anova["f_expression"], shuffled["f_expression"], rtol=1e-10)
    np.testing.assert_allclose(anova["f_identity"], shuffled["f_identity"], rtol=1e-10)
    alone = two_way_anova(activations[:, 4321:4322], expression, identity)
    np.testing.assert_allclose(anova["p_identity"][4321], alone["p_identity"][0], rtol=1e-10)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0, 0], True),
        ([-7.25, -7.25, -7.25], True),
        ([1, 1 + 2**-23, 1 + 2**-20], True),
        ([1, 1, 1 + 2**-18], False),
        ([0, 0, 1e-30], False),
        ([1e4, 1e4 + 0.05, 1e4], False),
    ],
    ids=["zero", "negative", "last-bits", "above-last-bits", "tiny", "offset"],
)
def test_is_constant(values, expected):
    assert is_constant(np.array(values, "float32")[:, None]).tolist() == [expected]


def test_is_constant_of_integers():
    assert is_constant(np.array([[3, 3], [3, 4]])).tolist() == [True, False]


def test_constant_units_have_no_f_and_are_never_selective():
    expression, identity = crossed(6)
    activation = np.random.default_rng(0).normal(size=(36, 3)).astype("float32")
    activation[:, 1] = 2.5
    result = selectivity(activation_file(activation, expression, identity), alpha=0.01)
    for name in ("f", "p", "partial_eta_squared", "partial_omega_squared"):
        for factor in ("expression", "identity"):
            missing = np.isnan(result[f"{name}_{factor}"])
            assert missing.to_numpy().tolist() == [False, True, False]
    assert result["preferred"].to_numpy().tolist()[1] == -1
    assert result["selective"].to_numpy()[1] == 0
    assert result.n_constant == 1
    assert result["constant"].to_numpy().tolist() == [0, 1, 0]


def test_a_selection_keeps_the_numbers_of_its_units_and_says_what_they_are():
    expression, identity = crossed(6)
    activation = np.random.default_rng(1).normal(size=(36, 4)).astype("float32")
    activation[:, 2] += 9 * (expression == expression[0])
    result = selectivity(activation_file(activation, expression, identity), alpha=0.01)
    assert result.attrs["Conventions"] == "CF-1.11"
    kept = result.where(result["selective"] == 1, drop=True)
    assert kept["unit"].to_numpy().tolist() == [2]
    assert kept["f_expression"].attrs == {"long_name": "F of expression", "units": "1"}
    undescribed = {name for name, one in result.variables.items() if not one.attrs.get("long_name")}
    assert undescribed <= {"expression"}


def test_units_explained_without_residual():
    expression, identity = crossed(6)
    by_expression = np.tile([0.0, 0, 5, 1, 0, 0.1], 6)
    activation = np.column_stack([by_expression, identity / 3, by_expression + identity / 3])
    result = selectivity(activation_file(activation, expression, identity), alpha=0.01)
    assert result["f_expression"].to_numpy().tolist() == [np.inf, 0, np.inf]
    assert result["p_expression"].to_numpy().tolist() == [0, 1, 0]
    assert result["f_identity"].to_numpy().tolist() == [0, np.inf, np.inf]
    assert result["p_identity"].to_numpy().tolist() == [1, 0, 0]
    assert result["partial_eta_squared_expression"].to_numpy().tolist() == [1, 0, 1]
    assert result["partial_omega_squared_identity"].to_numpy().tolist() == [0, 1, 1]
    assert result["selective"].to_numpy().tolist() == [1, 0, 0]


def test_planted_units_are_found_among_neutral_stimuli():
    rng = np.random.default_rng(3)
    expression, identity = crossed(40, (*EXPRESSIONS, "neutral"))
    noise = rng.normal(size=(280, 4))
    noise[expression == "fear", 0] += 2
    noise[:, 1] += rng.normal(size=40)[identity]
    noise[expression == "sadness", 2] += 2
    noise[:, 2] += rng.normal(size=40)[identity]
    noise[expression == "neutral"] += 100
    result = selectivity(activation_file(noise, expression, identity), alpha=0.01)
    assert result["selective"].to_numpy().tolist() == [1, 0, 0, 0]
    assert EXPRESSIONS[result["preferred"].to_numpy()[0]] == "fear"
    assert EXPRESSIONS[result["preferred"].to_numpy()[2]] == "sadness"
    assert result.df_residual == 5 * 39
    assert result.n_selective == 1
    assert result.attrs["layer"] == "conv"


def test_alpha_decides():
    expression, identity = crossed(40)
    file = activation_file(
        np.random.default_rng(7).normal(size=(240, 500)).astype("float32"), expression, identity
    )
    result = selectivity(file, alpha=0.2)
    expected = (result["p_expression"] < 0.2) & (result["p_identity"] > 0.2)
    assert 40 < result.n_selective < 120
    assert result["selective"].to_numpy().tolist() == expected.astype(int).to_numpy().tolist()


def test_reads_a_file_lazily_and_writes_the_same_bytes(tmp_path):
    expression, identity = crossed(5, (*EXPRESSIONS, "neutral"))
    activation = np.random.default_rng(0).normal(size=(35, 3000)).astype("float32")
    made = activation_file(activation, expression, identity)
    write_dataset(made, tmp_path / "activation.nc")
    with open_dataset(tmp_path / "activation.nc", "activations") as file:
        result = selectivity(file, 0.01)
    for name in ("a", "b"):
        write_dataset(result, tmp_path / f"{name}.nc")
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    with open_dataset(tmp_path / "a.nc", "selectivity") as read:
        xr.testing.assert_equal(read["f_expression"], result["f_expression"])
        assert read["expression"].to_numpy().tolist() == list(EXPRESSIONS)
        assert read["channel"].to_numpy()[-1] == 2999
    xr.testing.assert_allclose(result, selectivity(made, 0.01))


def test_unit_blocks():
    blocks = list(unit_blocks(np.arange(10).reshape(2, 5), size=2))
    assert [start for start, _ in blocks] == [0, 2, 4]
    assert blocks[2][1].tolist() == [[4], [9]]


def test_nan_names_file_stimulus_and_unit(tmp_path):
    expression, identity = crossed(3)
    activation = np.zeros((18, 4000), "float32")
    activation[5, 3000] = np.nan
    write_dataset(activation_file(activation, expression, identity), tmp_path / "broken.nc")
    with (
        open_dataset(tmp_path / "broken.nc", "activations") as file,
        pytest.raises(NurtureError, match=r"broken\.nc: stimulus 5, unit 3000 is nan"),
    ):
        selectivity(file, 0.01)


@pytest.mark.parametrize(
    ("expression", "identity", "message"),
    [
        (["fear"] * 4, [1, 2, 3, 4], "1 expression level"),
        (["fear", "anger"] * 2, [1] * 4, "1 identity level"),
        (["fear", "anger", "fear"], [1, 1, 2], "no residual degrees of freedom"),
        (["fear", "anger"] * 2 + ["sadness"] * 2, [1, 1, 2, 2, 3, 4], "share no identity"),
        (["fear", "anger"] * 3, [1, 1, 2, 2, 3, 3], "4 stimuli but 6 labels"),
    ],
    ids=["expressions", "identities", "residual", "disconnected", "count"],
)
def test_impossible_designs(expression, identity, message):
    n = 4 if "but" in message else len(expression)
    with pytest.raises(NurtureError, match=message):
        two_way_anova(np.ones((n, 2)), expression, identity)


@pytest.mark.parametrize(
    ("n_stimuli", "size"),
    [((624,), 256), ((30_000, 10_000), 104), ((10**5,), 41)],
    ids=["one set", "two sets", "many"],
)
def test_blocks_shrink_with_the_number_of_stimuli(n_stimuli, size):
    assert block_units(*n_stimuli) == size


class Lazy:
    """Activations that are made when they are read, as from a file."""

    def __init__(self, n_stimuli, n_units):
        self.shape = (n_stimuli, n_units)

    def __getitem__(self, key):
        _, units = key
        columns = np.arange(*units.indices(self.shape[1]))
        return np.sin(np.outer(np.arange(1, self.shape[0] + 1), columns + 1)).astype("float32")


@pytest.mark.parametrize(
    ("n_stimuli", "n_units"),
    [(600, 1000), (600, 4000), (1200, 1000)],
    ids=["small", "more units", "more stimuli"],
)
def test_memory_grows_neither_with_units_nor_with_stimuli(monkeypatch, n_stimuli, n_units):
    monkeypatch.setattr("nurture.activations.units.BLOCK_BYTES", 2**20)
    monkeypatch.setattr("nurture.activations.units.READ_BYTES", 2**20)
    design = make_design(*crossed(n_stimuli // 6))
    tracemalloc.start()
    for _, block in unit_blocks(Lazy(n_stimuli, n_units)):
        analyse(block, design)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A read takes four more here, in float64, to be made up.
    assert peak < 12 * 2**20
