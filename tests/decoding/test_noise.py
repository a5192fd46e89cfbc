import numpy as np
import pytest
from scipy.stats import multivariate_normal

from nurture.core.expressions import EXPRESSIONS
from nurture.decoding.classifier import fit_classifier
from nurture.decoding.noise import LEVELS, decide, matched, noisy_answers, pairwise


def learned(k, n_components=7, seed=0):
    """A classifier of k expressions, and scores of test stimuli of which many are tied."""
    rng = np.random.default_rng(seed)
    expression = np.tile(EXPRESSIONS[:k], 15)
    scores = rng.normal(size=(len(expression), n_components))
    scores[:, :k] += 0.8 * np.eye(k)[np.tile(np.arange(k), 15)]
    return fit_classifier(scores, expression, 1.0), rng.normal(size=(900, n_components))


@pytest.mark.parametrize("k", [2, 3, 6])
def test_decisions_are_those_of_scikit_learn(k):
    svc, test = learned(k)
    weights, intercept, votes = pairwise(svc)
    answered = svc.classes_[decide(test @ weights.T + intercept, votes)]
    assert answered.tolist() == svc.predict(test).tolist()


def test_without_noise_there_is_one_answer():
    svc, test = learned(6)
    count = noisy_answers(svc, test, 3, 0, np.array([0.0]))
    assert (count.max(axis=-1) == 3).all()
    assert svc.classes_[count[0].argmax(axis=-1)].tolist() == svc.predict(test).tolist()


@pytest.mark.parametrize("level", [0.4, 2.0])
def test_shares_of_answers_are_those_of_the_normal_distribution(level):
    """Of three expressions: the share of votes for both of an expression's pairs, by scipy."""
    svc, test = learned(3)
    share = noisy_answers(svc, test[:12], 20000, 1, np.array([level]))[0] / 20000
    weights, intercept, _ = pairwise(svc)
    # Pairs 01, 02, 12: all of 0's go to it, or of 2's; ties are seldom and are left out below.
    for sign, pairs, name in ((-1, [0, 1], 0), (1, [1, 2], 2)):
        covariance = level**2 * weights[pairs] @ weights[pairs].T
        for scores, found in zip(test[:12], share, strict=True):
            mean = sign * (weights[pairs] @ scores + intercept[pairs])
            won = multivariate_normal(mean, covariance, allow_singular=True).cdf([0, 0])
            assert won - 0.015 < found[name] < won + 0.35
            if won > 0.9:
                assert found[name] == pytest.approx(won, abs=0.03)


def test_noise_brings_accuracy_down_to_guessing():
    svc, _ = learned(6)
    rng = np.random.default_rng(3)
    shown = np.tile(np.arange(6), 100)
    test = rng.normal(size=(600, 7))
    test[:, :6] += 3 * np.eye(6)[shown]
    count = noisy_answers(svc, test, 60, 0)
    right = count[:, np.arange(600), shown].mean(axis=1) / 60
    assert len(right) == len(LEVELS) == 25
    assert right[0] > 0.45
    assert (np.diff(right) < 0.01).all()
    assert right[-1] == pytest.approx(1 / 6, abs=0.05)


def test_noise_in_blocks_is_the_same_noise(monkeypatch):
    svc, test = learned(6)
    whole = noisy_answers(svc, test, 5, 2, LEVELS[:4])
    monkeypatch.setattr("nurture.decoding.noise.BLOCK", 1)
    assert (noisy_answers(svc, test, 5, 2, LEVELS[:4]) == whole).all()


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param(0.7, 10 + 2 / 3 * 10, id="between two levels"),
        pytest.param(0.8, 10, id="at a level"),
        pytest.param(0.9, None, id="worse without noise"),
        pytest.param(0.2, None, id="guesses better"),
        pytest.param(0.55, 20 + 10 * 0.1 / 0.35, id="of several places the noisiest"),
    ],
)
def test_answers_at_an_accuracy(target, expected):
    count, accuracy = np.arange(5) * 10.0, np.array([0.5, 0.8, 0.65, 0.3, 0.25])
    found = matched(count[:, None], accuracy, target)
    if expected is None:
        assert found is None
    else:
        assert found == pytest.approx(expected)


def test_accuracy_of_the_mixture_is_the_target():
    svc, test = learned(6)
    shown = svc.predict(test)
    count = noisy_answers(svc, test, 20, 0) / 20
    hits = np.array(
        [[one[i, list(svc.classes_).index(e)] for i, e in enumerate(shown)] for one in count]
    )
    mixture = matched(count, hits.mean(axis=1), 0.61)
    right = [mixture[i, list(svc.classes_).index(e)] for i, e in enumerate(shown)]
    assert np.mean(right) == pytest.approx(0.61, abs=1e-12)
