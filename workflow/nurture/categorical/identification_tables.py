"""Identification curves and their fits."""

from collections.abc import Callable, Sequence

import pandas as pd
import xarray as xr

from nurture.categorical.curves import FITS, PARAMETERS, fit_curve
from nurture.categorical.identification import NUMBERS
from nurture.core.rows import ABOUT, about, as_table

POINTS = ("share_second", "lower", "upper", "n")
HUMAN_NUMBERS = ("r2", "r2_adjusted", "aicc", "boundary", "slope")


def identification(results: Sequence[xr.Dataset]) -> pd.DataFrame:
    """List the points of every identification curve of `nurture.categorical.categorical`.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, continuum, level, share_second, lower, upper (95 % Wilson
        interval), n.
    """
    table = _listed(results, lambda result: result[list(POINTS)], ("continuum", "level", *POINTS))
    return table[table["n"] > 0].reset_index(drop=True)


def fits(results: Sequence[xr.Dataset]) -> pd.DataFrame:
    """List every fit with the parameters that draw it (`nurture.categorical.curves.predict`).

    Returns
    -------
    pandas.DataFrame
        network, training, layer, continuum, fit, the numbers of
        `nurture.categorical.identification.NUMBERS`, p0 .. p3; no row for a curve that has no fit.
    """

    def choose(result):
        return result[list(NUMBERS)].merge(result["parameters"].to_dataset("parameter"))

    table = _listed(results, choose, ("continuum", "fit", *NUMBERS, *PARAMETERS))
    return table.dropna(subset="r2").reset_index(drop=True)


def categorical_notes(results: Sequence[xr.Dataset]) -> pd.DataFrame:
    """Return for every continuum why it has no curve or no fit; an empty note where it has both.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, continuum, n_units, note.
    """

    def choose(result):
        return result[["note"]].assign(n_units=result.attrs["n_units"])

    return _listed(results, choose, ("continuum", "n_units", "note"))


def human_fits(observers: pd.DataFrame) -> pd.DataFrame:
    """Fit the same curves to the answers of groups of observers.

    Returns
    -------
    pandas.DataFrame
        group, fit, r2, r2_adjusted, aicc, boundary, slope, p0 .. p3. Without intervals: only the
        means of the groups are known.
    """
    rows = []
    for group, answers in observers.groupby("group", sort=False):
        for kind in FITS:
            fit = fit_curve(answers["level"], answers["share_second"], kind)
            numbers = {name: float(getattr(fit, name)) for name in HUMAN_NUMBERS}
            numbers |= dict(zip(PARAMETERS, fit.parameters, strict=True))
            rows.append({"group": group, "fit": kind} | numbers)
    return as_table(rows, ("group", "fit", *HUMAN_NUMBERS, *PARAMETERS))


def _listed(
    results: Sequence[xr.Dataset],
    choose: Callable[[xr.Dataset], xr.Dataset],
    columns: Sequence[str],
) -> pd.DataFrame:
    """Put variables of all results into one long table."""
    tables = [choose(one).to_dataframe().reset_index().assign(**about(one)) for one in results]
    everything = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return everything.reindex(columns=[*ABOUT, *columns])
