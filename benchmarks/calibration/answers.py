"""Confusions: likeness to observers, at equal accuracy too, and the choice model."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from benchmarks.calibration.cases import (
    ABOUT,
    AT_LEAST,
    AT_MOST,
    EXACT,
    HOLD,
    LEVEL,
    SHOWN,
    TEST,
    Case,
    Experiment,
    K,
    draw,
    holds,
    one,
)
from nurture.confusion.accuracy_tables import without_bias
from nurture.confusion.choice import fit_choice, fit_p
from nurture.confusion.human import read_counts, read_humans
from nurture.confusion.likeness import (
    STATISTICS,
    Observers,
    mantel_p,
    pair_cells,
    symmetric_interval,
)
from nurture.confusion.matrices import accuracy, counts_by_identity, shares_by_identity
from nurture.core.expressions import EXPRESSIONS
from nurture.decoding import noise
from nurture.decoding.classifier import fit_classifier
from nurture.experience.equal_accuracy import Answers, paired
from nurture.statistics import resampling
from nurture.statistics.comparison import compare

ROOT = Path(__file__).parents[2]
HUMANS = read_humans(ROOT / "config" / "human", read=read_counts)
RESAMPLES = 200
SHARES = np.mean([m / m.sum(axis=1, keepdims=True) for m in HUMANS.values()], axis=0)
"""Mean answers of the human sets."""

PEARSON = Observers(HUMANS, ("pearson",))


def errs(rng, right: float, alike: bool = True) -> np.ndarray:
    """Chances of answers as observers give them, or with any naming of them, right so often."""
    order = np.arange(K) if alike else rng.permutation(K)
    errors = SHARES[np.ix_(order, order)].copy()
    np.fill_diagonal(errors, 0)
    errors *= (1 - right) / errors.sum(axis=1, keepdims=True)
    return errors + right * np.eye(K)


def answered(rng, matrix: np.ndarray) -> np.ndarray:
    """Answers to each test identity, shape (n_identities, 6, 6)."""
    return np.stack([rng.multinomial(1, row, TEST) for row in matrix], axis=1)


def resampled(rng, counts: np.ndarray) -> np.ndarray:
    """Answers to resampled identities, shape (resamples, 6, 6)."""
    return np.tensordot(resampling.resample(TEST, RESAMPLES, draw(rng)), counts, axes=1)


def _named(rng) -> bool:
    """Any naming of the answers is as likely as any other."""
    counts = answered(rng, errs(rng, 0.7, alike=False)).sum(axis=0)
    return bool(mantel_p(PEARSON.relabelled(counts))[0, -1] <= LEVEL)


class _Likeness:
    """Intervals of likeness, by statistic."""

    def __init__(self, right: float, statistics=("pearson",)):
        self.right, self.observers = right, Observers(HUMANS, statistics)

    def __call__(self, rng) -> np.ndarray:
        matrix = errs(rng, self.right)
        counts = answered(rng, matrix)
        truth, estimate = (
            self.observers.compare(one)[:, -1] for one in (matrix * 1e6, counts.sum(axis=0))
        )
        draws = self.observers.compare(resampled(rng, counts))[..., -1]
        low, high = symmetric_interval(draws, estimate)
        return (low <= truth) & (truth <= high)


class _Choice:
    """Answers by a choice model; one expression and one pair stand for all."""

    def __init__(self, right: float):
        self.right = right

    @cached_property
    def matrix(self) -> np.ndarray:
        """Of observers' similarities, with unequal biases, and right so often."""
        found = fit_choice(np.round(SHARES * 1000))
        bias = np.array([2, 1, 1, 0.7, 1, 1])

        def at(power: float) -> np.ndarray:
            chance = found.similarity**power * bias
            return chance / chance.sum(axis=1, keepdims=True)

        low, high = 0.05, 20.0
        for _ in range(60):
            middle = np.sqrt(low * high)
            low, high = (middle, high) if accuracy(at(middle)) < self.right else (low, middle)
        return at(low)

    def fit(self, rng) -> bool:
        return bool(fit_p(fit_choice(answered(rng, self.matrix).sum(axis=0))) <= LEVEL)

    def intervals(self, rng) -> list[bool]:
        counts = answered(rng, self.matrix)
        e, p = rng.integers(K), rng.integers(15)
        draws, truth = fit_choice(resampled(rng, counts)), fit_choice(self.matrix * 1e9)
        found = []
        for of_draws, true in (
            (draws.bias[:, e], truth.bias[e]),
            (pair_cells(draws.similarity)[:, p], pair_cells(truth.similarity)[p]),
            (without_bias(resampled(rng, counts)), without_bias(self.matrix * 1e9)),
        ):
            low, high = resampling.interval(of_draws, TEST)
            found.append(holds(low, true, high))
        return found


