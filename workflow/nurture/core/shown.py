"""What an accuracy is the mean over, and what chance gives, in words and numbers."""

import numpy as np
import pandas as pd

from nurture.core.expressions import EXPRESSIONS


def count_shown(count: np.ndarray) -> int:
    """Count the expressions that were shown, from confusion counts, shape (..., 6, 6)."""
    return int((count.reshape(-1, *count.shape[-2:]).sum(axis=(0, 2)) > 0).sum())


def chance(n_shown: int) -> float:
    """Mean hit rate of answers that do not depend on the face: no more than this.

    It is scikit-learn's, of ``balanced_accuracy_score(adjusted=True)``: the rates of all
    expressions add up to 1 at most, whichever answers are preferred.
    """
    return 1 / n_shown if n_shown else np.nan


def fewest_shown(table: pd.DataFrame) -> int:
    """Read how many expressions were shown from ``n_expressions``; six of an empty table."""
    found = table["n_expressions"][table["n_expressions"] > 0]
    return int(found.min()) if len(found) else len(EXPRESSIONS)


def over(n_shown: int) -> str:
    """Name the expressions that a mean is over: ``six expressions``, or how many of them."""
    every = n_shown == len(EXPRESSIONS)
    return "six expressions" if every else f"the {n_shown} of six expressions that were shown"
