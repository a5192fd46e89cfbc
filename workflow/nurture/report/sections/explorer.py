"""The unit explorer: any kept unit's tuning, its place on the map, and the faces that drive it."""

import numpy as np
import xarray as xr

from nurture.core.expressions import EXPRESSIONS
from nurture.core.rows import Networks
from nurture.core.style import complete
from nurture.report.charts import map_chart, tuning_chart
from nurture.report.page import Section, render
from nurture.report.run import Run
from nurture.selectivity.tuning_figure import STYLE

NUMBERS = {
    "f": "f_expression",
    "p": "p_expression",
    "f_identity": "f_identity",
    "p_identity": "p_identity",
}


def explorer(run: Run) -> Section | None:
    """Let the reader pick a network, a layer and a unit."""
    if not run.units:
        return None
    style = complete(STYLE, run.config["figures"].get("style"))
    select_on = run.config["experiment"]["select_on"]
    data = {
        "set": select_on,
        "expressions": list(EXPRESSIONS),
        "layers": [_layer(layer, run.config["networks"]) for layer in run.units],
        "tuning": tuning_chart(style),
        "map": map_chart(style),
    }
    settings = run.config["report"]
    body = render(
        "explorer",
        networks=list(dict.fromkeys(layer.attrs["network"] for layer in run.units)),
        most=settings["units"],
        others=settings["others"],
    )
    return Section("explorer", "Unit explorer", body, {"explorer": data})


def _layer(layer: xr.Dataset, networks: Networks) -> dict:
    """Turn a layer's units into lists; numbers keep the digits that the page shows."""
    selective = layer["selective"].to_numpy() == 1
    entry = {
        "network": layer.attrs["network"],
        "layer": layer.attrs["layer"],
        "units": int(layer.attrs["n_units"]),
        "selective": int(layer.attrs["n_selective"]),
        "listed": int(selective.sum()),
        "size": [int(layer.attrs[name]) for name in ("map_rows", "map_columns", "map_step")],
        "map": layer["selective_here"].to_numpy().tolist(),
        "tuning": _rounded(layer["tuning"].transpose("unit", "expression")),
        "error": _rounded(layer["error"].transpose("unit", "expression")),
    }
    for name in ("number", "channel", "row", "column", "preferred", "n_least", "most", "least"):
        entry[name] = layer[name].to_numpy().tolist()
    for name in ("most_response", "least_response"):
        entry[name] = _rounded(layer[name])
    for name, variable in NUMBERS.items():
        entry[name] = _rounded(layer[variable])
    return entry | {"readout": networks[entry["network"]]["readout"] == entry["layer"]}


def _rounded(values: xr.DataArray) -> list:
    """Three significant digits; JSON knows no NaN and no infinity."""
    array = values.to_numpy().astype(float)
    flat = [float(f"{v:.3g}") if np.isfinite(v) else None for v in array.ravel()]
    return np.reshape(np.array(flat, dtype=object), array.shape).tolist()
