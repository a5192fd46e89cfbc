"""Photographs made comparable: upright, with the eyes in one place, and the face's mask."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from skimage.draw import polygon2mask

from nurture.core.errors import NurtureError
from nurture.stimuli.photographs.aligning import (
    BROWS,
    JAW,
    Placement,
    eye_centres,
    eye_distance,
    hold_upright,
    place,
    yaw,
)
from nurture.stimuli.photographs.landmarks import find_landmarks
from nurture.stimuli.photographs.reading import PhotographError
from nurture.stimuli.photographs.selecting import places

FOREHEAD = 0.30
"""How far above the brows the mask is cut, in distances between the eyes' centres."""

FEWEST_PIXELS = 16
"""Between the eyes' centres. In sets of 48 x 48 pixels there are about 20."""

LARGEST_YAW = 30
"""Degrees to a side."""

MISSING = 0.02
"""Share of the mask that may lie beyond the edge; the points of a jaw are not more exact."""


ALIKE = 16
"""How far rows of a border may differ: JPEG blurs where it ends."""


class Face(NamedTuple):
    """A photograph made comparable."""

    image: np.ndarray
    """uint8, shape (size, size, 3): the face in colour."""

    mask: np.ndarray
    """bool, shape (size, size): where the face is, from the jaw to above the brows."""

    landmarks: np.ndarray
    """shape (68, 2): see `nurture.stimuli.photographs.landmarks.find_landmarks`."""


def find_face(image: np.ndarray, box: Sequence[float] | None = None) -> np.ndarray:
    """Find the landmarks of a whole face that looks forward, shape (68, 2); see `find_landmarks`.

    Refuses a face that is too small, turned to a side, or cut by the edge too.
    """
    top, bottom, left, right = _bounds(image)
    corner = np.array([left, top])
    # At a border the detector would fit the jaw to the border.
    part = np.ascontiguousarray(image[top:bottom, left:right])
    inside = None if box is None else (*(np.array(box[:2]) - corner), *box[2:])
    landmarks = find_landmarks(part, inside) + corner
    if eye_distance(landmarks) < FEWEST_PIXELS:
        raise PhotographError(
            f"its face is small: less than {FEWEST_PIXELS} pixels between the eyes"
        )
    if abs(yaw(landmarks)) > LARGEST_YAW:
        raise PhotographError(f"its face is turned to a side by more than {LARGEST_YAW} degrees")
    placement = place(landmarks, 224)
    mask = face_mask(placement.put(landmarks), placement.size)
    if (mask & ~_shown(image, placement)).sum() > MISSING * mask.sum():
        raise PhotographError("its face is cut by the edge")
    return landmarks


def align(image: np.ndarray, landmarks: np.ndarray, size: int = 224) -> Face:
    """Turn, scale and shift a photograph so that its eyes come to fixed places.

    Beyond the photograph's edge, its edge is repeated, but what lies there is not in the mask.

    Parameters
    ----------
    image : numpy.ndarray of uint8, shape (height, width, 3)
    landmarks : numpy.ndarray, shape (68, 2)
        See `nurture.stimuli.photographs.landmarks.find_landmarks`.
    size : int
        Height and width of the result in pixels.
    """
    placement = place(landmarks, size)
    points = placement.put(landmarks)
    mask = face_mask(points, size) & _shown(image, placement)
    return Face(hold_upright(image, placement), mask, points)


def _shown(image: np.ndarray, placement: Placement) -> np.ndarray:
    """Which pixels of an upright frame the photograph shows, shape (size, size)."""
    top, bottom, left, right = _bounds(image)
    source = placement.sources() + 0.5 + 0.5j
    inside = (source.real >= left) & (source.real <= right)
    return inside & (source.imag >= top) & (source.imag <= bottom)


def _bounds(image: np.ndarray) -> tuple[int, int, int, int]:
    """Find where a photograph shows something: top, bottom, left and right.

    Outside of it are rows and columns like the outermost one: a plain background, a border, an edge
    that was repeated, or the grey that is left of a damaged file.
    """
    columns = image.swapaxes(0, 1)
    top, left = _border(image), _border(columns)
    if top == len(image):
        return 0, len(image), 0, len(columns)
    return top, len(image) - _border(image[::-1]), left, len(columns) - _border(columns[::-1])


def _border(image: np.ndarray) -> int:
    """Count the rows from the top that are alike; none where it is the first alone."""
    first = image[0].astype(int)
    rows = (y for y in range(1, len(image)) if np.abs(image[y] - first).max() > ALIKE)
    count = next(rows, len(image))
    return count if count > 1 else 0


def face_mask(landmarks: np.ndarray, size: int) -> np.ndarray:
    """Where the face is in an aligned photograph, as the paper's Figs. 1 and 3A show it.

    Inside the line of the jaw, closed by a level line above the brows: bool, shape (size, size),
    from landmarks in the aligned frame, shape (68, 2).
    """
    right, left = eye_centres(landmarks)
    top = landmarks[BROWS, 1].min() - FOREHEAD * abs(left - right)
    jaw = landmarks[JAW]
    outline = np.concatenate([jaw, [[jaw[-1, 0], top], [jaw[0, 0], top]]])
    return polygon2mask((size, size), outline[:, ::-1])


def find_faces(
    table: pd.DataFrame, images: Iterable[np.ndarray | NurtureError]
) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
    """Find the landmarks of every photograph of a table, and what is not used and why.

    A `NurtureError` names all files that may not be read.

    Parameters
    ----------
    table : pandas.DataFrame
        As from `nurture.stimuli.photographs.selecting.select`; perhaps with ``box``, that of each
        face, or None.
    images : iterable of numpy.ndarray of uint8, shape (height, width, 3), or NurtureError
        As from `nurture.stimuli.photographs.reading.read_photographs`.

    Returns
    -------
    table : pandas.DataFrame
        The rows with a face, numbered anew.
    landmarks : numpy.ndarray, shape (n_rows, 68, 2)
    dropped : pandas.DataFrame
        Columns ``path`` and ``reason``: the photographs without a whole face, or not readable.
    """
    boxes = table["box"] if "box" in table else [None] * len(table)
    found, reasons, stopped = [], [], []
    for image, box in zip(images, boxes, strict=True):
        reason = ""
        try:
            if isinstance(image, NurtureError):
                raise image
            found.append(find_face(image, box))
        except PhotographError as error:
            reason = error.reason
        except NurtureError as error:
            stopped.append(str(error))
        reasons.append(reason)
    if stopped:
        raise NurtureError("; ".join(stopped))
    seen = np.array([not reason for reason in reasons], dtype=bool)
    unused = [reason for reason in reasons if reason]
    dropped = pd.DataFrame({"path": places(table[~seen]), "reason": unused})
    landmarks = np.array(found).reshape(-1, 68, 2)
    return table[seen].reset_index(drop=True), landmarks, dropped.reset_index(drop=True)
