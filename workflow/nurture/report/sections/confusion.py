"""Confusions of networks and of observers: choose a network and a human data set."""

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex

from nurture.confusion.matrices import from_cells
from nurture.core.expressions import EXPRESSIONS
from nurture.core.style import select
from nurture.report.page import Section, render
from nurture.report.parts import figures, spell
from nurture.report.run import Run

SHADES = 101
STATISTIC = "pearson"
LIKENESS = ["network", "layer", "population", "human", "estimate", "lower", "upper"]
FIGURES = ("confusion", "accuracy", "likeness", "matched", "bias")
TABLES = ("confusion", "human_confusion", "human_similarity", "human_agreement")


def confusion(run: Run) -> Section | None:
    """Compare any network's confusion matrix with any human one."""
    cells, observers = (run.tables.get(name) for name in ("confusion", "human_confusion"))
    if cells is None or observers is None or cells.empty:
        return None
    scores = run.tables["confusion_scores"]
    networks = [
        _network(keys, group, scores)
        for keys, group in cells.groupby(["network", "training", "layer", "population"], sort=False)
    ]
    shades = mpl.colormaps[run.config["figures"].get("confusion", {}).get("colormap", "Reds")]
    data = {
        "expressions": list(EXPRESSIONS),
        "networks": networks,
        "observers": _observers(observers, run.human),
        "likeness": _likeness(run.tables.get("human_similarity")),
        "shades": [to_hex(shades(0.85 * i / (SHADES - 1))) for i in range(SHADES)],
    }
    reference = run.config["human"]["reference"]
    body = render(
        "confusion",
        networks=list(dict.fromkeys((n["network"], n["layer"]) for n in networks)),
        populations=list(dict.fromkeys(n["population"] for n in networks)),
        observers=list(data["observers"]),
        reference=reference,
        figures=figures(run, FIGURES),
        tables=[(name, spell(name)) for name in TABLES if name in run.tables],
    )
    return Section("confusions", "Confusions, compared with observers", body, {"confusion": data})


def _matrix(group: pd.DataFrame) -> list[list[float | None]]:
    return [[None if np.isnan(v) else round(v, 4) for v in row] for row in from_cells(group)]


def _network(keys: tuple[str, ...], group: pd.DataFrame, scores: pd.DataFrame) -> dict:
    network, training, layer, population = keys
    found = select(scores, network=network, layer=layer, population=population)
    units = int(found["n_units"].iloc[0]) if len(found) else None
    about = {"network": network, "training": training, "layer": layer, "population": population}
    return about | {"units": units, "matrix": _matrix(group)}


def _observers(table: pd.DataFrame, sources: Mapping) -> dict:
    known = sources.get("confusion", {})
    return {
        name: {
            "matrix": _matrix(group),
            **{key: known.get(name, {}).get(key) for key in ("observers", "task", "who", "source")},
        }
        for name, group in table.groupby("human", sort=False)
    }


def _likeness(table: pd.DataFrame | None) -> list[list]:
    """Correlation of errors with each human set, with its interval."""
    if table is None:
        return []
    rows = table.loc[table["statistic"] == STATISTIC, LIKENESS].round(4).astype(object)
    return rows.where(rows.notna(), None).to_numpy().tolist()
