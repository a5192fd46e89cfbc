"""Text files in columns, as face sets label their images."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from nurture.errors import NurtureError

FIELD_LIMIT = 1_000_000
"""Most characters of one field, far above the 9,200 of 48 x 48 pixels; a line has ten at most."""


def read_lines(
    file: Path, needed: Sequence[str], header: Sequence[str] = (), separator: str = ","
) -> Iterator[dict[str, str]]:
    """Rows of a text file in columns.

    Parameters
    ----------
    file : Path
        UTF-8 text.
    needed : sequence of str
        Columns that it must have.
    header : sequence of str
        Names of the columns of a file without a first line that names them.
    separator : str
        What stands between columns.

    Yields
    ------
    dict of str to str
        Fields by column.

    Raises
    ------
    NurtureError
        When the file is missing, not such text, or lacks a column.
    """
    csv.field_size_limit(FIELD_LIMIT)
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(
                short_lines(lines), header or None, restkey="", delimiter=separator
            )
            names = [name.strip() for name in reader.fieldnames or ()]
            for name in needed:
                if name not in names:
                    found = ", ".join(names)[:80] or "nothing"
                    raise NurtureError(f"{file}: no column {name!r}; found {found}; add it")
            reader.fieldnames = names
            yield from reader
    except FileNotFoundError:
        raise NurtureError(f"{file}: no such file; put it there") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NurtureError(f"{file}: not a readable table ({error}); save it as UTF-8") from error


def short_lines(lines: TextIO) -> Iterator[str]:
    """Lines of a text file, each of which would otherwise be held whole, however long.

    Raises
    ------
    csv.Error
        At the first line of more than ten times `FIELD_LIMIT` characters.
    """
    while line := lines.readline(10 * FIELD_LIMIT):
        if len(line) == 10 * FIELD_LIMIT:
            raise csv.Error(f"a line of {len(line)} characters or more")
        yield line
