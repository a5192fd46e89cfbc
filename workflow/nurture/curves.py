"""Shapes of an identification curve: linear, quadratic and logistic."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.special import expit

FITS = ("linear", "quadratic", "logistic")

PARAMETERS = ("p0", "p1", "p2", "p3")

MAX_RATE = 1000.0
"""Steepest logistic: it rises within a hundredth of the continuum, one step of 101 levels."""

FLAT = 1e-12


@dataclass(frozen=True)
class Fit:
    """A curve fitted to the share of answers ``second expression`` over morph levels.

    Attributes
    ----------
    kind : str
        ``linear``: p0 + p1 x; ``quadratic``: p0 + p1 x + p2 x^2; ``logistic``:
        p0 + (p1 - p0) / (1 + exp(-p2 (x - p3))), with asymptotes p0 (at the first expression)
        and p1 (at the second) between 0 and 1, being shares; rate p2 > 0; midpoint p3. Within
        these bounds it cannot become a straight line: it may explain less than one.
    parameters : tuple of float
        p0 .. p3, NaN where a kind has fewer.
    r2 : float
        Share of variance explained; NaN for a curve without variance.
    aicc : float
        Akaike's criterion corrected for few levels, for comparing fits of unequal freedom.
    boundary : float
        Category boundary: the level at which the curve crosses .5; NaN when it does not within
        0 .. 1. Of a quadratic's two crossings, the rising one.
    slope : float
        Slope at the boundary, in share per whole continuum; NaN without a boundary. A step
        between two levels has no slope: then it only says "steep".
    """

    kind: str
    parameters: tuple[float, float, float, float]
    r2: float
    aicc: float
    boundary: float
    slope: float


def predict(kind: str, parameters, level) -> np.ndarray:
    """Evaluate a fit.

    Parameters
    ----------
    kind : {"linear", "quadratic", "logistic"}
    parameters : sequence of float
        p0 .. p3 as in `Fit`.
    level : array_like
        Morph levels, share of the second expression.

    Returns
    -------
    numpy.ndarray
        Fitted share of answers ``second expression``.
    """
    level = np.asarray(level, float)
    if kind == "logistic":
        lower, upper, rate, midpoint = parameters
        return lower + (upper - lower) * expit(rate * (level - midpoint))
    degree = {"linear": 1, "quadratic": 2}[kind]
    return np.polynomial.polynomial.polyval(level, parameters[: degree + 1])


def fit_curve(level, share, kind: str) -> Fit:
    """Fit a curve to an identification curve by least squares.

    Parameters
    ----------
    level, share : array_like, shape (n_levels,)
        Morph levels 0 .. 1, and at each the share of answers ``second expression``.
    kind : {"linear", "quadratic", "logistic"}

    Returns
    -------
    Fit
        Everything NaN when all shares are equal or there are too few levels to fit.
    """
    level, share = np.asarray(level, float), np.asarray(share, float)
    n_parameters = {"linear": 2, "quadratic": 3, "logistic": 4}[kind]
    if len(level) < n_parameters or np.ptp(share) < FLAT:
        return Fit(kind, (np.nan,) * 4, *(np.nan,) * 4)
    if kind == "logistic":
        parameters = _fit_logistic(level, share)
    else:
        parameters = np.polynomial.polynomial.polyfit(level, share, n_parameters - 1)
    parameters = tuple(float(p) for p in parameters) + (np.nan,) * (4 - n_parameters)
    unexplained = float(np.sum((share - predict(kind, parameters, level)) ** 2))
    r2 = 1 - unexplained / float(np.sum((share - share.mean()) ** 2))
    boundary, slope = _boundary(kind, parameters)
    return Fit(kind, parameters, r2, _aicc(unexplained, len(level), n_parameters), boundary, slope)


def _aicc(unexplained: float, n: int, n_parameters: int) -> float:
    free = n_parameters + 1  # the variance of the residuals is estimated too
    if n <= free + 1:
        return np.nan
    # A perfect fit would be minus infinity; shares finer than 1e-6 mean nothing.
    fit = n * np.log(max(unexplained / n, 1e-12))
    return float(fit + 2 * free + 2 * free * (free + 1) / (n - free - 1))


def _fit_logistic(level: np.ndarray, share: np.ndarray) -> np.ndarray:
    bounds = np.array([[0.0, 0.0, 0.1, -0.5], [1.0, 1.0, MAX_RATE, 1.5]])
    margin = 1e-6 * (bounds[1] - bounds[0])
    return least_squares(
        lambda p: predict("logistic", p, level) - share,
        np.clip(_start(level, share), bounds[0] + margin, bounds[1] - margin),
        jac=lambda p: _logistic_jacobian(p, level),
        bounds=bounds,
        x_scale=[1, 1, 10, 1],
        ftol=1e-12,
        xtol=1e-12,
        gtol=1e-12,
    ).x


def _logistic_jacobian(parameters: np.ndarray, level: np.ndarray) -> np.ndarray:
    lower, upper, rate, midpoint = parameters
    s = expit(rate * (level - midpoint))
    steep = (upper - lower) * s * (1 - s)
    return np.column_stack([1 - s, s, steep * (level - midpoint), -steep * rate])


def _start(level: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Best node of a fixed grid of rates and midpoints, each with its best asymptotes.

    From there one descent finds what 40 find, for curves from shallow to step and for noise.
    """
    rate, midpoint = np.meshgrid(np.geomspace(2, MAX_RATE, 12), np.linspace(0, 1, 41))
    rate, midpoint = rate.ravel(), midpoint.ravel()
    s = expit(rate[:, None] * (level - midpoint[:, None]))
    model = np.stack([1 - s, s], axis=-1)
    asymptotes = np.clip((np.linalg.pinv(model) @ share[:, None])[..., 0], 0, 1)
    error = (((model @ asymptotes[..., None])[..., 0] - share) ** 2).sum(axis=1)
    best = int(error.argmin())
    return np.array([*asymptotes[best], rate[best], midpoint[best]])


def _boundary(kind: str, parameters: tuple[float, ...]) -> tuple[float, float]:
    """Level at which a fit crosses .5, and its slope there."""
    if kind == "logistic":
        lower, upper, rate, midpoint = parameters
        share = (0.5 - lower) / (upper - lower) if upper != lower else np.nan
        if not 0 < share < 1:
            return np.nan, np.nan
        crossings = [midpoint + np.log(share / (1 - share)) / rate]
        slopes = [(upper - lower) * rate * share * (1 - share)]
    else:
        curve = np.polynomial.Polynomial([p for p in parameters if np.isfinite(p)])
        roots = (curve - 0.5).trim().roots()
        crossings = roots[np.isreal(roots)].real
        slopes = curve.deriv()(crossings)
    inside = [(s, x) for x, s in zip(crossings, slopes, strict=True) if 0 <= x <= 1]
    slope, boundary = max(inside, default=(np.nan, np.nan))
    return float(boundary), float(slope)
