"""Photographs of one or several face sets as one stimulus set, and morphs between them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nurture.errors import NurtureError
from nurture.expressions import NOBODY, NONE
from nurture.photographs.face_sets import FACE_SETS, find_face_set
from nurture.photographs.morphing import morph_faces
from nurture.photographs.preparing import Face, align, find_faces
from nurture.photographs.reading import read_photographs
from nurture.photographs.scanning import scan
from nurture.photographs.selecting import select


@dataclass(frozen=True)
class Gathered:
    """Photographs of several face sets, those of the first set first."""

    sets: Sequence[Mapping]
    """Each with ``set``, ``folder`` and perhaps ``select``."""

    table: pd.DataFrame
    """As from `nurture.photographs.scanning.scan`, with ``number``, which of `sets` it is from,
    ``person``, the name that the set gives, and ``identity`` as a whole number, unique over all
    sets; `NOBODY` where it is not known."""

    landmarks: np.ndarray
    """shape (n_photographs, 68, 2), in pixels of the photographs."""

    dropped: pd.DataFrame
    """Columns ``set``, ``path`` and ``reason``: every image that is not in `table`."""

    path: str | Path = FACE_SETS
    """The table of face sets."""


def gather(sets: Sequence[Mapping], path: str | Path = FACE_SETS) -> Gathered:
    """Choose photographs of face sets and find the faces in them.

    Parameters
    ----------
    sets : sequence of mapping
        Each with ``set``, the key of the table of face sets; ``folder``, where it lies; and
        perhaps ``select``, see `nurture.photographs.selecting.select`.
    path : str or Path
        The table of face sets.

    Returns
    -------
    Gathered

    Raises
    ------
    NurtureError
        As `scan`, `select` and `read_photographs`, and when no face is found in any photograph.
    """
    tables, landmarks, dropped = [], [], []
    for number, part in enumerate(sets):
        found, unusable = scan(part["set"], part["folder"], path)
        chosen, unwanted = select(found, part.get("select", {}))
        images = read_photographs(chosen, part["folder"], find_face_set(part["set"], path))
        seen, points, faceless = find_faces(chosen, images)
        tables.append(seen.assign(number=number, set=part["set"]))
        landmarks.append(points)
        dropped += [t.assign(set=part["set"]) for t in (unusable, unwanted, faceless)]
    table = pd.concat(tables, ignore_index=True)
    if table.empty:
        raise NurtureError(
            f"{', '.join(part['folder'] for part in sets)}: no face is found in any photograph"
        )
    table["person"] = table["identity"]
    table["identity"] = _numbered(table)
    reasons = pd.concat(dropped, ignore_index=True)[["set", "path", "reason"]]
    return Gathered(sets, table, np.concatenate(landmarks), reasons, path)


def _numbered(table: pd.DataFrame) -> np.ndarray:
    """Give people numbers that are unique over all sets."""
    known = (table["identity"] != NONE).to_numpy()
    # The same name means different people in different sets.
    names = table["set"].astype(str) + ":" + table["identity"].astype(str)
    numbers = np.unique(names, return_inverse=True)[1]
    _, numbers[known] = np.unique(numbers[known], return_inverse=True)
    return np.where(known, numbers, NOBODY)


def aligned_faces(gathered: Gathered, rows: Sequence[int], size: int) -> Iterator[Face]:
    """Read and align photographs, one at a time.

    Parameters
    ----------
    gathered : Gathered
        What `gather` returns.
    rows : sequence of int
        Positions in its table, those of one set together.
    size : int
        Height and width of the faces in pixels.

    Yields
    ------
    Face
        In the order of `rows`.
    """
    chosen, points = gathered.table.iloc[rows], gathered.landmarks[rows]
    start = 0
    for number, part in chosen.groupby("number", sort=False):
        settings = gathered.sets[number]
        face_set = find_face_set(settings["set"], gathered.path)
        for image in read_photographs(part, settings["folder"], face_set):
            yield align(image, points[start], size)
            start += 1


def photograph_labels(gathered: Gathered) -> pd.DataFrame:
    """Labels of gathered photographs as stimuli: expression, identity, continuum, level, set."""
    labels = gathered.table[["expression", "identity"]].assign(continuum=NONE, level=np.nan)
    return labels.assign(set=gathered.table["set"])


def choose_people(gathered: Gathered, spec: Mapping) -> dict[int, dict[str, int]]:
    """Choose people of whom there are photographs of both ends of every continuum.

    Parameters
    ----------
    gathered : Gathered
        What `gather` returns.
    spec : mapping
        ``identities``, how many, and ``continua``.

    Returns
    -------
    dict of int to dict of str to int
        For each person, evenly spread over all of them, the position of the first photograph of
        each expression.

    Raises
    ------
    NurtureError
        When there are not so many.
    """
    table = gathered.table[gathered.table["identity"] != NOBODY]
    ends = {end for continuum in spec["continua"] for end in continuum.split("-")}
    wanted = table[table["expression"].isin(ends)].drop_duplicates(["identity", "expression"])
    rows = {
        i: dict(zip(p["expression"], p.index, strict=True)) for i, p in wanted.groupby("identity")
    }
    complete = [identity for identity in sorted(rows) if rows[identity].keys() == ends]
    if len(complete) < spec["identities"]:
        raise NurtureError(
            f"morphs of {spec['identities']} people: only {len(complete)} have photographs of "
            f"{', '.join(sorted(ends))}; lower identities"
        )
    places = np.linspace(0, len(complete) - 1, spec["identities"]).round().astype(int)
    return {complete[place]: rows[complete[place]] for place in places}


def morph_labels(people: Mapping[int, Mapping], spec: Mapping) -> pd.DataFrame:
    """Labels of morphs in the order of `morphs`: person by person, continuum by continuum."""
    levels = np.linspace(0, 1, spec["levels"])
    rows = [(NONE, i, c, level) for i in people for c in spec["continua"] for level in levels]
    return pd.DataFrame(rows, columns=["expression", "identity", "continuum", "level"])


def morphs(
    gathered: Gathered, people: Mapping[int, Mapping[str, int]], spec: Mapping, size: int
) -> Iterator[Face]:
    """Make the continua of each person; see `nurture.photographs.morphing.morph_faces`.

    Parameters
    ----------
    gathered : Gathered
        What `gather` returns.
    people : mapping of int to mapping of str to int
        What `choose_people` returns.
    spec : mapping
        ``levels``, how many, and ``continua``.
    size : int
        Height and width of the faces in pixels.

    Yields
    ------
    Face
        Photographs at the ends of each continuum, and morphs between.
    """
    levels = np.linspace(0, 1, spec["levels"])
    for rows in people.values():
        faces = dict(zip(rows, aligned_faces(gathered, list(rows.values()), size), strict=True))
        for continuum in spec["continua"]:
            first, second = continuum.split("-")
            yield from morph_faces(faces[first], faces[second], levels)
