"""Which expressions a population of units takes for one another."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from nurture.activations.units import basic
from nurture.confusion.matrices import confusion_counts
from nurture.core.expressions import EXPRESSIONS, NONE
from nurture.core.files import FLAG_MEANINGS, label_coordinates, read_labels
from nurture.core.rows import about
from nurture.decoding.classifier import answer as reply
from nurture.decoding.classifier import redrawn, too_few, trainable
from nurture.decoding.noise import LEVELS, noisy_answers
from nurture.decoding.populations import confused_populations
from nurture.decoding.readout import Readout, readout_of
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
    draws: int = 1,
    folds: int = 5,
    noise_draws: int = 0,
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
    n_components, C
        See `nurture.decoding.classifier.classify`.
    min_units : int
        A population of which fewer units respond in training is not analysed: its ``note`` says
        so, its answers are ``none`` and its counts 0. The default 10 is twice the five dimensions
        that separate six expressions.
    retrainings : int
        How often the classifier is trained again on training identities drawn with replacement;
        see `nurture.decoding.classifier.redrawn`.
    draws : int
        Draws of nonselective units, as many as are selective.
    folds : int
        Parts of the test identities, for training on the others of them.
    noise_draws : int
        Answers of a population to each stimulus at each level of noise, shared out to its draws
        of units; see `nurture.decoding.noise.noisy_answers`.
    seed : int
        Seed of all draws.

    Returns
    -------
    xarray.Dataset
        Answers as CF flags of expressions, with the labels of the test stimuli as coordinates:
        ``answer(population, draw, stimulus)``, of which ``n_draws(population)`` are filled;
        ``answer_within`` likewise, of classifiers that were trained on other identities of the
        test set; ``answer_retrained(population, retraining, stimulus)``, in which draws of units
        take turns. ``noisy(population, draw, noise, stimulus, answered)``: answers counted, by the
        standard deviation of the noise. ``count(population, shown, answered)`` and
        ``count_within``: ``answer`` and ``answer_within``, counted over all draws.
        ``n_units(population)`` of a draw that respond in training; ``note(population)``;
        attributes ``network``, ``training``, ``layer``, ``n_components``, ``C`` and ``seed``.

    Raises
    ------
    NurtureError
        When the files do not hold the same units, or an activation is NaN.
    """
    readout, live = readout_of(training, generalisation, units, n_components, C)
    selective = units["selective"].to_numpy()[live] == 1
    drawn = confused_populations(selective, readout.responds, draws, seed)
    size = [len(rows[0]) for rows in drawn.values()]
    note = [too_few(n, min_units, name) for n, name in zip(size, drawn, strict=True)]
    drawn = [[] if why else rows for why, rows in zip(note, drawn.values(), strict=True)]
    again = _draws(basic(training["activation"], read_labels(training))[1], retrainings, seed)
    answers = [_answers(readout, rows, again, noise_draws, seed) for rows in drawn]
    within = _within(readout, drawn, folds, seed)
    labels = basic(generalisation["activation"], read_labels(generalisation))[1]
    result = _dataset(answers, within, labels)
    result["n_units"] = "population", np.array(size, "int32")
    result["note"] = "population", note
    return result.assign_attrs(about(units), n_components=n_components, C=C, seed=seed)


class Answers(NamedTuple):
    """What one population answers; `NONE` where it was not asked."""

    answer: np.ndarray
    """shape (n_draws, n_stimuli)"""

    retrained: np.ndarray
    """shape (n_retrainings, n_stimuli)"""

    noisy: np.ndarray
    """shape (n_draws, n_levels, n_stimuli, 6), counts"""


