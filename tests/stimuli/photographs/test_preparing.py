import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage.data import astronaut

from nurture.core.errors import NurtureError
from nurture.stimuli.look import apply_look
from nurture.stimuli.photographs.aligning import eye_centres
from nurture.stimuli.photographs.face_sets import find_face_set
from nurture.stimuli.photographs.landmarks import find_landmarks
from nurture.stimuli.photographs.preparing import align, face_mask, find_face, find_faces
from nurture.stimuli.photographs.reading import PhotographError, read_photographs
from nurture.stimuli.photographs.scanning import scan

LEFT_EYE_AT, RIGHT_EYE_AT = 0.39j + 0.5 - 0.1325, 0.39j + 0.5 + 0.1325


@pytest.mark.parametrize("size", [224, 150])
def test_the_eyes_come_to_fixed_places(size, prepare):
    face = prepare(astronaut(), size)
    expected = size * np.array([LEFT_EYE_AT, RIGHT_EYE_AT]) - 0.5 - 0.5j
    np.testing.assert_allclose(eye_centres(face.landmarks), expected, atol=1e-9)
    assert face.image.shape == (size, size, 3)
    assert face.image.dtype == np.uint8
    assert face.mask.dtype == bool
    # The pixels have gone where the points say: looking again finds them there.
    again = find_landmarks(face.image)
    assert np.abs(again - face.landmarks).mean() < 0.015 * size


def test_a_photograph_that_is_aligned_stays_as_it_is(prepare):
    face = prepare(astronaut())
    again = align(face.image, face.landmarks)
    np.testing.assert_array_equal(again.image, face.image)
    np.testing.assert_allclose(again.landmarks, face.landmarks, atol=1e-9)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_photograph_is_turned_back(turns):
    image = astronaut()
    points = find_landmarks(image)
    upright = align(image, points)
    last = image.shape[0] - 1
    for _ in range(turns):
        image = np.rot90(image)
        points = np.stack([points[:, 1], last - points[:, 0]], axis=1)
    turned = align(np.ascontiguousarray(image), points)
    np.testing.assert_allclose(turned.landmarks, upright.landmarks, atol=1e-9)
    difference = turned.image.astype(int) - upright.image
    assert np.abs(difference).max() <= 1


def test_fine_stripes_are_averaged_and_not_aliased():
    stripes = np.zeros((1600, 1600, 3), "uint8")
    stripes[:, ::2] = 200
    points = np.zeros((68, 2))
    points[36:42], points[42:48] = (600, 700), (1000, 700)
    assert np.abs(align(stripes, points).image.astype(int) - 100).max() <= 1


def test_a_photograph_of_four_times_the_size_gives_the_same():
    image = astronaut()
    points = find_landmarks(image)
    large = image.repeat(4, axis=0).repeat(4, axis=1)
    expected, face = align(image, points, 150), align(large, 4 * (points + 0.5) - 0.5, 150)
    assert np.abs(face.image.astype(int) - expected.image).max() <= 1
    np.testing.assert_allclose(face.landmarks, expected.landmarks, atol=1e-9)


def test_beyond_the_photograph_its_edge_goes_on():
    points = np.zeros((68, 2))
    points[36:42], points[42:48] = (4, 10), (16, 10)
    image = np.full((20, 20, 3), 90, "uint8")
    assert (align(image, points).image == 90).all()


def test_the_mask_is_that_of_rendered_faces(faces):
    overlap = []
    for image, mask in zip(faces.images, faces.masks, strict=True):
        found = face_mask(find_landmarks(image), len(mask))
        overlap.append((found & mask).sum() / (found | mask).sum())
    assert np.mean(overlap) > 0.88
    assert np.min(overlap) > 0.8


def test_the_mask_follows_the_jaw_and_is_cut_level_above_the_brows():
    points = np.zeros((68, 2))
    angle = np.linspace(np.pi, 0, 17)
    points[:17] = np.stack([50 + 40 * np.cos(angle), 40 + 50 * np.sin(angle)], axis=1)
    points[17:27] = np.stack([np.linspace(20, 80, 10), np.full(10, 30)], axis=1)
    points[36:42], points[42:48] = (35, 40), (65, 40)
    mask = face_mask(points, 100)
    # Brows at 30, eyes 30 apart: cut at 30 - .3 * 30 = 21.
    assert np.flatnonzero(mask.any(axis=1))[[0, -1]].tolist() == [21, 90]
    assert np.flatnonzero(mask[25])[[0, -1]].tolist() == [10, 90]
    assert np.flatnonzero(mask[80])[[0, -1]].tolist() == [27, 73]


def test_the_papers_look_of_a_photograph(prepare):
    face = prepare(astronaut())
    shown = apply_look(face.image[None], face.mask[None], "paper")[0]
    inside = shown[face.mask, 0] / 255
    assert (shown[~face.mask] == 0).all()
    assert inside.mean() == pytest.approx(0.5, abs=0.005)
    assert inside.std() == pytest.approx(0.15, abs=0.005)


def cut_below(image, points, share):
    """A photograph that ends between mouth (0) and chin (1)."""
    mouth, chin = points[48:68, 1].max(), points[8, 1]
    return image[: round(mouth + share * (chin - mouth))]


GONE = r"cut by the edge|no face|not found again"

