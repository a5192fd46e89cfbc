"""Selective units and their tuning."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nurture.expressions import EXPRESSIONS
from nurture.tables.rows import about, as_table
from nurture.units import ABOUT


def _preferred_counts(result: xr.Dataset) -> dict[str, int]:
    """Count the selective units by preferred expression."""
    names = result["expression"].to_numpy()
    preferred = result["preferred"].to_numpy()[result["selective"].to_numpy() == 1]
    count = dict(zip(names, np.bincount(preferred, minlength=len(names)), strict=True))
    return {name: int(count.get(name, 0)) for name in EXPRESSIONS}


def selective_units(results: Sequence[xr.Dataset]) -> pd.DataFrame:
    """Count the selective units of each layer, and by preferred expression.

    Parameters
    ----------
    results : sequence of xarray.Dataset
        `nurture.selectivity.selectivity` of each layer; the layers of a network from first to
        last, which gives their ``depth`` 0 .. 1.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, depth, n_units, n_constant, n_selective, fraction, and a
        column for each expression.
    """
    networks = [result.attrs["network"] for result in results]
    rows, seen = [], dict.fromkeys(networks, 0)
    for network, result in zip(networks, results, strict=True):
        n_units, n_selective = result.sizes["unit"], int(result["selective"].sum())
        rows.append(
            about(result)
            | {"depth": seen[network] / max(networks.count(network) - 1, 1), "n_units": n_units}
            | {"n_constant": int(result["constant"].sum()), "n_selective": n_selective}
            | {"fraction": n_selective / n_units}
            | _preferred_counts(result)
        )
        seen[network] += 1
    columns = (*ABOUT, "depth", "n_units", "n_constant", "n_selective", "fraction", *EXPRESSIONS)
    return as_table(rows, columns)


def tuning(results: Sequence[xr.Dataset]) -> pd.DataFrame:
    """Average the tuning curves of the selective units by preferred expression.

    Parameters
    ----------
    results : sequence of xarray.Dataset
        `nurture.selectivity.selectivity` of each layer.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, preferred, expression, n_units, mean, sem: mean and standard
        error over units of tuning curves standardised over expressions (mean 0, deviation 1).
        The error of a single unit is NaN.
    """
    rows = []
    for result in results:
        selective = result["selective"].to_numpy() == 1
        curves = result["tuning"].to_numpy()[:, selective]
        curves = (curves - curves.mean(axis=0)) / curves.std(axis=0)
        preferred = result["preferred"].to_numpy()[selective]
        names = [str(name) for name in result["expression"].to_numpy()]
        for code in np.unique(preferred):
            own = curves[:, preferred == code]
            n = own.shape[1]
            sem = own.std(axis=1, ddof=1) / np.sqrt(n) if n > 1 else np.full(len(own), np.nan)
            head = about(result) | {"preferred": names[code]}
            for name, mean, error in zip(names, own.mean(axis=1), sem, strict=True):
                rows.append(head | {"expression": name, "n_units": n, "mean": mean, "sem": error})
    return as_table(rows, (*ABOUT, "preferred", "expression", "n_units", "mean", "sem"))
