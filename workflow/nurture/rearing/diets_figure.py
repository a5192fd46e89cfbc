"""One architecture, several training diets: faces, neutral faces, objects, both, nothing."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.core.expressions import EXPRESSIONS
from nurture.core.rows import short
from nurture.core.shown import chance, fewest_shown, over
from nurture.core.style import (
    MARKS,
    empty,
    head,
    key,
    name_lines,
    name_rows,
    new_figure,
    part_rows,
    select,
    styled,
)
from nurture.networks.reared import NONE
from nurture.statistics.verdicts import LEVEL

FIGURE = {
    "category": "Experience",
    "place": 2,
    "tables": ["diets", "diets_compared", "confusion_scores"],
    "asks": {"readout": "rearing.diets_readout"},
    "when": "rearing.diets",
    "needs": ["networks", "select_on", "train_on", "test_on", "morphs", "judge"],
    "caption": "One architecture, several training diets. Networks that differ in nothing but "
    "what they were reared on: faces with expressions, the same faces without any, objects, both, "
    "or nothing. Selective units along the depth, compared with chance (a), and how far their "
    "tuning repeats on other identities (b); what is read from one layer (c to j). Large marks are "
    "means over seeds, small dots the seeds, lines 95 % intervals. Filled marks differ from the "
    "untrained: p, corrected for all pairs of diets and layers of the measure, is below .05. "
    "Hollow ones can't be distinguished, or nothing was resampled.",
}
STYLE = {"depth_height_mm": 44, "panel_height_mm": 32, "columns": 4}

SHARE, BEYOND = (
    "selective units, share of the layer",
    "selective units beyond chance, share of the layer",
)
REPEATS = "tuning that repeats, r of halves"
NAMES = {"neutral": "neutral faces", NONE: "untrained"}
STEP = 0.12
"""Distance of one diet's mark from the next one's, in layers."""

ASIDE = 0.27
"""Distance of seeds from their mean, in rows."""


class Panel(NamedTuple):
    """A measure at the readout, with the value that marks no effect and what values can be."""

    measure: str
    title: str
    none: float = np.nan
    limits: tuple[float, float] = (-np.inf, np.inf)


SHARES, CORRELATIONS, EXPLAINED = (0, 1), (-1, 1), (-np.inf, 1)
PANELS = (
    Panel("accuracy, selective units", "Accuracy,\nselective units", limits=SHARES),
    Panel("accuracy, all units", "Accuracy,\nall units", limits=SHARES),
    *(
        Panel(
            f"likeness to observers, r of errors, {population} units",
            f"Likeness to observers,\n{population} units (r)",
            0,
            CORRELATIONS,
        )
        for population in ("selective", "all")
    ),
    Panel("logistic R2", "Identification:\nR² of a logistic", limits=EXPLAINED),
    Panel("linear R2", "Identification:\nR² of a line", limits=EXPLAINED),
    Panel("slope at the category boundary", "Identification: slope\nat the boundary"),
    Panel("excess of discrimination over pixels", "Distance across the\nboundary over pixels", 0),
)


@styled(STYLE)
def draw(
    values: pd.DataFrame,
    compared: pd.DataFrame,
    scores: pd.DataFrame,
    readout: str,
    *,
    style: Mapping,
) -> Figure:
    """Draw selective units by depth, and measures at the readout, by diet.

    Diets by colour: means over seeds with 95 % intervals, and a dot for each seed.

    Parameters
    ----------
    values, compared : pandas.DataFrame
        `nurture.rearing.diets_tables.diets` and ``compared_diets``.
    scores : pandas.DataFrame
        n_expressions: how many the test set shows, over which accuracy is the mean.
    readout : str
        The layer of all panels but the first two.
    """
    n_shown = fewest_shown(scores)
    values = values[values["finished"] == 1]
    columns = style["columns"]
    lines = -(-len(PANELS) // columns)
    heights = [style["depth_height_mm"], *[style["panel_height_mm"]] * lines]
    title = "One architecture, several training diets"
    figure = new_figure(style, sum(heights) + 42, title, _caption(values, readout, n_shown))
    grid = figure.add_gridspec(lines + 1, columns, height_ratios=heights)
    half = columns // 2
    first, second = (figure.add_subplot(grid[0, at]) for at in (slice(half), slice(half, None)))
    draw_depth(first, values, style)
    draw_repeats(second, values, style)
    at_readout = values[values["layer"] == readout]
    pairs = compared[compared["layer"] == readout]
    for i, panel in enumerate(PANELS):
        if panel.measure.startswith("accuracy"):
            panel = panel._replace(none=chance(n_shown))
        axes = figure.add_subplot(grid[1 + i // columns, i % columns])
        head(axes, i + 2, panel.title)
        _draw_diets(axes, at_readout, pairs, panel, style)
        axes.tick_params(labelleft=i % columns == 0)
    name_diets(figure, values, style)
    return figure


def _caption(values: pd.DataFrame, readout: str, n_shown: int) -> str:
    seeds = values.groupby("diet")["n_seeds"].max()
    alone = "" if seeds.max() > 1 else " One network of each diet: nothing says how seeds vary."
    few = "" if n_shown == len(EXPRESSIONS) else f" Accuracy: mean over {over(n_shown)}."
    return (
        "Networks of one architecture that differ in what they were reared on alone, and the same "
        "untrained. Large marks: means over seeds; small dots: each seed. Bars: 95 % intervals "
        "over seeds, and over what was resampled, test identities or continua, where anything "
        f"was; cut at what such numbers can be.{alone} a, Percent of the layer; dashes: chance, "
        f"the mean under permuted labels. b, r of halves of the identities. c to j, At {readout}; "
        f"dotted: no effect; filled: differs from the untrained (p < {short(LEVEL)}, corrected by "
        "Holm's method for all pairs of diets and layers of the measure); hollow: not "
        f"distinguishable, or no p. No mark: too few units are selective.{few} Faces are "
        "rendered, and so were those of the diets."
    )


def means(values: pd.DataFrame) -> pd.DataFrame:
    """Rows of means over seeds, and of networks that are alone."""
    place = ["diet", "images", "finished", "layer", "measure"]
    # A mean stands behind its seeds in the table, also where only one of them has a value.
    return values.drop_duplicates(place, keep="last")


def each_seed(values: pd.DataFrame) -> pd.DataFrame:
    """Rows of single networks that have a mean beside them."""
    return values.drop(index=means(values).index)


def begin_panel(axes: Axes, values: pd.DataFrame, panel: Panel, style: Mapping) -> pd.DataFrame:
    """Rows of a panel's means, none where it says that there is nothing to show."""
    rows = means(values)
    rows = rows.assign(**{end: rows[end].clip(*panel.limits) for end in ("lower", "upper")})
    if rows["estimate"].notna().any():
        return rows
    empty(axes, "no network with enough selective units", style)
    return rows.iloc[:0]


