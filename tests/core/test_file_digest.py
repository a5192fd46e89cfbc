import os

import pytest

from nurture.core.file_digest import (
    changed_contents,
    content_files,
    content_now,
    content_of,
    contents_of,
    file_digest,
)


@pytest.fixture(autouse=True)
def forgotten():
    """What was read before, as in another process."""
    yield
    content_of.cache_clear()


def _write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


FILES = {"a/1.jpg": b"one", "a/2.jpg": b"two", "list.csv": b"a"}


def test_a_file_is_its_sha256(tmp_path):
    path = tmp_path / "weights"
    path.write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_digest(path) == digest


@pytest.mark.parametrize("kind", ["folder", "sizes"])
def test_a_copy_is_the_same_whenever_it_was_made(tmp_path, kind):
    first, second = (_write(tmp_path / name, FILES) for name in ("first", "second"))
    os.utime(second / "list.csv", (1, 1))
    assert content_now(f"{kind} {first}") == content_now(f"{kind} {second}")


CHANGES = [
    pytest.param({"a/1.jpg": b"one!"}, True, True, id="another size"),
    pytest.param({"a/1.jpg": b"eno"}, True, False, id="the same size"),
    pytest.param({"a/3.jpg": b""}, True, True, id="one more"),
]


@pytest.mark.parametrize(("change", "verified", "by_size"), CHANGES)
def test_a_replaced_photograph_is_noticed(tmp_path, change, verified, by_size):
    first = _write(tmp_path / "first", FILES)
    second = _write(tmp_path / "second", FILES | change)
    assert (content_now(f"folder {first}") != content_now(f"folder {second}")) is verified
    assert (content_now(f"sizes {first}") != content_now(f"sizes {second}")) is by_size


def test_a_renamed_photograph_is_noticed(tmp_path):
    first = _write(tmp_path / "first", FILES)
    second = _write(tmp_path / "second", FILES)
    (second / "a/1.jpg").rename(second / "a/9.jpg")
    assert content_now(f"sizes {first}") != content_now(f"sizes {second}")


UNDERSTOOD = [
    pytest.param("x.yaml", "a: [1, 2]\n", "# note\na:\n- 1\n- 2 # two\n", True, id="comment"),
    pytest.param("x.yml", "a: 'b'", 'a: "b"', True, id="quotes"),
    pytest.param("x.yaml", "a: 1\nb: 2", "b: 2\na: 1", False, id="order of keys"),
    pytest.param("x.yaml", "1: a", "'1': a", False, id="kind of key"),
    pytest.param("x.yaml", "a: 1", "a: 1.0", False, id="kind of number"),
    pytest.param("x.yaml", "a: no", "a: 'no'", False, id="kind of value"),
    pytest.param("x.yaml", "a: [1", "a: [1 ", False, id="not YAML"),
    pytest.param("x.json", '{"a": 1}', '{\n "a": 1\n}\n', True, id="JSON"),
    pytest.param("x.json", '{"a": 1}', '{"a": 2}', False, id="another value"),
    pytest.param("x.csv", "a,b\n1,2\n", '\ufeff"a",b\r\n1,2\r\n\r\n', True, id="CSV"),
    pytest.param("x.csv", "a,b\n1,2\n", "a,b\n1,3\n", False, id="another cell"),
    pytest.param("x.csv", "a\n1\n2\n", "a\n2\n1\n", False, id="order of rows"),
    pytest.param("x.csv", '"a\x0bb"', '"a\nb"', False, id="line within a cell"),
    pytest.param("x.txt", "a", "a ", False, id="anything else"),
]


@pytest.mark.parametrize(("name", "before", "after", "same"), UNDERSTOOD)
def test_data_count_as_they_are_understood(tmp_path, name, before, after, same):
    path = tmp_path / name
    path.write_text(before, encoding="utf-8", newline="")
    first = contents_of([f"data {path}"])
    path.write_text(after, encoding="utf-8", newline="")
    assert changed_contents(first) == ([] if same else [str(path)])


def test_what_is_absent_is_no_error():
    assert [content_now(f"{kind} nothing-here") for kind in ("file", "data", "version")] == [
        "absent",
        "absent",
        "absent",
    ]


def test_an_entry_of_a_table_of_this_project():
    kdef, rafd = (content_now(f"data @config/face_sets.yaml#{name}") for name in ("kdef", "rafd"))
    assert kdef != rafd


def test_files_behind_contents(tmp_path):
    _write(tmp_path, FILES)
    whats = [f"folder {tmp_path}", f"file {tmp_path}/list.csv", "version numpy"]
    names = ["list.csv", "a/1.jpg", "a/2.jpg", "list.csv"]
    assert content_files(whats) == [tmp_path / name for name in names]
