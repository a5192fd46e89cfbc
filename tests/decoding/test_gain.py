"""Ablated and amplified units under a readout that was learned before."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from nurture.core.expressions import EXPRESSIONS
from nurture.decoding.gain import _alike, _Fixed, gain, gain_table
from nurture.decoding.gain_figure import draw
from nurture.decoding.readout import make_readout


@pytest.fixture
def files(layer):
    kind = {"n_units": 60, "expression": 12, "both": 10, "noise": 3.0}
    return layer.faces(20, 0, 1, **kind), layer.faces(12, 50, 2, **kind)


@pytest.mark.parametrize("factor", [0.0, 0.5, 4.0])
def test_answers_are_those_of_scikit_learn_to_changed_responses(files, factor):
    training, test = files
    readout = make_readout(training, test, np.ones(60, bool), 20, 1.0)
    fixed = _Fixed(readout, np.arange(60), 0.5, 0)
    fixed.levels = 0, 0.0  # no noise
    rows = np.array([0, 3, 17, 40])
    changed = test["activation"].to_numpy().astype(float)
    changed[:, rows] *= factor
    svc = SVC(kernel="linear", break_ties=True, decision_function_shape="ovr")
    pipeline = make_pipeline(
        StandardScaler(), PCA(20, svd_solver="full"), StandardScaler(), svc
    ).fit(training["activation"].astype(float), readout.train_expression)
    right = pipeline.predict(changed) == readout.expression
    hits = fixed.hits(fixed.part(rows), factor)
    assert hits.sum() == right.sum()
    assert hits.sum(axis=0).tolist() == [
        right[readout.expression == name].sum() for name in EXPRESSIONS
    ]


def test_others_have_the_same_mean_response():
    rng = np.random.default_rng(0)
    mean = rng.gamma(1, size=1000)
    selective = np.zeros(1000, bool)
    selective[np.argsort(mean)[600:800:8]] = True
    for rows in _alike(mean, selective, 20, 1):
        assert len(set(rows)) == len(rows) == 25
        assert mean[rows].mean() == pytest.approx(mean[selective].mean(), rel=0.05)


def test_a_readout_that_needs_its_units_loses_them(files, layer):
    """Twelve units alone follow expression, and others what both do."""
    units = layer.found(np.arange(60) < 12)
    table = gain_table([gain(*files, units, n_components=30, draws=39)], 100)
    assert table["gain"].tolist() == [0, 0, 0.5, 0.5, 2, 2, 4, 4]
    assert (table["n_units"] == 12).all()
    rows = table.set_index(["units", "gain"])
    assert rows.loc[("selective", 0), "change"] < -0.1
    assert rows.loc[("selective", 0), "upper"] < 0
    assert rows.loc[("selective", 0), "p"] == 0.05
    intact = rows["accuracy"] - rows["change"]
    np.testing.assert_allclose(intact, 0.5, atol=1e-9)


def test_no_gain_changes_nothing(files, layer):
    units = layer.found(np.arange(60) < 12)
    table = gain_table([gain(*files, units, gains=[1], draws=3)], 50)
    assert table["change"].tolist() == [0, 0]
    assert table[["lower", "upper"]].to_numpy().tolist() == [[0, 0], [0, 0]]
    assert table["p"].iloc[0] == 1


def test_p_of_units_that_are_no_others_is_calibrated(files, layer):
    rng, p = np.random.default_rng(5), []
    for seed in range(40):
        units = layer.found(np.isin(np.arange(60), rng.choice(60, 12, replace=False)))
        found = gain(*files, units, gains=[0, 4], draws=9, seed=seed)
        p.append(gain_table([found], 2).dropna(subset="p")["p"])
    p = np.array(p)
    for level in (0.2, 0.4, 0.6):
        # Both gains of one draw of units go together: forty experiments, not eighty.
        error = np.sqrt(level * (1 - level) / len(p))
        assert level - 3 * error < (p <= level + 1e-9).mean() < level + 3 * error


@pytest.mark.parametrize(
    ("selective", "accuracy", "note"),
    [
        pytest.param(0, 0.5, "no selective units", id="none"),
        pytest.param(12, 0.999, "noise brings no accuracy of", id="not accurate enough"),
    ],
)
def test_what_cannot_be_asked_is_a_result(files, layer, make, selective, accuracy, note):
    units = layer.found(np.arange(60) < selective)
    table = gain_table([gain(*files, units, accuracy=accuracy, draws=2)], 10)
    assert table["note"].str.startswith(note).all()
    assert table["change"].isna().all()


def test_the_figure_has_every_gain(files, layer, make):
    units = layer.found(np.arange(60) < 12)
    table = gain_table([gain(*files, units, n_components=30, draws=39)], 100)
    ablation = table[:1].assign(task="expression", ablated="selective", loss=0.02)
    networks = {"net": {"training": "none", "readout": "conv"}}
    (axes,) = [a for a in draw(table, ablation, networks, style={}).axes if a.get_visible()]
    rows = table.set_index(["units", "gain"])
    for name in ("selective", "random"):
        (mark,) = make.drawn(axes, f"{name} 0")
        assert mark.get_ydata()[0] == pytest.approx(100 * rows.loc[(name, 0), "change"])
    (anew,) = make.drawn(axes, "learned anew")
    assert anew.get_ydata().tolist() == [-2]