def draw_depth(axes: Axes, values: pd.DataFrame, style: Mapping) -> None:
    """Draw the share of selective units by layer, compared with chance."""
    share, beyond = (select(values, measure=name) for name in (SHARE, BEYOND))
    percent = {name: 100 * share[name] for name in ("estimate", "lower", "upper")}
    _draw_layers(axes, share.assign(**percent), style)
    above = means(beyond).set_index(["diet", "layer"])["estimate"]
    for i, (_, mine) in enumerate(means(share).groupby("diet", sort=False)):
        places = pd.MultiIndex.from_frame(mine[["diet", "layer"]])
        chance = 100 * (mine["estimate"].to_numpy() - above.reindex(places).to_numpy())
        colour = style["trainings"][mine["training"].iloc[0]]
        x = np.arange(len(chance)) + _shift(i, share["diet"].nunique())
        axes.plot(x, chance, "_", color=colour, markersize=6, gid="chance")
    head(axes, 0, "Selective units, % of the layer")
    axes.set_ylim(bottom=0)


def draw_repeats(axes: Axes, values: pd.DataFrame, style: Mapping) -> None:
    """Draw by layer how far tuning repeats on other identities."""
    mine = select(values, measure=REPEATS)
    mine = mine.assign(**{end: mine[end].clip(*CORRELATIONS) for end in ("lower", "upper")})
    _draw_layers(axes, mine, style)
    axes.axhline(0, color=style["faint"], linewidth=0.6, linestyle=":")
    head(axes, 1, "Tuning that repeats on other identities, r")


