"""Which photographs of a face set are used."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nurture.core.errors import NurtureError
from nurture.core.expressions import NONE


def select(table: pd.DataFrame, wanted: Mapping) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Choose photographs of a table of `nurture.stimuli.photographs.scanning.scan`.

    Wanted is, for each of ``expression``, ``sex``, ``view``, ``gaze``, ``mouth`` and ``session``
    that matters, a value or a list of them, the preferred ones first. ``one_each: true`` keeps one
    image per identity and expression: the most preferred, by the order of the keys, then the first
    in `table`. Refused are a value that is unknown to the set, a photograph that does not say who
    is shown where one image each is wanted, and to leave nothing.

    Returns
    -------
    table : pandas.DataFrame
        Rows that were chosen, in their order, numbered anew.
    dropped : pandas.DataFrame
        Columns ``path`` and ``reason``.
    """
    table = table.reset_index(drop=True)
    ranks, reasons = [], pd.Series("", index=table.index, dtype=object)
    for key, values in wanted.items():
        if key != "one_each":
            rank = _rank(table[key], [values] if isinstance(values, str) else list(values))
            unwanted = (rank < 0) & (reasons == "")
            reasons[unwanted] = f"{key} " + table.loc[unwanted, key].astype(object)
            ranks.append(rank)
    if wanted.get("one_each", False):
        order = np.lexsort([table.index, *ranks[::-1]])
        again = _doubles(table.loc[order][reasons[order] == ""])
        reasons[again] = "another image of the same person and expression is preferred"
    kept = reasons == ""
    if not kept.any():
        raise NurtureError("select: no image is left; ask for less")
    dropped = pd.DataFrame({"path": places(table[~kept]), "reason": reasons[~kept]})
    return table[kept].reset_index(drop=True), dropped.reset_index(drop=True)


def _rank(column: pd.Series, values: list[str]) -> np.ndarray:
    """Place of each image's value among those wanted, -1 where it is not wanted."""
    stated = sorted(set(column) - {NONE})
    if not set(values) & set(stated):
        found = f"it has {', '.join(stated)}" if stated else "the set does not say"
        raise NurtureError(f"select.{column.name}: no image with {', '.join(values)}; {found}")
    place = {value: i for i, value in enumerate(values)}
    return column.map(lambda value: place.get(value, -1)).to_numpy(int)


def _doubles(table: pd.DataFrame) -> pd.Index:
    """Rows of a person and expression that an earlier row shows already."""
    nobody = table[table["identity"] == NONE]
    if len(nobody):
        raise NurtureError(
            f"select.one_each: {places(nobody).iloc[0]} does not say who is shown; leave it out"
        )
    return table.index[table.duplicated(["identity", "expression"])]


def places(table: pd.DataFrame) -> pd.Series:
    """Return where each image of a table is, in a report: its path, and its row in a CSV file."""
    row = table["row"].map(lambda row: f", row {row}" if row >= 0 else "")
    return table["path"].astype(object) + row.astype(object)
