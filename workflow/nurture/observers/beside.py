"""Networks beside the observers who were shown the very same images."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from nurture.confusion.ceiling import attainable
from nurture.confusion.confusion import read_answers
from nurture.confusion.likeness import contrasts, error_cells
from nurture.confusion.matrices import accuracy, proportions
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS, OBSERVERS
from nurture.core.files import read_labels
from nurture.core.rows import ABOUT, about, as_table
from nurture.decoding.noise import matched
from nurture.observers.consistency import Responses, beyond_chance, ratio, tally
from nurture.observers.crossed import Without, crossed_interval
from nurture.observers.precision import halves
from nurture.observers.reading import check_shown
from nurture.statistics.resampling import groups

SPLITS = 200
"""Of observers into halves, for the noise ceiling."""

STATISTICS = ("pearson", "spearman")
AT = ("own", "observers")
"""Accuracy of a network: its own, or brought to the observers' by noise."""

AMONG = {"network": OBSERVERS, "training": OBSERVERS, "layer": "", "population": "", "at": "own"}
"""Names rows of observers with each other."""

CHANCE = ("accuracy", "expression")
"""From what agreement by chance is computed: overall accuracy, or that with each expression."""


class Faces(NamedTuple):
    """The images that were labelled, and what observers answered."""

    expression: np.ndarray
    """Shape (n_images,), from 0."""

    group: np.ndarray
    """Identities, or images where it is not known whom they show; shape (n_images,), from 0."""

    answer: np.ndarray
    """Shape (n_observers, n_images); -1 where an image was not shown."""

    def responses(self) -> Responses:
        """Say which images each observer got right."""
        shown = self.answer >= 0
        return Responses(((self.answer == self.expression) & shown).astype(float), shown * 1.0)

    def size(self) -> dict[str, int]:
        """How many there are of what is left out, for tables."""
        return {"n_observers": len(self.answer), "n_identities": int(self.group.max()) + 1}

    def counts(self) -> np.ndarray:
        """Answers by observer and identity, shape (n_observers, n_groups, 6, 6)."""
        found = np.zeros((len(self.answer), self.group.max() + 1, 6, 6))
        who, image = np.nonzero(self.answer >= 0)
        place = who, self.group[image], self.expression[image], self.answer[who, image]
        np.add.at(found, place, 1)
        return found


def read_faces(
    labels: pd.DataFrame, trials: pd.DataFrame, stated: str, digest: str, where: str
) -> Faces:
    """Put the labels that observers gave beside the images; refuse those of other images.

    Parameters
    ----------
    labels : pandas.DataFrame
        Of the images of the test set.
    trials : pandas.DataFrame
        `nurture.observers.reading.kept_trials`.
    stated, digest : str
        Digests of the images that observers were shown, and of those of this run.
    where : str
        File of the trials, for errors.
    """
    check_shown("images", stated, digest, where)
    basic = np.flatnonzero(labels["expression"].isin(EXPRESSIONS))
    place = np.full(len(labels), -1)
    place[basic] = np.arange(len(basic))
    label = trials[trials["task"] == "label"]
    stimulus = label["stimulus"].to_numpy(int)
    image = np.where((stimulus >= 0) & (stimulus < len(place)), place[stimulus % len(place)], -1)
    who, observer = np.unique(label["observer"], return_inverse=True)
    answer = np.full((len(who), len(basic)), -1)
    answer[observer, image] = pd.Index(EXPRESSIONS).get_indexer(label["answer"])
    shown = pd.Index(EXPRESSIONS).get_indexer(labels["expression"].iloc[basic])
    if (image < 0).any() or (answer[observer, image] < 0).any():
        raise NurtureError(f"{where}: labels images that show no basic expression; read it again")
    identity = groups(labels["identity"].to_numpy()[basic])
    return Faces(shown, np.unique(identity, return_inverse=True)[1], answer)


