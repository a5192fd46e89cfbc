import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.proportion import proportion_confint

import nurture
from tests.modules import code_files

EXPRESSION = np.tile(nurture.EXPRESSIONS, 8)
IDENTITY = np.repeat([f"P{n:03}" for n in range(8)], 6)


@pytest.fixture
def responses():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(48, 4))
    values[EXPRESSION == "fear", 0] += 5
    values[IDENTITY == "P003", 1] += 5
    return values


def test_all_names_can_be_had_and_are_documented():
    assert all(getattr(nurture, name) is not None for name in nurture.__all__)
    functions = [getattr(nurture, name) for name in nurture.__all__ if name != "EXPRESSIONS"]
    assert [f.__name__ for f in functions if "Parameters" not in (f.__doc__ or "")] == []


def test_importing_the_package_imports_no_numpy():
    code = "import sys, nurture; sys.exit('numpy' in sys.modules)"
    folder = Path(nurture.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(folder)})
    assert done.returncode == 0


def test_no_rule_uses_what_its_digest_of_code_would_not_follow():
    folder = Path(nurture.__file__).parents[1]
    top = re.compile(
        r"^ *(from nurture import|import nurture|from nurture.api import)", re.MULTILINE
    )
    sources = [*folder.rglob("*.py"), *folder.rglob("*.smk"), folder.parent / "Snakefile"]
    assert [path.name for path in sources if top.search(path.read_text(encoding="utf-8"))] == []
    script = folder / "scripts" / "selectivity.py"
    assert folder / "nurture" / "api.py" not in code_files(script, folder)


@pytest.mark.parametrize("kind", [np.asarray, pd.DataFrame, xr.DataArray], ids=["np", "pd", "xr"])
def test_anova_equals_statsmodels_for_every_kind_of_array(responses, kind):
    anova = nurture.two_way_anova(kind(responses), EXPRESSION, IDENTITY)
    table = pd.DataFrame({"y": responses[:, 0], "e": EXPRESSION, "i": IDENTITY})
    expected = anova_lm(ols("y ~ C(e) + C(i)", table).fit(), typ=2)
    assert float(anova["f_expression"][0]) == pytest.approx(expected.loc["C(e)", "F"], rel=1e-9)
    assert float(anova["p_identity"][0]) == pytest.approx(expected.loc["C(i)", "PR(>F)"], rel=1e-9)


def test_the_unit_that_follows_expression_alone_is_selected(responses):
    found = nurture.select_units(responses, EXPRESSION, IDENTITY)
    assert found["selective"].values.tolist() == [True, False, False, False]


def test_the_count_is_tested_against_permuted_labels(responses):
    test = nurture.permutation_test(responses, EXPRESSION, IDENTITY, permutations=99)
    assert int(test["n_selective"]) == 1
    assert test["null_count"].shape == (99,)
    assert float(test["p"]) == (1 + int((test["null_count"] >= 1).sum())) / 100


def test_layers_are_those_of_a_plain_forward_pass():
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 3), torch.nn.ReLU(), torch.nn.Flatten())
    images = np.random.default_rng(0).normal(size=(5, 3, 8, 8)).astype("float32")
    found = nurture.extract(network, images, ["0", "1"], batch=2, device="cpu")
    with torch.no_grad():
        expected = network[0](torch.tensor(images)).flatten(1).numpy()
    np.testing.assert_allclose(found["0"].values, expected, atol=1e-6)
    np.testing.assert_allclose(found["1"].values, np.maximum(expected, 0), atol=1e-6)
    assert found["0"].dims == ("stimulus", "unit")


def test_separable_expressions_are_decoded():
    rng = np.random.default_rng(1)
    centres = 9 * rng.normal(size=(6, 12))
    train, test = (np.tile(centres, (8, 1)) + rng.normal(size=(48, 12)) for _ in range(2))
    assert nurture.decode(train, EXPRESSION, test).tolist() == EXPRESSION.tolist()


