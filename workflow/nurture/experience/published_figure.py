"""What Zhou et al. (2022) published, compared with what this run computed."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from nurture.confusion.confusion_figure import draw_matrix, label_matrix
from nurture.core import style as parts
from nurture.core.expressions import CONTINUA, EXPRESSIONS, OBSERVERS
from nurture.core.shown import chance, over
from nurture.experience.published import MEAN, PAPER_ARCHITECTURE, cell_name

FIGURE = {
    "category": "Compared with the paper",
    "place": 1,
    "tables": ["published"],
    "asks": {"architectures": "networks.architectures", "rendered": "stimuli.shows_rendered"},
    "needs": ["networks", "select_on", "train_on", "test_on", "morphs", "judge"],
    "caption": "The numbers of Zhou et al. (2022), on a tint and as open marks, and what this run "
    "found for networks of the same training, as filled marks. Bars at open marks are the error "
    "of reading a number from a printed figure.",
}
STYLE = {"columns": 6, "panel_height_mm": 53, "scores_height_mm": 40, "fits_height_mm": 46}

ORDER = ("observers", "identity", "objects", "none")
SCORES = {
    "accuracy": "Accuracy (line: chance)",
    "pearson": "Confusions as observers', r",
    "spearman": "Confusions as observers', ρ",
}
OFFSETS = {"linear": -0.24, "quadratic": 0.0, "logistic": 0.24}
TINT = "#F3F0E8"
MARKS = ("◇ published", "● computed here")
KEY_STEP = 72
KEY_LIFT = 16
LETTERS = 22
"""That fit above a panel."""


@parts.styled(STYLE)
def draw(
    table: pd.DataFrame, architectures: Mapping[str, str], *, rendered: bool, style: Mapping
) -> Figure:
    """Draw the published numbers, on a tint and as open marks, and the run's own.

    Confusion matrices; accuracy and likeness to observers' confusions; R2 of the fits.

    Parameters
    ----------
    table : pandas.DataFrame
        `nurture.experience.published_tables.published`.
    architectures : mapping of str to str
        Architecture of each network of the run.
    rendered : bool
        Whether networks of the run were shown rendered faces.
    """
    cells = table[table["measure"] == "confusion"]
    there = [group for _, group in cells.groupby(["figure", "training"], sort=False)]
    here = _panels_here(cells, max(style["columns"], len(there)))
    columns = min(style["columns"], max(len(there), len(here)))
    rows = [-(-len(group) // columns) for group in (there, here)]
    heights = [n * style["panel_height_mm"] for n in rows]
    heights += [style["scores_height_mm"], style["fits_height_mm"]]
    figure = parts.new_figure(
        style,
        sum(heights) + 28,
        "What Zhou et al. (2022) published, and what this run computed",
        _caption(table, architectures, rendered),
    )
    above, below, scores, fits = figure.subfigures(4, 1, height_ratios=heights)
    above.set_facecolor(TINT)
    _head(above, "a  Published: read from Fig. 2 (posed faces) and Fig. 4 (naturalistic)", style)
    for axes, group in zip(_grid(above, len(there), columns), there, strict=True):
        _draw_published(axes, group, table, style)
    _head(below, "b  Computed here: networks of the same training", style)
    for axes, (training, name) in zip(_grid(below, len(here), columns), here, strict=True):
        _draw_here(axes, table, training, name, style)
    _draw_scores(scores, table, style)
    _draw_fits(fits, table, style)
    return figure


def _caption(table: pd.DataFrame, architectures: Mapping[str, str], rendered: bool) -> str:
    """Describe how to read the figure, and where the run is not the paper's experiment."""
    error = table.groupby("measure")["reading_error"].max()
    text = (
        "Matrices: percentage of answers (columns) to the expression shown (rows); correct: mean "
        "of the diagonal, chance 17 %. Published numbers were read from the paper's figures, to "
        f"{100 * error['confusion']:g} % a cell and {error['r2']:g} in R²; bars: what that leaves "
        "open, where wider than the mark. The paper's own statistic of likeness was not found: "
        "its matrices and those of the run are compared here alike, over the 30 cells off the "
        "diagonal, with the paper's observers who saw the faces of that figure. The run has one "
        "test set, compared with both figures, and asked no observers. It reads "
        "expression-selective units; b has as many networks as fit, c and d all. "
    )
    n = _shown_here(table)
    if n < len(EXPRESSIONS):
        text += f"In the run it is the mean over {over(n)}, chance {chance(n):.0%}. "
    other = {}
    for network in table["network"].dropna().unique():
        if architectures[network] != PAPER_ARCHITECTURE:
            other.setdefault(architectures[network], []).append(network)
    if rendered:
        text += "Faces differ: photographs there, rendered here. "
    if other:
        named = [f"{architecture} ({', '.join(names)})" for architecture, names in other.items()]
        text += f"Architectures differ: VGG-16's there, here {' and '.join(named)}. "
    if rendered or other:
        text += "So compare the order of the trainings, not the numbers."
    return text


