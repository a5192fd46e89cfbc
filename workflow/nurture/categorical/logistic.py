"""Least-squares logistic curves with free asymptotes, thousands at once."""

from itertools import pairwise

import numpy as np
from scipy.special import expit

MAX_RATE = 1000.0
"""Steepest logistic: it rises within a hundredth of the continuum, one step of 101 levels."""

BOUNDS = np.array([[np.log(0.1), -0.5], [np.log(MAX_RATE), 1.5]])
"""Least and greatest logarithm of the rate, and midpoint."""

RANGES = (0, 24, 0.999 * MAX_RATE, np.inf)
"""Rates from within each of which a descent starts: gentle, steep, and steps."""

CELLS = 300_000
"""Curves x nodes of the grid, or x levels, that are looked at together: some ten arrays of 2.4
megabytes, or of three times as much."""

STEPS = 200
SMALLEST = 1e-10
"""A step that lowers the sum of squares by less than this share of it is the last."""

DAMPING = (1e-9, 1e9)
"""Least damping, and that at which no step helps any more."""


def fit_logistic(level: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Fit ``p0 + (p1 - p0) / (1 + exp(-p2 (x - p3)))`` to each of many curves.

    Variable projection (Golub & Pereyra 1973): for any rate and midpoint the best asymptotes
    within their bounds are known exactly, so that only rate and midpoint are searched, by damped
    Gauss-Newton steps (Levenberg-Marquardt), all curves in step. The descents start from the best
    nodes of a grid. They find what `scipy.optimize.least_squares` finds curve by curve.

    Parameters
    ----------
    level : numpy.ndarray, shape (n_levels,)
        Morph levels 0 .. 1, rising.
    shares : numpy.ndarray, shape (n_curves, n_levels)
        Shares of answers for the second expression.

    Returns
    -------
    numpy.ndarray, shape (n_curves, 4)
        p0 and p1 within 0 .. 1, p2 within .1 .. 1000, p3 within -.5 .. 1.5.
    """
    nodes = _grid(level)
    # Resampled curves are often the same.
    shares, same = np.unique(shares, axis=0, return_inverse=True)
    parts = _split(shares, CELLS // len(nodes))
    starts = np.concatenate([_starts(level, part, nodes) for part in parts], axis=1)
    together = CELLS // len(level)
    pairs = zip(_split(shares, together), _split(starts, together, axis=1), strict=True)
    return np.concatenate([_fit(level, *pair) for pair in pairs])[same.ravel()]


def _split(values: np.ndarray, size: int, axis: int = 0) -> list[np.ndarray]:
    size = max(1, size)
    return np.split(values, range(size, values.shape[axis], size), axis)


def _fit(level: np.ndarray, shares: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Best of the descents of each curve, shape (n_curves, 4)."""
    repeated = np.tile(shares, (len(starts), 1))
    shape = _descend(starts.reshape(-1, 2), level, repeated)
    asymptotes, missed = _project(_rise(shape, level), repeated)
    found = np.column_stack([asymptotes.T, np.exp(shape[:, 0]), shape[:, 1]])
    error = np.einsum("cl,cl->c", missed, missed).reshape(len(starts), -1)
    best = error.argmin(axis=0)
    return found.reshape(len(starts), -1, 4)[best, np.arange(len(shares))]


def _grid(level: np.ndarray) -> np.ndarray:
    """Logarithms of rates, with midpoints close enough for descents to find the way between them.

    Shape (n_nodes, 2). Curves that rise between two neighbouring levels differ only in the one
    level that their midpoint touches, if any: they need one rate and a few midpoints a level.
    """
    steep = np.clip(8 / np.diff(level).min(), 2, MAX_RATE)
    rates = 2.0 ** np.arange(1, np.log2(steep) + 1)
    nodes = [(rate, x) for rate in rates for x in np.linspace(0, 1, max(21, int(rate / 2) + 1))]
    touching = (level[:, None] + np.array([-3, -1, 1, 3]) / MAX_RATE).ravel()
    nodes += [(MAX_RATE, x) for x in touching]
    rate, midpoint = np.transpose(nodes)
    return np.column_stack([np.log(rate), midpoint])


def _starts(level: np.ndarray, shares: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Best node of the grid for each curve within each range of rates.

    Shape (n_ranges, n_curves, 2). One start would do for most curves; among steps, the best node
    is not always the nearest to the best curve.
    """
    second = _rise(nodes, level)
    model = np.stack([1 - second, second])
    gram = np.einsum("inl,jnl->ijn", model, model)[..., None]
    _, error = _best_asymptotes(gram, model @ shares.T)
    rate = np.exp(nodes[:, 0])
    ranges = [np.flatnonzero((rate >= low) & (rate < high)) for low, high in pairwise(RANGES)]
    return np.stack([nodes[part[error[part].argmin(axis=0)]] for part in ranges])


def _rise(shape: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Logistic from 0 to 1 of logarithms of rates and midpoints, shape (n_shapes, n_levels)."""
    return expit(np.exp(shape[:, :1]) * (level - shape[:, 1:]))


def _project(second: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Best asymptotes, shape (2, n_curves), of curves that rise like `second`, and what is left."""
    model = np.stack([1 - second, second])
    gram = np.einsum("icl,jcl->ijc", model, model)
    asymptotes, _ = _best_asymptotes(gram, np.einsum("icl,cl->ic", model, shares))
    return asymptotes, np.einsum("ic,icl->cl", asymptotes, model) - shares


def _best_asymptotes(gram: np.ndarray, product: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Minimise ``x' gram x - 2 x' product`` over x, shape (2, ...), both within 0 .. 1."""
    (a, b), (_, d) = gram
    u, v = product
    # Where all levels lie far above or below the midpoint, an asymptote does not matter.
    a, d, singular = (np.maximum(value, 1e-12) for value in (a, d, a * d - b**2))
    inner = np.stack([(d * u - b * v) / singular, (a * v - b * u) / singular])
    candidates = [np.clip(inner, 0, 1)]
    # Where the free minimum lies outside, the bounded one lies on an edge of the square.
    for edge in (0.0, 1.0):
        fixed = np.full_like(u, edge)
        candidates.append(np.stack([fixed, np.clip((v - b * edge) / d, 0, 1)]))
        candidates.append(np.stack([np.clip((u - b * edge) / a, 0, 1), fixed]))
    x = np.stack(candidates)
    p, q = x[:, 0], x[:, 1]
    value = (a * p - 2 * u) * p + (d * q - 2 * v) * q + 2 * b * p * q
    best = value.argmin(axis=0)[None]
    found = np.take_along_axis(x, best[:, None], axis=0)[0]
    return found, np.take_along_axis(value, best, axis=0)[0]


def _descend(starts: np.ndarray, level: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Go down from the starts, each curve until steps no longer help; shape (n_curves, 2)."""
    shape, going = starts.copy(), np.arange(len(shares))
    damping = np.full(len(shares), 1e-3)
    asymptotes, missed = _project(_rise(shape, level), shares)
    cost = np.einsum("cl,cl->c", missed, missed)
    for _ in range(STEPS):
        step = _step(shape[going], asymptotes[:, going], missed[going], level, damping[going])
        tried = np.clip(shape[going] + step, *BOUNDS)
        found, left = _project(_rise(tried, level), shares[going])
        sums = np.einsum("cl,cl->c", left, left)
        gain = cost[going] - sums
        better = gain > 0
        last = better & (gain <= SMALLEST * cost[going]) & (damping[going] < 1e-2)
        at = going[better]
        shape[at], asymptotes[:, at] = tried[better], found[:, better]
        missed[at], cost[at] = left[better], sums[better]
        damping[going] = np.clip(damping[going] * np.where(better, 0.2, 5), *DAMPING)
        going = going[~last & (damping[going] < DAMPING[1]) & (cost[going] > 0)]
        if not len(going):
            break
    return shape


def _step(shape, asymptotes, missed, level, damping) -> np.ndarray:
    """Damped Gauss-Newton step of each curve's logarithm of the rate and midpoint."""
    (lower, upper), rate, midpoint = asymptotes[..., None], np.exp(shape[:, :1]), shape[:, 1:]
    second = _rise(shape, level)
    steep = (upper - lower) * second * (1 - second) * rate
    jacobian = np.stack([1 - second, second, steep * (level - midpoint), -steep], axis=1)
    gradient = np.einsum("cpl,cl->cp", jacobian, missed)
    down = gradient[:, 2:]
    outward = (shape <= BOUNDS[0]) & (down > 0) | (shape >= BOUNDS[1]) & (down < 0)
    held = np.column_stack([np.isin(asymptotes.T, (0, 1)), outward])
    gradient[held] = 0
    normal = jacobian @ jacobian.transpose(0, 2, 1)
    normal *= ~held[:, :, None] & ~held[:, None, :]
    diagonal = np.einsum("cpp->cp", normal)  # a view: changing it changes the matrices
    diagonal += damping[:, None] * diagonal + 1e-12
    return -np.linalg.solve(normal, gradient[..., None])[:, 2:, 0]
