"""Rules that select units, and what they select when labels are permuted."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nurture.activations.units import BLOCK_BYTES, Activations, is_constant, unit_blocks
from nurture.selectivity.anova import (
    Analysis,
    Rule,
    analyse_sums,
    is_selective,
    make_design,
    split_identity,
)
from nurture.selectivity.by_identity import LEAST_EFFECT


def has_effect(analysis: Analysis, alpha: float) -> Any:
    """Return which units expression moves by a medium effect or more, and more than identity does.

    Omega squared estimates the same however many faces are shown (Olejnik & Algina 2003,
    Psychological Methods 8:434), so that a unit gains nothing by responding to few.
    """
    of_expression, of_identity = (
        analysis[f"partial_omega_squared_{factor}"] for factor in ("expression", "identity")
    )
    strong = (of_expression >= LEAST_EFFECT) & (of_expression > of_identity)
    return (analysis["p_expression"] < alpha) & strong


def carries_expression(analysis: Analysis, alpha: float) -> Any:
    """Return which units depend on expression, whatever identity does."""
    return analysis["p_expression"] < alpha


SELECTING: dict[str, Rule] = {"paper": is_selective, "effect": has_effect}
"""What `selectivity: rule` may say."""

RULES = SELECTING | {"expression": carries_expression}
"""What is compared."""

TOGETHER = 200
"""Permutations in one matrix product, at most: with a block of units, 2 megabytes in float64."""


def response_rate(block: np.ndarray) -> np.ndarray:
    """Share of the faces to which each unit responds with more than its least: is not silent."""
    return (block > block.min(axis=0)).mean(axis=0)


def permuted_counts(
    activations: Activations,
    expression: npt.ArrayLike,
    identity: npt.ArrayLike,
    alpha: float,
    orders: np.ndarray,
    rules: Sequence[str],
) -> dict[str, np.ndarray]:
    """Count the units that rules select when expression labels are permuted.

    Permuting within identities changes no mean of an identity and no number of stimuli, only the
    sums over expressions: those of all permutations are one matrix product. The rest is done
    where expression has an effect, without which no rule selects.

    Parameters
    ----------
    activations, expression, identity, alpha, orders
        See `nurture.selectivity.permutation.null_counts`.
    rules : sequence of str
        Of `RULES`.

    Returns
    -------
    dict of str to numpy.ndarray of int, shape (n_permutations,)
    """
    design = make_design(expression, identity)
    level = pd.Categorical(np.asarray(expression), design.expressions).codes
    k = len(design.expressions)
    # Of an F that is but rounding below its limit, p decides.
    least = (1 - 1e-9) * design.limits(alpha)["expression"]
    together = max(1, min(TOGETHER, BLOCK_BYTES // (8 * k * len(level))))
    counts = {rule: np.zeros(len(orders), int) for rule in rules}
    for _, block in unit_blocks(activations):
        means, within, unexplained, rounding = split_identity(block[:, ~is_constant(block)], design)
        for first in range(0, len(orders), together):
            part = orders[first : first + together]
            shown = (level[part][:, None] == np.arange(k)[:, None]).astype(float)
            sums = (shown.reshape(-1, len(level)) @ within).reshape(len(part), k, -1)
            explained = np.einsum("pju,jk,pku->pu", sums, design.effects, sums, optimize=True)
            order, unit = np.nonzero(explained * (1 + least) >= least * unexplained)
            analysis = analyse_sums(
                means[:, unit],
                sums[order, :, unit].T,
                unexplained[unit],
                rounding[unit],
                np.zeros(len(unit), bool),
                design,
            )
            for rule in rules:
                chosen = order[RULES[rule](analysis, alpha)]
                counts[rule][first : first + together] += np.bincount(chosen, minlength=len(part))
    return counts
