"""Tuning of every selective unit, in faces that did not select it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from nurture.core import style as parts
from nurture.core.expressions import EXPRESSIONS
from nurture.core.rows import Networks

FIGURE = {
    "category": "Units",
    "place": 2,
    "tables": ["tuning"],
    "networks": ["shown"],
    "needs": ["networks", "select_on"],
    "caption": "What selective units respond to. Each panel is a network, each of its lines a unit "
    "and each column an expression. Units are selected and sorted on half of the identities, their "
    "responses shown on the other half. Light steps from the upper left to the lower right are "
    "tuning that holds for other faces; an even field is none.",
}
STYLE = {"columns": 4, "panel_height_mm": 42, "colormap": "cividis"}

REACH = 1.0
"""Standard deviations at both ends of the colours."""

EVEN: dict[str, Any] = {"aspect": "auto", "interpolation": "nearest"}
"""Fields of one colour, as high as the panel lets them be."""

LETTERS = 22
"""That fit above a panel."""


@parts.styled(STYLE)
def draw(tuning: pd.DataFrame, networks: Networks, *, style: Mapping) -> Figure:
    """Draw units x expressions of each network, sorted by what they prefer in other identities.

    A panel for each network; units as rows, from the first preferred expression to the last.

    Parameters
    ----------
    tuning : pandas.DataFrame
        `nurture.selectivity.tuning_tables.tuning`.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the panels.
    """
    grid = parts.grid_of(len(networks), style["columns"])
    figure = parts.new_figure(
        style,
        min(grid[0] * (style["panel_height_mm"] + 17) + 42, 230),
        "Do selective units keep their tuning in other faces?",
        "Each line is a unit (n in all) that half of the identities select; lines are sorted by "
        "the expression that the unit prefers there (strip at the left, in the order of the "
        "columns), then by how much. Shades: its mean response to each expression in the other "
        "half of the identities, less its mean over expressions, in standard deviations (SD) over "
        "faces. Above: mean response to the expression preferred; 0 where tuning is chance.",
    )
    axes = parts.panels_of(figure, len(networks), grid)
    image = None
    for i, (panel, (network, settings)) in enumerate(zip(axes, networks.items(), strict=True)):
        units = parts.select(tuning, network=network, layer=settings["readout"])
        image = _draw_panel(panel, units, style) or image
        colour = style["trainings"][settings["training"]]
        title = _title(units, network, settings)
        parts.head(panel, i, title, color=colour, size=style["small_font_size"])
    for panel in axes[:: grid[1]]:
        panel.set_ylabel("units")
    if image is not None:
        bar = figure.colorbar(image, ax=figure.axes, shrink=0.6, aspect=30, pad=0.01, extend="both")
        bar.set_label("response in other identities (SD)", size=style["small_font_size"])
        bar.set_ticks([-REACH, 0, REACH], labels=["−1", "0", "1"])
        bar.outline.set_visible(False)
    return figure


def _title(units: pd.DataFrame, network: str, settings: Mapping) -> str:
    lines = [parts.name_lines(network, LETTERS), parts.TRAINED_ON[settings["training"]]]
    lines.append(parts.name_lines(f"{settings['readout']}, n = {len(units):,}", LETTERS))
    if len(units):
        lines.append(f"at preferred: {parts.minus(_at_preferred(units))} SD")
    return "\n".join(lines)


def _at_preferred(units: pd.DataFrame) -> float:
    """Mean response, in the faces that did not select, to the expression that a unit prefers."""
    values = units[list(EXPRESSIONS)].to_numpy(float)
    column = [EXPRESSIONS.index(name) for name in units["preferred"]]
    return float(np.nanmean(values[np.arange(len(units)), column]))


def _draw_panel(axes: Axes, units: pd.DataFrame, style: Mapping) -> AxesImage | None:
    axes.set_xticks(range(len(EXPRESSIONS)), EXPRESSIONS, rotation=90)
    axes.set_yticks([])
    axes.set_xlim(-1.2, 5.5)
    if units.empty:
        parts.empty(axes, "no unit selected on half of the identities", style, width=18)
        return None
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    n = len(units)
    look = {"cmap": style["colormap"], "vmin": -REACH, "vmax": REACH, "gid": "units"}
    values = units[list(EXPRESSIONS)].to_numpy(float)
    image = axes.imshow(values, extent=(-0.5, 5.5, n, 0), **EVEN, **look)
    codes = [[EXPRESSIONS.index(name)] for name in units["preferred"]]
    colours = ListedColormap([style["expressions"][name] for name in EXPRESSIONS])
    look = {"cmap": colours, "vmin": -0.5, "vmax": 5.5, "gid": "preferred"}
    axes.imshow(codes, extent=(-1.2, -0.7, n, 0), **EVEN, **look)
    ends = np.flatnonzero(np.diff(np.ravel(codes))) + 1
    axes.hlines(ends, -1.2, 5.5, color="white", linewidth=0.6)
    axes.set(xlim=(-1.2, 5.5), ylim=(n, 0))
    return image
