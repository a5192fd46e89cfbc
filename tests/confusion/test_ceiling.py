from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau, pearsonr, rankdata, spearmanr, zscore

from nurture.confusion.ceiling import attainable, between_studies, split_half
from nurture.confusion.human import read_counts, read_humans
from nurture.confusion.likeness import OFF, STATISTICS

FOLDER = Path(__file__).parents[2] / "config" / "human"


@pytest.fixture(scope="module")
def humans():
    return read_humans(FOLDER, read=read_counts)


@pytest.mark.parametrize(
    ("statistic", "reference", "standard"),
    [
        ("pearson", pearsonr, zscore),
        ("spearman", spearmanr, lambda x: zscore(rankdata(x))),
        ("kendall", kendalltau, lambda x: zscore(rankdata(x))),
    ],
)
def test_between_studies_equals_scipy(humans, statistic, reference, standard):
    cells = [(m / m.sum(axis=1, keepdims=True))[OFF].round(12) for m in humans.values()]
    scaled = np.array([standard(one) for one in cells])
    bounds = between_studies(humans)[STATISTICS.index(statistic)]
    for h, one in enumerate(cells):
        others = np.delete(scaled, h, axis=0).mean(axis=0)
        expected = [reference(one, other.round(12))[0] for other in (others, scaled.mean(axis=0))]
        np.testing.assert_allclose(bounds[h], expected, rtol=1e-6)
    assert (bounds[:, 0] < bounds[:, 1]).all()


def test_studies_that_agree_wholly(humans):
    bounds = between_studies({"a": humans["muros"], "b": humans["muros"]})
    np.testing.assert_allclose(bounds, 1)


def test_a_single_study_has_no_ceiling(humans):
    assert np.isnan(between_studies({"muros": humans["muros"]})).all()


def test_halves_of_the_answers_agree_about_as_halves_of_the_observers(humans):
    # Halves of the 17 observers: .915, mean of 200 splits of the trials.
    r = split_half(humans["nimstim"], 0)
    assert r[STATISTICS.index("pearson")] == pytest.approx(0.915, abs=0.025)
    assert (split_half(humans["ferplus"], 0) > 0.98).sum() >= 4


def test_halves_are_of_the_same_answers():
    # One answer of each kind: what one half has the other lacks.
    count = np.ones((6, 6), int)
    r = split_half(count, 0, splits=500)
    assert r[STATISTICS.index("pearson")] < -0.9


def test_halves_repeat_with_the_seed(humans):
    first, again, other = (split_half(humans["nimstim"], seed, 20) for seed in (1, 1, 2))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_attainable_is_the_root_of_the_stepped_up_reliability():
    # 2 * .915 / 1.915 = .9556.
    np.testing.assert_allclose(attainable([0.915, 1, -0.2]), [0.97755, 1, np.nan], atol=1e-4)
