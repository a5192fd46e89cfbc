"""What is decoded from populations, without units, with other gains, and of controls."""

from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import norm, t

from benchmarks.calibration.cases import (
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
)
from nurture.confusion.accuracy_tables import _summary
from nurture.confusion.bootstrap import make_samples
from nurture.confusion.confusion import MEANINGS
from nurture.confusion.matrices import accuracy
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import label_coordinates
from nurture.decoding.controls import Shown, _hit_rate, _jackknife, _mean_r
from nurture.decoding.gain import gain, gain_table
from nurture.decoding.populations_tables import ablation, populations
from nurture.decoding.readout import TASKS

RESAMPLES = 200
ABOUT = {"network": "net", "training": "none", "layer": "conv"}
IDENTITY, FACE, DRAW = 0.5, 0.7, 0.3
"""How much identities, single faces and draws of units differ, in standard deviations of what else
decides whether a face is read."""

AVERAGED = np.sqrt(1 + IDENTITY**2 + FACE**2)
DRAWS, ABLATIONS = 10, 99


class _Faces:
    """Faces of which some are hard, shown to several readouts."""

    def __init__(self, rng: np.random.Generator, n: int = TEST):
        self.rng, self.n = rng, n
        self.ease = rng.normal(0, IDENTITY, (n, 1)) + rng.normal(0, FACE, (n, K))

    def hits(self, middle: np.ndarray) -> np.ndarray:
        """Right answers of readouts of some quality, shape (n_readouts, n_identities, 6)."""
        chance = self.rng.normal(size=(len(middle), self.n, K))
        return (chance < self.ease + np.reshape(middle, (-1, 1, 1))).astype("int16")


def expected(middle: np.ndarray, drawn: bool = False) -> np.ndarray:
    """Accuracy over all faces; of qualities drawn about a mean, over all draws too."""
    return norm.cdf(middle / (np.hypot(AVERAGED, DRAW) if drawn else AVERAGED))


def _decoded(dimension: str, hits: dict[str, np.ndarray], rng, **more) -> xr.Dataset:
    """Lay right answers out as populations and ablation do."""
    most = max(map(len, hits.values()))
    counts = np.zeros((len(hits), most, 2, TEST, K), "int16")
    for i, one in enumerate(hits.values()):
        counts[i, : len(one)] = one[:, None]
    return xr.Dataset(
        {
            "hits": ((dimension, "draw", "task", "identity", "expression"), counts),
            "n_draws": (dimension, [len(one) for one in hits.values()]),
            "shown": (("task", "identity", "expression"), np.ones((2, TEST, K), int)),
            "note": (dimension, [""] * len(hits)),
            **{name: (dimension, [63] * len(hits)) for name in more.values()},
        },
        {dimension: list(hits), "task": list(TASKS)},
        {**ABOUT, "seed": draw(rng)},
    )


def _populations(rng) -> list[bool]:
    """Read one population that is whole, and random units in ten draws."""
    quality = np.array([0.3]), 0.5 + rng.normal(0, DRAW, DRAWS)
    faces = _Faces(rng)
    hits = dict(zip(("selective", "random"), map(faces.hits, quality), strict=True))
    table = populations([_decoded("population", hits, rng, size="n_units")], RESAMPLES)
    rows = table[table["task"] == "expression"].set_index("population")
    selective, random = rows.loc["selective"], rows.loc["random"]
    truth = expected(0.3), expected(0.5, True)
    return [
        holds(selective["lower"], truth[0], selective["upper"]),
        holds(random["lower"], truth[1], random["upper"]),
        holds(selective["difference_lower"], truth[0] - truth[1], selective["difference_upper"]),
    ]


def _ablation(rng) -> list[bool]:
    """Read a whole layer, and what is left without selective units that are no others."""
    quality = 1.0, 0.9 + rng.normal(0, 0.1), 0.9 + rng.normal(0, 0.1, ABLATIONS)
    faces, names = _Faces(rng), ("none", "selective", "random")
    hits = {name: faces.hits(np.atleast_1d(one)) for name, one in zip(names, quality, strict=True)}
    table = ablation([_decoded("ablated", hits, rng, size="n_ablated")], RESAMPLES)
    rows = table[table["task"] == "expression"].set_index("ablated")
    intact, left = expected(1.0), expected(quality[1])
    anywhere = norm.cdf(0.9 / np.hypot(AVERAGED, 0.1))
    return [
        bool(rows.loc["selective", "p"] <= LEVEL),
        holds(rows.loc["selective", "lower"], intact - left, rows.loc["selective", "upper"]),
        holds(rows.loc["random", "lower"], intact - anywhere, rows.loc["random", "upper"]),
    ]


