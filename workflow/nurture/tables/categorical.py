"""Identification curves and their fits."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nurture.curves import FITS, PARAMETERS
from nurture.tables.rows import about, as_table
from nurture.units import ABOUT


def identification(results: Sequence[xr.Dataset]) -> pd.DataFrame:
    """List the points of every identification curve.

    Parameters
    ----------
    results : sequence of xarray.Dataset
        `nurture.categorical.categorical` of each network.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, continuum, level, share_second, n.
    """
    rows = []
    for result in results:
        names, levels = result["continuum"].to_numpy(), result["level"].to_numpy()
        share, n = result["share_second"].to_numpy(), result["n"].to_numpy()
        for i, j in np.argwhere(n):
            point = {"continuum": names[i], "level": levels[j]}
            rows.append(about(result) | point | {"share_second": share[i, j], "n": n[i, j]})
    return as_table(rows, (*ABOUT, "continuum", "level", "share_second", "n"))


def fits(results: Sequence[xr.Dataset]) -> pd.DataFrame:
    """List every fit with the parameters that draw it (`nurture.curves.predict`).

    Parameters
    ----------
    results : sequence of xarray.Dataset
        `nurture.categorical.categorical` of each network.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, continuum, fit, r2, aicc, boundary, slope, lower, upper,
        p0 .. p3; no row for a curve that has no fit.
    """
    rows = []
    for result in results:
        for continuum in result["continuum"].to_numpy():
            for kind in FITS:
                one = result.sel(continuum=continuum, fit=kind)
                if np.isnan(one["r2"]):
                    continue
                row = {"continuum": continuum, "fit": kind}
                row |= {name: float(one[name]) for name in ("r2", "aicc", "boundary", "slope")}
                row |= dict(zip(PARAMETERS, one["parameters"].to_numpy(), strict=True))
                row["lower"], row["upper"] = (
                    (row["p0"], row["p1"]) if kind == "logistic" else (np.nan, np.nan)
                )
                rows.append(about(result) | row)
    numbers = ("r2", "aicc", "boundary", "slope", "lower", "upper")
    return as_table(rows, (*ABOUT, "continuum", "fit", *numbers, *PARAMETERS))


def categorical_notes(results: Sequence[xr.Dataset]) -> pd.DataFrame:
    """Say for every continuum why it has no curve or no fit; an empty note where it has both.

    Parameters
    ----------
    results : sequence of xarray.Dataset
        `nurture.categorical.categorical` of each network.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, continuum, n_units, note.
    """
    rows = [
        about(result)
        | {"continuum": continuum, "n_units": result.attrs["n_units"], "note": str(note)}
        for result in results
        for continuum, note in zip(
            result["continuum"].to_numpy(), result["note"].to_numpy(), strict=True
        )
    ]
    return as_table(rows, (*ABOUT, "continuum", "n_units", "note"))
