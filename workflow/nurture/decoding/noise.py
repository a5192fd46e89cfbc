"""Readouts through noise: what a classifier would answer if it knew less.

A network that is nearly always right makes so few errors that they cannot be compared with those
of observers who are often wrong. Noise on the scores that the classifier reads brings any network
to any accuracy above chance, and leaves what it confuses in place.
"""

import numpy as np
from sklearn.multiclass import OneVsOneClassifier
from sklearn.svm import SVC

LEVELS = np.concatenate([[0.0], np.geomspace(0.1, 30, 24)])
"""Standard deviations of the noise, in those of a score over the training set."""

BLOCK = 2**21
"""Numbers drawn at once."""


def pairwise(svc: SVC | OneVsOneClassifier) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read how a linear classifier of pairs of k expressions decides.

    Returns
    -------
    weights : numpy.ndarray, shape (n_pairs, n_components)
    intercept : numpy.ndarray, shape (n_pairs,)
        A decision value above 0 is a vote for the first expression of the pair.
    votes : numpy.ndarray, shape (n_pairs, k)
        1 for the first expression of the pair, -1 for the second.
    """
    k = len(svc.classes_)
    first, second = np.triu_indices(k, 1)
    votes = np.eye(k)[first] - np.eye(k)[second]
    if isinstance(svc, OneVsOneClassifier):
        weights = np.concatenate([one.coef_ for one in svc.estimators_])
        return -weights, -np.concatenate([one.intercept_ for one in svc.estimators_]), votes
    # Of two expressions alone, scikit-learn turns the decision value round.
    sign = -1 if k == 2 else 1
    return sign * svc.coef_, sign * svc.intercept_, votes


def decide(values: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """Answer by most votes, and by the sum of the decision values where votes are tied.

    From decision values, shape (..., n_pairs), to which expression, from 0, shape (...); for the
    votes see `pairwise`.
    """
    strength = values @ votes
    # Brought below half a vote, as by scikit-learn, so that it decides ties only.
    return (
        np.where(values > 0, 0.5, -0.5) @ votes + strength / (3 * (np.abs(strength) + 1))
    ).argmax(axis=-1)


def noisy_answers(
    svc: SVC | OneVsOneClassifier,
    scores: np.ndarray,
    draws: int,
    seed: int,
    levels: np.ndarray = LEVELS,
) -> np.ndarray:
    """Count the answers of a classifier whose scores are noisy.

    Every score of every stimulus gets independent normal noise of one standard deviation. The
    classifier has learned without noise. Noise of all levels is the same but for its size, so that
    counts change smoothly with it.

    Parameters
    ----------
    svc : sklearn.svm.SVC or sklearn.multiclass.OneVsOneClassifier
        `nurture.decoding.classifier.fit_classifier`.
    scores : numpy.ndarray, shape (n_stimuli, n_components)
        Of test stimuli; scores have variance 1 over the training set.
    draws : int
        Answers of each stimulus at each level.
    seed : int
    levels : numpy.ndarray, shape (n_levels,)

    Returns
    -------
    numpy.ndarray of int, shape (n_levels, n_stimuli, k)
        In the order of ``svc.classes_``; at level 0 they are those of ``svc.predict``.
    """
    weights, intercept, votes = pairwise(svc)
    values = scores @ weights.T + intercept
    n, k = len(scores), votes.shape[1]
    count, rng = np.zeros((len(levels), n, k), int), np.random.default_rng(seed)
    block = max(1, BLOCK // (n * max(weights.shape)))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        noise = rng.normal(size=(size, n, weights.shape[1])) @ weights.T
        for level, total in zip(levels, count, strict=True):
            answer = decide(values + level * noise, votes)
            for one in answer:
                total[np.arange(n), one] += 1
    return count


def mixture(accuracy: np.ndarray, target: float) -> tuple[int, float] | None:
    """Find the levels of noise, which grows, between which a classifier has a given accuracy.

    Returns
    -------
    (i, share) or None
        With the share of the answers at level i + 1, and the others at level i, the accuracy is
        the target. Of several places where accuracy passes it, the one with most noise. None where
        no noise brings the accuracy there: the classifier is worse without any, or guesses better.
    """
    above = np.flatnonzero(accuracy >= target)
    if not len(above) or above[-1] == len(accuracy) - 1:
        return None
    i = int(above[-1])
    return i, float((accuracy[i] - target) / (accuracy[i] - accuracy[i + 1]))


def matched(count: np.ndarray, accuracy: np.ndarray, target: float) -> np.ndarray | None:
    """Find the answers at which a classifier has a given accuracy, by `mixture`; None without it.

    Parameters
    ----------
    count : numpy.ndarray, shape (n_levels, ...)
        Answers, or shares of them, with noise that grows from level to level.
    accuracy : numpy.ndarray, shape (n_levels,)
    target : float
    """
    found = mixture(accuracy, target)
    if found is None:
        return None
    i, share = found
    return (1 - share) * count[i] + share * count[i + 1]
