"""How often the tests of the tables reject what is true, and how often intervals hold it.

``python -m benchmarks.calibration`` simulates at the sizes of the default, through the project's
own functions, and writes docs/calibration.md. Each case is one simulated experiment after another;
its rate is compared with what it claims.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import binom

from nurture.categorical.comparison_tables import paired_tests
from nurture.categorical.identification import analyse_answers
from nurture.confusion.choice import fit_choice
from nurture.confusion.human import read_counts, read_humans
from nurture.confusion.likeness import Observers, mantel_p, symmetric_interval
from nurture.confusion.matrices import counts_by_identity
from nurture.core.expressions import EXPRESSIONS
from nurture.decoding import noise
from nurture.decoding.classifier import fit_classifier
from nurture.decoding.readout import hit_rate
from nurture.experience.equal_accuracy import Answers, paired
from nurture.selectivity.anova import two_way_anova
from nurture.selectivity.by_identity import (
    changed_signs,
    count_of_changed_signs,
    count_of_subsets,
    subsets,
)
from nurture.selectivity.permutation import null_counts, permute_within
from nurture.statistics import resampling
from nurture.statistics.comparison import Value, average, compare, of_parts, of_resamples

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "calibration.md"
LEVEL, K = 0.05, len(EXPRESSIONS)
SELECTION, TEST, CONTINUA, MORPHED = 104, 67, 7, 12
"""Identities that select units, test identities, continua, identities of each: the default's."""

UNITS = 150
"""Of a simulated layer: enough for counts, few enough for a thousand layers."""

EXACT, AT_MOST, AT_LEAST, SHOWN = "exact", "at most", "at least", "shown"
"""What a rate must be: as claimed; no more; no less; or only reported, being what was at fault."""

SURE = 1e-3
"""Share of simulations in which a right procedure would fail the check."""


class Case(NamedTuple):
    """A test or an interval, and experiments in which what it says should be so."""

    about: str
    """Test or interval, and where it is shown."""
    world: str
    claim: float
    must: str
    simulate: Callable[[np.random.Generator], bool]
    """True where the test rejects, or where the interval holds the truth."""
    cost: int = 1
    """One in so many of the simulations is enough time for it."""


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


# Layers


def _design() -> tuple[np.ndarray, np.ndarray]:
    return np.tile(EXPRESSIONS, SELECTION), np.repeat(np.arange(SELECTION), K)


def _layer(rng, spread=(1,) * K, effect=0.0, floor=None, units=None) -> np.ndarray:
    """Responses of units that share what faces do to them, shape (n_faces, n_units).

    Every unit has its own identity effect, of a size that lets some pass and others not. With a
    seed `units` the units are always the same, and other faces are shown to them.
    """
    faces = SELECTION * K
    made = rng if units is None else np.random.default_rng(units)
    loading, size = made.normal(size=(8, UNITS)) * 0.25, made.uniform(0, 0.5, UNITS)
    shared = rng.normal(size=(faces, 8)) @ loading
    y = (shared + rng.normal(size=(faces, UNITS))) * np.tile(spread, SELECTION)[:, None]
    y += np.repeat(rng.normal(size=(SELECTION, UNITS)) * size, K, axis=0)
    y += effect * np.tile(np.random.default_rng(0).normal(size=(K, UNITS)), (SELECTION, 1))
    return (y if floor is None else np.maximum(y - floor, 0)).astype("float32")


UNEQUAL = (2, *(1,) * (K - 1))
ALPHA = 0.01


def _count(y) -> int:
    everybody = np.ones((1, SELECTION), bool)
    return int(count_of_subsets(y, *_design(), ALPHA, everybody)["paper"][0])


def _labels(rng, **world) -> bool:
    y = _layer(rng, **world)
    orders = permute_within(_design()[1], 99, int(rng.integers(2**31)))
    return resampling.permutation_p(_count(y), null_counts(y, *_design(), ALPHA, orders)) <= LEVEL


