"""Error consistency: whether two observers err on the same images, beyond what accuracy gives.

Geirhos, Meding & Wichmann (2020), Beyond accuracy: quantifying trial-by-trial behaviour of CNNs and
humans by measuring error consistency, NeurIPS 33: Cohen's kappa of being right or wrong.
"""

from typing import NamedTuple

import numpy as np

SMALL = 1e-9
"""Images that could agree beyond chance; with fewer there is no kappa."""


class Responses(NamedTuple):
    """Which images of a set some observers, or networks, get right."""

    correct: np.ndarray
    """Shape (n_observers, n_images): 1 right, 0 wrong, or the chance of being right of one whose
    answers vary; 0 where an image was not shown."""

    shown: np.ndarray
    """Shape (n_observers, n_images): 1 where an image was shown, else 0."""


def tally(
    first: Responses, second: Responses, group: np.ndarray, part: np.ndarray | None = None
) -> np.ndarray:
    """Count what every observer shares with every other, apart for each identity.

    Parameters
    ----------
    first, second : Responses
        To the same images.
    group : numpy.ndarray of int, shape (n_images,)
        What is resampled: identities, from 0.
    part : numpy.ndarray of int, shape (n_images,), optional
        Such as the expression shown, from 0; see `kappa`.

    Returns
    -------
    numpy.ndarray, shape (4, n_groups, n_parts, n_first, n_second)
        Images that both were shown; of them those that the first, the second and both get right.
    """
    part = np.zeros(len(group), int) if part is None else part
    pairs = len(first.shown), len(second.shown)
    counts = np.zeros((4, group.max() + 1, part.max() + 1, *pairs))
    for i, (g, p) in enumerate(zip(group, part, strict=True)):
        shown, correct = first.shown[:, i, None], first.correct[:, i, None]
        counts[0, g, p] += shown * second.shown[:, i]
        counts[1, g, p] += correct * second.shown[:, i]
        counts[2, g, p] += shown * second.correct[:, i]
        counts[3, g, p] += correct * second.correct[:, i]
    return counts


def kappa(counts: np.ndarray, pairs: np.ndarray | None = None, within: bool = False) -> np.ndarray:
    """Error consistency, pooled over pairs.

    Of one pair it is (c_obs - c_exp) / (1 - c_exp), with the share c_obs of images that both get
    right or both wrong, and c_exp if each erred independently with its accuracy on these images.
    Of several pairs, numerators and denominators are summed over images: pairs count by what they
    share, and one that is always right or always wrong adds nothing.

    Parameters
    ----------
    counts : numpy.ndarray, shape (4, ..., n_parts, n_first, n_second)
        `tally`, summed over identities.
    pairs : numpy.ndarray, shape (..., n_first, n_second), optional
        How often each pair counts; once when left out.
    within : bool
        Whether c_exp is by the accuracy in each part. Some expressions are hard for all, which
        chance by overall accuracy takes for consistency.

    Returns
    -------
    numpy.ndarray, shape (...)
        NaN where no pair could agree beyond chance.

    Examples
    --------
    >>> one = Responses(np.array([[1, 1, 0, 0]]), np.ones((1, 4)))
    >>> other = Responses(np.array([[1, 0, 0, 0]]), np.ones((1, 4)))
    >>> float(kappa(tally(one, other, np.zeros(4, int)).sum(axis=1)))
    0.5
    """
    n, right, also, both = counts if within else counts.sum(axis=-3, keepdims=True)
    product = right * also + (n - right) * (n - also)
    expected = np.divide(product, n, out=np.zeros_like(product), where=n > 0)
    observed = n - right - also + 2 * both
    weights = np.float64(1) if pairs is None else pairs[..., None, :, :]
    beyond = (weights * (observed - expected)).sum(axis=(-3, -2, -1))
    possible = (weights * (n - expected)).sum(axis=(-3, -2, -1))
    empty = np.full(beyond.shape, np.nan)
    return np.divide(beyond, possible, out=empty, where=possible > SMALL)


def others(weights: np.ndarray) -> np.ndarray:
    """Weigh pairs of observers of one sample, each pair once and nobody with herself.

    Parameters
    ----------
    weights : numpy.ndarray, shape (..., n_observers)
        How often each observer counts.

    Returns
    -------
    numpy.ndarray, shape (..., n_observers, n_observers)
    """
    n = weights.shape[-1]
    above = np.triu(np.ones((n, n)), 1)
    return weights[..., :, None] * weights[..., None, :] * above
