"""Shapes of an identification curve: linear, quadratic and logistic."""

from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.special import expit

from nurture.categorical.logistic import fit_logistic

FITS = ("linear", "quadratic", "logistic")

PARAMETERS = ("p0", "p1", "p2", "p3")

N_PARAMETERS = {"linear": 2, "quadratic": 3, "logistic": 4}

FLAT = 1e-12


@dataclass(frozen=True)
class Fit:
    """Curves of one kind, fitted to shares of answers ``second expression`` over morph levels.

    Attributes
    ----------
    kind : str
        ``linear``: p0 + p1 x; ``quadratic``: p0 + p1 x + p2 x^2; ``logistic``:
        p0 + (p1 - p0) / (1 + exp(-p2 (x - p3))), with asymptotes p0 (at the first expression)
        and p1 (at the second) between 0 and 1, being shares; rate p2 > 0; midpoint p3. Within
        these bounds it cannot become a straight line: it may explain less than one.
    parameters : numpy.ndarray, shape (..., 4)
        p0 .. p3, NaN where a kind has fewer. The leading shape here and below is that of the
        curves, none for one curve.
    r2 : numpy.ndarray, shape (...)
        Share of variance explained; NaN for a curve without variance.
    r2_adjusted : numpy.ndarray, shape (...)
        The same with both variances divided by their degrees of freedom.
    aicc : numpy.ndarray, shape (...)
        Akaike's criterion corrected for few levels, for comparing fits of unequal freedom.
    boundary : numpy.ndarray, shape (...)
        Category boundary: the level at which the curve crosses .5; NaN when it does not within
        0 .. 1. Of a quadratic's two crossings, the rising one.
    slope : numpy.ndarray, shape (...)
        Slope at the boundary, in share per whole continuum; NaN without a boundary. Levels cannot
        show more than one share from one to the next: a steeper slope counts as that.
    """

    kind: str
    parameters: np.ndarray
    r2: np.ndarray
    r2_adjusted: np.ndarray
    aicc: np.ndarray
    boundary: np.ndarray
    slope: np.ndarray

    def part(self, curves: int | slice) -> "Fit":
        """Fits to some of the curves."""
        _, *numbers = fields(self)
        return replace(self, **{one.name: getattr(self, one.name)[curves] for one in numbers})


def predict(kind: str, parameters, level) -> np.ndarray:
    """Evaluate fits: shares of answers for the second expression, shape (..., n_levels) or (...).

    Parameters
    ----------
    kind : {"linear", "quadratic", "logistic"}
    parameters : array_like, shape (..., 4)
        p0 .. p3 as in `Fit`.
    level : array_like, shape (n_levels,) or ()
        Morph levels, share of the second expression.
    """
    level, parameters = np.asarray(level, float), np.asarray(parameters, float)
    if level.ndim:
        parameters = parameters[..., None, :]
    p0, p1, p2, p3 = np.moveaxis(parameters, -1, 0)
    if kind == "logistic":
        return p0 + (p1 - p0) * expit(p2 * (level - p3))
    return p0 + level * (p1 + (level * p2 if kind == "quadratic" else 0))


def fit_curve(level, shares, kind: str) -> Fit:
    """Fit a curve to an identification curve, or to each of many, by least squares.

    NaN for a curve whose shares are all equal, and for all when there are too few levels.

    Parameters
    ----------
    level : array_like, shape (n_levels,)
        Morph levels 0 .. 1, rising.
    shares : array_like, shape (..., n_levels)
        At each level the share of answers ``second expression``.
    kind : {"linear", "quadratic", "logistic"}
    """
    level, shares = np.asarray(level, float), np.asarray(shares, float)
    curves = shares.reshape(-1, len(level))
    parameters = np.full((len(curves), len(PARAMETERS)), np.nan)
    n = N_PARAMETERS[kind]
    fitted = (np.ptp(curves, axis=1) >= FLAT) & (len(level) >= n)
    if fitted.any():
        if kind == "logistic":
            parameters[fitted] = fit_logistic(level, curves[fitted])
        else:
            solve = np.linalg.pinv(np.vander(level, n, increasing=True))
            parameters[fitted, :n] = curves[fitted] @ solve.T
    unexplained = ((curves - predict(kind, parameters, level)) ** 2).sum(axis=1)
    total = np.where(fitted, ((curves - curves.mean(axis=1, keepdims=True)) ** 2).sum(axis=1), 1)
    boundary, slope = _boundary(kind, parameters)
    steepest, free = 1 / np.diff(level).min(initial=np.inf), len(level) - n
    numbers = {
        "r2": 1 - unexplained / total,
        "r2_adjusted": 1 - unexplained / total * ((len(level) - 1) / free if free > 0 else np.nan),
        "aicc": _aicc(unexplained, len(level), n),
        "boundary": boundary,
        "slope": np.clip(slope, -steepest, steepest),
    }
    shape = shares.shape[:-1]
    numbers = {name: values.reshape(shape) for name, values in numbers.items()}
    return Fit(kind, parameters.reshape(*shape, len(PARAMETERS)), **numbers)


def _aicc(unexplained: np.ndarray, n: int, n_parameters: int) -> np.ndarray:
    free = n_parameters + 1  # the variance of the residuals is estimated too
    if n <= free + 1:
        return np.full_like(unexplained, np.nan)
    # A perfect fit would be minus infinity; shares finer than 1e-6 mean nothing.
    fit = n * np.log(np.maximum(unexplained / n, 1e-12))
    return fit + 2 * free + 2 * free * (free + 1) / (n - free - 1)


def _boundary(kind: str, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Level at which each fit crosses .5, and its slope there; both of shape (n_curves,)."""
    p0, p1, p2, p3 = parameters.T
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "logistic":
            share = (0.5 - p0) / (p1 - p0)
            share = np.where((share > 0) & (share < 1), share, np.nan)
            crossings = (p3 + np.log(share / (1 - share)) / p2)[None]
            slopes = ((p1 - p0) * p2 * share * (1 - share))[None]
        else:
            p2 = p2 if kind == "quadratic" else np.zeros_like(p1)
            # Both roots without loss of digits where the curve is nearly straight.
            root = -(p1 + np.copysign(np.sqrt(p1**2 - 4 * p2 * (p0 - 0.5)), p1)) / 2
            crossings = np.stack([root / p2, (p0 - 0.5) / root])
            slopes = p1 + 2 * p2 * crossings
    inside = (crossings >= 0) & (crossings <= 1)
    rank = np.where(inside, slopes, -np.inf)
    best = rank.argmax(axis=0), np.arange(len(parameters))
    found = inside[best]
    return np.where(found, crossings[best], np.nan), np.where(found, slopes[best], np.nan)
