"""Likeness to observers of two networks that are right as often as each other.

A network that errs seldom cannot be compared with one that errs often. The more accurate of the two
is brought down to the accuracy of the other by noise. How far chance in the faces shown lowers a
correlation is taken out on both sides, for answers through noise are averages and the others are
not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from nurture.confusion.confusion import read_answers
from nurture.confusion.likeness import Observers, error_cells
from nurture.confusion.matrices import accuracy, counts_by_identity, proportions, shares_by_identity
from nurture.core.files import read_labels
from nurture.decoding.noise import matched
from nurture.statistics.comparison import Value, of_resamples
from nurture.statistics.resampling import resample

MEASURES = {
    population: f"likeness to observers at equal accuracy, {population} units"
    for population in ("selective", "all")
}


@dataclass(frozen=True)
class Answers:
    """What a population answers, as it is and through noise."""

    shown: Sequence[str]
    identity: Sequence[int]
    """Shape (n_stimuli,), as of what was shown."""
    count: np.ndarray
    """Shape (n_identities, 6, 6): answers without noise."""
    noisy: np.ndarray
    """Shape (n_levels, n_stimuli, 6): answers counted, with noise that grows level by level."""
    observers: Observers
    """Of Pearson's r alone."""
    resamples: int
    seed: int
    """Of identities: `nurture.statistics.resampling.resample`."""

    @property
    def accuracy(self) -> float:
        """Mean hit rate without noise."""
        return float(accuracy(self.count.sum(axis=0)))

    def likeness(self, at: float = np.nan) -> tuple[float, np.ndarray]:
        """Mean correlation of errors with those of the human sets, corrected for attenuation.

        Where kinds of error vary by S, of which N is chance in the identities shown (that of the
        bootstrap), everybody's errors correlate by sqrt(S / (S - N)) more with anything (Spearman
        1904). Resamples, which hold that chance twice, are corrected for both; S - 2 N is taken for
        a quarter of S - N at least.

        Parameters
        ----------
        at : float
            Accuracy to which noise brings the answers. NaN, or no less than without noise: as they
            are.

        Returns
        -------
        estimate : float
        draws : numpy.ndarray, shape (resamples,)
            NaN where no noise brings the answers there, or chance is all that there is.
        """
        count = self._noisy(at) if at < self.accuracy else self.count
        if count is None:
            return np.nan, np.full(self.resamples, np.nan)
        n = len(count)
        draws = np.tensordot(resample(n, self.resamples, self.seed), count, axes=1)
        whole = count.sum(axis=0)
        cells, resampled = (error_cells(proportions(one)) for one in (whole, draws))
        by_cell = (resampled - resampled.mean(axis=1, keepdims=True)).var(axis=0)
        chance = n / (n - 1) * by_cell.mean()
        true = cells.var() - chance
        if not true > 0:
            return np.nan, np.full(self.resamples, np.nan)
        spread = resampled.var(axis=1)
        of_draws = np.sqrt(spread / np.maximum(spread - 2 * chance, true / 4))
        return float(self._r(whole) * np.sqrt(cells.var() / true)), self._r(draws) * of_draws

    def _r(self, count: np.ndarray) -> np.ndarray:
        return self.observers.compare(count)[..., 0, -1]

    def _noisy(self, at: float) -> np.ndarray | None:
        """Answers in shares at an accuracy, shape (n_identities, 6, 6)."""
        shares = self.noisy / self.noisy.sum(axis=-1, keepdims=True)
        counts = shares_by_identity(self.shown, shares, self.identity)
        return matched(counts, accuracy(counts.sum(axis=1)), at)


def of_answers(
    results: Sequence[xr.Dataset], humans: Mapping[str, np.ndarray], resamples: int, seed: int
) -> dict[str, dict[tuple[str, str], Answers]]:
    """Read the answers of the selective units and of all units of every network.

    Parameters
    ----------
    results : sequence of xarray.Dataset
        `nurture.confusion.confusion.confusion` of each network.
    humans : mapping of str to numpy.ndarray, shape (6, 6)
    resamples, seed : int
        As for `nurture.confusion.bootstrap.make_samples`, so that all measures are paired.

    Returns
    -------
    dict of str to dict
        By name of the measure, and by network and layer.
    """
    observers = Observers(humans, ("pearson",))
    found: dict[str, dict] = {name: {} for name in MEASURES.values()}
    for result in results:
        labels, answers = read_labels(result), read_answers(result)
        shown, identity = labels["expression"].to_numpy(), labels["identity"].to_numpy()
        for i, population in enumerate(result["population"].to_numpy()):
            if population in MEASURES and result["n_draws"][i] and result.sizes["noise"]:
                count = counts_by_identity(shown, answers[i, 0], identity)
                noisy = result["noisy"][i, 0].to_numpy()
                place = result.attrs["network"], result.attrs["layer"]
                found[MEASURES[population]][place] = Answers(
                    shown, identity, count, noisy, observers, resamples, seed
                )
    return found


def paired(
    values: Sequence[Answers], reference: Sequence[Answers]
) -> tuple[list[Value], list[Value]]:
    """Take each network of one side with each of the other at the accuracy of the less accurate.

    Parameters
    ----------
    values, reference : sequence of Answers

    Returns
    -------
    values, reference : list of Value
        Of each network, such that means over a side are those over all pairs, and what two
        networks of a side differ in is what their mean differences from the other side differ in.
        A network of the reference of which a pair has no likeness is left out, unless all are.
    """
    pairs = [[(v.likeness(r.accuracy), r.likeness(v.accuracy)) for r in reference] for v in values]
    n = len(values[0].count)
    # Network by reference, then side, then the estimate before its resamples.
    found = np.array([[[np.r_[x] for x in pair] for pair in row] for row in pairs])
    known = np.isfinite(found[..., 0]).all(axis=(0, 2))
    found = found[:, known] if known.any() else found
    difference, mean = found[:, :, 0] - found[:, :, 1], found.mean(axis=(0, 1))
    mine = mean[1] + difference.mean(axis=1)
    theirs = mean[0] - difference.mean(axis=0)
    first, second = ([of_resamples(x[0], x[1:], n) for x in side] for side in (mine, theirs))
    return first, second
