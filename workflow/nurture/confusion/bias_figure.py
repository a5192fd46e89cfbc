"""Response bias of networks and observers."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.confusion.confusion_figure import POPULATIONS
from nurture.confusion.likeness_figure import rows_of
from nurture.core import style as parts
from nurture.core.expressions import EXPRESSIONS, OBSERVERS
from nurture.core.rows import Networks, Replicates

FIGURE = {
    "category": "Confusions",
    "place": 6,
    "tables": ["bias"],
    "networks": ["shown"],
    "asks": {"replicates": "networks.replicates"},
    "needs": ["networks", "select_on", "train_on", "test_on"],
    "caption": "Response bias: which expressions are answered too readily, whatever is shown. "
    "Without any bias each expression would have a sixth of the answers, the upright line.",
}
STYLE = {"columns": [5, 4], "panel_height_mm": 42, "population": "selective"}

NO_BIAS = 1 / len(EXPRESSIONS)


@parts.styled(STYLE)
def draw(
    bias: pd.DataFrame, networks: Networks, replicates: Replicates, *, style: Mapping
) -> Figure:
    """Draw the response biases of a choice model.

    A panel for each network, then one for observers.

    Parameters
    ----------
    bias : pandas.DataFrame
        `nurture.confusion.choice_tables.bias_and_similarity`.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the panels.
    replicates : mapping of str to sequence of str
        Networks that differ in seed only, by the name of them all; they share a panel.
    style : mapping
        Changes to ``STYLE``; ``population`` says which units are shown.
    """
    rows = rows_of(networks, replicates)
    grid = parts.grid_of(len(rows) + 1, style["columns"])
    figure = parts.new_figure(
        style,
        grid[0] * style["panel_height_mm"] + 32,
        "Which expressions are answered too readily?",
        "Response bias of the choice model: how readily an expression is answered, whatever is "
        "shown; a sixth for each (line) without any. Networks: answers from "
        f"{POPULATIONS[style['population']]}, 95 % bootstrap intervals over test identities, and "
        "over seeds where dots share a panel (small dots: each seed). Observers: a dot for each "
        "human set.",
    )
    panels = parts.panels_of(figure, len(rows) + 1, grid, sharex=True, sharey=True)
    table = parts.select(bias, population=style["population"])
    for i, (axes, (name, training)) in enumerate(zip(panels, rows.items(), strict=False)):
        title = f"{parts.name_lines(name, 20)}\n{parts.TRAINED_ON[training]}"
        parts.head(
            axes, i, title, size=style["small_font_size"], color=style["trainings"][training]
        )
        _draw_network(axes, table, name, replicates.get(name, ()), style)
    observers = parts.select(bias, training=OBSERVERS)
    title = f"observers\n{observers['network'].nunique()} sets"
    parts.head(panels[-1], len(rows), title, size=style["small_font_size"])
    _draw_observers(panels[-1], observers, style)
    for axes in panels:
        axes.axvline(NO_BIAS, color=style["faint"], linewidth=0.5, zorder=0)
        axes.tick_params(axis="y", length=0)
    for axes in panels[-grid[1] :]:
        axes.set_xlabel("bias")
        axes.tick_params(labelbottom=True)
    panels[0].set_yticks(range(len(EXPRESSIONS)), EXPRESSIONS)
    panels[0].set(ylim=(len(EXPRESSIONS) - 0.5, -0.5))
    panels[0].set_xlim(0, _end(bias, style))
    panels[0].xaxis.set_major_formatter(lambda x, _: f"{x:g}".replace("0.", "."))
    return figure


def _end(bias: pd.DataFrame, style: Mapping) -> float:
    """Find where all points and intervals end, at 1 at the latest: biases add up to 1."""
    seen = bias[(bias["population"] == style["population"]) | (bias["training"] == OBSERVERS)]
    highest = seen[["bias", "upper"]].max(axis=None)
    return min(1.0, 1.05 * max(highest, 2 * NO_BIAS)) if np.isfinite(highest) else 1.0


def _draw_network(
    axes: Axes, table: pd.DataFrame, name: str, seeds: Sequence[str], style: Mapping
) -> None:
    mine = parts.select(table, network=name)
    for y, expression in enumerate(EXPRESSIONS):
        colour = style["expressions"][expression]
        each = parts.select(table[table["network"].isin(seeds)], expression=expression)["bias"]
        axes.plot(each, [y + 0.27] * len(each), "o", color=colour, markersize=1.4, gid="seed")
        for row in parts.select(mine, expression=expression).itertuples():
            reach = max(0, row.bias - row.lower), max(0, row.upper - row.bias)
            parts.draw_estimate(axes, (row.bias, y), reach, colour, markeredgewidth=1, gid="bias")
    if mine.empty:
        parts.empty(axes, "no result, or too few units", style, width=16)


def _draw_observers(axes: Axes, table: pd.DataFrame, style: Mapping) -> None:
    for y, expression in enumerate(EXPRESSIONS):
        each = parts.select(table, expression=expression)["bias"]
        look = {"color": style["expressions"][expression], "alpha": 0.6, "markeredgewidth": 0}
        axes.plot(each, [y] * len(each), "o", gid="observers", **look)
