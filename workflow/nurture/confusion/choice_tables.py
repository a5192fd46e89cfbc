"""Response bias and similarity, parted by a choice model."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from nurture.confusion.bootstrap import Sample
from nurture.confusion.choice import degrees_of_freedom, fit_choice, fit_p
from nurture.confusion.likeness import pair_cells
from nurture.core.expressions import EXPRESSIONS, OBSERVERS
from nurture.core.rows import ABOUT, as_table
from nurture.statistics.resampling import interval

KEY = (*ABOUT, "population")
NAMES: list[tuple[str, dict[str, str]]] = [
    *(("bias", {"expression": name}) for name in EXPRESSIONS),
    *(
        ("similarity", {"first": first, "second": second})
        for first, second in combinations(EXPRESSIONS, 2)
    ),
]
"""What a fit says, in which table, and of which expressions."""


def bias_and_similarity(
    samples: Sequence[Sample], humans: Mapping[str, np.ndarray]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List how readily each expression is answered, and how alike each two look.

    Both come from one fit of each matrix: the choice model parts them.

    Parameters
    ----------
    samples : sequence of Sample
        `nurture.confusion.bootstrap.make_samples`.
    humans : mapping of str to numpy.ndarray, shape (6, 6)
        Answers of observers by short name.

    Returns
    -------
    bias : pandas.DataFrame
        network, training, layer, population, expression, bias (1/6 of an observer without; see
        `nurture.confusion.choice.Choice`), lower, upper, n_seeds. Observers have their short name
        as network, ``observers`` as training and no interval.
    similarity : pandas.DataFrame
        network, training, layer, population, first, second, similarity (1: never distinguished),
        lower, upper, n_seeds; observers likewise.
    """
    rows: dict[str, list[dict]] = {value: [] for value, _ in NAMES}
    for sample in samples:
        estimate, draws = sample.spread(_bias_and_pairs)
        bounds = interval(draws, sample.n_resampled)
        for (value, name), *numbers in zip(NAMES, estimate, *bounds, strict=True):
            row = {**sample.about, **name, "n_seeds": sample.n_seeds}
            rows[value].append(row | dict(zip((value, "lower", "upper"), numbers, strict=True)))
    for about, count in _observers(humans):
        for (value, name), number in zip(NAMES, _bias_and_pairs(count), strict=True):
            rows[value].append({**about, **name, value: number})
    of_bias, of_similarity = (
        as_table(rows[value], (*KEY, *names, value, "lower", "upper", "n_seeds"))
        for value, names in {value: tuple(name) for value, name in NAMES}.items()
    )
    return of_bias.astype({"n_seeds": "Int64"}), of_similarity.astype({"n_seeds": "Int64"})


def _bias_and_pairs(count: np.ndarray) -> np.ndarray:
    """Give the numbers of `NAMES`, shape (..., 21)."""
    choice = fit_choice(count)
    return np.concatenate([choice.bias, pair_cells(choice.similarity)], axis=-1)


def _observers(humans: Mapping[str, np.ndarray]) -> Iterator[tuple[dict[str, str], np.ndarray]]:
    for name, count in humans.items():
        yield {"network": name, "training": OBSERVERS, "layer": "", "population": ""}, count


def choice_fit(
    samples: Sequence[Sample], humans: Mapping[str, np.ndarray], counted: Sequence[str]
) -> pd.DataFrame:
    """List how well the choice model describes each confusion matrix.

    Parameters
    ----------
    samples, humans
        As for `bias_and_similarity`.
    counted : sequence of str
        Human sets whose answers were counted: of proportions there is no test.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, population, n_answers, deviance, df, p
        (`nurture.confusion.choice.fit_p`; with few errors far too large: docs/calibration.md).
        Seeds are not pooled.
    """
    every = [(one.about, one.count[0]) for one in samples if one.n_seeds == 1]
    every += [(about, count) for about, count in _observers(humans) if about["network"] in counted]
    rows = []
    for about, count in every:
        choice = fit_choice(count)
        row = {"n_answers": int(count.sum()), "deviance": float(choice.deviance)}
        row |= {"df": degrees_of_freedom(len(EXPRESSIONS)), "p": float(fit_p(choice))}
        rows.append({**about, **row})
    return as_table(rows, (*KEY, "n_answers", "deviance", "df", "p"))
