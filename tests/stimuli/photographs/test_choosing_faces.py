"""Which face of a photograph is used: scenes of rendered faces, where it is known who is where."""

import numpy as np
import pytest
from PIL import Image

from nurture.stimuli.photographs.aligning import eye_distance, yaw
from nurture.stimuli.photographs.landmarks import AMBIGUOUS, find_landmarks
from nurture.stimuli.photographs.preparing import find_face
from nurture.stimuli.photographs.reading import PhotographError

SIDE = 448


@pytest.fixture(scope="module")
def two(faces):
    """Two identities' faces in a frame of their own each, and where the first one's points are."""
    first, second = (scaled(faces.images[i], SIDE) for i in (6, 20))
    return first, second, find_landmarks(first)


def scaled(image, side):
    return np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.LANCZOS))


def scene(face, other, width=1000, at=276):
    """A face, and another at the right edge."""
    image = np.full((SIDE, width, 3), face[0, 0])
    image[:, at : at + SIDE] = face
    image[: len(other), -len(other) :] = other
    return image


def box_of(points):
    low, high = points.min(axis=0), points.max(axis=0)
    return *low, *(high - low)


@pytest.mark.parametrize("smaller", [2.7, 4])
def test_the_largest_face_is_taken_although_another_is_more_certain(two, smaller):
    first, second, points = two
    found = find_landmarks(scene(first, scaled(second, round(SIDE / smaller))))
    assert np.abs(found - points - [276, 0]).mean() < 3


@pytest.mark.parametrize("smaller", [1, 1.3, 1.6])
def test_faces_of_like_size_are_not_guessed_among(two, smaller):
    first, second, _ = two
    with pytest.raises(PhotographError, match=AMBIGUOUS):
        find_landmarks(scene(first, scaled(second, round(SIDE / smaller)), 900, 0))


def test_a_large_face_aside_is_no_more_meant_than_a_small_one_in_the_middle(two):
    first, second, _ = two
    image = np.full((SIDE, 1600, 3), first[0, 0])
    image[:, :SIDE], image[100:300, 700:900] = first, scaled(second, 200)
    with pytest.raises(PhotographError, match=AMBIGUOUS):
        find_landmarks(image)


@pytest.mark.parametrize("loose", [0, 40], ids=["tight", "loose"])
@pytest.mark.parametrize("shift", [0, SIDE], ids=["left", "right"])
def test_the_stated_face_is_taken(two, loose, shift):
    first, _, points = two
    x, y, width, height = box_of(points)
    box = (x + shift - loose, y - loose, width + 2 * loose, height + 2 * loose)
    found = find_landmarks(np.concatenate([first, first], axis=1), box)
    assert np.abs(found - points - [shift, 0]).mean() < 3


def test_a_small_face_that_is_stated_is_taken(two):
    first, second, _ = two
    image, side = scene(first, scaled(second, 160)), 160 / SIDE
    x, y, width, height = (side * n for n in box_of(find_landmarks(second)))
    found = find_landmarks(image, (x + 840, y, width, height))
    assert np.abs(found - side * find_landmarks(second) - [840, 0]).mean() < 3


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        pytest.param((0, 0, 60, 60), "no face detected in its stated box", id="elsewhere"),
        pytest.param((0, 0, 896, 448), "no face detected in its stated box", id="both-faces"),
        pytest.param((0.1, 0.2, 0.3, 0.4), "not in pixels", id="shares"),
        pytest.param((10, 10, -5, 40), "not in pixels", id="negative"),
        pytest.param((2000, 10, 90, 90), "outside of it", id="outside"),
    ],
)
def test_a_box_that_holds_no_face_is_said(two, box, reason):
    with pytest.raises(PhotographError, match=reason):
        find_landmarks(np.concatenate(two[:2], axis=1), box)


@pytest.mark.parametrize("angle", [-40, -30, -15, 15, 30, 40])
def test_a_tilted_face_has_the_points_of_the_upright_one(two, angle):
    first, _, points = two
    tilted = Image.fromarray(first).rotate(
        angle, Image.Resampling.BICUBIC, fillcolor=tuple(map(int, first[0, 0]))
    )
    middle = (SIDE - 1) / 2 * np.array([1, 1])
    truth = ((points - middle) @ [1, 1j]) * np.exp(-1j * np.radians(angle))
    truth = np.stack([truth.real, truth.imag], axis=1) + middle
    away = np.linalg.norm(find_landmarks(np.asarray(tilted)) - truth, axis=1)
    assert away.mean() < 0.03 * eye_distance(points)


def test_a_tilted_face_is_taken_and_not_an_upright_one_behind(two):
    first, second, _ = two
    fill = tuple(map(int, first[0, 0]))
    tilted = np.asarray(Image.fromarray(first).rotate(45, Image.Resampling.BICUBIC, fillcolor=fill))
    found = find_landmarks(scene(tilted, scaled(second, 166)))
    assert 276 < found[:, 0].min() < found[:, 0].max() < 276 + SIDE


def test_a_turned_face_is_not_passed_over_for_one_behind(views, two):
    turned = scaled(views.images[np.flatnonzero(views.labels["yaw"] == 45)[0]], SIDE)
    with pytest.raises(PhotographError, match=r"turned to a side|not found again when held"):
        find_face(scene(turned, scaled(two[1], 166)))


def test_the_yaw_is_that_of_the_renderer(views):
    for image, true in zip(views.images, views.labels["yaw"], strict=True):
        if abs(true) <= 20:
            assert abs(yaw(find_landmarks(image)) - true) < 5
