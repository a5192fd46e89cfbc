import numpy as np
import pytest

from nurture.core.luminance import LUMINANCE
from nurture.stimuli.photographs.landmarks import find_landmarks
from nurture.stimuli.photographs.morphing import continuum, morph_faces
from nurture.stimuli.photographs.preparing import align, face_mask

LEVELS = [0, 0.25, 0.5, 0.75, 1]


@pytest.fixture(scope="module")
def series(morphs):
    """Each rendered continuum with its morph from the two ends: images of 5 levels, twice."""
    out = []
    for _, rows in morphs.labels.groupby(["identity", "continuum"], sort=False):
        truth = morphs.images[rows.index]
        points = find_landmarks(truth[0]), find_landmarks(truth[-1])
        made = list(continuum(truth[0], truth[-1], *points, LEVELS))
        out.append((truth, np.array(made), morphs.masks[rows.index]))
    return out


def difference(image: np.ndarray, truth: np.ndarray, mask: np.ndarray) -> float:
    """Root mean square over the face, in grey levels."""
    return float(np.sqrt((((image.astype(float) - truth) @ LUMINANCE)[mask] ** 2).mean()))


def test_both_ends_are_the_photographs_themselves(series):
    assert len(series) == 6
    for truth, made, _ in series:
        np.testing.assert_array_equal(made[0], truth[0])
        np.testing.assert_array_equal(made[-1], truth[-1])


@pytest.mark.parametrize("step", [1, 2, 3], ids=["25-percent", "50-percent", "75-percent"])
def test_a_morph_is_closer_to_the_true_face_than_a_dissolve(series, step):
    level = LEVELS[step]
    gains = []
    for truth, made, masks in series:
        dissolve = (1 - level) * truth[0] + level * truth[-1].astype(float)
        found = difference(made[step], truth[step], masks[step])
        gains.append(found / difference(dissolve, truth[step], masks[step]))
    assert np.mean(gains) < 0.75
    assert np.max(gains) < 1


def test_a_feature_moves_and_does_not_fade():
    first, second = np.zeros((2, 60, 60, 3), "uint8")
    first[20:31, 10:21], second[20:31, 30:41] = 200, 200
    corners = np.array([(9, 19), (9, 31), (21, 19), (21, 31)], dtype=float)
    [halfway] = continuum(first, second, corners, corners + np.array([20, 0]), [0.5])
    assert (halfway[20:31, 20:31] == 200).all()
    assert halfway[:18].max() == 0
    # Between, outside the moved square: what either image shows there, which is black.
    assert halfway[22:29, 33:40].max() == 0


def test_one_level_is_that_level_of_the_continuum():
    random = np.random.default_rng(3)
    first, second = random.integers(0, 255, (2, 40, 50, 3), "uint8")
    points = random.uniform(5, 35, (2, 12, 2))
    levels = [0, 0.3, 1]
    for level, image in zip(levels, continuum(first, second, *points, levels), strict=True):
        [alone] = continuum(first, second, *points, [level])
        np.testing.assert_array_equal(alone, image)


@pytest.mark.parametrize(
    "shift",
    [
        pytest.param(0.0, id="same-points"),
        pytest.param(45.0, id="points-beyond-the-frame"),
    ],
)
def test_any_points_give_whole_images_and_exact_ends(shift):
    random = np.random.default_rng(4)
    first, second = random.integers(0, 255, (2, 40, 40, 3), "uint8")
    points = np.repeat(random.uniform(5, 35, (6, 2)), 2, axis=0)
    made = list(continuum(first, second, points, points + shift, [0, 0.5, 1]))
    np.testing.assert_array_equal(made[0], first)
    np.testing.assert_array_equal(made[2], second)
    assert made[1].shape == first.shape
    if shift == 0:
        mean = np.round((first.astype(float) + second) / 2)
        np.testing.assert_array_equal(made[1], mean)


def test_what_one_photograph_lacks_is_in_no_mask_between(morphs, prepare):
    image = morphs.images[0]
    points = find_landmarks(image)
    first = align(image[: int(points[8, 1]) - 1], points, 120)
    second = prepare(morphs.images[4], 120)
    made = list(morph_faces(first, second, LEVELS))
    lacking = [face_mask(face.landmarks, 120) & ~face.mask for face in made]
    assert all(part.sum() > 5 for part in lacking[:4])
    assert lacking[4].sum() == 0
    np.testing.assert_array_equal(made[0].mask, first.mask)


def test_faces_are_morphed_with_their_masks(morphs, prepare):
    first, second = prepare(morphs.images[0], 120), prepare(morphs.images[4], 120)
    made = list(morph_faces(first, second, LEVELS))
    for end, face in ((first, made[0]), (second, made[-1])):
        for part, expected in zip(face, end, strict=True):
            np.testing.assert_array_equal(part, expected)
    np.testing.assert_allclose(made[2].landmarks, (first.landmarks + second.landmarks) / 2)
    assert (made[2].mask & first.mask & second.mask).sum() == (first.mask & second.mask).sum()
    assert not made[2].mask[~(first.mask | second.mask)].any()
