"""Decode expression from a population of units: a linear classifier on principal components."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from sklearn.multiclass import OneVsOneClassifier
from sklearn.svm import SVC, LinearSVC

from nurture.activations.units import block_units, is_constant, unit_blocks
from nurture.core.errors import NurtureError
from nurture.decoding.places import Places, is_large, places, scales


@dataclass(frozen=True)
class Products:
    """Products between stimuli, summed over standardised units: all that components depend on.

    Units add up, so what is decoded without some units of a layer comes from a difference.

    Attributes
    ----------
    train : numpy.ndarray, shape (n_train, n_train)
    test : numpy.ndarray, shape (n_test, n_train)
    n_live : int
        Units that respond to the training stimuli.
    """

    train: np.ndarray
    test: np.ndarray
    n_live: int

    def __add__(self, other: "Products") -> "Products":
        return Products(
            self.train + other.train, self.test + other.test, self.n_live + other.n_live
        )

    def __sub__(self, other: "Products") -> "Products":
        return Products(
            self.train - other.train, self.test - other.test, self.n_live - other.n_live
        )


def stimulus_products(
    train, test, n_components: int, chosen: np.ndarray | None = None
) -> Products | Places:
    """Products between stimuli over a population of units, for `component_scores`.

    They are summed over blocks of units, so any number of units fits in memory; where stimuli are
    too many (`nurture.decoding.places.is_large`), they are `nurture.decoding.places.places`.

    Parameters
    ----------
    train, test : array_like, shapes (n_train, n_units) and (n_test, n_units)
        Activations, sliced by blocks of units.
    n_components : int
        Components that will be wanted.
    chosen : numpy.ndarray of bool, shape (n_units,), optional
        The population. All units when left out. Units constant over `train` add nothing.
    """
    n, n_live = train.shape[0], 0
    if is_large(max(n, test.shape[0])):
        scale = scales(train)
        units = np.flatnonzero(scale[1] if chosen is None else scale[1] * chosen)
        return next(places(train, test, scale, [units], n_components))
    products, test_products = np.zeros((n, n)), np.zeros((test.shape[0], n))
    size = block_units(n, test.shape[0])
    both = zip(unit_blocks(train, size), unit_blocks(test, size), strict=True)
    for (start, seen), (_, new) in both:
        keep = ~is_constant(seen)
        if chosen is not None:
            keep &= chosen[start : start + seen.shape[1]]
        if not keep.any():
            continue
        seen, new = seen[:, keep].astype(float), new[:, keep].astype(float)
        mean, deviation = seen.mean(axis=0), seen.std(axis=0)
        seen, new = (seen - mean) / deviation, (new - mean) / deviation
        products += seen @ seen.T
        test_products += new @ seen.T
        n_live += int(keep.sum())
    return Products(products, test_products, n_live)


def redrawn(products: Products | Places, stimuli: np.ndarray) -> Products | Places:
    """Products as if other training stimuli had been shown, drawn from those that were.

    Units keep the scale that they have over all training stimuli; the mean is that of the
    stimuli drawn, as in scikit-learn's ``KernelCenterer``.

    Parameters
    ----------
    products : Products or Places
    stimuli : numpy.ndarray of int, shape (n_drawn,)
        Training stimuli drawn, some of them more than once.

    Returns
    -------
    Products or Places
        Of many stimuli, on the axes of all: what these do not hold of the redrawn ones is left out.
    """
    if isinstance(products, Places):
        return products.redrawn(stimuli)
    train, test = products.train[np.ix_(stimuli, stimuli)], products.test[:, stimuli]
    mean = train.mean(axis=0)
    return Products(
        train - mean - mean[:, None] + mean.mean(),
        test - test.mean(axis=1, keepdims=True) - mean + mean.mean(),
        products.n_live,
    )


def component_scores(
    products: Products | Places, n_components: int
) -> tuple[np.ndarray, np.ndarray]:
    """Standardised scores on the first principal components of standardised units.

    Units and scores are standardised by the training stimuli's means and deviations: scikit-learn's
    ``StandardScaler``, ``PCA(svd_solver="full")``, ``StandardScaler``. `products` are
    `stimulus_products`, on which alone the components depend.

    Returns
    -------
    train_scores, test_scores : numpy.ndarray, shapes (n_train, k) and (n_test, k)
        Components in order of falling variance, fewer than `n_components` when there are fewer
        units or stimuli; k is 0 when no unit responds.
    """
    if isinstance(products, Places):
        return products.scores(n_components)
    n = len(products.train)
    k = min(n_components, products.n_live, n - 1)
    if k == 0:
        return np.empty((n, 0)), np.empty((len(products.test), 0))
    variance, vectors = eigh(products.train, subset_by_index=[n - k, n - 1])
    real = variance > n * np.finfo(float).eps * variance[-1]
    variance, vectors = variance[real][::-1], vectors[:, real][:, ::-1]
    return vectors * np.sqrt(n), products.test @ (vectors * np.sqrt(n) / variance)


def classify(train, expression, test, n_components: int, C: float = 1.0, chosen=None) -> np.ndarray:
    """Answer each test stimulus with one of the expressions of the training stimuli.

    A linear support vector classifier (`fit_classifier`) on `component_scores`.

    Parameters
    ----------
    train, test, n_components, chosen
        See `stimulus_products`.
    expression : sequence of str, shape (n_train,)
        Expression of each training stimulus.
    C : float
        Cost of a training stimulus on the wrong side of the margin, C.

    Returns
    -------
    numpy.ndarray of str, shape (n_test,)

    Raises
    ------
    NurtureError
        When the training stimuli show fewer than two expressions, or an activation is NaN.
    """
    expression = trainable(expression)
    products = stimulus_products(train, test, n_components, chosen)
    return answer(products, expression, n_components, C)


def answer(
    products: Products | Places, expression: np.ndarray, n_components: int, C: float
) -> np.ndarray:
    """Answer test stimuli as `classify` does, from products between stimuli."""
    scores, test_scores = component_scores(products, n_components)
    return fit_classifier(scores, expression, C).predict(test_scores)


def fit_classifier(
    scores: np.ndarray, expression: np.ndarray, C: float
) -> SVC | OneVsOneClassifier:
    """Fit the linear support vector classifier by which all expressions are answered.

    Each pair of expressions is decided by a classifier of its own, and the expression with most
    votes is the answer. Where several have as many, which is the rule for faces that carry no
    information, libsvm takes the first in alphabetical order; here the sum of the decision
    values decides (scikit-learn's ``break_ties``). Of many stimuli
    (`nurture.decoding.places.is_large`) libsvm's time grows with the square; liblinear minimises
    the same loss, but for counting the intercept among the weights.

    Parameters
    ----------
    scores : numpy.ndarray, shape (n_train, n_components)
    expression : numpy.ndarray of str, shape (n_train,)
    C : float
        See `classify`.

    Returns
    -------
    sklearn.svm.SVC or sklearn.multiclass.OneVsOneClassifier
    """
    if is_large(len(scores)):
        # At this tolerance .99 of the answers are those of libsvm, and no more at a smaller one.
        # The scaling makes the intercept, which libsvm leaves free, a ninth as dear as a weight.
        pair = LinearSVC(
            loss="hinge", C=C, intercept_scaling=3, tol=0.01, max_iter=100_000, random_state=0
        )
        return OneVsOneClassifier(pair).fit(scores, expression)
    svc = SVC(kernel="linear", C=C, break_ties=True, decision_function_shape="ovr")
    return svc.fit(scores, expression)


def trainable(expression) -> np.ndarray:
    """Return expressions as text; raise a NurtureError when they are fewer than two."""
    expression = np.asarray(expression, dtype=object).astype(str)
    if len(set(expression)) < 2:
        raise NurtureError(
            f"labels: only {', '.join(sorted(set(expression))) or 'no expression'} to train a "
            "classifier on; the training set needs two or more expressions"
        )
    return expression


def too_few(n_units: int, min_units: int, name: str) -> str:
    """Return a note that a population is too small to analyse; empty when it is not."""
    kind = "units" if name == "all" else "selective units"
    return f"too few {kind} ({n_units} < {min_units})" if n_units < min_units else ""