def test_a_matrix_is_like_itself():
    counts = np.random.default_rng(2).integers(0, 30, (6, 6))
    table = nurture.likeness(counts, {"self": counts}).set_index("statistic")
    assert table["estimate"].round(9).eq(1).all()
    assert table.loc["pearson", "p"] == pytest.approx(1 / 720)


def test_likeness_is_the_correlation_of_errors():
    rng = np.random.default_rng(4)
    first, second = rng.integers(1, 30, (2, 6, 6))
    off = ~np.eye(6, dtype=bool)
    cells = [(m / m.sum(axis=1, keepdims=True))[off] for m in (first, second)]
    table = nurture.likeness(first, second).set_index("statistic")
    assert table.loc["pearson", "estimate"] == pytest.approx(np.corrcoef(cells)[0, 1])


def test_many_answers_have_a_ceiling_near_one():
    counts = 2000 * np.random.default_rng(5).integers(1, 9, (6, 6))
    assert (
        nurture.noise_ceiling(counts, splits=20).set_index("statistic").loc["pearson", "ceiling"]
        > 0.99
    )


def test_a_curve_has_wilson_intervals():
    answers = np.array([[0, 0, 1], [0, 1, 1], [0, 1, 1]], bool)
    curve = nurture.identification_curve([0, 0.5, 1], answers)
    assert curve["share_second"].tolist() == [0, pytest.approx(2 / 3), 1]
    expected = proportion_confint([0, 2, 3], 3, method="wilson")
    np.testing.assert_allclose(curve[["lower", "upper"]].T, expected, atol=1e-12)


def test_a_step_is_a_logistic_with_its_boundary():
    level = np.linspace(0, 1, 11)
    table = nurture.fit_curves(level, np.tile(level > 0.45, (9, 1)), resamples=20)
    assert table.index.tolist() == ["linear", "quadratic", "logistic"]
    assert table["aicc"].idxmin() == "logistic"
    assert table.loc["logistic", "boundary"] == pytest.approx(0.45, abs=0.03)


def test_tables_of_a_run_are_read_by_name(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "fits.csv").write_text("fit,r2\nlinear,0.5\n")
    assert nurture.load_results(tmp_path)["fits"].to_dict("list") == {
        "fit": ["linear"],
        "r2": [0.5],
    }


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: nurture.two_way_anova(x, EXPRESSION[1:], IDENTITY), "expression: shape (47,)"),
        (lambda x: nurture.two_way_anova(x[:, 0], EXPRESSION, IDENTITY), "is not (stimuli, units)"),
        (lambda x: nurture.two_way_anova(x / 0, EXPRESSION, IDENTITY), "is not finite"),
        (lambda x: nurture.two_way_anova(x, ["fear"] * 48, IDENTITY), "expression"),
        (
            lambda x: nurture.two_way_anova(x, EXPRESSION, [None] * 48),
            "identity: stimulus 0 has",
        ),
        (lambda x: nurture.select_units(x, EXPRESSION, IDENTITY, 1), "alpha: 1 is not between"),
        (lambda x: nurture.decode(x, EXPRESSION, x[:, :2]), "test: 2 units, but 4 in train"),
        (lambda x: nurture.confusion_matrix(["joy"], ["fear"]), "'joy' is none of the six"),
        (lambda x: nurture.likeness(x, x), "counts: not a 6 x 6 matrix"),
        (lambda x: nurture.identification_curve([1, 0], [[0, 1]]), "levels do not rise"),
        (lambda x: nurture.identification_curve([0, 1], [[0, 2]]), "not all are 0 or 1"),
        (lambda x: nurture.load_results("nowhere"), "nowhere holds no tables"),
        (lambda x: nurture.extract(torch.nn.ReLU(), x, ["a"]), "no submodule 'a'"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_errors_speak_of_arrays(responses, call, words):
    with pytest.raises(ValueError, match=re.escape(words)) as error:
        call(responses)
    assert "snakemake" not in str(error.value)
