"""Identification curves, their fits, and comparisons over continua."""

from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import norm

from benchmarks.calibration.cases import (
    ABOUT,
    AT_LEAST,
    AT_MOST,
    CONTINUA,
    EXACT,
    HOLD,
    LEVEL,
    LEVELS,
    MORPHED,
    SHOWN,
    Case,
    Experiment,
    draw,
    holds,
    one,
)
from nurture.categorical.comparison_tables import paired_tests
from nurture.categorical.curves import FITS, fit_curve
from nurture.categorical.discrimination import mean_interval
from nurture.categorical.identification import _left_out_error, analyse_answers
from nurture.observers.curves import boundaries
from nurture.statistics import resampling

LEVEL_OF = np.linspace(0, 1, LEVELS)
LINE = 0.12 + 0.76 * LEVEL_OF
BOUNDARIES = ABOUT, ABOUT, HOLD
"""Share of experiments in which intervals of the boundaries of `FITS` hold the truth."""

OBSERVERS = 24
SPREAD = 0.15
"""Of the levels at which faces turn, in continua."""


def _wilson(rng) -> bool:
    return holds(*np.insert(resampling.wilson(rng.binomial(MORPHED, 0.3), MORPHED), 1, 0.3))


def _signs(rng) -> list[bool]:
    values = rng.standard_t(4, CONTINUA)
    p, (low, high) = (
        resampling.sign_test(values, draw(rng)),
        resampling.sign_interval(values, draw(rng)),
    )
    return [bool(p <= LEVEL), holds(low, 0, high)]


def _pairs(rng) -> list[bool]:
    table = rng.normal(size=(CONTINUA, 6)) + rng.normal(size=(CONTINUA, 1))
    found = [told for _, _, told in paired_tests(table, draw(rng))]
    return [min(one[name] for one in found) <= LEVEL for name in ("p_max", "p_holm")]


def _better(rng) -> list[bool]:
    """Whether a logistic is called better than the line which is the truth.

    Each face turns once, and faces turn evenly along a line from .12 to .88.
    """
    answers = (rng.random((CONTINUA, MORPHED, 1)) < LINE).astype(float)
    share = answers.mean(axis=1)
    without = (answers.sum(axis=1, keepdims=True) - answers) / (MORPHED - 1)
    told = {name: np.empty((CONTINUA, len(FITS))) for name in ("r2", "aicc", "cv_error")}
    for i, kind in enumerate(FITS):
        # All curves at once, as `analyse_answers` fits those of one continuum.
        every = fit_curve(LEVEL_OF, np.concatenate([share[:, None], without], axis=1), kind)
        told["r2"][:, i], told["aicc"][:, i] = every.r2[:, 0], every.aicc[:, 0]
        for c in range(CONTINUA):
            others = replace(every, parameters=every.parameters[c, 1:])
            told["cv_error"][c, i] = _left_out_error(others, LEVEL_OF, without[c], answers[c])
    tests = {name: paired_tests(table, 0)[1][2] for name, table in told.items()}
    both = [tests[name] for name in ("aicc", "cv_error")]
    return [
        tests["r2"]["p_max"] <= LEVEL and tests["r2"]["difference"] < 0,
        all(one["p_max"] < LEVEL and one["difference"] > 0 for one in both),
    ]


class _Curve:
    """Faces turn at levels that are normal about the middle."""

    @cached_property
    def truths(self) -> list[tuple[float, float]]:
        """Boundary and slope of the fits to the curve of all faces."""
        share = norm.cdf(LEVEL_OF, 0.5, SPREAD)
        fits = [fit_curve(LEVEL_OF, share, kind) for kind in FITS]
        return [(float(fit.boundary), float(fit.slope)) for fit in fits]

    def __call__(self, rng) -> list[bool]:
        middle = rng.normal(0.5, SPREAD, (MORPHED, 1))
        told, found = analyse_answers(LEVEL_OF, middle < LEVEL_OF, 200, draw(rng)), []
        for i, truths in enumerate(self.truths):
            for name, truth in zip(("boundary", "slope"), truths, strict=True):
                found.append(holds(told[f"{name}_lower"][i], truth, told[f"{name}_upper"][i]))
        return found


class _Observers:
    """Observers whose boundaries differ, each of one continuum and four faces."""

    levels = np.linspace(0, 1, 11)

    def trials(self, rng, n: int) -> pd.DataFrame:
        boundary = np.repeat(rng.normal(0.5, 0.1, n), 4 * len(self.levels))
        level = np.tile(self.levels, 4 * n)
        second = rng.random(len(level)) < expit(12 * (level - boundary))
        who = np.repeat(np.arange(n), 4 * len(self.levels))
        columns = {"observer": who, "continuum": "anger-fear", "level": level, "second": second}
        return pd.DataFrame(columns)

    @cached_property
    def truth(self) -> float:
        table = self.trials(np.random.default_rng(9), 20_000)
        share = table.groupby("level")["second"].mean().to_numpy()
        return float(fit_curve(self.levels, share, "logistic").boundary)

    def __call__(self, rng) -> bool:
        (row,) = boundaries(self.trials(rng, OBSERVERS), 200, draw(rng))[0].itertuples()
        return holds(row.lower, self.truth, row.upper)


def _excess(rng) -> bool:
    _, low, high = mean_interval(rng.normal(size=MORPHED), 1000, draw(rng))
    return holds(low, 0, high)


def experiments() -> list[Experiment]:
    """List them."""
    continua, people = f"{CONTINUA} continua", f"{MORPHED} identities"
    better = "a logistic is called better, by"
    return [
        one("identification, Wilson interval", f"{people}, .30", HOLD, AT_LEAST, _wilson),
        Experiment(
            [
                case
                for kind, claim, must in zip(
                    FITS, BOUNDARIES, (AT_LEAST, AT_LEAST, EXACT), strict=True
                )
                for case in (
                    Case(f"boundary of the {kind}, interval", people, claim, must),
                    Case(f"slope of the {kind}, interval", people, HOLD, SHOWN),
                )
            ],
            _Curve(),
            10,
        ),
        one(
            "boundary of observers, interval",
            f"{OBSERVERS} observers",
            HOLD,
            AT_LEAST,
            _Observers(),
            4,
        ),
        one("excess of discrimination, interval", people, HOLD, EXACT, _excess),
        Experiment(
            [
                Case("one difference over continua, p", continua, LEVEL, AT_MOST),
                Case("one difference over continua, interval", continua, HOLD, AT_LEAST),
            ],
            _signs,
        ),
        Experiment(
            [
                Case(f"15 pairs of networks, any {name}", continua, LEVEL, AT_MOST)
                for name in ("p_max", "p_holm")
            ],
            _pairs,
            2,
        ),
        Experiment(
            [
                Case(f"{better} R\u00b2", "line from .12 to .88", LEVEL, SHOWN),
                Case(f"{better} AICc and left-out error", "line from .12 to .88", LEVEL, AT_MOST),
            ],
            _better,
            10,
        ),
    ]
