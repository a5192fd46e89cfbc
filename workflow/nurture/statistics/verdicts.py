"""The words of every verdict, and the rules by which they follow from numbers.

Nobody writes a verdict: each is made here, and the methods page lists the rules as `table` does.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

LEVEL = 0.05
"""Of every test, after the correction that its table names."""

SMALLEST = 0.001
"""p below is written as that."""

POWER = 0.8
"""With which an effect is called detectable."""

NOT_MEASURED = "not measured"
NO_SPREAD = "inconclusive: nothing says how far it varies"
NO_CONTROL = "no untrained control of this architecture in this run"

AGREES, SMALLER = "agrees", "smaller than published"
OPPOSITE, INCONCLUSIVE = "opposite", "inconclusive"
UNTESTABLE = "not testable here"
OF_CLAIMS = (AGREES, SMALLER, OPPOSITE, INCONCLUSIVE, UNTESTABLE)
"""In the order of reports."""

WITHIN, DIFFERS = "within the reading error", "differs"
THIS, TRAINING = "this network", "networks of its training"

RULES = (
    (
        "a claim of the paper",
        AGREES,
        "a difference: the 95 % interval lies wholly on the paper's side of no effect; an "
        "association: the permutation of labels rejects (p < .05); one shape of curve over "
        "another: AICc and the error on identities left out both prefer it, each with corrected "
        "p < .05",
    ),
    (
        "",
        SMALLER,
        "does not agree, and the 95 % interval lies below the published effect less its reading "
        "error, and not wholly on the other side",
    ),
    (
        "",
        OPPOSITE,
        "the 95 % interval lies wholly on the other side of no effect; of shapes, AICc and the "
        "error on identities left out both prefer the other, each with corrected p < .05",
    ),
    (
        "",
        INCONCLUSIVE,
        "none of these: the interval holds no effect and the published one, or no size was "
        "published, or there is no interval",
    ),
    ("", UNTESTABLE, "the run has no such network, or no untrained control of its architecture"),
    ("a difference of networks", "more than, less than", "corrected p < .05, by sign"),
    (
        "",
        "not distinguishable from",
        "corrected p of .05 or more, which does not say that they are alike",
    ),
    ("", NO_SPREAD, "neither identities, continua nor seeds were resampled"),
    ("", NOT_MEASURED, "the measure is lacking on either side"),
    ("", NO_CONTROL, "nothing to compare with"),
    (
        "whom a verdict is about",
        THIS,
        "one network stands on either side: its pictures, architecture and first weights may be "
        "why, so nothing is said of its training",
    ),
    ("", TRAINING, "two or more networks of one training stand on both sides"),
    ("a published number", WITHIN, "the run's is no farther from it than it may be misread"),
    ("", DIFFERS, "it is farther"),
)
"""About what, word and rule; an empty first cell repeats the one above."""


def table() -> str:
    """Lay `RULES` out as a table in Markdown."""
    rows = [("verdict on", "words", "when"), ("---",) * 3, *RULES]
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows)


@dataclass(frozen=True)
class Evidence:
    """What a run says of a claim, with effects counted so that the paper's are positive.

    Attributes
    ----------
    effect, lower, upper : float
        Distance from no effect, with its 95 % interval; NaN where there is none.
    published, error : float
        The same of the paper, with its reading error; NaN where none was published.
    p, p_opposite : float
        Of the test that decides for the paper's side and for the other, where it is not the
        interval.
    p_interval : float
        Two-sided, of the interval where that decides: below .05 where it excludes no effect.
    """

    effect: float
    lower: float
    upper: float
    published: float = np.nan
    error: float = np.nan
    p: float = np.nan
    p_opposite: float = np.nan
    p_interval: float = np.nan


def of_claim(found: Evidence | None) -> tuple[str, str]:
    """Put what a run says of a claim, None where there is nothing to test, into word and reason."""
    if found is None:
        return UNTESTABLE, "the run has nothing to compare"
    if np.isnan(found.effect):
        return INCONCLUSIVE, NOT_MEASURED
    if _is_claimed(found.p, found.lower):
        return AGREES, _reason_of_agreement(found)
    if _is_claimed(found.p_opposite, -found.upper):
        return OPPOSITE, f"on the other side of no effect{_p_of_interval(found)}"
    if np.isnan(found.lower):
        return INCONCLUSIVE, "no interval"
    holds = f"the interval holds no effect{_p_of_interval(found)}"
    open_ = f"p = {short_p(found.p)}" if np.isfinite(found.p) else holds
    if found.upper < found.published - found.error:
        return SMALLER, f"{open_}; the interval excludes the published effect"
    if np.isnan(found.published):
        return INCONCLUSIVE, f"{open_}; no size was published"
    return INCONCLUSIVE, f"{open_}; the interval does not exclude the published effect"


def _is_claimed(p: float, nearest: float) -> bool:
    """Whether a test rejects, or where there is none, an interval's nearer end excludes 0."""
    return bool(p < LEVEL) if np.isfinite(p) else bool(nearest > 0)


def _reason_of_agreement(found: Evidence) -> str:
    excludes = f"the interval excludes no effect{_p_of_interval(found)}"
    how = f"p = {short_p(found.p)}" if np.isfinite(found.p) else excludes
    if found.upper < found.published - found.error:
        return f"{how}; below the published effect"
    if found.lower > found.published + found.error:
        return f"{how}; above the published effect"
    return how


def _p_of_interval(found: Evidence) -> str:
    p = found.p_interval
    if np.isnan(p):
        return ""
    return f", p = {short_p(p)}" if p >= SMALLEST else f", p < {short_p(SMALLEST)}"


def short_p(p: float) -> str:
    """Write a p value with two or three digits."""
    digits = 3 if p < 0.0995 else 2
    return f"{p:.{digits}f}".removeprefix("0") if p < 1 else "1"


def of_difference(difference: float, p: float, reference: str, level: float = LEVEL) -> str:
    """Put a comparison of networks into words, by `RULES`; numbers are NaN where there are none."""
    if np.isnan(difference):
        return NOT_MEASURED
    if np.isnan(p):
        return NO_SPREAD
    if p >= level:
        return f"not distinguishable from {reference}"
    return f"{'more' if difference > 0 else 'less'} than {reference}"


def scope(n: int, n_reference: int) -> str:
    """Return whom a comparison is about: a single network stands for no training."""
    return TRAINING if min(n, n_reference) > 1 else THIS


def of_number(here: float, published: float, error: float) -> str:
    """Return whether a number is the published one."""
    return WITHIN if abs(here - published) <= error else DIFFERS


def detectable(reach: float, df: float = np.inf) -> float:
    """Find the smallest effect that a test at `LEVEL` would have detected with `POWER`.

    With a 95 % interval of theta +- t(.975) se, of which `reach` is half the width, the effect at
    which the estimate lies beyond t(.975) se in 80 % of cases: (t(.975) + t(.8)) se.
    """
    return float(reach * (1 + t.ppf(POWER, df) / t.ppf(1 - LEVEL / 2, df)))
