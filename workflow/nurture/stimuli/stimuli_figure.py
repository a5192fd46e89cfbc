"""A sheet of the stimuli: expressions in colour and in the paper's look, views and morphs."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.core.rows import evenly
from nurture.core.style import head, new_figure, styled

FIGURE = {
    "category": "Stimuli",
    "place": 1,
    "needs": ["networks", "select_on", "train_on", "test_on", "morphs", "judge"],
    "caption": "Examples of the faces that the networks saw. Top left, faces before the last "
    "step; top right, the same faces as the networks see them. Below, faces of the set that tests "
    "the classifiers, and morphs from one expression to another.",
}
STYLE = {"identities": 3, "strips": ["happiness-anger", "anger-fear"], "face_mm": 14}

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
VIEW_ROWS = 2
WHITE = 255
GAP = 0.03
NOTHING = np.zeros(0)
KINDS = {
    frozenset([True]): "rendered faces of identities that do not exist",
    frozenset([False]): "photographs",
    frozenset([True, False]): "rendered faces, and photographs",
}
"""What the sets show, by whether they are drawn."""


@styled(STYLE)
def draw(
    colour: np.ndarray,
    look: np.ndarray,
    selection: pd.DataFrame,
    views: np.ndarray,
    generalisation: pd.DataFrame,
    morphs: np.ndarray,
    continua: pd.DataFrame,
    *,
    style: Mapping,
) -> Figure:
    """Draw examples of the three sets of stimuli: colour, look, generalisation, continua.

    Parameters
    ----------
    colour, look : array_like
        Selection set in colour and as the networks see it, shape (n, y, x, 3), uint8. Faces are
        read one at a time, so a variable of an open file will do, here and below.
    selection : pandas.DataFrame
        Labels of `colour` and `look`: expression, identity.
    views : array_like
        Generalisation set, shape (n, y, x, 3), with its labels `generalisation`.
    morphs : array_like
        Continua, shape (n, y, x, 3), with their labels `continua`: identity, continuum, level.
    style : mapping
        Changes to ``STYLE``: ``identities`` a block, ``strips`` the continua shown.
    """
    rows, strips = style["identities"], style["strips"]
    drawn = frozenset("skin" in labels for labels in (selection, generalisation))
    vary = ", views and light vary" if generalisation.get("yaw", NOTHING).any() else ""
    heights = [rows, max(VIEW_ROWS, len(strips))]
    figure = new_figure(
        style,
        sum(heights) * style["face_mm"] + 27,
        f"The stimuli: {KINDS[drawn]}",
        "Units are selected on the selection set; the other two only test.",
    )
    axes = figure.subplots(2, 2, height_ratios=heights)
    faces = _face_grid(selection, rows)
    _show(axes[0, 0], colour, faces, EXPRESSIONS)
    _show(axes[0, 1], look, faces, EXPRESSIONS)
    _show(axes[1, 0], views, _view_grid(generalisation), EXPRESSIONS)
    levels = [f"{100 * level:.0f} %" for level in LEVELS]
    _show(axes[1, 1], morphs, _strip_grid(continua, strips), levels, strips)
    titles = (
        f"Selection set: {_identities(selection)}, six expressions",
        "The same faces as the networks see them",
        f"Generalisation set: {_identities(generalisation)}{vary}",
        f"Continua: {_identities(continua)}; share of the second expression",
    )
    for i, (panel, title) in enumerate(zip(axes.ravel(), titles, strict=True)):
        head(panel, i, title, weight="bold")
        panel.set_anchor("NW")
    return figure


def _identities(labels: pd.DataFrame) -> str:
    if (labels["identity"] < 0).any():
        return f"{len(labels)} photographs"
    return f"{labels['identity'].nunique()} identities"


def _spread(values: Sequence[int], n: int) -> np.ndarray:
    """Choose up to `n` of the values that there are, evenly from first to last."""
    known = np.unique(values)
    return known[evenly(len(known), n)]


def _find(labels: pd.DataFrame, expression: str, identity: int) -> int:
    """Position of a face among the stimuli, -1 for a missing one."""
    found = (labels["expression"] == expression) & (labels["identity"] == identity)
    return int(found.to_numpy().argmax()) if found.any() else -1


def _face_grid(labels: pd.DataFrame, rows: int) -> np.ndarray:
    """Positions of faces, one identity a row, shape (rows, 6)."""
    identities = _spread(labels["identity"], rows)
    return np.array([[_find(labels, shown, one) for shown in EXPRESSIONS] for one in identities])


def _view_grid(labels: pd.DataFrame) -> np.ndarray:
    """Positions of faces, another identity in every cell while there are enough."""
    if (labels["identity"] < 0).any():
        return _photograph_grid(labels)
    n = VIEW_ROWS * len(EXPRESSIONS)
    identities = np.resize(_spread(labels["identity"], n), n)
    cells = zip(EXPRESSIONS * VIEW_ROWS, identities, strict=True)
    return np.reshape([_find(labels, *cell) for cell in cells], (VIEW_ROWS, -1))


def _photograph_grid(labels: pd.DataFrame) -> np.ndarray:
    """Positions of faces of nobody in particular, other ones in every row."""
    grid = np.full((VIEW_ROWS, len(EXPRESSIONS)), -1)
    for column, expression in enumerate(EXPRESSIONS):
        found = _spread(np.flatnonzero(labels["expression"] == expression), VIEW_ROWS)
        grid[: len(found), column] = found
    return grid


def _strip_grid(labels: pd.DataFrame, strips: Sequence[str]) -> np.ndarray:
    """Positions of the morphs nearest to `LEVELS`, one continuum and identity a row."""
    rows, n = [], len(strips)
    identities = np.resize(_spread(labels["identity"], n), n)
    for name, identity in zip(strips, identities, strict=True):
        of_strip = (labels["continuum"] == name) & (labels["identity"] == identity)
        if not of_strip.any():
            raise NurtureError(
                f"figures, stimuli: no morphs of {name!r}; choose strips among "
                f"{', '.join(sorted(set(labels['continuum'])))}"
            )
        level = labels["level"].where(of_strip).to_numpy()
        rows.append([int(np.nanargmin(np.abs(level - wanted))) for wanted in LEVELS])
    return np.array(rows)


def _show(
    axes: Axes,
    images: np.ndarray,
    grid: np.ndarray,
    columns: Sequence[str],
    rows: Sequence[str] = (),
) -> None:
    """Show the images at the positions of `grid` as one picture with names at its sides."""
    size = np.shape(images)[1:3]
    gap = [max(1, round(GAP * side)) for side in size]
    step = [side + space for side, space in zip(size, gap, strict=True)]
    sheet = np.full((grid.shape[0] * step[0], grid.shape[1] * step[1], 3), WHITE, np.uint8)
    for (row, column), position in np.ndenumerate(grid):
        if position >= 0:
            top, left = row * step[0], column * step[1]
            sheet[top : top + size[0], left : left + size[1]] = np.asarray(images[position])
    axes.imshow(sheet)
    axes.set_xticks(np.arange(len(columns)) * step[1] + size[1] / 2, columns)
    names = [name.replace("-", "\nto ") for name in rows]
    axes.set_yticks(np.arange(len(rows)) * step[0] + size[0] / 2, names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
