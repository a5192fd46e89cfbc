"""Which images lie in a folder or are listed there, and what each shows, by its face set.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import hashlib
import math
import os
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path, PurePosixPath

from nurture.core.columns import fold, numbered_lines, read_lines
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS, NEUTRAL, NONE
from nurture.core.names import clean_name, person_key
from nurture.stimuli.photographs.face_sets import FaceSet, find_face_set

LABELS = ("expression", "identity", "sex", "view", "gaze", "mouth", "session")
COLUMNS = ("path", "row", *LABELS, "box")

BOX = ("x", "y", "width", "height")
"""Columns of a list that state where in an image the face is."""

SUFFIXES = {
    *(".avif", ".bmp", ".dib", ".gif", ".heic", ".heif", ".j2k", ".jfif", ".jp2", ".jpe", ".jpeg"),
    *(".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"),
}
"""Endings of what counts as a photograph; of other files the first bytes decide."""

SIGNATURES = (
    *(b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"\0\0\0\x0cjP  "),
    *(b"\xff\x4f\xff\x51", b"P2\n", b"P3\n", b"P5\n", b"P6\n"),
)
"""First bytes of images."""

BRANDS = (b"ftypavif", b"ftypheic", b"ftypheix", b"ftypmif1", b"WEBP")
"""Bytes from the fifth or ninth on of other images."""

HIDDEN = {"__macosx", "@eadir", "$recycle.bin", "thumbs", "thumbnails", "thumbs.db", "desktop.ini"}
"""Names of what systems leave in folders; names that begin with a dot count as well."""

MEANT = {
    **dict.fromkeys(("an", "mad", "furious", "rage", "wut"), "anger"),
    **dict.fromkeys(("di", "disgusting", "disgustedness"), "disgust"),
    **dict.fromkeys(("af", "fe", "scared", "frightened", "anxious"), "fear"),
    **dict.fromkeys(("ha", "joy", "joyful", "smile", "smiling", "glad"), "happiness"),
    **dict.fromkeys(("sa", "sorrow", "unhappy", "grief"), "sadness"),
    **dict.fromkeys(("su", "sp", "astonishment", "astonished", "amazed"), "surprise"),
    "ne": NEUTRAL,
}
"""Words for expressions that no list of codes has, and what may be meant by them."""

LARGEST_LABEL = 10_000
"""Most bytes of a file that holds one number; NumPy's has 128."""


class DroppedError(Exception):
    """Why an image is not used."""


Found = Iterator[tuple[str, dict | DroppedError]]
"""A place and what is there: a row of the table, or why it is not used."""


def find_images(face_set: FaceSet, folder: Path) -> Found:
    """Find the images of a face set, and what else lies in its folder.

    Each place, a path from `folder` or a line of a list, comes with its row, `COLUMNS` and of a
    file of pixels ``picture``, a digest; or with why it is not used. All spellings of a person's
    name are replaced by the first. A `NurtureError` when a list is not readable, a listed path
    leads out of the folder, or a photograph lies in folders of two expressions.
    """
    read = {"list": _by_list, "pixels": _by_pixels}.get(face_set.layout, _by_place)
    names: dict[str, str] = {}
    for place, row in read(face_set, folder):
        if not isinstance(row, DroppedError):
            name = row["identity"]
            row["identity"] = names.setdefault(person_key(name), name)
        yield place, row


@cache
def _labelled(kind: str, folder: str, _: str) -> list[dict]:
    """Rows of a folder, read once in a process; the last argument says where in truth it is."""
    found = find_images(find_face_set(kind), Path(folder))
    return [row for _, row in found if isinstance(row, dict)]


