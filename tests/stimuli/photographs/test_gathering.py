"""Photographs of several sets as one stimulus set."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS, NOBODY, NONE
from nurture.stimuli.photographs.gathering import (
    Gathered,
    aligned_faces,
    choose_identities,
    gather,
    morph_labels,
    morphs,
    photograph_labels,
)

KDEF = {"anger": "AN", "fear": "AF", "happiness": "HA"}
NIMSTIM = {"anger": "AN", "fear": "FE", "happiness": "HA"}
WANTED = {"expression": list(KDEF), "one_each": True}


@pytest.fixture(scope="module")
def sets(tmp_path_factory, faces):
    """Two identities each as KDEF's and NimStim's 01, and one without identity."""
    folder = tmp_path_factory.mktemp("sets")
    for name in ("kdef", "nimstim", "own/anger"):
        (folder / name).mkdir(parents=True)
    for row, image in zip(faces.labels.itertuples(), faces.images, strict=True):
        if row.expression not in KDEF or row.identity > 303:
            continue
        sex = "FM"[row.identity % 2]
        if row.identity < 302:
            name = f"kdef/A{sex}01{KDEF[row.expression]}S.png"
        else:
            name = f"nimstim/01{sex}_{NIMSTIM[row.expression]}_O.png"
        path = folder / (name.replace(".png", ".JPG") if "kdef" in name else name)
        Image.fromarray(image).save(path, quality=95)
    Image.fromarray(faces.images[-1]).save(folder / "own/anger/1.png")
    Image.new("RGB", (64, 64), "grey").save(folder / "nimstim/09F_AN_O.png")
    return [
        {"set": "kdef", "folder": str(folder / "kdef"), "select": WANTED},
        {"set": "nimstim", "folder": str(folder / "nimstim"), "select": WANTED},
        {"set": "folders", "folder": str(folder / "own"), "select": {"expression": "anger"}},
    ]


@pytest.fixture(scope="module")
def gathered(sets):
    return gather(sets)


def test_identities_of_two_sets_are_told_apart(gathered):
    labels = photograph_labels(gathered)
    identities = labels.groupby(["set", "identity"]).size()
    assert identities.to_dict() == {
        ("folders", NOBODY): 1,
        ("kdef", 0): 3,
        ("kdef", 1): 3,
        ("nimstim", 2): 3,
        ("nimstim", 3): 3,
    }
    columns = ["expression", "identity", "continuum", "level", "set", "person", "numbering"]
    assert list(labels.columns) == columns
    assert labels.groupby("identity")["person"].unique().map(list).to_dict() == {
        NOBODY: ["none"],
        0: ["F01"],
        1: ["M01"],
        2: ["01F"],
        3: ["01M"],
    }
    assert set(labels["continuum"]) == {NONE}
    assert labels["level"].isna().all()


def test_what_is_not_used_is_listed(gathered):
    faceless = gathered.dropped[gathered.dropped["reason"] == "no face detected"]
    assert faceless[["set", "path"]].to_numpy().tolist() == [["nimstim", "09F_AN_O.png"]]


def test_photographs_are_aligned_in_the_order_of_the_table(gathered, faces, prepare):
    shown = list(aligned_faces(gathered, range(len(gathered.table)), 224))
    rows = gathered.table
    for i in np.flatnonzero(rows["set"] == "nimstim"):
        identity = 302 + "FM".index(rows["path"][i][2])
        known = faces.labels
        [j] = np.flatnonzero(
            (known.identity == identity) & (known.expression == rows["expression"][i])
        )
        np.testing.assert_array_equal(shown[i].image, prepare(faces.images[j]).image)


SPEC = {"identities": 2, "levels": 3, "continua": ["happiness-anger", "anger-fear"]}


def test_continua_run_from_photograph_to_photograph(gathered):
    identities = choose_identities(gathered, SPEC)
    labels, made = (
        morph_labels(gathered, identities, SPEC),
        list(morphs(gathered, identities, SPEC, 112)),
    )
    assert list(identities) == [0, 3]  # the first and the last of four
    assert len(made) == len(labels) == 2 * 2 * 3
    for i, row in enumerate(labels.itertuples()):
        if row.level in (0, 1):
            end = identities[row.identity][row.continuum.split("-")[int(row.level)]]
            [face] = aligned_faces(gathered, [end], 112)
            np.testing.assert_array_equal(made[i].image, face.image)
            np.testing.assert_array_equal(made[i].mask, face.mask)
    assert labels["level"][:3].tolist() == [0, 0.5, 1]


def test_more_identities_than_there_are_is_an_error(gathered):
    with pytest.raises(NurtureError, match="only 4 have photographs of anger, fear, happiness"):
        choose_identities(gathered, {**SPEC, "identities": 5})


def test_a_person_without_one_end_is_not_morphed():
    table = pd.DataFrame({"identity": [0, 0, 1, NOBODY], "expression": [*EXPRESSIONS[:2], *"xy"]})
    few = Gathered([], table, np.zeros((4, 68, 2)), pd.DataFrame())
    identities = choose_identities(few, {"identities": 1, "continua": ["anger-disgust"]})
    assert identities == {0: {"anger": 0, "disgust": 1}}


def test_two_identities_of_one_photograph_are_two_faces(tmp_path, faces):
    pair = np.concatenate([faces.images[3], faces.images[20]], axis=1)
    Image.fromarray(pair).save(tmp_path / "pair.png")
    rows = "pair.png,happiness,A,40,50,140,150\npair.png,neutral,B,264,50,140,150\n"
    header = "path,expression,identity,x,y,width,height\n"
    (tmp_path / "manifest.csv").write_text(header + rows, encoding="utf-8")
    gathered = gather([{"set": "manifest", "folder": str(tmp_path)}])
    assert gathered.table["person"].tolist() == ["A", "B"]
    assert gathered.landmarks[0, :, 0].max() < 224 < gathered.landmarks[1, :, 0].min()


def test_every_unreadable_photograph_is_listed_in_one_call(tmp_path, faces):
    (tmp_path / "fear").mkdir()
    Image.fromarray(faces.images[2]).save(tmp_path / "fear/1.png")
    for name, content in {"2.jpg": b"x", "3.png": b"y", "4.tif": b"z"}.items():
        (tmp_path / "fear" / name).write_bytes(content)
    gathered = gather([{"set": "folders", "folder": str(tmp_path)}])
    assert gathered.table["path"].tolist() == ["fear/1.png"]
    reason = "not a readable image (no format that is read)"
    assert gathered.dropped["path"].tolist() == ["fear/2.jpg", "fear/3.png", "fear/4.tif"]
    assert set(gathered.dropped["reason"]) == {reason}


def test_photographs_without_any_face_are_an_error(tmp_path):
    Image.new("RGB", (64, 64), "grey").save(tmp_path / "01F_AN_O.png")
    with pytest.raises(NurtureError, match="no face is found in any photograph"):
        gather([{"set": "nimstim", "folder": str(tmp_path)}])
