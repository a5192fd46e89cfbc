import os

import pytest

from nurture.contents import file_contents, folder_contents


@pytest.fixture(autouse=True)
def forgotten():
    """What was read before, as in another process."""
    yield
    file_contents.cache_clear()
    folder_contents.cache_clear()


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
    assert file_contents(path) == digest


@pytest.mark.parametrize("verify", [True, False], ids=["verified", "by size"])
def test_a_copy_is_the_same_whenever_it_was_made(tmp_path, verify):
    first, second = (_write(tmp_path / name, FILES) for name in ("first", "second"))
    os.utime(second / "list.csv", (1, 1))
    assert folder_contents(first, verify) == folder_contents(second, verify)


CHANGES = [
    pytest.param({"a/1.jpg": b"one!"}, True, True, id="another size"),
    pytest.param({"a/1.jpg": b"eno"}, True, False, id="the same size"),
    pytest.param({"a/3.jpg": b""}, True, True, id="one more"),
]


@pytest.mark.parametrize(("change", "verified", "by_size"), CHANGES)
def test_a_replaced_photograph_is_noticed(tmp_path, change, verified, by_size):
    first = _write(tmp_path / "first", FILES)
    second = _write(tmp_path / "second", FILES | change)
    assert (folder_contents(first) != folder_contents(second)) is verified
    assert (folder_contents(first, False) != folder_contents(second, False)) is by_size


def test_a_renamed_photograph_is_noticed(tmp_path):
    first = _write(tmp_path / "first", FILES)
    second = _write(tmp_path / "second", FILES)
    (second / "a/1.jpg").rename(second / "a/9.jpg")
    assert folder_contents(first, False) != folder_contents(second, False)
