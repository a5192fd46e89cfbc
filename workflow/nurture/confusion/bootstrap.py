"""Confusions as they are, and as they would be had other identities been shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from nurture.confusion.confusion import read_answers
from nurture.confusion.matrices import accuracy, counts_by_identity, shares_by_identity
from nurture.core.expressions import NOBODY
from nurture.core.files import read_labels
from nurture.core.rows import Replicates, about
from nurture.decoding.noise import mixture
from nurture.statistics.resampling import resample

STACKED = ("count", "draws", "retrained")
"""Arrays of a `Sample` of which each network, or each draw of its units, has one."""


@dataclass(frozen=True)
class Sample:
    """Confusions of one population of units, of one network or of several that differ in seed.

    Attributes
    ----------
    about : mapping
        ``network``, ``training``, ``layer``, ``population``.
    count : numpy.ndarray, shape (n_members, 6, 6)
        Answers to all test stimuli. Members are the draws of units of each network.
    draws : numpy.ndarray, shape (n_members, resamples, 6, 6)
        Answers to resampled test identities, the same ones for every network.
    retrained : numpy.ndarray of int, shape (n_seeds, resamples, 6, 6)
        The same, each from a classifier trained on redrawn identities, in which draws of units
        take turns; no resamples without retrainings.
    members : numpy.ndarray of int, shape (resamples, n)
        Which of them count in a resample.
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
    members: np.ndarray
    seeds: np.ndarray
    resampled: str
    n_resampled: int

    @property
    def n_seeds(self) -> int:
        """Networks that are pooled."""
        return len(self.retrained)

    def spread(
        self, statistic: Callable[[np.ndarray], np.ndarray], retrained: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Apply a statistic to the answers, and to the resamples of them or of ``retrained``.

        It takes counts, shape (..., 6, 6), and gives an array, shape (..., *k). Of several seeds,
        or draws of units, it is the mean over them. A resample of n of them holds n - 1, drawn with
        replacement: the variance of the mean of n would be too small by (n - 1) / n (McCarthy &
        Snowden, 1985).

        Returns
        -------
        estimate : numpy.ndarray, shape (*k)
        resampled : numpy.ndarray, shape (resamples, *k)
        """
        # One member at a time: of many seeds and draws, a statistic takes a gigabyte at once.
        values = np.array([statistic(one) for one in (self.retrained if retrained else self.draws)])
        estimate = statistic(self.count).mean(axis=0)
        if len(values) == 1:
            return estimate, values[0]
        order = np.arange(values.shape[1])[:, None]
        picked = self.seeds if retrained else self.members
        return estimate, values[picked[: len(order)], order].mean(axis=1)


def make_samples(
    results: Sequence[xr.Dataset],
    replicates: Replicates,
    resamples: int,
    seed: int,
    answers: str = "answer",
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
    answers : str
        ``answer`` or ``answer_within``, which has no retrainings.

    Returns
    -------
    list of Sample
        Each network's populations, in the order given; then those of seed replicates, of which two
        or more were analysed.
    """
    single = []
    for result in results:
        labels = read_labels(result)
        shown, identity = labels["expression"], labels["identity"]
        each, again = (read_answers(result, name) for name in (answers, "answer_retrained"))
        for i, n_draws in enumerate(result["n_draws"].to_numpy()):
            if n_draws:
                counts = [counts_by_identity(shown, one, identity) for one in each[i, :n_draws]]
                more = [counts_by_identity(shown, one, identity) for one in again[i]]
                more = more if answers == "answer" else []
                single.append(_sample(result, i, counts, more, resamples, seed))
    return _with_seeds(single, replicates, resamples, seed)


def make_matched_samples(
    results: Sequence[xr.Dataset],
    replicates: Replicates,
    resamples: int,
    seed: int,
    targets: Sequence[float],
) -> Iterator[list[Sample]]:
    """Resample the test identities of every population, brought to the same accuracy by noise.

    Noise is such that the mean accuracy over draws of units is the target, to the digit, for all
    test identities; it stays the same in resamples.

    Parameters
    ----------
    results, replicates, resamples, seed
        See `make_samples`.
    targets : sequence of float
        Accuracies.

    Yields
    ------
    list of Sample
        For each target what `make_samples` gives, of those populations that can be brought there.
        Counts are shares of the answers through noise, and no classifier is trained again.
    """
    populations = [
        (result, i)
        for result in results
        for i, n_draws in enumerate(result["n_draws"].to_numpy())
        if n_draws and result.sizes["noise"]
    ]
    correct = [
        np.array([accuracy(count.sum(axis=1)).mean() for count in _by_level(*one, slice(None))])
        for one in populations
    ]
    # One accuracy at a time: resamples of all networks at all of them take more than a gigabyte.
    for target in targets:
        single = []
        for (result, i), of_levels in zip(populations, correct, strict=True):
            between = mixture(of_levels, target)
            if between is not None:
                level, share = between
                less, more = _by_level(result, i, slice(level, level + 2))
                counts = (1 - share) * less + share * more
                single.append(_sample(result, i, counts, [], resamples, seed))
        yield _with_seeds(single, replicates, resamples, seed)


def _by_level(result: xr.Dataset, i: int, levels: slice) -> Iterator[np.ndarray]:
    """Share of the answers of the i-th population by draw and identity, at each level of noise."""
    labels = read_labels(result)
    noisy = result["noisy"][i, : int(result["n_draws"][i]), levels].to_numpy()
    # One level at a time: of many stimuli, all of them take gigabytes.
    for level in range(noisy.shape[1]):
        one = noisy[:, level].astype(float)
        shares = one / np.maximum(one.sum(axis=-1, keepdims=True), 1)
        yield shares_by_identity(labels["expression"], shares, labels["identity"])


def _sample(
    result: xr.Dataset,
    i: int,
    counts: Sequence[np.ndarray],
    again: Sequence[np.ndarray],
    resamples: int,
    seed: int,
) -> Sample:
    """Sample of the i-th population from counts by identity, of its draws and of retrainings."""
    n, n_draws = len(counts[0]), len(counts)
    weights = resample(n, resamples, seed)
    unknown = (read_labels(result)["identity"] == NOBODY).any()
    return Sample(
        about(result) | {"population": str(result["population"].to_numpy()[i])},
        np.array([count.sum(axis=0) for count in counts]),
        np.array([np.tensordot(weights, count, axes=1) for count in counts]),
        _taking_turns(weights, again)[None],
        np.random.default_rng([seed, i]).integers(0, n_draws, (resamples, max(n_draws - 1, 1))),
        np.empty((resamples, 0), int),
        "images" if unknown else "identities",
        n,
    )


def _taking_turns(weights: np.ndarray, counts: Sequence[np.ndarray]) -> np.ndarray:
    """Count answers in resamples, which take turns in several classifiers; none of none."""
    total = np.empty((len(weights) if counts else 0, 6, 6), int)
    for k, count in enumerate(counts):
        total[k :: len(counts)] = np.tensordot(weights[k :: len(counts)], count, axes=1)
    return total


def _with_seeds(
    single: Sequence[Sample], replicates: Replicates, resamples: int, seed: int
) -> list[Sample]:
    found = [*single]
    for name, networks in replicates.items():
        populations: dict[str, list[Sample]] = {}
        for one in single:
            if one.about["network"] in networks:
                populations.setdefault(one.about["population"], []).append(one)
        several = [members for members in populations.values() if len(members) > 1]
        found += [_pool(name, members, resamples, seed) for members in several]
    return found


def _pool(name: str, networks: Sequence[Sample], resamples: int, seed: int) -> Sample:
    first, n = networks[0], len(networks)
    seeds = np.random.default_rng([seed, n]).integers(0, n, (resamples, n - 1))
    return Sample(
        {**first.about, "network": name},
        *(np.concatenate([getattr(one, key) for one in networks]) for key in STACKED),
        _members(networks, seeds, seed),
        seeds,
        first.resampled,
        first.n_resampled,
    )


def _members(networks: Sequence[Sample], seeds: np.ndarray, seed: int) -> np.ndarray:
    """Draw members of the networks that count in each resample, as many of each."""
    size = np.array([len(one.count) for one in networks])
    first = np.cumsum(size) - size
    each = max(int(size.max()) - 1, 1)
    rng = np.random.default_rng([seed, len(networks), each])
    share = rng.random((*seeds.shape, each))
    within = (share * size[seeds][..., None]).astype(int)
    return (first[seeds][..., None] + within).reshape(len(seeds), -1)
