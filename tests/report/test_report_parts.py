"""Small parts of the page: numbers in words, sprites, and what rules say of tables."""

import base64
import io
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from nurture.report.inputs import drawn_from, shown_tables
from nurture.report.parts import listing, number, spell
from nurture.report.sprites import make_sprite, small_faces
from nurture.running.missing import possible

NUMBERS = [
    pytest.param(3, "3", id="whole"),
    pytest.param(100352, "100,352", id="large"),
    pytest.param(0.123456, "0.123", id="three digits"),
    pytest.param(0.0049712, "0.00497", id="small"),
    pytest.param(39200.0, "39,200", id="whole float"),
    pytest.param(1096.111, "1,096", id="large float"),
    pytest.param(-2.0, "-2", id="negative"),
    pytest.param(float("nan"), "", id="nothing"),
    pytest.param("fear", "fear", id="text"),
]


@pytest.mark.parametrize(("value", "text"), NUMBERS)
def test_numbers_are_written_for_reading(value, text):
    assert number(value) == text


def test_names_become_words():
    assert spell("selective_units") == "Selective units"
    assert listing(["a", "b", "c"]) == "a, b and c"
    assert listing(["a"]) == "a"


def faces(n, side=8):
    """Pictures of one grey each: the n-th is ten times n."""
    values = np.arange(n, dtype="uint8") * 10
    return xr.Dataset(
        {
            "image": (
                ("stimulus", "y", "x", "channel"),
                np.tile(values[:, None, None, None], (1, side, side, 3)),
            )
        }
    )


def test_each_face_lies_in_its_tile():
    chosen = [7, 2, 19, 11, 5]
    sprite = make_sprite(small_faces(faces(20), chosen, 4), chosen, 4)
    picture = Image.open(io.BytesIO(base64.b64decode(sprite.uri.split(",")[1]))).convert("L")
    assert (sprite.columns, sprite.rows, picture.size) == (3, 2, (12, 8))
    tiles = [picture.getpixel((4 * (i % 3) + 2, 4 * (i // 3) + 2)) for i in range(5)]
    # WebP loses a little.
    assert tiles == pytest.approx([70, 20, 190, 110, 50], abs=6)


def test_faces_are_found_in_every_block():
    small = small_faces(faces(25 + 45), [0, 31, 32, 69], 8)
    assert {place: face.getpixel((0, 0))[0] for place, face in small.items()} == {
        **{0: 0, 31: 310 % 256, 32: 320 % 256, 69: 690 % 256}
    }


def rule(inputs, outputs):
    return SimpleNamespace(input=inputs, output=outputs)


RULES = [
    rule(["results/permutation/a.nc"], ["results/tables/one.csv", "results/tables/beside.csv"]),
    rule(["results/permutation/b.nc"], ["results/tables/unseen.csv"]),
    rule(
        ["results/tables/one.csv", lambda wildcards: "x", "config/other.csv"],
        ["results/figures/one.svg", "results/figures/one.png"],
    ),
    rule(["results/stimuli/a/images.nc"], ["results/figures/faces.svg"]),
]


def test_tables_behind_a_figure_are_read_off_its_rule():
    made = ["results/figures/faces.svg", "results/figures/one.svg", "results/figures/one.png"]
    behind = drawn_from(RULES, made)
    assert behind == {
        "results/figures/faces.svg": [],
        "results/figures/one.svg": ["results/tables/one.csv"],
    }
    assert shown_tables(RULES, behind) == ["results/tables/beside.csv", "results/tables/one.csv"]


def test_a_report_is_made_of_what_there_is():
    sets = {"rendered": {"kind": "expressions"}, "brought": {"kind": "photographs", "sets": []}}
    roles = {"networks": ["blank"], "judge": "blank", "controls": []}
    roles |= {"select_on": "rendered", "train_on": "rendered"}
    config = {"experiment": roles, "stimuli": sets, "networks": {"blank": {"weights": "untrained"}}}
    roles |= {"test_on": "brought", "morphs": "brought"}
    targets = ["results/report.html", "results/summary.csv", "results/figures/tuning.svg"]
    assert possible(config, targets) == ["results/report.html", "results/figures/tuning.svg"]
    roles["select_on"] = "brought"
    assert possible(config, targets) == []
