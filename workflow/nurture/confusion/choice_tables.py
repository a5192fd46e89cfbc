"""Response bias and similarity, parted by a choice model."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from nurture.confusion.bootstrap import Sample
from nurture.confusion.choice import degrees_of_freedom, fit_choice, fit_p
from nurture.confusion.likeness import pair_cells
from nurture.core.expressions import EXPRESSIONS, OBSERVERS
from nurture.core.rows import ABOUT, as_table
from nurture.statistics.resampling import interval

KEY = (*ABOUT, "population")
PAIRS = [(a, b) for i, a in enumerate(EXPRESSIONS) for b in EXPRESSIONS[i + 1 :]]


def bias(samples: Sequence[Sample], humans: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """List how readily each expression is answered, whatever is shown.

    Parameters
    ----------
    samples : sequence of Sample
        `nurture.confusion.bootstrap.make_samples`.
    humans : mapping of str to numpy.ndarray, shape (6, 6)
        Answers of observers by short name.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, population, expression, bias (1/6 of an observer without; see
        `nurture.confusion.choice.Choice`), lower, upper, n_seeds. Observers have their short name
        as network, ``observers`` as training and no interval.
    """
    names = [{"expression": name} for name in EXPRESSIONS]
    return _list(samples, humans, "bias", names, lambda count: fit_choice(count).bias)


def similarity(samples: Sequence[Sample], humans: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """List how alike each two expressions look, with response bias taken out.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, population, first, second, similarity (1: never distinguished),
        lower, upper, n_seeds; observers as in `bias`.
    """
    names = [{"first": first, "second": second} for first, second in PAIRS]

    def pairs(count: np.ndarray) -> np.ndarray:
        return pair_cells(fit_choice(count).similarity)

    return _list(samples, humans, "similarity", names, pairs)


def _list(samples, humans, value: str, names: Sequence[Mapping], statistic) -> pd.DataFrame:
    rows = []
    for sample in samples:
        estimate, draws = sample.spread(statistic)
        bounds = interval(draws, sample.n_resampled)
        for name, *numbers in zip(names, estimate, *bounds, strict=True):
            row = {**sample.about, **name, "n_seeds": sample.n_seeds}
            rows.append(row | dict(zip((value, "lower", "upper"), numbers, strict=True)))
    for about, count in _observers(humans):
        rows += [
            {**about, **name, value: number}
            for name, number in zip(names, statistic(count), strict=True)
        ]
    table = as_table(rows, (*KEY, *names[0], value, "lower", "upper", "n_seeds"))
    return table.astype({"n_seeds": "Int64"})


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
        As for `bias`.
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
