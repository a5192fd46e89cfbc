"""Sprite sheets: many small faces in one picture, so that the page holds each face once."""

import base64
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import xarray as xr
from PIL import Image

from nurture.stimuli.images import image_blocks

QUALITY = 72
"""Of WebP: at the sizes of the page, a face is one to two kilobytes."""


@dataclass(frozen=True)
class Sprite:
    """Faces side by side in one picture."""

    stimuli: tuple[int, ...]
    """Positions of the faces in their set, in the order of the tiles."""
    columns: int
    """Tiles in a row."""
    rows: int
    """Rows of tiles."""
    uri: str
    """The picture as a data URI."""

    def layout(self) -> dict:
        """Describe what a page needs to find a face."""
        return {"stimuli": list(self.stimuli), "columns": self.columns, "rows": self.rows}


def small_faces(dataset: xr.Dataset, stimuli: Iterable[int], side: int) -> dict[int, Image.Image]:
    """Read some faces of an open image file, block by block, and make them small.

    Parameters
    ----------
    dataset : xarray.Dataset
        With ``image`` of shape (n, y, x, 3), uint8.
    stimuli : iterable of int
        Positions of the faces.
    side : int
        Their side afterwards, in pixels.

    Returns
    -------
    dict of int to PIL.Image.Image
        By position.
    """
    wanted, faces, start = set(map(int, stimuli)), {}, 0
    for (block,) in image_blocks(dataset, "image"):
        for place in wanted.intersection(range(start, start + len(block))):
            face = Image.fromarray(block[place - start])
            faces[place] = face.resize((side, side), Image.Resampling.LANCZOS)
        start += len(block)
    return faces


def make_sprite(faces: Mapping[int, Image.Image], stimuli: Sequence[int], side: int) -> Sprite:
    """Put faces into one WebP picture; the same faces give the same bytes.

    Parameters
    ----------
    faces : mapping of int to PIL.Image.Image
        `small_faces`.
    stimuli : sequence of int
        Which of them, in the order of the tiles.
    side : int
        Side of a tile in pixels.
    """
    columns = max(1, math.ceil(math.sqrt(len(stimuli))))
    rows = max(1, math.ceil(len(stimuli) / columns))
    sheet = Image.new("RGB", (columns * side, rows * side))
    for i, stimulus in enumerate(stimuli):
        sheet.paste(faces[int(stimulus)], (i % columns * side, i // columns * side))
    data = io.BytesIO()
    sheet.save(data, "WEBP", quality=QUALITY, method=4)
    uri = f"data:image/webp;base64,{base64.b64encode(data.getvalue()).decode('ascii')}"
    return Sprite(tuple(map(int, stimuli)), columns, rows, uri)
