"""Error consistency, against other code, the formula of the paper and simulated observers."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from nurture.observers.consistency import Responses, beyond_chance, ratio, tally

RNG = np.random.default_rng


def answers(correct):
    correct = np.atleast_2d(np.asarray(correct, float))
    return Responses(correct, np.ones_like(correct))


def kappa(counts, pairs=1.0, within=False):
    sums = ((pairs * one).sum(axis=(-2, -1)) for one in beyond_chance(counts, within))
    return ratio(*sums)


def kappa_of(first, second, group=None, part=None, **more):
    n = first.shown.shape[1]
    group = np.zeros(n, int) if group is None else group
    return float(kappa(tally(first, second, group, part).sum(axis=1), **more))


@pytest.mark.parametrize("seed", range(5))
def test_of_a_pair_it_is_cohens_kappa(seed):
    first, second = (RNG([seed, i]).random(200) < p for i, p in enumerate((0.9, 0.6)))
    found = kappa_of(answers(first), answers(second))
    assert found == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)


def test_it_is_the_formula_of_the_paper():
    """Equations 1 to 3 of Geirhos et al. (2020), for 10 images."""
    first = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]
    second = [1, 1, 1, 1, 1, 0, 0, 0, 0, 1]
    observed, expected = 6 / 10, 0.8 * 0.6 + 0.2 * 0.4
    by_hand = (observed - expected) / (1 - expected)
    assert kappa_of(answers(first), answers(second)) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param([1, 0, 1, 0], [1, 0, 1, 0], 1, id="same"),
        pytest.param([1, 0, 1, 0], [0, 1, 0, 1], -1, id="opposite"),
        pytest.param([1, 1, 1, 1], [1, 0, 1, 0], 0, id="one-is-never-wrong"),
        pytest.param([1, 1, 1, 1], [1, 1, 1, 1], np.nan, id="nobody-is-ever-wrong"),
    ],
)
def test_the_ends_of_the_scale(first, second, expected):
    found = kappa_of(answers(first), answers(second))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_only_images_that_both_saw_count():
    first = Responses(np.array([[1, 1, 0, 0, 0, 0.0]]), np.array([[1, 1, 1, 1, 0, 0.0]]))
    second = Responses(np.array([[0, 1, 0, 0, 1, 1.0]]), np.array([[0, 1, 1, 1, 1, 1.0]]))
    assert kappa_of(first, second) == pytest.approx(cohen_kappa_score([1, 0, 0], [1, 0, 0]))


def test_independent_observers_have_none_on_average():
    """With few images in common too: the estimate has no bias there."""
    first, second = RNG(1).random((400, 12)) < 0.7, RNG(2).random((400, 12)) < 0.5
    found = kappa_of(answers(first), answers(second))
    assert abs(found) < 0.01


def test_what_is_hard_for_all_is_chance_within_an_expression():
    """Observers who err independently, one expression at .3 and the other at .9."""
    part = np.repeat([0, 1], 3000)
    p = np.where(part == 0, 0.3, 0.9)
    first, second = (answers(RNG(i).random(6000) < p) for i in (1, 2))
    # Twice the variance of the two accuracies, of 1 less what is expected at .6.
    assert kappa_of(first, second, part=part) == pytest.approx(2 * 0.09 / 0.48, abs=0.03)
    assert kappa_of(first, second, part=part, within=True) == pytest.approx(0, abs=0.03)


def test_resampled_identities_count_as_often_as_they_are_drawn():
    first, second = (RNG(i).random((2, 12)) < 0.6 for i in (1, 2))
    group, weights = np.arange(12) // 3, np.array([2, 0, 1, 1])
    counts = tally(answers(first), answers(second), group)
    found = kappa(np.tensordot(weights, counts, axes=(0, 1))[None].swapaxes(0, 1))
    repeated = np.repeat(np.arange(12), weights[group])
    expected = kappa_of(answers(first[:, repeated]), answers(second[:, repeated]))
    assert found.tolist() == pytest.approx([expected])


def test_pairs_are_pooled():
    three = answers(RNG(1).random((3, 50)) < 0.7)
    counts = tally(three, three, np.zeros(50, int)).sum(axis=1)
    pairs = [
        cohen_kappa_score(three.correct[i], three.correct[j]) for i, j in ((0, 1), (0, 2), (1, 2))
    ]
    pooled = float(kappa(counts, np.triu(np.ones((3, 3)), 1)))
    assert min(pairs) < pooled < max(pairs)
    last = np.array([[0, 0, 1], [0, 0, 0], [0, 0, 0]])
    assert float(kappa(counts, last)) == pytest.approx(pairs[1])
