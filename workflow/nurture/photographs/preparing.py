"""Photographs made comparable: upright, with the eyes in one place, and the face's mask."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from PIL import Image
from scipy.ndimage import map_coordinates
from skimage.draw import polygon2mask

from nurture.photographs.landmarks import BROWS, JAW, LEFT_EYE, RIGHT_EYE, find_landmarks
from nurture.photographs.selecting import places

EYE_HEIGHT = 0.39
"""Height of the eyes below the top of the frame, in shares of it, as in rendered faces."""

EYE_DISTANCE = 0.265
"""Distance between the eyes' centres in shares of the frame, the mean of rendered faces."""

FOREHEAD = 0.30
"""How far above the brows the mask is cut, in distances between the eyes' centres."""


class Face(NamedTuple):
    """A photograph made comparable."""

    image: np.ndarray
    """uint8, shape (size, size, 3): the face in colour."""

    mask: np.ndarray
    """bool, shape (size, size): where the face is, from the jaw to above the brows."""

    landmarks: np.ndarray
    """shape (68, 2): see `nurture.photographs.landmarks.find_landmarks`."""


def prepare(image: np.ndarray, size: int = 224) -> Face | None:
    """Make a photograph comparable to others.

    Parameters
    ----------
    image : numpy.ndarray of uint8, shape (height, width, 3)
    size : int
        Height and width of the result in pixels.

    Returns
    -------
    Face or None
        None when no face is found.
    """
    landmarks = find_landmarks(image)
    return None if landmarks is None else align(image, landmarks, size)


def align(image: np.ndarray, landmarks: np.ndarray, size: int = 224) -> Face:
    """Turn, scale and shift a photograph so that its eyes come to fixed places.

    Beyond the photograph's edge, its edge is repeated.

    Parameters
    ----------
    image : numpy.ndarray of uint8, shape (height, width, 3)
    landmarks : numpy.ndarray, shape (68, 2)
        See `nurture.photographs.landmarks.find_landmarks`.
    size : int
        Height and width of the result in pixels.

    Returns
    -------
    Face
    """
    eyes = eye_centres(landmarks)
    half = EYE_DISTANCE / 2
    ends = size * (np.array([0.5 - half, 0.5 + half]) + 1j * EYE_HEIGHT) - 0.5 - 0.5j
    # As complex numbers, a similarity is z -> turn * z + shift.
    turn = (ends[1] - ends[0]) / (eyes[1] - eyes[0])
    shift = ends[0] - turn * eyes[0]
    moved = turn * (landmarks @ [1, 1j]) + shift
    # Where many pixels fall into one they are averaged first.
    factor = max(int(1 / abs(turn)), 1)
    reduced = np.asarray(Image.fromarray(image).reduce(factor), dtype=float)
    y, x = np.mgrid[:size, :size]
    source = (x + 1j * y - shift) / turn
    source = (source + 0.5 + 0.5j) / factor - 0.5 - 0.5j
    where = [source.imag, source.real]
    bands = reduced.transpose(2, 0, 1)
    warped = [map_coordinates(band, where, order=1, mode="nearest") for band in bands]
    points = np.stack([moved.real, moved.imag], axis=1)
    return Face(np.round(np.stack(warped, axis=2)).astype("uint8"), face_mask(points, size), points)


def eye_centres(landmarks: np.ndarray) -> np.ndarray:
    """Centres of the right and of the left eye as complex numbers x + iy, shape (2,)."""
    centres = [landmarks[eye].mean(axis=0) for eye in (RIGHT_EYE, LEFT_EYE)]
    return np.array(centres) @ [1, 1j]


def face_mask(landmarks: np.ndarray, size: int) -> np.ndarray:
    """Where the face is in an aligned photograph, as the paper's Figs. 1 and 3A show it.

    Parameters
    ----------
    landmarks : numpy.ndarray, shape (68, 2)
        In the aligned frame.
    size : int
        Height and width of the frame in pixels.

    Returns
    -------
    numpy.ndarray of bool, shape (size, size)
        Inside the line of the jaw, closed by a level line above the brows.
    """
    right, left = eye_centres(landmarks)
    top = landmarks[BROWS, 1].min() - FOREHEAD * abs(left - right)
    jaw = landmarks[JAW]
    outline = np.concatenate([jaw, [[jaw[-1, 0], top], [jaw[0, 0], top]]])
    return polygon2mask((size, size), outline[:, ::-1])


def find_faces(
    table: pd.DataFrame, images: Iterable[np.ndarray]
) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
    """Find the landmarks of every photograph of a table, and those without a face.

    Parameters
    ----------
    table : pandas.DataFrame
        As from `nurture.photographs.selecting.select`.
    images : iterable of numpy.ndarray of uint8, shape (height, width, 3)
        The photographs in its order, as from `nurture.photographs.reading.read_photographs`.

    Returns
    -------
    table : pandas.DataFrame
        The rows with a face, numbered anew.
    landmarks : numpy.ndarray, shape (n_rows, 68, 2)
        See `nurture.photographs.landmarks.find_landmarks`.
    dropped : pandas.DataFrame
        Columns ``path`` and ``reason``: the photographs without a detected face.
    """
    found = [find_landmarks(image) for image in images]
    seen = np.array([points is not None for points in found], dtype=bool)
    landmarks = np.array([points for points in found if points is not None]).reshape(-1, 68, 2)
    dropped = pd.DataFrame({"path": places(table[~seen]), "reason": "no face detected"})
    return table[seen].reset_index(drop=True), landmarks, dropped.reset_index(drop=True)
