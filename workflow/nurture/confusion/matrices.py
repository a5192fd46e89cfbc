"""Confusion matrices: rows are the expression shown, columns the expression answered."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nurture.core.expressions import EXPRESSIONS
from nurture.statistics.resampling import groups

CELLS = pd.MultiIndex.from_product([EXPRESSIONS, EXPRESSIONS], names=["shown", "answered"])
"""Every cell of a confusion matrix, row by row."""


def confusion_counts(shown, answered) -> np.ndarray:
    """Count the answers to each expression: int32, rows shown, columns answered, shape (6, 6).

    Stimuli with another label than the basic expressions are left out.
    """
    return counts_by_identity(shown, answered, np.zeros(len(shown), int))[0].astype("int32")


def counts_by_identity(
    shown: Sequence[str], answered: Sequence[str], identity: Sequence[int]
) -> np.ndarray:
    """Count answers apart for each identity, so that identities can be resampled.

    Stimuli with another label than the basic expressions are left out.

    Returns
    -------
    numpy.ndarray of int, shape (n_groups, 6, 6)
        By `groups`; rows shown, columns answered, in the order of ``EXPRESSIONS``.
    """
    identities, group = np.unique(groups(identity), return_inverse=True)
    names = pd.Index(EXPRESSIONS)
    codes = np.array([names.get_indexer(pd.Index(labels)) for labels in (shown, answered)])
    known = (codes >= 0).all(axis=0)
    count = np.zeros((len(identities), len(EXPRESSIONS), len(EXPRESSIONS)), int)
    np.add.at(count, (group[known], *codes[:, known]), 1)
    return count


def shares_by_identity(
    shown: Sequence[str], share: np.ndarray, identity: Sequence[int]
) -> np.ndarray:
    """Add up shares of answers as `counts_by_identity` counts answers.

    From shape (..., n_stimuli, 6) to (..., n_groups, 6, 6).
    """
    people, group = np.unique(groups(identity), return_inverse=True)
    row = pd.Index(EXPRESSIONS).get_indexer(pd.Index(shown))
    cell = group * len(EXPRESSIONS) + row
    order = np.argsort(cell, kind="stable")
    filled, first = np.unique(cell[order], return_index=True)
    total = np.zeros((*share.shape[:-2], len(people) * len(EXPRESSIONS), len(EXPRESSIONS)))
    total[..., filled, :] = np.add.reduceat(share[..., order, :], first, axis=-2)
    return total.reshape(*share.shape[:-2], len(people), len(EXPRESSIONS), len(EXPRESSIONS))


def proportions(count: np.ndarray) -> np.ndarray:
    """Divide each row by its sum; a row of an expression that was never shown is NaN."""
    shown = count.sum(axis=-1, keepdims=True).astype(float)
    return np.divide(count, shown, out=np.full(count.shape, np.nan), where=shown > 0)


def accuracy(count: np.ndarray) -> np.ndarray:
    """Mean of the diagonal of confusion matrices, shape (..., 6, 6), as in Zhou et al. (2022).

    The mean hit rate over the expressions shown: each counts alike however often it was shown. NaN
    without any answer.
    """
    hits = np.diagonal(proportions(count), axis1=-2, axis2=-1)
    shown = np.isfinite(hits)
    total, n = np.where(shown, hits, 0).sum(axis=-1), shown.sum(axis=-1)
    return np.divide(total, n, out=np.full(np.shape(total), np.nan), where=n > 0)[()]


def cells(count: np.ndarray) -> pd.DataFrame:
    """List the cells of a confusion matrix of counts: shown, answered, proportion, n shown."""
    table = CELLS.to_frame(index=False)
    table["proportion"] = proportions(count).ravel()
    table["n"] = np.repeat(count.sum(axis=1), count.shape[1])
    return table


def from_cells(table: pd.DataFrame) -> np.ndarray:
    """Put the proportions of a table of `cells` back into a matrix, shape (6, 6)."""
    wide = table.pivot_table(index="shown", columns="answered", values="proportion")
    return wide.reindex(index=EXPRESSIONS, columns=EXPRESSIONS).to_numpy(float)
