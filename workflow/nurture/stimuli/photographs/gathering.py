"""Photographs of one or several face sets as one stimulus set, and morphs between them."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nurture.core.errors import NurtureError
from nurture.core.expressions import NOBODY, NONE
from nurture.core.identities import identity_names
from nurture.core.names import person_key
from nurture.core.rows import evenly
from nurture.stimuli.photographs.face_sets import find_face_set
from nurture.stimuli.photographs.identities import check_numbers, numbering
from nurture.stimuli.photographs.morphing import morph_faces
from nurture.stimuli.photographs.preparing import Face, align, find_faces
from nurture.stimuli.photographs.reading import read_photographs
from nurture.stimuli.photographs.scanning import doubles, scan
from nurture.stimuli.photographs.selecting import places, select


@dataclass(frozen=True)
class Gathered:
    """Photographs of several face sets, those of the first set first."""

    sets: Sequence[Mapping]
    """Each with ``set``, ``folder`` and perhaps ``select``."""

    table: pd.DataFrame
    """As from `nurture.stimuli.photographs.scanning.scan`, with ``number``, which of `sets` it is
    from, ``numbering``, within which equal names are one person
    (`nurture.stimuli.photographs.identities.numbering`), ``person``, the name that the set gives,
    and ``identity`` as a whole number, unique over all sets; `NOBODY` where it is not known. No
    picture is in it twice."""

    landmarks: np.ndarray
    """shape (n_photographs, 68, 2), in pixels of the photographs."""

    dropped: pd.DataFrame
    """Columns ``set``, ``path`` and ``reason``: every image that is not in `table`."""


def gather(sets: Sequence[Mapping]) -> Gathered:
    """Choose photographs of face sets and find the faces in them.

    Each set has ``set``, its key in the table of face sets; ``folder``, where it lies; perhaps
    ``select``, see `nurture.stimuli.photographs.selecting.select`; and perhaps ``numbering``, else
    found by `nurture.stimuli.photographs.identities.numbering`. A `NurtureError` as of `scan`,
    `select` and `read_photographs`, and when no face is found in any photograph.
    """
    tables, landmarks, dropped, pictures = [], [], [], []
    for number, part in enumerate(sets):
        found, unusable = scan(part["set"], part["folder"])
        chosen, unwanted = select(found, part.get("select", {}))
        images = read_photographs(chosen, part["folder"], find_face_set(part["set"]))
        digests = []
        seen, points, faceless = find_faces(chosen, _digested(images, digests))
        # A photograph of two identities, listed with the box of each, shows two faces.
        picture = dict(zip(places(chosen), digests, strict=True))
        pictures += (places(seen).map(picture) + seen["box"].astype(str)).tolist()
        within = part.get("numbering") or numbering(part, sets)
        tables.append(seen.assign(number=number, set=part["set"], numbering=within))
        landmarks.append(points)
        dropped += [t.assign(set=part["set"]) for t in (unusable, unwanted, faceless)]
    table, points = pd.concat(tables, ignore_index=True), np.concatenate(landmarks)
    if table.empty:
        raise NurtureError(
            f"{', '.join(part['folder'] for part in sets)}: no face is found in any photograph"
        )
    table = _named(table, sets)
    again = doubles(table.assign(identity=identity_names(table)), pictures)
    twice = table[["set"]].assign(path=places(table), reason=again)[again != ""]
    reasons = pd.concat([*dropped, twice], ignore_index=True)[["set", "path", "reason"]]
    kept = (again == "").to_numpy()
    return Gathered(sets, table[kept].reset_index(drop=True), points[kept], reasons)


def _digested(
    images: Iterable[np.ndarray | NurtureError], digests: list[str]
) -> Iterator[np.ndarray | NurtureError]:
    """Pass images on, and write down what is the same for those of equal pixels."""
    for image in images:
        unread = isinstance(image, NurtureError)
        pixels = b"" if unread else str(image.shape).encode() + image.tobytes()
        digests.append(hashlib.sha256(pixels).hexdigest())
        yield image


def _named(table: pd.DataFrame, sets: Sequence[Mapping]) -> pd.DataFrame:
    """Give identities numbers that are unique over all sets, and each one spelling."""
    known = (table["identity"] != NONE).to_numpy()
    by_set = table[known].groupby(["number", "numbering"])["identity"].unique()
    check_numbers([(sets[i], within, names) for (i, within), names in by_set.items()])
    first: dict[tuple[str, str], str] = {}
    spelled = [
        first.setdefault((where, person_key(name)), name)
        for where, name in zip(table["numbering"], table["identity"], strict=True)
    ]
    names = table["numbering"].astype(str) + ":" + pd.Series(spelled, index=table.index)
    numbers = np.full(len(table), NOBODY)
    numbers[known] = np.unique(names[known], return_inverse=True)[1]
    return table.assign(person=spelled, identity=numbers)


def aligned_faces(gathered: Gathered, rows: Sequence[int], size: int) -> Iterator[Face]:
    """Read and align photographs, one at a time, as faces of so many pixels' height and width.

    They are in the order of `rows`, their positions in the table, those of one set together.
    """
    chosen, points = gathered.table.iloc[rows], gathered.landmarks[rows]
    start = 0
    for number, part in chosen.groupby("number", sort=False):
        settings = gathered.sets[number]
        face_set = find_face_set(settings["set"])
        for image in read_photographs(part, settings["folder"], face_set):
            if isinstance(image, NurtureError):
                raise image
            yield align(image, points[start], size)
            start += 1


def photograph_labels(gathered: Gathered) -> pd.DataFrame:
    """Label gathered photographs as stimuli, by text but for identity and level."""
    labels = gathered.table[["expression", "identity"]].assign(continuum=NONE, level=np.nan)
    return labels.join(gathered.table[["set", "person", "numbering"]])


def choose_identities(gathered: Gathered, spec: Mapping) -> dict[int, dict[str, int]]:
    """Choose identities of which there are photographs of both ends of every continuum.

    The specification says of how many ``identities`` and of which ``continua``; where there are
    not so many it is refused. They are evenly spread over all, each with the position of the first
    photograph of each expression.
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
            f"morphs of {spec['identities']} identities: only {len(complete)} have photographs of "
            f"{', '.join(sorted(ends))}; lower identities"
        )
    chosen = [complete[place] for place in evenly(len(complete), spec["identities"])]
    return {identity: rows[identity] for identity in chosen}


def morph_labels(
    gathered: Gathered, identities: Mapping[int, Mapping], spec: Mapping
) -> pd.DataFrame:
    """Labels of morphs in the order of `morphs`: person by person, continuum by continuum."""
    levels = np.linspace(0, 1, spec["levels"])
    rows = [(NONE, i, c, level) for i in identities for c in spec["continua"] for level in levels]
    labels = pd.DataFrame(rows, columns=["expression", "identity", "continuum", "level"])
    names = gathered.table.drop_duplicates("identity").set_index("identity")
    return labels.join(names[["person", "numbering"]], on="identity")


def morphs(
    gathered: Gathered, identities: Mapping[int, Mapping[str, int]], spec: Mapping, size: int
) -> Iterator[Face]:
    """Make the continua of each person that `choose_identities` chose, of so many ``levels``.

    See `nurture.stimuli.photographs.morphing.morph_faces`; `size` is the height and width of the
    faces in pixels.
    """
    levels = np.linspace(0, 1, spec["levels"])
    for rows in identities.values():
        faces = dict(zip(rows, aligned_faces(gathered, list(rows.values()), size), strict=True))
        for continuum in spec["continua"]:
            first, second = continuum.split("-")
            yield from morph_faces(faces[first], faces[second], levels)
