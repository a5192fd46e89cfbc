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
from nurture.stimuli.photographs.face_sets import find_face_set

OTHERS = "none"
"""Value of ``same_identities_as`` for a folder whose identities are nobody else's."""


def numbering(part: Mapping, parts: Iterable[Mapping]) -> str:
    """Name that within which equal names are one person.

    It is the folder, from where the run is and with a slash at its end; or, for a published face
    set, the set that has the same identities. A part has ``set``, ``folder`` and perhaps
    ``same_identities_as``: another folder, of one of all `parts`, or `OTHERS`.
    """
    by_folder = {_place(one["folder"]): one for one in parts}
    passed = [_place(part["folder"])]
    while (other := part.get("same_identities_as", OTHERS)) != OTHERS:
        if _place(other) in passed:
            break
        passed.append(_place(other))
        part = by_folder.get(passed[-1], {"set": part["set"], "folder": other})
    published = find_face_set(part["set"]).numbering or part["set"]
    if published != "folder" and "same_identities_as" not in part:
        return published
    # Folders that refer to each other share the first of their names.
    return f"{passed[-1] if other == OTHERS else min(passed)}/"


class Group(NamedTuple):
    """Identities of one `numbering`, by `nurture.core.names.person_key`.

    ``unknown``: the first photograph that does not say who is shown, if there is one.
    """

    numbering: str
    names: Mapping[str, str]
    unknown: Sequence[str] = ()


def shared_identities(mine: Iterable[Group], theirs: Sequence[Group]) -> str:
    """Name who is, or may be, in both of two stimulus sets; empty where nobody is."""
    for one, other in product(mine, theirs):
        if one.numbering == other.numbering and (names := [*one.names.keys() & other.names.keys()]):
            first = min(one.names[key] for key in names)
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            return f"{first}{more} of {one.numbering}"
        if (one.unknown or other.unknown) and overlap(one.numbering, other.numbering):
            return f"{one.numbering}, which does not say who is shown,"
    return ""


def overlap(first: str, second: str) -> bool:
    """Test whether two numberings are the same, or folders of which one lies in the other."""
    if not (first.endswith("/") and second.endswith("/")):
        return first == second
    return Path(first).is_relative_to(second) or Path(second).is_relative_to(first)


def _place(folder: str) -> str:
    return os.path.relpath(os.path.realpath(folder))


def check_numbers(known: Sequence[tuple[Mapping, str, Iterable[str]]]) -> None:
    """Refuse two folders of one published set that name identities alike, unless it is stated.

    Whether they are the same identities cannot be known. Known are of each part its settings, its
    `numbering` and the names of its identities.
    """
    first: dict[tuple[str, str], Mapping] = {}
    for part, within, names in known:
        for name in names:
            other = first.setdefault((within, person_key(name)), part)
            stated = "same_identities_as" in part or "same_identities_as" in other
            if _place(other["folder"]) != _place(part["folder"]) and not stated:
                raise NurtureError(
                    f"{part['folder']}: {name} is in {other['folder']} too; add "
                    f"same_identities_as: {other['folder']} if that is the same person, or "
                    f"same_identities_as: {OTHERS}"
                )
