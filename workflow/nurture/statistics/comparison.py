"""What experience changes: a network beside another, with an interval.

The words follow from the numbers: see `nurture.statistics.verdicts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.stats import t

from nurture.statistics.verdicts import detectable

MOST_UNDEFINED = 0.05
"""Share of resamples without a value above which they do not count."""

ROUNDING = 1e-9
"""Differences and standard errors below are those of equal numbers."""


@dataclass(frozen=True)
class Value:
    """A measure of one network, with what says how far it would vary.

    The estimate is NaN where it was not measured, and the mean of the parts where `is_mean`. Parts,
    shape (n_parts,), are bootstrap estimates or values of continua, in the same order for every
    network, so that differences are paired; none where nothing was resampled. The variance of the
    estimate, of `df` degrees of freedom, is `scale` times that of the parts.
    """

    estimate: float
    parts: np.ndarray = field(default_factory=lambda: np.empty(0))
    scale: float = 0.0
    df: float = np.inf
    is_mean: bool = False


def of_resamples(estimate: float, draws: np.ndarray, n: int) -> Value:
    """Value of which identities were resampled.

    The plug-in variance of n identities is too small by (n - 1) / n.
    """
    if n < 2 or np.isnan(draws).mean() > MOST_UNDEFINED:
        return Value(float(estimate))
    return Value(float(estimate), draws, n / (n - 1), n - 1)


def of_parts(estimate: float, parts: np.ndarray, n: int) -> Value:
    """Value of n identities of which parts of n - n // 3 were drawn without replacement.

    The delete-d jackknife with a third of them left out (Shao & Wu 1989, The Annals of Statistics
    17:1176). Of a number of units that pass a test, drawing with replacement would not do: whoever
    is drawn twice agrees with himself, and units that depend on nothing pass. A unit passes or does
    not, for which the variance is right only where so many are left out that parts overlap by two
    thirds: of a normal score near its limit it is 1.07 times what it should be, of a mean 1. With
    half left out it would be .67, with a quarter 1.38. Parts are NaN where so few give no number.
    """
    if np.isnan(parts).any() or n < 3:
        return Value(float(estimate))
    return Value(float(estimate), parts, (n - n // 3) / (n // 3), n - 1)


def of_cases(values: np.ndarray) -> Value:
    """Mean over a few cases, such as continua; NaN are left out of it, and of differences."""
    known = np.isfinite(values)
    n = int(known.sum())
    mean = float(values[known].mean()) if n else np.nan
    return Value(mean, values, 1 / max(n, 1), n - 1, is_mean=True)


@dataclass(frozen=True)
class Difference:
    """What `compare` finds: means over the networks of each side, and their difference.

    With a 95 % interval and a two-sided p, of `df` degrees of freedom; `covers` says what they
    allow for: ``seeds``, ``cases``.
    """

    estimate: float
    reference: float
    difference: float
    lower: float
    upper: float
    p: float
    covers: tuple[str, ...]
    df: float = np.nan

    @property
    def detectable(self) -> float:
        """Smallest difference found in 80 % of cases: `nurture.statistics.verdicts.detectable`."""
        return detectable((self.upper - self.lower) / 2, self.df)


def compare(values: Sequence[Value], reference: Sequence[Value], means: bool = False) -> Difference:
    """Compare a network with others that differ from each other in their seed only.

    Two sources of variation are added up. Cases (identities shown, or continua): the variance of
    the paired difference. Seeds: a given network is compared with what another seed of the
    reference would give, so their variance s^2 counts 1 + 1/k times for k seeds; where the compared
    side is several seeds, their mean is meant, and s^2 counts 1/k times; so it does on both sides
    where `means` says that the mean of the reference is meant too. Degrees of freedom are those of
    Welch (1947) and Satterthwaite (1946). Seeds differ among other things in how they take the
    very identities shown, which is then counted twice: the interval is rather too wide.

    Three seeds estimate s poorly: alone they make the interval 4.97 s wide to either side, so only
    a network far outside of what they give is distinguished from them.

    Parameters
    ----------
    values, reference : sequence of Value
        Of one network, or of several seeds.
    means : bool
        Whether two means over seeds are compared, and not a network with another seed. Interval and
        p are NaN where nothing varies or a number is missing.
    """
    values, reference = _of_common_cases(values, reference)
    estimate, other = (float(np.mean([v.estimate for v in side])) for side in (values, reference))
    difference = estimate - other
    seeds = _between_seeds(values, reference, 0 if means else 1)
    terms = {"cases": _between_cases(values, reference), "seeds": seeds}
    # A seed that varies by nothing still counts as having been asked.
    known = {name: term for name, term in terms.items() if np.isfinite(term[1])}
    variance = sum(term[0] for term in known.values())
    if not variance > ROUNDING**2 or np.isnan(difference):
        return Difference(estimate, other, difference, np.nan, np.nan, np.nan, tuple(known))
    df = variance**2 / sum(v**2 / n for v, n in known.values())
    error = np.sqrt(variance)
    reach = t.ppf(0.975, df) * error
    p = float(2 * t.sf(abs(difference) / error, df))
    ends = (float(difference - reach), float(difference + reach))
    return Difference(estimate, other, difference, *ends, p, tuple(known), df)


def average(values: Sequence[Value]) -> Difference:
    """Give the mean of networks that differ in their seed only, with its interval.

    It is the difference from nothing: `compare` with a reference of 0 that doesn't vary.
    """
    nothing = replace(values[0], estimate=0.0, parts=np.zeros_like(values[0].parts))
    return compare(values, [nothing])


def _of_common_cases(
    values: Sequence[Value], reference: Sequence[Value]
) -> tuple[list[Value], list[Value]]:
    """Leave out of means those cases that any network lacks."""
    everybody = [*values, *reference]
    if not all(value.is_mean for value in everybody):
        return list(values), list(reference)
    known = np.isfinite([value.parts for value in everybody]).all(axis=0)
    mine, theirs = (
        [of_cases(np.where(known, v.parts, np.nan)) for v in side] for side in (values, reference)
    )
    return mine, theirs


def _between_cases(values: Sequence[Value], reference: Sequence[Value]) -> tuple[float, float]:
    """Variance of the paired difference and its degrees of freedom, infinite without cases."""
    everybody = [*values, *reference]
    if len({len(value.parts) for value in everybody}) > 1 or not len(everybody[0].parts):
        return 0.0, np.inf
    mine, theirs = (np.mean([v.parts for v in side], axis=0) for side in (values, reference))
    apart = mine - theirs
    apart = apart[np.isfinite(apart)]
    if len(apart) < 2:
        return 0.0, np.inf
    scale, df = (f(getattr(v, k) for v in everybody) for f, k in ((max, "scale"), (min, "df")))
    return float(scale * apart.var(ddof=1)), df


def _between_seeds(
    values: Sequence[Value], reference: Sequence[Value], another: int
) -> tuple[float, float]:
    """Variance that seeds add and its degrees of freedom, infinite without several seeds."""
    total, freedom = 0.0, 0.0
    for side, own in ((values, 0), (reference, another)):
        if len(side) > 1:
            spread = float(np.var([value.estimate for value in side], ddof=1))
            total += spread * (own + 1 / len(side))
            freedom += len(side) - 1
    return float(total), freedom or np.inf