class _Networks:
    """Networks of given signal, shown very many faces, of which each experiment takes some.

    Expressions lie in the space of scores as observers' similarities say, or as another naming of
    them would; identities and chance are added.
    """

    faces, answers, components = 400, 40, 10

    def __init__(self, signals, alike):
        self.signals, self.alike = signals, alike

    @cached_property
    def pools(self) -> list[Answers]:
        """Answers of each network to all faces."""
        rng = np.random.default_rng(7)
        similar = np.mean([fit_choice(one).similarity for one in HUMANS.values()], axis=0)
        centre = np.eye(K) - 1 / K
        inner = -centre @ np.log(similar) ** 2 @ centre / 2
        size, axes = np.linalg.eigh(inner)
        places = axes * np.sqrt(np.maximum(size, 0))
        places /= np.sqrt((places**2).sum() / K)
        pools = []
        for signal, alike in zip(self.signals, self.alike, strict=True):
            order = np.arange(K) if alike else rng.permutation(K)
            pools.append(self._pool(rng, signal * places[order]))
        return pools

    def _pool(self, rng, places: np.ndarray) -> Answers:
        means = np.zeros((K, self.components))
        means[:, :K] = places

        def shown(n: int) -> np.ndarray:
            own = np.repeat(rng.normal(0, 0.6, (n, self.components)), K, axis=0)
            return np.tile(means, (n, 1)) + own + rng.normal(0, 0.8, own.shape)

        train, test = shown(60), shown(self.faces)
        scale = train.std(axis=0)
        svc = fit_classifier(train / scale, np.tile(EXPRESSIONS, 60), 1.0)
        noisy = np.zeros((len(noise.LEVELS), len(test), K), "uint16")
        columns = [EXPRESSIONS.index(name) for name in svc.classes_]
        noisy[..., columns] = noise.noisy_answers(svc, test / scale, self.answers, 1)
        faces, identity = np.tile(EXPRESSIONS, self.faces), np.repeat(np.arange(self.faces), K)
        count = counts_by_identity(faces, svc.predict(test / scale), identity)
        return Answers(faces, identity, count, noisy, PEARSON, RESAMPLES, 0)

    def some(self, rng) -> list[Answers]:
        """Answers to as many faces as an experiment shows, the same to all networks."""
        who, seed = rng.integers(self.faces, size=TEST), draw(rng)
        rows = (who[:, None] * K + np.arange(K)).ravel()
        return [
            replace(
                pool,
                shown=pool.shown[rows],
                identity=np.repeat(np.arange(TEST), K),
                count=pool.count[who],
                noisy=pool.noisy[:, rows],
                seed=seed,
            )
            for pool in self.pools
        ]


class _EqualAccuracy(_Networks):
    """Two networks, the more accurate one brought down; the truth is that of very many faces."""

    @cached_property
    def truth(self) -> float:
        first, second = self.pools
        pair = first.likeness(second.accuracy)[0], second.likeness(first.accuracy)[0]
        return pair[0] - pair[1]

    def __call__(self, rng) -> bool:
        first, second = self.some(rng)
        found = compare(*paired([first], [second]))
        return holds(found.lower, self.truth, found.upper)