def shown_identities(part: Mapping) -> tuple[list[str], list[str]]:
    """Find whom the selected photographs of a face set show, without reading a photograph.

    A part has ``set``, ``folder`` and perhaps ``select``.

    Returns
    -------
    names : list of str
        Each once; none where the folder is missing.
    unknown : list of str
        The first photograph that does not say who is shown; the folder, where none of the set does.
    """
    folder, wanted = part["folder"], dict(part.get("select", {}))
    wanted.pop("one_each", None)
    if not Path(folder).is_dir():
        return [], []
    if find_face_set(part["set"]).identity is None:
        return [], [folder]
    asked = {key: [one] if isinstance(one, str) else one for key, one in wanted.items()}
    listed = _labelled(part["set"], folder, os.path.realpath(folder))
    rows = [row for row in listed if all(row[key] in values for key, values in asked.items())]
    names = dict.fromkeys(row["identity"] for row in rows)
    return [n for n in names if n != NONE], [r["path"] for r in rows if r["identity"] == NONE][:1]


def _by_place(face_set: FaceSet, folder: Path) -> Found:
    for place, unusable in _walk(folder, face_set):
        try:
            if unusable:
                raise DroppedError(unusable)
            row = _row(face_set, place, _groups(face_set, folder, place))
        except DroppedError as dropped:
            row = dropped
        yield place, row


def _groups(face_set: FaceSet, folder: Path, place: str) -> dict[str, str]:
    if face_set.layout == "folders":
        words = PurePosixPath(place).parts[:-1]
        return {"expression": _said(face_set.codes["expression"], words, f"{folder}/{place}")}
    groups = parse_name(face_set, place)
    if face_set.layout == "beside":
        label = groups["before"] + face_set.label.format(**groups)
        groups["expression"] = _read_label(folder, label)
    return groups


def _said(codes: Mapping[str, str], words: Sequence[str], where: str) -> str:
    """Expression that the folders around a photograph say, whichever of them says it."""
    said = list(dict.fromkeys(codes[fold(word)] for word in words if fold(word) in codes))
    if len(said) > 1:
        raise NurtureError(
            f"{where}: lies in folders of {said[0]} and of {said[1]}; move it into one of them"
        )
    for word in words:
        meant = meant_by(word, codes)
        if fold(word) not in codes and meant and said and meant not in said:
            raise DroppedError(f"lies in a folder of {said[0]} and in {word!r}{_hint(word, codes)}")
    if said:
        return said[0]
    if not words:
        raise DroppedError("lies in no folder that is named after an expression")
    hints = filter(None, (_hint(word, codes) for word in reversed(words)))
    raise DroppedError(f"its folder, {words[-1]!r}, names no expression{next(hints, '')}")


def meant_by(word: str, codes: Mapping[str, str]) -> str:
    """Guess which expression a word that is none of the codes may stand for; empty where none."""
    letters = "".join(filter(str.isalpha, fold(word)))
    if letters in MEANT or letters in codes:
        return codes.get(letters) or MEANT[letters]
    close = get_close_matches(letters, codes, n=1, cutoff=0.75)
    return codes[close[0]] if close else ""


def _hint(word: str, codes: Mapping[str, str]) -> str:
    meant = meant_by(word, codes)
    return f"; did you mean {meant}?" if meant else ""


def _walk(folder: Path, face_set: FaceSet) -> Iterator[tuple[str, str]]:
    """Files below a folder in sorted order, each with why it is not usable, if so."""

    def fail(error: OSError) -> None:
        raise NurtureError(f"{error.filename}: not readable ({error.strerror}); change its rights")

    labels = {*face_set.files, face_set.file, face_set.votes}
    for here, folders, files in os.walk(folder, onerror=fail):
        inside = Path(here).relative_to(folder)
        for name in sorted(filter(_is_hidden, folders)):
            yield ascii_place(inside / name), "hidden folder"
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        for name in filter(lambda name: Path(here, name).is_symlink(), folders):
            yield ascii_place(inside / name), "linked folder; move or copy it here"
        for name in sorted(files):
            place = (inside / name).as_posix()
            label = face_set.label and Path(name).suffix == Path(face_set.label).suffix
            if place not in labels and not label:
                yield ascii_place(inside / name), _why_unusable(folder, place)


def ascii_place(path: Path) -> str:
    """Path with slashes; in ASCII where a character of it cannot be printed."""
    place = path.as_posix()
    return place if place.isprintable() else ascii(place)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.casefold() in HIDDEN


