"""How networks were reared, and what they had learned before any question about expressions."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.core.style import head, name_rows, new_figure, part_rows, select, styled
from nurture.networks.reared import DIETS, NONE, TRAININGS
from nurture.rearing.diets_figure import NAMES

FIGURE = {
    "category": "Experience",
    "place": 1,
    "tables": ["training_check", "learning_curves"],
    "when": "rearing.checked",
    "needs": ["networks", "select_on", "train_on", "test_on", "morphs", "judge"],
    "caption": "How the networks of controlled rearing learned, and what they know. They are "
    "shown views that they have not seen of what they were reared on, and identities and kinds of "
    "objects that are new to them; nothing here is about expressions.",
}
STYLE = {"height_mm": 70}

AIMS = {"accuracy on held-out views": 0.8, "same-different AUC, never seen": 0.9}
"""What was aimed at before any network was reared."""


@styled(STYLE)
def draw(check: pd.DataFrame, curves: pd.DataFrame, *, style: Mapping) -> Figure:
    """Draw `nurture.rearing.training_check.check_training` and ``learning_curves``."""
    title = "Reared: what the networks learned to distinguish"
    figure = new_figure(style, style["height_mm"], title, _caption())
    left, *others = figure.subplots(1, 4, width_ratios=[1.5, 1, 1, 1])
    _draw_curves(left, curves, style)
    accuracy, auc = AIMS
    diets = [diet for diet in DIETS if diet in set(check["diet"])]
    _draw_check(others[0], diets, select(check, measure=accuracy), accuracy, style)
    for i, (axes, shown) in enumerate(zip(others[1:], ("faces", "objects"), strict=True)):
        _draw_check(axes, diets, select(check, measure=auc, shown=shown), auc, style)
        head(axes, i + 2, f"Same or different:\n{shown} never seen")
    head(others[0], 1, "Named, views\nnever seen")
    for axes in others[1:]:
        axes.set_yticklabels([])
    for axes, label in zip(others, ("share named", "AUC", "AUC"), strict=True):
        axes.set_xlabel(label)
    return figure


def _caption() -> str:
    return (
        "a, Share of held-out views that are named in the course of rearing, a line for each "
        "seed; dots: the weights that were kept. b to d, The networks as they are stored. Views "
        "and identities or objects that decided nothing about rearing; small dots: seeds, large: "
        "their mean; lines: 95 % intervals over classes, of each seed. The untrained were asked to "
        "name the views of every diet: a dot is a seed's mean over these, without an interval. "
        "Broken: chance. Dotted: the aim that was set beforehand."
    )


def _colour(diet: str, style: Mapping) -> str:
    return style["trainings"][TRAININGS.get(diet, NONE)]


def _draw_curves(axes: Axes, curves: pd.DataFrame, style: Mapping) -> None:
    for _, line in curves.groupby("network", sort=False):
        colour = _colour(line["diet"].iloc[0], style)
        x, y = [0, *line["images"] / 1000], [0, *line["accuracy"]]
        axes.plot(x, y, "-", color=colour, linewidth=0.9, gid=line["network"].iloc[0])
        kept = line[line["kept"].astype(bool)]
        axes.plot(kept["images"] / 1000, kept["accuracy"], "o", color=colour, markersize=2.5)
    axes.set_xlabel("images seen, thousands")
    axes.set_ylabel("share named")
    axes.set_ylim(0, 1.02)
    axes.set_yticks([0, 0.5, 1], ["0", ".5", "1"])
    head(axes, 0, "Learning curves:\nheld-out views named")


def _draw_check(
    axes: Axes, diets: Sequence[str], rows: pd.DataFrame, measure: str, style: Mapping
) -> None:
    for row, diet in enumerate(diets):
        mine, colour = select(rows, diet=diet), _colour(diet, style)
        seeds = mine.groupby("network", sort=False)["estimate"].mean()
        places = row + np.linspace(-0.25, 0.25, len(seeds)) if len(seeds) > 1 else np.array([row])
        place = dict(zip(seeds.index, places, strict=False))
        one = mine[~mine["network"].duplicated(keep=False)]
        ends = one[["lower", "upper"]].to_numpy().T
        axes.hlines([place[name] for name in one["network"]], *ends, color=colour, linewidth=0.8)
        axes.plot(seeds, places[: len(seeds)], "o", color=colour, markersize=1.8, gid="seed")
        axes.plot(seeds.mean(), row, "o", color=colour, markersize=4.5, gid=diet)
    if len(rows):
        axes.axvline(rows["chance"].iloc[0], color=style["faint"], linewidth=0.6, linestyle="--")
    axes.axvline(AIMS[measure], color=style["faint"], linewidth=0.6, linestyle=":")
    colours = [_colour(diet, style) for diet in diets]
    name_rows(axes, [NAMES.get(diet, diet) for diet in diets], colours)
    part_rows(axes, len(diets), style)
    axes.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
    axes.set_xlim(min(0.4, rows["chance"].min() - 0.05) if len(rows) else 0, 1.02)
