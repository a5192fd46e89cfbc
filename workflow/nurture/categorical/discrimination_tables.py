"""Distances between neighbouring morphs, and their excess across the category boundary."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nurture.categorical.discrimination import excess, known_mean, mean_interval, relative
from nurture.core.rows import ABOUT, about, as_table

ALL = "all"
"""Stands for a continuum where each identity's mean over continua is given."""

LEVELS = ("level", "distance", "lower", "upper", "pixels", "n")
NUMBERS = (
    *("n_identities", "n_continua", "boundary"),
    *("excess", "excess_lower", "excess_upper"),
    *("pixels", "over_pixels", "lower", "upper", "placebo"),
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
                ends = mean_interval(units[:, j], resamples, seed)
                n = int(np.isfinite(units[:, j]).sum())
                values = (middle, *ends, known_mean(images[:, j]), n)
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
        mean over identities) with excess_lower and excess_upper; pixels, the same of the images;
        over_pixels, the difference of the two, with lower and upper; placebo, over_pixels at the
        boundaries of the other continua, of which this one knows nothing; note. Intervals are 95 %
        bootstrap. There is no p: units that merely rise along a continuum change most where their
        classifier has its boundary, so that an excess of 0 is not what a network without categories
        has, and what it has cannot be known from these continua.
    """
    rows = []
    for result, curve in zip(distances, curves, strict=True):
        found = {}
        without = curve["boundary_without"]
        for name, level, units, images in _continua(result, pixels):
            own = without.sel(continuum=name).to_numpy()
            others = without.drop_sel(continuum=name).to_numpy()
            placebo = _mean([_over(units, images, level, other)[2] for other in others], own)
            found[name] = np.stack([*_over(units, images, level, own), placebo])[None]
        boundary = curve["boundary"].sel(fit="logistic").to_series()
        found[ALL] = np.concatenate(list(found.values()))
        for name, values in found.items():
            row = _summarise(values, resamples, seed)
            row |= {"continuum": name, "boundary": boundary.get(name, np.nan)}
            none = "" if row["n_identities"] else "no category boundary"
            rows.append(about(result) | row | {"note": result.attrs["note"] or none})
    return as_table(rows, (*ABOUT, "continuum", *NUMBERS, "note"))


def _over(units, images, level, boundary) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Excess of units, of images, and of the one over the other, of each identity."""
    of_units, of_images = (excess(one, level, boundary) for one in (units, images))
    return of_units, of_images, of_units - of_images


def _mean(values: Sequence[np.ndarray], like: np.ndarray) -> np.ndarray:
    """Mean over the first axis of what is known."""
    table = np.array(values).reshape(-1, len(like))
    known = np.isfinite(table)
    count = known.sum(axis=0)
    return np.where(known, table, 0).sum(axis=0) / np.where(count, count, np.nan)


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
    """Numbers of a row from what `_over` gives and the placebo, shape (n_continua, 4, n_ids)."""
    known = np.isfinite(values[:, 2])
    units, images, over, placebo = (_mean(values[:, i], values[0, 0]) for i in range(4))
    of_units, of_over = (mean_interval(one, resamples, seed) for one in (units, over))
    numbers = (
        *(int(known.any(axis=0).sum()), int(known.any(axis=1).sum()), np.nan),
        *(*of_units, known_mean(images)),
        *(*of_over, known_mean(placebo)),
    )
    return dict(zip(NUMBERS, numbers, strict=True))
