"""Selective units under control stimuli."""

from collections.abc import Sequence

import pandas as pd
import xarray as xr

from nurture.core.rows import ABOUT, about, as_table

NUMBERS = (
    *("n_stimuli", "n_identities", "tuning_r", "tuning_r_se", "accuracy", "accuracy_se"),
    "n_expressions",
)


def controls(results: Sequence[xr.Dataset]) -> pd.DataFrame:
    """List how far selectivity holds in each condition.

    Parameters
    ----------
    results : sequence of xarray.Dataset
        `nurture.decoding.controls.controls` of each network.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, control, n_units, n_stimuli, n_identities, tuning_r, tuning_r_se,
        accuracy, accuracy_se, n_expressions (that were shown), note.
    """
    rows = []
    for result in results:
        shared = {key: result.attrs[key] for key in ("n_units", "note")}
        for control in result["control"].to_numpy():
            one = result.sel(control=control)
            numbers = {name: one[name].item() for name in NUMBERS}
            rows.append(about(result) | {"control": str(control)} | shared | numbers)
    return as_table(rows, (*ABOUT, "control", "n_units", *NUMBERS, "note"))
