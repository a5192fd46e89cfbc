"""Likeness of networks' confusions to observers', and what can be asked of it."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from nurture.confusion.bootstrap import Sample
from nurture.confusion.ceiling import attainable, between_studies, split_half
from nurture.confusion.likeness import (
    MEAN,
    STATISTICS,
    Observers,
    mantel_p,
    symmetric_interval,
)
from nurture.core.rows import ABOUT, as_table
from nurture.statistics.verdicts import LEVEL

RESAMPLED = ("n_seeds", "resampled", "n_resampled")
"""How a row was resampled: `nurture.confusion.bootstrap.Sample`."""


def human_similarity(samples: Sequence[Sample], humans: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Compare the errors of every population with those of every human set.

    Parameters
    ----------
    samples : sequence of Sample
        `nurture.confusion.bootstrap.make_samples`.
    humans : mapping of str to numpy.ndarray, shape (6, 6)
        Answers of observers by short name.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, population, human (``mean``: over the sets), statistic
        (`nurture.confusion.likeness.STATISTICS`), estimate, lower and upper
        (`nurture.confusion.likeness.symmetric_interval`), p
        (`nurture.confusion.likeness.mantel_p`), critical (the correlation beyond which p is
        below .05), n_seeds, resampled, n_resampled.
    """
    rows, observers = [], Observers(humans)
    for sample in samples:
        estimate, draws = sample.spread(observers.compare)
        lower, upper = symmetric_interval(draws, estimate)
        relabelled = observers.relabelled(sample.count).mean(axis=0)
        p, critical = mantel_p(relabelled), np.quantile(relabelled, 1 - LEVEL, axis=-1)
        for s, statistic in enumerate(STATISTICS):
            for h, human in enumerate((*observers.names, MEAN)):
                numbers = {
                    "estimate": estimate[s, h],
                    "lower": lower[s, h],
                    "upper": upper[s, h],
                    "p": p[s, h],
                    "critical": critical[s, h],
                }
                rows.append(
                    {**sample.about, "human": human, "statistic": statistic}
                    | numbers
                    | {name: getattr(sample, name) for name in RESAMPLED}
                )
    numbers = ("estimate", "lower", "upper", "p", "critical")
    return as_table(rows, (*ABOUT, "population", "human", "statistic", *numbers, *RESAMPLED))


def human_agreement(humans: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Compare the human matrices with each other: what human-like can mean across face sets.

    Returns
    -------
    pandas.DataFrame
        human, other, then a column for each of `nurture.confusion.likeness.STATISTICS`; each pair
        once.
    """
    observers = Observers(humans)
    rows = []
    for i, human in enumerate(observers.names):
        found = observers.compare(humans[human])
        for j, other in enumerate(observers.names[i + 1 :], start=i + 1):
            rows.append(
                {"human": human, "other": other} | dict(zip(STATISTICS, found[:, j], strict=True))
            )
    return as_table(rows, ("human", "other", *STATISTICS))


def noise_ceiling(
    humans: Mapping[str, np.ndarray], sources: Mapping[str, Mapping], seed: int
) -> pd.DataFrame:
    """Return how alike a perfect model of observers could be to each human set.

    Parameters
    ----------
    humans : mapping of str to numpy.ndarray, shape (6, 6)
        Answers of observers by short name.
    sources : mapping of str to mapping
        ``observers``, ``holds`` and, where it is known, ``split_half`` of each set:
        `nurture.confusion.human.read_sources`.
    seed : int
        Seed of the halves.

    Returns
    -------
    pandas.DataFrame
        human (``mean``: over the sets), statistic, observers, within and within_method
        (`nurture.confusion.ceiling.attainable`, where answers were counted or the halves of the
        observers are known), lower and upper (`nurture.confusion.ceiling.between_studies`).
    """
    rows = []
    bounds = between_studies(humans)
    for h, human in enumerate(humans):
        within, method = _within(humans[human], sources[human], [seed, h])
        for s, statistic in enumerate(STATISTICS):
            row = {"human": human, "statistic": statistic, "observers": sources[human]["observers"]}
            row |= {"within": within[s], "within_method": method[s]}
            rows.append(row | {"lower": bounds[s, h, 0], "upper": bounds[s, h, 1]})
    for s, statistic in enumerate(STATISTICS):
        lower, upper = bounds[s].mean(axis=0)
        rows.append({"human": MEAN, "statistic": statistic, "lower": lower, "upper": upper})
    columns = ("human", "statistic", "observers", "within", "within_method", "lower", "upper")
    return as_table(rows, columns).astype({"observers": "Int64"})


def _within(count: np.ndarray, source: Mapping, seed: Sequence[int]) -> tuple:
    """Attainable correlation of each statistic, and what was halved."""
    halves, method = np.full(len(STATISTICS), np.nan), np.full(len(STATISTICS), "", object)
    if source["holds"] == "counts":
        halves, method[:] = split_half(count, seed), "halves of the answers"
    if "split_half" in source:
        known = STATISTICS.index("pearson")
        halves[known], method[known] = source["split_half"], "halves of the observers"
    return attainable(halves), method
