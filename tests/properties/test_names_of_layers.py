"""Any two names of layers have files of their own, on any file system."""

from hypothesis import example, given
from hypothesis import strategies as st

from nurture.core.names import file_stem

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
LONGEST = 255 - len(".new_layers.nc.part")
"""Bytes of a name on common file systems, but for what is put behind it."""


@given(NAMES, NAMES)
@example("act", "ACT")
@example("a/b", "a_b")
@example("é", "e\u0301")
@example("x" * 400, "x" * 401)
@example(file_stem("a/b"), "a/b")
def test_files_of_layers_are_apart(one, other):
    assert (file_stem(one).lower() == file_stem(other).lower()) == (one == other)


@given(NAMES)
@example("..")
@example("a" * 5000)
def test_a_stem_is_safe_in_paths_and_messages(name):
    stem = file_stem(name)
    assert stem.isascii()
    assert set(stem) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")
    assert not stem.startswith(".")
    assert len(stem) < LONGEST
