"""Selective units of part of the identities, and when signs change by identity.

The analysis of variance of `nurture.selectivity.anova`, for many subsets or changes of sign at
once: all that it needs of a unit are sums over identities, so that each is one row of a matrix
product.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from nurture.activations.units import Activations, is_constant, unit_blocks
from nurture.selectivity.anova import FACTORS, Design, make_design, split_identity

RULES = ("paper", "effect")
"""What selects a unit. ``paper``: p < alpha for expression and p > alpha for identity. ``effect``:
p < alpha for expression, whose partial omega squared is at least `LEAST_EFFECT` and more than that
of identity. A unit that responds to few faces passes the paper's second test for want of power; a
size has no such bias, for omega squared estimates the same however many faces are shown."""

LEAST_EFFECT = 0.06
"""A medium effect of Cohen (1988), Statistical power analysis for the behavioral sciences."""

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
        By `RULES`.
    """
    expression, identity = np.asarray(expression), np.asarray(identity)
    identities, whole = np.unique(identity), make_design(expression, identity)
    # Of complete identities one design is that of all subsets of a size.
    made: dict[bytes, Design] = {}
    designs = []
    for row in kept:
        key = whole.n[row].tobytes()
        if key not in made:
            shown = np.isin(identity, identities[row])
            made[key] = make_design(expression[shown], identity[shown])
        designs.append(made[key])
    return _count(activations, whole, alpha, kept.astype(float), kept.astype(float), designs)


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
        By `RULES`.
    """
    design = make_design(expression, identity)
    return _count(activations, design, alpha, signs.astype(float), None, [design])


def _count(
    activations: Activations,
    design: Design,
    alpha: float,
    of_sums: np.ndarray,
    of_rest: np.ndarray | None,
    designs: Sequence[Design],
) -> dict[str, np.ndarray]:
    counts = {rule: np.zeros(len(of_sums), int) for rule in RULES}
    roots = np.array([_root(one.effects) for one in designs])
    limits = {name: np.array([one.limits(alpha)[name] for one in designs]) for name in FACTORS}
    for _, block in unit_blocks(activations):
        live = ~is_constant(block)
        if not live.any():
            continue
        parts = _parts(block[:, live], design)
        if of_rest is None:
            parts["sums"] = np.einsum("jk,nku->nju", roots[0], parts["sums"])
        k, units = parts["sums"].shape[1:]
        together = max(1, TOGETHER // max(k * units, 1))
        for first in range(0, len(of_sums), together):
            rows = slice(first, first + together)
            mine = slice(None) if of_rest is None else rows
            weight = np.ones((1, len(design.n))) if of_rest is None else of_rest[rows]
            case = _Cases(
                designs[mine], roots[mine], {f: x[mine] for f, x in limits.items()}, of_rest is None
            )
            for rule, number in _hits(parts, of_sums[rows], weight, case).items():
                counts[rule][rows] += number
    return counts


class _Cases(NamedTuple):
    """Designs of subsets, or the one of all identities, with what each needs."""

    designs: Sequence[Design]
    roots: np.ndarray
    limits: dict[str, np.ndarray]
    is_one: bool
    """Whether one design is that of all cases, and its root is in the sums already."""


def _root(effects: np.ndarray) -> np.ndarray:
    """Symmetric square root."""
    value, vector = np.linalg.eigh(effects)
    return (vector * np.sqrt(np.maximum(value, 0))) @ vector.T


def _parts(block: np.ndarray, design: Design) -> dict[str, np.ndarray]:
    """Add up of each identity what the analysis needs, for all units."""
    means, within, _, rounding = split_identity(block, design)
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


def _hits(parts: dict, of_sums: np.ndarray, weight: np.ndarray, case: _Cases) -> dict:
    """Count the selected units of a block, by rule, for some subsets or signs.

    The formulas are those of `nurture.selectivity.anova.analyse`, with squares of differences
    written out so that identities appear in sums alone. Identity is tested only where expression
    has an effect.
    """
    n, k, units = parts["sums"].shape
    scores = (of_sums @ parts["sums"].reshape(n, -1)).reshape(-1, k, units)
    if not case.is_one:
        scores = case.roots @ scores
    explained = np.einsum("sku,sku->su", scores, scores)
    within = weight @ parts["within"]
    least = case.limits["expression"][:, None] * (within - explained)
    row, unit = np.nonzero((explained > least) & (explained > parts["rounding"]))
    at = np.zeros_like(row) if case.is_one else row
    b = np.einsum("hjk,hj->hk", case.roots[at], scores[row, :, unit])
    found = {
        "expression": explained[row, unit],
        "residual": np.maximum(within[at, unit] - explained[row, unit], 0),
        "identity": _identity(parts, weight, case.designs, at, unit, b),
    }
    size = len(of_sums)
    free = found["identity"] < case.limits["identity"][at] * found["residual"]
    chosen = {"paper": free, "effect": _is_strong(found, case.designs, at)}
    return {rule: np.bincount(row[chosen[rule]], minlength=size) for rule in RULES}


def _identity(
    parts: Mapping[str, np.ndarray],
    weight: np.ndarray,
    designs: Sequence[Design],
    at: np.ndarray,
    unit: np.ndarray,
    b: np.ndarray,
) -> np.ndarray:
    """Sum of squares of identity beyond expression, of single units, shape (n_hits,)."""
    count = np.array([d.n.sum(axis=0) for d in designs])[at]
    shared = np.array([(d.n / d.n.sum(axis=1, keepdims=True)).T @ d.n for d in designs])
    n, k = parts["cells"].shape[:2]
    cells = (weight @ parts["cells"].reshape(n, -1)).reshape(-1, k, parts["cells"].shape[2])
    cells, moved = cells[at, :, unit], np.einsum("hjk,hk->hj", shared[at], b)
    middle = (cells - count * b).sum(axis=1) / count.sum(axis=1)
    between = (weight @ parts["means"])[at, unit] + (b * (moved - 2 * cells)).sum(axis=1)
    common = (cells - moved) / count - middle[:, None]
    return between - count.sum(axis=1) * middle**2 - (count * common**2).sum(axis=1)


def _is_strong(squares: dict, designs: Sequence[Design], at: np.ndarray) -> np.ndarray:
    """Tell where expression has an effect of some size, and more than identity."""
    df = {f: np.array([one.df[f] for one in designs])[at] for f in designs[0].df}
    size = np.array([len(one.identity) for one in designs])[at]
    noise = squares["residual"] / df["residual"]
    omega = {
        f: (squares[f] - df[f] * noise) / (squares[f] + (size - df[f]) * noise) for f in FACTORS
    }
    return (omega["expression"] >= LEAST_EFFECT) & (omega["expression"] > omega["identity"])
