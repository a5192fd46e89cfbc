"""Discrimination of morphs: observers' ABX answers beside how far apart networks have the pairs."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nurture.categorical.discrimination import middle
from nurture.core.errors import NurtureError
from nurture.core.rows import ABOUT, about, as_table
from nurture.observers.beside import Sample, make_sample
from nurture.statistics.resampling import interval, wilson
from nurture.stimuli.morphs import sequences

PAIR = ("continuum", "low", "high")
"""Names a pair of levels; the image of both shows one identity."""

SMALL = 1e-12
"""Of the variance of all answers: a sample with less has no correlation."""


def check_pairs(
    labels: pd.DataFrame, trials: pd.DataFrame, stated: str, digest: str, step: int, where: str
) -> pd.DataFrame:
    """Pick the ABX answers, and check that they are to pairs of this run's morphs.

    Parameters
    ----------
    labels : pandas.DataFrame
        Of the morphs.
    trials : pandas.DataFrame
        `nurture.observers.reading.kept_trials`.
    stated, digest : str
        Digests of the morphs that observers were shown, and of those of this run.
    step : int
        Levels between the two of a pair.
    where : str
        File of the trials, for errors.

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
    if len(found) and stated != digest:
        raise NurtureError(
            f"{where}: its observers compared other morphs ({stated or 'none'}) than this run's "
            f"({digest}); run with the configuration of their experiment"
        )
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
    """List how often observers are right with each pair of levels.

    Parameters
    ----------
    pairs : pandas.DataFrame
        `check_pairs`.

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
    pairs: pd.DataFrame,
    results: Sequence[xr.Dataset],
    pixels: xr.Dataset,
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Correlate being right with distance in each network, over the answers to all pairs.

    Shares of few answers are noisy, and those of bootstrap samples noisier: a correlation of
    shares can lie outside of its own interval. Of single answers it is small, since an answer is
    right or wrong, but the same for any number of observers.

    Parameters
    ----------
    pairs, results, pixels
        See `pair_distances`.
    resamples, seed : int
        Bootstrap samples of observers and identities together, and their seed.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, r (Pearson's, of right and distance), lower, upper (95 %
        interval), pixels (r of the images' distance), over_pixels (the difference), over_lower,
        over_upper, n (answers), n_observers, n_identities. NaN without variance.
    """
    who, observer = np.unique(pairs["observer"], return_inverse=True)
    faces, identity = np.unique(pairs["identity"], return_inverse=True)
    size = {"n": len(pairs), "n_observers": len(who), "n_identities": len(faces)}
    rows = []
    for result in results:
        numbers = dict.fromkeys(
            ("r", "lower", "upper", "pixels", "over_pixels", "over_lower", "over_upper"), np.nan
        )
        if len(pairs):
            sample = make_sample(len(faces), len(who), resamples, seed)
            r, image = (
                _correlations(pairs["right"].to_numpy(float), _of(pairs, one), observer, identity,
                              sample)
                for one in (result, pixels)
            )  # fmt: skip
            lower, upper = interval(r[1:], sample.n)
            less = r - image
            over_lower, over_upper = interval(less[1:], sample.n)
            numbers = {
                "r": r[0], "lower": float(lower), "upper": float(upper),
                "pixels": image[0], "over_pixels": less[0],
                "over_lower": float(over_lower), "over_upper": float(over_upper),
            }  # fmt: skip
        rows.append(about(result) | numbers | size)
    columns = ("r", "lower", "upper", "pixels", "over_pixels", "over_lower", "over_upper")
    return as_table(rows, (*ABOUT, *columns, *size))


def _of(pairs: pd.DataFrame, result: xr.Dataset) -> np.ndarray:
    """Distance of the pair of each answer, shape (n_answers,)."""
    of_pairs = result["distance"].to_series()
    wanted = pd.MultiIndex.from_frame(pairs[["continuum", "identity", "level"]])
    return of_pairs.reindex(wanted).to_numpy()


def _correlations(
    right: np.ndarray,
    distance: np.ndarray,
    observer: np.ndarray,
    identity: np.ndarray,
    sample: Sample,
) -> np.ndarray:
    """Pearson's r of all answers, then of each sample."""
    x, y = distance - distance.mean(), right - right.mean()
    sums = np.zeros((6, sample.observers.shape[1], sample.identities.shape[1]))
    for total, value in zip(sums, (np.ones_like(x), x, y, x * x, y * y, x * y), strict=True):
        np.add.at(total, (observer, identity), value)
    drawn = np.einsum("ro,koi,ri->kr", sample.observers, sums, sample.identities, optimize=True)
    n, x, y, xx, yy, xy = np.column_stack([sums.sum(axis=(1, 2)), drawn])
    n = np.where(n > 0, n, np.nan)
    of_x, of_y = xx / n - (x / n) ** 2, yy / n - (y / n) ** 2
    varies = (of_x > SMALL * xx[0] / n[0]) & (of_y > SMALL * yy[0] / n[0])
    scale = np.sqrt(np.where(varies, of_x * of_y, np.nan))
    return (xy / n - x * y / n**2) / scale
