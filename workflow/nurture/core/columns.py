"""Tables that users bring: text files in columns, as spreadsheets and programs write them.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import csv
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from nurture.core.errors import NurtureError, one_line

FIELD_LIMIT = 1_000_000
"""Most characters of one field, far above the 9,200 of 48 x 48 pixels; a line has ten at most."""

SEPARATORS = ",;\t|"
"""What may stand between columns where a table does not say: of these, what makes the columns."""

ENCODINGS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
"""Encodings by the mark with which a file opens; one without is UTF-8, or UTF-16 by its zeros."""

Row = tuple[int, dict[str, str]]
"""Number of the line in which a row ends, from 1, and its fields by column."""


def read_lines(file: Path, needed: Sequence[str]) -> Iterator[dict[str, str]]:
    """Rows of a text file in columns: the fields of `numbered_lines`, without their numbers."""
    return (fields for _, fields in numbered_lines(file, needed))


def numbered_lines(
    file: Path,
    needed: Sequence[str],
    optional: Sequence[str] = (),
    header: Sequence[str] = (),
    separator: str = "",
) -> Iterator[Row]:
    """Rows of a text file in columns, each with the number of its line.

    Spaces around fields, rows without any field, and what Excel appends (empty columns and rows)
    do not count. Columns are asked for in any case of letters.

    Parameters
    ----------
    file : Path
        Text in UTF-8, or in UTF-16 or UTF-32 with a mark; fields may be quoted.
    needed, optional : sequence of str
        Columns that it must have, and those that it may have.
    header : sequence of str
        Names of the columns of a file without a first line that names them.
    separator : str
        What stands between columns; found out where it is empty. A first line such as ``sep=;``
        overrules it.

    Yields
    ------
    number : int
    fields : dict of str to str
        By column: those asked for as `needed` and `optional` spell them, others as the file does;
        the first may lack a name.

    Raises
    ------
    NurtureError
        When the file is missing, not such text, lacks a column or has one twice, or a row has more
        or fewer fields than there are columns, or a field that is asked for runs over lines. Names
        the file and the line.
    """
    asked = {fold(name): name for name in (*needed, *optional)}
    with _opened(file) as lines:
        first, delimiter, names = _first(file, lines, needed, header, separator)
        reader = csv.reader(lines, **_dialect(delimiter))
        names = [asked.get(fold(name), name) for name in names]
        try:
            for row in reader:
                fields = [_unwrapped(field) for field in row]
                if any(fields):
                    number = first + reader.line_num
                    yield number, _checked(fields, names, asked.values(), f"{file}, line {number}")
        except csv.Error as error:
            raise NurtureError(
                f"{file}, line {first + reader.line_num}: not a row of a table ({error}); correct "
                "it"
            ) from error


def column_names(file: Path, separator: str = "") -> list[str]:
    """Names of the columns of a file by its first line; refused as in `numbered_lines`."""
    with _opened(file) as lines:
        return _first(file, lines, (), (), separator)[2]


def fold(name: str) -> str:
    """Spell a name in one way: composed, in lower case, without spaces around it."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def read_number(text: str) -> float:
    """Read a number with a decimal point or a decimal comma.

    A ValueError when it is none, or may be either: ``1,250`` is 1.25 to some and 1250 to others.
    """
    if re.fullmatch(r"\s*[+-]?[1-9]\d{0,2},\d{3}\s*", text) or "_" in text:
        raise ValueError(f"{text.strip()} may have a decimal comma or a thousands separator")
    return float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)


def short_lines(lines: TextIO) -> Iterator[str]:
    """Lines of a text file; a csv.Error instead of one that is too long to be held."""
    while line := lines.readline(10 * FIELD_LIMIT):
        if len(line) == 10 * FIELD_LIMIT:
            raise csv.Error(f"a line of {len(line)} characters or more")
        yield line


