"""Any table is read as it was written, whatever wrote it; anything else gives rows or one line."""

import codecs
import csv
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from nurture.core.columns import fold, numbered_lines, read_lines
from nurture.core.errors import NurtureError

NAMES = ["path", "expression", "identity", "a note"]
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8).map(str.strip)
FIELDS = TEXT.filter(lambda text: not text.startswith('="'))
ROWS = st.lists(st.lists(FIELDS, min_size=4, max_size=4).filter(any), max_size=5)
ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}


def read(content, needed):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.csv")
        file.write_bytes(content)
        return list(read_lines(file, needed))


@given(
    rows=ROWS,
    order=st.permutations(NAMES),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    encoding=st.sampled_from(sorted(ENCODINGS)),
    appended=st.integers(0, 2),
)
@settings(deadline=None, max_examples=200)
def test_what_was_written_is_read(rows, order, delimiter, end, quoting, encoding, appended):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows(row + [""] * appended for row in [order, *rows, *[[""] * 4] * appended])
    content = ENCODINGS[encoding] + stream.getvalue().encode(encoding)
    assert read(content, ()) == [dict(zip(order, row, strict=True)) for row in rows]


@given(
    header=st.lists(st.sampled_from([*NAMES, "Path", ""]), min_size=2, max_size=4),
    rows=st.lists(st.lists(FIELDS, max_size=6), max_size=4),
    delimiter=st.sampled_from(",;\t|"),
)
@settings(deadline=None, max_examples=200)
def test_no_field_moves_to_another_column(header, rows, delimiter):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows([header, *rows])
    refused = ""
    try:
        found = read(stream.getvalue().encode(), ["path"])
    except NurtureError as error:
        refused = str(error)
    if refused:
        assert "\n" not in refused
        return
    at = [fold(name) for name in header].index("path")
    kept = [row for row in rows if any(row)]
    assert [line["path"] for line in found] == [(row + [""] * 6)[at] for row in kept]


@given(content=st.binary(max_size=80) | st.text(max_size=60).map(str.encode))
@settings(deadline=None, max_examples=300)
def test_anything_gives_rows_or_one_line(content):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.csv")
        file.write_bytes(b"path,expression\na.png,fear\n" + content)
        refused = ""
        try:
            rows = list(numbered_lines(file, ["path", "expression"], ["identity"]))
        except NurtureError as error:
            rows, refused = [], str(error)
    if refused:
        assert str(file) in refused
        assert "\n" not in refused
        return
    assert rows[0] == (2, {"path": "a.png", "expression": "fear"})
    assert all(set(row) == {"path", "expression"} for _, row in rows)
