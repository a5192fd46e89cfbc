"""Which faces of a stimulus set go on a contact sheet, and where."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from nurture.core.expressions import NONE
from nurture.core.identities import identity_names
from nurture.core.rows import evenly
from nurture.stimuli.preview.counting import in_order

MOST_ROWS, MOST_COLUMNS = 12, 11
"""Of a sheet; more are thinned out evenly."""

SWEPT = ("level", "yaw", "pitch", "light_azimuth", "distinctiveness", "control")
"""Labels that may differ between stimuli of one person and expression."""


class Grid(NamedTuple):
    """Places of stimuli on a sheet."""

    positions: np.ndarray
    """int, shape (n_rows, n_columns): positions in the labels, -1 where there is no such face."""

    rows: list[str]
    columns: list[str]


def sheet_grid(labels: pd.DataFrame) -> Grid:
    """Lay out a contact sheet.

    Identities are rows and expressions columns. Where one shows an expression more than once, in a
    sweep, a continuum or as controls, the levels are the columns.
    """
    labels = labels.reset_index(drop=True)
    face = labels["expression"].where(labels["continuum"] == NONE, labels["continuum"]).astype(str)
    person = identity_names(labels)
    if (labels["identity"] < 0).any():
        person = labels.groupby(face).cumcount() + 1
    cells = labels.groupby([person, face])
    swept = [name for name in SWEPT if name in labels and cells[name].nunique().max() > 1]
    if swept:
        row = person.astype(str) + ", " + face
        column = labels[swept].apply(lambda one: "\n".join(map(_level, one.index, one)), axis=1)
        columns = list(dict.fromkeys(column))
    else:
        row, column = person.astype(str), face
        columns = in_order(face)
    rows, columns = _thinned(list(dict.fromkeys(row)), MOST_ROWS), _thinned(columns, MOST_COLUMNS)
    positions = np.full((len(rows), len(columns)), -1)
    for position in reversed(labels.index):
        if row[position] in rows and column[position] in columns:
            positions[rows.index(row[position]), columns.index(column[position])] = position
    return Grid(positions, rows, columns)


def _level(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    shown = {"level": "share", "light_azimuth": "light"}.get(name, name)
    return f"{shown}\n{value:g}"


def _thinned(names: list[str], most: int) -> list[str]:
    return [names[place] for place in evenly(len(names), most)]
