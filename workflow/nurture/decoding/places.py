"""Places of stimuli on the axes along which they vary most, for more stimuli than products hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh, qr
from sklearn.preprocessing import StandardScaler

from nurture.activations.units import Activations, is_constant, stimulus_blocks

HELD = 2**30
"""Bytes that a readout may hold. Where it would hold more, stimuli are read in blocks."""

OF_A_PRODUCT = 27
"""Bytes that a readout takes at most, measured, for each product between two stimuli."""

AXES = 2
"""Axes for each principal component that is asked for which a pass adds to those found before."""

PASSES = 8
"""Passes over the training stimuli in which axes are found."""

TOGETHER = 2**14
"""Stimuli whose products are summed at once."""


def is_large(n_stimuli: int, n_responses: int = 0) -> bool:
    """Return whether products between stimuli, and responses that are held, are over `HELD`.

    Parameters
    ----------
    n_stimuli : int
        Of the larger of training and test set.
    n_responses : int
        Single responses of units to stimuli.
    """
    return OF_A_PRODUCT * n_stimuli**2 + 4 * n_responses > HELD


@dataclass(frozen=True)
class Places:
    """Places of stimuli on axes, from standardised responses of a population of units.

    What `nurture.decoding.classifier.Products` are to few stimuli. Of as many axes as units, or
    more, nothing is lost.

    Attributes
    ----------
    train, test : numpy.ndarray, shapes (n_train, n_axes) and (n_test, n_axes)
        Training stimuli have mean 0.
    n_live : int
        Units that respond to the training stimuli.
    """

    train: np.ndarray
    test: np.ndarray
    n_live: int

    def redrawn(self, stimuli: np.ndarray) -> "Places":
        """See `nurture.decoding.classifier.redrawn`."""
        train = self.train[stimuli]
        mean = train.mean(axis=0, dtype=float).astype(train.dtype)
        train -= mean
        return Places(train, self.test - mean, self.n_live)

    def scores(self, n_components: int) -> tuple[np.ndarray, np.ndarray]:
        """See `nurture.decoding.classifier.component_scores`."""
        n, n_axes = self.train.shape
        k = min(n_components, n_axes, n - 1)
        if k == 0:
            return np.empty((n, 0)), np.empty((len(self.test), 0))
        total = np.zeros((n_axes, n_axes))
        for start in range(0, n, TOGETHER):
            part = self.train[start : start + TOGETHER].astype(float)
            total += part.T @ part
        variance, vectors = eigh(total, subset_by_index=[n_axes - k, n_axes - 1])
        real = variance > np.finfo("float32").eps * variance[-1]
        turned = (vectors[:, real] * np.sqrt(n / variance[real]))[:, ::-1].astype("float32")
        return (self.train @ turned).astype(float), (self.test @ turned).astype(float)


def scales(activations: Activations) -> tuple[np.ndarray, np.ndarray]:
    """Mean and one over the deviation of each unit, 0 for one that is constant: (n_units,) each."""
    scaler, ends = StandardScaler(), np.empty((0, activations.shape[1]))
    for block in stimulus_blocks(activations):
        scaler.partial_fit(block.astype(float))
        ends = np.stack([f(np.vstack([ends, block]), axis=0) for f in (np.min, np.max)])
    return scaler.mean_, np.where(is_constant(ends.astype(block.dtype)), 0, 1 / scaler.scale_)


def places(
    train: Activations,
    test: Activations,
    scale: tuple[np.ndarray, np.ndarray],
    populations: Sequence[np.ndarray],
    n_components: int,
) -> Iterator[Places]:
    """Place stimuli on the axes along which the training stimuli vary most.

    Axes are those of a randomised block Krylov iteration (Musco & Musco 2015, NeurIPS 28:1396):
    random ones, and what the products between units make of them, again and again. Populations
    share the passes. Of a population of no more units than axes nothing is lost.

    Parameters
    ----------
    train, test : array_like, shapes (n_train, n_units) and (n_test, n_units)
        Lazily opened, read by blocks of stimuli.
    scale : tuple of numpy.ndarray
        `scales` of `train`.
    populations : sequence of numpy.ndarray of int, shape (n_drawn,)
        Units of each, in rising order.
    n_components : int
        Principal components that will be asked for; each pass adds `AXES` times as many axes.

    Yields
    ------
    Places
        Of each population in turn, float32.
    """
    axes = _axes(train, scale, populations, AXES * n_components)
    for units, mine in zip(populations, axes, strict=True):
        seen, new = (
            np.concatenate([block @ mine for block in _standardised(file, units, scale)])
            for file in (train, test)
        )
        yield Places(seen, new, int((scale[1][units] > 0).sum()))


def _axes(
    train: Activations,
    scale: tuple[np.ndarray, np.ndarray],
    populations: Sequence[np.ndarray],
    n_added: int,
) -> list[np.ndarray]:
    """Orthonormal axes of each population, shape (n_drawn, n_axes)."""
    used = np.unique(np.concatenate([np.empty(0, int), *populations]))
    at = [np.searchsorted(used, units) for units in populations]
    rng = np.random.default_rng(0)
    added = [rng.normal(size=(len(rows), min(len(rows), n_added))) for rows in at]
    added = [qr(one, mode="economic")[0].astype("float32") for one in added]
    axes = [np.empty((len(rows), 0), "float32") for rows in at]
    for _ in range(PASSES):
        turned = [np.zeros_like(one) for one in added]
        for block in _standardised(train, used, scale):
            for rows, old, new in zip(at, added, turned, strict=True):
                mine = block[:, rows]
                new += mine.T @ (mine @ old)
        added = [_beside(*pair) for pair in zip(axes, turned, strict=True)]
        axes = [np.hstack(pair) for pair in zip(axes, added, strict=True)]
    return axes


def _beside(axes: np.ndarray, turned: np.ndarray) -> np.ndarray:
    """Make further axes orthonormal, to one another and to those that there are."""
    turned = turned[:, : len(axes) - axes.shape[1]]
    for _ in range(2):  # twice is enough for rounding
        turned = qr(turned - axes @ (axes.T @ turned), mode="economic")[0]
    return turned


def _standardised(
    activations: Activations, units: np.ndarray, scale: tuple[np.ndarray, np.ndarray]
) -> Iterator[np.ndarray]:
    mean, factor = (values[units] for values in scale)
    for block in stimulus_blocks(activations):
        yield ((block[:, units] - mean) * factor).astype("float32")
