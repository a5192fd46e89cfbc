import pandas as pd
import pytest

from nurture.core.errors import NurtureError
from nurture.stimuli.photographs.scanning import COLUMNS
from nurture.stimuli.photographs.selecting import select


def table(*rows: dict) -> pd.DataFrame:
    base = dict.fromkeys(COLUMNS, "none") | {"row": -1, "expression": "fear", "identity": "01F"}
    rows = [base | {"path": f"{i}.png"} | row for i, row in enumerate(rows)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_attributes_are_selected_and_the_rest_listed():
    faces = table(
        {"view": "frontal", "gaze": "straight"},
        {"view": "half-left", "gaze": "left"},
        {"view": "frontal", "gaze": "left"},
        {"view": "frontal"},
    )
    kept, dropped = select(faces, {"view": "frontal", "gaze": "straight"})
    assert kept["path"].tolist() == ["0.png"]
    assert dropped.to_numpy().tolist() == [
        ["1.png", "view half-left"],
        ["2.png", "gaze left"],
        ["3.png", "gaze none"],
    ]


def test_a_preference_that_the_set_cannot_meet_is_passed_over():
    faces = table({"session": "A"}, {"session": "C"})
    kept, _ = select(faces, {"session": ["B", "A"]})
    assert kept["session"].tolist() == ["A"]


def test_what_is_not_wanted_need_not_say_who_is_shown():
    faces = table({"view": "frontal"}, {"view": "half-left", "identity": "none"})
    kept, _ = select(faces, {"view": "frontal", "one_each": True})
    assert kept["path"].tolist() == ["0.png"]


def test_tables_of_two_sets_are_selected_together():
    faces = pd.concat([table({"identity": "a"}), table({"identity": "b"}, {"identity": "b"})])
    kept, dropped = select(faces, {"one_each": True})
    assert kept["identity"].tolist() == ["a", "b"]
    assert dropped["path"].tolist() == ["1.png"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param({}, ["0.png", "3.png", "4.png"], id="first"),
        pytest.param({"mouth": ["open", "closed"]}, ["1.png", "3.png", "4.png"], id="open-first"),
        pytest.param({"session": ["B", "A"]}, ["2.png", "3.png", "4.png"], id="session-B-first"),
        pytest.param(
            {"session": ["B", "A"], "mouth": ["open", "closed"]},
            ["2.png", "3.png", "4.png"],
            id="session-before-mouth",
        ),
        pytest.param({"mouth": "open"}, ["1.png"], id="open-only"),
    ],
)
def test_one_image_of_each_person_and_expression(wanted, expected):
    faces = table(
        {"mouth": "closed", "session": "A"},
        {"mouth": "open", "session": "A"},
        {"mouth": "closed", "session": "B"},
        {"mouth": "closed", "session": "A", "expression": "anger"},
        {"mouth": "closed", "session": "A", "identity": "02F"},
    )
    kept, dropped = select(faces, {**wanted, "one_each": True})
    assert kept["path"].tolist() == expected
    assert len(kept) + len(dropped) == len(faces)
    assert kept.index.tolist() == list(range(len(expected)))


@pytest.mark.parametrize(
    ("rows", "wanted", "message"),
    [
        pytest.param([{}], {"gaze": "straight"}, "gaze: .*the set does not say", id="not-told"),
        pytest.param([{"gaze": "left"}], {"gaze": "up"}, "it has left", id="not-there"),
        pytest.param(
            [{"identity": "none", "row": 7}],
            {"one_each": True},
            "0.png, row 7 does not say who is shown",
            id="nobody",
        ),
        pytest.param(
            [{"gaze": "left", "view": "side"}, {"gaze": "up", "view": "frontal"}],
            {"gaze": "left", "view": "frontal"},
            "no image is left",
            id="nothing-left",
        ),
    ],
)
def test_a_selection_that_cannot_be_is_explained(rows, wanted, message):
    with pytest.raises(NurtureError, match=message):
        select(table(*rows), wanted)
