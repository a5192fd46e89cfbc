"""Which photographs a folder holds and what they show, by the table of face sets."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from nurture.errors import NurtureError
from nurture.expressions import EXPRESSIONS, NEUTRAL, NONE
from nurture.photographs.columns import read_lines
from nurture.photographs.face_sets import FACE_SETS, FaceSet, find_face_set
from nurture.photographs.reading import read_photograph

COLUMNS = ("path", "row", "expression", "identity", "sex", "view", "gaze", "mouth", "session")
SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
"""Endings of what counts as a photograph; other files of a folder are passed over."""


LARGEST_LABEL = 10_000
"""Most bytes of a file that holds one number; NumPy's has 128."""


class DroppedError(Exception):
    """Why an image is not used."""


def scan(
    kind: str, folder: str | Path, path: str | Path = FACE_SETS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List the photographs of a face set that show a basic expression or neutral.

    Parameters
    ----------
    kind : str
        Key of the table of face sets.
    folder : str or Path
        Where the set lies.
    path : str or Path
        The table of face sets.

    Returns
    -------
    table : pandas.DataFrame
        One row per image, the preferred ones of equals first. Columns ``path`` (from `folder`,
        with slashes), ``row`` (of a CSV file of pixels, from 0; else -1), ``expression``, and,
        ``none`` where the set does not say, ``identity``, ``sex``, ``view``, ``gaze``, ``mouth``,
        ``session`` (text).
    dropped : pandas.DataFrame
        Columns ``path`` and ``reason``: every image that is not in `table`.

    Raises
    ------
    NurtureError
        When the kind is unknown, the folder or a file that labels the images is missing or not
        readable, a listed path leads out of the folder, or no image is left.
    """
    face_set, folder = find_face_set(kind, path), Path(folder)
    if not folder.is_dir():
        raise NurtureError(f"{folder}: no such folder; put {face_set.title} there")
    readers = {"names": _by_name, "beside": _by_name, "list": _by_list, "pixels": _by_pixels}
    rows, dropped = [], []
    for place, row in readers[face_set.layout](face_set, folder):
        if isinstance(row, DroppedError):
            dropped.append((place, str(row)))
        else:
            rows.append(row)
    if not rows:
        first = f" (the first of {len(dropped)}: {': '.join(dropped[0])})" if dropped else ""
        raise NurtureError(
            f"{folder}: holds no usable image{first}; expected is {face_set.title}: see {kind} in "
            f"{path}"
        )
    if face_set.latest_first:
        rows.reverse()
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table, pd.DataFrame(dropped, columns=["path", "reason"])


Found = Iterator[tuple[str, dict | DroppedError]]
"""A place and what is there: a row of the table, or why it is not used."""


def _by_name(face_set: FaceSet, folder: Path) -> Found:
    for place, unusable in _walk(folder):
        try:
            if unusable:
                raise DroppedError(unusable)
            groups = parse_name(face_set, place)
            if face_set.layout == "beside":
                label = groups["before"] + face_set.label.format(**groups)
                groups["expression"] = _read_label(folder, label)
            row = _row(face_set, place, groups)
            if face_set.darkest:
                _check_light(folder / place, face_set.darkest)
        except DroppedError as dropped:
            row = dropped
        yield place, row


def _check_light(file: Path, darkest: float) -> None:
    try:
        mean = read_photograph(file).mean()
    except NurtureError:
        raise DroppedError("not a readable image") from None
    if mean < darkest:
        raise DroppedError("black image")


def _walk(folder: Path) -> Iterator[tuple[str, str]]:
    """Images below a folder in sorted order, each with why it is not usable, if so."""

    def fail(error: OSError) -> None:
        raise NurtureError(f"{error.filename}: not readable ({error.strerror}); change its rights")

    for here, folders, files in os.walk(folder, onerror=fail):
        folders.sort()
        inside = Path(here).relative_to(folder)
        for name in filter(lambda name: Path(here, name).is_symlink(), folders):
            yield (inside / name).as_posix(), "linked folder; move or copy it here"
        for name in sorted(files):
            if Path(name).suffix.lower() in SUFFIXES:
                yield _usable(folder, (inside / name).as_posix())


def _usable(folder: Path, place: str) -> tuple[str, str]:
    if not place.isprintable():
        return ascii(place), "unprintable character in its name"
    if (folder / place).is_symlink() and not _lies_inside(folder, place):
        return place, "link out of the folder; copy the file"
    return place, ""


def _lies_inside(folder: Path, place: str) -> bool:
    return (folder / place).resolve().is_relative_to(folder.resolve())


def check_inside(folder: Path, place: str) -> str:
    """Return a listed path when it stays in the folder.

    Raises
    ------
    NurtureError
        When it is absolute, climbs out with ``..`` or leads out through a link.
    """
    try:
        inside = _lies_inside(folder, place)
    except (OSError, ValueError, RuntimeError):
        raise NurtureError(f"{folder}: listed path {place!r} is not a path; correct it") from None
    if not inside:
        raise NurtureError(f"{folder}: listed path {place!r} leads out of it; correct the list")
    return place


def parse_name(face_set: FaceSet, place: str) -> dict[str, str]:
    """Split a path into groups by the set's pattern.

    Parameters
    ----------
    face_set : FaceSet
        With a pattern.
    place : str
        Path with slashes; only its end need fit.

    Returns
    -------
    dict of str to str
        The pattern's groups, and ``before``, the path up to what fitted.

    Raises
    ------
    DroppedError
        When the path does not fit.
    """
    head, _, name = place.rpartition("/")
    renamed = {old.casefold(): new for old, new in face_set.renamed.items()}
    name = renamed.get(name.casefold(), name)
    match = face_set.pattern.fullmatch(f"{head}/{name}" if head else name)
    if name.startswith(".") or match is None:
        raise DroppedError("its name is not one of this set's")
    return match.groupdict()


def _row(face_set: FaceSet, place: str, groups: Mapping[str, str], row: int = -1) -> dict:
    """Row of the table from an image's groups.

    Raises
    ------
    DroppedError
        When it shows no studied expression, or its identity has a space in it.
    """
    record = {"path": place, "row": row}
    for column in COLUMNS[2:]:
        value = groups.get(column) or face_set.constant.get(column, NONE)
        codes = face_set.codes.get(column)
        if codes is not None and column in groups:
            value = codes.get(value.casefold(), value)
        record[column] = value
    if record["expression"] not in (*EXPRESSIONS, NEUTRAL):
        raise DroppedError(f"its expression, {record['expression']!r}, is not studied")
    if face_set.identity is not None and face_set.layout != "list":
        record["identity"] = face_set.identity.format(**groups).upper()
    if any(character.isspace() for character in record["identity"]):
        raise DroppedError(f"space in identity {record['identity']!r}")
    return record


def _read_label(folder: Path, label: str) -> str:
    """Read a whole number from a label file: a NumPy array of text or number, or a text."""
    file = folder / check_inside(folder, label)
    try:
        if file.stat().st_size > LARGEST_LABEL:
            raise ValueError("more than a number")
        if file.suffix == ".npy":
            with file.open("rb") as stream:
                value = np.lib.format.read_array(stream, allow_pickle=False).item()
        else:
            value = file.read_text(encoding="ascii")
        return str(int(float(value)))
    except FileNotFoundError:
        raise DroppedError(f"no label file {label}") from None
    except Exception as error:  # NumPy raises whatever the header of a broken file provokes.
        raise DroppedError(f"label file {label} holds no number") from error


def _by_list(face_set: FaceSet, folder: Path) -> Found:
    files = {name: session for name, session in face_set.files.items() if (folder / name).is_file()}
    if not files:
        raise NurtureError(f"{folder}: holds no {' or '.join(face_set.files)}; put it there")
    needed = [face_set.columns["path"], face_set.columns["expression"]]
    for name, session in files.items():
        lines = read_lines(folder / name, needed, face_set.header, face_set.separator)
        for number, line in enumerate(lines):
            groups = {c: line[h].strip() for c, h in face_set.columns.items() if line.get(h)}
            place = groups.get("path", "")
            try:
                if not place:
                    raise DroppedError("no path")
                if face_set.pattern is not None:
                    groups |= parse_name(face_set, place)
                place = PurePosixPath(face_set.image.format(**groups)).as_posix()
                if not os.path.isfile(folder / check_inside(folder, place)):
                    raise DroppedError("no such file")
                row = _row(face_set, place, {"session": session, **groups})
            except DroppedError as dropped:
                row = dropped
            yield place or f"{name}, row {number}", row


def _by_pixels(face_set: FaceSet, folder: Path) -> Found:
    needed = [h for c, h in face_set.columns.items() if c in ("pixels", "expression")]
    lines = list(_labels(face_set, folder, needed))
    votes = _votes(face_set, folder) if face_set.votes else [{}] * len(lines)
    if len(votes) != len(lines):
        raise NurtureError(
            f"{folder}: {face_set.file} has {len(lines)} rows and {face_set.votes} {len(votes)}; "
            "use the published files"
        )
    for number, groups in enumerate(lines):
        try:
            row = _row(face_set, face_set.file, groups | votes[number], number)
        except DroppedError as dropped:
            row = dropped
        yield f"{face_set.file}, row {number}", row


def _labels(face_set: FaceSet, folder: Path, needed: Sequence[str]) -> Iterator[dict[str, str]]:
    """Fields of each image of a file of pixels, without its pixels."""
    for line in read_lines(folder / face_set.file, needed):
        yield {c: line.get(h) or "" for c, h in face_set.columns.items() if c != "pixels"}


def _votes(face_set: FaceSet, folder: Path) -> list[dict[str, str]]:
    """Find what most people voted for, image by image: ``tied`` where the most votes tie."""
    options = list(face_set.codes["expression"])
    file = folder / face_set.votes
    labels = []
    for number, line in enumerate(read_lines(file, ())):
        given = {name.casefold(): value for name, value in line.items()}
        try:
            votes = [int(given[option]) for option in options]
        except (KeyError, TypeError, ValueError):
            raise NurtureError(
                f"{file}, row {number}: expected a whole number for each of {', '.join(options)}; "
                "use the published file"
            ) from None
        winner = options[votes.index(max(votes))]
        tied = votes.count(max(votes)) > 1
        labels.append({"expression": "tied" if tied else winner})
    return labels
