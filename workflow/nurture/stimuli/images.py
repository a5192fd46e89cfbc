"""Image files of a stimulus set: written and read a few images at a time."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, MutableSequence, Sequence
from itertools import islice
from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd
import xarray as xr

from nurture.core.described import CONVENTIONS
from nurture.core.files import atomic, label_coordinates

BLOCK = 32
"""Images held at once; also the length of a chunk in the file."""


def write_images(
    path: str | Path,
    labels: pd.DataFrame,
    frames: Iterable[Mapping[str, np.ndarray]],
    attributes: Mapping[str, str],
) -> None:
    """Stream images to a netCDF file.

    Parameters
    ----------
    path : str or Path
    labels : pandas.DataFrame
        One row per image, for coordinates.
    frames : iterable of mapping
        For each image, as many as labels, its variables, uint8: ``image`` of shape (size, size, 3),
        and where there is one ``mask`` of shape (size, size).
    attributes : mapping of str to str
        What was done to make the images.
    """
    with atomic(path) as part:
        about = {"Conventions": CONVENTIONS, **attributes}
        xr.Dataset(None, label_coordinates(labels), about).to_netcdf(part, engine="netcdf4")
        with netCDF4.Dataset(part, "a") as dataset:
            count, frames = 0, iter(frames)
            while block := list(islice(frames, BLOCK)):
                for name in block[0]:
                    values = np.stack([frame[name] for frame in block])
                    variable = _variable(dataset, name, values.shape[1:])
                    variable[count : count + len(block)] = values
                count += len(block)
            if count != len(labels):
                raise ValueError(f"{count} images for {len(labels)} labels")


def face_frames(faces: Iterable[Sequence[np.ndarray]]) -> Iterator[dict[str, np.ndarray]]:
    """Give `write_images` faces, each an image, its mask and perhaps more."""
    for image, mask, *_ in faces:
        yield {"image": image, "mask": mask.astype("uint8")}


def _variable(dataset: netCDF4.Dataset, name: str, shape: tuple[int, ...]) -> netCDF4.Variable:
    if name in dataset.variables:
        return dataset[name]
    dimensions = ("y", "x", "channel")[: len(shape)]
    for dimension, size in zip(dimensions, shape, strict=True):
        if dimension not in dataset.dimensions:
            dataset.createDimension(dimension, size)
    count = dataset.dimensions["stimulus"].size
    return dataset.createVariable(
        name,
        "u1",
        ("stimulus", *dimensions),
        compression="zlib",
        complevel=1,
        chunksizes=(min(BLOCK, count), *shape),
    )


def face_digest(images: xr.DataArray) -> str:
    """Digest, of twelve digits, of the images of a stimulus set, pixel by pixel in their order."""
    total = hashlib.sha256(str(images.shape).encode())
    for start in range(0, len(images), BLOCK):
        total.update(np.ascontiguousarray(images[start : start + BLOCK].to_numpy()).tobytes())
    return total.hexdigest()[:12]


def image_blocks(
    dataset: xr.Dataset, *names: str, size: int = BLOCK
) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield variables of an open image file, arrays of at most `size` stimuli at a time."""
    for start in range(0, dataset.sizes["stimulus"], size):
        block = slice(start, start + size)
        yield tuple(dataset[name][block].to_numpy() for name in names)


def unlike(
    blocks: Iterable[np.ndarray], size: int, first: MutableSequence[int]
) -> Iterator[np.ndarray]:
    """Yield each image once, at most `size` at a time: of continua each end belongs to several.

    Parameters
    ----------
    blocks : iterable of numpy.ndarray of uint8, shape (n, rows, columns, channels)
    size : int
    first : list of int
        Is appended for each image the place of the first one equal to it, which is its own where
        it is new; before an array is yielded, of all images up to the next new one.
    """
    places: dict[bytes, int] = {}
    new: list[np.ndarray] = []
    for image in (image for block in blocks for image in block):
        place = len(first)
        first.append(places.setdefault(hashlib.sha256(image).digest(), place))
        if first[place] == place:
            if len(new) == size:
                yield np.stack(new)
                new = []
            new.append(image)
    if new:
        yield np.stack(new)