class _Gain:
    """A layer whose units all carry some expression, and other test identities each time."""

    units, chosen, faces, gains = 60, 12, 800, (0, 4)

    @cached_property
    def pool(self) -> tuple[xr.Dataset, np.ndarray]:
        """Training faces, and responses to many test identities, shape (n, 6, n_units)."""
        rng = np.random.default_rng(3)
        mean = rng.normal(0, 0.35, (K, self.units)) * (rng.random(self.units) < 0.5)
        level = rng.gamma(2, 1, self.units)

        def shown(n: int) -> np.ndarray:
            own = rng.normal(0, 0.4, (n, 1, self.units))
            y = level + mean + own + rng.normal(0, 1, (n, K, self.units))
            return np.maximum(y, 0).astype("float32")

        return self.file(shown(60), 10_000), shown(self.faces)

    @staticmethod
    def file(cells: np.ndarray, first: int = 0) -> xr.Dataset:
        n = len(cells)
        who = np.repeat(np.arange(first, first + n), K)
        labels = pd.DataFrame({"expression": np.tile(EXPRESSIONS, n), "identity": who})
        activation = ("stimulus", "unit"), cells.reshape(n * K, -1)
        return xr.Dataset({"activation": activation}, label_coordinates(labels), ABOUT)

    def selected(self, chosen: np.ndarray) -> xr.Dataset:
        selective = np.isin(np.arange(self.units), chosen).astype("int8")
        constant = np.zeros(self.units, "int8")
        return xr.Dataset(
            {"selective": ("unit", selective), "constant": ("unit", constant)}, attrs=ABOUT
        )

    def table(self, cells: np.ndarray, chosen, draws: int, seed: int, resamples: int):
        units = self.selected(chosen)
        test, more = self.file(cells), {"draws": draws, "seed": seed}
        found = gain(self.pool[0], test, units, n_components=20, gains=self.gains, **more)
        return gain_table([found], resamples).set_index(["units", "gain"])

    @cached_property
    def truth(self) -> pd.Series:
        """Change of accuracy over all faces, of the units and of very many others."""
        return self.table(self.pool[1], np.arange(self.chosen), 199, 1, 2)["change"]

    def interval(self, rng) -> list[bool]:
        who = rng.integers(self.faces, size=TEST)
        rows = self.table(self.pool[1][who], np.arange(self.chosen), 19, draw(rng), RESAMPLES)
        keys = [(name, float(one)) for one in self.gains for name in ("selective", "random")]
        return [holds(rows.loc[k, "lower"], self.truth[k], rows.loc[k, "upper"]) for k in keys]

    def test(self, rng) -> list[bool]:
        who, chosen = (
            rng.integers(self.faces, size=TEST),
            rng.choice(self.units, self.chosen, False),
        )
        rows = self.table(self.pool[1][who], chosen, 39, draw(rng), 2)
        return [bool(rows.loc[("selective", float(one)), "p"] <= LEVEL) for one in self.gains]


class _Controls:
    """Twelve identities shown to units that keep half of their tuning."""

    people, units = 12, 40

    def __init__(self):
        self.tuning = np.random.default_rng(5).normal(size=(K, self.units))

    def once(self, rng, people: int) -> tuple[Shown, np.ndarray]:
        who = np.repeat(np.arange(people), K)
        labels = pd.DataFrame({"expression": np.tile(EXPRESSIONS, people), "identity": who})
        size = rng.gamma(4, 0.25, (people, 1))  # some show their expressions more than others
        moved = np.repeat(size, K, axis=0) * np.tile(self.tuning, (people, 1)) * 0.5
        own = np.repeat(rng.normal(size=(people, self.units)), K, axis=0)
        y = moved + own + rng.normal(0, 1.5, moved.shape)
        hits = _Faces(rng, people).hits(np.array([0.5])).ravel().astype(float)
        return Shown(y, labels), hits

    def r(self, shown: Shown, keep=None) -> float:
        keep = np.ones(len(shown.labels), bool) if keep is None else keep
        return _mean_r(shown, keep, self.tuning)

    @cached_property
    def truths(self) -> tuple[float, float]:
        """Correlation that so few identities give on the mean, and that of all."""
        rng = np.random.default_rng(6)
        few = np.mean([self.r(self.once(rng, self.people)[0]) for _ in range(4000)])
        return float(few), self.r(self.once(rng, 20_000)[0])

    def __call__(self, rng) -> list[bool]:
        shown, hits = self.once(rng, self.people)
        who, expression = (shown.labels[name] for name in ("identity", "expression"))
        r, r_se = _jackknife(lambda keep: self.r(shown, keep), who.to_numpy())
        share, share_se = _jackknife(lambda keep: _hit_rate(expression, hits, keep), who.to_numpy())
        reach = t.ppf((1 + HOLD) / 2, self.people - 1)
        of_r = [bool(abs(r - truth) <= reach * r_se) for truth in self.truths]
        return [*of_r, bool(abs(share - expected(0.5)) <= reach * share_se)]


