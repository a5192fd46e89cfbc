"""Which expressions a population of units takes for one another."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nurture.activations.units import basic, check_units
from nurture.confusion.matrices import confusion_counts
from nurture.core.expressions import EXPRESSIONS, NONE
from nurture.core.files import FLAG_MEANINGS, label_coordinates, read_labels
from nurture.core.rows import ABOUT
from nurture.decoding.classifier import answer, redrawn, stimulus_products, too_few, trainable
from nurture.decoding.populations import populations
from nurture.statistics.resampling import groups, resample

POPULATIONS = ("selective", "all", "nonselective")

MEANINGS = FLAG_MEANINGS["expression"]


def confusion(
    training: xr.Dataset,
    generalisation: xr.Dataset,
    units: xr.Dataset,
    n_components: int = 50,
    C: float = 1.0,
    min_units: int = 10,
    retrainings: int = 0,
    seed: int = 0,
) -> xr.Dataset:
    """Train on one set, test on another, keep every answer.

    Parameters
    ----------
    training, generalisation : xarray.Dataset
        Activation files of one layer. Only the six basic expressions are used. Neither shows the
        identities that selected the units.
    units : xarray.Dataset
        The layer's `nurture.selectivity.anova.selectivity`.
    n_components : int
        Principal components of each population.
    C : float
        See `nurture.decoding.classifier.classify`.
    min_units : int
        A population of fewer units is not analysed: its ``note`` says so, its answers are
        ``none`` and its counts 0. The default 10 is twice the five dimensions that distinguish six
        expressions apart.
    retrainings : int
        How often the classifier is trained again on training identities drawn with replacement;
        see `nurture.decoding.classifier.redrawn`.
    seed : int
        Seed of the draws of nonselective units and of training identities.

    Returns
    -------
    xarray.Dataset
        ``answer(population, stimulus)`` and ``answer_retrained(population, retraining,
        stimulus)``, CF flags of expressions, with the labels of the test stimuli as coordinates;
        ``count(population, shown, answered)`` int32, the answers counted;
        ``n_units(population)``, ``note(population)``; attributes ``network``, ``training``,
        ``layer``, ``n_components``, ``C`` and ``seed``.

    Raises
    ------
    NurtureError
        When the files do not hold the same units, or an activation is NaN.
    """
    check_units(units, training=training, generalisation=generalisation)
    train, train_labels = basic(training["activation"], read_labels(training))
    test, labels = basic(generalisation["activation"], read_labels(generalisation))
    draws = _draws(train_labels["identity"], retrainings, seed)
    chosen = populations(units, seed)
    size = [int(chosen[name].sum()) for name in POPULATIONS]
    note = [too_few(n, min_units, name) for n, name in zip(size, POPULATIONS, strict=True)]
    answered = np.full((len(POPULATIONS), 1 + retrainings, len(labels)), NONE, object)
    for i, name in enumerate(POPULATIONS):
        if not note[i]:
            products = stimulus_products(train, test, chosen[name])
            for k, stimuli in enumerate([None, *draws]):
                expression = train_labels["expression"].to_numpy()
                drawn = products if stimuli is None else redrawn(products, stimuli)
                learned = trainable(expression if stimuli is None else expression[stimuli])
                answered[i, k] = answer(drawn, learned, n_components, C)
    result = _dataset(answered, labels)
    result["n_units"] = "population", np.array(size, "int32")
    result["note"] = "population", note
    about = {name: units.attrs[name] for name in ABOUT}
    return result.assign_attrs(about | {"n_components": n_components, "C": C, "seed": seed})


def _draws(identity: Sequence[int], n: int, seed: int) -> list[np.ndarray]:
    """Training stimuli of each retraining: those of the identities drawn."""
    _, group = np.unique(groups(identity), return_inverse=True)
    weights = resample(group.max() + 1, n, seed)
    return [np.repeat(np.arange(len(group)), weight[group]) for weight in weights]


def _dataset(answered: np.ndarray, labels: pd.DataFrame) -> xr.Dataset:
    """Answers, shape (n_populations, 1 + n_retrainings, n_stimuli), as flags and as counts."""
    count = np.array([confusion_counts(labels["expression"], first) for first, *_ in answered])
    codes = pd.Categorical(answered.ravel(), MEANINGS).codes.reshape(answered.shape)
    flags = {
        "flag_values": np.arange(len(MEANINGS), dtype="int8"),
        "flag_meanings": " ".join(MEANINGS),
    }
    names = {
        "population": list(POPULATIONS),
        "shown": list(EXPRESSIONS),
        "answered": list(EXPRESSIONS),
    }
    return xr.Dataset(
        {
            "answer": (("population", "stimulus"), codes[:, 0], flags),
            "answer_retrained": (("population", "retraining", "stimulus"), codes[:, 1:], flags),
            "count": (("population", "shown", "answered"), count),
        },
        names | label_coordinates(labels),
    )


def read_answers(result: xr.Dataset, name: str = "answer") -> np.ndarray:
    """Read answers as text.

    Parameters
    ----------
    result : xarray.Dataset
        `confusion`.
    name : str
        ``answer`` or ``answer_retrained``.

    Returns
    -------
    numpy.ndarray of object, shape (n_populations, ..., n_stimuli)
        ``none`` where a population was not analysed.
    """
    return np.array(MEANINGS, object)[result[name].to_numpy()]
