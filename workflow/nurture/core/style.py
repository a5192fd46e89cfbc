"""What all figures share: their style, their small parts and how they are saved."""

import functools
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine

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

    Parameters
    ----------
    own : mapping
        ``STYLE`` of the figure's module: what it adds to `SHARED` or changes in it.
    changes : mapping, optional
        Values to replace. A mapping of colours may be given in part.

    Returns
    -------
    dict

    Raises
    ------
    NurtureError
        For a key that does not exist.

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
    """Run a ``draw`` function under a figure's own style and what ``style`` changes in it."""

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
        "xtick.labelsize": small,
        "ytick.labelsize": small,
        "text.color": ink,
        "axes.labelcolor": ink,
        "axes.edgecolor": ink,
        "xtick.color": ink,
        "ytick.color": ink,
        "axes.linewidth": 0.5,
        "xtick.major.width": 0.5,
        "ytick.major.width": 0.5,
        "xtick.major.size": 2,
        "ytick.major.size": 2,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlepad": 3,
        "axes.labelpad": 2,
        "lines.linewidth": style["line_width"],
        "lines.markersize": style["marker_size"],
    }


def new_figure(style: Mapping, height_mm: float, title: str, caption: str) -> Figure:
    """Make an empty figure that says in its title what it shows and below how to read it."""
    width = style["width_mm"] / MM_PER_INCH
    layout = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03)
    figure = Figure((width, height_mm / MM_PER_INCH), dpi=style["dpi"], layout=layout)
    # Bold letters are wider by about a sixth.
    figure.suptitle(wrap(title, style, 7 / 6 * (style["font_size"] + 2)), x=0.01, ha="left")
    caption = wrap(caption + style["note"], style, style["small_font_size"])
    figure.supxlabel(caption, x=0.01, ha="left", color=style["faint"])
    return figure


def key(figure: Figure, handles: Sequence[Artist], style: Mapping, columns: int = 0) -> None:
    """Say what marks and lines mean, on lines of their own below the title of a figure."""
    columns = columns or max(len(handles), 1)
    title = figure.get_suptitle()
    below = 4 + 1.2 * (style["font_size"] + 2) * (title.count("\n") + 1)
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


def label_row(axes: Axes, network: str, settings: Mapping, style: Mapping) -> None:
    """Name a network, its layer and its training at the left of its row of panels."""
    training = settings["training"]
    more = f"{name_lines(settings['readout'])}\n{name_lines(TRAINED_ON[training])}"
    colour = style["trainings"][training]
    write_left(axes, name_lines(network), 0.5, 1, va="bottom", weight="bold", color=colour)
    write_left(axes, more, 0.5, -1, va="top", size=style["small_font_size"])


def write_left(axes: Axes, text: str, height: float, lift: float, **font: Any) -> None:
    """Write in the margin at the left of a panel, clear of its ticks.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        First panel of a row.
    text : str
        What to write.
    height : float
        From 0, the bottom of the panel, to 1, its top.
    lift : float
        Further up by so many points.
    **font
        Properties of the text.
    """
    axes.annotate(
        text,
        (0, height),
        (-LEFT_MARGIN, lift),
        xycoords="axes fraction",
        textcoords="offset points",
        **font,
    )


def fitting(networks: Mapping[str, Mapping], rows: int) -> tuple[dict[str, Mapping], str]:
    """Choose networks that fit on a page, and say which do not.

    Parameters
    ----------
    networks : mapping of str to mapping
        ``training`` of each network.
    rows : int
        How many fit. The first of each training comes before any second.

    Returns
    -------
    dict
        Those chosen, in the order given.
    str
        A sentence for the caption that names the others; empty where there are none.
    """
    first = {settings["training"]: name for name, settings in [*networks.items()][::-1]}
    chosen = sorted(networks, key=lambda name: name not in first.values())[:rows]
    others = [name for name in networks if name not in chosen]
    kept = {name: settings for name, settings in networks.items() if name in chosen}
    return kept, f" Not drawn, but in the tables: {', '.join(others)}." * bool(others)


def select(table: pd.DataFrame, **wanted: str) -> pd.DataFrame:
    """Rows of a table whose columns equal the values given."""
    return table[(table[list(wanted)] == pd.Series(wanted)).all(axis=1)]


def empty(axes: Axes, text: str, style: Mapping, width: int = 24) -> None:
    """Turn a panel into a note that says why there is nothing to see."""
    # Ticks are shortened, not removed: panels share them, and outer panels name rows and columns.
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_facecolor(EMPTY)
    axes.text(
        0.5,
        0.5,
        textwrap.fill(text, width),
        transform=axes.transAxes,
        ha="center",
        va="center",
        color=style["faint"],
        size=style["small_font_size"],
    )


def _lay_out(figure: Figure) -> None:
    """Lay a figure out for good.

    Ticks are made when first drawn, with the settings of that moment; only then is it known how
    much space their labels take. A layout moves titles and labels, for which the next one finds
    room: after the third, headings of subfigures no longer lie on titles of panels.
    """
    engine = figure.get_layout_engine()
    figure.set_layout_engine("none")
    figure.draw_without_rendering()
    figure.set_layout_engine(engine)
    for _ in range(3):
        figure.draw_without_rendering()
    figure.set_layout_engine("none")


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


def save(figure: Figure, paths: Sequence[str | Path]) -> None:
    """Write a figure to files of the kinds that their names end in.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What a ``draw`` function returned.
    paths : sequence of str or Path
        Names that end in ``.svg``, ``.png`` or ``.pdf``. The same figure gives the same bytes:
        no time stamps, fixed identifiers, text of an SVG as text.
    """
    stamps = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": None}
    with _defaults_and({"svg.hashsalt": "nurture", "svg.fonttype": "none", "pdf.fonttype": 42}):
        _round_places(figure)
        for path in map(Path, paths):
            if path.suffix not in stamps:
                raise NurtureError(f"{path}: not a figure; name it .svg, .png or .pdf")
            # Of pictures in an SVG, which is for screens.
            dpi = SCREEN_DPI if path.suffix == ".svg" else figure.dpi
            with atomic(path) as part:
                figure.savefig(part, format=path.suffix[1:], metadata=stamps[path.suffix], dpi=dpi)
                if path.suffix == ".svg":
                    text = part.read_text(encoding="utf-8")
                    part.write_text(text.replace(f"'{FONT}',", ALIKE), encoding="utf-8")