@contextmanager
def _opened(file: Path) -> Iterator[Iterator[str]]:
    csv.field_size_limit(FIELD_LIMIT)
    try:
        with file.open("rb") as raw:
            encoding = _encoding(raw.read(4096))
        with file.open(encoding=encoding, newline="") as lines:
            yield short_lines(lines)
    except FileNotFoundError:
        raise NurtureError(f"{file}: no such file; put it there") from None
    except (OSError, UnicodeError, csv.Error) as error:
        raise NurtureError(
            f"{file}: not a readable table ({one_line(error)}); save it as UTF-8"
        ) from error


def _encoding(start: bytes) -> str:
    for mark, encoding in ENCODINGS.items():
        if start.startswith(mark):
            return encoding
    # Text in UTF-16 has a zero beside every Latin letter and sign.
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if 2 * start[offset::2].count(0) > len(start[offset::2]):
            return encoding
    return "utf-8"


def _dialect(delimiter: str) -> dict:
    return {"delimiter": delimiter, "skipinitialspace": True, "strict": True}


def _unwrapped(field: str) -> str:
    """Take a field out of spaces and of ``="..."``, by which Excel keeps a number as text."""
    field = field.strip()
    formula = re.fullmatch(r'="([^"]*)"', field)
    return formula[1].strip() if formula else field


def _first(
    file: Path, lines: Iterator[str], needed: Sequence[str], header: Sequence[str], separator: str
) -> tuple[int, str, list[str]]:
    """Read up to the names of the columns: the number of that line, the separator and the names."""
    if header:
        return 0, separator or ",", list(header)
    number, line = 0, ""
    while not line.strip() and (line := next(lines, "")):
        number += 1
        if stated := re.fullmatch(r'"?sep=(.)"?\s*', line, re.IGNORECASE):
            separator, line = stated[1], " "
    found = {s: _names(line, s) for s in (separator or SEPARATORS)}
    wanted = {fold(name) for name in needed}
    separator = max(found, key=lambda s: (wanted <= set(map(fold, found[s])), len(found[s])))
    names = found[separator]
    while names and not names[-1]:
        names.pop()
    _check_names(names, needed, file, number)
    return number, separator, names


def _check_names(names: Sequence[str], needed: Sequence[str], file: Path, number: int) -> None:
    folded = [fold(name) for name in names if name]
    for name in needed:
        if fold(name) not in folded:
            given = ", ".join(filter(None, names))[:80] or "nothing"
            given = given if given.isprintable() else ascii(given)
            raise NurtureError(f"{file}: no column {name!r}; found {given}; add it")
    for name in folded:
        if folded.count(name) > 1:
            raise NurtureError(
                f"{file}, line {number}: the column {name!r} is given twice; keep one of them"
            )


def _names(line: str, separator: str) -> list[str]:
    """Names of columns in a line; none where it cannot be read so."""
    try:
        return [_unwrapped(name) for name in next(csv.reader([line], **_dialect(separator)), [])]
    except csv.Error:
        return []


def _checked(
    fields: list[str], names: list[str], asked: Collection[str], where: str
) -> dict[str, str]:
    """Fields of a row by column."""
    while len(fields) > len(names) and not fields[-1]:
        fields.pop()
    if len(fields) != len(names):
        more = len(fields) > len(names)
        raise NurtureError(
            f"{where}: {len(fields)} fields for {len(names)} columns; "
            + ("put a field with a separator in it into quotes" if more else "add what is missing")
        )
    first, *others = zip(names, fields, strict=True)  # the first may lack a name
    for name, field in others:
        if field and not name:
            raise NurtureError(f"{where}: {field!r} stands in a column without a name; name it")
    row = dict([first, *(pair for pair in others if pair[0])])
    if any("\0" in field for field in fields):
        raise NurtureError(f"{where}: holds a character of value 0; save the table as text anew")
    for name in asked:
        if "\n" in row.get(name, "") or "\r" in row.get(name, ""):
            raise NurtureError(f"{where}: {name} runs over several lines; correct its quotes")
    return row
