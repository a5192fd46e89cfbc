"""Similarity and response bias: a choice model of confusions."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

CORRECTION = 0.5
"""Answers added to every cell, so that a cell that stayed empty by chance has a likelihood
(Goodman, 1970)."""

MOST_STEPS = 100
LARGEST_STEP = 2.0
CLOSE = 1e-10


@dataclass(frozen=True)
class Choice:
    """A fitted choice model of confusion matrices.

    Similarity, shape (..., k, k), is symmetric with 1 on the diagonal: how alike two expressions
    look. Bias, shape (..., k), sums to 1: how readily each expression is answered, whatever is
    shown. Deviance is twice the log likelihood by which a saturated model is better.
    """

    similarity: np.ndarray
    bias: np.ndarray
    deviance: np.ndarray


def fit_choice(count: np.ndarray) -> Choice:
    """Part confusions into similarity and response bias.

    The choice model of Shepard (1957) and Luce (1963): expression i is answered with j in
    proportion to ``similarity[i, j] * bias[j]``. It is the log-linear model of quasi-symmetry, and
    given how often i and j were taken for each other in either direction, the Bradley-Terry model
    of which direction it was (Fienberg & Larntz, 1976). That model is fitted by maximum likelihood
    with Newton's method, all matrices at once; the rest follows in closed form.

    Parameters
    ----------
    count : numpy.ndarray, shape (..., k, k)
        Answers: rows shown, columns answered. `CORRECTION` is added to every cell. The model is NaN
        where an expression was never shown.
    """
    shown = (count.sum(axis=-1) > 0).all(axis=-1)
    n = count + CORRECTION
    size = n.shape[-1]
    off = ~np.eye(size, dtype=bool)
    both = np.where(off, n + np.swapaxes(n, -1, -2), 0.0)
    strength = _bradley_terry(np.where(off, n, 0.0), both)
    expected = np.where(off, both * _win(strength), n)
    diagonal = np.diagonal(n, axis1=-2, axis2=-1)
    half = np.log(expected / diagonal[..., :, None]) / 2
    similarity = np.exp(half + np.swapaxes(half, -1, -2))
    log_bias = (strength + np.log(diagonal)) / 2
    bias = np.exp(log_bias - log_bias.max(axis=-1, keepdims=True))
    bias /= bias.sum(axis=-1, keepdims=True)
    deviance = 2 * (n * np.log(n / expected)).sum(axis=(-1, -2))
    never = ~shown
    similarity[never], bias[never] = np.nan, np.nan
    return Choice(similarity, bias, np.where(never, np.nan, deviance))


def _win(strength: np.ndarray) -> np.ndarray:
    """Chance that a confusion of i and j is i answered as j."""
    return 1 / (1 + np.exp(strength[..., :, None] - strength[..., None, :]))


def _bradley_terry(won: np.ndarray, both: np.ndarray) -> np.ndarray:
    """Strength of each answer, up to a constant; the first is 0."""
    strength = np.zeros(won.shape[:-1])
    for _ in range(MOST_STEPS):
        win = _win(strength)
        gradient = won.sum(axis=-2) - (both * win).sum(axis=-2)
        weight = both * win * (1 - win)
        curvature = -weight
        np.einsum("...ii->...i", curvature)[...] += weight.sum(axis=-1)
        step = np.linalg.solve(curvature[..., 1:, 1:], gradient[..., 1:, None])[..., 0]
        strength[..., 1:] += np.clip(step, -LARGEST_STEP, LARGEST_STEP)
        if np.abs(step).max(initial=0) < CLOSE:
            break
    return strength


def degrees_of_freedom(size: int) -> int:
    """Cells less parameters of the choice model of `size` expressions."""
    return (size - 1) * (size - 2) // 2


def fit_p(choice: Choice) -> np.ndarray:
    """Chance of as bad a fit, if the choice model held and all answers were independent."""
    return chi2.sf(choice.deviance, degrees_of_freedom(choice.bias.shape[-1]))


def unbiased_accuracy(choice: Choice) -> np.ndarray:
    """Mean hit rate that the same similarities would give with equal biases, shape (...)."""
    return (1 / choice.similarity.sum(axis=-1)).mean(axis=-1)
