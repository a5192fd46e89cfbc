"""Files at the edge: complete or absent, the same bytes for the same content."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from nurture.errors import NurtureError
from nurture.expressions import EXPRESSIONS, NEUTRAL, NONE

FLAG_MEANINGS = {"expression": (*EXPRESSIONS, NEUTRAL, NONE)}
"""First codes of categorical labels; what else a text label says is coded in sorted order."""


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name beside `path` and rename it when the block succeeds.

    Parameters
    ----------
    path : str or Path
        The file to make. Its folder is created.

    Yields
    ------
    Path
        Write here. When the block raises, this file is deleted and `path` is left as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_dataset(dataset: xr.Dataset, path: str | Path, encoding: dict | None = None) -> None:
    """Write a netCDF-4 file in one step; see `atomic`."""
    with atomic(path) as part:
        dataset.to_netcdf(part, engine="netcdf4", encoding=encoding)


def open_dataset(path: str | Path, made_by: str, variables: Sequence[str] = ()) -> xr.Dataset:
    """Open a netCDF file lazily, after checking that it is whole.

    Parameters
    ----------
    path : str or Path
        The file to open.
    made_by : str
        The rule that makes the file, named in the error.
    variables : sequence of str
        Variables that the file must hold.

    Returns
    -------
    xarray.Dataset
        Close it, or use it as a context manager.

    Raises
    ------
    NurtureError
        When the file is missing, truncated, not netCDF, or lacks one of `variables`.
    """
    remedy = f"delete it and run snakemake again; rule {made_by} makes it"
    try:
        dataset = xr.open_dataset(path, engine="netcdf4", mask_and_scale=False)
    except FileNotFoundError:
        raise NurtureError(f"{path}: no such file; rule {made_by} makes it") from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).split(":")[0]
        raise NurtureError(f"{path}: not a readable netCDF file ({reason}); {remedy}") from error
    missing = [name for name in variables if name not in dataset.variables]
    if missing:
        dataset.close()
        raise NurtureError(f"{path}: holds no variable {', '.join(missing)}; {remedy}")
    return dataset


def label_coordinates(labels: pd.DataFrame) -> dict[str, xr.Variable]:
    """Stimulus labels as netCDF coordinates, text as CF flags.

    Parameters
    ----------
    labels : pandas.DataFrame
        One row per stimulus; text, integer or float columns.

    Returns
    -------
    dict of str to xarray.Variable
        Coordinates along ``stimulus``. A text column becomes int16 codes with ``flag_values``
        and ``flag_meanings`` (CF conventions 1.11, section 3.5).
    """
    coordinates = {"stimulus": xr.Variable("stimulus", np.arange(len(labels), dtype="int32"))}
    for name, column in labels.items():
        coordinates[name] = _coordinate(name, column)
    return coordinates


def _coordinate(name: str, column: pd.Series) -> xr.Variable:
    if pd.api.types.is_float_dtype(column):
        return xr.Variable("stimulus", column.to_numpy("float32"))
    if pd.api.types.is_integer_dtype(column):
        return xr.Variable("stimulus", column.to_numpy("int32"))
    first = FLAG_MEANINGS.get(name, ())
    meanings = (*first, *sorted(set(column) - set(first)))
    code = {meaning: i for i, meaning in enumerate(meanings)}
    attributes = {
        "flag_values": np.arange(len(meanings), dtype="int16"),
        "flag_meanings": " ".join(meanings),
    }
    return xr.Variable("stimulus", column.map(code).to_numpy("int16"), attributes)


def read_labels(dataset: xr.Dataset) -> pd.DataFrame:
    """Stimulus labels of a dataset, with CF flags as text: the inverse of `label_coordinates`.

    Returns
    -------
    pandas.DataFrame
        One row per stimulus, without the ``stimulus`` index itself.
    """
    labels = {}
    for name, variable in dataset.coords.items():
        if variable.dims != ("stimulus",) or name == "stimulus":
            continue
        values = variable.to_numpy()
        if "flag_meanings" in variable.attrs:
            meanings = np.array(variable.attrs["flag_meanings"].split(), dtype=object)
            values = meanings[values]
        labels[name] = values
    return pd.DataFrame(labels)


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a CSV table in one step, with floats to ten significant digits."""
    with atomic(path) as part:
        table.to_csv(part, index=False, float_format="%.10g", lineterminator="\n")


def read_table(path: str | Path, made_by: str) -> pd.DataFrame:
    """Read a CSV table.

    Raises
    ------
    NurtureError
        When the file is missing, empty or not a table.
    """
    try:
        return pd.read_csv(path, keep_default_na=True)
    except FileNotFoundError:
        raise NurtureError(f"{path}: no such file; rule {made_by} makes it") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise NurtureError(
            f"{path}: not a readable table; delete it and run snakemake again; "
            f"rule {made_by} makes it"
        ) from error