def _answers(
    readout: Readout,
    drawn: Sequence[np.ndarray],
    again: Sequence[np.ndarray],
    noise_draws: int,
    seed: int,
) -> Answers:
    """Ask each draw of units, and classifiers trained again on the stimuli drawn."""
    n, learned = len(readout.expression), readout.train_expression
    levels = len(LEVELS) if noise_draws else 0
    answer = np.full((len(drawn), n), NONE, object)
    retrained = np.full((len(again), n), NONE, object)
    noisy = np.zeros((len(drawn), levels, n, len(EXPRESSIONS)), "uint16")
    for i, products in enumerate(readout.each(drawn)):
        svc, scores = readout.fit(products)
        answer[i] = svc.predict(scores)
        if noise_draws:
            names = [EXPRESSIONS.index(name) for name in svc.classes_]
            each = max(1, noise_draws // len(drawn))
            noisy[i][..., names] = noisy_answers(svc, scores, each, [seed, i])
        for k, stimuli in list(enumerate(again))[i :: len(drawn)]:
            expression = trainable(learned[stimuli])
            settings = readout.n_components, readout.C
            retrained[k] = reply(redrawn(products, stimuli), expression, *settings)
    return Answers(answer, retrained, noisy)


def _within(
    readout: Readout, drawn: Sequence[Sequence[np.ndarray]], folds: int, seed: int
) -> list[np.ndarray]:
    """Answers of each population, shape (n_draws, n_stimuli), trained within the test set."""
    answers = [np.full((len(rows), len(readout.expression)), NONE, object) for rows in drawn]
    for tested, part in readout.within(folds, seed):
        for answer, rows_of_draws in zip(answers, drawn, strict=True):
            for i, products in enumerate(part.each(rows_of_draws)):
                if products.n_live:
                    svc, scores = part.fit(products)
                    answer[i, tested] = svc.predict(scores)
    return answers


def _draws(labels: pd.DataFrame, n: int, seed: int) -> list[np.ndarray]:
    """Training stimuli of each retraining: those of the identities drawn."""
    _, group = np.unique(groups(labels["identity"]), return_inverse=True)
    weights = resample(group.max() + 1, n, seed)
    return [np.repeat(np.arange(len(group)), weight[group]) for weight in weights]


def _dataset(
    answers: Sequence[Answers], within: Sequence[np.ndarray], labels: pd.DataFrame
) -> xr.Dataset:
    """Put the answers of all populations together, as flags and as counts."""
    n_draws = [len(one.answer) for one in answers]
    size = max(*n_draws, 1)
    shown = labels["expression"]
    answered = [one.answer for one in answers]
    count, count_within = (
        np.stack([_counted(shown, draws) for draws in several]) for several in (answered, within)
    )
    flags = {
        "flag_values": np.arange(len(MEANINGS), dtype="int8"),
        "flag_meanings": " ".join(MEANINGS),
    }

    def codes(texts: Sequence[np.ndarray]) -> np.ndarray:
        whole = np.stack([_filled(one, size, NONE) for one in texts])
        return pd.Categorical(whole.ravel(), MEANINGS).codes.reshape(whole.shape)

    noisy = np.stack([_filled(one.noisy, size, 0) for one in answers])
    drawn = ("population", "draw", "stimulus")
    places = ("population", "draw", "noise", "stimulus", "answered")
    retrained = pd.Categorical(np.ravel([one.retrained for one in answers]), MEANINGS).codes
    retrained = retrained.reshape(len(answers), -1, len(labels))
    return xr.Dataset(
        {
            "answer": (drawn, codes(answered), flags),
            "answer_within": (drawn, codes(within), flags),
            "answer_retrained": (("population", "retraining", "stimulus"), retrained, flags),
            "noisy": (places, noisy, {}, {"zlib": True, "complevel": 1}),
            "n_draws": ("population", np.array(n_draws, "int32")),
            "count": (("population", "shown", "answered"), count),
            "count_within": (("population", "shown", "answered"), count_within),
        },
        {
            "population": list(POPULATIONS),
            "noise": ("noise", LEVELS[: noisy.shape[2]], {}, {"_FillValue": None}),
            "shown": list(EXPRESSIONS),
            "answered": list(EXPRESSIONS),
            **label_coordinates(labels),
        },
    )


def _counted(shown: pd.Series, draws: np.ndarray) -> np.ndarray:
    """Count answers over all draws, none of none."""
    none = np.zeros((len(EXPRESSIONS), len(EXPRESSIONS)), "int32")
    return sum((confusion_counts(shown, draw) for draw in draws), none)


def _filled(draws: np.ndarray, size: int, empty) -> np.ndarray:
    """Add draws that are empty, up to `size`."""
    more = np.full((size - len(draws), *draws.shape[1:]), empty, draws.dtype)
    return np.concatenate([draws, more])


def read_answers(result: xr.Dataset, name: str = "answer") -> np.ndarray:
    """Read answers as text: object, shape (n_populations, n_draws, n_stimuli).

    ``none`` where a population was not analysed.
    """
    return np.array(MEANINGS, object)[result[name].to_numpy()]
