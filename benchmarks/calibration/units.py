"""Selective units: their number, their share, their tuning, and where expressions lie."""

from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from benchmarks.calibration.answers import HUMANS
from benchmarks.calibration.cases import (
    AT_LEAST,
    AT_MOST,
    EXACT,
    HOLD,
    LEVEL,
    SELECTION,
    SHOWN,
    Case,
    Experiment,
    K,
    draw,
    holds,
    one,
)
from nurture.confusion.geometry import geometry, geometry_table
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import label_coordinates
from nurture.selectivity.anova import two_way_anova
from nurture.selectivity.by_identity import (
    changed_signs,
    count_of_changed_signs,
    count_of_subsets,
    subsets,
)
from nurture.selectivity.permutation import null_counts, permute_within
from nurture.selectivity.selectivity_tables import _against_uniform
from nurture.statistics import resampling
from nurture.statistics.comparison import average, of_parts

UNITS = 150
"""Of a simulated layer: enough for counts, few enough for a thousand layers."""

PERMUTATIONS = 39
"""A p of at most .05 is as often given by 39 permutations as by 999: by 2 of 40, by 50 of 1,000."""

PARTS = 60
UNEQUAL = (2, *(1,) * (K - 1))
ALPHA = 0.01
DESIGN = np.tile(EXPRESSIONS, SELECTION), np.repeat(np.arange(SELECTION), K)


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


def _count(y) -> int:
    everybody = np.ones((1, SELECTION), bool)
    return int(count_of_subsets(y, *DESIGN, ALPHA, everybody)["paper"][0])


def _counted(rng, **world) -> tuple[bool, bool]:
    """Whether permuted labels reject, and whether changed signs do."""
    y = _layer(rng, **world)
    count = _count(y)
    orders = permute_within(DESIGN[1], PERMUTATIONS, draw(rng))
    signs = changed_signs(SELECTION, PERMUTATIONS, draw(rng))
    by_labels = null_counts(y, *DESIGN, ALPHA, orders)
    by_signs = count_of_changed_signs(y, *DESIGN, ALPHA, signs)["paper"]
    p = [resampling.permutation_p(count, counts) for counts in (by_labels, by_signs)]
    return p[0] <= LEVEL, p[1] <= LEVEL


class _Share:
    """Interval of the share of selective units; the truth is the mean over many draws of faces."""

    def __init__(self, floor=None):
        self.world = {"effect": 0.12, "floor": floor, "units": 1}

    @cached_property
    def truth(self) -> float:
        rng = np.random.default_rng(99)
        return np.mean([_count(_layer(rng, **self.world)) for _ in range(400)]) / UNITS

    def __call__(self, rng) -> bool:
        y, seed = _layer(rng, **self.world), draw(rng)
        kept = subsets(SELECTION, SELECTION - SELECTION // 3, PARTS, seed)
        parts = count_of_subsets(y, *DESIGN, ALPHA, kept)["paper"] / UNITS
        found = average([of_parts(_count(y) / UNITS, parts, SELECTION)])
        return holds(found.lower, self.truth, found.upper)


def _anova(rng) -> list[bool]:
    found = two_way_anova(rng.normal(size=(SELECTION * K, 1)), *DESIGN)
    return [found[f"p_{factor}"].item() < LEVEL for factor in ("expression", "identity")]


def _uniform(rng) -> bool:
    """No expression is preferred, by units that share what faces do to them."""
    found = two_way_anova(_layer(rng), *DESIGN)
    count = np.bincount(found["preferred"], minlength=K)
    counts = dict(zip(EXPRESSIONS, count, strict=True))
    return _against_uniform(found, counts)["preferred_p"] < LEVEL


def _near(rng, people: int = 26) -> bool:
    """Expressions lie anywhere, so that any naming of them is as likely."""
    labels = pd.DataFrame(
        {"expression": np.tile(EXPRESSIONS, people), "identity": np.repeat(np.arange(people), K)}
    )
    y = np.tile(rng.normal(size=(K, 30)), (people, 1)) + rng.normal(size=(people * K, 30)) * 2
    file = xr.Dataset(
        {"activation": (("stimulus", "unit"), y.astype("float32"))},
        label_coordinates(labels),
        {"network": "net", "training": "none", "layer": "conv"},
    )
    table = geometry_table([geometry([file])], HUMANS)
    return bool(table["p"].iloc[-1] <= LEVEL)


def experiments() -> list[Experiment]:
    """List them."""
    p_count, p_signs = (f"count of selective units, {name}" for name in ("p_count", "p_signs"))
    equal, unequal = "no expression", "no expression, anger twice as variable"
    return [
        Experiment(
            [
                Case(f"F of {factor}, p (selectivity)", "noise", LEVEL, EXACT)
                for factor in ("expression", "identity")
            ],
            _anova,
        ),
        Experiment(
            [Case(p_count, equal, LEVEL, AT_MOST), Case(p_signs, equal, LEVEL, AT_MOST)],
            _counted,
            4,
        ),
        Experiment(
            [Case(p_count, unequal, LEVEL, SHOWN), Case(p_signs, unequal, LEVEL, AT_MOST)],
            lambda rng: _counted(rng, spread=UNEQUAL),
            4,
        ),
        *(
            one("share of selective units, interval", world, HOLD, AT_LEAST, _Share(floor), 10)
            for world, floor in (("all units respond", None), ("most are silent", 1.5))
        ),
        one(
            "preferred expressions against uniform, p",
            "none preferred, units alike",
            LEVEL,
            SHOWN,
            _uniform,
        ),
        one("geometry, p", "expressions lie anywhere", LEVEL, EXACT, _near, 5),
    ]
