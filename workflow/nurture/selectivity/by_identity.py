"""Selective units of part of the identities, and when signs change by identity.

The analysis of variance of `nurture.selectivity.anova`, for many subsets or changes of sign at
once: all that it needs of a unit are sums over identities, so that each is one row of a matrix
product.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from nurture.activations.units import Activations, is_constant, unit_blocks
from nurture.selectivity import anova

TOGETHER = 4_000_000
"""Numbers that are made at once: 32 megabytes."""


def subsets(n: int, size: int, draws: int, seed: int) -> np.ndarray:
    """Draw `size` of n identities without replacement: bool, shape (draws, n)."""
    rng = np.random.default_rng(seed)
    return np.argsort(rng.random((draws, n)), axis=1) < size


def changed_signs(n: int, draws: int, seed: int) -> np.ndarray:
    """Draw a sign for each identity: 1 and -1, shape (draws, n)."""
    return np.random.default_rng(seed).choice((-1, 1), (draws, n))


def count_of_subsets(
    activations: Activations,
    expression: npt.ArrayLike,
    identity: npt.ArrayLike,
    alpha: float,
    kept: np.ndarray,
) -> dict[str, np.ndarray]:
    """Count the units that are selective to some of the identities.

    Equals selecting units of the analysis of variance of a subset's stimuli, and raises as that.

    Parameters
    ----------
    activations, expression, identity, alpha
        See `nurture.selectivity.permutation.null_counts`.
    kept : numpy.ndarray of bool, shape (n_subsets, n_identities)
        Which identities, in rising order, are in each subset.

    Returns
    -------
    dict of str to numpy.ndarray of int, shape (n_subsets,)
        By rule: those of `nurture.selectivity.anova.SELECTING`.
    """
    expression, identity = np.asarray(expression), np.asarray(identity)
    identities, whole = np.unique(identity), anova.make_design(expression, identity)
    # Of complete identities one design is that of all subsets of a size.
    made: dict[bytes, anova.Design] = {}
    designs = []
    for row in kept:
        key = whole.n[row].tobytes()
        if key not in made:
            shown = np.isin(identity, identities[row])
            made[key] = anova.make_design(expression[shown], identity[shown])
        designs.append(made[key])
    weight = kept.astype(float)
    return _count(activations, whole, weight, weight, _stacked(designs, alpha))


def count_of_changed_signs(
    activations: Activations,
    expression: npt.ArrayLike,
    identity: npt.ArrayLike,
    alpha: float,
    signs: np.ndarray,
) -> dict[str, np.ndarray]:
    """Count the units that are selective when all that an identity's expressions do is turned over.

    A response is the mean of its identity plus a deviation; under sign k the deviations of an
    identity are multiplied by ``signs[k]``, those of all units at once. When no expression has an
    effect, and deviations are symmetric about 0, that changes nothing, however unequal their
    variances from expression to expression and however dependent units are: sign flipping of whole
    blocks (Winkler, Ridgway, Webster, Smith & Nichols 2014, NeuroImage 92:381). Permuting labels
    asks for more: that expressions have the same distribution.

    Parameters
    ----------
    activations, expression, identity, alpha
        See `nurture.selectivity.permutation.null_counts`.
    signs : numpy.ndarray of int, shape (n_changes, n_identities)
        `changed_signs`.

    Returns
    -------
    dict of str to numpy.ndarray of int, shape (n_changes,)
        By rule: those of `nurture.selectivity.anova.SELECTING`.
    """
    design = anova.make_design(expression, identity)
    weight = np.ones((1, len(design.n)))
    return _count(activations, design, signs.astype(float), weight, _stacked([design], alpha))


def _count(
    activations: Activations,
    design: anova.Design,
    of_sums: np.ndarray,
    weight: np.ndarray,
    case: Mapping[str, np.ndarray],
) -> dict[str, np.ndarray]:
    """Count the selected units, by rule, for each row of the weights of identities' sums.

    What else is added up has weights of its own; they and the designs, `_stacked`, are one for each
    row or one for all.
    """
    counts = {rule: np.zeros(len(of_sums), int) for rule in anova.SELECTING}
    for _, block in unit_blocks(activations):
        live = ~is_constant(block)
        if not live.any():
            continue
        parts = _parts(block[:, live], design)
        k, units = parts["sums"].shape[1:]
        together = max(1, TOGETHER // max(k * units, 1))
        for first in range(0, len(of_sums), together):
            rows = slice(first, first + together)
            mine = rows if len(weight) > 1 else slice(None)
            chosen = {name: values[mine] for name, values in case.items()}
            for rule, number in _hits(parts, of_sums[rows], weight[mine], chosen).items():
                counts[rule][rows] += number
    return counts


def _stacked(designs: Sequence[anova.Design], alpha: float) -> dict[str, np.ndarray]:
    """Put what the formulas need of each design into arrays, the first axis that of designs."""
    each = [
        {
            "root": _root(one.effects),
            "shown": one.n.sum(axis=0),
            "shared": (one.n / one.n.sum(axis=1, keepdims=True)).T @ one.n,
            "size": len(one.identity),
            **{f"limit_{name}": limit for name, limit in one.limits(alpha).items()},
            **{f"df_{name}": df for name, df in one.df.items()},
        }
        for one in designs
    ]
    return {name: np.array([one[name] for one in each]) for name in each[0]}


def _root(effects: np.ndarray) -> np.ndarray:
    """Symmetric square root."""
    value, vector = np.linalg.eigh(effects)
    return (vector * np.sqrt(np.maximum(value, 0))) @ vector.T


def _parts(block: np.ndarray, design: anova.Design) -> dict[str, np.ndarray]:
    """Add up of each identity what the analysis needs, for all units."""
    means, within, _, rounding = anova.split_identity(block, design)
    n, k = design.n.shape
    cell = design.identity * k + design.expression_sums.tocsc().indices
    means = means - means.mean(axis=0)  # an origin for which little is lost in differences
    return {
        "sums": _added(within, cell, n * k).reshape(n, k, -1),
        "within": _added(within**2, design.identity, n),
        "means": design.n.sum(axis=1)[:, None] * means**2,
        "cells": design.n[:, :, None] * means[:, None],
        "rounding": rounding,
    }


def _added(values: np.ndarray, level: np.ndarray, n: int) -> np.ndarray:
    """Add up the rows of each level, shape (n, n_units)."""
    places = level, np.arange(len(level))
    return sparse.csr_array((np.ones(len(level)), places), (n, len(level))) @ values


def _hits(
    parts: Mapping[str, np.ndarray],
    of_sums: np.ndarray,
    weight: np.ndarray,
    case: Mapping[str, np.ndarray],
) -> dict[str, np.ndarray]:
    """Count the selected units of a block, by rule, for some subsets or signs.

    The formulas are those of `nurture.selectivity.anova.analyse`, with squares of differences
    written out so that identities appear in sums alone. Identity is tested only where expression
    has an effect.
    """
    n, k, units = parts["sums"].shape
    scores = case["root"] @ (of_sums @ parts["sums"].reshape(n, -1)).reshape(-1, k, units)
    explained = np.einsum("sku,sku->su", scores, scores)
    within = weight @ parts["within"]
    least = case["limit_expression"][:, None] * (within - explained)
    row, unit = np.nonzero((explained > least) & (explained > parts["rounding"]))
    at = row if len(weight) > 1 else np.zeros_like(row)
    mine = {name: values[at] for name, values in case.items()}
    b = np.einsum("hjk,hj->hk", mine["root"], scores[row, :, unit])
    found = {
        "expression": explained[row, unit],
        "residual": np.maximum(within[at, unit] - explained[row, unit], 0),
        "identity": _identity(parts, weight, mine, at, unit, b),
    }
    free = found["identity"] < mine["limit_identity"] * found["residual"]
    chosen = {"paper": free, "effect": _is_strong(found, mine)}
    return {rule: np.bincount(row[one], minlength=len(of_sums)) for rule, one in chosen.items()}


def _identity(
    parts: Mapping[str, np.ndarray],
    weight: np.ndarray,
    mine: Mapping[str, np.ndarray],
    at: np.ndarray,
    unit: np.ndarray,
    b: np.ndarray,
) -> np.ndarray:
    """Sum of squares of identity beyond expression, of single units, shape (n_hits,)."""
    count = mine["shown"]
    n, k = parts["cells"].shape[:2]
    cells = (weight @ parts["cells"].reshape(n, -1)).reshape(-1, k, parts["cells"].shape[2])
    cells, moved = cells[at, :, unit], np.einsum("hjk,hk->hj", mine["shared"], b)
    middle = (cells - count * b).sum(axis=1) / count.sum(axis=1)
    between = (weight @ parts["means"])[at, unit] + (b * (moved - 2 * cells)).sum(axis=1)
    common = (cells - moved) / count - middle[:, None]
    return between - count.sum(axis=1) * middle**2 - (count * common**2).sum(axis=1)


def _is_strong(squares: Mapping[str, np.ndarray], mine: Mapping[str, np.ndarray]) -> np.ndarray:
    """Tell where expression has an effect of some size, and more than identity."""
    noise = squares["residual"] / mine["df_residual"]
    of_expression, of_identity = (
        (squares[name] - mine[f"df_{name}"] * noise)
        / (squares[name] + (mine["size"] - mine[f"df_{name}"]) * noise)
        for name in anova.FACTORS
    )
    return (of_expression >= anova.LEAST_EFFECT) & (of_expression > of_identity)
