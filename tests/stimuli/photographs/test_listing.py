"""Every file of a folder is used or listed with its reason."""

import re
import unicodedata
from itertools import count
from pathlib import Path

import pytest
from PIL import Image

from nurture.core.errors import NurtureError
from nurture.stimuli.photographs.scanning import scan

HEIGHTS = count(8)


def put_image(path: Path) -> None:
    """Write an image that differs from all others in its size in pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (8, next(HEIGHTS)), 120).save(path)


def put_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        pytest.param(".hidden/fear/1.png", "hidden folder", id="hidden-folder"),
        pytest.param("fear/.thumbnails/1.png", "hidden folder", id="thumbnails"),
        pytest.param("__MACOSX/fear/1.png", "hidden folder", id="macosx"),
        pytest.param("fear/._1.png", "hidden file", id="resource-fork"),
        pytest.param("fear/Thumbs.db", "hidden file", id="thumbs"),
        pytest.param("fear/.DS_Store", "hidden file", id="ds-store"),
        pytest.param("fear/README", "not an image", id="text-without-ending"),
        pytest.param("fear/1.txt", "not an image", id="text"),
        pytest.param("1.png", "lies in no folder that is named after", id="no-folder"),
        pytest.param("joy/1.png", "'joy', names no expression; did you mean happiness?", id="joy"),
        pytest.param("suprise/1.png", "did you mean surprise?", id="misspelled"),
        pytest.param("0_anger/1.png", "did you mean anger?", id="numbered"),
        pytest.param("AN/1.png", "did you mean anger?", id="code"),
        pytest.param("joy/P01/1.png", "'P01', names no expression; did you mean happi", id="deep"),
        pytest.param("misc/1.png", "'misc', names no expression$", id="nothing-near"),
        pytest.param("anger/suprise/1.png", "a folder of anger and in 'suprise'", id="near-within"),
        pytest.param("contempt/1.png", "'contempt', is not studied$", id="not-studied"),
    ],
)
def test_what_is_not_a_photograph_of_an_expression_is_listed(tmp_path, place, reason):
    put_image(tmp_path / "fear/good.png")
    file = tmp_path / place
    put_image(file) if file.suffix == ".png" else put_text(file, "text")
    table, dropped = scan("folders", tmp_path)
    assert table["path"].tolist() == ["fear/good.png"]
    [(path, found)] = dropped.to_numpy().tolist()
    assert place.startswith(path)
    assert re.search(reason, found)


@pytest.mark.parametrize(
    ("place", "expression"),
    [
        pytest.param("Happiness/1.PNG", "happiness", id="capitals"),
        pytest.param("sad/P01/1.png", "sadness", id="person-within"),
        pytest.param("P01/sad/1.png", "sadness", id="person-around"),
        pytest.param("happy/happiness/1.png", "happiness", id="same-twice"),
        pytest.param("train/surprised/raw/1.jfif", "surprise", id="nested"),
    ],
)
def test_one_folder_around_a_photograph_says_its_expression(tmp_path, place, expression):
    put_image(tmp_path / "1.png")
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / "1.png").rename(tmp_path / place)
    table, dropped = scan("folders", tmp_path)
    assert table[["path", "expression"]].to_numpy().tolist() == [[place, expression]]
    assert dropped.empty


def test_folders_of_two_expressions_are_refused(tmp_path):
    put_image(tmp_path / "sadness/fear/x.png")
    with pytest.raises(NurtureError, match=r"sadness/fear/x\.png: lies in folders of sadness and"):
        scan("folders", tmp_path)


def test_an_image_without_an_ending_is_one(tmp_path):
    put_image(tmp_path / "x.png")
    (tmp_path / "fear").mkdir()
    (tmp_path / "x.png").rename(tmp_path / "fear/0001")
    table, _ = scan("folders", tmp_path)
    assert table["path"].tolist() == ["fear/0001"]


def test_one_picture_is_used_once_and_never_under_two_labels(tmp_path):
    for grey, names in enumerate(["fear/1 fear/2", "anger/3 sad/4", "anger/5"]):
        for name in names.split():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            Image.new("L", (8, 8), grey).save(tmp_path / f"{name}.png")
    table, dropped = scan("folders", tmp_path)
    assert table["path"].tolist() == ["anger/5.png", "fear/1.png"]
    assert dict(dropped.to_numpy().tolist()) == {
        "fear/2.png": "the same picture as fear/1.png",
        "anger/3.png": "one picture with two labels: anger and sadness",
        "sad/4.png": "one picture with two labels: anger and sadness",
    }


def test_one_picture_of_two_identities_is_used_for_neither(tmp_path):
    put_image(tmp_path / "1.png")
    (tmp_path / "2.png").write_bytes((tmp_path / "1.png").read_bytes())
    put_image(tmp_path / "3.png")
    rows = "1.png,fear,P1\n2.png,fear,P2\n3.png,fear,P1\n3.png,fear,P1\n"
    put_text(tmp_path / "manifest.csv", "path,expression,identity\n" + rows)
    table, dropped = scan("manifest", tmp_path)
    assert table["path"].tolist() == ["3.png"]
    assert dropped["reason"].tolist() == [
        "one picture with two labels: P1 and P2",
        "one picture with two labels: P1 and P2",
        "the same picture as 3.png",
    ]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("listed", ["é/1.png", "é\\1.png", "./é/1.png"])
@pytest.mark.parametrize("other", ["NFC", "NFD"])
def test_a_listed_path_may_be_spelled_otherwise(tmp_path, form, listed, other):
    place = unicodedata.normalize(form, "é/1.png")
    put_image(tmp_path / place)
    listed = unicodedata.normalize(other, listed)
    put_text(tmp_path / "manifest.csv", f"path;expression\n{listed};fear\n")
    table, dropped = scan("manifest", tmp_path)
    assert table["path"].tolist() == [place]
    assert dropped.empty


def test_spellings_of_a_name_are_one_person(tmp_path):
    names = [
        "Zoë",
        "ZOE\u0308 ",
        "zoë\u200b",
        "001",
        "1",
        "1.0",
        '"1,0"',
        "NA",
        "",
        "nan",
        "Ann  Lee",
    ]
    for i in range(len(names)):
        put_image(tmp_path / f"{i}.png")
    rows = [f"{i}.png,fear,{name}" for i, name in enumerate(names)]
    put_text(tmp_path / "manifest.csv", "\n".join(["path,expression,identity", *rows]))
    table, _ = scan("manifest", tmp_path)
    expected = [*["Zoë"] * 3, *["001"] * 4, "NA", "none", "none", "Ann Lee"]
    assert table["identity"].tolist() == expected


@pytest.mark.parametrize(
    ("header", "fields", "expected"),
    [
        pytest.param("x,y,width,height", "3,4.5,20,30", (3, 4.5, 20, 30), id="box"),
        pytest.param("X,Y,Width,Height", "3,4,20,30", (3, 4, 20, 30), id="capitals"),
        pytest.param("x,y,width,height", ",,,", None, id="blank"),
        pytest.param("width,height", "640,480", None, id="size-of-the-image"),
        pytest.param("x,y", "3,4", "not four numbers: 3, 4, , ", id="half-a-box"),
        pytest.param("x,y,width,height", "3,4,NULL,9", "not four numbers: 3, 4, NULL", id="word"),
        pytest.param("x,y,width,height", "3,4,nan,9", "not four numbers: 3, 4, nan", id="nan"),
    ],
)
def test_a_list_may_state_where_the_face_is(tmp_path, header, fields, expected):
    put_image(tmp_path / "1.png")
    put_image(tmp_path / "2.png")
    blank = "," * fields.count(",")
    text = f"path,expression,{header}\n1.png,fear,{fields}\n2.png,fear,{blank}\n"
    put_text(tmp_path / "manifest.csv", text)
    table, dropped = scan("manifest", tmp_path)
    if isinstance(expected, str):
        assert dropped["path"].tolist() == ["1.png"]
        assert expected in dropped["reason"][0]
    else:
        assert table["box"].tolist() == [expected, None]


def test_affectnet_states_where_the_face_is(tmp_path):
    put_image(tmp_path / "Manually_Annotated_Images/1/a.jpg")
    columns = "subDirectory_filePath,face_x,face_y,face_width,face_height,expression"
    put_text(tmp_path / "training.csv", f"{columns}\n1/a.jpg,10,20,300,310,4\n")
    table, _ = scan("affectnet", tmp_path)
    assert table["box"].tolist() == [(10, 20, 300, 310)]


def test_two_faces_of_one_picture_are_no_doubles(tmp_path):
    put_image(tmp_path / "1.png")
    rows = "1.png,fear,0,0,9,9\n1.png,anger,9,0,9,9\n1.png,anger,9,0,9,9\n"
    put_text(tmp_path / "manifest.csv", "path,expression,x,y,width,height\n" + rows)
    table, dropped = scan("manifest", tmp_path)
    assert table["expression"].tolist() == ["fear", "anger"]
    assert dropped["reason"].tolist() == ["the same picture as 1.png"]
