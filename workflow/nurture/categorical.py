"""Categorical perception: identification curves along morph continua, and their fits."""

import numpy as np
import pandas as pd
import xarray as xr

from nurture.curves import FITS, FLAT, PARAMETERS, fit_curve
from nurture.decoding import classify, too_few
from nurture.errors import NurtureError
from nurture.expressions import CONTINUA, NONE
from nurture.files import read_labels
from nurture.units import ABOUT, check_units, unit_blocks


def ends(continuum: str) -> tuple[str, str]:
    """First and second expression of a continuum such as ``anger-fear``."""
    first, _, second = continuum.partition("-")
    return first, second


def identification_curve(level, second) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share of stimuli answered as the second expression, by morph level.

    Parameters
    ----------
    level : array_like, shape (n_stimuli,)
        Morph level of each stimulus.
    second : array_like of bool, shape (n_stimuli,)
        Whether it was answered as the second expression.

    Returns
    -------
    levels, share, n : numpy.ndarray, shape (n_levels,)
        Levels in rising order, to six decimals; share answered second; stimuli at the level.
    """
    levels, index = np.unique(np.round(np.asarray(level, float), 6), return_inverse=True)
    n = np.bincount(index)
    return levels, np.bincount(index, np.asarray(second, float)) / n, n


def categorical(
    training: xr.Dataset,
    continua: xr.Dataset,
    units: xr.Dataset,
    n_components: int = 50,
    penalty: float = 1.0,
    min_units: int = 10,
) -> xr.Dataset:
    """Identification curves of the selective units over each continuum, with their fits.

    For each continuum a classifier (`nurture.decoding.classify`) learns the two end-point
    expressions from the training set and answers every morph with one of them.

    Parameters
    ----------
    training, continua : xarray.Dataset
        Activation files of one layer; of `continua` the stimuli that have a continuum are used.
    units : xarray.Dataset
        The layer's `nurture.selectivity.selectivity`.
    n_components, penalty, min_units
        As in `nurture.confusion.confusion`.

    Returns
    -------
    xarray.Dataset
        ``share_second(continuum, level)`` and ``n(continuum, level)``; ``r2``, ``aicc``,
        ``boundary``, ``slope`` (continuum, fit) and ``parameters(continuum, fit, parameter)``, see
        `Fit`; ``note(continuum)``, empty or the reason that there is no curve or no fit;
        attributes ``network``, ``training``, ``layer``, ``n_units``, ``n_components``, ``penalty``.

    Raises
    ------
    NurtureError
        When the files do not hold the same units, no stimulus has a continuum, an end-point
        expression is not in the training set, or an activation is NaN.
    """
    check_units(units, training=training, continua=continua)
    chosen = units["selective"].to_numpy() == 1
    n_units = int(chosen.sum())
    labels, morphs = read_labels(training), read_labels(continua)
    names = _names(morphs)
    note = too_few(n_units, min_units, "selective")
    curves = {}
    if not note:
        train, test = _take(training["activation"], chosen), _take(continua["activation"], chosen)
        for name in names:
            curves[name] = _curve(name, train, labels, test, morphs, n_components, penalty)
    about = {name: units.attrs[name] for name in ABOUT}
    about |= {"n_units": n_units, "n_components": n_components, "penalty": penalty}
    return _dataset(names, morphs, curves, note).assign_attrs(about)


def _names(morphs: pd.DataFrame) -> list[str]:
    found = set(morphs["continuum"]) - {NONE}
    if not found:
        raise NurtureError("labels: no stimulus belongs to a continuum; render the continua again")
    return [*(c for c in CONTINUA if c in found), *sorted(found - set(CONTINUA))]


def _take(activation: xr.DataArray, chosen: np.ndarray) -> np.ndarray:
    return np.hstack(
        [
            block[:, chosen[start : start + block.shape[1]]]
            for start, block in unit_blocks(activation)
        ]
    )


def _curve(name, train, labels, test, morphs, n_components, penalty):
    first, second = ends(name)
    missing = sorted({first, second} - set(labels["expression"]))
    if missing:
        raise NurtureError(
            f"continuum {name}: the training set shows no {missing[0]}; add it to the training "
            "set or leave the continuum out"
        )
    shown = labels["expression"].isin([first, second]).to_numpy()
    morph = (morphs["continuum"] == name).to_numpy()
    answered = classify(
        train[shown], labels["expression"][shown], test[morph], n_components, penalty
    )
    return identification_curve(morphs["level"][morph], answered == second)


def _dataset(names, morphs, curves, note) -> xr.Dataset:
    on_continuum = morphs["continuum"] != NONE
    levels = np.unique(np.round(morphs["level"][on_continuum].to_numpy(float), 6))
    shape = (len(names), len(FITS))
    share = np.full((len(names), len(levels)), np.nan)
    n = np.zeros(share.shape, "int32")
    numbers = {key: np.full(shape, np.nan) for key in ("r2", "aicc", "boundary", "slope")}
    parameters = np.full((*shape, len(PARAMETERS)), np.nan)
    notes = [note] * len(names)
    for i, name in enumerate(names):
        if name not in curves:
            continue
        level, curve, stimuli = curves[name]
        at = np.searchsorted(levels, level)
        share[i, at], n[i, at] = curve, stimuli
        notes[i] = describe_flat(name, curve)
        for j, kind in enumerate(FITS):
            fit = fit_curve(level, curve, kind)
            parameters[i, j] = fit.parameters
            for key, values in numbers.items():
                values[i, j] = getattr(fit, key)
    return xr.Dataset(
        {
            "share_second": (("continuum", "level"), share),
            "n": (("continuum", "level"), n),
            **{key: (("continuum", "fit"), values) for key, values in numbers.items()},
            "parameters": (("continuum", "fit", "parameter"), parameters),
            "note": ("continuum", notes),
        },
        {"continuum": names, "level": levels, "fit": list(FITS), "parameter": list(PARAMETERS)},
    )


def describe_flat(continuum: str, share: np.ndarray) -> str:
    """Say that an identification curve has no variance to fit; empty when it has."""
    if np.ptp(share) >= FLAT:
        return ""
    first, second = ends(continuum)
    if share[0] in (0, 1):
        return f"every level answered as {second if share[0] else first}"
    return f"the same share of {second} at every level"
