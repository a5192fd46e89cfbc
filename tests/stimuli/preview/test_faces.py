import copy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from nurture.core.errors import NurtureError
from nurture.stimuli.preview.contact_sheet import draw
from nurture.stimuli.preview.faces import describe, make_faces
from nurture.stimuli.preview.sheet import sheet_grid
from nurture.stimuli.rendered.design import design
from tests.drawing import complete

ROOT = Path(__file__).parents[3]
DEFAULT = yaml.safe_load((ROOT / "config/config.yaml").read_text())


def grid_of(**change):
    spec = {"kind": "expressions", "first_identity": 3, "identities": 2} | change
    return sheet_grid(design(spec, 1))


def test_identities_are_rows_and_expressions_columns():
    grid = grid_of(expressions=["pain", "anger"])
    assert grid.rows == ["3", "4"]
    assert grid.columns == ["anger", "pain"]
    assert grid.positions.tolist() == [[1, 0], [3, 2]]


def test_levels_of_a_sweep_are_columns():
    grid = grid_of(expressions=["fear"], yaw=[-30, 0, 30])
    assert grid.rows == ["3, fear", "4, fear"]
    assert grid.columns == ["yaw\n-30", "yaw\n0", "yaw\n30"]
    assert grid.positions.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_missing_face_is_an_empty_place():
    labels = design({"kind": "expressions", "first_identity": 3, "identities": 2}, 1)
    assert sheet_grid(labels.drop(index=8)).positions.tolist()[1] == [6, 7, -1, 8, 9, 10]


def test_images_of_nobody_are_listed_below_one_another():
    labels = pd.DataFrame({"expression": ["fear", "fear", "anger"], "identity": -1})
    grid = sheet_grid(labels.assign(continuum="none", level=np.nan))
    assert grid.positions.tolist() == [[2, 0], [-1, 1]]


def test_large_sets_are_thinned():
    labels = design({"kind": "expressions", "first_identity": 0, "identities": 100}, 1)
    grid = sheet_grid(labels)
    assert grid.positions.shape == (12, 6)
    assert (grid.rows[0], grid.rows[-1]) == ("0", "99")


@pytest.fixture
def config(tmp_path, faces, monkeypatch):
    """Two identities' photographs in a folder, and a control of them."""
    labels, drawn = faces
    monkeypatch.chdir(tmp_path)
    for i, (expression, (image, _)) in enumerate(zip(labels["expression"], drawn, strict=True)):
        path = Path("mine", expression, f"{i}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    Image.new("RGB", (90, 90)).save("mine/fear/black.png")
    config = copy.deepcopy(DEFAULT)
    config["faces"] |= {"size": 64, "action_units": str(ROOT / "config/action_units.yaml")}
    folders = [{"set": "folders", "folder": "mine", "select": {}}]
    config["stimuli"]["mine"] = {"kind": "photographs", "sets": folders}
    config["stimuli"]["turned"] = {"kind": "control", "of": "mine", "control": "inverted"}
    return config


def test_photographs_and_their_controls(config):
    shown = describe(config, "mine")
    assert shown.dropped["reason"].tolist() == ["no face detected"]
    turned = describe(config, "turned")
    assert len(turned.labels) == len(shown.labels) == 14
    (whole,) = make_faces(config, "mine", shown, [5])
    (half,) = make_faces(config, "turned", turned, [5])
    assert (whole[0], half[0]) == (5, 5)
    np.testing.assert_array_equal(half[1], whole[1][::-1, ::-1])
    np.testing.assert_array_equal(half[2], whole[2][::-1, ::-1])


def test_a_set_that_does_not_exist_is_named(config):
    with pytest.raises(NurtureError, match="no stimulus set 'turnd'; did you mean 'turned'"):
        describe(config, "turnd")


def test_the_sheet_shows_faces_bright_inside_the_mask():
    labels = design({"kind": "expressions", "first_identity": 0, "identities": 1}, 1)
    grid = sheet_grid(labels.drop(index=0))
    image, mask = np.full((8, 8, 3), 200, np.uint8), np.zeros((8, 8), bool)
    mask[4:] = True
    figure = draw(dict.fromkeys(range(5), (image, mask)), grid, "x", style=complete("stimuli"))
    (axes,) = figure.axes
    sheet = axes.images[0].get_array()
    assert sheet.shape == (8, 40, 3)
    assert sheet[:4].max() == 80
    assert sheet[4:].min() == 200
    assert axes.get_xticklabels()[0].get_text() == "disgust"