class Shares(NamedTuple):
    """How often a population of units gives each answer to each image."""

    about: dict
    at: str
    share: np.ndarray
    """Shape (n_draws, n_images, 6)."""

    def responses(self, faces: Faces) -> Responses:
        """Chance of being right with each image."""
        correct = self.share[:, np.arange(len(faces.expression)), faces.expression]
        return Responses(correct, np.ones_like(correct))

    def counts(self, faces: Faces) -> np.ndarray:
        """Answers by identity, shape (n_draws, n_groups, 6, 6)."""
        found = np.zeros((len(self.share), faces.group.max() + 1, 6, 6))
        for i, (g, e) in enumerate(zip(faces.group, faces.expression, strict=True)):
            found[:, g, e] += self.share[:, i]
        return found


def populations(results: Sequence[xr.Dataset], target: float) -> Iterator[Shares]:
    """List the answers of every population, as they are and at the observers' accuracy.

    A population that no noise brings to the accuracy `target` is there as it is only.
    """
    for result in results:
        shown = read_labels(result)["expression"].to_numpy()
        answers = pd.Index(EXPRESSIONS)
        row = answers.get_indexer(shown)
        for i, n_draws in enumerate(result["n_draws"].to_numpy()):
            if not n_draws:
                continue
            named = about(result) | {"population": str(result["population"].to_numpy()[i])}
            given = read_answers(result)[i, :n_draws]
            code = answers.get_indexer(given.ravel()).reshape(given.shape)
            yield Shares(named, "own", np.eye(6)[code])
            noisy = result["noisy"][i, :n_draws].to_numpy().astype(float)
            share = np.moveaxis(noisy / np.maximum(noisy.sum(axis=-1, keepdims=True), 1), 1, 0)
            # Confusion matrix of each draw, shape (n_draws, 6, 6).
            counts = (np.einsum("dia,ie->dea", one, np.eye(6)[row]) for one in share)
            correct = [accuracy(count).mean() for count in counts]
            found = matched(share, np.array(correct), target) if len(share) else None
            if found is not None:
                yield Shares(named, "observers", found)


def error_consistency(faces: Faces, results: Sequence[xr.Dataset]) -> pd.DataFrame:
    """Compare on which images networks and observers err.

    Returns
    -------
    pandas.DataFrame
        network (``observers``: with each other), training, layer, population, at (`AT`), chance
        (`CHANCE`), accuracy, kappa, lower, upper (95 % interval,
        `nurture.observers.crossed.crossed_interval`), difference from that of observers with each
        other, difference_lower, difference_upper, n_observers, n_identities.
    """
    people, size = faces.responses(), faces.size()
    among = tally(people, people, faces.group, faces.expression)
    target = float(accuracy(faces.counts().sum(axis=(0, 1))))
    base = {chance: _kappas(among, chance == "expression", True) for chance in CHANCE}
    rows = [
        AMONG | {"chance": chance, "accuracy": target}
        | _bounded("kappa", *base[chance], "lower", "upper") | size
        for chance in CHANCE
    ]  # fmt: skip
    for one in populations(results, target):
        beside = tally(one.responses(faces), people, faces.group, faces.expression)
        correct = float(accuracy(one.counts(faces).sum(axis=1)).mean())
        for chance in CHANCE:
            value, without = _kappas(beside, chance == "expression", False)
            others, without_others = base[chance]
            less = value - others, without.minus(without_others)
            rows.append(
                one.about | {"at": one.at, "chance": chance, "accuracy": correct}
                | _bounded("kappa", value, without, "lower", "upper")
                | _bounded("difference", *less, "difference_lower", "difference_upper", 2)
                | size
            )  # fmt: skip
    columns = [*ABOUT, "population", "at", "chance", "accuracy", "kappa", "lower", "upper"]
    columns += ["difference", "difference_lower", "difference_upper"]
    return as_table(rows, (*columns, *size))


