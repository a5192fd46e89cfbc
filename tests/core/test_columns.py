"""Tables as spreadsheets and programs write them: literal bytes, literal rows."""

import codecs

import pytest

from nurture.core.columns import column_names, numbered_lines, read_lines, read_number
from nurture.core.errors import NurtureError

ROWS = [{"path": "a b.png", "expression": "fear"}, {"path": "c.png", "expression": "joy"}]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"path,expression\na b.png,fear\nc.png,joy\n", id="commas"),
        pytest.param(b"path;expression\r\na b.png;fear\r\nc.png;joy\r\n", id="semicolons"),
        pytest.param(b"path\texpression\na b.png\tfear\nc.png\tjoy", id="tabs"),
        pytest.param(b"path|expression\na b.png|fear\nc.png|joy", id="bars"),
        pytest.param(b"sep=;\r\npath;expression\r\na b.png;fear\r\nc.png;joy", id="sep"),
        pytest.param(b'"sep=:"\npath:expression\na b.png:fear\nc.png:joy', id="sep-of-its-own"),
        pytest.param(b"path, expression\na b.png, fear\nc.png,  joy \n", id="spaces"),
        pytest.param(b'"path", "expression"\n"a b.png", "fear"\n"c.png", "joy"\n', id="quotes"),
        pytest.param(b"Path,EXPRESSION\na b.png,fear\nc.png,joy\n", id="capitals"),
        pytest.param(b"path,expression\ra b.png,fear\rc.png,joy\r", id="carriage-returns"),
        pytest.param(b"\npath,expression\n\na b.png,fear\n , \nc.png,joy\n\n\n", id="blank-lines"),
        pytest.param(b"path,expression,,\na b.png,fear,,\nc.png,joy,,\n,,,\n,,,\n", id="excel"),
        pytest.param(b"path,expression\na b.png,fear,,,\nc.png,joy,\n", id="empty-ends"),
        pytest.param(b'path,expression\n="a b.png",fear\nc.png,="joy"\n', id="excel-text"),
        pytest.param(b"expression,path\nfear,a b.png\njoy,c.png\n", id="order"),
        *(
            pytest.param(mark + "path,expression\na b.png,fear\nc.png,joy".encode(name), id=name)
            for mark, name in [
                (codecs.BOM_UTF8, "utf-8"),
                (codecs.BOM_UTF16_LE, "utf-16-le"),
                (codecs.BOM_UTF16_BE, "utf-16-be"),
                (codecs.BOM_UTF32_LE, "utf-32-le"),
            ]
        ),
        pytest.param("path,expression\na b.png,fear\nc.png,joy".encode("utf-16-le"), id="no-mark"),
    ],
)
def test_one_table_however_it_is_written(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    assert list(read_lines(tmp_path / "a.csv", ["path", "expression"])) == ROWS
    assert set(map(str.casefold, column_names(tmp_path / "a.csv"))) == {"path", "expression"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("a.png\n", "line 2: 1 fields for 3 columns; add", id="few"),
        pytest.param("a.png,fear,x\nLee, Ann.png,fear,x\n", "line 3: 4 fields for 3", id="comma"),
        pytest.param("a.png;fear;x\n", "line 2: 1 fields for 3 columns", id="other-separator"),
        pytest.param('a.png,fear,"x\n', "line 2: not a row of a table", id="open-quote"),
        pytest.param('"a"b.png,fear,x\n', "line 2: not a row of a table", id="text-after-quote"),
        pytest.param('a.png,fear,"x\nb.png,joy,y"\n', "line 3: who runs over", id="swallowed-row"),
        pytest.param("a.png,fear,\0\n", "line 2: holds a character of value 0", id="zero"),
    ],
)
def test_a_row_that_does_not_fit_names_file_and_line(tmp_path, content, message):
    (tmp_path / "a.csv").write_bytes(b"path,expression,who\n" + content.encode())
    with pytest.raises(NurtureError, match=rf"a\.csv(: |, ){message}") as caught:
        list(numbered_lines(tmp_path / "a.csv", ["path"], ["who"]))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        pytest.param("path,who,path", "a,b,c", "line 1: the column 'path' is", id="same"),
        pytest.param("path,who,Path ", "a,b,c", "'path' is given twice", id="case"),
        pytest.param("path,who,", "a,Lee,Ann", "line 2: 3 fields for 2 columns", id="last-unnamed"),
        pytest.param("path,,who", "a,Lee,Ann", "'Lee' stands in a column without", id="unnamed"),
        pytest.param("Bild,who", "a,b", "no column 'path'; found Bild, who; add it", id="other"),
        pytest.param("PK\3\4", "a", r"found 'PK\\x03\\x04'; add it", id="spreadsheet-itself"),
    ],
)
def test_columns_that_do_not_fit(tmp_path, header, row, message):
    (tmp_path / "a.csv").write_text(f"{header}\n{row}\n")
    with pytest.raises(NurtureError, match=message):
        list(read_lines(tmp_path / "a.csv", ["path"]))


def test_the_first_column_may_lack_a_name_as_in_tables_of_pandas_and_r(tmp_path):
    (tmp_path / "a.csv").write_text(',path,who\n0,a.png,NA\n1,b.png,"001"\n')
    assert list(read_lines(tmp_path / "a.csv", ["path"])) == [
        {"": "0", "path": "a.png", "who": "NA"},
        {"": "1", "path": "b.png", "who": "001"},
    ]


def test_lines_are_numbered_as_in_an_editor(tmp_path):
    (tmp_path / "a.csv").write_text('sep=,\npath,note\n\na.png,"two\nlines"\n\nb.png,\n')
    numbers = [number for number, _ in numbered_lines(tmp_path / "a.csv", ["path"])]
    assert numbers == [5, 7]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.25", 0.25),
        ("0,25", 0.25),
        (" 12 ", 12),
        ("-1,5", -1.5),
        ("1,25", 1.25),
        ("0,125", 0.125),
    ],
)
def test_decimal_points_and_commas(text, expected):
    assert read_number(text) == expected


@pytest.mark.parametrize("text", ["1,250", "1.234,5", "1,2,3", "1_000", "", "x"])
def test_what_is_no_number_or_may_be_two(text):
    with pytest.raises(ValueError, match=r"could not convert|may have a decimal comma"):
        read_number(text)
