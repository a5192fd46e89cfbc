"""What lies in files that users bring: a rule's parameter, so that their content decides.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from nurture.core.texts import LOADER

ROOT = Path(__file__).parents[3]
ABSENT = "absent"


def content_now(what: str) -> str:
    """Digest of something that users bring, as it is at this moment.

    Parameters
    ----------
    what : str
        Its kind and its name:

        - ``file weights.pth``, byte by byte,
        - ``data config/action_units.yaml``, a file of YAML, JSON or comma-separated values as it is
          understood: comments, layout and quotes do not count, the order of keys and rows does,
        - ``folder faces``, the names of all files in it, and what they hold; links to other
          folders are not followed,
        - ``sizes faces``, the same with the sizes of the files for what they hold: quick for
          hundreds of thousands of photographs, and blind to one replaced by one of its size,
        - ``package timm``, the text of an installed package's modules,
        - ``version timm``, the version of a package.

        A name that begins with ``@`` is that of a file of this project, of which the part after
        ``#`` counts: ``data @config/face_sets.yaml#kdef``.

    Returns
    -------
    str
        ``absent`` where there is no such thing.
    """
    kind, _, name = what.partition(" ")
    return KINDS[kind](name)


content_of = cache(content_now)
"""The same, found once in a process: what a run has planned with stays as it was."""


def contents_of(whats: Iterable[str]) -> dict[str, str]:
    """Digest of each of some things, by what they are; see `content_now`."""
    return {what: content_of(what) for what in whats}


def changed_contents(contents: Mapping[str, str]) -> list[str]:
    """Names of those things that are no longer what they were."""
    return [what.partition(" ")[2] for what, was in contents.items() if content_now(what) != was]


def content_files(contents: Iterable[str]) -> list[Path]:
    """Files that some of these things consist of, as far as users bring them."""
    found = []
    for kind, _, name in (what.partition(" ") for what in contents):
        if kind in ("file", "data"):
            found.append(_path(name)[0])
        elif kind in ("folder", "sizes"):
            found += _files_in(_path(name)[0])
    return found


def file_digest(path: str | Path, algorithm: str = "sha256") -> str:
    """Digest of a file, in hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _files_in(folder: Path) -> list[Path]:
    found = []
    for here, folders, files in os.walk(folder):
        folders.sort()
        found += [path for path in (Path(here, name) for name in sorted(files)) if path.is_file()]
    return found


def _path(name: str) -> tuple[Path, str]:
    """Find the file of a name, and the part of it that is meant."""
    if not name.startswith("@"):
        return Path(name), ""
    inside, _, part = name[1:].partition("#")
    return ROOT / inside, part


def _file(name: str) -> str:
    path = _path(name)[0]
    return file_digest(path) if path.is_file() else ABSENT


def _folder(name: str, verify: bool = True) -> str:
    folder, total = _path(name)[0], hashlib.sha256()
    for path in _files_in(folder):
        held = file_digest(path) if verify else str(path.stat().st_size)
        total.update(f"{path.relative_to(folder).as_posix()}\0{held}\n".encode())
    return total.hexdigest()[:16]


def _data(name: str) -> str:
    path, part = _path(name)
    if not path.is_file():
        return ABSENT
    try:
        text = path.read_bytes().decode("utf-8-sig")
        understood = _understood(text, path.suffix.lower())
        plain = _plain(understood[part] if part else understood)
    except (ValueError, KeyError, TypeError, RecursionError, csv.Error, yaml.YAMLError):
        # What its reader says of it is clearer.
        return file_digest(path)
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:16]


def _understood(text: str, suffix: str) -> Any:
    if suffix in (".yaml", ".yml"):
        return yaml.load(text, LOADER)
    if suffix == ".json":
        return json.loads(text)
    if suffix in (".csv", ".tsv"):
        dialect = "excel" if suffix == ".csv" else "excel-tab"
        return [row for row in csv.reader(io.StringIO(text, newline=""), dialect) if row]
    raise ValueError(suffix)


def _plain(value: object) -> object:
    """Write what a file holds as lists, in which nothing is left out: a key 1 is not a key "1"."""
    if isinstance(value, Mapping):
        return ["keys", *([_plain(key), _plain(held)] for key, held in value.items())]
    if isinstance(value, list | tuple):
        return ["items", *map(_plain, value)]
    known = value is None or isinstance(value, str | bool | int | float)
    return value if known else [type(value).__name__, str(value)]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ABSENT


def _package(name: str) -> str:
    """Digest of the text of a package's modules, found without importing it."""
    spec, total = find_spec(name), hashlib.sha256()
    if spec is not None and spec.submodule_search_locations:
        folders = map(Path, spec.submodule_search_locations)
        files = [(path, path.relative_to(top)) for top in folders for path in top.rglob("*.py")]
    else:
        origin = spec.origin if spec is not None and spec.has_location else None
        files = [(Path(origin), Path(name))] if origin else []
    for path, inside in sorted(files, key=str):
        total.update(f"{inside}\0{file_digest(path)}\n".encode())
    return total.hexdigest()[:16]


KINDS: dict[str, Callable[[str], str]] = {
    "file": _file,
    "data": _data,
    "folder": _folder,
    "sizes": partial(_folder, verify=False),
    "package": _package,
    "version": _version,
}
