"""Distances between neighbouring morphs, and their excess across the category boundary."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nurture.categorical.discrimination import excess, mean_interval, relative
from nurture.core.rows import ABOUT, about, as_table
from nurture.statistics.resampling import sign_test

ALL = "all"
"""Stands for a continuum where each identity's mean over continua is given."""

LEVELS = ("level", "distance", "lower", "upper", "pixels", "n")
NUMBERS = (
    *("n_identities", "n_continua", "boundary"),
    *("excess", "excess_lower", "excess_upper", "excess_p"),
    *("pixels", "over_pixels", "lower", "upper", "p"),
)


def discrimination_levels(
    distances: Sequence[xr.Dataset], pixels: xr.Dataset, resamples: int, seed: int
) -> pd.DataFrame:
    """List distances along the continua, as ratios to each identity's mean, with the images'.

    Parameters
    ----------
    distances : sequence of xarray.Dataset
        `nurture.categorical.discrimination.unit_distances` of each network.
    pixels : xarray.Dataset
        `nurture.categorical.discrimination.pixel_distances` of the same morphs.
    resamples, seed : int
        See `nurture.categorical.discrimination.mean_interval`.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, continuum, level (middle of two neighbours), distance, lower,
        upper (mean over identities and its 95 % interval), pixels, n (identities).
    """
    rows = []
    for result in distances:
        for name, level, units, images in _continua(result, pixels):
            units, images = relative(units), relative(images)
            for j, middle in enumerate(level):
                told = mean_interval(units[:, j], resamples, seed)
                n = int(np.isfinite(units[:, j]).sum())
                values = (middle, *told, mean_interval(images[:, j], 1, seed)[0], n)
                point = dict(zip(LEVELS, values, strict=True))
                rows += [about(result) | {"continuum": name} | point] if n else []
    return as_table(rows, (*ABOUT, "continuum", *LEVELS))


def discrimination(
    distances: Sequence[xr.Dataset],
    pixels: xr.Dataset,
    curves: Sequence[xr.Dataset],
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Return how much farther apart neighbours are across the category boundary than within.

    Parameters
    ----------
    distances, pixels, resamples, seed
        As for `discrimination_levels`.
    curves : sequence of xarray.Dataset
        `nurture.categorical.categorical.categorical` of the same networks: where their boundaries
        are.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, continuum (each, then ``all``: identities' means over continua);
        n_identities, n_continua, boundary; excess (`nurture.categorical.discrimination.excess`,
        mean over identities) with excess_lower, excess_upper and excess_p; pixels, the same of the
        images; over_pixels, the difference of the two, with lower, upper and p; note. Intervals are
        95 % bootstrap, p from signs changed by identity.
    """
    rows = []
    for result, curve in zip(distances, curves, strict=True):
        found = {}
        for name, level, units, images in _continua(result, pixels):
            without = curve["boundary_without"].sel(continuum=name).to_numpy()
            found[name] = np.stack([excess(one, level, without) for one in (units, images)])[None]
        boundary = curve["boundary"].sel(fit="logistic").to_series()
        found[ALL] = np.concatenate(list(found.values()))
        for name, values in found.items():
            row = _summarise(values, resamples, seed)
            row |= {"continuum": name, "boundary": boundary.get(name, np.nan)}
            none = "" if row["n_identities"] else "no category boundary"
            rows.append(about(result) | row | {"note": result.attrs["note"] or none})
    return as_table(rows, (*ABOUT, "continuum", *NUMBERS, "note"))


def _continua(
    result: xr.Dataset, pixels: xr.Dataset
) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Each continuum with the middles of its pairs, and distances of units and of pixels.

    Both of shape (n_identities, n_pairs).
    """
    for name in result["continuum"].to_numpy():
        images = pixels["distance"].sel(continuum=name)
        images = images[:, np.isfinite(images).any("identity")]
        units = result["distance"].sel(continuum=name, level=images["level"])
        yield str(name), images["level"].to_numpy(), units.to_numpy(), images.to_numpy()


def _summarise(values: np.ndarray, resamples: int, seed: int) -> dict[str, float]:
    """Numbers of a row from excesses of units and pixels, shape (n_continua, 2, n_identities)."""
    known = np.isfinite(values).all(axis=1, keepdims=True)
    count = known.sum(axis=0)
    means = np.where(known, values, 0).sum(axis=0) / np.where(count, count, np.nan)
    units, images = means
    of_units, over = (mean_interval(one, resamples, seed) for one in (units, units - images))
    told = (
        *(int((count > 0).sum()), int(known.any(axis=2).sum()), np.nan),
        *(*of_units, float(sign_test(units, seed)), mean_interval(images, 1, seed)[0]),
        *(*over, float(sign_test(units - images, seed))),
    )
    return dict(zip(NUMBERS, told, strict=True))
