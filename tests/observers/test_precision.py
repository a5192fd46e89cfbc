"""Standard errors by simulation, against the formulas that there are."""

import numpy as np
import pytest

from nurture.observers.precision import abx_share, draw_observers, halves, precision

TRUTH = np.full((6, 6), 0.06) + np.eye(6) * 0.64
OBSERVERS = {
    "tasks": ["label", "identify"],
    "label": {"faces": 12},
    "identify": {"continua": 3, "identities": 4},
    "abx": {"continua": 1, "identities": 3},
    "concentration": 20,
    "simulations": 400,
}


def test_observers_vary_as_the_dirichlet_multinomial_distribution_does():
    answers = draw_observers(TRUTH, 20000, 12, 20, np.random.default_rng(1))
    share = answers / 12
    np.testing.assert_allclose(share.mean(axis=0), TRUTH, atol=0.005)
    expected = TRUTH * (1 - TRUTH) / 12 * (12 + 20) / (1 + 20)
    np.testing.assert_allclose(share.var(axis=0), expected, rtol=0.08)


def test_standard_errors_of_cells_are_those_of_the_formula():
    table = precision(TRUTH, OBSERVERS, 15, np.linspace(0, 1, 11), seed=1, sizes=(10, 40))
    expected = np.sqrt(TRUTH * (1 - TRUTH) / 12 * 32 / 21)
    assert table["answers"].tolist() == [120, 480]
    for n, found in zip((10, 40), table["mean_se_cell"], strict=True):
        assert found == pytest.approx(expected.mean() / np.sqrt(n), rel=0.03)
    assert (table["largest_se_cell"] > table["mean_se_cell"]).all()


def test_a_point_in_the_middle_of_a_curve():
    """At .5 answers vary by 1/4 over all, of which the part between observers does not shrink."""
    table = precision(TRUTH, OBSERVERS, 3, [0.5], seed=1, sizes=(30,))
    assert table["observers_of_continuum"].tolist() == [30]
    boundary = np.random.default_rng(2).normal(0.5, 0.1, 200_000)
    share = 1 / (1 + np.exp(-12 * (0.5 - boundary)))
    expected = np.sqrt((share.var() + (share * (1 - share)).mean() / 4) / 30)
    assert table["largest_se_point"][0] == pytest.approx(expected, rel=0.12)


def test_abx_of_the_differencing_model():
    """Macmillan & Creelman (2005): right in .7468 at d' 2."""
    assert abx_share(0.0) == 0.5
    assert abx_share(2.0) == pytest.approx(0.7468, abs=5e-5)
    noise = np.random.default_rng(3).normal(size=(3, 400_000))
    a, b, x = noise + 2.0 * np.array([[0], [1], [0]])
    assert (abs(x - a) < abs(x - b)).mean() == pytest.approx(float(abx_share(2.0)), abs=0.003)


def test_a_pair_of_morphs():
    """Answers vary by p (1 - p) within an observer and, over all, by how observers differ."""
    table = precision(TRUTH, OBSERVERS | {"tasks": ["abx"]}, 2, [0, 1], seed=1, sizes=(20, 80))
    assert table["observers_of_pair"].tolist() == [10, 40]
    d = np.maximum(np.random.default_rng(2).normal(1.5, 0.75, 200_000), 0)
    share = abx_share(d)
    one = share.var() + (share * (1 - share)).mean() / 3
    np.testing.assert_allclose(table["se_pair"], np.sqrt(one / [10, 40]), rtol=0.12)
    np.testing.assert_allclose(table["share_right"], share.mean(), rtol=0.02)
    assert table[["mean_se_cell", "largest_se_point"]].isna().all(axis=None)


def test_halves_agree_more_with_more_observers():
    truth = np.random.default_rng(0).dirichlet(np.ones(6), 6)
    few, many = (
        halves(draw_observers(truth, n, 25, 20, np.random.default_rng(1)), np.random.default_rng(2))
        for n in (4, 400)
    )
    assert few < many
    assert many > 0.99


def test_a_task_that_is_not_set_has_no_numbers():
    table = precision(TRUTH, OBSERVERS | {"tasks": ["label"]}, 0, [], seed=1, sizes=(10,))
    assert table[["largest_se_point", "se_pair"]].isna().all(axis=None)
    assert table["ceiling"].notna().all()
