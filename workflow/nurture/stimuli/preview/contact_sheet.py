"""A sheet of the faces of one stimulus set, with the mask in which networks see them."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from nurture.core.style import new_figure, styled
from nurture.stimuli.preview.sheet import Grid
from nurture.stimuli.stimuli_figure import STYLE

OUTSIDE = 0.4
"""Share of its brightness that a picture keeps outside the mask."""

MARGIN_MM = 34
"""Beside the faces, for the names of the rows."""


@styled(STYLE)
def draw(
    faces: Mapping[int, tuple[np.ndarray, np.ndarray]], grid: Grid, title: str, *, style: Mapping
) -> Figure:
    """Draw a contact sheet: faces after alignment, dark outside the mask.

    Parameters
    ----------
    faces : mapping of int to tuple
        For each position in the grid the image, uint8 of shape (size, size, 3), and its mask, of
        shape (size, size). Cells without a face are empty.
    grid : Grid
    title : str
    style : mapping
        Changes to ``STYLE``.
    """
    size = next(iter(faces.values()))[0].shape[0]
    n_rows, n_columns = grid.positions.shape
    sheet = np.full((n_rows * size, n_columns * size, 3), 255, np.uint8)
    for (row, column), position in np.ndenumerate(grid.positions):
        if position >= 0:
            image, mask = faces[position]
            shade = np.where(mask.astype(bool), 1, OUTSIDE)[:, :, None]
            place = slice(row * size, (row + 1) * size), slice(column * size, (column + 1) * size)
            sheet[place] = np.round(shade * image)
    width = style["width_mm"] - MARGIN_MM
    figure = new_figure(
        style,
        width * n_rows / max(n_columns, 7) + 26,
        title,
        "Faces after alignment. Networks see the bright part alone, in grey, when faces.look is "
        "paper. An empty place: no such face.",
    )
    axes = figure.subplots()
    axes.imshow(sheet, aspect="equal", interpolation="antialiased")
    names = [name.replace("_", "\n") for name in grid.columns]
    axes.set_xticks((np.arange(n_columns) + 0.5) * size, names)
    axes.set_yticks((np.arange(n_rows) + 0.5) * size, grid.rows)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    return figure
