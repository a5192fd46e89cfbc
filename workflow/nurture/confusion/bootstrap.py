"""Confusions as they are, and as they would be had other identities been shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from nurture.confusion.confusion import read_answers
from nurture.confusion.matrices import counts_by_identity
from nurture.core.expressions import NOBODY
from nurture.core.files import read_labels
from nurture.core.rows import ABOUT
from nurture.statistics.resampling import resample

STACKED = ("count", "draws", "retrained")
"""Arrays of a `Sample` of which each seed has one."""


@dataclass(frozen=True)
class Sample:
    """Confusions of one population of units, of one network or of several that differ in seed.

    Attributes
    ----------
    about : mapping
        ``network``, ``training``, ``layer``, ``population``.
    count : numpy.ndarray of int, shape (n_seeds, 6, 6)
        Answers to all test stimuli.
    draws : numpy.ndarray of int, shape (n_seeds, resamples, 6, 6)
        Answers to resampled test identities, the same ones for every network.
    retrained : numpy.ndarray of int, shape (n_seeds, resamples, 6, 6)
        The same, each from a classifier trained on redrawn identities; no resamples without
        retrainings.
    seeds : numpy.ndarray of int, shape (resamples, n_seeds - 1)
        Which networks count in a resample.
    resampled : str
        ``identities``, or ``images`` where it is not known whom they show.
    n_resampled : int
        How many of them there are.
    """

    about: Mapping[str, str]
    count: np.ndarray
    draws: np.ndarray
    retrained: np.ndarray
    seeds: np.ndarray
    resampled: str
    n_resampled: int

    @property
    def n_seeds(self) -> int:
        """Networks that are pooled."""
        return len(self.count)

    def spread(
        self, statistic: Callable[[np.ndarray], np.ndarray], draws: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Apply a statistic to the answers and to the resamples.

        Of several seeds it is the mean over them. A resample of n seeds holds n - 1, drawn with
        replacement: the variance of the mean of n would be too small by (n - 1) / n (McCarthy &
        Snowden, 1985).

        Parameters
        ----------
        statistic : callable
            Takes counts, shape (..., 6, 6), and gives an array, shape (..., *k).
        draws : numpy.ndarray, shape (n_seeds, resamples, 6, 6), optional
            ``draws`` when left out.

        Returns
        -------
        estimate : numpy.ndarray, shape (*k)
        resampled : numpy.ndarray, shape (resamples, *k)
        """
        values = statistic(self.draws if draws is None else draws)
        if self.n_seeds == 1:
            return statistic(self.count)[0], values[0]
        order = np.arange(values.shape[1])[:, None]
        return statistic(self.count).mean(axis=0), values[self.seeds, order].mean(axis=1)


def make_samples(
    results: Sequence[xr.Dataset],
    replicates: Mapping[str, Sequence[str]],
    resamples: int,
    seed: int,
) -> list[Sample]:
    """Resample the test identities of every population that was analysed.

    Parameters
    ----------
    results : sequence of xarray.Dataset
        `nurture.confusion.confusion.confusion` of each network.
    replicates : mapping of str to sequence of str
        Networks that differ in their seed only, by the name of them all.
    resamples : int
    seed : int
        Seed of the draws.

    Returns
    -------
    list of Sample
        Each network's populations, in the order given; then those of seed replicates, of which two
        or more were analysed.
    """
    single = [one for result in results for one in _samples(result, resamples, seed)]
    return single + [
        _pool(name, members, resamples, seed)
        for name, networks in replicates.items()
        for members in _by_population(single, networks)
        if len(members) > 1
    ]


def _samples(result: xr.Dataset, resamples: int, seed: int) -> list[Sample]:
    labels = read_labels(result)
    shown, identity = labels["expression"], labels["identity"]
    answers, retrained = (read_answers(result, n) for n in ("answer", "answer_retrained"))
    found = []
    for i, (name, note) in enumerate(zip(*_names(result), strict=True)):
        if note:
            continue
        count = counts_by_identity(shown, answers[i], identity)
        again = [counts_by_identity(shown, one, identity) for one in retrained[i]]
        weights = resample(len(count), resamples, seed)
        found.append(
            Sample(
                {key: result.attrs[key] for key in ABOUT} | {"population": name},
                count.sum(axis=0)[None],
                _weigh(weights, [count])[None],
                _weigh(weights, again)[None],
                np.empty((resamples, 0), int),
                "images" if (identity == NOBODY).any() else "identities",
                len(count),
            )
        )
    return found


def _names(result: xr.Dataset) -> tuple[list[str], list[str]]:
    return tuple([str(one) for one in result[key].to_numpy()] for key in ("population", "note"))


def _weigh(weights: np.ndarray, counts: Sequence[np.ndarray]) -> np.ndarray:
    """Count answers in resamples, which take turns in several classifiers; none of none."""
    total = np.empty((len(weights) if counts else 0, 6, 6), int)
    for k, count in enumerate(counts):
        total[k :: len(counts)] = np.tensordot(weights[k :: len(counts)], count, axes=1)
    return total


def _by_population(samples: Sequence[Sample], networks: Sequence[str]) -> list[list[Sample]]:
    mine = [one for one in samples if one.about["network"] in networks]
    names = dict.fromkeys(one.about["population"] for one in mine)
    return [[one for one in mine if one.about["population"] == name] for name in names]


def _pool(name: str, members: Sequence[Sample], resamples: int, seed: int) -> Sample:
    first, n = members[0], len(members)
    rng = np.random.default_rng([seed, n])
    return Sample(
        {**first.about, "network": name},
        *(np.concatenate([getattr(one, key) for one in members]) for key in STACKED),
        rng.integers(0, n, (resamples, n - 1)),
        first.resampled,
        first.n_resampled,
    )
