"""What is decoded from populations of units: which expression, and who shows it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from sklearn.multiclass import OneVsOneClassifier
from sklearn.svm import SVC

from nurture.activations.units import (
    Activations,
    basic,
    block_units,
    check_units,
    is_constant,
    unit_blocks,
)
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS, NOBODY
from nurture.core.files import read_labels
from nurture.core.identities import identities_shown
from nurture.core.shown import chance as by_guessing
from nurture.decoding.classifier import Products, component_scores, fit_classifier, trainable
from nurture.decoding.places import Places, is_large, places, scales

TASKS = ("expression", "identity")

LEFT_OUT = "left out, for the stimuli are too many to be held"
"""Note of what a `LargeReadout` is not asked."""

TOLERANCE = 1e-4
"""Directions that vary less within identities, of 1, are left out, as by scikit-learn's default."""


@dataclass(frozen=True)
class Readout:
    """The responding units of a layer, held in memory to ask many populations of them.

    The first principal components are learned on the training stimuli, as in
    `nurture.decoding.classifier.component_scores`. The scores of the test stimuli on them answer
    both questions: the expression, by a linear support vector classifier that learned on the
    training stimuli (`nurture.decoding.classifier.classify`); the identity, by `recognise` within
    the test stimuli.

    Attributes
    ----------
    train, test : numpy.ndarray, shapes (n_units, n_train) and (n_units, n_test)
        Responses as they are in the files.
    mean, scale : numpy.ndarray, shape (n_units,)
        Mean over the training stimuli, and one over their standard deviation; 0 for a unit that
        is constant over them, which adds nothing.
    train_expression, expression : numpy.ndarray of str, shapes (n_train,) and (n_test,)
    identity : numpy.ndarray of int, shape (n_test,)
        Negative, and each its own, for faces of which the set does not say whose they are.
    n_components : int
    C : float
        See `nurture.decoding.classifier.classify`.
    """

    train: np.ndarray
    test: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    train_expression: np.ndarray
    expression: np.ndarray
    identity: np.ndarray
    n_components: int
    C: float

    @property
    def responds(self) -> np.ndarray:
        """Units that respond in training, shape (n_units,): the others add nothing."""
        return self.scale > 0

    @property
    def identities(self) -> np.ndarray:
        """Identities of the test stimuli in rising order."""
        return np.unique(self.identity)

    def products(self, units: np.ndarray) -> Products:
        """Products between stimuli over some units, given as rows of ``train``."""
        n, n_test = self.train.shape[1], self.test.shape[1]
        total = Products(np.zeros((n, n)), np.zeros((n_test, n)), 0)
        size = block_units(n, n_test)
        for start in range(0, len(units), size):
            rows = units[start : start + size]
            mean, scale = self.mean[rows, None], self.scale[rows, None]
            seen, new = (self.train[rows] - mean) * scale, (self.test[rows] - mean) * scale
            total += Products(seen.T @ seen, new.T @ seen, int((scale > 0).sum()))
        return total

    def each(self, draws: Iterable[np.ndarray]) -> Iterator[Products | Places]:
        """Products over the units of each draw in turn."""
        return map(self.products, draws)

    def fit(self, products: Products | Places) -> tuple[SVC | OneVsOneClassifier, np.ndarray]:
        """Learn expressions, and give the scores of the test stimuli, (n_test, n_components)."""
        scores, test_scores = component_scores(products, self.n_components)
        return fit_classifier(scores, self.train_expression, self.C), test_scores

    def within(self, folds: int, seed: int) -> Iterator[tuple[np.ndarray, "Readout"]]:
        """Split the test stimuli by identity, to train on some and test on the others.

        Parameters
        ----------
        folds : int
            Parts into which identities are dealt at random; at most one for each identity.
        seed : int

        Yields
        ------
        rows : numpy.ndarray of int
            Test stimuli that are tested.
        readout : Readout
            Trained on all other test stimuli, in the units' mean and deviation over those. Left
            out where these show fewer than two expressions.
        """
        identities = np.random.default_rng(seed).permutation(self.identities)
        for part in np.array_split(identities, min(folds, len(identities))):
            tested = np.isin(self.identity, part)
            if len(set(self.expression[~tested])) < 2:
                continue
            yield np.flatnonzero(tested), self._parted(tested)

    def _parted(self, tested: np.ndarray) -> "Readout":
        """Train on the test stimuli that are not tested."""
        seen, new, (mean, scale) = self._split(tested)
        return replace(
            self,
            train=seen,
            test=new,
            mean=mean,
            scale=scale,
            train_expression=self.expression[~tested],
            expression=self.expression[tested],
            identity=self.identity[tested],
        )

    def _split(self, tested: np.ndarray) -> tuple[Any, Any, tuple[np.ndarray, np.ndarray]]:
        """Responses to stimuli that train and that are tested, mean and scale of the former."""
        seen, new = self.test[:, ~tested], self.test[:, tested]
        return seen, new, _scales(seen)

    def hits(self, products: Products | Places) -> np.ndarray:
        """Count right answers, shape (n_tasks, n_identities, n_expressions)."""
        svc, test_scores = self.fit(products)
        answers = (
            svc.predict(test_scores) == self.expression,
            recognise(test_scores, self.expression, self.identity) == self.identity,
        )
        return np.stack(
            [self._count(right & asked) for right, asked in zip(answers, self._asked, strict=True)]
        )

    @property
    def shown(self) -> np.ndarray:
        """Count questions, shape (n_tasks, n_identities, n_expressions)."""
        return np.stack([self._count(asked) for asked in self._asked])

    @property
    def _asked(self) -> tuple[np.ndarray, np.ndarray]:
        return np.ones(len(self.identity), bool), recognisable(self.expression, self.identity)

    def _count(self, which: np.ndarray) -> np.ndarray:
        count = np.zeros((len(self.identities), len(EXPRESSIONS)), "int16")
        column = [EXPRESSIONS.index(name) for name in self.expression[which]]
        np.add.at(count, (np.searchsorted(self.identities, self.identity[which]), column), 1)
        return count


