"""On which images networks err, beside observers who were shown the same ones."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.core import style as parts
from nurture.core.expressions import OBSERVERS
from nurture.core.rows import Networks

FIGURE = {
    "category": "Confusions",
    "tables": ["error_consistency", "observers_likeness"],
    "networks": ["shown", "baseline"],
    "when": "observers.own_sets",
    "needs": ["networks", "select_on", "train_on", "test_on", "morphs"],
    "caption": "Networks beside observers who were shown the very same images. Left: do they err "
    "on the same images, beyond what their accuracies give (error consistency, kappa)? The band is "
    "how far observers do so with each other. Right: are their kinds of error alike when noise has "
    "brought the network to the observers' accuracy? The dotted line is what a perfect model of "
    "these observers would reach.",
}
STYLE = {"row_height_mm": 6, "population": "all"}

UNITS = {
    "all": "all units",
    "selective": "selective units",
    "nonselective": "size-matched nonselective units",
}
BAND = "#DDDDDD"


@parts.styled(STYLE)
def draw(
    consistency: pd.DataFrame, likeness: pd.DataFrame, networks: Networks, *, style: Mapping
) -> Figure:
    """Draw error consistency and likeness to own human sets, a row of panels for each set.

    Parameters
    ----------
    consistency : pandas.DataFrame
        human and the columns of `nurture.observers.beside.error_consistency`.
    likeness : pandas.DataFrame
        human and the columns of `nurture.observers.beside.observers_likeness`.
    networks : mapping of str to mapping
        ``training`` of each network, and ``population`` of one that has its own, in the order of
        the rows.
    style : mapping
        Changes to ``STYLE``; ``population`` says which units.
    """
    humans = list(dict.fromkeys(consistency["human"]))
    figure = parts.new_figure(
        style,
        len(humans) * (len(networks) * style["row_height_mm"] + 14) + 36,
        "Do networks err as observers of the same images do?",
        f"Read from {UNITS[style['population']]}. Left: filled, chance by overall accuracy; open, "
        "by the accuracy with each expression, so that what is hard for all does not count; the "
        "band and the dashed line are observers with each other, likewise. Right: Pearson's r over "
        "the 30 kinds of error at the observers' accuracy. Lines: 95 % jackknife intervals over "
        "observers and identities, those of r corrected for its bias.",
    )
    panels = figure.subplots(len(humans), 2, squeeze=False, sharey=True)
    for i, ((left, right), human) in enumerate(zip(panels, humans, strict=True)):
        _draw_kappa(left, parts.select(consistency, human=human), networks, style)
        _draw_likeness(right, parts.select(likeness, human=human), networks, style)
        colours = [style["trainings"][settings["training"]] for settings in networks.values()]
        parts.name_rows(left, [parts.name_lines(name, 24) for name in networks], colours)
        for axes in (left, right):
            parts.part_rows(axes, len(networks), style)
        parts.head(left, 2 * i, f"error consistency with {human}")
        parts.head(right, 2 * i + 1, f"likeness to {human}")
    return figure


def _draw_kappa(axes: Axes, table: pd.DataFrame, networks: Mapping, style: Mapping) -> None:
    axes.axvline(0, color=style["faint"], linewidth=0.5)
    for people in parts.select(table, network=OBSERVERS).itertuples():
        if people.chance == "accuracy" and np.isfinite(people.lower):
            axes.axvspan(people.lower, people.upper, color=BAND, linewidth=0, gid="observers")
        line = "-" if people.chance == "accuracy" else "--"
        axes.axvline(people.kappa, color=style["human"], linestyle=line, gid=people.chance)
    for chance, shift in (("accuracy", -0.15), ("expression", 0.15)):
        chosen = parts.select(table, at="own", chance=chance)
        _draw_points(axes, chosen, "kappa", networks, style, shift, chance == "accuracy")
    axes.set_xlabel("kappa")


def _draw_likeness(axes: Axes, table: pd.DataFrame, networks: Mapping, style: Mapping) -> None:
    axes.axvline(0, color=style["faint"], linewidth=0.5)
    for people in parts.select(table, network=OBSERVERS).itertuples():
        axes.axvline(people.estimate, color=style["human"], linestyle=":", gid="ceiling")
    chosen = parts.select(table, at="observers", statistic="pearson")
    _draw_points(axes, chosen, "estimate", networks, style, 0, True)
    axes.set(xlim=(-1, 1.02), xlabel="r")


def _draw_points(
    axes: Axes,
    table: pd.DataFrame,
    value: str,
    networks: Networks,
    style: Mapping,
    shift: float,
    filled: bool,
) -> None:
    for y, (name, settings) in enumerate(networks.items()):
        population = settings.get("population", style["population"])
        colour = style["trainings"][settings["training"]]
        for row in parts.select(table, network=name, population=population).itertuples():
            at = getattr(row, value)
            if not np.isfinite(at):
                continue
            reach = np.nan_to_num([at - row.lower, row.upper - at]).clip(0)
            parts.draw_estimate(axes, (at, y + shift), reach, colour, filled, gid=name)
