"""What the report shows of single units: their tuning, their place, and the faces that drive them.

Each layer's activations are read once, and a few kilobytes of them are kept for the page.
"""

import numpy as np
import xarray as xr

from nurture.activations.units import basic, check_units, responses_of
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import read_labels

SHOWN = (
    *("preferred", "selective", "f_expression", "p_expression", "f_identity", "p_identity"),
    *("partial_eta_squared_expression", "partial_eta_squared_identity"),
)
"""Variables of the selectivity file that are kept."""

LARGEST_MAP = 64
"""Squares along the longer side of a map, at most: of larger maps, neighbours count together."""


def examples(
    activations: xr.Dataset, units: xr.Dataset, n_selective: int, n_others: int, n_faces: int
) -> xr.Dataset:
    """Choose units of a layer and list the faces that drive each of them most and least.

    Parameters
    ----------
    activations : xarray.Dataset
        Activation file of the set on which units were selected.
    units : xarray.Dataset
        The layer's `nurture.selectivity.anova.selectivity`.
    n_selective : int
        Selective units to keep at most: those with the largest F of expression.
    n_others : int
        Other units to keep at most, likewise, for comparison.
    n_faces : int
        Faces to keep for either end of a unit's response.

    Returns
    -------
    xarray.Dataset
        Over ``unit``, selective units first: ``number`` (position in the layer), ``channel``,
        ``row``, ``column``, what `SHOWN` names, ``tuning`` and ``error`` (expression, unit; mean
        response and its standard error over stimuli); ``most`` and ``least`` (unit, face), the
        positions of stimuli, strongest and weakest first, with ``most_response`` and
        ``least_response``; ``n_least``, how many stimuli give the weakest response. Over the map,
        ``selective_here(map_row, map_column)``: selective units at each position, or in each square
        of ``map_step`` by ``map_step`` positions. Attributes: those of the activation file,
        n_units, n_selective, map_rows, map_columns, map_step.

    Raises
    ------
    NurtureError
        When the two files are not of one layer, or an activation is NaN.
    """
    check_units(units, selection=activations)
    activation, labels = basic(activations["activation"], read_labels(activations))
    chosen = _strongest(units, n_selective, n_others)
    n_units = units.sizes["unit"]
    wanted = np.isin(np.arange(n_units), chosen)
    # Read in the order of the file.
    response = responses_of(activation, wanted).astype(float)[:, np.argsort(np.argsort(chosen))]
    faces = _extremes(response, labels.index.to_numpy(), min(n_faces, len(labels)))
    kept = units.isel(unit=chosen)
    expression = labels["expression"].to_numpy()
    error = np.full((len(EXPRESSIONS), len(chosen)), np.nan)
    for i, name in enumerate(EXPRESSIONS):
        shown = response[expression == name]
        if len(shown) > 1:
            error[i] = shown.std(axis=0, ddof=1) / np.sqrt(len(shown))
    tuning = kept["tuning"].to_series().unstack().reindex(EXPRESSIONS).to_numpy()
    counts, size = _map(units)
    names = ("channel", "row", "column", *SHOWN)
    return xr.Dataset(
        {
            "number": ("unit", chosen.astype("int32")),
            **{name: ("unit", kept[name].to_numpy()) for name in names},
            "tuning": (("expression", "unit"), tuning),
            "error": (("expression", "unit"), error),
            **faces,
            "selective_here": (("map_row", "map_column"), counts),
        },
        {"expression": list(EXPRESSIONS)},
        activations.attrs | {"n_units": n_units, "n_selective": units.attrs["n_selective"]} | size,
    )


def _strongest(units: xr.Dataset, n_selective: int, n_others: int) -> np.ndarray:
    """Positions of the units to keep: selective ones by falling F of expression, then others."""
    selective = units["selective"].to_numpy() == 1
    live = units["constant"].to_numpy() == 0
    order = np.argsort(-np.nan_to_num(units["f_expression"].to_numpy(), nan=-1), kind="stable")
    first, others = order[selective[order]], order[(live & ~selective)[order]]
    return np.concatenate([first[:n_selective], others[:n_others]])


def _extremes(response: np.ndarray, stimuli: np.ndarray, n: int) -> dict:
    """Stimuli of the largest and smallest responses of each unit; equal ones in file order."""
    down = np.argsort(-response, axis=0, kind="stable")[:n].T
    up = np.argsort(response, axis=0, kind="stable")[:n].T
    columns = np.arange(response.shape[1])[:, None]
    dims = ("unit", "face")
    return {
        "most": (dims, stimuli[down].astype("int32")),
        "most_response": (dims, response[down, columns].astype("float32")),
        "least": (dims, stimuli[up].astype("int32")),
        "least_response": (dims, response[up, columns].astype("float32")),
        "n_least": ("unit", (response == response.min(axis=0)).sum(axis=0).astype("int32")),
    }


def _map(units: xr.Dataset) -> tuple[np.ndarray, dict[str, int]]:
    """Count selective units in each square of the layer's map; and the size of the map."""
    row, column = (units[name].to_numpy() for name in ("row", "column"))
    rows, columns = int(row.max()) + 1, int(column.max()) + 1
    step = -(-max(rows, columns) // LARGEST_MAP)
    counts = np.zeros((-(-rows // step), -(-columns // step)), "int32")
    selective = units["selective"].to_numpy() == 1
    np.add.at(counts, (row[selective] // step, column[selective] // step), 1)
    return counts, {"map_rows": rows, "map_columns": columns, "map_step": step}
