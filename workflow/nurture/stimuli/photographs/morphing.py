"""Morphs between two photographs of one person, by landmarks."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy.spatial import Delaunay

from nurture.stimuli.photographs.aligning import resampled
from nurture.stimuli.photographs.preparing import Face, face_mask

EDGE = 1e-6
"""How far outside a triangle, in shares of it, a pixel on its edge may seem by rounding."""


SHOWN = 255
"""In a channel of its own, where a photograph shows the face."""


class Mesh(NamedTuple):
    """Triangles between points of two images."""

    first: np.ndarray
    """Points in the first image, shape (n_points, 2)."""

    second: np.ndarray
    """The same in the second image."""

    triangles: np.ndarray
    """Numbers of three points each, shape (n_triangles, 3)."""


def continuum(
    first: np.ndarray,
    second: np.ndarray,
    landmarks_first: np.ndarray,
    landmarks_second: np.ndarray,
    levels: Sequence[float],
) -> Iterator[np.ndarray]:
    """Morph one aligned photograph into another.

    Landmarks and points on the frame are joined to triangles (Delaunay, between the mean points).
    At each level the points lie in between, both images are warped to them triangle by triangle,
    and dissolved into each other (Beale & Keil 1995; Wolberg 1998).

    Parameters
    ----------
    first, second : numpy.ndarray of uint8, shape (height, width, n_channels)
        Aligned photographs of one person; see `nurture.stimuli.photographs.preparing.align`.
    landmarks_first, landmarks_second : numpy.ndarray, shape (n_landmarks, 2)
        x and y in pixels from the centre of the top left pixel.
    levels : sequence of float
        Shares of the second image, 0..1.

    Yields
    ------
    numpy.ndarray of uint8, shape (height, width, n_channels)
        At level 0 and 1 the first and the second image themselves.
    """
    shape = first.shape[:2]
    mesh = _mesh(landmarks_first, landmarks_second, shape)
    bands = [image.transpose(2, 0, 1).astype("float32") for image in (first, second)]
    for level in levels:
        places = _sources(mesh, level, shape)
        pair = [resampled(band, place) for band, place in zip(bands, places, strict=True)]
        yield np.round((1 - level) * pair[0] + level * pair[1]).astype("uint8")


def morph_faces(first: Face, second: Face, levels: Sequence[float]) -> Iterator[Face]:
    """Morph one person's face into another, with mask and landmarks, by `continuum`.

    At level 0 and 1 they are the first and the second face themselves.
    """
    ends = first.landmarks, second.landmarks
    # What one of the masks lacks of its face, the photograph does not show: it is warped along.
    images = continuum(*(_with_shown(face) for face in (first, second)), *ends, levels)
    for level, image in zip(levels, images, strict=True):
        points = (1 - level) * ends[0] + level * ends[1]
        shown = image[:, :, 3] == SHOWN
        yield Face(image[:, :, :3].copy(), face_mask(points, len(image)) & shown, points)


def _with_shown(face: Face) -> np.ndarray:
    """Image with a fourth channel, 0 where the face's mask lacks what is beyond the edge."""
    lacking = face_mask(face.landmarks, len(face.image)) & ~face.mask
    return np.dstack([face.image, np.where(lacking, 0, SHOWN).astype("uint8")])


def _mesh(first: np.ndarray, second: np.ndarray, shape: tuple[int, int]) -> Mesh:
    bottom, right = shape[0] - 1, shape[1] - 1
    frame = np.array([(x, y) for x in (0, right / 2, right) for y in (0, bottom / 2, bottom)])
    frame = np.delete(frame, 4, axis=0)
    first, second = np.concatenate([first, frame]), np.concatenate([second, frame])
    return Mesh(first, second, Delaunay((first + second) / 2).simplices)


def _sources(mesh: Mesh, level: float, shape: tuple[int, int]) -> np.ndarray:
    """Where each pixel of a morph comes from in both images, shape (2, 2, height, width), y first.

    A pixel in no triangle, as where a face reaches beyond the frame, stays where it is.
    """
    points = (1 - level) * mesh.first + level * mesh.second
    # Corners as columns (x, y, 1).
    ones = np.ones((len(mesh.triangles), 1, 3))
    corners = np.concatenate([points[mesh.triangles].transpose(0, 2, 1), ones], axis=1)
    whole = np.abs(np.linalg.det(corners)) > EDGE
    triangles, inverse = mesh.triangles[whole], np.linalg.inv(corners[whole])
    owner = _rasterised(points[triangles], inverse, shape)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    pixels = np.stack([x, y, np.ones(shape)])
    places = []
    for ends in (mesh.first, mesh.second):
        maps = np.concatenate([ends[triangles].transpose(0, 2, 1) @ inverse, np.eye(3)[None, :2]])
        places.append(np.einsum("yxij,jyx->iyx", maps[owner], pixels)[::-1])
    return np.array(places)


def _rasterised(corners: np.ndarray, inverse: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Find the triangle in which each pixel lies, -1 where in none, shape (height, width)."""
    owner = np.full(shape, -1)
    end = (shape[1], shape[0])
    low = np.clip(np.floor(corners.min(axis=1)).astype(int), 0, end)
    high = np.clip(np.ceil(corners.max(axis=1)).astype(int) + 1, 0, end)
    for number, ((left, top), (right, bottom)) in enumerate(zip(low, high, strict=True)):
        y, x = np.mgrid[top:bottom, left:right]
        shares = np.tensordot(inverse[number], np.stack([x, y, np.ones(x.shape)]), axes=1)
        owner[y, x] = np.where((shares > -EDGE).all(axis=0), number, owner[y, x])
    return owner
