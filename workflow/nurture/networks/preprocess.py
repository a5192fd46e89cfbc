"""From stimuli to what a network was trained to see."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from nurture.core.errors import NurtureError
from nurture.core.luminance import LUMINANCE

INTERPOLATIONS = ("bilinear", "bicubic")
"""Ways of resizing; the first where a network states none."""


def preprocess(images: np.ndarray, spec: Mapping) -> Tensor:
    """Resize images and scale their values to ``(pixel - mean) / scale``.

    Parameters
    ----------
    images : ndarray of shape (n_stimuli, y, x, 3), uint8
        Colour images, RGB; another shape or type is refused.
    spec : mapping
        ``size``, the side in pixels; ``colour``, the network's channels: ``"rgb"``, ``"bgr"`` or
        ``"grey"``; ``mean`` and ``scale``, one number or one for each channel in the order of
        ``colour``; ``interpolation``, ``"bilinear"`` where it is not given, or ``"bicubic"``.

    Returns
    -------
    Tensor of shape (n_stimuli, channels, size, size), float32
        Resized with antialiasing; values stay within 0 to 255, beyond which bicubic
        interpolation would go at edges.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise NurtureError(
            f"images are {images.dtype} of shape {images.shape}, not uint8 (n, y, x, 3); "
            "make the stimuli again"
        )
    # One channel after another: resizing takes a quarter longer where they alternate.
    x = torch.from_numpy(images.transpose(0, 3, 1, 2).copy()).float()
    if spec["colour"] == "grey":
        x = (x * torch.tensor(LUMINANCE)[:, None, None]).sum(dim=1, keepdim=True)
    elif spec["colour"] == "bgr":
        x = x.flip(1)
    size = (spec["size"], spec["size"])
    if x.shape[2:] != size:
        mode = spec.get("interpolation", INTERPOLATIONS[0])
        x = functional.interpolate(x, size, mode=mode, antialias=True).clamp_(0, 255)
    mean, scale = (
        torch.tensor(spec[key], dtype=torch.float32).reshape(-1, 1, 1) for key in ("mean", "scale")
    )
    return x.sub_(mean).div_(scale)


def describe(spec: Mapping) -> str:
    """Describe the preprocessing in one line, for a file's attributes."""
    size, colour, mean, scale = (spec[key] for key in ("size", "colour", "mean", "scale"))
    interpolation = spec.get("interpolation", INTERPOLATIONS[0])
    return (
        f"{colour}, resized to {size} x {size} ({interpolation}, antialiased), "
        f"x = (pixel - {mean}) / {scale}"
    )
