"""What rules select as more identities are shown."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nurture.activations.units import Activations, basic, unit_blocks
from nurture.core.files import read_labels
from nurture.core.rows import ABOUT, about, as_table
from nurture.selectivity.anova import RULES, analyse, correlate_tuning, make_design, tuning_of
from nurture.selectivity.by_identity import subsets
from nurture.selectivity.permutation import permute_within, permuted_counts
from nurture.statistics.resampling import permutation_p

FEWEST = 12
"""Identities of the smallest part that is looked at."""

DRAWS = 5
"""Parts of the identities of one size."""

COLUMNS = (
    *(*ABOUT, "rule", "n_identities", "n_units", "n_selected"),
    *("null_mean", "null_high", "p", "response_rate", "effect_size", "tuning_r"),
)


def response_rate(block: np.ndarray) -> np.ndarray:
    """Share of the faces to which each unit responds with more than its least: is not silent."""
    return (block > block.min(axis=0)).mean(axis=0)


def selection_rules(
    activations: Sequence[xr.Dataset], alpha: float, permutations: int, seed: int
) -> pd.DataFrame:
    """Describe what each rule selects in layers when some or all of the identities are shown.

    Parameters are as of `nurture.selectivity.permutation.selectivity_permutation`, of several
    layers.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, rule, n_identities (all, a half, a quarter, ...), n_units;
        n_selected, mean over parts of that size; null_mean, null_high (97.5 %) and p of one part,
        from permuted labels; medians over the units that parts selected of response_rate
        (`response_rate`) and effect_size (partial omega squared of expression), in the same faces;
        tuning_r, the mean correlation of their tuning with that to all other identities, which
        selected nothing: NaN of all.
    """
    rows = [row for one in activations for row in _of_layer(one, alpha, permutations, seed)]
    return as_table(rows, COLUMNS)


def _of_layer(
    activations: xr.Dataset, alpha: float, permutations: int, seed: int
) -> Iterator[dict]:
    activation, labels = basic(activations["activation"], read_labels(activations))
    expression, identity = (labels[name].to_numpy() for name in ("expression", "identity"))
    identities = np.unique(identity)
    size = len(identities)
    while size >= FEWEST:
        kept = subsets(len(identities), size, DRAWS if size < len(identities) else 1, seed)
        parts = [np.isin(identity, identities[row]) for row in kept]
        found, in_first = _of_parts(activation, expression, identity, parts, alpha)
        first = np.flatnonzero(parts[0])
        orders = permute_within(identity[first], permutations, seed)
        shuffled = permuted_counts(
            activation[first], expression[first], identity[first], alpha, orders, tuple(RULES)
        )
        for rule, (rate, effect, r) in found.items():
            null = shuffled[rule]
            yield {
                **about(activations),
                **{"rule": rule, "n_identities": size, "n_units": activation.shape[1]},
                "n_selected": len(rate) / len(parts),
                **{"null_mean": null.mean(), "null_high": np.quantile(null, 0.975)},
                "p": permutation_p(in_first[rule], null),
                "response_rate": _of(np.median, rate),
                "effect_size": _of(np.median, effect),
                "tuning_r": _of(np.nanmean, r),
            }
        size //= 2


def _of(average: Callable, values: np.ndarray) -> float:
    """Average of what is known; NaN of nothing."""
    known = values[np.isfinite(values)]
    return float(average(known)) if len(known) else np.nan


def _of_parts(
    activation: Activations,
    expression: np.ndarray,
    identity: np.ndarray,
    parts: Sequence[np.ndarray],
    alpha: float,
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Response rate, effect and repeated tuning of the units that parts select, (3, n), by rule.

    Also how many the first part selects.
    """
    designs = [make_design(expression[rows], identity[rows]) for rows in parts]
    rest = [
        make_design(expression[~rows], identity[~rows]) if not rows.all() else None
        for rows in parts
    ]
    found: dict[str, list[np.ndarray]] = {rule: [] for rule in RULES}
    in_first = dict.fromkeys(RULES, 0)
    for _, block in unit_blocks(activation):
        for k, rows in enumerate(parts):
            analysis = analyse(block[rows], designs[k])
            chosen = {rule: selects(analysis, alpha) for rule, selects in RULES.items()}
            some = np.any([*chosen.values()], axis=0)
            numbers = np.full((3, block.shape[1]), np.nan)
            numbers[0, some] = response_rate(block[rows][:, some])
            numbers[1] = analysis["partial_omega_squared_expression"]
            if (other := rest[k]) is not None:
                tested = tuning_of(block[~rows][:, some], other)
                numbers[2, some] = correlate_tuning(analysis["tuning"][:, some], tested)
            for rule, mine in found.items():
                mine.append(numbers[:, chosen[rule]])
                in_first[rule] += int(chosen[rule].sum()) if k == 0 else 0
    return {rule: np.hstack(mine) for rule, mine in found.items()}, in_first
