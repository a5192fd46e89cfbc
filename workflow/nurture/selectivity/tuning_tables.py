"""Tuning of units that half of the identities selected, in the other half."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nurture.activations.units import basic, unit_blocks
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import read_labels
from nurture.core.rows import ABOUT, about, as_table
from nurture.selectivity.anova import SELECTING, analyse, make_design, tuning_of

logger = logging.getLogger(__name__)

COLUMNS = (*ABOUT, "unit", "preferred", "selected_at", *EXPRESSIONS)


def tuning(activations: Sequence[xr.Dataset], alpha: float, rule: str) -> pd.DataFrame:
    """Select and sort units by every other identity, and describe their tuning to the others.

    Parameters
    ----------
    activations : sequence of xarray.Dataset
        An activation file of each layer.
    alpha : float
    rule : str
        What selects a unit at alpha: one of `nurture.selectivity.anova.SELECTING`.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, unit (its number in the layer), preferred and selected_at: the
        expression with the largest mean response in the identities that select, and that response.
        Then a column for each expression: the mean response in the other identities, NaN where it
        is not shown. Responses are deviations from the unit's mean over expressions, in standard
        deviations over the faces of that half. Sorted by preferred expression, then by selected_at.
        A layer without selective units, or with too few identities for halves, has no row.
    """
    rows = [row for one in activations for row in _of_layer(one, alpha, rule)]
    return as_table(rows, COLUMNS)


def _of_layer(activations: xr.Dataset, alpha: float, rule: str) -> list[dict]:
    activation, labels = basic(activations["activation"], read_labels(activations))
    expression, identity = (labels[name].to_numpy() for name in ("expression", "identity"))
    first = np.isin(identity, np.unique(identity)[::2])
    try:
        designs = [make_design(expression[half], identity[half]) for half in (first, ~first)]
    except NurtureError as error:
        logger.warning("no tuning of other identities, for in one half: %s", error)
        return []
    rows = []
    for start, block in unit_blocks(activation):
        analysis = analyse(block[first], designs[0])
        chosen = np.flatnonzero(SELECTING[rule](analysis, alpha))
        found = _standardised(analysis["tuning"], block[first])[:, chosen]
        tested = tuning_of(block[~first][:, chosen], designs[1])
        shown = _standardised(tested, block[~first][:, chosen])
        for i, unit in enumerate(chosen):
            best = int(analysis["preferred"][unit])
            head = {"unit": start + int(unit), "preferred": designs[0].expressions[best]}
            curve = dict(zip(designs[1].expressions, shown[:, i], strict=True))
            rows.append(about(activations) | head | {"selected_at": found[best, i]} | curve)
    return sorted(rows, key=lambda r: (EXPRESSIONS.index(r["preferred"]), -r["selected_at"]))


def _standardised(curves: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Curves about their mean, in standard deviations; 0 for a unit that does not respond."""
    spread = block.std(axis=0, dtype=float)
    return np.divide(
        curves - curves.mean(axis=0), spread, out=np.zeros_like(curves), where=spread > 0
    )