class _NoDifference(_Networks):
    """A network, and what it is through noise: as like observers where both err as often."""

    through = noise.LEVELS[11]

    def __call__(self, rng) -> bool:
        (one,) = self.some(rng)
        shares = one.noisy[11] / one.noisy[11].sum(axis=1, keepdims=True)
        answer = np.array(EXPRESSIONS)[rng.multinomial(1, shares).argmax(axis=1)]
        count = counts_by_identity(one.shown, answer, one.identity)
        found = compare(*paired([one], [replace(one, count=count)]))
        return bool(found.p <= LEVEL)


class _Matched(_Networks):
    """A network through noise, beside observers; the truth is that of very many faces."""

    right = 0.5

    def likeness(self, one: Answers) -> tuple[float, np.ndarray]:
        shares = one.noisy / one.noisy.sum(axis=-1, keepdims=True)
        counts = shares_by_identity(one.shown, shares, one.identity)
        found = noise.matched(counts, accuracy(counts.sum(axis=1)), self.right)
        weights = resampling.resample(len(found), RESAMPLES, one.seed)
        draws = PEARSON.compare(np.tensordot(weights, found, axes=1))[:, 0, -1]
        return float(PEARSON.compare(found.sum(axis=0))[0, -1]), draws

    @cached_property
    def truth(self) -> float:
        return self.likeness(self.pools[0])[0]

    def __call__(self, rng) -> bool:
        estimate, draws = self.likeness(self.some(rng)[0])
        low, high = symmetric_interval(draws[:, None], np.array([estimate]))
        return holds(low[0], self.truth, high[0])


def experiments() -> list[Experiment]:
    """List them."""
    likeness, equal = "likeness to observers, interval", "likeness at equal accuracy"
    choice = "choice model, interval of"
    words = "rho", "tau", "r of similarity", "rho of similarity"
    fitted = {right: _Choice(right) for right in (0.5, 0.7, 0.95)}
    return [
        one(
            "likeness to observers, p",
            "errors of any other naming, .70",
            LEVEL,
            EXACT,
            _named,
        ),
        one(likeness, "accuracy .50", HOLD, EXACT, _Likeness(0.5), 2),
        one(likeness, "accuracy .70", ABOUT, AT_LEAST, _Likeness(0.7), 2),
        one(likeness, "accuracy .95", HOLD, SHOWN, _Likeness(0.95), 2),
        Experiment(
            [Case(f"{likeness} of {word}", "accuracy .70", ABOUT, AT_LEAST) for word in words],
            _Likeness(0.7, STATISTICS[1:]),
            10,
        ),
        one(
            f"{equal} (table likeness_matched), interval",
            "from .84 to .50",
            HOLD,
            AT_LEAST,
            _Matched((3.0,), (True,)),
            4,
        ),
        *(
            one(
                f"{equal}, interval of a difference",
                f"accuracies {told}",
                HOLD,
                AT_LEAST,
                _EqualAccuracy(signals, alike),
                10,
            )
            for told, signals, alike in (
                (".84 and .57, one unlike observers", (3.0, 1.6), (True, False)),
                (".77 and .50, both unlike", (2.5, 1.3), (False, False)),
            )
        ),
        *(
            one(
                f"{equal}, p of a difference",
                f"a network {told} observers and itself through noise",
                LEVEL,
                AT_MOST,
                _NoDifference((3.0,), (alike,)),
                10,
            )
            for told, alike in (("like", True), ("unlike", False))
        ),
        *(
            one(
                "choice model, p of the fit",
                f"accuracy {right:.2f}".replace("0.", "."),
                LEVEL,
                AT_MOST,
                model.fit,
            )
            for right, model in fitted.items()
        ),
        Experiment(
            [
                Case(f"{choice} bias", "accuracy .70", ABOUT, AT_LEAST),
                Case(f"{choice} similarity", "accuracy .70", ABOUT, AT_LEAST),
                Case(f"{choice} accuracy without bias", "accuracy .70", HOLD, EXACT),
            ],
            fitted[0.7].intervals,
            4,
        ),
    ]
