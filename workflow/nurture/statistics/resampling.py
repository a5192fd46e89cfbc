"""Intervals and p values from resampled identities and from changed signs."""

from functools import cache, lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, t

from nurture.core.expressions import NOBODY

CONFIDENCE = 0.95
"""Of every interval that does not say otherwise."""

EXACT = 13
"""With up to so many values all changes of sign are tried: 8,192."""

DRAWN = 9999
"""With more values, so many are drawn beside the values as they are."""

ROUNDING = 1e-9
"""Statistics that agree to this share count as equal."""


@lru_cache(maxsize=4)
def resample(n: int, resamples: int, seed: int) -> np.ndarray:
    """Draw bootstrap samples of identities.

    The same seed draws the same identities, so that what is computed from the same faces stays
    paired.

    Returns
    -------
    numpy.ndarray of int, shape (resamples, n)
        How often each of n identities is in each sample. Read-only: whoever asks for the same
        again, as tables do for each population and each continuum, gets the same array.
    """
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)
    drawn.setflags(write=False)
    return drawn


def interval(values: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Interval between percentiles of bootstrap estimates, expanded for small samples.

    Percentile intervals are too narrow in small samples, as are normal ones with the plug-in
    variance; percentiles that widen a normal distribution to the t interval correct for it
    (Hesterberg 2015, The American Statistician 69:371, "expanded percentile").

    Parameters
    ----------
    values : numpy.ndarray, shape (resamples, ...)
        Estimates; NaN are left out, infinite ones count as beyond all others.
    n : int
        Identities from which each was resampled.

    Returns
    -------
    lower, upper : numpy.ndarray, shape (...)
        NaN with fewer than two identities or no estimate.
    """
    if n < 2:
        nothing = np.full(values.shape[1:], np.nan)
        return nothing, nothing
    tail = _tail(n)
    ranked = np.sort(values, axis=0)  # NaN last
    last = np.isfinite(ranked).sum(axis=0) + np.isinf(ranked).sum(axis=0) - 1
    bounds = []
    for share in (tail, 1 - tail):
        # Order statistics, never between two: an infinite one has no value half way to it.
        place = np.clip(np.ceil(share * (last + 1)) - 1, 0, None).astype(int)
        found = np.take_along_axis(ranked, place[None], axis=0)[0]
        bounds.append(np.where(last >= 0, found, np.nan))
    return bounds[0], bounds[1]


@cache
def _tail(n: int) -> float:
    """Share of the estimates below the expanded interval."""
    return norm.cdf(np.sqrt(n / (n - 1)) * t.ppf((1 - CONFIDENCE) / 2, n - 1))


def wilson(
    successes: npt.ArrayLike, n: npt.ArrayLike, confidence: float = CONFIDENCE
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a share of independent answers (Wilson 1927), also when none or all are equal."""
    n, z = np.asarray(n), norm.ppf((1 + confidence) / 2)
    share = np.asarray(successes) / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.maximum(centre - half, 0), np.minimum(centre + half, 1)


def signs(n: int, seed: int) -> np.ndarray:
    """Change the signs of n values, first of none of them.

    Returns
    -------
    numpy.ndarray of int, shape (n_changes, n)
        1 and -1: all 2 ** n up to `EXACT` values, else `DRAWN` random ones after the first.
    """
    if n <= EXACT:
        return np.array(list(product((1, -1), repeat=n)), int).reshape(2**n, n)
    drawn = np.random.default_rng(seed).choice((1, -1), (DRAWN, n))
    return np.vstack([np.ones((1, n), int), drawn])


def sign_test(values: np.ndarray, seed: int) -> np.ndarray:
    """Test whether values are centred on zero, by changing their signs.

    The one-sample permutation test of Fisher (1935), exact when the values are independent and
    symmetric about zero; two-sided.

    Parameters
    ----------
    values : numpy.ndarray, shape (n, ...)
        NaN are left out.
    seed : int

    Returns
    -------
    numpy.ndarray, shape (...)
        p: share of the changes of sign, none among them, with a sum as far from zero. NaN where
        there is no value.
    """
    flat = values.reshape(len(values), -1)
    known = np.isfinite(flat)
    sums = np.abs(signs(len(values), seed) @ np.where(known, flat, 0))
    p = (sums >= sums[0] * (1 - ROUNDING)).mean(axis=0)
    return np.where(known.any(axis=0), p, np.nan).reshape(values.shape[1:])


def sign_interval(values: npt.ArrayLike, seed: int) -> tuple[float, float]:
    """Interval of the centre of a few values that belongs to `sign_test`.

    The means of all subsets of n values cut the line into 2 ** n pieces that hold the centre of
    symmetry equally often (Hartigan 1969, typical values); the outermost are left out. NaN are left
    out of the values, and the interval of too few of them is NaN.
    """
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    subsets = (signs(len(known), seed) > 0).astype(int)
    size = subsets.sum(axis=1)
    means = np.sort((subsets @ known)[size > 0] / size[size > 0])
    out = int((1 - CONFIDENCE) / 2 * (len(means) + 1))
    return (float(means[out - 1]), float(means[-out])) if out else (np.nan, np.nan)


def holm(p: np.ndarray) -> np.ndarray:
    """Correct p values for their number (Holm 1979), shape (n,); NaN are no tests and stay NaN."""
    order = np.argsort(p)[: np.isfinite(p).sum()]
    corrected = np.full(len(p), np.nan)
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1)
    return corrected


