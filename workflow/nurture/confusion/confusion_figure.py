"""Confusion matrices of networks and of observers."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.confusion.matrices import from_cells
from nurture.core import style as parts
from nurture.core.expressions import EXPRESSIONS
from nurture.core.names import BASELINE
from nurture.core.rows import Networks
from nurture.core.shown import fewest_shown, over

FIGURE = {
    "category": "Confusions",
    "place": 2,
    "tables": ["confusion", "confusion_scores", "human_confusion"],
    "networks": ["shown", "baseline"],
    "needs": ["networks", "select_on", "train_on", "test_on"],
    "caption": "Which expression is taken for which. Rows of a matrix are the expression shown, "
    "columns the answer, numbers are percent of answers. Coloured names: a classifier that reads a "
    "network's selective units; after them, observers. Pixels are what the same classifier makes "
    "of the pictures without a network.",
}
STYLE = {"columns": [5, 6], "panel_height_mm": 42, "networks": 8, "population": "selective"}

POPULATIONS = {
    "selective": "expression-selective units",
    "all": "all units",
    "nonselective": "size-matched nonselective units",
}
LETTERS = 20
"""That fit above a panel."""


@parts.styled(STYLE)
def draw(
    confusion: pd.DataFrame,
    scores: pd.DataFrame,
    human: pd.DataFrame,
    networks: Networks,
    *,
    style: Mapping,
) -> Figure:
    """Draw the confusion matrix of each network's readout layer above those of observers.

    Rows of a matrix are what was shown, columns what was answered.

    Parameters
    ----------
    confusion : pandas.DataFrame
        network, layer, population, shown, answered, proportion (of shown).
    scores : pandas.DataFrame
        network, layer, population, n_units, accuracy, n_expressions, note (why there is no matrix).
    human : pandas.DataFrame
        human, observers, shown, answered, proportion.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the panels, and
        ``population`` where it is not the style's.
    style : mapping
        Changes to ``STYLE``; ``population`` says which units are shown.
    """
    observers, n = list(dict.fromkeys(human["human"])), fewest_shown(scores)
    # Observers were shown all expressions.
    fewer = "" if n == len(EXPRESSIONS) else f", of networks over {over(n)}"
    perfect = _without_errors(confusion, networks)
    networks = {name: settings for name, settings in networks.items() if name not in perfect}
    networks, others = parts.fitting(networks, style["networks"])
    count = len(networks) + len(observers)
    grid = parts.grid_of(count, style["columns"])
    figure = parts.new_figure(
        style,
        grid[0] * style["panel_height_mm"] + 38,
        "Which expression is taken for which: networks and observers",
        "Numbers and shades: percentage of answers to the expression shown. "
        f"Above: mean of the diagonal{fewer}; chance is 1/{n} ({100 / n:.0f} %). "
        "Coloured names: a linear classifier "
        f"reads the {POPULATIONS[style['population']]} of the layer named, trained on the "
        "training set, tested on the test set. Observers: n is how many answered; published ones "
        f"saw photographs.{_without_network(networks, perfect)}",
        others,
    )
    panels = parts.panels_of(figure, count, grid)
    for i, panel in enumerate(panels):
        label_matrix(panel, bottom=i + grid[1] >= count, left=i % grid[1] == 0)
    for i, (network, settings) in enumerate(networks.items()):
        place = {"network": network, "layer": settings["readout"]}
        place["population"] = settings.get("population", style["population"])
        table, score = (parts.select(given, **place) for given in (confusion, scores))
        title = f"{parts.name_lines(network, LETTERS)}\n{parts.TRAINED_ON[settings['training']]}"
        title += _draw_network(panels[i], table, score, style)
        look = {"color": style["trainings"][settings["training"]], "size": style["small_font_size"]}
        parts.head(panels[i], i, title, **look)
    for i, name in enumerate(observers, len(networks)):
        table = human[human["human"] == name]
        draw_matrix(panels[i], table, style)
        crowd = table["observers"].iloc[0]
        crowd = "n unknown" if np.isnan(crowd) else f"n = {crowd:.0f}"
        lines = [parts.name_lines(name, LETTERS), f"observers, {crowd}"]
        lines.append(f"{percent_correct(table)} correct")
        parts.head(panels[i], i, "\n".join(lines), size=style["small_font_size"])
    return figure


def _without_errors(confusion: pd.DataFrame, networks: Networks) -> list[str]:
    """Baselines that make no errors: there is nothing to see in their matrix."""
    found = []
    for name, settings in networks.items():
        if settings["training"] == BASELINE:
            mine = parts.select(confusion, network=name, population=settings["population"])
            found += [name] * bool(len(mine) and (np.diag(from_cells(mine)) == 1).all())
    return found


def _without_network(networks: Networks, perfect: Sequence[str]) -> str:
    """Describe what baselines are, where there are any."""
    drawn = [name for name, settings in networks.items() if settings["training"] == BASELINE]
    text = ""
    if drawn:
        text += f" No network: the same classifier reads all {' and '.join(drawn)}."
    if perfect:
        text += f" Reading all {' and '.join(perfect)} it makes no errors, which is not drawn."
    return text


def _draw_network(axes: Axes, table: pd.DataFrame, score: pd.DataFrame, style: Mapping) -> str:
    """Draw a network's matrix, or say why there is none; return what to add above it."""
    if table.empty:
        note = score["note"].dropna()
        axes.set(xlim=(-0.5, 5.5), ylim=(5.5, -0.5), aspect="equal")
        parts.empty(axes, note.iloc[0] if len(note) else "no result", style, width=20)
        return ""
    draw_matrix(axes, table, style)
    [one] = score.head(1).itertuples()
    source = parts.name_lines(f"{int(one.n_units):,} units of {one.layer}", LETTERS)
    return f"\n{source}\n{percent_correct(table)} correct"


def percent_correct(table: pd.DataFrame) -> str:
    """Mean of the diagonal of a confusion table, in percent."""
    return f"{100 * np.nanmean(np.diag(from_cells(table))):.0f} %"


def label_matrix(axes: Axes, bottom: bool = True, left: bool = True) -> None:
    """Name rows and columns of a matrix on the sides that are asked for."""
    axes.set_xticks(range(6), EXPRESSIONS if bottom else [""] * 6, rotation=90)
    axes.set_yticks(range(6), EXPRESSIONS if left else [""] * 6)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("answered" if bottom else "")
    axes.set_ylabel("shown" if left else "")


def draw_matrix(axes: Axes, table: pd.DataFrame, style: Mapping) -> None:
    """Draw one confusion matrix with its numbers; white numbers on dark cells."""
    matrix = from_cells(table)
    axes.imshow(matrix, cmap=style["confusion_colormap"], vmin=0, vmax=1)
    look = {"ha": "center", "va": "center", "size": style["small_font_size"]}
    for (row, column), value in np.ndenumerate(matrix):
        percent, ink = f"{100 * value:.0f}", "white" if value > 0.55 else style["ink"]
        axes.text(column, row, "" if percent in ("0", "nan") else percent, color=ink, **look)
