"""What all figures share: their style, their small parts and how they are saved."""

import functools
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from string import ascii_lowercase
from types import MappingProxyType
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from fontTools.subset import Options
from matplotlib import font_manager
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure, FigureBase, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from nurture.core.errors import NurtureError
from nurture.core.files import atomic
from nurture.core.rows import number

MM_PER_INCH = 25.4
FONT = "Liberation Sans"
"""Arial's metrics under a free licence; its files are in ``fonts``, so all machines draw alike."""

ALIKE = f"'{FONT}', Arial, Helvetica,"
"""In an SVG, whose text is text: fonts of the same metrics, for a reader who lacks the first."""

for _file in sorted((Path(__file__).parent / "fonts").glob("*.ttf")):
    font_manager.fontManager.addfont(_file)

# Tables that no reader of a PDF looks at, and that half of the time to write one goes into.
Options._drop_tables_default += ["GDEF", "GPOS", "GSUB"]

SCREEN_DPI = 200
LEFT_MARGIN = 96
EMPTY = "#F4F4F4"

SHARED = {
    "width_mm": 180,
    "dpi": 300,
    "font_size": 8,
    "small_font_size": 7,
    "line_width": 1.0,
    "marker_size": 3.0,
    "ink": "#222222",
    "faint": "#595959",
    "human": "#8A8A8A",
    "trainings": {
        "identity": "#0072B2",
        "neutral": "#56B4E9",
        "objects": "#D55E00",
        "both": "#CC79A7",
        "expressions": "#009E73",
        "none": "#6E6E6E",
        "baseline": "#B0761B",
    },
    "expressions": {
        "anger": "#882255",
        "disgust": "#999933",
        "fear": "#AA4499",
        "happiness": "#DDCC77",
        "sadness": "#332288",
        "surprise": "#44AA99",
    },
    "fits": {"linear": "#7A7A7A", "quadratic": "#4D4D4D", "logistic": "#000000"},
    "fit_marks": {"linear": "s", "quadratic": "^", "logistic": "o"},
    "confusion_colormap": "Reds",
    "note": "",
}
"""Style of every figure: sizes in mm and points, the colormap of the paper's confusion matrices,
and two palettes for every kind of colour vision that share no colour: that of Okabe and Ito (2008)
for what a network was trained on, and Tol's muted one (2021) for expressions. Fits differ in mark
and dash, not in hue. ``note`` is added to the caption."""


MARKS = {
    "identity": "o*h",
    "neutral": "v<",
    "objects": "sXp",
    "both": "P8",
    "expressions": "Dd",
    "none": "^>",
    "baseline": "x+",
}
"""Of the first network of a training, the second, and so on, so that colour is not needed."""

NONE_LEFT: Mapping[str, Mapping] = MappingProxyType({})

TRAINED_ON = {
    "identity": "trained on identity",
    "neutral": "trained on neutral faces",
    "objects": "trained on objects",
    "both": "trained on faces and objects",
    "expressions": "trained on expressions",
    "none": "untrained",
    "baseline": "no network",
}


def complete(own: Mapping, changes: Mapping | None = None) -> dict:
    """Whole style of a figure: `SHARED`, then its own part, then the changes of a configuration.

    Its own part is ``STYLE`` of its module. A mapping of colours may be changed in part; a key that
    does not exist is refused.

    Examples
    --------
    >>> complete({"row_height_mm": 13}, {"font_size": 8})["font_size"]
    8
    """
    style = {**SHARED, **own}
    for key, value in (changes or {}).items():
        if key not in style:
            raise NurtureError(f"figures: no style {key!r}; known: {', '.join(style)}")
        style[key] = {**style[key], **value} if isinstance(style[key], dict) else value
    return style


def styled(own: Mapping) -> Callable[[Callable[..., Figure]], Callable[..., Figure]]:
    """Run a ``draw`` function under a figure's own ``STYLE`` and what ``style`` changes in it.

    What is decorated is called with ``style``, changes to `own` and `SHARED`, and itself receives
    the whole style; its figure comes back laid out.
    """

    def decorate(draw: Callable[..., Figure]) -> Callable[..., Figure]:
        @functools.wraps(draw)
        def wrapper(*tables: Any, style: Mapping | None = None, **more: Any) -> Figure:
            style = complete(own, style)
            with _defaults_and(_settings(style)):
                figure = draw(*tables, style=style, **more)
                _lay_out(figure)
            return figure

        return wrapper

    return decorate


