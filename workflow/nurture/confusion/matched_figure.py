"""How alike networks' confusions are to observers' when networks err as often as they do."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from nurture.confusion.likeness import SMALLEST_P
from nurture.confusion.likeness_figure import ALPHA, BAND, STATISTICS, rows_of
from nurture.confusion.sources import MEAN
from nurture.core import style as parts
from nurture.core.rows import Networks, Replicates, short

FIGURE = {
    "category": "Confusions",
    "place": 5,
    "tables": ["likeness_matched", "noise_ceiling"],
    "networks": ["shown", "baseline"],
    "asks": {"replicates": "networks.replicates"},
    "needs": ["networks", "select_on", "train_on", "test_on"],
    "caption": "How far the mistakes of each network are those of observers when it makes as many "
    "of them. Noise brings each network down to every accuracy at which observers are found. "
    "Lines are the selective units and all units; shades are 95 % intervals over the identities "
    "shown. Filled: alike beyond nearly any other naming of the expressions. The diamond compares "
    "each set of observers at its own accuracy.",
}
STYLE = {"columns": [3, 4], "panel_height_mm": 34, "statistics": ["pearson"]}

LETTERS = 24
"""That fit above a panel."""

DRAWN: dict[str, Any] = {"selective": "-", "all": "--"}
"""Populations of units, and the line of each."""


@parts.styled(STYLE)
def draw(
    matched: pd.DataFrame,
    ceiling: pd.DataFrame,
    networks: Networks,
    replicates: Replicates,
    *,
    style: Mapping,
) -> Figure:
    """Draw likeness as a function of the accuracy to which noise brings a network.

    A panel for each network and statistic.

    Parameters
    ----------
    matched : pandas.DataFrame
        `nurture.confusion.likeness_tables.likeness_matched`.
    ceiling : pandas.DataFrame
        `nurture.confusion.likeness_tables.noise_ceiling`.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the panels.
    replicates : mapping of str to sequence of str
        Networks that differ in seed only, by the name of them all; they share a panel.
    """
    table = parts.select(matched, human=MEAN)
    panels = [
        (name, training, statistic)
        for statistic in style["statistics"]
        for name, training in rows_of(networks, replicates).items()
    ]
    grid = _, columns = parts.grid_of(len(panels), style["columns"])
    figure = parts.new_figure(
        style,
        grid[0] * style["panel_height_mm"] + 36,
        "Are the confusions those of observers who are right as often?",
        "Correlation of a network's errors with those of observers, mean over human sets, when "
        "noise brings it to the accuracy below. Shaded: "
        "95 % bootstrap intervals over test identities, and over seeds. "
        f"Filled: p < {short(ALPHA)} of 720 permutations of the labels, one-sided; "
        f"the smallest possible p is {short(round(SMALLEST_P, 4))}. "
        "Band: noise ceiling between human sets.",
    )
    axes = parts.panels_of(figure, len(panels), grid, sharex=True, sharey=True)
    axes[0].set(
        xlim=(0.2, 1), ylim=(-0.5, 1), xticks=(0.25, 0.5, 0.75, 1), yticks=(-0.5, 0, 0.5, 1)
    )
    axes[0].set_xticklabels([".25", ".5", ".75", "1"])
    axes[0].set_yticklabels(["\u2212.5", "0", ".5", "1"])
    for i, (panel, (name, training, statistic)) in enumerate(zip(axes, panels, strict=True)):
        colour = style["trainings"][training]
        parts.head(panel, i, parts.name_lines(name, LETTERS), color=colour)
        draw_band(panel, parts.select(ceiling, human=MEAN, statistic=statistic), style)
        _draw_network(panel, parts.select(table, network=name, statistic=statistic), colour, style)
        if i % columns == 0:
            panel.set_ylabel(STATISTICS[statistic])
        if len(panels) - columns <= i:
            panel.set_xlabel("accuracy")
            panel.tick_params(labelbottom=True)
    marks: dict[str, Any] = {
        f"{population} units": {"linestyle": line, "marker": "o"}
        for population, line in DRAWN.items()
    }
    marks["each human set at its own accuracy"] = {"marker": "D", "linestyle": "none"}
    parts.key(figure, marks | {"noise ceiling": Patch(color=BAND)}, style)
    return figure


def draw_band(axes: Axes, ceiling: pd.DataFrame, style: Mapping) -> None:
    """Draw a line at no likeness, and the noise ceiling between human sets where it is known."""
    axes.axhline(0, color=style["faint"], linewidth=0.5)
    known = ceiling.dropna(subset=["lower", "upper"])
    if len(known):
        lower, upper = known[["lower", "upper"]].to_numpy(float)[0]
        axes.axhspan(lower, upper, color=BAND, linewidth=0, zorder=0, gid="ceiling")


def _draw_network(axes: Axes, table: pd.DataFrame, colour: str, style: Mapping) -> None:
    if table.empty:
        parts.empty(axes, "no accuracy that noise could bring it to", style)
    for population, line in DRAWN.items():
        rows = parts.select(table, population=population, matched_to="given").sort_values(
            "accuracy"
        )
        axes.fill_between(
            rows["accuracy"], rows["lower"], rows["upper"], color=colour, alpha=0.15, linewidth=0
        )
        axes.plot(rows["accuracy"], rows["estimate"], line, color=colour, gid=population)
        own = parts.select(table, population=population, matched_to="own")
        for marker, some in (("o", rows), ("D", own)):
            for row in some.itertuples():
                inside = colour if row.p < ALPHA else "white"
                look: dict[str, Any] = {"markerfacecolor": inside, "markeredgewidth": 0.8}
                look["gid"] = f"{population} {row.matched_to}"
                axes.plot(row.accuracy, row.estimate, marker, color=colour, **look)
