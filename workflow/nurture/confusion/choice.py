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
    size = count.shape[-1]
    never = ~(count.sum(axis=-1) > 0).all(axis=-1)
    # Matrices come last here: what is done to a cell is done to all of them in one long row.
    n = np.moveaxis(count.reshape(-1, size, size) + CORRECTION, 0, -1).copy()
    off = ~np.eye(size, dtype=bool)[..., None]
    both = np.where(off, n + np.swapaxes(n, 0, 1), 0.0)
    strength = _bradley_terry(np.where(off, n, 0.0), both)
    expected = np.where(off, both * _win(strength), n)
    diagonal = np.diagonal(n).T
    half = np.log(expected / diagonal[:, None]) / 2
    similarity = _matrices_first(np.exp(half + np.swapaxes(half, 0, 1)), count.shape)
    log_bias = (strength + np.log(diagonal)) / 2
    bias = np.exp(log_bias - log_bias.max(axis=0))
    bias = _matrices_first(bias / bias.sum(axis=0), count.shape[:-1])
    deviance = 2 * _matrices_first(n * np.log(n / expected), count.shape).sum(axis=(-1, -2))
    similarity[never], bias[never] = np.nan, np.nan
    return Choice(similarity, bias, np.where(never, np.nan, deviance))


def _matrices_first(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(values, -1, 0)).reshape(shape)


def _win(strength: np.ndarray) -> np.ndarray:
    """Chance that a confusion of i and j is i answered as j."""
    return 1 / (1 + np.exp(strength[:, None] - strength))


def _bradley_terry(won: np.ndarray, both: np.ndarray) -> np.ndarray:
    """Strength of each answer, up to a constant; the first is 0. From (k, k, n) to (k, n)."""
    strength = np.zeros(won.shape[1:])
    wins = won.sum(axis=0)
    for _ in range(MOST_STEPS):
        win = _win(strength)
        expected = both * win
        gradient = wins - expected.sum(axis=0)
        weight = expected * (1 - win)
        curvature = -weight
        np.einsum("iin->in", curvature)[...] += weight.sum(axis=1)
        system = np.moveaxis(curvature[1:, 1:], -1, 0), gradient[1:].T[..., None]
        step = np.linalg.solve(*system)[..., 0].T
        strength[1:] += np.clip(step, -LARGEST_STEP, LARGEST_STEP)
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
