"""Discrimination of morphs: observers' ABX answers beside how far apart networks have the pairs."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nurture.categorical.discrimination import middle
from nurture.core.errors import NurtureError
from nurture.core.rows import ABOUT, about, as_table
from nurture.observers.crossed import Without, crossed_interval
from nurture.observers.reading import check_shown
from nurture.statistics.resampling import wilson
from nurture.stimuli.morphs import sequences

PAIR = ("continuum", "low", "high")
"""Names a pair of levels; the image of both shows one identity."""

SMALL = 1e-12
"""Of the variance of all answers: a part of them with less has no correlation."""


def check_pairs(
    labels: pd.DataFrame, trials: pd.DataFrame, stated: str, digest: str, step: int, where: str
) -> pd.DataFrame:
    """Pick the ABX answers, and check that they are to pairs of this run's morphs.

    Parameters
    ----------
    labels : pandas.DataFrame
        Of the morphs.
    trials, stated, digest, where
        As of `nurture.observers.beside.read_faces`.
    step : int
        Levels between the two of a pair.

    Returns
    -------
    pandas.DataFrame
        observer, identity, continuum, low and high (the two levels), level (their middle), right.

    Raises
    ------
    NurtureError
        When they are of other morphs or no pairs so far apart.
    """
    found = trials[trials["task"] == "abx"]
    if len(found):
        check_shown("morphs", stated, digest, where)
    place = np.full((len(labels), 3), -1)
    for number, one in enumerate(sequences(labels).values()):
        place[one.row, 0] = number
        place[one.row, 1] = one.identity[:, None]
        place[one.row, 2] = np.arange(len(one.level))
    a, b, x = (found[name].to_numpy(int) for name in ("first", "second", "stimulus"))
    if ((np.stack([a, b, x]) < 0) | (np.stack([a, b, x]) >= len(labels))).any():
        raise NurtureError(f"{where}: compares images that this run does not have; read it again")
    apart = np.abs(place[b] - place[a])
    if ((apart[:, :2] != 0).any(axis=1) | (a == b) | ((x != a) & (x != b))).any():
        raise NurtureError(
            f"{where}: has comparisons that are not of A and B with X; read it again"
        )
    if (apart[:, 2] != step).any():
        raise NurtureError(
            f"{where}: its observers compared morphs {apart[apart[:, 2] != step][0, 2]} levels "
            f"apart, and not {step}; set observers.abx.step as in their experiment"
        )
    levels = labels["level"].to_numpy(float)
    both = np.sort(np.round([levels[a], levels[b]], 6), axis=0)
    return pd.DataFrame(
        {
            "observer": found["observer"].to_numpy(),
            "identity": labels["identity"].to_numpy()[a],
            "continuum": labels["continuum"].to_numpy()[a],
            "low": both[0],
            "high": both[1],
            "level": middle(*both),
            "right": (x == np.where(found["answer"] == "first", a, b)).astype(int),
        }
    )


def observer_discrimination(pairs: pd.DataFrame) -> pd.DataFrame:
    """List how often observers are right with each pair of levels, from `check_pairs`.

    Returns
    -------
    pandas.DataFrame
        continuum, low, high, share_right (.5 by chance), lower, upper (95 % interval, Wilson),
        n (answers), n_observers.
    """
    grouped = pairs.groupby(list(PAIR))
    table = grouped.agg(
        right=("right", "sum"), n=("right", "size"), n_observers=("observer", "nunique")
    ).reset_index()
    share, (lower, upper) = table["right"] / table["n"], wilson(table["right"], table["n"])
    table = table.assign(share_right=share, lower=lower, upper=upper)
    return table[[*PAIR, "share_right", "lower", "upper", "n", "n_observers"]]


def pair_distances(
    pairs: pd.DataFrame, results: Sequence[xr.Dataset], pixels: xr.Dataset
) -> pd.DataFrame:
    """List how far apart networks have the pairs that observers compared.

    Parameters
    ----------
    pairs : pandas.DataFrame
        `check_pairs`.
    results : sequence of xarray.Dataset
        `nurture.categorical.discrimination.unit_distances` of each network, of the same step.
    pixels : xarray.Dataset
        `nurture.categorical.discrimination.pixel_distances` of the same step.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, continuum, low, high, distance, pixels; means over the answers,
        so that each identity counts as often as observers compared its morphs.
    """
    tables = []
    for result in results:
        of_answers = pairs.assign(distance=_of(pairs, result), pixels=_of(pairs, pixels))
        table = of_answers.groupby(list(PAIR))[["distance", "pixels"]].mean().reset_index()
        tables.append(table.assign(**about(result)))
    columns = (*ABOUT, *PAIR, "distance", "pixels")
    return pd.concat(tables)[list(columns)] if tables else as_table((), columns)


def discrimination_correlation(
    pairs: pd.DataFrame, results: Sequence[xr.Dataset], pixels: xr.Dataset
) -> pd.DataFrame:
    """Correlate being right with distance in each network, over the answers to all pairs.

    Shares of few answers are noisy, and a correlation of such shares depends on how few. Of single
    answers it is small, since an answer is right or wrong, but the same for any number of
    observers. Parameters as of `pair_distances`.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, r (Pearson's, of right and distance), lower, upper (95 %
        interval, `nurture.observers.crossed.crossed_interval`), pixels (r of the images'
        distance), over_pixels (the difference), over_lower, over_upper, n (answers), n_observers,
        n_identities. NaN without variance.
    """
    who, observer = np.unique(pairs["observer"], return_inverse=True)
    faces, identity = np.unique(pairs["identity"], return_inverse=True)
    size = {"n": len(pairs), "n_observers": len(who), "n_identities": len(faces)}
    numbers = ("r", "lower", "upper", "pixels", "over_pixels", "over_lower", "over_upper")
    rows = []
    for result in results:
        values: tuple[float, ...] = (np.nan,) * len(numbers)
        if len(pairs):
            place = pairs["right"].to_numpy(float), observer, identity
            (r, without), (image, of_image) = (
                _correlations(_of(pairs, one), *place) for one in (result, pixels)
            )
            less = r - image
            over = crossed_interval(less, without.minus(of_image), (-2, 2))
            values = (r, *crossed_interval(r, without), image, less, *over)
        rows.append(about(result) | dict(zip(numbers, values, strict=True)) | size)
    return as_table(rows, (*ABOUT, *numbers, *size))


def _of(pairs: pd.DataFrame, result: xr.Dataset) -> np.ndarray:
    """Distance of the pair of each answer, shape (n_answers,)."""
    of_pairs = result["distance"].to_series()
    wanted = pd.MultiIndex.from_frame(pairs[["continuum", "identity", "level"]])
    return of_pairs.reindex(wanted).to_numpy()


def _correlations(
    distance: np.ndarray, right: np.ndarray, observer: np.ndarray, identity: np.ndarray
) -> tuple[float, Without]:
    """Pearson's r of all answers, and without each part of them."""
    x, y = distance - distance.mean(), right - right.mean()
    sums = np.zeros((6, observer.max() + 1, identity.max() + 1))
    for total, value in zip(sums, (np.ones_like(x), x, y, x * x, y * y, x * y), strict=True):
        np.add.at(total, (observer, identity), value)
    whole = sums.sum(axis=(1, 2))
    smallest = SMALL * whole[3] / whole[0], SMALL * whole[4] / whole[0]
    without = (
        _pearson(whole[:, None] - sums.sum(axis=2), smallest),
        _pearson(whole[:, None] - sums.sum(axis=1), smallest),
        _pearson(whole[:, None, None] - sums, smallest),
    )
    return float(_pearson(whole, smallest)), Without(*without)


def _pearson(sums: np.ndarray, smallest: tuple[float, float]) -> np.ndarray:
    """Pearson's r from sums of 1, x, y, x², y² and xy, shape (6, ...); NaN without variance."""
    n, x, y, xx, yy, xy = sums
    n = np.where(n > 0, n, np.nan)
    of_x, of_y = xx / n - (x / n) ** 2, yy / n - (y / n) ** 2
    varies = (of_x > smallest[0]) & (of_y > smallest[1])
    scale = np.sqrt(np.where(varies, of_x * of_y, np.nan))
    return (xy / n - x * y / n**2) / scale
