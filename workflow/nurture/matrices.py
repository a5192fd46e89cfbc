"""Confusion matrices: rows are the expression shown, columns the expression answered."""

import numpy as np
import pandas as pd

from nurture.expressions import EXPRESSIONS


def confusion_counts(shown, answered) -> np.ndarray:
    """Count the answers to each expression.

    Parameters
    ----------
    shown, answered : sequence of str, shape (n_stimuli,)
        Basic expressions.

    Returns
    -------
    numpy.ndarray of int32, shape (6, 6)
        Rows shown, columns answered, in the order of ``EXPRESSIONS``.
    """
    codes = [pd.Categorical(labels, EXPRESSIONS).codes for labels in (shown, answered)]
    count = np.zeros((len(EXPRESSIONS), len(EXPRESSIONS)), "int32")
    np.add.at(count, tuple(codes), 1)
    return count


def proportions(count: np.ndarray) -> np.ndarray:
    """Divide each row by its sum; a row of an expression that was never shown is NaN."""
    shown = count.sum(axis=-1, keepdims=True).astype(float)
    return np.divide(count, shown, out=np.full(count.shape, np.nan), where=shown > 0)


def accuracy(count: np.ndarray) -> float:
    """Mean of the diagonal of the confusion matrix, as in Zhou et al. (2022).

    The mean hit rate over the expressions shown: each counts alike however often it was shown.
    NaN without any answer.
    """
    hits = np.diagonal(proportions(count))
    return float(np.nanmean(hits)) if np.isfinite(hits).any() else float("nan")
