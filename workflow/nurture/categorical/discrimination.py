"""Discrimination: how far apart neighbouring morphs are, and how much more across the boundary.

Perception is categorical when there is a boundary at which answers change, and neighbours differ
more across it than within a category. This module measures the second half.
"""

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from nurture.activations.units import check_units, is_constant, responses_of
from nurture.core.files import read_labels
from nurture.core.rows import about
from nurture.decoding.classifier import too_few
from nurture.statistics.resampling import interval, resample
from nurture.stimuli.morphs import REACH, Sequences, sequences

STEADY = 1e-6
"""Identities whose morphs differ by less than this on average do not change along a continuum."""


def unit_distances(
    training: xr.Dataset,
    continua: xr.Dataset,
    units: xr.Dataset,
    min_units: int = 10,
    step: int = 1,
) -> xr.Dataset:
    """Measure distances between neighbouring morphs in the space of the selective units.

    Units are divided by their deviation over the training set, as for the classifiers, so that
    none counts more for the size of its responses. The distance is Euclidean (root mean square
    over units): for an observer who reads every unit through equal, independent noise it is
    proportional to d'. On principal scores, components that hardly vary would count as much as
    those that vary most; a cosine would miss a change of strength.

    Parameters
    ----------
    training, continua : xarray.Dataset
        Activation files of one layer.
    units : xarray.Dataset
        The layer's `nurture.selectivity.anova.selectivity`.
    min_units : int
        With fewer selective units that respond in training there is no distance.
    step : int
        Levels from one morph to the other: 1 for neighbours.

    Returns
    -------
    xarray.Dataset
        ``distance(continuum, identity, level)``, the level being the middle of two neighbours;
        NaN where there are none. Attributes ``network``, ``training``, ``layer``, ``n_units`` and
        ``note``, which is empty or says why there is no distance at all.

    Raises
    ------
    NurtureError
        When the files do not hold the same units, a continuum is not complete or an activation
        is NaN.
    """
    check_units(units, training=training, continua=continua)
    chosen = units["selective"].to_numpy() == 1
    n_units = int(chosen.sum())
    note = too_few(n_units, min_units, "selective")
    if note:
        shown = np.full((continua.sizes["stimulus"], 1), np.nan)
    else:
        seen = responses_of(training["activation"], chosen)
        live = ~is_constant(seen)
        note = too_few(int(live.sum()), min_units, "selective")
        shown = responses_of(continua["activation"], chosen)[:, live] / seen[:, live].std(axis=0)
        if note:
            shown = np.full_like(shown, np.nan)
    result = _distances(sequences(read_labels(continua)), shown.__getitem__, step)
    return result.assign_attrs(about(units), n_units=n_units, note=note)


def pixel_distances(images: xr.Dataset, step: int = 1) -> xr.Dataset:
    """Measure how far apart images of neighbouring morphs are: the baseline of `unit_distances`.

    The change of the image from level to level is not even.

    Parameters
    ----------
    images : xarray.Dataset
        ``image(stimulus, y, x, channel)``, lazily opened: read one sequence at a time.
    step : int
        Levels from one morph to the other: 1 for neighbours.

    Returns
    -------
    xarray.Dataset
        ``distance(continuum, identity, level)``: root mean square over pixels, in grey levels.
    """

    def pixels(rows: np.ndarray) -> np.ndarray:
        return images["image"][rows].to_numpy().reshape(len(rows), -1).astype("float32")

    return _distances(sequences(read_labels(images)), pixels, step)


def _distances(
    morphs: Mapping[str, Sequences], values_of: Callable[[np.ndarray], np.ndarray], step: int
) -> xr.Dataset:
    middles = {name: middle(one.level[:-step], one.level[step:]) for name, one in morphs.items()}
    levels = np.unique(np.concatenate(list(middles.values())))
    identities = np.unique(np.concatenate([one.identity for one in morphs.values()]))
    distance = np.full((len(morphs), len(identities), len(levels)), np.nan)
    for i, (name, one) in enumerate(morphs.items()):
        at = np.searchsorted(levels, middles[name])
        for person, rows in zip(np.searchsorted(identities, one.identity), one.row, strict=True):
            values = values_of(rows)
            change = values[step:] - values[:-step]
            squares = np.einsum("lu,lu->l", change, change, dtype=float)
            distance[i, person, at] = np.sqrt(squares / max(change.shape[1], 1))
    dims = ("continuum", "identity", "level")
    coordinates = {"continuum": list(morphs), "identity": identities, "level": levels}
    return xr.Dataset({"distance": (dims, distance)}, coordinates)


def middle(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Level half way between two, to six decimals: the ``level`` of a distance."""
    return np.round((first + second) / 2, 6)


def relative(distance: np.ndarray) -> np.ndarray:
    """Distances as ratios to each identity's mean along the continuum.

    Shape (n_identities, n_pairs), as of the distances. 1 everywhere would be an even change; NaN
    for an identity that does not change.
    """
    mean = distance.mean(axis=1, keepdims=True)
    return distance / np.where(mean > STEADY, mean, np.nan)


def excess(distance: np.ndarray, level: np.ndarray, boundary: np.ndarray) -> np.ndarray:
    """How much farther apart neighbours are across the category boundary than within categories.

    Parameters
    ----------
    distance : numpy.ndarray, shape (n_identities, n_pairs)
        Between neighbouring morphs.
    level : numpy.ndarray, shape (n_pairs,)
        Middle of each pair.
    boundary : numpy.ndarray, shape (n_identities,)
        Where the identity's category boundary is expected. It comes from other identities: at its
        own, answers change where the units change most, whether there are categories or not.

    Returns
    -------
    numpy.ndarray, shape (n_identities,)
        Mean distance of pairs across minus that of pairs within, as a share of the mean of all: 0
        when the boundary has nothing to do with distance. NaN without a boundary.
    """
    half = np.diff(level).min(initial=1) / 2
    # However few the levels, the pair that holds the boundary is across it.
    across = np.abs(level - boundary[:, None]) <= max(REACH, half) + 1e-9
    ratio = relative(distance)
    n = across.sum(axis=1)
    some = (n > 0) & (n < len(level)) & np.isfinite(boundary)
    n = np.where(some, n, np.nan)
    total, inside = ratio.sum(axis=1), (ratio * across).sum(axis=1)
    return inside / n - (total - inside) / (len(level) - n)


def known_mean(values: np.ndarray) -> float:
    """Mean over identities, shape (n_identities,), of what is known; NaN of nothing."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan


def mean_interval(values: np.ndarray, resamples: int, seed: int) -> tuple[float, float, float]:
    """Mean over identities, shape (n_identities,), with its 95 % bootstrap interval.

    NaN are left out; without values all three numbers are NaN.
    """
    values = values[np.isfinite(values)]
    n = len(values)
    if not n:
        return (np.nan,) * 3
    lower, upper = interval(resample(n, resamples, seed) @ values / n, n)
    return float(values.mean()), float(lower), float(upper)
