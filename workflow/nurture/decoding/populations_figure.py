"""What is decoded from populations of equal size, and what is lost without the selective units."""

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.core import style as parts
from nurture.core.rows import Networks, short
from nurture.statistics.verdicts import LEVEL

FIGURE = {
    "category": "Units",
    "place": 1,
    "tables": ["populations", "ablation"],
    "networks": ["shown"],
    "needs": ["networks", "select_on", "train_on", "test_on"],
    "caption": "How well expression (a) and identity (b) of new faces are decoded from "
    "populations of equal size, in percent correct; dotted lines are chance. What is lost of "
    "both (c, d) when the selective units of the whole layer are ablated, compared with as many "
    "units drawn at random; filled marks lose more or less than nearly all of these draws.",
}
STYLE = {"row_height_mm": 18, "rows": 9}

POPULATIONS = {
    "selective": "o",
    "expression-only": "^",
    "identity-selective": "s",
    "random": "v",
    "all": "D",
}
"""Mark of each population, from the top of a row to its bottom."""

ABLATED = {"selective": -0.18, "random": 0.18}
TASKS = ("expression", "identity")
STEP = 0.18
LETTERS = 22
"""Of a name, and of a note in a narrow panel."""


@parts.styled(STYLE)
def draw(
    populations: pd.DataFrame, ablation: pd.DataFrame, networks: Networks, *, style: Mapping
) -> Figure:
    """Draw the accuracy of each population, and the loss without the selective units.

    Networks as rows; accuracy of both tasks and loss of both as columns.

    Parameters
    ----------
    populations : pandas.DataFrame
        network, layer, population, task, n_units, accuracy, lower, upper, chance, note.
    ablation : pandas.DataFrame
        network, layer, task, ablated, n_ablated, loss, lower, upper, p, note.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the rows.
    """
    networks, others = parts.fitting(networks, style["rows"])
    figure = parts.new_figure(
        style,
        len(networks) * style["row_height_mm"] + 48,
        "Do selective units carry more than other units do?",
        "a, b, Accuracy for new faces of equally many units of each population (n at the left), "
        "drawn several times, and of the whole layer. Selective: expression matters and identity "
        "does not; expression-only: expression matters, whatever identity does; "
        "identity-selective: identity matters and expression does not; random: any that respond. "
        "Expression is learned and tested on different identities, identity from five expressions "
        "to the sixth. c, d, Accuracy that the whole layer loses without its selective units "
        f"(colour; filled: p < {short(LEVEL)}, two-sided, of the random draws) and without as many "
        "random ones (grey). Bars: 95 %, over draws of units and resampled identities. Dotted: "
        "chance, or no loss.",
        others,
    )
    panels = figure.subplots(1, 4, sharey=True, width_ratios=(3, 3, 2, 2))
    for i, (axes, task) in enumerate(zip(panels, TASKS * 2, strict=True)):
        decoded = i < len(TASKS)
        parts.head(axes, i, f"{task} {'decoded' if decoded else 'lost'}", weight="bold")
        axes.set_xlabel("% correct" if decoded else "percentage points")
        table, draw_row = (populations, _draw_accuracy) if decoded else (ablation, _draw_loss)
        for y, (network, settings) in enumerate(networks.items()):
            rows = parts.select(table, network=network, layer=settings["readout"], task=task)
            draw_row(axes, rows, y, style["trainings"][settings["training"]], style)
        if decoded:
            axes.set_xlim(0, 102)
            chance = 100 * parts.select(populations, task=task)["chance"].dropna().head(1)
        for x in chance if decoded else [0]:
            axes.axvline(x, color=style["faint"], linewidth=0.6, linestyle=":")
        parts.part_rows(axes, len(networks), style)
    names = [_name(populations, *item) for item in networks.items()]
    colours = [style["trainings"][settings["training"]] for settings in networks.values()]
    parts.name_rows(panels[0], names, colours)
    marks = {name: {"marker": mark, "linestyle": "none"} for name, mark in POPULATIONS.items()}
    parts.key(figure, marks, style)
    return figure


def _draw_accuracy(axes: Axes, table: pd.DataFrame, y: int, colour: str, style: Mapping) -> None:
    notes = list(table["note"].unique())
    if table["accuracy"].isna().all() and len(notes) < 2:
        # Said once, where nothing at all could be analysed.
        _write(axes, notes[0] if notes else "no result", y, style)
        return
    rows = table.set_index("population")
    for i, (name, mark) in enumerate(POPULATIONS.items()):
        row, place = rows.loc[name], y + STEP * (i - 2)
        if np.isnan(row["accuracy"]):
            _write(axes, row["note"], place, style)
            continue
        ink = colour if name == "selective" else style["faint"]
        _draw_point(axes, 100 * row[["accuracy", "lower", "upper"]].astype(float), place, ink, name)
        axes.lines[-1].set_marker(mark)


def _draw_point(axes: Axes, values: Sequence[float], y: float, colour: str, name: str) -> None:
    value, lower, upper = values
    axes.plot(np.clip([lower, upper], -100, 100), [y, y], color=colour, gid=f"interval of {name}")
    axes.plot(value, y, "o", color=colour, gid=name)


def _draw_loss(axes: Axes, table: pd.DataFrame, y: int, colour: str, style: Mapping) -> None:
    rows = table.set_index("ablated")
    if rows.empty or np.isnan(rows.loc["selective", "loss"]):
        note = "no result" if rows.empty else rows.loc["selective", "note"]
        _write(axes, fill(note, LETTERS), y, style)
        return
    for name, shift in ABLATED.items():
        ink = colour if name == "selective" else style["faint"]
        values = 100 * rows.loc[name, ["loss", "lower", "upper"]].astype(float)
        _draw_point(axes, values, y + shift, ink, f"without {name}")
        if name == "selective" and not rows.loc[name, "p"] < LEVEL:
            axes.lines[-1].set_markerfacecolor("white")


def _write(axes: Axes, text: str, y: float, style: Mapping) -> None:
    # No dotted line goes through letters.
    box = {"facecolor": axes.get_facecolor(), "edgecolor": "none", "pad": 1}
    parts.write_on_row(axes, text, (0.02, y), style, bbox=box)


def _name(populations: pd.DataFrame, network: str, settings: Mapping) -> str:
    """Name a network, its training, and how many units of its layer were compared."""
    rows = parts.select(populations, network=network, layer=settings["readout"])
    rows = rows[rows["accuracy"].notna()]
    drawn, whole = rows[rows["population"] != "all"], rows[rows["population"] == "all"]
    units = f": {drawn['n_units'].iloc[0]:,} of {whole['n_units'].iloc[0]:,}" if len(drawn) else ""
    lines = [parts.name_lines(network, LETTERS), parts.TRAINED_ON[settings["training"]]]
    return "\n".join([*lines, settings["readout"] + units])
