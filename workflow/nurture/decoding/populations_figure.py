"""What is decoded from populations of equal size, and what is lost without the selective units."""

from collections.abc import Mapping
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.core.style import TRAINED_ON, empty, new_figure, select, styled, wrap

FIGURE = {
    "category": "Units",
    "place": 1,
    "tables": ["populations", "ablation"],
    "networks": ["shown"],
    "needs": ["networks", "select_on", "train_on", "test_on"],
    "caption": "How well expression (left) and identity (middle) of new faces are decoded from "
    "populations of equal size, in percent correct; dotted lines are chance. Right, what is lost "
    "of the whole layer when its selective units are ablated, compared with as many units drawn "
    "at random.",
}
STYLE = {"row_height_mm": 21}

POPULATIONS = ("selective", "expression-only", "identity-selective", "random", "all")
ABLATED = {"selective": -0.17, "random": 0.17}
TASKS = ("expression", "identity")
MARGIN_MM = 24
"""Left of the panels, for the names of populations."""

BOLD = 7 / 6
"""Bold letters are wider by so much."""

LINE = 1.3
"""Height of a line of text in sizes of its font."""

LETTERS = 24
"""Of a note in the narrowest panel."""

HEADINGS = ("Expression", "Identity", "Lost without selective units")


@styled(STYLE)
def draw(
    populations: pd.DataFrame,
    ablation: pd.DataFrame,
    networks: Mapping[str, Mapping],
    *,
    style: Mapping,
) -> Figure:
    """Draw the accuracy of each population, and the loss without the selective units.

    Parameters
    ----------
    populations : pandas.DataFrame
        network, layer, population, task, n_units, accuracy, lower, upper, chance, note.
    ablation : pandas.DataFrame
        network, layer, task, ablated, n_ablated, loss, lower, upper, p, note.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the rows.
    style : mapping
        Changes to ``STYLE``.

    Returns
    -------
    matplotlib.figure.Figure
        Networks as rows; expression, identity and loss as columns.
    """
    figure = new_figure(
        style,
        len(networks) * style["row_height_mm"] + 52,
        "Expression and identity decoded from populations of equal size",
        "Selective: expression matters and identity does not. Expression-only: expression matters, "
        "whatever identity does. Identity-selective: identity matters and expression does not. "
        "Random: any that respond. Each population gives equally many units, drawn several times; "
        "all: the whole layer. Expression is learned and tested on different identities; identity "
        "within the test set, from five expressions to the sixth. None of them selected units. "
        "Right: what is lost of the whole layer when the selective units (coloured) or as many "
        "random ones are ablated; p: two-sided, from the random draws that lose as much or as "
        "little. Bars: 95 %, over draws of units and resampled identities. Dotted: chance, and no "
        "loss.",
    )
    axes = figure.subplots(len(networks), 3, squeeze=False, sharex="col", width_ratios=(4, 4, 3))
    for i, (row, (network, settings)) in enumerate(zip(axes, networks.items(), strict=True)):
        place = {"network": network, "layer": settings["readout"]}
        colour = style["trainings"][settings["training"]]
        accuracies, losses = select(populations, **place), select(ablation, **place)
        for panel, task in zip(row[:2], TASKS, strict=True):
            table = accuracies[accuracies["task"] == task].set_index("population")
            _draw_accuracy(panel, table, colour, style, named=panel is row[0])
        _draw_loss(row[2], losses, colour, style)
        name = f"{network}, {TRAINED_ON[settings['training']]}: {settings['readout']}"
        _name_row(row, name + _sizes(accuracies, losses), colour, style, first=i == 0)
    for panel in axes[-1, :2]:
        panel.set_xlabel("% correct")
        panel.set_xlim(0, 102)
    axes[-1, 2].set_xlabel("percentage points")
    return figure