def _shown_here(table: pd.DataFrame) -> int:
    """Count the expressions that the run's test set shows; six where it has no matrix."""
    here = table[(table["measure"] == "confusion") & table["this_run"].notna()]["item"]
    names = [name for name in EXPRESSIONS if here.str.startswith(cell_name(name, "")).any()]
    return len(names) or len(EXPRESSIONS)


def _panels_here(cells: pd.DataFrame, most: int) -> list[tuple[str, str | None]]:
    """Training and name of the run's networks; no name where a training has no network.

    Of more than `most` the first of each training are kept before any second.
    """
    found = {}
    for training in (t for t in ORDER if t != OBSERVERS):
        names = cells[cells["training"] == training]["network"].dropna().unique()
        found |= {name: {"training": training, "name": name} for name in names} or {
            training: {"training": training, "name": None}
        }
    return [(one["training"], one["name"]) for one in parts.fitting(found, most)[0].values()]


def _head(figure: SubFigure, text: str, style: Mapping) -> None:
    figure.suptitle(text, x=0.01, ha="left", size=style["font_size"] + 1)


def _grid(figure: SubFigure, n: int, columns: int) -> Sequence[Axes]:
    """Make `n` square panels in so many columns; only the outermost carry names."""
    panels = parts.panels_of(figure, n, (-(-n // columns), columns))
    for i, axes in enumerate(panels):
        label_matrix(axes, bottom=i + columns >= n, left=i % columns == 0)
        axes.set(xlabel="", ylabel="", aspect="equal", xlim=(-0.5, 5.5), ylim=(5.5, -0.5))
    return panels


def _draw_published(axes: Axes, cells: pd.DataFrame, table: pd.DataFrame, style: Mapping) -> None:
    cells = cells.drop_duplicates("item")
    first = cells.iloc[0]
    draw_matrix(axes, _matrix(cells, "published"), style)
    place = {name: first[name] for name in ("figure", "training")}
    score = parts.select(table, measure="accuracy", **place)["published"].iloc[0]
    axes.set_title(
        f"{first['published_network']}\n{first['figure']}\n{100 * score:.0f} % correct",
        size=style["small_font_size"],
        color=_colour(first["training"], style),
    )


def _draw_here(
    axes: Axes, table: pd.DataFrame, training: str, network: str | None, style: Mapping
) -> None:
    cells = parts.select(table, measure="confusion", training=training)
    title = parts.TRAINED_ON[training]
    if network:
        cells = cells[cells["network"] == network]
        title = f"{parts.name_lines(network, LETTERS)}\n{title}"
    cells = cells.drop_duplicates("item")
    first = cells.iloc[0]
    if cells["this_run"].isna().all():
        parts.empty(axes, first["note"], style, width=20)
    else:
        draw_matrix(axes, _matrix(cells, "this_run"), style)
        score = parts.select(table, measure="accuracy", network=network)["this_run"].iloc[0]
        source = parts.name_lines(f"{first['n_units']:,.0f} units of {first['layer']}", LETTERS)
        title += f"\n{source}\n{100 * score:.0f} % correct"
    axes.set_title(title, size=style["small_font_size"], color=_colour(training, style))


def _matrix(cells: pd.DataFrame, column: str) -> pd.DataFrame:
    """Rows of a matrix as `nurture.confusion.confusion_figure.draw_matrix` takes them."""
    names = cells["item"].str.split(" as ", expand=True)
    return pd.DataFrame({"shown": names[0], "answered": names[1], "proportion": cells[column]})


def _colour(training: str, style: Mapping) -> str:
    return style["ink"] if training == OBSERVERS else style["trainings"][training]


def _draw_scores(figure: SubFigure, table: pd.DataFrame, style: Mapping) -> None:
    """Accuracy and likeness: a row for each training and figure of the paper."""
    _head(figure, "c  How often right, and how alike observers' confusions", style)
    table = table.assign(start=table["figure"].str[: len("Fig. 2")])
    rows = table[table["measure"] == "accuracy"][["training", "published_network", "start"]]
    rank = {training: i for i, training in enumerate(ORDER)}
    rows = rows.drop_duplicates().assign(rank=rows["training"].map(rank))
    rows = rows.sort_values(["rank", "start"])
    panels = figure.subplots(1, len(SCORES), sharey=True)
    for axes, (measure, title) in zip(panels, SCORES.items(), strict=True):
        axes.set_title(title, loc="left")
        axes.axvline(1 / 6 if measure == "accuracy" else 0, color=style["faint"], linewidth=0.5)
        drawn = [
            parts.select(table, measure=measure, training=row.training, start=row.start)
            for row in rows.itertuples()
        ]
        for y, (mine, training) in enumerate(zip(drawn, rows["training"], strict=True)):
            _draw_marks(axes, mine, y, _colour(training, style))
        if measure == "accuracy":
            _write_notes(axes, drawn, style)
        parts.part_rows(axes, len(rows), style)
    names = [f"{row.published_network}, {row.start}" for row in rows.itertuples()]
    parts.name_rows(panels[0], names, [_colour(training, style) for training in rows["training"]])
    _key(panels[-1], dict.fromkeys(MARKS, style["ink"]), style)


def _draw_marks(axes: Axes, rows: pd.DataFrame, y: float, colour: str) -> None:
    """Open diamond with its reading error: published; dots: the run's networks."""
    here = rows.drop_duplicates("network")["this_run"].dropna()
    axes.plot(
        here, [y] * len(here), "o", color=colour, alpha=0.75, markeredgewidth=0, gid="this_run"
    )
    for row in rows.drop_duplicates("figure").itertuples():
        look = {"marker": "D", "elinewidth": 0.8, "gid": "published", "filled": False}
        parts.draw_estimate(axes, (row.published, y), [row.reading_error] * 2, colour, **look)


def _write_notes(axes: Axes, drawn: Sequence[pd.DataFrame], style: Mapping) -> None:
    """Return why a row has no dot; observers are never asked, as the caption says."""
    middle = np.mean(axes.get_xlim())
    for y, rows in enumerate(drawn):
        if rows.empty or rows["this_run"].notna().any() or rows["training"].iloc[0] == OBSERVERS:
            continue
        # In the half of the row where the published mark is not.
        left = rows["published"].mean() > middle
        x, side = (0.02, "left") if left else (0.98, "right")
        parts.write_on_row(axes, rows["note"].iloc[0].split(":")[0], (x, y), style, ha=side)


def _draw_fits(figure: SubFigure, table: pd.DataFrame, style: Mapping) -> None:
    _head(figure, "d  R² of three fits to the curves", style)
    means, continua = figure.subplots(1, 2)
    trainings = [training for training in ORDER if training != OBSERVERS]
    rows = [(training, MEAN) for training in trainings]
    _draw_r2(means, table, rows, style)
    means.set_title("Mean over continua (Fig. 4F)", loc="left")
    colours = [_colour(training, style) for training in trainings]
    parts.name_rows(means, [parts.TRAINED_ON[training] for training in trainings], colours)
    rows = [("identity", continuum) for continuum in CONTINUA]
    _draw_r2(continua, table, rows, style)
    continua.set_title("Each continuum, trained on identity (Fig. 3C)", loc="left")
    parts.name_rows(continua, CONTINUA, [style["ink"]] * len(CONTINUA))
    named = {f"■ {fit}": style["fits"][fit] for fit in OFFSETS}
    _key(continua, named | dict.fromkeys(MARKS, style["ink"]), style)


def _key(axes: Axes, colours: Mapping[str, str], style: Mapping) -> None:
    """Write above the last panel of a row, beside its heading, what marks and colours mean."""
    for i, (text, colour) in enumerate(reversed(colours.items())):
        # It stands beside the heading and needs no room of its own.
        look = {"color": colour, "size": style["small_font_size"], "in_layout": False}
        parts.write_at(axes, text, (1, 1), (-KEY_STEP * i, KEY_LIFT), ha="right", **look)


def _draw_r2(
    axes: Axes, table: pd.DataFrame, rows: Sequence[tuple[str, str]], style: Mapping
) -> None:
    drawn = []
    for y, (training, place) in enumerate(rows):
        for fit, offset in OFFSETS.items():
            mine = parts.select(table, measure="r2", training=training, item=f"{place} {fit}")
            _draw_marks(axes, mine, y + offset, style["fits"][fit])
        drawn.append(mine)
    _write_notes(axes, drawn, style)
    parts.part_rows(axes, len(rows), style)
