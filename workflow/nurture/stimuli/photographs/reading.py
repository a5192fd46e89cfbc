"""Photographs from files, whatever their format, as RGB arrays."""

import io
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pi_heif
import simplejpeg
from PIL import Image, ImageCms, ImageOps

from nurture.core.columns import read_lines
from nurture.core.errors import NurtureError, one_line
from nurture.stimuli.photographs.face_sets import FaceSet

pi_heif.register_heif_opener()

LARGEST = 50_000_000
"""Most pixels of a photograph that is read; a bigger one is a mistake or an attack."""

FORMATS = ("AVIF", "BMP", "DIB", "GIF", "HEIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
"""Pillow goes by what is in a file and not by its name, and runs another program for some formats,
as for PostScript."""

MODES = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr")
"""What Pillow turns into RGB rightly; of L*a*b*, for one, it takes the numbers for RGB."""

TRANSPARENT = ("LA", "La", "PA", "RGBA", "RGBa")

SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
"""Mode of the images that a colour profile is for, by its colour space."""

HALF_USED = "less than half of its 16 bits' range is used, as by 12 bits in 16; save it with 8 bits"

SRGB_GAMMA = 1 / 2.2
MAX_SAMPLE, WHITE_IS_ZERO = (281, 341), 0
"""Tags of TIFF that state the highest value, and the value of the tag 262 for inverted greys."""


class PhotographError(NurtureError):
    """Why one photograph is not used, while the others of its set are."""

    def __init__(self, reason: str, path: str | Path | None = None) -> None:
        super().__init__(reason if path is None else f"{path}: {reason}")
        self.reason = reason


def read_photograph(path: str | Path) -> np.ndarray:
    """Read one photograph as RGB, uint8 of shape (height, width, 3).

    It is AVIF, BMP, GIF, HEIC, JPEG, JPEG 2000, PGM, PNG, PPM, TIFF or WebP. It is turned upright
    by its orientation; 16 bits become 8; colours are brought from its profile to sRGB;
    transparency is laid on black.

    Raises
    ------
    PhotographError
        When it is no image, several in one, damaged or too large, or what its pixels mean is not
        sure.
    NurtureError
        When the file is missing or may not be read.
    """
    try:
        # Given a path, Pillow maps TIFFs into memory and garbles those that are to be turned. It
        # warns of odd metadata, and of sizes that are checked here.
        with warnings.catch_warnings(), Path(path).open("rb") as file:
            warnings.simplefilter("ignore")
            with Image.open(file, formats=FORMATS) as image:
                return _read(image, file)
    except FileNotFoundError:
        raise NurtureError(f"{path}: no such file") from None
    except PhotographError as error:
        raise PhotographError(error.reason, path) from None
    except Image.DecompressionBombError as error:
        reason = f"too large ({error}); scale it below {LARGEST:,} pixels"
        raise PhotographError(reason, path) from None
    except Image.UnidentifiedImageError:
        raise PhotographError("not a readable image (no format that is read)", path) from None
    except Exception as error:  # Pillow's many readers raise whatever a broken file provokes.
        if isinstance(error, OSError) and error.errno is not None:
            raise NurtureError(f"{path}: not readable ({error.strerror})") from None
        raise PhotographError(f"not a readable image ({one_line(error)})", path) from error


def _read(image: Image.Image, file: BinaryIO) -> np.ndarray:
    if image.width * image.height > LARGEST:
        raise Image.DecompressionBombError(f"{image.width} x {image.height} pixels")
    if image.format in ("JPEG", "MPO"):
        # Of several pictures in a JPEG (MPO) the first is the photograph, the others belong to it.
        _check_jpeg(file)
    elif getattr(image, "is_animated", False):
        raise PhotographError("several pages or frames; save one of them alone")
    elif image.format == "PNG":
        _check_gamma(image.info)
    high_bytes = image.mode in MODES and ";16" in str(image.tile)
    if image.mode.startswith("I;16") or (image.mode, image.format) == ("I", "PPM"):
        image = _eight_bits(image, _highest(image, file))
    elif image.mode not in MODES:
        raise PhotographError(f"pixels of kind {image.mode}; save it with 8 bits a colour")
    pixels = np.asarray(_in_srgb(_on_black(ImageOps.exif_transpose(image)))).copy()
    if high_bytes and pixels.max() < 128:
        raise PhotographError(HALF_USED)
    return pixels


def _check_jpeg(file: BinaryIO) -> None:
    """Raise what the decoder warns of: Pillow fills what is damaged or missing with grey."""
    file.seek(0)
    content = file.read()
    try:
        space = simplejpeg.decode_jpeg_header(content)[2]
        colours = "CMYK" if space in ("CMYK", "YCCK") else "GRAY"
        simplejpeg.decode_jpeg(content, colorspace=colours, strict=True)
    except ValueError as error:
        raise PhotographError(f"damaged ({error})") from None


def _check_gamma(info: dict) -> None:
    """Raise where a PNG states another gamma than sRGB's, and no profile that overrules it."""
    other = abs(info.get("gamma", SRGB_GAMMA) - SRGB_GAMMA) > 0.02
    if other and "srgb" not in info and "icc_profile" not in info:
        raise PhotographError(f"its gamma is {info['gamma']:g}; save it as sRGB")


def _highest(image: Image.Image, file: BinaryIO) -> int | None:
    """Value of white in a grey image of 16 bits, where the file says so."""
    if image.format == "PPM" and image.tile[0].codec_name != "raw":
        return 0xFFFF  # Pillow has scaled it by the value that its head states.
    if image.format == "PNG":
        bits = _significant_bits(file)
        return 2**bits - 1 if bits < 16 else None
    if image.format != "TIFF":
        return None
    tags = image.tag_v2
    # A highest value may also be that of the pixels, a fact of statistics.
    stated = [max(np.ravel(tags.get(tag, 0)).tolist()) for tag in MAX_SAMPLE]
    known = {2**bits - 1 for bits in range(9, 16)}
    stated = [2 ** max(tags.get(258, (16,))) - 1, *map(int, stated)]
    return min(known.intersection(stated), default=None)


def _significant_bits(file: BinaryIO) -> int:
    """Bits that a PNG states in its chunk sBIT, else 16."""
    file.seek(8)
    while len(head := file.read(8)) == 8:
        length, name = struct.unpack(">I4s", head)
        if name == b"sBIT":
            return file.read(1)[0]
        if name == b"IDAT":
            break
        file.seek(length + 4, io.SEEK_CUR)
    return 16


def _eight_bits(image: Image.Image, highest: int | None) -> Image.Image:
    """Scale greys of 16 bits so that the highest value becomes 255.

    Cameras write 12 bits into 16 without saying so, and a PNG that states 12 is scaled to 16 where
    its writer knew the standard. So what states nothing, or less than it uses, is 16 bits if it
    uses more than half of their range, and else refused.
    """
    values = np.asarray(image).astype(np.int64)
    if highest is None or values.max() > highest:
        highest = 0xFFFF
        if values.max() <= highest // 2:
            raise PhotographError(HALF_USED)
    if image.format == "TIFF" and image.tag_v2.get(262) == WHITE_IS_ZERO:
        values = highest - values
    scaled = Image.fromarray(((values * 255 + highest // 2) // highest).astype("uint8"))
    scaled.info = image.info
    return scaled


def _on_black(image: Image.Image) -> Image.Image:
    if image.mode in TRANSPARENT or "transparency" in image.info:
        image = image.convert("RGBA")
        black = Image.new("RGBA", image.size, "black")
        black.info = image.info
        black.alpha_composite(image)
        image = black
    return image if image.mode in ("L", "CMYK") else image.convert("RGB")


def _in_srgb(image: Image.Image) -> Image.Image:
    """Bring colours from the image's profile to sRGB, which they are in where there is none."""
    profile = image.info.get("icc_profile")
    if not profile:
        if image.mode == "CMYK":
            raise PhotographError("CMYK colours without a colour profile; save it as sRGB")
        return image.convert("RGB")
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = SPACES[given.profile.xcolor_space.strip()]
        if mode != image.mode and (image.mode, mode) != ("L", "RGB"):
            raise ValueError(f"for {mode}, not for {image.mode}")
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image.convert(mode), given, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, KeyError, ValueError) as error:
        raise PhotographError(f"unusable colour profile ({error}); save it as sRGB") from None


def read_photographs(
    table: pd.DataFrame, folder: str | Path, face_set: FaceSet
) -> Iterator[np.ndarray | NurtureError]:
    """Read the photographs of a table of `scan`, one at a time and in its order.

    Each is what `read_photograph` returns, uint8 of shape (height, width, 3), or the `NurtureError`
    that it raises; one is raised here when a file of pixels is not readable.
    """
    if face_set.layout != "pixels":
        for path in table["path"]:
            try:
                yield read_photograph(Path(folder, path))
            except NurtureError as error:
                yield error
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