WAYS = {
    "through-the-mouth": lambda image, p: image[: round(p[48:68, 1].mean())],
    "under-the-mouth": lambda image, p: cut_below(image, p, 0.1),
    "through-the-chin": lambda image, p: cut_below(image, p, 0.5),
    "through-the-brows": lambda image, p: image[round(p[17:27, 1].mean()) :],
    "through-an-eye": lambda image, p: image[:, round(p[36:42, 0].mean()) :],
    "through-a-cheek": lambda image, p: image[:, : round(p[[16, 45], 0].mean())],
}


@pytest.mark.parametrize("cut", WAYS)
@pytest.mark.parametrize("border", [None, 0, 128, 255], ids=str)
def test_a_face_that_is_cut_is_dropped(faces, cut, border):
    for image in faces.images[::7]:
        part = WAYS[cut](image, find_landmarks(image))
        if border is not None:
            part = np.pad(part, ((60, 60), (60, 60), (0, 0)), constant_values=border)
        with pytest.raises(PhotographError, match=GONE):
            find_face(np.ascontiguousarray(part))


@pytest.mark.parametrize("quality", [None, 80], ids=["exact", "jpeg"])
@pytest.mark.parametrize("share", [-0.5, 0.1, 0.5])
def test_a_face_that_ends_in_grey_is_dropped(faces, share, quality):
    image = faces.images[6].copy()
    image[len(cut_below(image, find_landmarks(image), share)) :] = 128
    if quality:
        file = io.BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=quality)
        image = np.asarray(Image.open(file))
    with pytest.raises(PhotographError, match=GONE):
        find_face(image)


def test_what_the_edge_cuts_off_is_not_in_the_mask(faces):
    image = faces.images[6]
    points = find_landmarks(image)
    part = image[: int(points[8, 1]) - 1]
    face, whole = align(part, points), align(image, points)
    lacking = whole.mask & ~face.mask
    assert 0 < lacking.sum() < 0.02 * whole.mask.sum()
    assert find_face(part).shape == (68, 2)
    # The last row itself stands for the half pixel beyond its centre.
    rows = face.mask & (np.arange(224)[:, None] < np.nonzero(face.mask)[0].max())
    np.testing.assert_array_equal(face.image[rows], whole.image[rows])


def test_a_face_with_room_around_it_is_kept(faces):
    for image in faces.images:
        find_face(image)


def test_faces_turned_by_45_degrees_are_dropped_and_by_20_are_not(views):
    for image, true in zip(views.images, views.labels["yaw"], strict=True):
        if abs(true) < 45:
            find_face(image)
        else:
            with pytest.raises(PhotographError, match=f"turned to a side|{GONE}"):
                find_face(image)


@pytest.mark.parametrize(("size", "kept"), [((27, 41), False), ((48, 48), True)], ids=str)
def test_small_faces_are_dropped(faces, size, kept):
    rows, columns = np.nonzero(faces.masks[6])
    tight = faces.images[6, rows.min() - 9 : rows.max() + 9, columns.min() - 9 : columns.max() + 9]
    small = np.asarray(Image.fromarray(tight).resize(size, Image.Resampling.LANCZOS))
    if kept:
        find_face(small)
    else:
        with pytest.raises(PhotographError, match="less than 16 pixels between the eyes"):
            find_face(small)


def test_all_that_may_not_be_read_is_named_at_once():
    table = pd.DataFrame({"path": ["a.jpg", "b.jpg", "c.jpg"], "row": -1})
    images = [NurtureError("a.jpg: x"), np.zeros((9, 9, 3), "uint8"), NurtureError("c.jpg: y")]
    with pytest.raises(NurtureError, match=r"^a\.jpg: x; c\.jpg: y$"):
        find_faces(table, images)


def test_unreadable_photographs_are_listed_with_the_others():
    table = pd.DataFrame({"path": ["a.jpg", "b.jpg"], "row": -1})
    kept, _, dropped = find_faces(table, [PhotographError("damaged (x)", "a.jpg"), astronaut()])
    assert kept["path"].tolist() == ["b.jpg"]
    assert dropped.to_numpy().tolist() == [["a.jpg", "damaged (x)"]]


def test_a_photograph_without_a_face_is_listed_and_the_others_prepared(tmp_path, faces, prepare):
    (tmp_path / "fear").mkdir()
    (tmp_path / "anger").mkdir()
    Image.fromarray(faces.images[2]).save(tmp_path / "fear/1.png")
    Image.new("RGB", (200, 200), "grey").save(tmp_path / "fear/2.png")
    Image.fromarray(faces.images[0]).save(tmp_path / "anger/1.png")
    face_set = find_face_set("folders")
    table, _ = scan("folders", tmp_path)
    kept, landmarks, dropped = find_faces(table, read_photographs(table, tmp_path, face_set))
    assert kept["path"].tolist() == ["anger/1.png", "fear/1.png"]
    assert dropped.to_numpy().tolist() == [["fear/2.png", "no face detected"]]
    images = read_photographs(kept, tmp_path, face_set)
    for image, points, i in zip(images, landmarks, (0, 2), strict=True):
        face, expected = align(image, points, 96), prepare(faces.images[i], 96)
        np.testing.assert_array_equal(face.image, expected.image)
        np.testing.assert_array_equal(face.mask, expected.mask)


def test_a_set_without_any_face_is_an_empty_table():
    table = pd.DataFrame({"path": ["fer2013.csv"], "row": [3]})
    kept, landmarks, dropped = find_faces(table, [np.full((48, 48, 3), 90, "uint8")])
    assert len(kept) == 0
    assert landmarks.shape == (0, 68, 2)
    assert dropped.to_numpy().tolist() == [["fer2013.csv, row 3", "no face detected"]]
