import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nurture.core.errors import NurtureError
from nurture.stimuli.altering import (
    choose_stimuli,
    control_faces,
    control_labels,
    inverted,
    negated,
    scrambled,
)
from nurture.stimuli.look import apply_look

SIDE = 112


@pytest.fixture
def face(faces):
    image, mask = faces[1][3]
    return image, mask.astype("uint8")


def look(image, mask):
    return apply_look(image[None], mask[None], "paper")[0, :, :, 0]


def test_inverted_is_pillows_half_turn(face):
    from PIL import Image

    image, mask = inverted(*face, None)
    turned = Image.fromarray(face[0]).rotate(180)
    np.testing.assert_array_equal(image, np.asarray(turned))
    np.testing.assert_array_equal(mask, np.asarray(Image.fromarray(face[1]).rotate(180)))


def test_negated_is_pillows_negative_and_keeps_mean_and_contrast(face):
    from PIL import Image, ImageOps

    image, mask = negated(*face, None)
    np.testing.assert_array_equal(image, np.asarray(ImageOps.invert(Image.fromarray(face[0]))))
    inside = mask.astype(bool)
    grey, before = look(image, mask).astype(int), look(*face).astype(int)
    assert (grey[~inside] == 0).all()
    # Apart from what is cut off at black and white.
    assert np.abs(grey + before - 255)[inside].mean() < 2
    assert grey[inside].mean() == pytest.approx(before[inside].mean(), abs=1)
    assert grey[inside].std() == pytest.approx(before[inside].std(), abs=1)


def test_scrambled_moves_tiles_and_no_more(face):
    image, mask = scrambled(*face, np.random.default_rng(1))
    inside = mask.astype(bool)
    assert (image != face[0]).any(axis=2)[inside].mean() > 0.5
    np.testing.assert_array_equal(image[~inside], face[0][~inside])
    np.testing.assert_array_equal(np.sort(image[inside], axis=0), np.sort(face[0][inside], axis=0))
    side = SIDE // 14
    tiles = {
        face[0][y : y + side, x : x + side].tobytes()
        for y in range(0, SIDE, side)
        for x in range(0, SIDE, side)
    }
    for y in range(0, SIDE, side):
        for x in range(0, SIDE, side):
            assert image[y : y + side, x : x + side].tobytes() in tiles


LABELS = pd.DataFrame({"expression": ["fear", "anger"] * 4, "identity": [4, 4, 5, 5, 7, 7, 9, 9]})


@pytest.mark.parametrize(
    ("identities", "expected"),
    [(None, [0, 1, 2, 3, 4, 5, 6, 7]), (2, [0, 1, 6, 7]), (1, [0, 1]), (9, list(range(8)))],
    ids=["all", "two", "one", "more than there are"],
)
def test_identities_are_chosen_evenly(identities, expected):
    assert choose_stimuli(LABELS, identities).tolist() == expected


def test_identities_cannot_be_chosen_where_nobody_is_known():
    with pytest.raises(NurtureError, match="do not say who is shown; leave out identities"):
        choose_stimuli(LABELS.assign(identity=-1), 2)


def test_labels_and_faces_go_together(faces):
    images, masks = (np.stack(part) for part in zip(*faces[1], strict=True))
    dimensions = ("stimulus", "y", "x", "channel")
    file = xr.Dataset(
        {"image": (dimensions, images), "mask": (dimensions[:3], masks.astype("uint8"))}
    )
    chosen, controls = np.array([3, 10]), ["negated", "scrambled"]
    labels = control_labels(faces[0], chosen, controls)
    made = list(control_faces(file, chosen, controls, seed=1))
    assert labels["control"].tolist() == ["negated", "negated", "scrambled", "scrambled"]
    assert labels["identity"].tolist() == [3, 4, 3, 4]
    assert labels["expression"].tolist() == ["fear"] * 4
    np.testing.assert_array_equal(made[1][0], 255 - images[10])
    # A scrambled face is the same whatever else is in the set.
    alone = list(control_faces(file, np.array([10]), ["scrambled"], seed=1))
    np.testing.assert_array_equal(alone[0][0], made[3][0])
    assert (made[2][0] != made[3][0]).any()
