"""The table of face sets, and which of them tell who is shown."""

import subprocess
import sys
from pathlib import Path

import pytest

from nurture.core.errors import NurtureError
from nurture.stimuli.photographs.face_sets import (
    FACE_SETS,
    find_face_set,
    has_identity,
    read_face_sets,
)

IDENTITY = {"kdef", "nimstim", "rafd", "jaffe", "ck48", "ckplus", "manifest"}


def test_sets_that_tell_who_is_shown():
    sets = read_face_sets()
    assert {kind for kind in sets if has_identity(kind)} == IDENTITY
    assert sets.keys() - IDENTITY == {
        "affectnet",
        "affectnet-npy",
        "raf-db",
        "raf-db-folders",
        "fer2013",
        "ferplus",
        "folders",
    }


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param("path,expression,identity", True, id="with-column"),
        pytest.param("path,expression", False, id="without-column"),
    ],
)
def test_a_manifest_tells_who_is_shown_if_it_has_the_column(tmp_path, header, expected):
    (tmp_path / "manifest.csv").write_text(header + "\n", encoding="utf-8")
    assert has_identity("manifest", tmp_path) is expected


def test_every_set_states_its_source_and_terms():
    for entry in read_face_sets().values():
        assert entry.title
        assert entry.source
        assert entry.terms


def test_the_snakefile_imports_nothing_heavy_with_the_table():
    code = (
        "import sys; from nurture.stimuli.photographs.face_sets import has_identity;"
        " has_identity('kdef');"
        "print({'pandas', 'numpy', 'torch', 'dlib', 'xarray', 'PIL'} & set(sys.modules))"
    )
    path = str(Path(FACE_SETS).parents[1] / "workflow")
    run = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": path}, capture_output=True, text=True
    )
    assert run.stdout.strip() == "set()"


ENTRY = "{title: x, source: x, terms: x, identity: null, layout: names, pattern: %s}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("mine: " + ENTRY % "'('", "mine.pattern: .* correct", id="pattern"),
        pytest.param("mine: {layout: name}", "needs a layout, one of names", id="layout"),
        pytest.param("mine: {layout: names}", "key identity is missing", id="missing"),
        pytest.param("mine: " + ENTRY.replace("{", "{sx: 1, ") % "a", "unknown key sx", id="key"),
        pytest.param("- a", "expected a table", id="list"),
        pytest.param("a: [", "not readable as YAML", id="yaml"),
    ],
)
def test_a_wrong_table_names_the_place(tmp_path, text, message):
    path = tmp_path / "sets.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NurtureError, match=message) as caught:
        read_face_sets(path)
    assert "\n" not in str(caught.value)


def test_an_unknown_set_names_the_known_ones():
    with pytest.raises(NurtureError, match="known: kdef, nimstim, rafd"):
        find_face_set("KDEF")
