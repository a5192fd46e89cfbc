"""What is asked of a test or an interval, and how often it happened."""

import zlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import binom

from nurture.core.expressions import EXPRESSIONS

LEVEL, HOLD = 0.05, 0.95
"""Of tests, and of intervals."""

ABOUT = 0.9
"""What intervals are said to hold that fall somewhat short of `HOLD`."""

K = len(EXPRESSIONS)
SELECTION, TEST, CONTINUA, MORPHED, LEVELS = 104, 67, 15, 12, 11
"""Identities that select units, test identities, continua, identities and levels of each."""

EXACT, AT_MOST, AT_LEAST, SHOWN = "exact", "at most", "at least", "shown"
"""What a rate must be: as claimed; no more; no less; or only reported, being what was at fault."""

SURE = 1e-3
"""Share of simulations in which a right procedure would fail the check."""


class Case(NamedTuple):
    """A test or an interval, and a world in which what it says should be so."""

    about: str
    """Test or interval, and where it is shown."""
    world: str
    claim: float
    must: str


class Experiment(NamedTuple):
    """What is simulated, of which one or several cases are asked."""

    cases: Sequence[Case]
    simulate: Callable[[np.random.Generator], Any]
    """True, of each case, where the test rejects or the interval holds the truth."""
    cost: int = 1
    """One in so many of the simulations of the short form is enough time for it."""


class Rate(NamedTuple):
    """How often it happened."""

    case: Case
    n: int
    found: float

    @property
    def bounds(self) -> tuple[float, float]:
        """Rates that a procedure which does what it claims gives in all but `SURE` of runs."""
        ends = binom.ppf([SURE / 2, 1 - SURE / 2], self.n, self.case.claim) / self.n
        return float(ends[0]), float(ends[1])

    @property
    def holds(self) -> bool:
        """Whether the rate is what it must be."""
        low, high = self.bounds
        must = self.case.must
        return must == SHOWN or (
            (must == AT_MOST or self.found >= low) and (must == AT_LEAST or self.found <= high)
        )


def measure(experiment: Experiment, n: int, seed: int = 0) -> list[Rate]:
    """Simulate an experiment n times; other experiments do not change its draws."""
    rng = np.random.default_rng([seed, zlib.crc32(repr(experiment.cases).encode())])
    happened = [np.atleast_1d(experiment.simulate(rng)) for _ in range(n)]
    found = np.mean(happened, axis=0)
    return [Rate(*one) for one in zip(experiment.cases, [n] * len(found), found, strict=True)]


def one(about: str, world: str, claim: float, must: str, simulate: Callable, cost: int = 1):
    """Make an experiment of which one case is asked."""
    return Experiment([Case(about, world, claim, must)], simulate, cost)


def holds(low: float, truth: float, high: float) -> bool:
    """Whether an interval holds the truth."""
    return bool(low <= truth <= high)


def draw(rng: np.random.Generator) -> int:
    """Draw a seed for what a procedure draws itself."""
    return int(rng.integers(2**31))
