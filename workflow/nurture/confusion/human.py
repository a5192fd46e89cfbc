"""Observers' answers: confusion matrices and identification curves."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from nurture.confusion.matrices import proportions
from nurture.confusion.sources import read_sources
from nurture.core.columns import fold, read_lines, read_number
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS, NEUTRAL

ANSWERS = 100
"""To each expression that a matrix of proportions is taken to stand for."""


def read_confusion(path: str | Path) -> np.ndarray:
    """Read one human confusion matrix as proportions, whose rows sum to 1; see `read_matrix`."""
    return proportions(read_matrix(path))


def read_counts(path: str | Path) -> np.ndarray:
    """Read one human confusion matrix as answers.

    Of a set of proportions, `ANSWERS` to each expression, since it is not known how many there
    were: a cell of .01, as small as most tables print, is one answer.
    """
    matrix = read_matrix(path)
    return matrix if (matrix % 1 == 0).all() else ANSWERS * proportions(matrix)


def read_matrix(path: str | Path) -> np.ndarray:
    """Read one human confusion matrix as it is in its file, shape (6, 6).

    Parameters
    ----------
    path : str or Path
        CSV of counts or proportions: first column the expression shown, header the expression
        answered, in any order. ``neutral`` may be among both and is dropped.

    Raises
    ------
    NurtureError
        When the file is missing, an expression is missing or unknown, or an entry is not a
        number >= 0, or a row has no answers.
    """
    table = _read(path).rename(index=fold, columns=fold)
    for names, kind in ((table.index, "row"), (table.columns, "column")):
        wrong = [
            *(f"no {kind} {e}" for e in EXPRESSIONS if e not in names),
            *(f"an unknown {kind} {n}" for n in names if n not in (*EXPRESSIONS, NEUTRAL)),
            *(f"two of {kind} {n}" for n in names[names.duplicated()]),
        ]
        if wrong:
            raise NurtureError(f"{path}: has {wrong[0]}; name it as in {', '.join(EXPRESSIONS)}")
    table = table.loc[list(EXPRESSIONS), list(EXPRESSIONS)].map(_number)
    values = table.to_numpy(float)
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        shown, answered = np.argwhere(bad)[0]
        raise NurtureError(
            f"{path}: row {EXPRESSIONS[shown]}, column {EXPRESSIONS[answered]} is not a number "
            ">= 0; correct it"
        )
    if not values.sum(axis=1).all():
        empty = EXPRESSIONS[int(np.argmin(values.sum(axis=1)))]
        raise NurtureError(f"{path}: row {empty} has no answers; correct it")
    return values


def _read(path: str | Path) -> pd.DataFrame:
    """Read a table whose first column names its rows, all of it text."""
    if not Path(path).is_file():
        raise NurtureError(f"{path}: no such file; correct its name in sources.yaml beside it")
    table = pd.DataFrame(read_lines(Path(path), ()), dtype=object)
    if table.empty:
        raise NurtureError(f"{path}: not a readable table; see config/human/README.md")
    return table.set_index(table.columns[0])


def _number(text: str) -> float:
    """Read a number; NaN where it is none."""
    try:
        return read_number(text)
    except ValueError:
        return np.nan


def read_humans(
    folder: str | Path, names=None, read: Callable[[Path], np.ndarray] = read_confusion
) -> dict[str, np.ndarray]:
    """Read human confusion matrices by short name, those that are named in their order, or all.

    Parameters
    ----------
    folder : str or Path
        Holds ``sources.yaml`` and the files it names.
    names : sequence of str, optional
    read : callable
        `read_confusion` or `read_counts`.
    """
    known = read_sources(folder)["confusion"]
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise NurtureError(
            f"human data {unknown[0]!r}: not in {folder}/sources.yaml; known: {', '.join(known)}"
        )
    chosen = known if names is None else names
    return {name: read(Path(folder) / known[name]["file"]) for name in chosen}


def read_identification(folder: str | Path) -> pd.DataFrame:
    """Read observers' identification curves along the continuum anger-fear.

    Returns
    -------
    pandas.DataFrame
        ``level`` (share of fear, rising), ``group``, ``share_second`` (share answering fear).
        The morphs were made from fear to anger and judged "angry" in percent; both are turned
        round here.

    Raises
    ------
    NurtureError
        When the file is missing or an entry is not a percentage.
    """
    path = Path(folder) / read_sources(folder)["identification"]["file"]
    table = _read(path).map(_number)
    level = 1 - table.index.map(_number).to_numpy(float) / 100
    values = 1 - table.to_numpy(float) / 100
    if not all(((x >= 0) & (x <= 1)).all() for x in (level, values)):
        raise NurtureError(f"{path}: an entry is not a percentage from 0 to 100; correct it")
    order = np.argsort(level)
    return pd.DataFrame(
        {
            "level": np.tile(np.round(level[order], 6), table.shape[1]),
            "group": np.repeat(table.columns.to_numpy(), len(table)),
            "share_second": np.round(values[order], 6).T.ravel(),
        }
    )
