"""Files at the edge: complete or absent, the same bytes for the same content."""

import errno
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, unquote

import netCDF4
import numpy as np
import pandas as pd
import xarray as xr

from nurture.core.described import described
from nurture.core.errors import NurtureError, one_line
from nurture.core.expressions import EXPRESSIONS, NEUTRAL, NONE

CHUNK_CACHE = 2**25
"""Bytes of what is compressed that stay in memory. 32 images lie together, 5 MB at 224 pixels, and
files are read from beginning to end: the library's own 64 MB would hold what was read."""

FLAG_MEANINGS = {"expression": (*EXPRESSIONS, NEUTRAL, NONE)}
"""First codes of categorical labels; what else a text label says is coded in sorted order."""


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name beside `path` and rename it when the block succeeds.

    When the block raises, this file is deleted and `path` is left as it was. Its folder is made. A
    `NurtureError` says that the disk is full or the folder cannot be written to.
    """
    path = Path(path)
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear_parts(path)
        yield part
        if path.suffix == NETCDF and not _stated_seal(part):
            seal(part, _crc32(part, part.stat().st_size))
        part.replace(path)
    except NurtureError:
        raise
    except Exception as error:  # every library has its own for a disk that takes no more
        reason = unwritable(error, path)
        if reason:
            raise reason from error
        raise
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _clear_parts(path: Path) -> None:
    """Delete what a process that was killed has left of this file."""
    name = re.compile(rf"\.{re.escape(path.stem)}\.\d+\.part{re.escape(path.suffix)}")
    for other in path.parent.iterdir():
        if name.fullmatch(other.name):
            other.unlink(missing_ok=True)


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)


def unwritable(error: Exception, path: str | Path) -> NurtureError | None:
    """Return an error of one line where a file could not be written because of where it lies.

    Libraries such as HDF5 do not say why they cannot write; then a megabyte is written beside
    `path` to find out. None when the error is about something else.
    """
    path = Path(path)
    number = getattr(error, "errno", None)
    if number is None:
        number = _probe(path)
    if number in FULL:
        return NurtureError(
            f"{path}: no space left on the disk; free some and run snakemake again, which goes on "
            "from what is finished"
        )
    if number in FORBIDDEN and str(path.parent) in str(getattr(error, "filename", "") or path):
        return NurtureError(
            f"{path}: its folder cannot be written to ({os.strerror(number)}); change its rights, "
            "or run in another folder"
        )
    return None


def _probe(path: Path) -> int | None:
    """Find the error with which a disk refuses a megabyte; None when it takes it."""
    probe = path.with_name(f".{path.name}.{os.getpid()}.probe")
    try:
        with probe.open("wb", buffering=0) as file:
            if file.write(bytes(1 << 20)) < 1 << 20:
                return errno.ENOSPC
            os.fsync(file.fileno())
    except OSError as error:
        return error.errno
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
    return None


NETCDF = ".nc"
SEAL = b"nurture crc32 "
"""With which eight hexadecimal digits follow the last byte of a netCDF file. HDF5 does not read so
far; it has no checksum of its own of numbers that lie contiguously, and would take a changed bit
for a result. To compute one takes a quarter of a second for each gigabyte."""

BLOCK = 1 << 20


def seal(path: Path, checksum: int) -> None:
    """End a netCDF file with the CRC-32 of all that stands in it."""
    with path.open("ab") as file:
        file.write(SEAL + b"%08x" % checksum)


def _crc32(path: Path, size: int) -> int:
    value = 0
    with path.open("rb", buffering=0) as file:
        while size and (block := file.read(min(BLOCK, size))):
            value, size = zlib.crc32(block, value), size - len(block)
    return value


def _stated_seal(path: Path) -> bytes:
    """Seal that stands at the end of a file; nothing of one without."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - len(SEAL) - 8))
        end = file.read()
    return end if end.startswith(SEAL) else b""


def write_dataset(dataset: xr.Dataset, path: str | Path) -> None:
    """Write a netCDF-4 file in one step; see `atomic`."""
    with atomic(path) as part:
        dataset.to_netcdf(part, engine="netcdf4")


