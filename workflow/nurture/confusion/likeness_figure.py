"""How alike networks' confusions are to observers', and observers' to each other."""

from collections.abc import Mapping
from string import ascii_lowercase

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.confusion.confusion_figure import POPULATIONS
from nurture.confusion.likeness import SMALLEST_P
from nurture.confusion.sources import MEAN
from nurture.core import style as parts
from nurture.core.names import BASELINE
from nurture.core.rows import Networks, Replicates, short

FIGURE = {
    "category": "Confusions",
    "place": 4,
    "tables": ["human_similarity", "noise_ceiling"],
    "networks": ["shown", "baseline"],
    "asks": {"replicates": "networks.replicates"},
    "needs": ["networks", "select_on", "train_on", "test_on"],
    "caption": "How far the mistakes of each network are those of observers. Each column is a set "
    "of human answers, each row a network. A dot at 1 would be the same mistakes, at 0 unrelated "
    "ones; lines are 95 % intervals, too short where a network seldom errs. The band is as alike "
    "as these observers' answers let anything be. Pixels are the mistakes that the pictures bring "
    "with them, without a network.",
}
STYLE = {
    "row_height_mm": 7.5,
    "population": "selective",
    "statistics": ["pearson", "similarity_pearson"],
}

STATISTICS = {
    "pearson": "r of errors",
    "spearman": "ρ of errors",
    "kendall": "τ of errors",
    "similarity_pearson": "r of similarities\n(bias taken out)",
    "similarity_spearman": "ρ of similarities\n(bias taken out)",
}
ALPHA = 0.05
LETTERS = 11
BAND = "#E4DFD3"


@parts.styled(STYLE)
def draw(
    likeness: pd.DataFrame,
    ceiling: pd.DataFrame,
    networks: Networks,
    replicates: Replicates,
    *,
    style: Mapping,
) -> Figure:
    """Draw the likeness of each network to each human set, with intervals and noise ceiling.

    A row of panels for each statistic, a column for each human set.

    Parameters
    ----------
    likeness : pandas.DataFrame
        `nurture.confusion.likeness_tables.human_similarity`.
    ceiling : pandas.DataFrame
        `nurture.confusion.likeness_tables.noise_ceiling`.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the rows.
    replicates : mapping of str to sequence of str
        Networks that differ in seed only, by the name of them all; they share a row.
    style : mapping
        Changes to ``STYLE``; ``population`` says which units, ``statistics`` which rows
        of panels.
    """
    table = _chosen(likeness, networks, style)
    # Baselines that make no errors, as action units may, have nothing that can be correlated.
    known = set(table.dropna(subset="estimate")["network"])
    shown = {n: s for n, s in networks.items() if s["training"] != BASELINE or n in known}
    rows = rows_of(shown, replicates)
    observers = list(dict.fromkeys(ceiling["human"]))
    statistics = style["statistics"]
    height = len(rows) * style["row_height_mm"] + 12
    figure = parts.new_figure(
        style,
        len(statistics) * height + 40,
        "Are the confusions those of observers?",
        _caption(style),
    )
    panels = figure.subplots(
        len(statistics), len(observers), sharex=True, sharey=True, squeeze=False
    )
    for letter, row, statistic in zip(ascii_lowercase, panels, statistics, strict=False):
        for axes, human in zip(row, observers, strict=True):
            _draw_band(axes, parts.select(ceiling, human=human, statistic=statistic), style)
            _draw_rows(
                axes, parts.select(table, human=human, statistic=statistic), rows, replicates, style
            )
        row[0].set_ylabel(f"{letter}  {STATISTICS[statistic]}")
    for axes, human in zip(panels[0], observers, strict=True):
        title = "mean of all" if human == MEAN else human
        axes.set_title(parts.name_lines(title, LETTERS), size=style["small_font_size"])
    first = panels[0, 0]
    first.set(xlim=(-1, 1.05), xticks=(-0.5, 0, 0.5))
    first.set_xticklabels(["\u2212.5", "0", ".5"])
    for axes in panels[:, 0]:
        colours = [style["trainings"][training] for training in rows.values()]
        parts.name_rows(axes, [parts.name_lines(name, 20) for name in rows], colours)
    if table.empty:
        parts.empty(first, "no population with enough units", style)
    return figure


def _chosen(likeness: pd.DataFrame, networks: Networks, style: Mapping):
    """Rows of the style's population, and of a network that has one of its own, of that."""
    own = {name: s["population"] for name, s in networks.items() if "population" in s}
    wanted = [own.get(name, style["population"]) for name in likeness["network"]]
    return likeness[likeness["population"] == pd.Series(wanted, likeness.index, dtype=object)]


def rows_of(networks: Networks, replicates: Replicates) -> dict[str, str]:
    """Name each row and its training; networks that differ in seed share one."""
    shared = {member: name for name, members in replicates.items() for member in members}
    return {shared.get(name, name): settings["training"] for name, settings in networks.items()}


def _caption(style: Mapping) -> str:
    return (
        "Correlation of a network's confusions with those of each human set (columns), read from "
        f"{POPULATIONS[style['population']]}: over the 30 kinds of error, and over the 15 "
        "similarities of a choice model, from which response biases are taken out. Lines: 95 % "
        "bootstrap intervals over test identities, and over seeds where dots share a row (small "
        f"dots: each seed). Filled: p < {short(ALPHA)} of 720 permutations of the labels, "
        "one-sided, not corrected for the number of sets; the smallest possible p is "
        f"{short(round(SMALLEST_P, 4))}. Band: noise ceiling, from how alike a set is "
        "to the mean of the other sets (left end) "
        "to that of all sets, itself included (right end). Dotted: what a true model of the same "
        "observers would reach, where answers were counted. Pixels: without a "
        "network, all of them; what makes no errors at all has no row."
    )


def _draw_band(axes: Axes, ceiling: pd.DataFrame, style: Mapping) -> None:
    axes.axvline(0, color=style["faint"], linewidth=0.5)
    if ceiling.empty:
        return
    lower, upper, within = ceiling[["lower", "upper", "within"]].to_numpy(float)[0]
    if np.isfinite(lower):
        axes.axvspan(lower, upper, color=BAND, linewidth=0, zorder=0, gid="ceiling")
    if np.isfinite(within):
        axes.axvline(within, color=style["faint"], linewidth=0.8, linestyle=":", gid="within")


def _draw_rows(
    axes: Axes, table: pd.DataFrame, rows: Mapping[str, str], replicates: Replicates, style: Mapping
) -> None:
    for y, (name, training) in enumerate(rows.items()):
        colour = style["trainings"][training]
        seeds = table[table["network"].isin(replicates.get(name, ()))]["estimate"]
        axes.plot(seeds, [y + 0.27] * len(seeds), "o", color=colour, markersize=1.4, gid="seed")
        for row in parts.select(table, network=name).itertuples():
            reach = row.estimate - max(row.lower, -1), min(row.upper, 1) - row.estimate
            parts.draw_estimate(
                axes, (row.estimate, y), reach, colour, row.p < ALPHA, gid="estimate"
            )
    parts.part_rows(axes, len(rows), style)