def name_diets(figure: Figure, values: pd.DataFrame, style: Mapping) -> None:
    """Write the diets below the title of a figure, each with its mark."""
    shown = values.drop_duplicates("diet").itertuples()
    marks = {NAMES.get(one.diet, one.diet): look(one.training, style) for one in shown}
    key(figure, marks, style)


def look(training: str, style: Mapping) -> dict[str, Any]:
    """Colour and mark of what a network was reared on."""
    return {"color": style["trainings"][training], "marker": MARKS[training][0]}


def _shift(i: int, n: int) -> float:
    return STEP * (i - (n - 1) / 2)


def _draw_layers(axes: Axes, values: pd.DataFrame, style: Mapping) -> None:
    layers = list(dict.fromkeys(values.sort_values("depth", kind="stable")["layer"]))
    diets = list(dict.fromkeys(values["diet"]))
    dots = each_seed(values)
    for i, diet in enumerate(diets):
        rows = select(means(values), diet=diet).set_index("layer").reindex(layers)
        colour = style["trainings"][rows["training"].dropna().iloc[0]]
        x = np.arange(len(layers)) + _shift(i, len(diets))
        mark = look(rows["training"].dropna().iloc[0], style)
        axes.plot(x, rows["estimate"], gid=diet, **mark)
        axes.vlines(x, rows["lower"], rows["upper"], color=colour, linewidth=0.8)
        mine = select(dots, diet=diet)
        places = x[[layers.index(layer) for layer in mine["layer"]]]
        axes.plot(places, mine["estimate"], "o", color=colour, markersize=1.4, gid="seed")
    axes.set_xticks(range(len(layers)), [name_lines(layer) for layer in layers])
    axes.set_xlim(-0.5, len(layers) - 0.5)


def _draw_diets(
    axes: Axes, values: pd.DataFrame, compared: pd.DataFrame, panel: Panel, style: Mapping
) -> None:
    values, pairs = (select(table, measure=panel.measure) for table in (values, compared))
    rows = begin_panel(axes, values, panel, style)
    if rows.empty:
        return
    diets = list(dict.fromkeys(values["diet"]))
    p_holm = pairs[pairs["reference"] == NONE].set_index("diet")["p_holm"]
    for row in rows.itertuples():
        y, mark = diets.index(row.diet), look(row.training, style)
        colour = mark["color"]
        inside = colour if row.diet == NONE or p_holm.get(row.diet, 1.0) < LEVEL else "white"
        axes.hlines(y, row.lower, row.upper, color=colour)
        axes.plot(row.estimate, y, markerfacecolor=inside, gid=row.diet, **mark)
        mine = select(each_seed(values), diet=row.diet)["estimate"]
        axes.plot(mine, [y + ASIDE] * len(mine), "o", color=colour, markersize=1.4, gid="seed")
    if np.isfinite(panel.none):
        axes.axvline(panel.none, color=style["faint"], linewidth=0.6, linestyle=":")
    part_rows(axes, len(diets), style)
    trainings = values.drop_duplicates("diet")["training"]
    colours = [style["trainings"][training] for training in trainings]
    name_rows(axes, [NAMES.get(diet, diet) for diet in diets], colours)
    axes.locator_params(axis="x", nbins=4)
