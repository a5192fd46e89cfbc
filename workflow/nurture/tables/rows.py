"""What all tables share."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nurture.expressions import EXPRESSIONS
from nurture.matrices import proportions
from nurture.units import ABOUT

CELLS = pd.MultiIndex.from_product([EXPRESSIONS, EXPRESSIONS], names=["shown", "answered"])
"""Every cell of a confusion matrix, row by row."""


def about(result: xr.Dataset) -> dict[str, str]:
    """Name the network, training and layer of a result."""
    return {name: result.attrs[name] for name in ABOUT}


def as_table(rows: Sequence[Mapping], columns: Sequence[str]) -> pd.DataFrame:
    """Make a table that has its columns even without a row."""
    return pd.DataFrame(rows, columns=list(columns))


def cells(count: np.ndarray) -> pd.DataFrame:
    """List the cells of a confusion matrix of counts: shown, answered, proportion, n shown."""
    table = CELLS.to_frame(index=False)
    table["proportion"] = proportions(count).ravel()
    table["n"] = np.repeat(count.sum(axis=1), count.shape[1])
    return table
