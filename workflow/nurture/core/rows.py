"""What all tables share."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

ABOUT = ("network", "training", "layer")
"""Attributes of an activation file that every result made from it carries on."""

Networks = Mapping[str, Mapping]
"""``training`` and ``readout`` of each network, by its name."""

Replicates = Mapping[str, Sequence[str]]
"""Networks that differ in seed only, by the name of them all."""

Tables = Mapping[str, pd.DataFrame]
"""Tables of a run, by name."""


def about(result: xr.Dataset) -> dict[str, str]:
    """Name the network, training and layer of a result."""
    return {name: result.attrs[name] for name in ABOUT}


def as_table(rows: Sequence[Mapping], columns: Sequence[str]) -> pd.DataFrame:
    """Make a table that has its columns even without a row."""
    return pd.DataFrame(rows, columns=list(columns))


def evenly(n: int, most: int) -> np.ndarray:
    """Choose up to so many of `n` places, evenly from the first to the last."""
    return np.linspace(0, n - 1, min(n, most)).round().astype(int)


def short(value: float) -> str:
    """Write a level of significance without its zero, as .05."""
    return f"{value:g}".removeprefix("0")


def number(value: float) -> str:
    """Write a number with two or three digits; - for none."""
    if np.isnan(value):
        return "-"
    digits = 3 if abs(value) < 0.0995 else 2
    return f"{value:.{digits}f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.2f}"
