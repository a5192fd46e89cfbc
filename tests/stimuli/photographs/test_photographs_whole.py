"""From a folder in a set's own file names to comparable faces and morphs."""

import numpy as np
import pytest
from PIL import Image

from nurture.core.expressions import EXPRESSIONS
from nurture.stimuli.look import apply_look
from nurture.stimuli.photographs.face_sets import find_face_set
from nurture.stimuli.photographs.morphing import morph_faces
from nurture.stimuli.photographs.preparing import align, find_faces
from nurture.stimuli.photographs.reading import read_photographs
from nurture.stimuli.photographs.scanning import scan
from nurture.stimuli.photographs.selecting import select

KDEF = {
    "anger": "AN",
    "disgust": "DI",
    "fear": "AF",
    "happiness": "HA",
    "sadness": "SA",
    "surprise": "SU",
    "neutral": "NE",
}


@pytest.fixture(scope="module")
def kdef(tmp_path_factory, faces):
    """Two rendered identities as KDEF's F01 and M02, with what goes wrong in the real set."""
    folder = tmp_path_factory.mktemp("kdef")
    for row, image in zip(faces.labels.itertuples(), faces.images, strict=True):
        person = {300: "F01", 301: "M02"}.get(row.identity)
        if person is None:
            continue
        for session, quality in (("A", 95), ("B", 94)):
            path = folder / f"{session}{person}" / f"{session}{person}{KDEF[row.expression]}S.JPG"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(image).save(path, quality=quality)
    black = Image.new("RGB", (562, 762))
    black.save(folder / "AF01" / "AF01ANS.JPG")
    black.save(folder / "AM02" / "AM02HAFR.JPG")
    Image.new("RGB", (562, 762), "grey").save(folder / "AM02" / "AM02SAS.JPG")
    (folder / "AF01" / "Thumbs.db").write_bytes(b"")
    return folder


def test_a_folder_becomes_comparable_faces(kdef, faces, prepare):
    table, unusable = scan("kdef", kdef)
    wanted = {"expression": list(EXPRESSIONS), "view": "frontal", "session": ["A", "B"]}
    chosen, unwanted = select(table, {**wanted, "one_each": True})
    face_set = find_face_set("kdef")
    kept, landmarks, faceless = find_faces(chosen, read_photographs(chosen, kdef, face_set))

    black = {"AF01/AF01ANS.JPG", "AM02/AM02HAFR.JPG"}
    assert set(unusable["path"]) == black | {"AF01/Thumbs.db"}
    assert faceless["path"].tolist() == ["AM02/AM02SAS.JPG"]
    assert len(table) + len(unusable) == 30
    assert len(chosen) + len(unwanted) == len(table)
    assert len(kept) == 11
    # The black photograph's place is taken by that of the other session.
    angry = kept[(kept["identity"] == "F01") & (kept["expression"] == "anger")]
    assert angry["path"].tolist() == ["BF01/BF01ANS.JPG"]

    images = read_photographs(kept, kdef, face_set)
    for row, image, points in zip(kept.itertuples(), images, landmarks, strict=True):
        identity = {"F01": 300, "M02": 301}[row.identity]
        labels = faces.labels
        [i] = np.flatnonzero((labels.identity == identity) & (labels.expression == row.expression))
        # JPEG alone stands between them.
        difference = align(image, points).image.astype(int) - prepare(faces.images[i]).image
        assert np.abs(difference).mean() < 4


def test_two_photographs_become_a_continuum_in_the_papers_look(kdef, prepare):
    first, second = (
        prepare(np.asarray(Image.open(kdef / f"AM02/AM02{code}S.JPG"))) for code in ("HA", "AF")
    )
    made = list(morph_faces(first, second, np.linspace(0, 1, 5)))
    images, masks = np.array([f.image for f in made]), np.array([f.mask for f in made])
    shown = apply_look(images, masks, "paper")
    assert (shown[~masks] == 0).all()
    both = [first.image, second.image], [first.mask, second.mask]
    ends = apply_look(*map(np.array, both), "paper")
    np.testing.assert_array_equal(shown[[0, -1]], ends)
    # Each level is more like the end it is nearer to.
    apart = np.abs(shown[:, None].astype(int) - shown[None]).mean(axis=(2, 3, 4))
    assert (np.diff(apart[0]) > 0).all()
    assert (np.diff(apart[-1]) < 0).all()
