"""The two-way analysis and its permutations, on as many units as in a wide layer."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.formula.api import ols

from benchmarks.measuring import line, side_by_side, timed_line
from benchmarks.storage import read, write_layer
from nurture.activations.units import BLOCK_UNITS
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import open_dataset
from nurture.selectivity.anova import make_design, selectivity, two_way_anova
from nurture.selectivity.permutation import TOGETHER, null_counts, permute_within

IDENTITIES, UNITS = 104, 39_200
SAMPLE = 10
"""Units that are fitted one by one: the other side is thousands of times slower."""

PERMUTATIONS = 1_000
SHAPE = f"{IDENTITIES * len(EXPRESSIONS)} stimuli x {UNITS:,} units"


def analysis(repeats: int) -> list[dict]:
    """Analyse all units, against fits one by one and against reading the numbers once."""
    activations, expression, identity = _responses()

    def ours() -> None:
        two_way_anova(activations, expression, identity)

    def one_by_one() -> None:
        for unit in range(SAMPLE):
            data = pd.DataFrame({"y": activations[:, unit], "e": expression, "i": identity})
            sm.stats.anova_lm(ols("y ~ C(e) + C(i)", data).fit(), typ=2)

    def float64() -> None:
        activations.sum(axis=0, dtype=float)

    fits = side_by_side([ours, one_by_one], repeats)
    whole, bound, summed = side_by_side([ours, activations.sum, float64], repeats)
    sampled = f"theirs of {SAMPLE} units, times {UNITS / SAMPLE:,.0f}"
    name = f"two-way analysis, {SHAPE}"
    return [
        timed_line(name, "statsmodels, unit by unit", fits, UNITS / SAMPLE, note=sampled),
        timed_line(name, "memory bandwidth: the sum of the same array", (whole, bound), aim=5),
        timed_line(name, "the sum over stimuli in float64, unit by unit", (whole, summed)),
        _from_file(activations, expression, identity, repeats),
    ]


def _from_file(activations, expression, identity, repeats: int) -> dict:
    """Analyse a file of activations, as rule selectivity does, against reading it."""
    labels = pd.DataFrame({"expression": expression, "identity": identity})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.nc"
        write_layer(path, activations, labels, (UNITS, 1, 1))

        def ours() -> None:
            with open_dataset(path, "activations") as file:
                selectivity(file, 0.01)

        pair = side_by_side([ours, lambda: read(path)], repeats)
    return timed_line(f"two-way analysis from a file, {SHAPE}", "reading the file", pair)


def permutations(repeats: int) -> list[dict]:
    """Count selective units under permuted labels, against the limit and a bare matrix product."""
    activations, expression, identity = _responses()
    orders = permute_within(identity, PERMUTATIONS, seed=1)
    design = make_design(expression, identity)

    def ours() -> None:
        null_counts(activations, expression, identity, 0.01, orders)

    def product() -> None:
        for first in range(0, UNITS, BLOCK_UNITS):
            block = activations[:, first : first + BLOCK_UNITS].astype(float)
            for part in range(0, PERMUTATIONS, TOGETHER):
                bases = design.within_identity[orders[part : part + TOGETHER]]
                _ = bases.transpose(0, 2, 1).reshape(-1, len(expression)) @ block

    counted, bare = side_by_side([ours, product], repeats, warm=False)
    name = f"{PERMUTATIONS:,} permutations, {SHAPE}"
    limit = [60.0] * len(counted.wall)
    return [
        line(name, "the limit of 60 s", counted.wall, limit, aim=1, cpu=(counted.cpu, limit)),
        timed_line(name, "the matrix products alone", (counted, bare)),
    ]


def _responses() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw responses of units that depend on identity, as nearly all do."""
    rng = np.random.default_rng(1)
    expression = np.tile(EXPRESSIONS, IDENTITIES)
    identity = np.repeat(np.arange(IDENTITIES), len(EXPRESSIONS))
    activations = rng.standard_normal((len(expression), UNITS), dtype="float32")
    activations += rng.standard_normal((IDENTITIES, UNITS), dtype="float32")[identity]
    return activations, expression, identity
