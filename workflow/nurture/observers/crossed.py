"""Intervals where both observers and the identities that they saw are samples."""

from typing import NamedTuple

import numpy as np
from scipy.stats import t


class Without(NamedTuple):
    """A statistic, each time without a part of the answers."""

    observer: np.ndarray
    """Shape (n_observers, ...): without those of an observer."""

    identity: np.ndarray
    """Shape (n_identities, ...): without those to an identity."""

    both: np.ndarray
    """Shape (n_observers, n_identities, ...): without those of an observer to an identity."""

    def minus(self, other: "Without") -> "Without":
        """Take the difference to another statistic of the same answers."""
        return Without(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))


def standard_error(without: Without) -> float:
    """Find the standard error of a statistic of observers crossed with identities.

    The jackknife over observers and that over identities each hold the variance of single answers,
    which the jackknife over the answers of an observer to an identity takes out once (Cameron,
    Gelbach & Miller 2011, Journal of Business & Economic Statistics 29:238). A bootstrap of both
    together would count that part three times (Owen 2007, Annals of Applied Statistics 1:386). It
    is not below what either jackknife alone gives, for the difference can come out too small by
    chance; NaN where any part is.
    """
    observer, identity, both = (
        (one.size - 1) / one.size * ((one - one.mean()) ** 2).sum() for one in without
    )
    return float(np.sqrt(np.max([observer + identity - both, observer, identity])))


def bias(estimate: float, without: Without) -> float:
    """Estimate by how much a statistic of so few answers is off, by the same three jackknives."""
    observer, identity, both = ((one.size - 1) * (one.mean() - estimate) for one in without)
    return float(observer + identity - both)


def crossed_interval(
    estimate: float,
    without: Without,
    limits: tuple[float, float] = (-1, 1),
    corrected: bool = False,
) -> tuple[float, float]:
    """Interval of 95 % by `standard_error` and Student's t of the smaller number less one.

    Parameters
    ----------
    estimate : float
    without : Without
    limits : tuple of float
        Beyond which the statistic has no value.
    corrected : bool
        Whether it is about the estimate less its `bias`; it then holds the estimate, too.

    Returns
    -------
    lower, upper : float
        NaN with a single observer or identity.
    """
    n = min(len(without.observer), len(without.identity))
    if n < 2:
        return np.nan, np.nan
    centre = estimate - bias(estimate, without) if corrected else estimate
    reach = t.ppf(0.975, n - 1) * standard_error(without)
    ends = np.minimum(centre - reach, estimate), np.maximum(centre + reach, estimate)
    lower, upper = np.clip(ends, *limits)
    return float(lower), float(upper)