def open_dataset(path: str | Path, made_by: str, variables: Sequence[str] = ()) -> xr.Dataset:
    """Open a netCDF file lazily, after checking that it is whole and holds some variables.

    A `NurtureError`, which names the rule that makes it, when the file is missing, truncated,
    changed, not netCDF, lacks one of `variables`, or its disk does not give it.
    """
    remedy = f"delete it and run snakemake again; rule {made_by} makes it"
    with _read(path, made_by):
        stated = _stated_seal(Path(path))
        size = Path(path).stat().st_size - len(stated)
        sound = not stated or stated == SEAL + b"%08x" % _crc32(Path(path), size)
    if not sound:
        raise NurtureError(f"{path}: damaged since it was written; {remedy}")
    netCDF4.set_chunk_cache(CHUNK_CACHE)
    try:
        dataset = xr.open_dataset(path, engine="netcdf4", mask_and_scale=False)
    except (OSError, ValueError, RuntimeError) as error:
        if stated:
            raise _unreadable(path, error) from error
        reason = str(error).split(":")[0]
        raise NurtureError(f"{path}: not a readable netCDF file ({reason}); {remedy}") from error
    missing = [name for name in variables if name not in dataset.variables]
    if missing:
        dataset.close()
        raise NurtureError(f"{path}: holds no variable {', '.join(missing)}; {remedy}")
    return dataset


@contextmanager
def _read(path: str | Path, made_by: str) -> Iterator[None]:
    """Say of a file that is missing which rule makes it, and of any other why it is not read."""
    try:
        yield
    except FileNotFoundError:
        raise NurtureError(f"{path}: no such file; rule {made_by} makes it") from None
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str | Path, error: Exception) -> NurtureError:
    """Return why a file cannot be read of which nothing else is known to be wrong."""
    reason = getattr(error, "strerror", None) or one_line(error)
    return NurtureError(
        f"{path}: cannot be read ({reason}), though it may be whole: keep it, see to its disk and "
        "its rights, then run snakemake again"
    )


def label_coordinates(labels: pd.DataFrame) -> dict[str, xr.Variable]:
    """Stimulus labels, a row for each stimulus, as netCDF coordinates along ``stimulus``.

    A text column becomes int16 codes with ``flag_values`` and ``flag_meanings`` (CF conventions
    1.11, section 3.5).
    """
    numbers = np.arange(len(labels), dtype="int32")
    coordinates = {"stimulus": xr.Variable("stimulus", numbers, described("stimulus"))}
    for name, column in labels.items():
        coordinates[name] = _coordinate(name, column)
    return coordinates


def _coordinate(name: str, column: pd.Series) -> xr.Variable:
    if pd.api.types.is_float_dtype(column):
        return xr.Variable("stimulus", column.to_numpy("float32"), described(name))
    if pd.api.types.is_integer_dtype(column):
        return xr.Variable("stimulus", column.to_numpy("int32"), described(name))
    first = FLAG_MEANINGS.get(name, ())
    meanings = (*first, *sorted(set(column) - set(first)))
    code = {meaning: i for i, meaning in enumerate(meanings)}
    attributes = {
        "flag_values": np.arange(len(meanings), dtype="int16"),
        "flag_meanings": " ".join(map(_one_word, meanings)),
    }
    return xr.Variable("stimulus", column.map(code).to_numpy("int16"), attributes)


def _one_word(meaning: str) -> str:
    """Spell a meaning without spaces, since they stand between meanings."""
    return "".join(quote(c) if c.isspace() or c == "%" else c for c in meaning)


def read_labels(dataset: xr.Dataset) -> pd.DataFrame:
    """Stimulus labels of a dataset, with CF flags as text: the inverse of `label_coordinates`."""
    labels = {}
    for name, variable in dataset.coords.items():
        if variable.dims != ("stimulus",) or name == "stimulus":
            continue
        values = variable.to_numpy()
        if "flag_meanings" in variable.attrs:
            values = _meant(str(name), values, variable.attrs["flag_meanings"].split())
        labels[name] = values
    return pd.DataFrame(labels)


def _meant(name: str, codes: np.ndarray, meanings: Sequence[str]) -> np.ndarray:
    outside = (codes < 0) | (codes >= len(meanings))
    if outside.any():
        raise NurtureError(
            f"label {name!r}: code {codes[outside][0]} is none of its {len(meanings)} meanings; "
            "make the file again"
        )
    return np.array(list(map(unquote, meanings)), dtype=object)[codes]


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a CSV table in one step, with floats to ten significant digits."""
    with atomic(path) as part:
        table.to_csv(part, index=False, float_format="%.10g", lineterminator="\n")


def read_table(path: str | Path, made_by: str) -> pd.DataFrame:
    """Read a CSV table; refuse a file that is missing, empty or no table."""
    try:
        with _read(path, made_by):
            return pd.read_csv(path)
    except ValueError as error:
        raise NurtureError(
            f"{path}: not a readable table; delete it and run snakemake again; "
            f"rule {made_by} makes it"
        ) from error
