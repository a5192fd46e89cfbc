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
    group, part : numpy.ndarray of int, shape (n_images,)
        What is resampled: identities, from 0; and perhaps what `beyond_chance` looks within, such
        as the expression shown, from 0.

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


def beyond_chance(counts: np.ndarray, within: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Count in how many images each pair agrees beyond chance, and in how many it could.

    Of one pair their ratio is the error consistency (c_obs - c_exp) / (1 - c_exp), with the share
    c_obs of images that both get right or both wrong, and c_exp if each erred independently with
    its accuracy on these images. Of several pairs both are summed first: pairs count by what they
    share, and one that is always right or always wrong adds nothing.

    Parameters
    ----------
    counts : numpy.ndarray, shape (4, ..., n_parts, n_first, n_second)
        `tally`, summed over identities.
    within : bool
        Whether c_exp is by the accuracy in each part. Some expressions are hard for all, which
        chance by overall accuracy takes for consistency.

    Returns
    -------
    beyond, possible : numpy.ndarray, shape (..., n_first, n_second)
    """
    n, right, also, both = counts if within else counts.sum(axis=-3, keepdims=True)
    product = right * also + (n - right) * (n - also)
    observed = n - right - also + 2 * both
    # Of the few images of a part, the same image is no chance: the answers to any two others are.
    product, pairs = (product - observed, n - 1) if within else (product, n)
    some = pairs > 0
    expected = np.divide(product, pairs, out=np.zeros_like(product), where=some)
    beyond, possible = (np.where(some, one - expected, 0) for one in (observed, n))
    return beyond.sum(axis=-3), possible.sum(axis=-3)


def ratio(beyond: np.ndarray, possible: np.ndarray) -> np.ndarray:
    """Divide; NaN where nobody could agree beyond chance."""
    empty = np.full(np.shape(beyond), np.nan)
    return np.divide(beyond, possible, out=empty, where=possible > SMALL)
