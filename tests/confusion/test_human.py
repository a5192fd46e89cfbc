from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nurture.categorical.curves import FITS, fit_curve
from nurture.confusion.human import (
    read_confusion,
    read_counts,
    read_humans,
    read_identification,
    read_sources,
)
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS

FOLDER = Path(__file__).parents[2] / "config" / "human"


def test_neutral_answers_are_dropped():
    matrix = read_confusion(FOLDER / "nimstim.csv")
    expected = [0.0248, 0.1485, 0.4554, 0.0000, 0.0347, 0.3366]
    np.testing.assert_allclose(matrix[2], expected, atol=5e-5)


def test_proportions_stand_for_a_hundred_answers():
    humans = read_humans(FOLDER, ["nimstim", "zhou2022"], read_counts)
    assert humans["nimstim"][2].tolist() == [5, 30, 92, 0, 7, 68]
    # The first row adds up to .991.
    assert humans["zhou2022"][0, 0] == pytest.approx(100 * 0.412 / 0.991)
    np.testing.assert_allclose(humans["zhou2022"].sum(axis=1), 100)


def test_every_source_is_there_and_says_what_it_is():
    sources = read_sources(FOLDER)
    humans = read_humans(FOLDER)
    assert list(humans) == list(sources["confusion"])
    for name, entry in sources["confusion"].items():
        needed = {"file", "observers", "holds", "task", "who", "source", "licence"}
        assert needed | {"split_half"} >= set(entry) >= needed
        np.testing.assert_allclose(humans[name].sum(axis=1), 1)
        assert (humans[name].argmax(axis=1) == np.arange(6)).sum() >= 5
        whole = pd.read_csv(FOLDER / entry["file"], index_col=0).to_numpy() % 1 == 0
        assert whole.all() == (entry["holds"] == "counts")
    named = {e["file"] for e in (*sources["confusion"].values(), sources["identification"])}
    assert named == {path.name for path in FOLDER.glob("*.csv")}


def test_humans_in_the_order_asked_for():
    assert list(read_humans(FOLDER, ["muros", "ferplus"])) == ["muros", "ferplus"]
    with pytest.raises(NurtureError, match=r"'muro': not in .*sources.yaml; known: nimstim, "):
        read_humans(FOLDER, ["muro"])


def test_identification_runs_from_anger_to_fear():
    table = read_identification(FOLDER)
    groups = read_sources(FOLDER)["identification"]["groups"]
    assert list(table["group"].unique()) == list(groups)
    whole = table[table["group"] == "whole"]
    np.testing.assert_allclose(whole["level"], np.linspace(0, 1, 11), atol=1e-9)
    np.testing.assert_allclose(whole["share_second"].iloc[[0, 5, 10]], [0.0241, 0.5402, 0.9018])


def test_identification_curves_of_observers_are_logistic():
    table = read_identification(FOLDER)
    observers = table[table["group"] == "general-population"]
    r2 = [fit_curve(observers["level"], observers["share_second"], kind).r2 for kind in FITS]
    np.testing.assert_allclose(r2, [0.963, 0.970, 0.999], atol=6e-4)


def write(path, rows, header=EXPRESSIONS):
    lines = [",".join(["", *header]), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def rows_of(values=1):
    return [[e, *[values] * 6] for e in EXPRESSIONS]


def test_order_of_rows_and_columns_does_not_matter(tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.integers(1, 9, (6, 6)), EXPRESSIONS, EXPRESSIONS)
    table.to_csv(tmp_path / "a.csv")
    table.iloc[::-1, [3, 1, 0, 2, 5, 4]].to_csv(tmp_path / "b.csv")
    expected = table.to_numpy() / table.to_numpy().sum(axis=1, keepdims=True)
    np.testing.assert_allclose(read_confusion(tmp_path / "a.csv"), expected)
    np.testing.assert_allclose(read_confusion(tmp_path / "b.csv"), expected)


def test_a_matrix_as_a_spreadsheet_writes_it(tmp_path):
    rows = [";".join([e.title(), *["0,125"] * 4, "0,5", " 0 "]) for e in EXPRESSIONS]
    text = "\r\n".join(["sep=;", ";" + ";".join(map(str.upper, EXPRESSIONS)), *rows, ";;;;;;"])
    (tmp_path / "a.csv").write_text(text, encoding="utf-16")
    np.testing.assert_array_equal(read_confusion(tmp_path / "a.csv"), [[*[0.125] * 4, 0.5, 0]] * 6)


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        (rows_of()[1:], EXPRESSIONS, "no row anger"),
        (rows_of(), ("angry", *EXPRESSIONS[1:]), "no column anger"),
        ([*rows_of(), ["contempt", *[1] * 6]], EXPRESSIONS, "unknown row contempt"),
        ([*rows_of(), rows_of()[0]], EXPRESSIONS, "two of row anger"),
        ([["anger", 1, 2, "x", 4, 5, 6], *rows_of()[1:]], EXPRESSIONS, "row anger, column fear"),
        ([["anger", 1, 2, 3, -4, 5, 6], *rows_of()[1:]], EXPRESSIONS, "row anger, column happ"),
        ([*rows_of()[:5], ["surprise", *[0] * 6]], EXPRESSIONS, "row surprise has no answers"),
    ],
    ids=["row", "column", "unknown", "twice", "text", "negative", "empty-row"],
)
def test_bad_matrices(tmp_path, rows, header, message):
    path = write(tmp_path / "bad.csv", rows, header)
    with pytest.raises(NurtureError, match=rf"bad\.csv: .*{message}"):
        read_confusion(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (b"", "not a readable table"),
        (b"\xff\xfe\x00\x81", "not a readable table"),
    ],
    ids=["missing", "empty", "binary"],
)
def test_unreadable_matrices(tmp_path, content, message):
    path = tmp_path / "bad.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NurtureError, match=message):
        read_confusion(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        ("confusion: [", "not readable as YAML"),
        ("", "needs `confusion`"),
        ("confusion: {a: {observers: 3}}\nidentification: {file: b.csv}", "needs `confusion`"),
        ("confusion: {a: {file: a.csv}}\nidentification: {file: b.csv}", "needs `confusion`"),
        ("confusion: [a.csv]\nidentification: {file: b.csv}", "needs `confusion`"),
        ("confusion: {}", "needs `confusion`"),
    ],
    ids=["missing", "yaml", "empty", "no-file", "no-observers", "list", "no-identification"],
)
def test_bad_sources(tmp_path, content, message):
    if content is not None:
        (tmp_path / "sources.yaml").write_text(content)
    with pytest.raises(NurtureError, match=rf"sources\.yaml: {message}"):
        read_sources(tmp_path)


def test_no_set_may_be_called_as_their_mean(tmp_path):
    text = "confusion: {mean: {file: a.csv, observers: 3}}\nidentification: {file: b.csv}"
    (tmp_path / "sources.yaml").write_text(text)
    with pytest.raises(NurtureError, match=r"sources\.yaml: 'mean' stands for"):
        read_sources(tmp_path)


@pytest.mark.parametrize("row", ["0,120", "0,x", "101,5"], ids=["percent", "text", "level"])
def test_bad_identification(tmp_path, row):
    (tmp_path / "sources.yaml").write_text("confusion: {}\nidentification: {file: curve.csv}")
    (tmp_path / "curve.csv").write_text(f"anger_pct,whole\n{row}\n100,90\n")
    with pytest.raises(NurtureError, match=r"curve\.csv: an entry is not a percentage"):
        read_identification(tmp_path)