def _signs(rng, **world) -> bool:
    y = _layer(rng, **world)
    signs = changed_signs(SELECTION, 99, int(rng.integers(2**31)))
    counts = count_of_changed_signs(y, *_design(), ALPHA, signs)["paper"]
    return resampling.permutation_p(_count(y), counts) <= LEVEL


class _Share:
    """Interval of the share of selective units; the truth is the mean over many draws of faces."""

    def __init__(self, floor=None):
        self.world = {"effect": 0.12, "floor": floor, "units": 1}
        rng = np.random.default_rng(99)
        self.truth = np.mean([_count(_layer(rng, **self.world)) for _ in range(200)]) / UNITS

    def __call__(self, rng) -> bool:
        y, seed = _layer(rng, **self.world), int(rng.integers(2**31))
        share = _count(y) / UNITS
        kept = subsets(SELECTION, SELECTION - SELECTION // 3, 60, seed)
        parts = count_of_subsets(y, *_design(), ALPHA, kept)["paper"] / UNITS
        found = average([of_parts(share, parts, SELECTION)])
        return found.lower <= self.truth <= found.upper


def _anova(factor: str) -> Callable:
    def simulate(rng) -> bool:
        y = rng.normal(size=(SELECTION * K, 1))
        return two_way_anova(y, *_design())[f"p_{factor}"].item() < LEVEL

    return simulate


# Answers


def _accuracy(rng) -> bool:
    """Identities differ in how well they are read; the truth is their mean."""
    rate = rng.beta(2.1, 0.9, TEST)
    hits = rng.random((TEST, K)) < rate[:, None]
    shown = np.ones((TEST, K), int)
    seed = int(rng.integers(2**31))
    draws = hit_rate(hits, shown, resampling.resample(TEST, 400, seed))
    low, high = resampling.interval(draws, TEST)
    return bool(low <= 0.7 <= high)


class _Likeness:
    """Confusions of an observer model with a given accuracy, beside the human sets."""

    def __init__(self, accuracy: float, alike: bool):
        self.humans = read_humans(ROOT / "config" / "human", read=read_counts)
        self.observers = Observers(self.humans)
        self.accuracy, self.alike = accuracy, alike
        shares = [m / m.sum(axis=1, keepdims=True) for m in self.humans.values()]
        self.errors = np.mean(shares, axis=0)

    def matrix(self, rng) -> np.ndarray:
        errors = self.errors.copy()
        if not self.alike:  # any naming of the answers is as likely as any other
            order = rng.permutation(K)
            errors = errors[np.ix_(order, order)]
        np.fill_diagonal(errors, 0)
        errors *= (1 - self.accuracy) / errors.sum(axis=1, keepdims=True)
        return errors + self.accuracy * np.eye(K)

    def counts(self, rng, matrix) -> np.ndarray:
        """Answers by identity, shape (n_identities, 6, 6)."""
        return np.stack([rng.multinomial(1, row, TEST) for row in matrix], axis=1)

    def test(self, rng) -> bool:
        counts = self.counts(rng, self.matrix(rng)).sum(axis=0)
        return bool(mantel_p(self.observers.relabelled(counts))[0, -1] <= LEVEL)

    def interval(self, rng) -> bool:
        matrix = self.matrix(rng)
        counts = self.counts(rng, matrix)
        truth = self.observers.compare(matrix * 1e6)[0, -1]
        weights = resampling.resample(TEST, 100, int(rng.integers(2**31)))
        draws = self.observers.compare(np.tensordot(weights, counts, axes=1))[:, 0, -1]
        estimate = self.observers.compare(counts.sum(axis=0))[0, -1]
        low, high = symmetric_interval(draws[:, None], np.array([estimate]))
        return bool(low[0] <= truth <= high[0])


class _EqualAccuracy:
    """Two networks, the more accurate one brought down; the truth is that of very many faces.

    Expressions lie in the space of scores as observers' similarities say, or as another naming of
    them would; identities and chance are added.
    """

    faces, answers, components = 400, 40, 10

    def __init__(self, signals: tuple[float, float], alike: tuple[bool, bool]):
        self.signals, self.alike = signals, alike

    @cached_property
    def pools(self) -> list[Answers]:
        """Answers of both networks to all faces."""
        rng, humans = (
            np.random.default_rng(7),
            read_humans(ROOT / "config" / "human", read=read_counts),
        )
        similar = np.mean([fit_choice(one).similarity for one in humans.values()], axis=0)
        centre = np.eye(K) - 1 / K
        inner = -centre @ np.log(similar) ** 2 @ centre / 2
        size, axes = np.linalg.eigh(inner)
        places = axes * np.sqrt(np.maximum(size, 0))
        places /= np.sqrt((places**2).sum() / K)
        observers, pools = Observers(humans, ("pearson",)), []
        for signal, alike in zip(self.signals, self.alike, strict=True):
            order = np.arange(K) if alike else rng.permutation(K)
            pools.append(self._pool(rng, signal * places[order], observers))
        return pools

    def _pool(self, rng, places: np.ndarray, observers: Observers) -> Answers:
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
        return Answers(faces, identity, count, noisy, observers, 200, 0)

    @cached_property
    def truth(self) -> float:
        first, second = self.pools
        pair = first.likeness(second.accuracy)[0], second.likeness(first.accuracy)[0]
        return pair[0] - pair[1]

    def __call__(self, rng) -> bool:
        who, seed = rng.integers(self.faces, size=TEST), int(rng.integers(2**31))
        rows = (who[:, None] * K + np.arange(K)).ravel()
        some = [
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
        found = compare(*paired(some[:1], some[1:]))
        return found.lower <= self.truth <= found.upper


# Continua


def _wilson(rng) -> bool:
    low, high = resampling.wilson(rng.binomial(MORPHED, 0.3), MORPHED)
    return bool(low <= 0.3 <= high)


def _sign_test(rng) -> bool:
    return bool(resampling.sign_test(rng.standard_t(4, CONTINUA), 0) <= LEVEL)


def _sign_interval(rng) -> bool:
    low, high = resampling.sign_interval(rng.standard_t(4, CONTINUA), 0)
    return bool(low <= 0 <= high)


def _pairs(name: str) -> Callable:
    def simulate(rng) -> bool:
        table = rng.normal(size=(CONTINUA, 6)) + rng.normal(size=(CONTINUA, 1))
        return min(told[name] for _, _, told in paired_tests(table, 0)) <= LEVEL

    return simulate


LEVELS = np.linspace(0, 1, 21)
LINE = 0.12 + 0.76 * LEVELS


def _answers(rng) -> np.ndarray:
    """Each face turns once, and faces turn evenly along a line from .12 to .88."""
    return rng.random((MORPHED, 1)) < LINE


def _called_better(decide: str) -> Callable:
    """Say whether a logistic is called better than the line which is the truth."""

    def simulate(rng) -> bool:
        told = [analyse_answers(LEVELS, _answers(rng), 2, 0) for _ in range(CONTINUA)]
        tests = {
            name: paired_tests(np.array([one[name] for one in told]), 0)[1][2]
            for name in ("r2", "aicc", "cv_error")
        }
        if decide == "r2":
            return tests["r2"]["p_max"] <= LEVEL and tests["r2"]["difference"] < 0
        both = [tests[name] for name in ("aicc", "cv_error")]
        return all(one["p_max"] < LEVEL and one["difference"] > 0 for one in both)

    return simulate


def _boundary(rng) -> bool:
    middle = rng.normal(0.5, 0.15, MORPHED)
    told = analyse_answers(LEVELS, middle[:, None] < LEVELS, 200, int(rng.integers(2**31)))
    return bool(told["boundary_lower"][2] <= 0.5 <= told["boundary_upper"][2])


# Networks


def _networks(seed_sd: float, cases: bool, seeds: int = 3) -> Callable:
    """Compare one network with some seeds of an alike one; identities are common to all."""

    def simulate(rng) -> bool:
        level = rng.normal(0, seed_sd, seeds + 1)
        people = rng.normal(size=TEST) + rng.normal(size=(seeds + 1, TEST))
        scores = level[:, None] + people
        weights = resampling.resample(TEST, 400, int(rng.integers(2**31)))
        values = [
            of_resamples(s.mean(), weights @ s / TEST, TEST) if cases else Value(s.mean())
            for s in scores
        ]
        return bool(compare(values[:1], values[1:]).p <= LEVEL)

    return simulate


def _random_units(rng) -> bool:
    losses = rng.normal(size=100)
    return resampling.two_sided_p(losses[0], losses[1:]) <= LEVEL


def cases() -> list[Case]:
    """List all cases."""
    means = "tables experience, diets_compared"
    continua = "7 continua"
    return [
        Case("F of expression, p (selectivity)", "noise", LEVEL, EXACT, _anova("expression")),
        Case("F of identity, p (selectivity)", "noise", LEVEL, EXACT, _anova("identity")),
        Case("count of selective units, p_count", "no expression", LEVEL, AT_MOST, _labels, 4),
        Case(
            "count of selective units, p_count",
            "no expression, anger twice as variable",
            LEVEL,
            SHOWN,
            lambda rng: _labels(rng, spread=UNEQUAL),
            4,
        ),
        Case("count of selective units, p_signs", "no expression", LEVEL, AT_MOST, _signs, 4),
        Case(
            "count of selective units, p_signs",
            "no expression, anger twice as variable",
            LEVEL,
            AT_MOST,
            lambda rng: _signs(rng, spread=UNEQUAL),
            4,
        ),
        Case(
            "share of selective units, interval", "all units respond", 0.95, AT_LEAST, _Share(), 10
        ),
        Case(
            "share of selective units, interval", "most are silent", 0.95, AT_LEAST, _Share(1.5), 10
        ),
        Case("accuracy, interval", "67 identities, .70", 0.95, EXACT, _accuracy),
        Case(
            "likeness to observers, p",
            "errors of any other naming, .70",
            LEVEL,
            EXACT,
            _Likeness(0.7, False).test,
        ),
        *(
            Case(
                "likeness to observers, interval",
                f"accuracy {accuracy:.2f}".replace("0.", "."),
                0.95,
                EXACT if accuracy < 0.9 else SHOWN,
                _Likeness(accuracy, True).interval,
                4,
            )
            for accuracy in (0.5, 0.7, 0.95)
        ),
        *(
            Case(
                "likeness at equal accuracy, interval of a difference",
                f"accuracies {words}",
                0.95,
                AT_LEAST,
                _EqualAccuracy(signals, alike),
                10,
            )
            for words, signals, alike in (
                (".84 and .57, one unlike observers", (3.0, 1.6), (True, False)),
                (".77 and .50, both unlike", (2.5, 1.3), (False, False)),
            )
        ),
        Case("identification, Wilson interval", "12 identities, .30", 0.95, AT_LEAST, _wilson),
        Case("category boundary, interval", "12 identities", 0.95, EXACT, _boundary, 4),
        Case("one difference over continua, p", continua, LEVEL, AT_MOST, _sign_test),
        Case("one difference over continua, interval", continua, 0.95, AT_LEAST, _sign_interval),
        Case("15 pairs of networks, any p_max", continua, LEVEL, AT_MOST, _pairs("p_max")),
        Case("15 pairs of networks, any p_holm", continua, LEVEL, AT_MOST, _pairs("p_holm")),
        Case(
            "a logistic is called better, by R\u00b2",
            "line from .12 to .88",
            LEVEL,
            SHOWN,
            _called_better("r2"),
            20,
        ),
        Case(
            "a logistic is called better, by AICc and left-out error",
            "line from .12 to .88",
            LEVEL,
            AT_MOST,
            _called_better("both"),
            20,
        ),
        Case(
            f"a network and 3 seeds, p ({means})", "seeds alone", LEVEL, AT_MOST, _networks(1, True)
        ),
        Case(
            f"a network and 3 seeds, p ({means})",
            "identities alone",
            LEVEL,
            AT_MOST,
            _networks(0, True),
        ),
        Case("two networks, p", "identities alone", LEVEL, EXACT, _networks(0, True, 1)),
        Case(
            "two networks, p, as if of their training",
            "seeds vary too",
            LEVEL,
            SHOWN,
            _networks(0.3, True, 1),
        ),
        Case("loss by ablation, p", "units like others", LEVEL, AT_MOST, _random_units),
    ]


def measure(case: Case, n: int, seed: int) -> Rate:
    """Simulate a case n times."""
    rng = np.random.default_rng(seed)
    return Rate(case, n, float(np.mean([case.simulate(rng) for _ in range(n)])))


def _row(rate: Rate) -> str:
    low, high = rate.bounds
    claim = rate.case.claim
    must = {
        EXACT: f"{claim:.2f}",
        AT_MOST: f"at most {claim:.2f}",
        AT_LEAST: f"at least {claim:.2f}",
    }
    told = must.get(rate.case.must, f"({claim:.2f})").replace("0.", ".")
    verdict = "-" if rate.case.must == SHOWN else "yes" if rate.holds else "NO"
    found, ends = (f"{x:.3f}".replace("0.", ".", 1) for x in (rate.found, low)), f"{high:.3f}"
    found, low = found
    cells = (rate.case.about, rate.case.world, told, found, f"{low} to {ends.removeprefix('0')}")
    return f"| {' | '.join(cells)} | {rate.n:,} | {verdict} |"


def page(rates: list[Rate]) -> str:
    """Lay the rates out as a page."""
    head = ("test or interval", "simulated", "claims", "found", "bounds", "simulations", "holds")
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *map(_row, rates)]
    return TEXT.replace("{table}", "\n".join(lines))


TEXT = f"""# Calibration

How often the tests in the tables reject what is true, and how often their intervals hold it, by
simulation at the sizes of the default ({SELECTION} identities that select, {TEST} that test,
{CONTINUA} continua of {MORPHED} identities), through the functions that make the tables.
`make calibration` makes this page; a short form runs with the tests.

A test *claims* that it rejects in 5 % of experiments where nothing is there, or in no more; an
interval, that it holds the truth in 95 %, or in no less. *Bounds* are where a rate lies in 99.9 %
of runs if the claim is true. Where the claim stands in brackets nothing is checked: that is what
was at fault, or a use that the procedure is not for.

{{table}}

- **Unequal variances.** Permuting labels within identity asks whether expressions have the same
  distribution. Where one is merely more variable, the count of selective units rejects (`p_count`)
  more often than where none is; the changed signs (`p_signs`) do not.
- **Shares of selective units.** The intervals are of two thirds of the identities, drawn without
  replacement: see [methods](methods.md#share-of-selective-units).
- **Likeness.** Intervals are too narrow where a network hardly errs: at 95 % correct few errors are
  left to correlate. At equal accuracy, correlations are corrected for attenuation; without that
  the intervals of differences held the truth in as few as .52 of experiments.
- **A logistic against a line** is decided by AICc and by the error on identities left out. R² is
  shown, and would call the logistic better than a line that is the truth.
- **One network for a training.** Two networks are compared over the identities shown: the p is of
  these two. Read as if of their trainings it rejects far too often once networks of one training
  differ among themselves, which is why verdicts say *this network*.
- **Discrimination** across the category boundary has no p, because none was calibrated: see
  [methods](methods.md#discrimination).

Not here: intervals of populations at equal size, of controls and of the training check, and the fit
of the choice model.
"""


def main() -> None:
    """Simulate all cases and write the page."""
    parser = argparse.ArgumentParser(description="Measure the calibration of all tests.")
    parser.add_argument("--simulations", type=int, default=10_000, help="of the quickest cases")
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args()
    rates = []
    for i, case in enumerate(cases()):
        start = time.process_time()
        rates.append(measure(case, given.simulations // case.cost, i))
        spent = time.process_time() - start
        print(f"{spent:6.1f} s  {_row(rates[-1])}", flush=True)  # noqa: T201
    given.out.write_text(page(rates), encoding="utf-8")


if __name__ == "__main__":
    main()
