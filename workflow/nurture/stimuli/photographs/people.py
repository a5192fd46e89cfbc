"""How far the name of a person goes: within a folder, or a published set.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

from nurture.core.errors import NurtureError
from nurture.core.names import person_key
from nurture.stimuli.photographs.face_sets import FACE_SETS, find_face_set

OTHERS = "none"
"""Value of ``same_people_as`` for a folder whose people are nobody else's."""


def numbering(part: Mapping, parts: Iterable[Mapping], path=FACE_SETS) -> str:
    """Name that within which equal names are one person.

    Parameters
    ----------
    part : mapping
        ``set``, ``folder`` and perhaps ``same_people_as``: another folder, or `OTHERS`.
    parts : iterable of mapping
        All parts, among them that of the other folder.
    path : str or Path
        The table of face sets.

    Returns
    -------
    str
        The folder, from where the run is and with a slash at its end; or, for a published face set,
        what numbers its people.
    """
    by_folder = {_place(one["folder"]): one for one in parts}
    passed = [_place(part["folder"])]
    while (other := part.get("same_people_as", OTHERS)) != OTHERS and _place(other) not in passed:
        passed.append(_place(other))
        part = by_folder.get(passed[-1], {"set": part["set"], "folder": other})
    people = find_face_set(part["set"], path).people or part["set"]
    if people != "folder" and "same_people_as" not in part:
        return people
    # Folders that refer to each other share the first of their names.
    return f"{passed[-1] if other == OTHERS else min(passed)}/"


class Group(NamedTuple):
    """People of one numbering."""

    people: str
    """See `numbering`."""

    names: Mapping[str, str]
    """By `nurture.core.names.person_key`."""

    unknown: Sequence[str] = ()
    """The first photograph that does not say who is shown, if there is one."""


def shared_people(mine: Iterable[Group], theirs: Sequence[Group]) -> str:
    """Name who is, or may be, in both of two stimulus sets; empty where nobody is."""
    for one, other in product(mine, theirs):
        if one.people == other.people and (names := [*one.names.keys() & other.names.keys()]):
            first = min(one.names[key] for key in names)
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            return f"{first}{more} of {one.people}"
        if (one.unknown or other.unknown) and overlap(one.people, other.people):
            return f"{one.people}, which does not say who is shown,"
    return ""


def overlap(first: str, second: str) -> bool:
    """Tell whether two numberings are the same, or folders of which one lies in the other."""
    if not (first.endswith("/") and second.endswith("/")):
        return first == second
    return Path(first).is_relative_to(second) or Path(second).is_relative_to(first)


def _place(folder: str) -> str:
    return os.path.relpath(os.path.realpath(folder))


def check_numbers(known: Sequence[tuple[Mapping, str, Iterable[str]]]) -> None:
    """Refuse two folders of one published set that name people alike, unless it is stated.

    Parameters
    ----------
    known : sequence of tuple
        Of each part: its settings, its `numbering`, the names of its people.

    Raises
    ------
    NurtureError
        Whether they are the same people cannot be known.
    """
    first: dict[tuple[str, str], Mapping] = {}
    for part, people, names in known:
        for name in names:
            other = first.setdefault((people, person_key(name)), part)
            stated = "same_people_as" in part or "same_people_as" in other
            if _place(other["folder"]) != _place(part["folder"]) and not stated:
                raise NurtureError(
                    f"{part['folder']}: {name} is in {other['folder']} too; add same_people_as: "
                    f"{other['folder']} if that is the same person, or same_people_as: {OTHERS}"
                )