def _draw_accuracy(
    axes: Axes, table: pd.DataFrame, colour: str, style: Mapping, named: bool
) -> None:
    axes.set_ylim(len(POPULATIONS) - 0.5, -0.5)
    axes.set_yticks(range(len(POPULATIONS)), POPULATIONS if named else [""] * len(POPULATIONS))
    axes.tick_params(axis="y", length=0)
    notes = list(table["note"].unique())
    if table["accuracy"].isna().all() and len(notes) < 2:
        # Said once, where nothing at all could be analysed.
        empty(axes, notes[0] if notes else "no result", style)
        return
    axes.axvline(100 * table["chance"].iloc[0], color=style["faint"], linewidth=0.6, linestyle=":")
    for y, name in enumerate(POPULATIONS):
        row = table.loc[name]
        if np.isnan(row["accuracy"]):
            _write(axes, 0.02, y, row["note"], style)
            continue
        ink = colour if name == "selective" else style["ink"]
        _draw_point(axes, 100 * row[["accuracy", "lower", "upper"]].astype(float), y, ink, name)


def _draw_point(axes: Axes, values: pd.Series, y: float, colour: str, name: str) -> None:
    value, lower, upper = values
    axes.plot(np.clip([lower, upper], -100, 100), [y, y], color=colour, gid=f"interval of {name}")
    axes.plot(value, y, "o", color=colour, gid=name)


def _draw_loss(axes: Axes, table: pd.DataFrame, colour: str, style: Mapping) -> None:
    axes.set_ylim(1.5, -0.5)
    axes.set_yticks(range(2), TASKS)
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color=style["faint"], linewidth=0.6, linestyle=":")
    for y, task in enumerate(TASKS):
        rows = table[table["task"] == task].set_index("ablated")
        if rows.empty or np.isnan(rows.loc["selective", "loss"]):
            note = "no result" if rows.empty else rows.loc["selective", "note"]
            _write(axes, 0.02, y, fill(note, LETTERS), style)
            continue
        for name, shift in ABLATED.items():
            ink = colour if name == "selective" else style["ink"]
            values = 100 * rows.loc[name, ["loss", "lower", "upper"]].astype(float)
            _draw_point(axes, values, y + shift, ink, f"{task} without {name}")
        _write(axes, 1.02, y, f"p {_tested(rows.loc['selective', 'p'])}", style)


def _tested(p: float) -> str:
    """Write a p value as in running text: = .03, or < .01 when it is smaller."""
    return "< .01" if p < 0.01 else f"= {p:.2f}".replace("0.", ".")


def _write(axes: Axes, x: float, y: float, text: str, style: Mapping) -> None:
    axes.text(
        x,
        y,
        text,
        transform=axes.get_yaxis_transform(),
        va="center",
        color=style["faint"],
        size=style["small_font_size"],
        # No dotted line goes through letters.
        bbox={"facecolor": axes.get_facecolor(), "edgecolor": "none", "pad": 1},
    )


def _sizes(accuracies: pd.DataFrame, losses: pd.DataFrame) -> str:
    """Describe how many units were compared and ablated."""
    drawn = accuracies[accuracies["accuracy"].notna() & (accuracies["population"] != "all")]
    whole = accuracies.loc[accuracies["population"] == "all", "n_units"]
    ablated = losses.loc[losses["loss"].notna(), "n_ablated"]
    text = ""
    if len(drawn):
        text += f", {drawn['n_units'].iloc[0]:,} units each (all: {whole.iloc[0]:,})"
    if len(ablated):
        text += f"; {ablated.iloc[0]:,} ablated"
    return text


def _name_row(row: np.ndarray, name: str, colour: str, style: Mapping, first: bool) -> None:
    """Write above a row what it is of, and above the first one what its columns are."""
    narrower = {**style, "width_mm": style["width_mm"] - MARGIN_MM}
    name = wrap(name, narrower, BOLD * style["font_size"])
    lines = name.count("\n") + 1
    # The text goes on beyond the panel's edge, so an empty title keeps room for it.
    row[0].set_title("\n".join([" "] * (lines + 2 * first)))
    _write_above(row[0], name, 3, color=colour)
    for panel, heading in zip(row, HEADINGS if first else (), strict=False):
        height = 6 + LINE * style["font_size"] * lines
        _write_above(panel, heading, height, size=style["font_size"] + 1)


def _write_above(axes: Axes, text: str, height: float, **font) -> None:
    axes.annotate(
        text,
        (0, 1),
        (0, height),
        xycoords="axes fraction",
        textcoords="offset points",
        weight="bold",
        in_layout=False,
        **font,
    )
