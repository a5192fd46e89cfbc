"""Which photographs of a folder can be used and what they show, and which of them not and why."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from nurture.core.errors import NurtureError
from nurture.core.expressions import NONE
from nurture.core.file_digest import file_digest
from nurture.stimuli.photographs.face_sets import FACE_SETS, find_face_set
from nurture.stimuli.photographs.listing import COLUMNS, DroppedError, find_images
from nurture.stimuli.photographs.reading import PhotographError, read_photograph
from nurture.stimuli.photographs.selecting import places


def scan(kind: str, folder: str | Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List the photographs of a kind of face set that show a basic expression or neutral.

    Refuses an unknown kind, a folder or a file that labels the images that is missing or not
    readable, a listed path that leads out of the folder, and a set of which no image is left.

    Returns
    -------
    table : pandas.DataFrame
        One row per image, the preferred ones of equals first. Columns ``path`` (from `folder`,
        with slashes), ``row`` (of a CSV file of pixels, from 0; else -1), ``expression``, and,
        ``none`` where the set does not say, ``identity``, ``sex``, ``view``, ``gaze``, ``mouth``,
        ``session`` (text); ``box``, the x, y, width and height of the face in pixels, or None. Of
        files of equal bytes it has one, and none that has two labels.
    dropped : pandas.DataFrame
        Columns ``path`` and ``reason``: every file that is not in `table`.
    """
    face_set, folder = find_face_set(kind), Path(folder)
    if not folder.is_dir():
        raise NurtureError(f"{folder}: no such folder; put {face_set.title} there")
    rows, dropped = [], []
    for place, row in find_images(face_set, folder):
        try:
            if isinstance(row, DroppedError):
                raise row
            if face_set.darkest:
                _check_light(folder / place, face_set.darkest)
            rows.append(row)
        except DroppedError as reason:
            dropped.append((place, str(reason)))
    if face_set.latest_first:
        rows.reverse()
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    again = doubles(table, _pictures(rows, folder))
    twice = pd.DataFrame({"path": places(table), "reason": again})[again != ""]
    dropped = pd.DataFrame(dropped, columns=["path", "reason"], dtype=object)
    dropped = pd.concat([dropped, twice], ignore_index=True)
    table = table[again == ""].reset_index(drop=True)
    if table.empty:
        n, first = len(dropped), ": ".join(dropped.iloc[0]) if len(dropped) else ""
        raise NurtureError(
            f"{folder}: holds no usable image{f' (the first of {n}: {first})' if n else ''}; "
            f"expected is {face_set.title}: see {kind} in {FACE_SETS}"
        )
    return table, dropped


def _check_light(file: Path, darkest: float) -> None:
    try:
        mean = read_photograph(file).mean()
    except PhotographError as error:
        raise DroppedError(error.reason) from None
    if mean < darkest:
        raise DroppedError("black image")


def _pictures(rows: Sequence[dict], folder: Path) -> list[str]:
    """Return a text for each image that is the same for images of equal bytes and faces."""
    files = {row["path"] for row in rows if "picture" not in row}
    size = {path: (folder / path).stat().st_size for path in files}
    shared = Counter(size.values())
    # Files of a size of their own need not be read.
    pictures = [
        row.get("picture")
        or (file_digest(folder / row["path"]) if shared[size[row["path"]]] > 1 else "")
        or row["path"]
        for row in rows
    ]
    return [f"{picture} {row['box']}" for picture, row in zip(pictures, rows, strict=True)]


def doubles(table: pd.DataFrame, pictures: Sequence[str]) -> pd.Series:
    """Return why images that are shown twice, with equal texts of `pictures`, are not used.

    Empty for the first of the images that are the same, unless they have two labels.
    """
    reasons = pd.Series("", index=table.index, dtype=object)
    names = places(table)
    picture = pd.Series(list(pictures), index=table.index, dtype=object)
    for _, rows in table[picture.duplicated(keep=False)].groupby(picture):
        for label in ("expression", "identity"):
            values = [value for value in rows[label].unique() if value != NONE]
            if len(values) > 1:
                reasons[rows.index] = f"one picture with two labels: {' and '.join(values)}"
        if not reasons[rows.index[0]]:
            reasons[rows.index[1:]] = f"the same picture as {names[rows.index[0]]}"
    return reasons
