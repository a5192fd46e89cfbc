"""Who is who in photographs: one rule for names, and how far a name goes.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from nurture.errors import NurtureError
from nurture.expressions import NONE
from nurture.photographs.face_sets import FACE_SETS, find_face_set

UNKNOWN = {"", NONE, "null", "nan", "n/a", "#n/a", "unknown", "?", "-"}
"""What says that it is not known who is shown. ``NA`` is a name: somebody in JAFFE has it."""

OTHERS = "none"
"""Value of ``same_people_as`` for a folder whose people are nobody else's."""


def clean_name(text: str) -> str:
    """Spell a name as it is shown: composed, without what cannot be seen; `NONE` for nobody.

    Parameters
    ----------
    text : str
        As in a list.

    Returns
    -------
    str
        In Unicode's form NFC, spaces made one and removed at the ends.
    """
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf")
    name = unicodedata.normalize("NFC", " ".join(seen.split()))
    return NONE if name.casefold() in UNKNOWN else name


def person_key(name: str) -> str:
    """Return what is the same for all spellings of one name.

    Letters are compared without regard to case, wide and composed forms alike (Unicode's NFKC),
    and numbers by their value: 1, 001, 1.0 and 1,0 are one name.
    """
    key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    if re.fullmatch(r"[0-9]+([.,][0-9]+)?", key):
        return f"{Decimal(key.replace(',', '.')).normalize():f}"
    return key


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
        The folder, from where the run is; or, for a published face set, what numbers its people.
    """
    by_folder, passed = {_place(one["folder"]): one for one in parts}, set()
    while (other := part.get("same_people_as", OTHERS)) != OTHERS and other not in passed:
        passed.add(other)
        part = by_folder.get(_place(other), {"set": part["set"], "folder": other})
    people = find_face_set(part["set"], path).people or part["set"]
    own = people == "folder" or "same_people_as" in part
    return _place(part["folder"]) if own else people


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


def display_names(names: Sequence[str], people: Sequence[str], folders: Sequence[str]) -> list[str]:
    """Spell names so that two people never look alike: with their folder where it is needed.

    Parameters
    ----------
    names, people, folders : sequence of str
        Of each photograph: the name, its `numbering`, and the folder as the user wrote it.
    """
    found: dict[str, set[str]] = {}
    for name, where in zip(names, people, strict=True):
        found.setdefault(person_key(name), set()).add(where)
    return [
        f"{name} ({folder})" if name != NONE and len(found[person_key(name)]) > 1 else name
        for name, folder in zip(names, folders, strict=True)
    ]