LABELS = pd.DataFrame(
    {"expression": np.tile(EXPRESSIONS, TEST), "identity": np.repeat(np.arange(TEST), K)}
)
CODES = np.array([MEANINGS.index(name) for name in EXPRESSIONS], "int8")


def _answers(hits: np.ndarray, name: str, population: str) -> xr.Dataset:
    """Lay answers out as confusions are, wrong ones as the next expression."""
    shown = np.arange(hits[0].size) % K
    right = hits.reshape(len(hits), -1) == 1
    answer = CODES[np.where(right, shown, (shown + 1) % K)]
    empty = np.empty((1, 0, answer.shape[1]), "int8")
    return xr.Dataset(
        {
            "answer": (("population", "draw", "stimulus"), answer[None]),
            "answer_retrained": (("population", "retraining", "stimulus"), empty),
            "n_draws": ("population", [len(hits)]),
        },
        {"population": [population], **label_coordinates(LABELS)},
        {**ABOUT, "network": name},
    )


def _accuracy(rng) -> list[bool]:
    """Read one network; ten draws of its units; eight seeds."""
    faces, found = _Faces(rng), []
    quality = rng.normal(0.5, DRAW, (3, DRAWS))
    alone = faces.hits(np.array([0.5]))
    drawn, seeds = faces.hits(quality[0]), faces.hits(quality[1][:8])
    names = [f"seed {i}" for i in range(len(seeds))]
    single = [
        _answers(alone, "alone", "all"),
        _answers(drawn, "drawn", "nonselective"),
        *(_answers(hits[None], name, "all") for name, hits in zip(names, seeds, strict=True)),
    ]
    samples = make_samples(single, {"seeds": names}, RESAMPLES, draw(rng))
    truths = {"alone": expected(0.5), "drawn": expected(0.5, True), "seeds": expected(0.5, True)}
    for sample in samples:
        if (name := sample.about["network"]) in truths:
            row = _summary(sample, "accuracy", accuracy, "test", False)
            found.append(holds(row["lower"], truths[name], row["upper"]))
    return found


def experiments() -> list[Experiment]:
    """List them."""
    made, accuracy_of = _Gain(), "accuracy, interval"
    populations_of, loss = "populations at equal size, interval", "loss by ablation"
    controls = "controls, t(.975) standard errors"
    gains = [(one, name) for one in _Gain.gains for name in ("selective", "random")]
    return [
        Experiment(
            [
                Case(accuracy_of, "67 identities", HOLD, EXACT),
                Case(f"{accuracy_of}, mean over draws", "10 draws of units", HOLD, EXACT),
                Case(f"{accuracy_of}, mean over seeds", "8 networks", HOLD, EXACT),
            ],
            _accuracy,
            5,
        ),
        Experiment(
            [
                Case(populations_of, "one population", HOLD, EXACT),
                Case(populations_of, "10 draws of units", HOLD, AT_LEAST),
                Case(f"{populations_of} of a difference", "10 draws of one", HOLD, AT_LEAST),
            ],
            _populations,
            2,
        ),
        Experiment(
            [
                Case(f"{loss}, p", "units like others", LEVEL, AT_MOST),
                Case(f"{loss}, interval", "selective units", HOLD, EXACT),
                Case(f"{loss}, interval", "random units", HOLD, AT_LEAST),
            ],
            _ablation,
            2,
        ),
        Experiment(
            [
                Case("change by gain, p", f"gain {one}, units like others", LEVEL, AT_MOST)
                for one in _Gain.gains
            ],
            made.test,
            10,
        ),
        Experiment(
            [
                Case(
                    "change by gain, interval",
                    f"gain {one}, {name} units",
                    HOLD,
                    AT_LEAST,
                )
                for one, name in gains
            ],
            made.interval,
            10,
        ),
        Experiment(
            [
                Case(f"{controls}, tuning_r", "the mean of 12 identities", HOLD, EXACT),
                Case(f"{controls}, tuning_r", "that of all identities", HOLD, SHOWN),
                Case(f"{controls}, accuracy", "12 identities", HOLD, EXACT),
            ],
            _Controls(),
        ),
    ]
