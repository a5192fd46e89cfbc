"""The units of a layer: read block by block, so that a layer need not fit in memory."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import pandas as pd
import xarray as xr

from nurture.core.described import described
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.core.rows import ABOUT

BLOCK_UNITS = 256
"""Units analysed together, where stimuli are few: 624 responses of each stay in the processor's
cache while an analysis passes over them again and again."""

BLOCK_BYTES = 2**25
"""Size of a block in float64. An analysis holds a few arrays of it, ten at most."""

READ_BYTES = 2**26
"""Size of what is read at once: rows lie one after another in a file, so short pieces cost."""

ROUNDING = 16
"""A spread of so many machine epsilons of a unit's largest value is rounding, not response."""


class Activations(Protocol):
    """An array of shape (n_stimuli, n_units), or a lazily opened variable sliced like one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of stimuli and of units."""

    def __getitem__(self, part: Any, /) -> Any:
        """Read a part."""


def block_units(*n_stimuli: int) -> int:
    """Choose how many units are analysed together, so that memory does not grow with stimuli.

    256 up to 16,384 stimuli in all sets that are analysed at the same time, and fewer of more; it
    depends on nothing else, so that results do not depend on the machine.
    """
    return max(1, min(BLOCK_UNITS, BLOCK_BYTES // (8 * sum(n_stimuli))))


def unit_blocks(
    activations: Activations, size: int | None = None
) -> Iterator[tuple[int, np.ndarray]]:
    """Read activations by blocks of units, so that a layer need not fit in memory.

    Refuses a value that is NaN or infinite.

    Parameters
    ----------
    activations : array_like, shape (n_stimuli, n_units)
        An array, or a lazily opened variable that can be sliced like one.
    size : int, optional
        Units in a block; `block_units` by default. To go through two sets side by side, give both
        the same.

    Yields
    ------
    start : int
        Index of the block's first unit.
    block : numpy.ndarray, shape (n_stimuli, <= size)
    """
    n_stimuli, n_units = activations.shape
    size = size or block_units(n_stimuli)
    several = size * max(1, READ_BYTES // (4 * n_stimuli * size))
    for first in range(0, n_units, several):
        read = np.asarray(activations[:, first : first + several])
        for start in range(0, read.shape[1], size):
            # A copy: an analysis passes over its block many times.
            block = np.ascontiguousarray(read[:, start : start + size])
            _check_finite(block, (0, first + start), activations)
            yield first + start, block


def stimulus_blocks(activations: Activations) -> Iterator[np.ndarray]:
    """Read activations by blocks of stimuli, shape (<= n_stimuli, n_units), in the file's order.

    Refuses a value that is NaN or infinite.
    """
    n_stimuli, n_units = activations.shape
    size = max(1, READ_BYTES // (8 * n_units))
    for start in range(0, n_stimuli, size):
        block = np.asarray(activations[start : start + size])
        _check_finite(block, (start, 0), activations)
        yield block


def responses_of(activations: Activations, chosen: np.ndarray) -> np.ndarray:
    """Read the responses of chosen units (bool, shape (n_units,)): shape (n_stimuli, n_chosen)."""
    n, kind = activations.shape[0], np.asarray(activations[:0]).dtype
    found, row = np.empty((n, np.count_nonzero(chosen)), kind), 0
    for block in stimulus_blocks(activations):
        found[row : row + len(block)] = block[:, chosen]
        row += len(block)
    return found


def _check_finite(block: np.ndarray, start: tuple[int, int], activations: Activations) -> None:
    if not np.isfinite(block).all():
        found = np.argwhere(~np.isfinite(block))[0]
        stimulus, unit = found + start
        place = getattr(activations, "encoding", {}).get("source", "activations")
        raise NurtureError(
            f"{place}: stimulus {stimulus}, unit {unit} is {block[tuple(found)]}; check the images "
            "and the network's weights, then extract again"
        )


def is_constant(block: np.ndarray) -> np.ndarray:
    """Return which units, of responses of shape (n_stimuli, n_units), respond alike to all stimuli.

    True where maximum - minimum is at most 16 machine epsilons (of the block's own type; 2e-6 for
    float32) of the largest absolute value: a unit on the black background may differ in its last
    bits from batch to batch, and that is not a response.
    """
    low, high = block.min(axis=0), block.max(axis=0)
    largest = np.maximum(np.abs(low), np.abs(high)).astype(float)
    kind = block.dtype if np.issubdtype(block.dtype, np.floating) else float
    return high.astype(float) - low <= ROUNDING * np.finfo(kind).eps * largest


def basic(activation: xr.DataArray, labels: pd.DataFrame) -> tuple[xr.DataArray, pd.DataFrame]:
    """Keep the stimuli that show one of the six basic expressions, still unread."""
    keep = labels["expression"].isin(EXPRESSIONS).to_numpy()
    if keep.all():
        return activation, labels
    return activation[np.flatnonzero(keep)], labels[keep]


def check_units(units: xr.Dataset, **files: xr.Dataset) -> None:
    """Raise a NurtureError when activation files and selectivity are not of one layer."""
    expected = [*(units.attrs[name] for name in ABOUT), units.sizes["unit"]]
    for name, file in files.items():
        found = [*(file.attrs[name] for name in ABOUT), file.sizes["unit"]]
        if found != expected:
            raise NurtureError(
                f"{name} set: network, training, layer and units are {found} but the selectivity "
                f"is of {expected}; extract the activations of both sets from one network"
            )


def unit_coordinates(shape: tuple[int, int, int]) -> dict[str, xr.Variable]:
    """Where each unit of a layer is, in the order in which activation files list them.

    Of a layer's channels, rows and columns: ``channel``, ``row`` and ``column`` along ``unit``, and
    its number there, int32, from 0.
    """
    places = np.indices(shape, dtype="int32").reshape(3, -1)
    numbers = np.arange(places.shape[1], dtype="int32")
    names = ("unit", "channel", "row", "column")
    return {
        name: xr.Variable("unit", values, described(name))
        for name, values in zip(names, (numbers, *places), strict=True)
    }
