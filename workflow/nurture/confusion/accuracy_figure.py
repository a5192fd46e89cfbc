"""Accuracy over resampled identities, as in Fig. 4A of Zhou et al. (2022)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.confusion.confusion_figure import POPULATIONS
from nurture.core.rows import Networks, Replicates
from nurture.core.shown import chance, fewest_shown, over
from nurture.core.style import empty, head, name_lines, name_rows, new_figure, select, styled

FIGURE = {
    "category": "Confusions",
    "place": 3,
    "tables": ["accuracy_resampled", "accuracy_histogram"],
    "networks": ["shown", "baseline"],
    "asks": {"replicates": "networks.replicates"},
    "needs": ["networks", "select_on", "train_on", "test_on"],
    "caption": "How often a classifier on each network's units is right about the expressions of "
    "other identities, and how far that depends on which identities happen to be shown. The wider "
    "the hill, the less certain the number; the dashed line is chance.",
}
STYLE = {"row_height_mm": 9}

REDRAWN = {"test": {"fill": True, "alpha": 0.45}, "training and test": {"linewidth": 0.8}}
BIN = 0.01
LETTERS = 34
"""That fit above a panel."""

TALL = 0.85
"""Height of the highest bar of a row, of the row."""


@styled(STYLE)
def draw(
    resampled: pd.DataFrame,
    histogram: pd.DataFrame,
    networks: Networks,
    replicates: Replicates,
    *,
    style: Mapping,
) -> Figure:
    """Draw how accuracy varies with the identities that are shown.

    A panel for each population of units, a row for each network.

    Parameters
    ----------
    resampled, histogram : pandas.DataFrame
        `nurture.confusion.accuracy_tables.accuracy_resampled` and ``accuracy_histogram``.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the rows.
    replicates : mapping of str to sequence of str
        Networks that differ in seed only, by the name of them all: one more row.
    """
    rows, n = _rows(networks, replicates), fewest_shown(resampled)
    figure = new_figure(
        style,
        len(rows) * style["row_height_mm"] + 38,
        "How often networks are right about other identities' expressions",
        f"Distribution of the mean hit rate over {over(n)} (dashed: chance, 1/{n}) when the "
        "identities shown are resampled with replacement. Filled: test identities alone; line: "
        "training identities redrawn too and the classifier trained again, on fewer different "
        "identities. Dot: all identities. Rows that name several seeds resample these as well.",
    )
    panels = figure.subplots(1, len(POPULATIONS), sharex=True, sharey=True)
    for i, (axes, (population, title)) in enumerate(zip(panels, POPULATIONS.items(), strict=True)):
        head(axes, i, name_lines(title, LETTERS))
        axes.axvline(chance(n), color=style["ink"], linewidth=0.8, linestyle="--", gid="chance")
        for y, (name, training) in enumerate(rows.items()):
            colour = style["trainings"][training]
            bars = select(histogram, network=name, population=population)
            _draw_row(axes, bars, len(rows) - 1 - y, colour)
            scores = select(resampled, network=name, population=population, statistic="accuracy")
            estimate = scores["estimate"].head(1)
            axes.plot(
                estimate, [len(rows) - 1 - y] * len(estimate), "o", color=colour, gid="estimate"
            )
        if select(histogram, population=population).empty:
            empty(axes, "too few units in every network", style)
        axes.set_xlabel("accuracy")
    panels[0].set(xlim=(0, 1.02), ylim=(-0.25, len(rows)))
    panels[0].set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", ".25", ".5", ".75", "1"])
    for axes in panels:
        axes.tick_params(axis="y", length=0)
    colours = [style["trainings"][training] for training in rows.values()]
    name_rows(panels[0], [name_lines(name, 24) for name in rows][::-1], colours[::-1])
    return figure


def _rows(networks: Networks, replicates: Replicates) -> dict[str, str]:
    """Training of each network, and of replicates after the last of them."""
    after = {}
    for name, members in replicates.items():
        # Not every seed has a row of its own.
        there = [member for member in members if member in networks]
        after |= {there[-1]: name} if there else {}
    rows = {}
    for name, settings in networks.items():
        rows[name] = settings["training"]
        if name in after:
            rows[after[name]] = settings["training"]
    return rows


def _draw_row(axes: Axes, bars: pd.DataFrame, base: int, colour: str) -> None:
    for redrawn, look in REDRAWN.items():
        mine = select(bars, redrawn=redrawn)
        if mine.empty:
            continue
        edges = np.arange(101) * BIN
        height = np.zeros(100)
        height[np.round(mine["accuracy"] / BIN).astype(int)] = mine["count"]
        height *= TALL / height.max()
        axes.stairs(height + base, edges, baseline=base, color=colour, **look)
