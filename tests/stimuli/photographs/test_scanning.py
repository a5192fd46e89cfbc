"""Face sets under the file names of section 4 of the facts: literal names, literal answers."""

import tempfile
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS, NEUTRAL
from nurture.stimuli.photographs.face_sets import read_face_sets
from nurture.stimuli.photographs.listing import DroppedError, parse_name
from nurture.stimuli.photographs.scanning import scan

HEIGHTS = count()

WHO = ["expression", "identity", "sex", "view", "gaze", "mouth", "session"]


def put_image(path: Path, grey: int = 120) -> None:
    """Write an image that differs from all others in its size in pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (8, 8 + next(HEIGHTS)), grey).save(path)


def put_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        pytest.param(
            "kdef",
            "KDEF/AF01/AF01AFS.JPG",
            ["fear", "F01", "female", "frontal", "straight", "none", "A"],
            id="kdef",
        ),
        pytest.param(
            "kdef",
            "BM35/BM35HAHL.JPG",
            ["happiness", "M35", "male", "half-left", "straight", "none", "B"],
            id="kdef-second-session",
        ),
        pytest.param(
            "kdef",
            "AF31/AF31V.JPG",
            ["sadness", "F31", "female", "half-left", "straight", "none", "A"],
            id="kdef-erratum-AF31V",
        ),
        pytest.param(
            "kdef",
            "AM31/AM31H.JPG",
            ["surprise", "M31", "male", "half-right", "straight", "none", "A"],
            id="kdef-erratum-AM31H",
        ),
        pytest.param(
            "nimstim",
            "01F_HA_X.BMP",
            ["happiness", "01F", "female", "frontal", "straight", "exuberant", "none"],
            id="nimstim",
        ),
        pytest.param(
            "nimstim",
            "43m_sp_o.jpg",
            ["surprise", "43M", "male", "frontal", "straight", "open", "none"],
            id="nimstim-lower-case",
        ),
        pytest.param(
            "rafd",
            "Rafd090_71_Caucasian_male_angry_frontal.jpg",
            ["anger", "71", "male", "frontal", "straight", "none", "Caucasian"],
            id="rafd",
        ),
        pytest.param(
            "rafd",
            "Rafd045_01_Caucasian_female_disgusted_left.jpg",
            ["disgust", "01", "female", "camera-045", "left", "none", "Caucasian"],
            id="rafd-turned",
        ),
        pytest.param(
            "raf-db-folders",
            "DATASET/train/2/train_00007_aligned.jpg",
            ["fear", "none", "none", "none", "none", "none", "train"],
            id="raf-db-folders",
        ),
        pytest.param(
            "jaffe",
            "KA.AN1.39.tiff",
            ["anger", "KA", "female", "frontal", "straight", "none", "1"],
            id="jaffe",
        ),
        pytest.param(
            "ck48",
            "anger/S010_004_00000017.png",
            ["anger", "S010", "none", "frontal", "none", "none", "004"],
            id="ck48",
        ),
        pytest.param(
            "folders",
            "mine/Happy/anything at all.PNG",
            ["happiness", "none", "none", "none", "none", "none", "none"],
            id="folders",
        ),
    ],
)
def test_a_name_says_what_the_photograph_shows(tmp_path, kind, name, expected):
    put_image(tmp_path / name)
    table, dropped = scan(kind, tmp_path)
    assert table[WHO].to_numpy().tolist() == [expected]
    assert table.loc[0, ["path", "row"]].tolist() == [name, -1]
    assert dropped.empty


@pytest.mark.parametrize(
    ("kind", "good", "bad", "reason"),
    [
        pytest.param("kdef", "AF01ANS.JPG", "AF36ANS.JPG", "not one of this set's", id="number-36"),
        pytest.param("kdef", "AF01ANS.JPG", "AF01ANX.JPG", "not one of this set's", id="view"),
        pytest.param("kdef", "AF01ANS.JPG", "._AF01ANS.JPG", "hidden file", id="hidden"),
        pytest.param("nimstim", "01F_AN_C.BMP", "01F_CA_C.BMP", "'calm', is not", id="calm"),
        pytest.param(
            "rafd",
            "Rafd090_01_Kid_male_sad_frontal.jpg",
            "Rafd090_01_Kid_male_contemptuous_frontal.jpg",
            "'contempt', is not studied",
            id="contempt",
        ),
        pytest.param(
            "folders", "fear/a.png", "odd/a.png", "'odd', names no expression", id="odd-folder"
        ),
        pytest.param("jaffe", "UY.SU2.1.tiff", "XX.SU2.1.tiff", "not one of", id="jaffe-person"),
    ],
)
def test_what_is_not_used_is_listed_with_its_reason(tmp_path, kind, good, bad, reason):
    put_image(tmp_path / good)
    put_image(tmp_path / bad)
    table, dropped = scan(kind, tmp_path)
    assert table["path"].tolist() == [good]
    assert dropped["path"].tolist() == [bad]
    assert reason in dropped.loc[0, "reason"]


def test_black_and_broken_photographs_of_kdef_are_dropped(tmp_path):
    put_image(tmp_path / "AF01ANS.JPG", grey=11)
    put_image(tmp_path / "AF02ANS.JPG", grey=9)
    (tmp_path / "AF03ANS.JPG").write_bytes(b"\xff\xd8\xff not a JPEG")
    table, dropped = scan("kdef", tmp_path)
    assert table["path"].tolist() == ["AF01ANS.JPG"]
    assert dropped.to_numpy().tolist() == [
        ["AF02ANS.JPG", "black image"],
        ["AF03ANS.JPG", "not a readable image (no format that is read)"],
    ]


def test_both_sessions_of_kdef_are_one_person(tmp_path):
    for name in ("AF01ANS.JPG", "BF01ANS.JPG", "BM01ANS.JPG"):
        put_image(tmp_path / name)
    table, _ = scan("kdef", tmp_path)
    assert table["identity"].tolist() == ["F01", "F01", "M01"]


def test_later_frames_of_cohn_kanade_come_first(tmp_path):
    for frame in (15, 17, 16):
        put_image(tmp_path / f"fear/S010_004_{frame:08d}.png")
    table, _ = scan("ck48", tmp_path)
    assert [path[-6:-4] for path in table["path"]] == ["17", "16", "15"]


def test_affectnet_csv(tmp_path):
    head = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,"
    head += "expression,valence,arousal\n"
    rows = "689/{}.jpg,134,134,899,899,181.64;530.91,{},-0.1,0.2\n"
    put_text(tmp_path / "training.csv", head + rows.format("737", 6) + rows.format("738", 7))
    others = rows.format("739", 1) + "1/none.jpg,0,0,0,0,,2,0,0\n"
    put_text(tmp_path / "validation.csv", head + others)
    for number in range(737, 740):
        put_image(tmp_path / f"Manually_Annotated_Images/689/{number}.jpg")
    table, dropped = scan("affectnet", tmp_path)
    assert table[["expression", "session", "identity"]].to_numpy().tolist() == [
        ["anger", "training", "none"],
        ["happiness", "validation", "none"],
    ]
    assert [path[-11:] for path in table["path"]] == ["689/737.jpg", "689/739.jpg"]
    assert dropped["reason"].tolist() == [
        "its expression, 'contempt', is not studied",
        "no such file",
    ]


class Trap:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_affectnet_npy_reads_text_and_never_unpickles(tmp_path):
    labels = tmp_path / "val_set/annotations"
    for number in range(4):
        put_image(tmp_path / f"val_set/images/{number}.jpg")
    labels.mkdir(parents=True)
    np.save(labels / "0_exp.npy", "4")
    np.save(labels / "1_exp.npy", np.array([Trap(tmp_path / "sprung")]), allow_pickle=True)
    np.save(labels / "2_exp.npy", "10")
    table, dropped = scan("affectnet-npy", tmp_path)
    assert table[["path", "expression", "session"]].to_numpy().tolist() == [
        ["val_set/images/0.jpg", "fear", "val_set"]
    ]
    assert not (tmp_path / "sprung").exists()
    assert dropped["reason"].tolist() == [
        "label file val_set/annotations/1_exp.npy holds no number",
        "its expression, 'no-face', is not studied",
        "no label file val_set/annotations/3_exp.npy",
    ]


def test_raf_db_list(tmp_path):
    put_text(tmp_path / "EmoLabel/list_patition_label.txt", "train_00001.jpg 5\ntest_0001.jpg 1\n")
    for name in ("train_00001", "test_0001"):
        put_image(tmp_path / f"Image/aligned/{name}_aligned.jpg")
    table, dropped = scan("raf-db", tmp_path)
    assert table[["path", "expression", "session"]].to_numpy().tolist() == [
        ["Image/aligned/train_00001_aligned.jpg", "sadness", "train"],
        ["Image/aligned/test_0001_aligned.jpg", "surprise", "test"],
    ]
    assert dropped.empty


def test_original_cohn_kanade_labels_the_apex_only(tmp_path):
    for frame in ("00000010", "00000011"):
        put_image(tmp_path / f"CK/cohn-kanade-images/S005/001/S005_001_{frame}.png")
    label = "CK/Emotion/S005/001/S005_001_00000011_emotion.txt"
    put_text(tmp_path / label, "   3.0000000e+00\n")
    table, dropped = scan("ckplus", tmp_path)
    assert table[["expression", "identity", "session"]].to_numpy().tolist() == [
        ["disgust", "S005", "001"]
    ]
    assert table["path"].str.endswith("11.png").all()
    assert len(dropped) == 1


def fer2013(folder: Path) -> None:
    pixels = [" ".join([grey] * 48 * 48) for grey in "78"]
    rows = [f"0,{pixels[0]},Training", f"6,{pixels[1]},PrivateTest"]
    put_text(folder / "fer2013.csv", "\n".join(["emotion,pixels,Usage", *rows, ""]))


def test_one_picture_of_fer2013_with_two_labels_is_used_for_neither(tmp_path):
    fer2013(tmp_path)
    file = tmp_path / "fer2013.csv"
    first, second = file.read_text().splitlines()[1:]
    again = [first.replace("0,", "3,", 1), second.replace("Private", "Public"), ""]
    put_text(file, "\n".join(["emotion,pixels,Usage", first, second, *again]))
    table, dropped = scan("fer2013", tmp_path)
    assert table[["row", "expression"]].to_numpy().tolist() == [[1, "neutral"]]
    both = "one picture with two labels: anger and happiness"
    assert dropped.to_numpy().tolist() == [
        ["fer2013.csv, row 0", both],
        ["fer2013.csv, row 2", both],
        ["fer2013.csv, row 3", "the same picture as fer2013.csv, row 1"],
    ]


def test_fer2013(tmp_path):
    fer2013(tmp_path)
    table, _ = scan("fer2013", tmp_path)
    assert table[["path", "row", "expression", "session"]].to_numpy().tolist() == [
        ["fer2013.csv", 0, "anger", "Training"],
        ["fer2013.csv", 1, "neutral", "PrivateTest"],
    ]


VOTES = (
    "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
)


def test_votes_of_fer_plus_replace_the_labels(tmp_path):
    fer2013(tmp_path)
    rows = "Training,fer0000000.png,0,0,6,0,0,0,4,0,0,0\nPrivateTest,,5,0,0,5,0,0,0,0,0,0\n"
    put_text(tmp_path / "fer2013new.csv", VOTES + rows)
    table, dropped = scan("ferplus", tmp_path)
    assert table[["row", "expression"]].to_numpy().tolist() == [[0, "surprise"]]
    assert dropped.to_numpy().tolist() == [
        ["fer2013.csv, row 1", "its expression, 'tied', is not studied"]
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        pytest.param("Training,fer0.png,0,0,6,0,0,0,4,0,0,0\n", "has 2 rows and", id="fewer"),
        pytest.param("Training,fer0.png,0,0,six,0,0,0,4,0,0,0\n", "line 2: expected a", id="text"),
    ],
)
def test_votes_that_do_not_fit_are_refused(tmp_path, rows, message):
    fer2013(tmp_path)
    put_text(tmp_path / "fer2013new.csv", VOTES + rows)
    with pytest.raises(NurtureError, match=message):
        scan("ferplus", tmp_path)


def test_manifest(tmp_path):
    for name in "13":
        put_image(tmp_path / f"a/{name}.png")
    rows = "a/1.png,Fear,ann lee,left\na/3.png,anger,,\n,sadness,ann,\na/2.png,anger,ann,\n"
    put_text(tmp_path / "manifest.csv", "path,expression,identity,view\n" + rows)
    put_image(tmp_path / "b/4.png")
    put_text(tmp_path / "notes.txt", "of mine")
    table, dropped = scan("manifest", tmp_path)
    assert table[["expression", "identity", "view"]].to_numpy().tolist() == [
        ["fear", "ann lee", "left"],
        ["anger", "none", "none"],
    ]
    assert dropped.to_numpy().tolist() == [
        ["manifest.csv, line 4", "no path"],
        ["a/2.png", "no such file"],
        ["notes.txt", "not an image"],
        ["b/4.png", "not listed in manifest.csv"],
    ]


@pytest.mark.parametrize("escape", ["../x.png", "a/../../x.png", "/etc/x.png", "link.png"])
def test_a_listed_path_out_of_the_folder_is_refused(tmp_path, escape):
    folder = tmp_path / "set"
    put_image(tmp_path / "x.png")
    put_text(folder / "manifest.csv", f"path,expression\n{escape},anger\n")
    (folder / "link.png").symlink_to(tmp_path / "x.png")
    with pytest.raises(NurtureError, match="leads out of it"):
        scan("manifest", folder)


def test_links_out_of_the_folder_are_dropped_and_links_within_it_used(tmp_path):
    folder = tmp_path / "set"
    put_image(tmp_path / "out/fear/1.png")
    put_image(folder / "fear/2.png")
    (folder / "fear/1.png").symlink_to(tmp_path / "out/fear/1.png")
    put_image(folder / "3.png")
    (folder / "fear/3.png").symlink_to(folder / "3.png")
    (folder / "anger").symlink_to(tmp_path / "out/fear")
    table, dropped = scan("folders", folder)
    assert table["path"].tolist() == ["fear/2.png", "fear/3.png"]
    dropped = dropped[dropped["path"] != "3.png"]
    assert dropped["path"].tolist() == ["anger", "fear/1.png"]
    assert dropped["reason"].str.contains("link").all()


@pytest.mark.parametrize(
    ("kind", "file", "content", "message"),
    [
        pytest.param("kdef", None, None, "no such folder", id="no-folder"),
        pytest.param("kdef", "AF01ANS.txt", b"", "holds no usable image", id="no-images"),
        pytest.param("kdef", "holiday.jpg", b"", "first of 1: holiday.jpg", id="other-images"),
        pytest.param("folders", "joy/a.png", b"", "expected is a folder for each", id="folders"),
        pytest.param("manifest", "other.csv", b"", "no manifest.csv", id="no-manifest"),
        pytest.param(
            "manifest", "manifest.csv", b"", "no column 'path'; found nothing", id="empty"
        ),
        pytest.param("manifest", "manifest.csv", b"path:expression", "no column", id="colons"),
        pytest.param("manifest", "manifest.csv", b"path,\xff", "not a readable", id="not-utf-8"),
        pytest.param("fer2013", "fer.csv", b"", "fer2013.csv: no such file", id="no-pixels"),
        pytest.param("kdeff", "x", b"", "face set 'kdeff': not in", id="unknown-kind"),
    ],
)
def test_what_cannot_be_scanned_gives_one_line(tmp_path, kind, file, content, message):
    folder = tmp_path / "set"
    if file is not None:
        (folder / file).parent.mkdir(parents=True)
        (folder / file).write_bytes(content)
    with pytest.raises(NurtureError, match=message) as caught:
        scan(kind, folder)
    assert "\n" not in str(caught.value)


NAMED = [entry for entry in read_face_sets().values() if entry.pattern is not None]
PIECES = [
    "AF01",
    "AN",
    "S",
    ".JPG",
    "01f",
    "_",
    "090",
    "Rafd",
    "happy",
    "/",
    "..",
    "KA",
    "7",
    ".png",
]


@given(entry=st.sampled_from(NAMED), pieces=st.lists(st.sampled_from(PIECES) | st.text(max_size=3)))
@settings(deadline=None)
def test_any_name_is_parsed_or_dropped(entry, pieces):
    try:
        groups = parse_name(entry, "".join(pieces))
    except DroppedError:
        return
    assert "before" in groups


@given(text=st.text(st.sampled_from('pathexrsion,\n";./\\ \0é') | st.characters(codec="utf-8")))
@settings(max_examples=60, deadline=None)
def test_any_manifest_is_read_or_refused(text):
    check_manifest("path,expression,identity\n" + text)


@given(place=st.lists(st.sampled_from(["..", "/", "a", "1.png", "link", "\\", "\0", "%", ""])))
@settings(max_examples=60, deadline=None)
def test_no_listed_path_leads_out(place):
    check_manifest("path,expression,identity\na/1.png,fear,x\n" + "".join(place) + ",fear,x\n")


@given(
    content=st.binary(max_size=40),
    start=st.sampled_from([b"", b"\x93NUMPY\x01\x00", b"PK\x03\x04"]),
)
@settings(max_examples=60, deadline=None)
def test_any_label_file_is_read_or_its_image_dropped(content, start):
    with tempfile.TemporaryDirectory() as folder:
        for name in ("0", "1"):
            put_image(Path(folder, f"val_set/images/{name}.jpg"))
        labels = Path(folder, "val_set/annotations")
        labels.mkdir()
        np.save(labels / "0_exp.npy", "4")
        (labels / "1_exp.npy").write_bytes(start + content)
        table, dropped = scan("affectnet-npy", folder)
    assert len(table) + len(dropped) == 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("(1000000000000,)", "holds no number", id="huge"),
        pytest.param("(0,)", "holds no number", id="empty"),
        pytest.param("(", "holds no number", id="broken-header"),
    ],
)
def test_a_label_array_of_another_shape_is_dropped(tmp_path, value, expected):
    put_image(tmp_path / "val_set/images/1.jpg")
    labels = tmp_path / "val_set/annotations"
    labels.mkdir()
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {value}, }}\n".encode()
    start = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little")
    (labels / "1_exp.npy").write_bytes(start + header)
    with pytest.raises(NurtureError, match=expected):
        scan("affectnet-npy", tmp_path)


def check_manifest(text: str) -> None:
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent, "set")
        put_image(folder / "a/1.png")
        put_image(Path(parent, "1.png"))
        (folder / "link").symlink_to(parent)
        put_text(folder / "manifest.csv", text)
        try:
            table, _ = scan("manifest", folder)
        except NurtureError:
            return
        for path in table["path"]:
            assert (folder / path).resolve().is_relative_to(folder.resolve())
        assert set(table["expression"]) <= {*EXPRESSIONS, NEUTRAL}
        assert isinstance(table, pd.DataFrame)