def _why_unusable(folder: Path, place: str) -> str:
    if not place.isprintable():
        return "unprintable character in its name"
    if _is_hidden(PurePosixPath(place).name):
        return "hidden file"
    if (folder / place).is_symlink() and not _lies_inside(folder, place):
        return "link out of the folder; copy the file"
    if PurePosixPath(place).suffix.lower() in SUFFIXES or _begins_as_image(folder / place):
        return ""
    return "not an image"


def _begins_as_image(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            start = stream.read(16)
    except OSError:
        return False
    return start.startswith(SIGNATURES) or start[4:].startswith(BRANDS) or start[8:12] in BRANDS


def _lies_inside(folder: Path, place: str) -> bool:
    return (folder / place).resolve().is_relative_to(folder.resolve())


def check_inside(folder: Path, place: str) -> str:
    """Return a listed path; refuse one that is absolute, climbs out with ``..`` or by a link."""
    try:
        inside = _lies_inside(folder, place)
    except (OSError, ValueError, RuntimeError):
        raise NurtureError(f"{folder}: listed path {place!r} is not a path; correct it") from None
    if not inside:
        raise NurtureError(f"{folder}: listed path {place!r} leads out of it; correct the list")
    return place


def parse_name(face_set: FaceSet, place: str) -> dict[str, str]:
    """Split a path into groups by the set's pattern, which only its end need fit.

    A further group is ``before``, the path up to what fitted. A `DroppedError` where none fits.
    """
    head, _, name = place.rpartition("/")
    renamed = {old.casefold(): new for old, new in face_set.renamed.items()}
    name = renamed.get(name.casefold(), name)
    match = face_set.pattern.fullmatch(f"{head}/{name}" if head else name)
    if name.startswith(".") or match is None:
        raise DroppedError("its name is not one of this set's")
    return match.groupdict()


def _row(face_set: FaceSet, place: str, groups: Mapping[str, str], row: int = -1) -> dict:
    """Row of the table from an image's groups; a `DroppedError` of no studied expression."""
    record = {"path": place, "row": row}
    for column in LABELS:
        value = groups.get(column) or face_set.constant.get(column, NONE)
        codes = face_set.codes.get(column)
        if codes is not None and column in groups:
            value = codes.get(fold(value), value)
        record[column] = value
    expression = record["expression"]
    if expression not in (*EXPRESSIONS, NEUTRAL):
        codes = face_set.codes.get("expression", {})
        hint = "" if expression in codes.values() else _hint(expression, codes)
        raise DroppedError(f"its expression, {expression!r}, is not studied{hint}")
    if face_set.identity is not None and face_set.layout != "list":
        record["identity"] = face_set.identity.format(**groups).upper()
    record["identity"] = clean_name(record["identity"])
    record["box"] = _box([groups.get(side, "") for side in BOX])
    return record


def _box(sides: Sequence[str]) -> tuple[float, ...] | None:
    """Numbers of a stated box; None where there is no x and y, as in a list of images' sizes."""
    if not any(sides[:2]):
        return None
    try:
        box = tuple(map(float, sides))
    except ValueError:
        box = (math.nan,)
    if not all(map(math.isfinite, box)):
        raise DroppedError(f"the box of its face is not four numbers: {', '.join(sides)}")
    return box


def _read_label(folder: Path, label: str) -> str:
    """Read a whole number from a label file: a NumPy array of text or number, or a text."""
    file = folder / check_inside(folder, label)
    try:
        if file.stat().st_size > LARGEST_LABEL:
            raise ValueError("more than a number")
        if file.suffix == ".npy":
            import numpy as np  # not at the top: the Snakefile imports this module

            with file.open("rb") as stream:
                value = np.lib.format.read_array(stream, allow_pickle=False).item()
        else:
            value = file.read_text(encoding="ascii")
        return str(int(float(value)))
    except FileNotFoundError:
        raise DroppedError(f"no label file {label}") from None
    except Exception as error:  # NumPy raises whatever the header of a broken file provokes.
        raise DroppedError(f"label file {label} holds no number") from error


class _Files:
    """Images of a folder, found under the spelling of a list."""

    def __init__(self, folder: Path, face_set: FaceSet) -> None:
        self.folder, self.face_set = folder, face_set
        self.listed: set[str] = set()

    @cached_property
    def all(self) -> dict[str, str]:
        """Each file in the folder, with why it is not usable, if so."""
        return dict(_walk(self.folder, self.face_set))

    @cached_property
    def _composed(self) -> dict[str, str]:
        return {unicodedata.normalize("NFC", place): place for place in self.all}

    def find(self, place: str) -> str:
        """Find a listed file: as it is spelled, or with other slashes or composed letters."""
        for spelled in dict.fromkeys((place, place.replace("\\", "/"))):
            spelled = PurePosixPath(spelled).as_posix()
            if not os.path.isfile(self.folder / check_inside(self.folder, spelled)):
                spelled = self._composed.get(unicodedata.normalize("NFC", spelled), "")
            if spelled:
                self.listed.add(os.path.normpath(spelled))
                return spelled
        raise DroppedError("no such file")

    def rest(self) -> Found:
        """Files that are not listed."""
        lists = " or ".join(self.face_set.files)
        for place, unusable in self.all.items():
            if place not in self.listed:
                yield place, DroppedError(unusable or f"not listed in {lists}")


def _by_list(face_set: FaceSet, folder: Path) -> Found:
    lists = {name: session for name, session in face_set.files.items() if (folder / name).is_file()}
    if not lists:
        raise NurtureError(f"{folder}: holds no {' or '.join(face_set.files)}; put it there")
    files, columns = _Files(folder, face_set), face_set.columns
    needed = [columns["path"], columns["expression"]]
    optional = [header for header in columns.values() if header not in needed]
    for name, session in lists.items():
        rows = numbered_lines(folder / name, needed, optional, face_set.header, face_set.separator)
        for number, line in rows:
            groups = {c: line[h] for c, h in columns.items() if line.get(h)}
            place = groups.get("path", "")
            try:
                if not place:
                    raise DroppedError("no path")
                if face_set.pattern is not None:
                    groups |= parse_name(face_set, place)
                place = files.find(face_set.image.format(**groups))
                row = _row(face_set, place, {"session": session, **groups})
            except DroppedError as dropped:
                row = dropped
            yield place or f"{name}, line {number}", row
    yield from files.rest()


def _by_pixels(face_set: FaceSet, folder: Path) -> Found:
    lines = list(_labels(face_set, folder))
    votes = _votes(face_set, folder) if face_set.votes else [{}] * len(lines)
    if len(votes) != len(lines):
        raise NurtureError(
            f"{folder}: {face_set.file} has {len(lines)} rows and {face_set.votes} {len(votes)}; "
            "use the published files"
        )
    for number, groups in enumerate(lines):
        try:
            row = _row(face_set, face_set.file, groups | votes[number], number)
            row["picture"] = groups["picture"]
        except DroppedError as dropped:
            row = dropped
        yield f"{face_set.file}, row {number}", row


def _labels(face_set: FaceSet, folder: Path) -> Iterator[dict[str, str]]:
    """Fields of each image of a file of pixels, with a digest in place of its pixels."""
    columns = dict(face_set.columns)
    pixels = columns.pop("pixels")
    needed = [pixels, *([columns["expression"]] if "expression" in columns else [])]
    for line in read_lines(folder / face_set.file, needed):
        picture = " ".join(line[pixels].split())
        digest = hashlib.sha256(picture.encode()).hexdigest()
        yield {c: line.get(h, "") for c, h in columns.items()} | {"picture": digest}


def _votes(face_set: FaceSet, folder: Path) -> list[dict[str, str]]:
    """Find what most observers voted for, image by image: ``tied`` where the most votes tie."""
    options = list(face_set.codes["expression"])
    file = folder / face_set.votes
    labels = []
    for number, line in numbered_lines(file, ()):
        given = {fold(name): value for name, value in line.items()}
        try:
            votes = [int(given[option]) for option in options]
        except (KeyError, ValueError):
            raise NurtureError(
                f"{file}, line {number}: expected a whole number for each of {', '.join(options)}; "
                "use the published file"
            ) from None
        winner = options[votes.index(max(votes))]
        tied = votes.count(max(votes)) > 1
        labels.append({"expression": "tied" if tied else winner})
    return labels
