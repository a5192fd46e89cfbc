"""Control stimuli: the same faces upside down, as negatives, or in pieces."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nurture.core.errors import NurtureError
from nurture.core.rows import evenly
from nurture.stimuli.images import image_blocks

TILES = 14
"""Tiles across the frame when a face is scrambled: an eye is about two of them wide."""


def inverted(image: np.ndarray, mask: np.ndarray, _random) -> tuple[np.ndarray, np.ndarray]:
    """Turn a face by 180 degrees in the plane of the picture (Yin 1969)."""
    return image[::-1, ::-1], mask[::-1, ::-1]


def negated(image: np.ndarray, mask: np.ndarray, _random) -> tuple[np.ndarray, np.ndarray]:
    """Make light dark and dark light (Galper 1970): red, green and blue alike."""
    return 255 - image, mask


def scrambled(
    image: np.ndarray, mask: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Change the places of the tiles of a face.

    Only tiles that lie wholly inside the mask move, so that outline, mean and contrast of the face
    stay what they are; the rim of the face stays in its place.
    """
    side = image.shape[0] // TILES
    corners = [
        (slice(y, y + side), slice(x, x + side))
        for y in range(0, side * TILES, side)
        for x in range(0, side * TILES, side)
    ]
    inside = [tile for tile in corners if mask[tile].all()]
    out = image.copy()
    for place, source in zip(inside, random.permutation(len(inside)), strict=True):
        out[place] = image[inside[source]]
    return out, mask


CONTROLS: dict[str, Callable] = {"inverted": inverted, "negated": negated, "scrambled": scrambled}


def choose_stimuli(labels: pd.DataFrame, identities: int | None) -> np.ndarray:
    """Positions of the stimuli of some identities, evenly spread over all; of all without a number.

    Refuses to choose identities where the labels do not say who is shown.
    """
    if identities is None:
        return np.arange(len(labels))
    known = np.unique(labels["identity"])
    if known[0] < 0:
        raise NurtureError(
            f"control of {identities} identities: its photographs do not say who is shown; leave "
            "out identities"
        )
    return np.flatnonzero(labels["identity"].isin(known[evenly(len(known), identities)]))


def control_labels(
    labels: pd.DataFrame, chosen: np.ndarray, controls: Sequence[str]
) -> pd.DataFrame:
    """Labels of control stimuli: those of the faces, and ``control``; one control after another."""
    parts = [labels.iloc[chosen].assign(control=control) for control in controls]
    return pd.concat(parts, ignore_index=True)


def control_faces(
    faces: xr.Dataset, chosen: np.ndarray, controls: Sequence[str], seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Make control stimuli, image and mask, in the order of `control_labels`.

    They are of the faces at the chosen positions in an open file of faces, altered by each of some
    of the `CONTROLS`. A scrambled face depends on the seed and on its position.
    """
    wanted = set(map(int, chosen))
    for control in controls:
        blocks = image_blocks(faces, "image", "mask")
        pairs = (pair for images, masks in blocks for pair in zip(images, masks, strict=True))
        for position, face in enumerate(pairs):
            if position in wanted:
                yield altered(control, *face, seed, position)


def altered(
    control: str, image: np.ndarray, mask: np.ndarray, seed: int, position: int
) -> tuple[np.ndarray, np.ndarray]:
    """Make one of `CONTROLS` of the face at a position in its file, image and mask."""
    return CONTROLS[control](image, mask, np.random.default_rng([seed, position, 2]))
