"""Tuning curves of the selective units by the expression that they prefer."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.core.expressions import EXPRESSIONS
from nurture.core.style import empty, label_row, new_figure, select, styled

FIGURE = {
    "category": "Units",
    "place": 2,
    "tables": ["tuning"],
    "networks": ["shown"],
    "needs": ["networks", "select_on"],
    "caption": "What selective units respond to. Each row is a network, each column the units "
    "that prefer one expression; the curve is their mean response to all six. The peak at the "
    "preferred expression is there by choice of the units, so look at the rest of the curve.",
}
STYLE = {"row_height_mm": 21}


@styled(STYLE)
def draw(tuning: pd.DataFrame, networks: Mapping[str, Mapping], *, style: Mapping) -> Figure:
    """Draw the mean tuning curve of the units that prefer each expression.

    Parameters
    ----------
    tuning : pandas.DataFrame
        network, layer, preferred, expression, n_units, mean, sem; z-scored responses.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the rows.
    style : mapping
        Changes to ``STYLE``.

    Returns
    -------
    matplotlib.figure.Figure
        Networks as rows, preferred expressions as columns.
    """
    figure = new_figure(
        style,
        len(networks) * style["row_height_mm"] + 38,
        "Tuning of expression-selective units, by the expression that they prefer",
        "Mean response of the n selective units that prefer the expression of the column (large "
        "dot), z-scored over the six expressions within each unit; bars: standard error over "
        "units. Units are grouped by their largest response, so a peak at the large dot is given; "
        "the rest of the curve is not.",
    )
    axes = figure.subplots(len(networks), len(EXPRESSIONS), squeeze=False, sharex=True, sharey=True)
    axes[0, 0].set(xlim=(-0.5, 5.5), ylim=(-2.3, 2.9), yticks=[-2, 0, 2])
    for row, (network, settings) in zip(axes, networks.items(), strict=True):
        of_network = select(tuning, network=network, layer=settings["readout"])
        for panel, preferred in zip(row, EXPRESSIONS, strict=True):
            curve = of_network[of_network["preferred"] == preferred]
            _draw_panel(panel, curve.set_index("expression"), preferred, style)
        label_row(row[0], network, settings, style)
        row[0].set_ylabel("response (z)")
    for panel, preferred in zip(axes[0], EXPRESSIONS, strict=True):
        panel.set_title(
            f"prefer\n{preferred}", color=style["expressions"][preferred], weight="bold"
        )
    for panel in axes[-1]:
        panel.set_xticks(range(len(EXPRESSIONS)), EXPRESSIONS, rotation=90)
        panel.tick_params(labelbottom=True)
    return figure


def _draw_panel(axes: Axes, curve: pd.DataFrame, preferred: str, style: Mapping) -> None:
    if curve.empty:
        empty(axes, "no unit", style)
        return
    colour = style["expressions"][preferred]
    curve = curve.reindex(EXPRESSIONS)
    x = np.arange(len(EXPRESSIONS))
    axes.axhline(0, color=style["faint"], linewidth=0.4, linestyle=":")
    axes.errorbar(x, curve["mean"], curve["sem"].fillna(0), color=colour, marker="o", gid=preferred)
    best = EXPRESSIONS.index(preferred)
    axes.plot(
        best, curve["mean"].iloc[best], "o", color=colour, markersize=2 * style["marker_size"]
    )
    axes.text(
        0.97,
        0.03,
        f"n = {int(curve['n_units'].dropna().iloc[0]):,}",
        transform=axes.transAxes,
        ha="right",
        va="bottom",
        size=style["small_font_size"],
    )