def sign_test_max(values: np.ndarray, seed: int) -> np.ndarray:
    """Correct `sign_test` for several comparisons of the same cases by their greatest statistic.

    Step-down maximum (Westfall & Young 1993, algorithm 4.1): a case changes its sign in all
    comparisons at once, so that their dependence counts, and p can be as small as that of one
    comparison, which Holm's cannot. The statistic |sum| / sqrt(sum of squares) rises with |t|.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_cases, n_comparisons)
        NaN are left out.
    seed : int

    Returns
    -------
    numpy.ndarray, shape (n_comparisons,)
        Corrected p; NaN where there is no value.
    """
    known = np.isfinite(values)
    filled = np.where(known, values, 0)
    size = np.sqrt((filled**2).sum(axis=0))
    tested = np.flatnonzero(size)
    statistic = np.abs(signs(len(values), seed) @ filled[:, tested]) / size[tested]
    order = np.argsort(-statistic[0], kind="stable")
    # From the smallest on, each is compared with the greatest of itself and the smaller ones.
    greatest = np.maximum.accumulate(statistic[:, order][:, ::-1], axis=1)[:, ::-1]
    p = (greatest >= greatest[0] * (1 - ROUNDING)).mean(axis=0)
    corrected = np.where(known.any(axis=0), 1.0, np.nan)
    corrected[tested[order]] = np.maximum.accumulate(p)
    return corrected


def groups(identity: npt.ArrayLike) -> np.ndarray:
    """Return what is resampled: identities, or images where any identity is `NOBODY`."""
    identity = np.asarray(identity)
    return np.arange(len(identity)) if (identity == NOBODY).any() else identity


def permutation_p(observed: float, null: np.ndarray) -> float:
    """Share of permutations that give at least what was observed, which counts as one of them.

    (1 + n(null >= observed)) / (1 + n), never 0 (Phipson & Smyth, 2010, "Permutation p-values
    should never be zero", Stat. Appl. Genet. Mol. Biol. 9, 39).

    Examples
    --------
    >>> permutation_p(3, np.array([0, 2, 3, 1]))
    0.4
    """
    return (1 + int((null >= observed).sum())) / (1 + len(null))


def two_sided_p(observed: float, null: np.ndarray) -> float:
    """Twice the smaller of the two one-sided p of `permutation_p`, at most 1.

    The two-sided p of a permutation test whose null distribution need not be symmetric, as in
    scipy's ``permutation_test``.

    Examples
    --------
    >>> two_sided_p(3, np.array([0, 2, 3, 1]))
    0.8
    """
    return min(1.0, 2 * min(permutation_p(observed, null), permutation_p(-observed, -null)))
