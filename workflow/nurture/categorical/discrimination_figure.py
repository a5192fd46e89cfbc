"""Distances between neighbouring morphs along the continua, in networks and in pixels."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.categorical import identification_figure as curves
from nurture.core.rows import Networks
from nurture.core.style import fitting, key, network_rows, new_figure, select, styled
from nurture.stimuli.morphs import REACH

FIGURE = {
    "category": "Categories",
    "place": 3,
    "tables": ["discrimination_levels", "discrimination"],
    "networks": ["shown"],
    "needs": ["networks", "select_on", "train_on", "morphs"],
    "caption": "How different neighbouring morphs look to each network's selective units. "
    "Categorical perception should make neighbours differ more across the boundary between two "
    "expressions than within one of them, and more than the pictures themselves differ. So would "
    "units that merely rise and are steepest where their classifier has its boundary, so there is "
    "no test; the circle is what the boundaries of other continua give.",
}
STYLE = {"row_height_mm": 24, "rows": 6}

ALL = "all"
DASHES = (0, (3, 1.5))
PLACES = (0, 0.5, 0.8)
"""Of continua, mean and placebo in the last column."""

CIRCLE: dict[str, Any] = {
    "marker": "o",
    "linestyle": "none",
    "markerfacecolor": "white",
    "markeredgewidth": 0.8,
}
KEY: dict[str, dict[str, Any]] = {
    "units": {},
    "pixels": {"linewidth": 0.6, "linestyle": DASHES},
    "boundary": {"linewidth": 0.6},
    "a continuum": {"alpha": 0.5, "marker": "o", "linestyle": "none"},
    "mean, 95 %": {"marker": "o", "markersize": 5.4},
    "placebo: boundaries of other continua": CIRCLE,
}


@styled(STYLE)
def draw(
    levels: pd.DataFrame, excess: pd.DataFrame, networks: Networks, *, style: Mapping
) -> Figure:
    """Draw distances by level with the category boundary, and their excess across it.

    Networks as rows, continua as columns, and a last column for the excess.

    Parameters
    ----------
    levels : pandas.DataFrame
        network, layer, continuum, level, distance, lower, upper, pixels.
    excess : pandas.DataFrame
        network, layer, continuum (with ``all``), boundary, over_pixels, lower, upper, placebo,
        note.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the rows.
    """
    networks, others = fitting(networks, style["rows"])
    continua, left_out = curves.shown_continua(excess[excess["continuum"] != ALL])
    figure = new_figure(
        style,
        len(networks) * style["row_height_mm"] + 56,
        "Discrimination: how far apart neighbours are along the morph continua",
        "Colour: distance between neighbouring morphs in the space of the selective units, as a "
        "ratio to its mean along the continuum; mean over identities and 95 % bootstrap interval. "
        "Dashed: the same in pixels. Dark line and band: category boundary from identification, "
        "and the pairs that count as across it. Right: distance across minus distance within, as a "
        "share of the mean distance, minus the same in pixels; small dots are continua, the large "
        "dot and bar the mean over continua and its 95 % interval; the circle, the same at the "
        "boundaries of the other continua. Categories would lift the dot above the circle, and so "
        "would units that merely rise and are steepest at their boundary: there is no "
        f"test.{left_out}",
        others,
    )
    panels = figure.subplots(
        len(networks), len(continua) + 1, squeeze=False, width_ratios=[1] * len(continua) + [1.4]
    )
    limits = _limits(excess)
    for row, place, colour in network_rows(panels, networks, style, "distance"):
        summary, points = select(excess, **place), select(levels, **place)
        for panel, continuum in zip(row[:-1], continua, strict=True):
            chosen = (select(table, continuum=continuum) for table in (points, summary))
            _draw_panel(panel, *chosen, points["distance"].max(), colour, style)
            panel.tick_params(labelleft=panel is row[0], labelbottom=row is panels[-1])
        _draw_excess(row[-1], summary, limits, colour, style)
    curves.label_columns(panels[:, :-1], continua)
    panels[0, -1].set_title("excess at\nboundary")
    panels[-1, -1].set_xticks(PLACES, ["continua", "mean", "placebo"], rotation=90)
    panels[-1, -1].tick_params(labelbottom=True)
    key(figure, KEY, style)
    return figure


def _draw_panel(
    axes: Axes,
    points: pd.DataFrame,
    summary: pd.DataFrame,
    highest: float,
    colour: str,
    style: Mapping,
) -> None:
    axes.set(xlim=(-0.05, 1.05), xticks=[0, 0.5, 1])
    if points.empty:
        curves.say_why(axes, summary, style)
        return
    axes.set_ylim(0, 1.1 * max(highest, 1))
    boundary = summary["boundary"].iloc[0] if len(summary) else np.nan
    if np.isfinite(boundary):
        axes.axvspan(
            boundary - REACH, boundary + REACH, color=style["ink"], alpha=0.08, linewidth=0
        )
        axes.axvline(boundary, color=style["ink"], linewidth=0.6, gid="boundary")
    axes.axhline(1, color=style["faint"], linewidth=0.4, linestyle=":")
    bounds = (points[name] for name in ("level", "lower", "upper"))
    axes.fill_between(*bounds, color=colour, alpha=0.2, linewidth=0)
    width = 0.8 * style["line_width"]
    axes.plot(points["level"], points["distance"], color=colour, linewidth=width, gid="network")
    look = {"color": style["ink"], "linewidth": 0.7 * width, "linestyle": DASHES}
    axes.plot(points["level"], points["pixels"], gid="pixels", **look)


def _limits(excess: pd.DataFrame) -> tuple[float, float]:
    """Range that holds every continuum's excess and every mean's interval, and zero."""
    means = excess[excess["continuum"] == ALL]
    values = np.concatenate(
        [excess["over_pixels"], means["lower"], means["upper"], means["placebo"], [-0.1, 0.1]]
    )
    low, high = np.nanmin(values), np.nanmax(values)
    margin = 0.08 * (high - low)
    return low - margin, high + margin


def _draw_excess(
    axes: Axes, summary: pd.DataFrame, limits: tuple[float, float], colour: str, style: Mapping
) -> None:
    known = summary.dropna(subset="over_pixels")
    if known.empty:
        curves.say_why(axes, summary, style)
        axes.set(xlim=(-0.3, 1.1), xticks=PLACES, yticks=[])
        axes.tick_params(labelbottom=False)
        return
    axes.set(xlim=(-0.3, 1.1), xticks=PLACES, ylim=limits)
    axes.tick_params(labelbottom=False)
    axes.locator_params(axis="y", nbins=4)
    curves.at_right(axes)
    axes.axhline(0, color=style["faint"], linewidth=0.4)
    each, mean = known[known["continuum"] != ALL], known[known["continuum"] == ALL].iloc[0]
    look = {"color": colour, "markeredgewidth": 0}
    axes.plot([PLACES[0]] * len(each), each["over_pixels"], "o", alpha=0.5, gid="continua", **look)
    axes.plot([PLACES[1]] * 2, [mean["lower"], mean["upper"]], color=colour, gid="interval")
    size = 1.8 * style["marker_size"]
    axes.plot(PLACES[1], mean["over_pixels"], "o", markersize=size, gid="mean", **look)
    axes.plot(PLACES[2], mean["placebo"], color=colour, gid="placebo", **CIRCLE)
