"""Networks beside networks, seeds of them, and what reared networks have learned."""

from functools import cached_property

import numpy as np

from benchmarks.calibration.cases import (
    AT_MOST,
    CONTINUA,
    EXACT,
    HOLD,
    LEVEL,
    SHOWN,
    TEST,
    Experiment,
    draw,
    holds,
    one,
)
from nurture.rearing.training_check import accuracy, same_different
from nurture.statistics import resampling
from nurture.statistics.comparison import Value, average, compare, of_cases, of_resamples

SEEDS = 3
CLASSES, VIEWS, UNSEEN, UNSEEN_VIEWS = 200, 3, 40, 6
"""Of the training check, where diets are compared."""


class _Networks:
    """Scores of networks that differ by their seed; identities are common to all."""

    def __init__(self, seed_sd: float, sides: tuple[int, int] = (1, SEEDS), means: bool = False):
        self.seed_sd, self.sides, self.means = seed_sd, sides, means

    def values(self, rng) -> list[Value]:
        n = sum(self.sides)
        level = rng.normal(0, self.seed_sd, n)
        scores = level[:, None] + rng.normal(size=TEST) + rng.normal(size=(n, TEST))
        weights = resampling.resample(TEST, 400, draw(rng))
        return [of_resamples(s.mean(), weights @ s / TEST, TEST) for s in scores]

    def __call__(self, rng) -> bool:
        values, first = self.values(rng), self.sides[0]
        return bool(compare(values[:first], values[first:], self.means).p <= LEVEL)

    def mean(self, rng) -> bool:
        found = average(self.values(rng))
        return holds(found.lower, 0, found.upper)


def _continua(rng) -> bool:
    """Two networks, the same continua."""
    scores = rng.normal(size=(2, CONTINUA)) + rng.normal(size=CONTINUA)
    return bool(compare(*([of_cases(s)] for s in scores)).p <= LEVEL)


def _named(rng) -> bool:
    """Name views of classes, of which some are harder."""
    rate = rng.beta(2, 2, CLASSES)
    labels = np.repeat(np.arange(CLASSES), VIEWS)
    answers = np.where(rng.random(len(labels)) < rate[labels], labels, -1)
    _, low, high = accuracy(answers, labels, 1000, draw(rng))
    return holds(low, 0.5, high)


class _Distinguished:
    """Views of classes of which no network has seen any; the truth is the mean over many."""

    labels = np.repeat(np.arange(UNSEEN), UNSEEN_VIEWS)

    def once(self, rng, resamples: int) -> list[float]:
        views = rng.normal(size=(len(self.labels), 10))
        features = rng.normal(size=(UNSEEN, 10))[self.labels] * 0.7 + views
        return same_different(features, self.labels, resamples, draw(rng))

    @cached_property
    def truth(self) -> float:
        rng = np.random.default_rng(8)
        return float(np.mean([self.once(rng, 1)[0] for _ in range(500)]))

    def __call__(self, rng) -> bool:
        _, low, high = self.once(rng, 400)
        return holds(low, self.truth, high)


def experiments() -> list[Experiment]:
    """List them."""
    several, two = f"a network and {SEEDS} seeds, p (table experience)", "two networks, p"
    means = f"{SEEDS} seeds and {SEEDS} seeds, p (table diets_compared)"
    both = SEEDS, SEEDS
    return [
        one(several, "seeds alone", LEVEL, AT_MOST, _Networks(1)),
        one(several, "identities alone", LEVEL, AT_MOST, _Networks(0)),
        one(means, "seeds alone", LEVEL, AT_MOST, _Networks(1, both, means=True)),
        one(means, "identities alone", LEVEL, AT_MOST, _Networks(0, both, means=True)),
        one(
            f"mean of {SEEDS} seeds, interval (table diets)",
            "seeds and identities",
            HOLD,
            EXACT,
            _Networks(0.3, (SEEDS, 0)).mean,
        ),
        one(two, "identities alone", LEVEL, EXACT, _Networks(0, (1, 1))),
        one(two, f"{CONTINUA} continua", LEVEL, EXACT, _continua),
        one(
            f"{two}, as if of their training",
            "seeds vary too",
            LEVEL,
            SHOWN,
            _Networks(0.3, (1, 1)),
        ),
        one("training check, interval of accuracy", "200 classes", HOLD, EXACT, _named),
        one("training check, interval of the AUC", "40 classes", HOLD, EXACT, _Distinguished(), 4),
    ]
