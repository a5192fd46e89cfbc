"""Likeness of networks' confusions to observers', and what can be asked of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from nurture.confusion.bootstrap import Sample
from nurture.confusion.ceiling import attainable, between_studies, split_half
from nurture.confusion.likeness import STATISTICS, Observers, mantel_p, symmetric_interval
from nurture.confusion.matrices import accuracy
from nurture.confusion.sources import MEAN
from nurture.core.names import BASELINE
from nurture.core.rows import ABOUT, as_table
from nurture.statistics.verdicts import LEVEL

LIKENESS = ("estimate", "lower", "upper", "p", "critical")
MATCHED = ("pearson", "similarity_pearson")
"""Statistics that are given at equal accuracy."""

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
    observers = Observers(humans)
    rows = [
        row
        for sample in samples
        for row in _rows(sample.about, sample, _likeness(sample, observers), observers)
    ]
    return as_table(rows, (*ABOUT, "population", "human", "statistic", *LIKENESS, *RESAMPLED))


def baseline_similarity(
    samples: Sequence[Sample], others: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Compare the errors of every network with those of every baseline.

    Parameters
    ----------
    samples : sequence of Sample
        Of networks and baselines together, so that they are asked about the same faces.
    others : mapping of str to numpy.ndarray, shape (6, 6)
        More matrices by name, such as `nurture.activations.baselines.recipe_confusions`.

    Returns
    -------
    pandas.DataFrame
        As `human_similarity`, with ``baseline`` instead of ``human``. A baseline is read from all
        of its units. No row compares a baseline with itself, and numbers are NaN where one makes
        no errors at all.
    """
    known = {
        sample.about["network"]: sample.count.sum(axis=0)
        for sample in samples
        if sample.about["training"] == BASELINE and sample.about["population"] == "all"
    }
    table = human_similarity(samples, known | dict(others)).rename(columns={"human": "baseline"})
    itself = table["network"] == table["baseline"]
    return table[(table["baseline"] != MEAN) & ~itself].reset_index(drop=True)


class Likeness(NamedTuple):
    """Of one population to each human set and to their mean, last."""

    estimate: np.ndarray
    """shape (n_statistics, n_humans + 1)"""

    draws: np.ndarray
    """shape (resamples, n_statistics, n_humans + 1)"""

    relabelled: np.ndarray
    """shape (n_statistics, n_humans + 1, 720)"""


def _likeness(sample: Sample, observers: Observers) -> Likeness:
    estimate, draws = sample.spread(observers.compare)
    return Likeness(estimate, draws, observers.relabelled(sample.count).mean(axis=0))


def _rows(
    about: Mapping, sample: Sample, likeness: Likeness, observers: Observers
) -> Iterator[dict]:
    lower, upper = symmetric_interval(likeness.draws, likeness.estimate)
    p = mantel_p(likeness.relabelled)
    critical = np.quantile(likeness.relabelled, 1 - LEVEL, axis=-1)
    resampled = {name: getattr(sample, name) for name in RESAMPLED}
    for s, statistic in enumerate(observers.statistics):
        for h, human in enumerate((*observers.names, MEAN)):
            numbers = (each[s, h] for each in (likeness.estimate, lower, upper, p, critical))
            row = {**about, "human": human, "statistic": statistic}
            yield row | dict(zip(LIKENESS, numbers, strict=True)) | resampled


def likeness_matched(
    make: Callable[[Sequence[float]], Iterator[Sequence[Sample]]],
    humans: Mapping[str, np.ndarray],
    targets: Sequence[float],
) -> pd.DataFrame:
    """Compare errors at equal accuracy: a network at 98 % makes too few to be compared.

    Parameters
    ----------
    make : callable
        `nurture.confusion.bootstrap.make_matched_samples` of the networks, given accuracies.
    humans : mapping of str to numpy.ndarray, shape (6, 6)
        Answers of observers by short name.
    targets : sequence of float
        Accuracies to which every population is brought.

    Returns
    -------
    pandas.DataFrame
        As `human_similarity`, for `MATCHED` of its statistics, with matched_to (``given``: one of
        the targets; ``own``: the accuracy of the human set itself, and in rows of the mean over the
        sets each at its own) and accuracy. Populations that cannot be brought there have no row.
    """
    observers, rows = Observers(humans, MATCHED), []
    own = {name: float(accuracy(humans[name])) for name in observers.names}
    found = make([*targets, *own.values()])
    for target in targets:
        for sample in next(found):
            about = sample.about | {"matched_to": "given", "accuracy": target}
            rows += _rows(about, sample, _likeness(sample, observers), observers)
    rows += _at_own(found, observers, own)
    columns = (*ABOUT, "population", "matched_to", "accuracy", "human", "statistic")
    return as_table(rows, (*columns, *LIKENESS, *RESAMPLED))


def _at_own(
    samples: Iterator[Sequence[Sample]], observers: Observers, own: Mapping[str, float]
) -> Iterator[dict]:
    """Compare each population with each human set at that set's accuracy."""
    found: dict[tuple[str, str], dict[int, tuple[Sample, Likeness]]] = {}
    for h in range(len(own)):
        for sample in next(samples):
            key = sample.about["network"], sample.about["population"]
            bare = replace(sample, draws=sample.draws[:, :0])
            found.setdefault(key, {})[h] = bare, _likeness(sample, observers)
    for mine in found.values():
        sample, _ = next(iter(mine.values()))
        likeness = _own_likeness([mine[h][1] if h in mine else None for h in range(len(own))])
        for row in _rows(sample.about, sample, likeness, observers):
            at = own.get(row["human"], float(np.mean(list(own.values()))))
            if np.isfinite(row["estimate"]):
                yield row | {"matched_to": "own", "accuracy": at}


def _own_likeness(each: Sequence[Likeness | None]) -> Likeness:
    """Likeness to each human set of the sample that was brought to its accuracy, if any."""
    known = next(one for one in each if one)
    parts = []
    for field, axis in zip(Likeness._fields, (-1, -1, -2), strict=True):
        missing = np.full(getattr(known, field).take(0, axis=axis).shape, np.nan)
        columns = [
            missing if one is None else getattr(one, field).take(h, axis=axis)
            for h, one in enumerate(each)
        ]
        parts.append(np.stack([*columns, np.mean(columns, axis=0)], axis=axis))
    return Likeness(*parts)


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
            numbers = dict(zip(STATISTICS, found[:, j], strict=True))
            rows.append({"human": human, "other": other} | numbers)
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
        Of each set: `nurture.confusion.sources.read_sources`.
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