class LargeReadout(Readout):
    """A readout of more stimuli than are held in memory; see `nurture.decoding.places`.

    ``train`` and ``test`` lie in their files, shapes (n_train, n_units) and (n_test, n_units), with
    all units of the layer; those that are not to be read count as if they did not respond.
    """

    def each(self, draws: Iterable[np.ndarray]) -> Iterator[Products | Places]:
        """Places over the units of each draw in turn, for which draws share passes."""
        scale = self.mean, self.scale
        return places(self.train, self.test, scale, list(draws), self.n_components)

    def _split(self, tested: np.ndarray) -> tuple[Any, Any, tuple[np.ndarray, np.ndarray]]:
        seen, new = (self.test[np.flatnonzero(part)] for part in (~tested, tested))
        return seen, new, scales(seen)


def _scales(responses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and one over the deviation of each unit, from shape (n_units, n_stimuli)."""
    mean, scale = np.empty(len(responses)), np.zeros(len(responses))
    size = block_units(responses.shape[1])
    for start in range(0, len(responses), size):
        rows = slice(start, start + size)
        exact = responses[rows].astype(float)
        mean[rows] = exact.mean(axis=1)
        varies = ~is_constant(responses[rows].T)
        np.divide(1, exact.std(axis=1), out=scale[rows], where=varies)
    return mean, scale


def make_readout(
    training: xr.Dataset, generalisation: xr.Dataset, live: np.ndarray, n_components: int, C: float
) -> Readout:
    """Read the responses of a layer's responding units to both sets.

    Parameters
    ----------
    training, generalisation : xarray.Dataset
        Activation files of one layer. Only the six basic expressions are used.
    live : numpy.ndarray of bool, shape (n_units,)
        The units to keep.
    n_components, C
        See `Readout`.

    Raises
    ------
    NurtureError
        When the training set shows fewer than two expressions, or an activation is NaN.
    """
    train, train_labels = basic(training["activation"], read_labels(training))
    test, labels = basic(generalisation["activation"], read_labels(generalisation))
    identity = labels["identity"].to_numpy(int)
    unknown = identity == NOBODY
    about: tuple[Any, ...] = (
        trainable(train_labels["expression"]),
        labels["expression"].to_numpy(str),
        np.where(unknown, NOBODY - np.cumsum(unknown) + 1, identity),
        n_components,
        C,
    )
    n, n_test = train.shape[0], test.shape[0]
    # The test stimuli are held twice while some of them train.
    if is_large(max(n, n_test), int(live.sum()) * (n + 2 * n_test)):
        mean, scale = scales(train)
        files: tuple[Any, Any] = (train, test)
        return LargeReadout(*files, mean, np.where(live, scale, 0), *about)
    seen, new = _held(train, test, live)
    return Readout(seen, new, *_scales(seen), *about)


def _held(train: Activations, test: Activations, live: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Read the responses of some units, shapes (n_live, n_train) and (n_live, n_test)."""
    seen, new = (np.empty((live.sum(), part.shape[0]), part[:0].dtype) for part in (train, test))
    row = 0
    size = block_units(train.shape[0], test.shape[0])
    both = zip(unit_blocks(train, size), unit_blocks(test, size), strict=True)
    for (start, block), (_, other) in both:
        keep = live[start : start + block.shape[1]]
        block, rows = block[:, keep], slice(row, row + int(keep.sum()))
        seen[rows], new[rows] = block.T, other[:, keep].T
        row = rows.stop
    return seen, new


def readout_of(
    training: xr.Dataset, generalisation: xr.Dataset, units: xr.Dataset, n_components: int, C: float
) -> tuple[Readout, np.ndarray]:
    """Read the responses of the units that respond to the selection set.

    Parameters
    ----------
    training, generalisation, n_components, C
        See `make_readout`.
    units : xarray.Dataset
        The layer's `nurture.selectivity.anova.selectivity`.

    Returns
    -------
    readout : Readout
    live : numpy.ndarray of bool, shape (n_units,)
        Which of the layer's units the readout holds; all of them of a `LargeReadout`.

    Raises
    ------
    NurtureError
        As `make_readout`, or when the files do not hold the same units.
    """
    check_units(units, training=training, generalisation=generalisation)
    live = units["constant"].to_numpy() == 0
    readout = make_readout(training, generalisation, live, n_components, C)
    return readout, np.ones_like(live) if isinstance(readout, LargeReadout) else live


def decoded(readout: Readout, dimension: str, hits: Mapping[str, Sequence[np.ndarray]]):
    """Put counts of right answers together, of several draws of units under each name.

    Parameters
    ----------
    readout : Readout
    dimension : str
        What the names are of.
    hits : mapping of str to sequence of numpy.ndarray
        `Readout.hits` of each draw; any number of draws under a name.

    Returns
    -------
    xarray.Dataset
        ``hits(dimension, draw, task, identity, expression)``; ``n_draws(dimension)``, of which
        only so many are filled; ``shown(task, identity, expression)``: counts of questions; the
        attribute ``n_expressions``, to choose from.
    """
    shown, n_draws = readout.shown, [len(draws) for draws in hits.values()]
    counts = np.zeros((len(hits), max(*n_draws, 1), *shown.shape), shown.dtype)
    for i, draws in enumerate(hits.values()):
        for j, count in enumerate(draws):
            counts[i, j] = count
    cells = ("task", "identity", "expression")
    return xr.Dataset(
        {
            "hits": ((dimension, "draw", *cells), counts),
            "n_draws": (dimension, np.array(n_draws, "int32")),
            "shown": (cells, shown),
        },
        {
            dimension: list(hits),
            "task": list(TASKS),
            "identity": readout.identities.astype("int32"),
            "expression": list(EXPRESSIONS),
        },
        {"n_expressions": len(set(readout.train_expression))},
    )


def check_identities(apart: Iterable[Sequence[str]], **files: xr.Dataset) -> None:
    """Make sure that files which should not show the same identities do not.

    Parameters
    ----------
    apart : iterable of pairs of str
        Names of files.
    **files : xarray.Dataset
        Activation files by name.

    Raises
    ------
    NurtureError
        When both of a pair show somebody.
    """
    identities = {name: identities_shown(read_labels(file)) for name, file in files.items()}
    for name, other in apart:
        shared = [identities[name][one] for one in identities[name] if one in identities[other]]
        if shared:
            raise NurtureError(
                f"{name} and {other}: the same identities are shown, {len(shared)} of them, the "
                f"first {shared[0]}; give them sets of other identities, or set same_identities to "
                "true"
            )


def recognisable(expression: np.ndarray, identity: np.ndarray) -> np.ndarray:
    """Return which stimuli show somebody who is known from another expression, shape (n_stimuli,).

    Negative identities are unknown.
    """
    asked = np.zeros(len(identity), bool)
    for name in np.unique(expression):
        left_out = expression == name
        known = identity[~left_out & (identity >= 0)]
        # Within-class deviations need more faces than identities.
        if len(known) > len(set(known)) > 1:
            asked |= left_out & np.isin(identity, known)
    return asked


def recognise(scores: np.ndarray, expression: np.ndarray, identity: np.ndarray) -> np.ndarray:
    """Return who is shown, having learned everybody from their other expressions.

    One expression after the other is left out; a linear discriminant analysis
    learns everybody from the remaining ones and identifies the faces that show the one left out.
    With five faces of each identity it does better here than pairwise support vector machines, and
    is faster.

    Parameters
    ----------
    scores : numpy.ndarray, shape (n_stimuli, n_components)
    expression : numpy.ndarray of str, shape (n_stimuli,)
    identity : numpy.ndarray of int, shape (n_stimuli,)

    Returns
    -------
    numpy.ndarray of int, shape (n_stimuli,)
        `NOBODY` where `recognisable` is False.
    """
    answered, asked = np.full(len(identity), NOBODY), recognisable(expression, identity)
    for name in np.unique(expression[asked]):
        left_out = expression == name
        known = ~left_out & (identity >= 0)
        learned = (scores[known], identity[known])
        answered[left_out & asked] = _discriminate(*learned, scores[left_out & asked])
    return answered


def _discriminate(scores: np.ndarray, identity: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Name who is shown by linear discriminant analysis, shape (n_new,).

    Equals scikit-learn's ``LinearDiscriminantAnalysis``, whose two singular value decompositions
    of all stimuli take four times as long as one of the deviations within identities.
    """
    identities, code, n = np.unique(identity, return_inverse=True, return_counts=True)
    means = np.zeros((len(identities), scores.shape[1]))
    np.add.at(means, code, scores)
    means /= n[:, None]
    within = scores - means[code]
    scale = within.std(axis=0)
    scale[scale == 0] = 1
    within /= scale * np.sqrt(len(scores) - len(identities))
    variance, vectors = np.linalg.eigh(within.T @ within)
    varies = variance > TOLERANCE**2
    whitening = vectors[:, varies] / np.sqrt(variance[varies]) / scale[:, None]
    new, means = new @ whitening, means @ whitening
    closeness = new @ means.T - (means**2).sum(axis=1) / 2 + np.log(n / len(scores))
    return identities[closeness.argmax(axis=1)]


def chance(shown: np.ndarray) -> np.ndarray:
    """Accuracy of guessing in both tasks, shape (2,); NaN where nothing is asked.

    Of expressions see `nurture.core.shown.chance`.

    Parameters
    ----------
    shown : numpy.ndarray of int, shape (n_tasks, n_identities, n_expressions)
        Counts of questions.
    """
    identities = int((shown[1].sum(axis=1) > 0).sum())
    n_shown = int((shown[0].sum(axis=0) > 0).sum())
    return np.array([by_guessing(n_shown), 1 / identities if identities else np.nan])


def hit_rate(hits: np.ndarray, shown: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Accuracy: the mean over expressions of the share of right answers.

    Parameters
    ----------
    hits : numpy.ndarray, shape (..., n_identities, n_expressions)
        Counts of right answers.
    shown : numpy.ndarray, shape (n_identities, n_expressions)
        Counts of questions.
    weights : numpy.ndarray, shape (..., n_identities), optional
        How often each person counts; once when left out.

    Returns
    -------
    numpy.ndarray, shape (...)
        Equals `nurture.confusion.matrices.accuracy` for expressions. NaN where nothing was asked.
    """
    weights = np.ones(len(shown)) if weights is None else weights
    right = np.einsum("...p,...pe->...e", weights, hits)
    asked = np.einsum("...p,pe->...e", weights, shown)
    share = np.divide(right, asked, out=np.full(right.shape, np.nan), where=asked > 0)
    n = np.isfinite(share).sum(axis=-1)
    total = np.nansum(share, axis=-1)
    # Sums in another order differ in their last digits, and equal counts must tie.
    return np.round(np.divide(total, n, out=np.full(total.shape, np.nan), where=n > 0), 12)


def resampled_rate(hits: np.ndarray, shown: np.ndarray, weights: np.ndarray, seed: int):
    """Accuracy of one draw of units, drawn at random, for each resample of identities.

    Parameters
    ----------
    hits : numpy.ndarray, shape (n_draws, n_identities, n_expressions)
    shown : numpy.ndarray, shape (n_identities, n_expressions)
    weights : numpy.ndarray, shape (n_resamples, n_identities)
        `nurture.statistics.resampling.resample`.
    seed : int

    Returns
    -------
    numpy.ndarray, shape (n_resamples,)
    """
    draw = np.random.default_rng(seed).integers(len(hits), size=len(weights))
    return hit_rate(hits[draw], shown, weights)
