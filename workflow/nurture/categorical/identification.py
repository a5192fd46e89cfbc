"""Identification curves: fits to a continuum's answers, with their uncertainty over identities."""

from collections.abc import Sequence

import numpy as np

from nurture.categorical.curves import FITS, Fit, fit_curve, predict
from nurture.statistics.resampling import interval, resample, wilson

NUMBERS = (
    *("r2", "r2_adjusted", "aicc", "cv_error"),
    *("boundary", "boundary_lower", "boundary_upper"),
    *("slope", "slope_lower", "slope_upper", "crossing"),
)
"""What is given of each fit apart from its parameters; see `analyse_answers`."""


def analyse_answers(level, answers, resamples: int, seed: int) -> dict[str, np.ndarray]:
    """Fit the identification curve of one continuum and say how sure it is.

    Identities are the sample: they are resampled and left out whole. Answers to one face at
    neighbouring levels depend on each other, so levels are no sample, and leaving out levels
    would favour whichever curve follows the identities at hand most closely.

    Parameters
    ----------
    level : array_like, shape (n_levels,)
        Morph levels, rising.
    answers : array_like of bool, shape (n_identities, n_levels)
        Whether each morph was answered as the second expression.
    resamples : int
        Bootstrap samples of the identities.
    seed : int

    Returns
    -------
    dict of str to numpy.ndarray
        ``share_second``, ``lower``, ``upper`` (n_levels,): share of answers and its 95 % Wilson
        interval: at one level every identity answers once, so answers are independent, and a
        bootstrap of twelve equal answers would have no width. ``parameters`` (n_fits, 4), and of
        shape (n_fits,): ``r2``, ``r2_adjusted``, ``aicc``, ``boundary`` and ``slope``, see
        `nurture.categorical.curves.Fit`; ``cv_error``, mean squared error of the answers of each
        identity as predicted by the curve of the others; ``boundary_lower`` to ``slope_upper``, 95
        % bootstrap intervals (`nurture.statistics.resampling.interval`). A resampled curve without
        boundary has it beyond the end that its answers speak for, so that limits of 0 or 1 mean "or
        beyond"; it has no slope, and ``crossing`` is the share of those that do.
        Of a dozen identities, intervals of slopes are too narrow: docs/calibration.md.
        ``boundary_without`` (n_identities,): boundary of the logistic of all other identities.
    """
    return analyse_continua(level, [answers], resamples, seed)[0]


def analyse_continua(
    level, answers: Sequence, resamples: int, seed: int
) -> list[dict[str, np.ndarray]]:
    """Do so for continua of the same levels at once, which takes a fraction of the time."""
    level, answers = np.asarray(level, float), [np.asarray(one, float) for one in answers]
    curves = [_curves(one, resamples, seed) for one in answers]
    ends = np.cumsum([len(one) for one in curves])
    fits = [fit_curve(level, np.concatenate(curves), kind) for kind in FITS]
    found = []
    for one, shares, end in zip(answers, curves, ends, strict=True):
        mine = [fit.part(slice(end - len(shares), end)) for fit in fits]
        found.append(_describe(level, one, shares, mine))
    return found


def _curves(answers: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """Shares of all identities, then without each of them, then resampled."""
    n = len(answers)
    without = (answers.sum(axis=0) - answers) / (n - 1) if n > 1 else np.full_like(answers, np.nan)
    resampled = resample(n, resamples, seed) @ answers / n
    return np.vstack([answers.mean(axis=0), without, resampled])


def _describe(
    level: np.ndarray, answers: np.ndarray, shares: np.ndarray, fits: Sequence[Fit]
) -> dict[str, np.ndarray]:
    """Put into numbers what `_curves` of a continuum and their fits say."""
    n = len(answers)
    lower, upper = wilson(answers.sum(axis=0), n)
    result = {"share_second": shares[0], "lower": lower, "upper": upper}
    numbers, parameters = [], []
    for every in fits:
        fit, others = every.part(0), every.part(slice(1, n + 1))
        more = _uncertainty(every.part(slice(n + 1, None)), shares[n + 1 :], n)
        more["cv_error"] = _left_out_error(others, level, shares[1 : n + 1], answers)
        numbers.append([more.get(name, getattr(fit, name, None)) for name in NUMBERS])
        parameters.append(fit.parameters)
        if fit.kind == "logistic":
            result["boundary_without"] = others.boundary
    result |= dict(zip(NUMBERS, np.array(numbers, float).T, strict=True))
    return result | {"parameters": np.array(parameters)}


def _uncertainty(fit: Fit, shares: np.ndarray, n: int) -> dict[str, float]:
    """Intervals of boundary and slope from fits to resampled curves."""
    crosses = np.isfinite(fit.boundary)
    beyond = np.where(shares.mean(axis=1) > 0.5, -np.inf, np.inf)
    boundary = interval(np.where(crosses, fit.boundary, beyond), n)
    slope = interval(fit.slope, n)
    names = ("boundary_lower", "boundary_upper", "slope_lower", "slope_upper", "crossing")
    return dict(zip(names, (*np.clip(boundary, 0, 1), *slope, crosses.mean()), strict=True))


def _left_out_error(others: Fit, level, without: np.ndarray, answers: np.ndarray) -> float:
    predicted = predict(others.kind, others.parameters, level)
    # A curve without variance has no fit, and predicts the one share that it has.
    predicted = np.where(np.isnan(predicted), without.mean(axis=1, keepdims=True), predicted)
    return float(((answers - predicted) ** 2).mean())
