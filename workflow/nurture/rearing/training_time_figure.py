"""The measures of the diets on the way: at several numbers of images seen."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.core.style import grid_of, head, new_figure, panels_of, select, styled
from nurture.networks.reared import NONE
from nurture.rearing.diets_figure import (
    PANELS,
    SHARE,
    SHARES,
    Panel,
    begin_panel,
    each_seed,
    look,
    name_diets,
)

FIGURE = {
    "category": "Experience",
    "place": 3,
    "tables": ["diets"],
    "asks": {"readout": "rearing.diets_readout"},
    "when": "rearing.stored_on_the_way",
    "needs": ["networks", "select_on", "train_on", "test_on", "morphs", "judge"],
    "caption": "How the measures change in the course of rearing. Each panel is a measure, read "
    "from one layer of networks that were stored after so many images, and at the end. Grey is "
    "the same architecture untrained. Large marks are means over seeds, small dots the seeds, "
    "lines 95 % intervals. Nothing is tested here.",
}
STYLE = {"panel_height_mm": 42, "columns": 3}

FIRST = Panel(SHARE, "Selective units,\nshare of the layer", limits=SHARES)
STEP, ASIDE = 0.08, 0.2
"""Distance of one diet's marks from the next one's, and of seeds from their mean."""


@styled(STYLE)
def draw(values: pd.DataFrame, readout: str, *, style: Mapping) -> Figure:
    """Draw every measure at the readout against the number of images seen; diets by colour.

    Values are those of `nurture.rearing.diets_tables.diets`.
    """
    values = values[values["layer"] == readout]
    on_the_way = values[values["finished"] == 0]["diet"]
    values = values[values["diet"].isin([*on_the_way, NONE])]
    values, marks = _places(values)
    panels = (FIRST, *PANELS)
    grid = grid_of(len(panels), style["columns"])
    height = grid[0] * style["panel_height_mm"] + 38
    figure = new_figure(style, height, "Measures in the course of rearing", _caption())
    axes = panels_of(figure, len(panels), grid)
    for i, (place, panel) in enumerate(zip(axes, panels, strict=True)):
        head(place, i, panel.title)
        _draw_panel(place, select(values, measure=panel.measure), marks, panel, style)
    for place in axes[-grid[1] :]:
        place.set_xlabel("images seen")
    name_diets(figure, values, style)
    return figure


def _places(values: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Add where each row stands, in the order of the marks, which are returned too.

    Rearing ends when held-out views are named no better: after more images in some than in others.
    """
    on_the_way = values[values["finished"] == 0]
    seen = [0.0, *sorted(set(on_the_way["images"]))]
    end = (values["finished"] == 1) & (values["diet"] != NONE)
    marks = zip(end, values["images"], strict=True)
    place = [len(seen) if over else seen.index(n) for over, n in marks]
    return values.assign(place=place), [*map(_short, seen), "end"]


def _caption() -> str:
    return (
        "Measures at the layer read out, of networks stored in the course of rearing and at its "
        "end (last mark of a line); numbers of images are spaced evenly. Marks: means over seeds, "
        "where several were stored; small dots: each seed. Bars: 95 % intervals over seeds, and "
        "over test identities or continua, where anything was resampled. Grey at 0 and broken "
        "line: the untrained networks of the same architecture. Dotted: no effect. No mark: too "
        "few units are selective. Not tested: the table diets_compared compares diets at the "
        "end."
    )


def _draw_panel(
    axes: Axes, values: pd.DataFrame, marks: Sequence[str], panel: Panel, style: Mapping
) -> None:
    rows = begin_panel(axes, values, panel, style)
    if rows.empty:
        return
    diets = list(dict.fromkeys(values["diet"]))
    dots = each_seed(values)
    for i, diet in enumerate(diets):
        shift = 0 if diet == NONE else STEP * (i - (len(diets) - 2) / 2)
        mine = select(rows, diet=diet).sort_values("place")
        colour = style["trainings"][mine["training"].iloc[0]]
        x = mine["place"].to_numpy() + shift
        axes.plot(x, mine["estimate"], gid=diet, **look(mine["training"].iloc[0], style))
        axes.vlines(x, mine["lower"], mine["upper"], color=colour, linewidth=0.8)
        single = select(dots, diet=diet)
        places = single["place"] + shift + ASIDE
        axes.plot(places, single["estimate"], "o", color=colour, markersize=1.4, gid="seed")
        if diet == NONE:
            axes.axhline(mine["estimate"].iloc[0], color=colour, linewidth=0.6, linestyle="--")
    if np.isfinite(panel.none):
        axes.axhline(panel.none, color=style["faint"], linewidth=0.6, linestyle=":")
    axes.set_xticks(range(len(marks)), marks)
    axes.set_xlim(-0.5, len(marks) - 0.5)
    axes.locator_params(axis="y", nbins=4)


def _short(n: float) -> str:
    """Write a number of images in few letters."""
    return f"{n / 1000:.3g}k" if n >= 1000 else f"{n:g}"
