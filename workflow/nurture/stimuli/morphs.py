"""Morphs in their order: along each continuum, one sequence of levels for every identity."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from nurture.core.errors import NurtureError
from nurture.core.expressions import CONTINUA, NONE
from nurture.core.identities import identity_names

REACH = 0.1
"""Neighbours are across a boundary when their middle is so near to it: a fifth of a continuum."""


class Sequences(NamedTuple):
    """Stimuli of one continuum."""

    identity: np.ndarray
    """Shape (n_identities,), rising."""

    level: np.ndarray
    """Share of the second expression to six decimals, shape (n_levels,), rising."""

    row: np.ndarray
    """Number of each stimulus, shape (n_identities, n_levels)."""


def ends(continuum: str) -> tuple[str, str]:
    """First and second expression of a continuum such as ``anger-fear``."""
    first, _, second = continuum.partition("-")
    return first, second


def sequences(labels: pd.DataFrame) -> dict[str, Sequences]:
    """Order the stimuli of each continuum by identity and morph level; the paper's continua first.

    Stimuli without a continuum are left out. Refuses labels without any continuum, and an identity
    that does not show every level of one exactly once.
    """
    found = set(labels["continuum"]) - {NONE}
    if not found:
        raise NurtureError("labels: no stimulus belongs to a continuum; render the continua again")
    names = [*(c for c in CONTINUA if c in found), *sorted(found - set(CONTINUA))]
    return {name: _sequences(name, labels) for name in names}


def _sequences(name: str, labels: pd.DataFrame) -> Sequences:
    rows = np.flatnonzero(labels["continuum"] == name)
    level = np.round(labels["level"].to_numpy(float)[rows], 6)
    identity, person = np.unique(labels["identity"].to_numpy()[rows], return_inverse=True)
    level, step = np.unique(level, return_inverse=True)
    times = np.zeros((len(identity), len(level)), int)
    np.add.at(times, (person, step), 1)
    if (times != 1).any():
        i, j = np.argwhere(times != 1)[0]
        who = identity_names(labels)[labels["identity"] == identity[i]].iloc[0]
        raise NurtureError(
            f"continuum {name}: identity {who} shows level {level[j]:g} {times[i, j]} "
            "times, not once; make the morphs again"
        )
    row = np.empty_like(times)
    row[person, step] = rows
    return Sequences(identity, level, row)