@contextmanager
def _defaults_and(settings: Mapping) -> Iterator[None]:
    """Work under Matplotlib's own settings and these, whatever a user's matplotlibrc says."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield


def _settings(style: Mapping) -> dict:
    size, small, ink = style["font_size"], style["small_font_size"], style["ink"]
    ticks = {"labelsize": small, "color": ink, "major.width": 0.5, "major.size": 2}
    return {
        "font.family": [FONT, "DejaVu Sans"],  # which has signs that the first lacks
        # Names of layers may hold dollars.
        "text.parse_math": False,
        "font.size": size,
        "axes.titlesize": size,
        "axes.labelsize": size,
        "figure.titlesize": size + 2,
        "figure.titleweight": "bold",
        "figure.labelsize": small,
        **{f"{axis}tick.{name}": value for axis in "xy" for name, value in ticks.items()},
        "text.color": ink,
        "axes.labelcolor": ink,
        "axes.edgecolor": ink,
        "axes.linewidth": 0.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlepad": 3,
        "axes.labelpad": 2,
        "lines.linewidth": style["line_width"],
        "lines.markersize": style["marker_size"],
    }


class Page(Figure):
    """A figure, and the networks that did not fit on it."""

    others = NONE_LEFT


def new_figure(
    style: Mapping,
    height_mm: float,
    title: str,
    caption: str,
    others: Mapping[str, Mapping] = NONE_LEFT,
) -> Page:
    """Make an empty figure that says in its title what it shows and below how to read it.

    Of networks that do not fit, `others`, the caption says that further pages show them: see
    `draw_pages`.
    """
    width = style["width_mm"] / MM_PER_INCH
    layout = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03)
    figure = Page((width, height_mm / MM_PER_INCH), dpi=style["dpi"], layout=layout)
    figure.others = others
    caption += f" Further pages of the PDF show {', '.join(others)}." * bool(others)
    # Bold letters are wider by about a sixth.
    figure.suptitle(wrap(title, style, 7 / 6 * (style["font_size"] + 2)), x=0.01, ha="left")
    caption = wrap(caption + style["note"], style, style["small_font_size"])
    figure.supxlabel(caption, x=0.01, ha="left", color=style["faint"])
    return figure


def looks_of(trainings: Mapping[str, str], style: Mapping) -> dict[str, dict[str, Any]]:
    """Colour of its training, and of this a mark of its own, for each network."""
    looks: dict[str, dict[str, Any]] = {}
    seen = Counter[str]()
    for name, training in trainings.items():
        marks = MARKS[training]
        mark = marks[seen[training] % len(marks)]
        looks[name] = {"color": style["trainings"][training], "marker": mark}
        seen[training] += 1
    return looks


def grid_of(panels: int, columns: int | Sequence[int]) -> tuple[int, int]:
    """Rows and columns for so many panels, of several numbers of columns with the fewest blanks.

    Examples
    --------
    >>> grid_of(7, (3, 4))
    (2, 4)
    """
    choices = [columns] if isinstance(columns, int) else columns
    chosen = min(min(choices, key=lambda columns: -panels % columns), max(panels, 1))
    return max(-(-panels // chosen), 1), chosen


def panels_of(figure: FigureBase, panels: int, grid: tuple[int, int], **share: Any) -> np.ndarray:
    """Make so many panels on a grid; its places that are left over stay blank."""
    axes = figure.subplots(*grid, squeeze=False, **share).ravel()
    for panel in axes[panels:]:
        panel.set_visible(False)
    return axes[:panels]


def head(axes: Axes, place: int, text: str, **font: Any) -> None:
    """Write above a panel its letter, after so many others, and what it shows."""
    axes.set_title(f"{ascii_lowercase[place : place + 1]}  {text}", loc="left", **font)


def key(
    figure: Figure, marks: Mapping[str, Mapping | Artist], style: Mapping, columns: int = 0
) -> None:
    """Say what marks and lines mean, on lines of their own below the title of a figure.

    A mark is an artist, or how a line differs from one in the colour of the text.
    """
    handles = [
        mark if isinstance(mark, Artist) else Line2D([], [], **{"color": style["ink"], **mark})
        for mark in marks.values()
    ]
    for handle, name in zip(handles, marks, strict=True):
        handle.set_label(name)
    columns = columns or max(len(handles), 1)
    title = figure.get_suptitle()
    below = 1 + 1.2 * (style["font_size"] + 2) * (title.count("\n") + 1)
    figure.suptitle(title + "\n " * -(-len(handles) // columns), x=0.01, ha="left")
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0, 1 - below / 72 / figure.get_figheight()),
        ncols=columns,
        frameon=False,
        fontsize=style["small_font_size"],
        borderpad=0,
        labelspacing=0.3,
        columnspacing=1.5,
        handletextpad=0.5,
    )


def wrap(text: str, style: Mapping, size: float) -> str:
    """Break a text into lines that fit the width of the figure."""
    points = style["width_mm"] / MM_PER_INCH * 72
    # A letter of a sentence in Liberation Sans is .44 of its size wide on average.
    return textwrap.fill(text, int(points / (0.5 * size)))


def minus(value: float) -> str:
    """Write a number as the table in words does, with a minus; nothing for none."""
    return number(value).replace("-", "\u2212") if np.isfinite(value) else ""


def name_lines(name: str, width: int = 14) -> str:
    """Break a long network or layer name at its hyphens, or where it must be."""
    return "\n".join(textwrap.wrap(name, width))


def network_rows(
    panels: np.ndarray, networks: Mapping[str, Mapping], style: Mapping, label: str = ""
) -> Iterator[tuple[np.ndarray, dict[str, str], str]]:
    """Give each network its row of panels, its place in tables and the colour of its training.

    Afterwards its name, layer and training stand at the left of the row, and `label` at the
    heights of the first panel, where lines were drawn on it.
    """
    for row, (network, settings) in zip(panels, networks.items(), strict=True):
        training = settings["training"]
        colour = style["trainings"][training]
        yield row, {"network": network, "layer": settings["readout"]}, colour
        more = f"{name_lines(settings['readout'])}\n{name_lines(TRAINED_ON[training])}"
        write_left(row[0], name_lines(network), 0.5, 1, va="bottom", weight="bold", color=colour)
        write_left(row[0], more, 0.5, -1, va="top", size=style["small_font_size"])
        if label and row[0].lines:
            row[0].set_ylabel(label)
        elif label:
            row[0].tick_params(labelleft=False)


def name_rows(axes: Axes, names: Sequence[str], colours: Sequence[str]) -> None:
    """Name the rows of a panel at its left, the first at its top, each in its colour."""
    axes.set_yticks(range(len(names)), names)
    for label, colour in zip(axes.get_yticklabels(), colours, strict=True):
        label.set_color(colour)


def part_rows(axes: Axes, rows: int, style: Mapping) -> None:
    """Make so many rows in a panel, from its top, with thin lines between them."""
    axes.set_ylim(rows - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    for y in range(1, rows):
        axes.axhline(y - 0.5, color=style["faint"], linewidth=0.2)


def write_at(
    axes: Axes, text: str, place: tuple[float, float], shift: tuple[float, float], **font: Any
) -> None:
    """Write at a place of a panel, (0, 0) to (1, 1), and so many points to its right and above."""
    axes.annotate(text, place, shift, xycoords="axes fraction", textcoords="offset points", **font)


def write_left(axes: Axes, text: str, height: float, lift: float, **font: Any) -> None:
    """Write in the margin at the left of a panel, clear of its ticks; see `write_at`."""
    write_at(axes, text, (0, height), (-LEFT_MARGIN, lift), **font)


def write_on_row(
    axes: Axes, text: str, place: tuple[float, float], style: Mapping, **font: Any
) -> None:
    """Write in small letters on a row of a panel, from 0 at its left to 1 at its right."""
    look = {"va": "center", "color": style["faint"], "size": style["small_font_size"], **font}
    axes.text(*place, text, transform=axes.get_yaxis_transform(), **look)


def draw_estimate(
    axes: Axes,
    place: tuple[float, float],
    reach: tuple[float, float],
    colour: str,
    filled: bool = True,
    **look: Any,
) -> None:
    """Draw an estimate on a row of a panel, with the reach of its interval to either side."""
    inside = colour if filled else "white"
    look = {"marker": "o", "markerfacecolor": inside, "markeredgewidth": 0.8, **look}
    axes.errorbar(*place, xerr=np.transpose([reach]), linestyle="none", color=colour, **look)


def fitting(
    networks: Mapping[str, Mapping], rows: int
) -> tuple[dict[str, Mapping], dict[str, Mapping]]:
    """Part the networks that fit on so many rows from those that do not, both in the order given.

    The first of each ``training`` comes before any second.
    """
    first = {settings["training"]: name for name, settings in [*networks.items()][::-1]}
    chosen = sorted(networks, key=lambda name: name not in first.values())[:rows]
    parts: tuple[dict[str, Mapping], dict[str, Mapping]] = ({}, {})
    for name, settings in networks.items():
        parts[name not in chosen][name] = settings
    return parts


def draw_pages(
    draw: Callable[..., Figure], *tables: Any, style: Mapping, **asked: Any
) -> list[Figure]:
    """Draw a figure, and pages with the networks that did not fit on it."""
    figures = [draw(*tables, style=style, **asked)]
    while others := getattr(figures[-1], "others", NONE_LEFT):
        figures.append(draw(*tables, style=style, **{**asked, "networks": others}))
    return figures


def select(table: pd.DataFrame, **wanted: str) -> pd.DataFrame:
    """Rows of a table whose columns equal the values given."""
    return table[(table[list(wanted)] == pd.Series(wanted)).all(axis=1)]


def empty(axes: Axes, text: str, style: Mapping, width: int = 24) -> None:
    """Turn a panel into a note that says why there is nothing to see."""
    # Ticks are shortened, not removed: panels share them, and outer panels name rows and columns.
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_facecolor(EMPTY)
    look = {"color": style["faint"], "size": style["small_font_size"], "transform": axes.transAxes}
    axes.text(0.5, 0.5, textwrap.fill(text, width), ha="center", va="center", **look)


def _lay_out(figure: Figure) -> None:
    """Lay a figure out for good.

    Ticks are made when first drawn, with the settings of that moment; only then is it known how
    much space their labels take. A layout moves titles and labels, for which the next one finds
    room: after the third, headings of subfigures no longer lie on titles of panels. Most figures
    stay as they are from the first on.
    """
    engine = figure.get_layout_engine()
    figure.set_layout_engine("none")
    figure.draw_without_rendering()
    if engine is None or not figure.axes:
        return
    places = np.empty(0)
    for _ in range(3):
        engine.execute(figure)
        boxes = [part.bbox_relative for part in _parts(figure)]
        boxes += [axes.get_position(original=True) for axes in figure.axes]
        before, places = places, np.ravel([box.get_points() for box in boxes]).round(9)
        if np.array_equal(before, places):
            break


def _round_places(figure: Figure) -> None:
    """Put the panels of a figure, and the parts that hold them, at places of six digits.

    The last bits of a layout vary from process to process, with the order in which its solver meets
    its constraints, and an SVG names what it clips after all of them.
    """
    for part in _parts(figure):
        part.bbox_relative.p0 = np.round(part.bbox_relative.p0, 6)
        part.bbox_relative.p1 = np.round(part.bbox_relative.p1, 6)
    for axes in figure.axes:
        place = axes.get_position(original=True)
        axes.set_position(np.round(place.bounds, 6), which="original")


def _parts(figure: FigureBase) -> Iterator[SubFigure]:
    for part in figure.subfigs:
        yield part
        yield from _parts(part)


def save(figures: Figure | Sequence[Figure], paths: Sequence[str | Path]) -> None:
    """Write what a ``draw`` function or `draw_pages` returned to files .svg, .png or .pdf.

    A PDF has all pages, other files the first. The same figure gives the same bytes: no time
    stamps, fixed identifiers, text of an SVG as text.
    """
    pages = [figures] if isinstance(figures, Figure) else figures
    with _defaults_and({"svg.hashsalt": "nurture", "svg.fonttype": "none", "pdf.fonttype": 42}):
        for page in pages:
            _round_places(page)
        for path in map(Path, paths):
            if path.suffix not in WRITERS:
                raise NurtureError(f"{path}: not a figure; name it .svg, .png or .pdf")
            with atomic(path) as part:
                WRITERS[path.suffix](pages, part)


# Canvases are asked themselves: `Figure.savefig` would draw all once more, for a layout.
@contextmanager
def _at(page: Figure, dpi: float) -> Iterator[Figure]:
    """Give a page at a resolution, and its own back: a canvas may leave another."""
    own, page.dpi = page.dpi, dpi
    yield page
    page.dpi = own


def _write_svg(pages: Sequence[Figure], part: Path) -> None:
    # The resolution is that of pictures in it, which is for screens.
    with _at(pages[0], SCREEN_DPI) as page:
        FigureCanvasSVG(page).print_svg(part, metadata={"Date": None})
    text = part.read_text(encoding="utf-8")
    part.write_text(text.replace(f"'{FONT}',", ALIKE), encoding="utf-8")


def _write_png(pages: Sequence[Figure], part: Path) -> None:
    FigureCanvasAgg(pages[0]).print_png(part)


def _write_pdf(pages: Sequence[Figure], part: Path) -> None:
    with PdfPages(part, metadata={"CreationDate": None}) as pdf:
        for page in pages:
            with _at(page, page.dpi):
                FigureCanvasPdf(page).print_pdf(pdf)


WRITERS = {".svg": _write_svg, ".png": _write_png, ".pdf": _write_pdf}