def _bounded(
    name: str, estimate: float, without: Without, lower: str, upper: str, limit: float = 1
) -> dict[str, float]:
    """Give an estimate its interval, by the names of columns."""
    low, high = crossed_interval(estimate, without, (-limit, limit))
    return {name: estimate, lower: low, upper: high}


def _kappas(counts: np.ndarray, within: bool, among: bool) -> tuple[float, Without]:
    """Kappa of all, and without each part; `among` observers each pair of them counts once."""
    total = counts.sum(axis=1)
    pairs = np.triu(np.ones(counts.shape[-2:]), 1) if among else np.float64(1)
    sums = []
    each = beyond_chance(total, within), beyond_chance(total[:, None] - counts, within)
    for all_, less in zip(*each, strict=True):
        whole, without = pairs * all_, pairs * less
        own, left = _of_each(whole, among), _of_each(without, among)
        of_all = whole.sum()
        sums.append(
            (of_all, of_all - own, without.sum(axis=(-2, -1)), of_all - own[:, None] + left.T)
        )
    estimate, *without = (ratio(*part) for part in zip(*sums, strict=True))
    return float(estimate), Without(*without)


def _of_each(pairs: np.ndarray, among: bool) -> np.ndarray:
    """Sum over the pairs of each observer: shape (..., n_first, n_second) to (..., n_second)."""
    second = pairs.sum(axis=-2)
    return second + pairs.sum(axis=-1) if among else second


def observers_likeness(faces: Faces, results: Sequence[xr.Dataset], seed: int) -> pd.DataFrame:
    """Compare confusions of networks and observers who were shown the same images.

    The seed is that of the halves of observers.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, population, at (`AT`), statistic (of the 30 cells off the
        diagonal), accuracy, estimate, lower and upper (of Pearson's r, corrected for its bias:
        `nurture.observers.crossed.crossed_interval`), n_observers, n_identities. Rows of
        network ``observers`` are the noise ceiling: the correlation that a model with the true
        shares would have with these observers (`nurture.confusion.ceiling.attainable`, halves of
        the observers).
    """
    counts, size = faces.counts(), faces.size()
    whole = counts.sum(axis=(0, 1))
    target = float(accuracy(whole))
    rows = [_ceiling(counts.sum(axis=1), target, seed) | size]
    for one in populations(results, target):
        mine = one.counts(faces)
        total = mine.sum(axis=1)
        correct = float(accuracy(total).mean())
        for statistic in STATISTICS:
            estimate = float(_likeness(statistic, total, whole))
            numbers = {"estimate": estimate, "lower": np.nan, "upper": np.nan}
            if statistic == "pearson":
                without = Without(
                    _likeness(statistic, total[:, None], whole - counts.sum(axis=1)),
                    _likeness(statistic, total[:, None] - mine, whole - counts.sum(axis=0)),
                    _likeness(statistic, total[:, None, None], whole - counts),
                )
                ends = crossed_interval(estimate, without, corrected=True)
                numbers["lower"], numbers["upper"] = ends
            rows.append(
                one.about | {"at": one.at, "statistic": statistic, "accuracy": correct}
                | numbers | size
            )  # fmt: skip
    columns = (*ABOUT, "population", "at", "statistic", "accuracy", "estimate", "lower", "upper")
    return as_table(rows, (*columns, *size))


def _likeness(statistic: str, mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Correlate the errors of each draw of units, along the first axis, and average over draws."""
    first, second = (contrasts(statistic, error_cells(proportions(one))) for one in (mine, theirs))
    return (first * second).sum(axis=-1).mean(axis=0)


def _ceiling(counts: np.ndarray, target: float, seed: int) -> dict:
    found = np.nan
    if len(counts) > 1:
        rng = np.random.default_rng([seed, len(counts)])
        found = float(attainable(np.array(halves(counts, rng, SPLITS))))
    return AMONG | {"statistic": "pearson", "accuracy": target, "estimate": found}
