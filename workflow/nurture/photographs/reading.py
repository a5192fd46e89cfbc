"""Photographs from files, whatever their format, as RGB arrays."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageOps

from nurture.errors import NurtureError
from nurture.photographs.columns import read_lines
from nurture.photographs.face_sets import FaceSet

LARGEST = 50_000_000
"""Most pixels of a photograph that is read; a bigger one is a mistake or an attack."""

FORMATS = ("BMP", "DIB", "JPEG", "PNG", "TIFF", "WEBP")
"""Pillow goes by what is in a file and not by its name, and runs another program for some formats,
as for PostScript."""


def read_photograph(path: str | Path) -> np.ndarray:
    """Read one photograph.

    Parameters
    ----------
    path : str or Path
        BMP, JPEG, PNG, TIFF or WebP. It is turned upright by its EXIF orientation; transparency is
        laid on black.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width, 3)
        RGB.

    Raises
    ------
    NurtureError
        When the file is missing, too large, truncated or not an image.
    """
    try:
        with warnings.catch_warnings(), Image.open(path, formats=FORMATS) as image:
            # Pillow warns of odd metadata, and of sizes that are checked here.
            warnings.simplefilter("ignore")
            if image.width * image.height > LARGEST:
                raise Image.DecompressionBombError(f"{image.width} x {image.height} pixels")
            return _rgb(ImageOps.exif_transpose(image))
    except FileNotFoundError:
        raise NurtureError(f"{path}: no such file") from None
    except Image.DecompressionBombError as error:
        raise NurtureError(
            f"{path}: too large ({error}); scale it below {LARGEST:,} pixels"
        ) from None
    except Exception as error:  # Pillow's many readers raise whatever a broken file provokes.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise NurtureError(f"{path}: not a readable image ({reason}); replace it") from error


def _rgb(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I;16"):
        # Pillow would cut 16-bit greys off at 255.
        image = Image.fromarray((np.asarray(image) // 257).astype("uint8"))
    if image.mode in ("I", "F"):
        raise ValueError("32 bits a pixel; save it with 8")
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "black"), image)
    return np.asarray(image.convert("RGB")).copy()


def read_photographs(
    table: pd.DataFrame, folder: str | Path, face_set: FaceSet
) -> Iterator[np.ndarray]:
    """Read the photographs of a table, one at a time and in its order.

    Parameters
    ----------
    table : pandas.DataFrame
        As from `nurture.photographs.scanning.scan`.
    folder : str or Path
        Where the set lies.
    face_set : FaceSet
        The set's entry; see `nurture.photographs.face_sets.find_face_set`.

    Yields
    ------
    numpy.ndarray of uint8, shape (height, width, 3)

    Raises
    ------
    NurtureError
        When a photograph is not readable; see `read_photograph`.
    """
    if face_set.layout != "pixels":
        for path in table["path"]:
            yield read_photograph(Path(folder, path))
        return
    images = _read_pixels(Path(folder, face_set.file), face_set, set(table["row"]))
    for row in table["row"]:
        if row not in images:
            raise NurtureError(f"{Path(folder, face_set.file)}: holds no row {row}")
        yield np.repeat(images[row][:, :, None], 3, axis=2)


def _read_pixels(file: Path, face_set: FaceSet, rows: set[int]) -> dict[int, np.ndarray]:
    """Grey images of some rows of a CSV file of pixels, by row."""
    images, side, column = {}, face_set.side, face_set.columns["pixels"]
    for row, line in enumerate(read_lines(file, [column])):
        if row not in rows:
            continue
        try:
            values = np.array((line[column] or "").split(), dtype="uint8")
            images[row] = values.reshape(side, side)
        except (ValueError, OverflowError):
            raise NurtureError(
                f"{file}, row {row}: expected {side * side} whole numbers 0..255; use the "
                "published file"
            ) from None
    return images
