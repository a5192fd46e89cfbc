"""The table of face sets: how each says what its photographs show, and its terms.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nurture.core.columns import column_names, fold
from nurture.core.errors import NurtureError
from nurture.core.texts import read_yaml

FACE_SETS = Path(__file__).parents[4] / "config" / "face_sets.yaml"

LAYOUTS = {
    "names": {"pattern"},
    "folders": {"codes"},
    "list": {"files", "columns", "image"},
    "beside": {"pattern", "label"},
    "pixels": {"file", "columns", "side"},
}
"""How a set says what an image shows, and the keys that this needs."""


@dataclass(frozen=True, kw_only=True)
class FaceSet:
    """One entry of config/face_sets.yaml, whose head describes the keys."""

    kind: str
    title: str
    source: str
    terms: str
    layout: str
    identity: str | None
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constant: Mapping[str, str] = field(default_factory=dict)
    pattern: re.Pattern | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    darkest: float = 0.0
    latest_first: bool = False
    files: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    separator: str = ""
    header: tuple[str, ...] = ()
    image: str = ""
    label: str = ""
    file: str = ""
    side: int = 0
    votes: str = ""
    numbering: str = ""


def read_face_sets(path: str | Path = FACE_SETS) -> dict[str, FaceSet]:
    """Read the table of face sets, YAML as config/face_sets.yaml, by kind and in the table's order.

    Refuses an entry that is not complete, naming file, set and key.
    """
    table = read_yaml(path, "restore it from the repository")
    if not isinstance(table, Mapping):
        raise NurtureError(f"{path}: expected a table of face sets")
    return {kind: _face_set(kind, entry, f"{path}, {kind}") for kind, entry in table.items()}


def _face_set(kind: str, entry: object, where: str) -> FaceSet:
    if not isinstance(entry, Mapping) or entry.get("layout") not in LAYOUTS:
        raise NurtureError(f"{where}: needs a layout, one of {', '.join(LAYOUTS)}")
    needed = {"title", "source", "terms", "identity"} | LAYOUTS[entry["layout"]]
    known = FaceSet.__dataclass_fields__.keys() - {"kind"}
    for key in sorted(needed - entry.keys()):
        raise NurtureError(f"{where}: the key {key} is missing; add it")
    for key in sorted(entry.keys() - known):
        raise NurtureError(f"{where}: unknown key {key}; known: {', '.join(sorted(known))}")
    entry = dict(entry)
    if "pattern" in entry:
        try:
            tail = f"(?P<before>(?:.*/)?)(?:{entry['pattern']})"
            entry["pattern"] = re.compile(tail, re.IGNORECASE | re.ASCII)
        except re.error as error:
            raise NurtureError(f"{where}.pattern: {error}; correct the expression") from None
    codes = entry.pop("codes", {})
    folded = {column: {str(k).casefold(): v for k, v in t.items()} for column, t in codes.items()}
    return FaceSet(kind=kind, codes=folded, **entry)


def find_face_set(kind: str) -> FaceSet:
    """Look up one entry of the table of face sets; a `NurtureError` names those there are."""
    sets = read_face_sets()
    if kind not in sets:
        raise NurtureError(f"face set {kind!r}: not in {FACE_SETS}; known: {', '.join(sets)}")
    return sets[kind]


def has_identity(kind: str, folder: str | Path | None = None) -> bool:
    """Test whether a set says who is shown, without which units cannot be selected on it.

    A set that lists its images says who they show if the list in its folder has such a column;
    without the folder or the list it is taken to have one.
    """
    face_set = find_face_set(kind)
    if face_set.identity is None or folder is None or "identity" not in face_set.columns:
        return face_set.identity is not None
    lists = [Path(folder, name) for name in face_set.files]
    columns = [column_names(file, face_set.separator) for file in lists if file.is_file()]
    return all(fold(face_set.columns["identity"]) in map(fold, names) for names in columns)
