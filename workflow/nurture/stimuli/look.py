"""How images are shown: in colour as rendered, or grey and masked as in the paper."""

import numpy as np

from nurture.core.errors import NurtureError
from nurture.core.luminance import LUMINANCE

MEAN, CONTRAST = 0.5, 0.15
"""Mean and standard deviation inside the mask in the paper's look, of white = 1. 1.2 % of a face is
cut off on average, 3 % at most: at black in brows and open mouths, at white in teeth and in the
eyes of dark faces."""


def apply_look(images: np.ndarray, masks: np.ndarray, look: str) -> np.ndarray:
    """Give images the look in which networks see them, each on its own.

    The paper's look, as its Figs. 1 and 3A show: grey, on black, cut to the face, with equal
    mean and contrast inside.

    Parameters
    ----------
    images : numpy.ndarray of uint8, shape (n_stimuli, height, width, 3)
    masks : numpy.ndarray of bool, shape (n_stimuli, height, width)
        Where the face is; an empty one is refused.
    look : str
        ``colour`` leaves images as they are; ``paper``.
    """
    if look == "colour":
        return images
    out = np.zeros_like(images)
    for i, (image, mask) in enumerate(zip(images, masks.astype(bool), strict=True)):
        if not mask.any():
            raise NurtureError(f"stimulus {i}: its mask is empty; no face was rendered")
        grey = _equalised(image[mask] @ LUMINANCE / 255)
        out[i][mask] = np.round(255 * grey).astype("uint8")[:, None]
    return out


def _equalised(grey: np.ndarray) -> np.ndarray:
    """Scale and shift greys to `MEAN` and `CONTRAST`, holding within 0..1.

    What is cut off at black and white takes from both, so they are corrected for it in turn;
    a few rounds suffice.
    """
    for _ in range(8):
        spread = max(grey.std(), 1e-6)
        grey = np.clip(MEAN + CONTRAST * (grey - grey.mean()) / spread, 0, 1)
    return grey
