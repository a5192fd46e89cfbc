"""Which observer sees which images: balanced incomplete lists from a seed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS, NONE
from nurture.stimuli.morphs import sequences

SECONDS = {"label": 2.6, "identify": 2.0, "abx": 5.0}
"""That a trial of each task takes, fixation included: for what is said of a session's length."""

AROUND = 180
"""Seconds for consent, instructions, practice and breaks."""


class Balance:
    """Chooses items for one list after another, so that none falls behind.

    An item is taken when it was taken least often so far; among these, one of the identity that
    this list has least of; among these, one that was least often together with what the list has;
    the generator decides what is left open. So after any number of lists no item was taken more
    than once more often than another, and pairs of items meet more evenly than by chance.

    Attributes
    ----------
    taken : numpy.ndarray of int, shape (n_items,)
    together : numpy.ndarray of int, shape (n_items, n_items)
        Lists that hold both of two items.
    """

    def __init__(self, identity: Sequence[int], rng: np.random.Generator) -> None:
        _, self._identity = np.unique(identity, return_inverse=True)
        self._rng = rng
        n = len(self._identity)
        self.taken = np.zeros(n, int)
        self.together = np.zeros((n, n), int)

    def choose(self, among: Sequence[np.ndarray], size: int) -> list[int]:
        """Make a list of `size` items of each kind, or all of it, in the order of taking."""
        chosen: list[int] = []
        of_identity = np.zeros(self._identity.max() + 1, int)
        met = np.zeros(len(self.taken))
        for _ in range(size):
            for items in among:
                left = np.setdiff1d(items, chosen)
                if len(left):
                    chance = self._rng.random(len(left))
                    seen = of_identity[self._identity[left]]
                    order = np.lexsort((chance, met[left], seen, self.taken[left]))
                    item = int(left[order[0]])
                    chosen.append(item)
                    self.taken[item] += 1
                    of_identity[self._identity[item]] += 1
                    met += self.together[item]
        self.together[np.ix_(chosen, chosen)] += 1 - np.eye(len(chosen), dtype=int)
        return chosen


def label_lists(labels: pd.DataFrame, settings: Mapping, lists: int, seed: int) -> list[list[int]]:
    """Deal faces whose expression is to be labelled; all six must be shown.

    Parameters
    ----------
    labels : pandas.DataFrame
        One row per image: expression, identity. Only the six basic expressions are dealt.
    settings : mapping
        ``faces``: of each expression that an observer sees.
    lists, seed : int

    Returns
    -------
    list of list of int
        Rows of `labels` in the order of the trials, for each list.
    """
    expression = labels["expression"].to_numpy()
    among = [np.flatnonzero(expression == name) for name in EXPRESSIONS]
    for name, items in zip(EXPRESSIONS, among, strict=True):
        if not len(items):
            raise NurtureError(f"observers.tasks: no image of the set shows {name}; add some")
    rng = np.random.default_rng([seed, 0])
    balance = Balance(labels["identity"], rng)
    return [_shuffled(balance.choose(among, settings["faces"]), rng) for _ in range(lists)]


def identify_lists(
    labels: pd.DataFrame, settings: Mapping, lists: int, seed: int
) -> list[list[dict]]:
    """Deal morphs that are to be identified: whole sequences of some identities, by continuum.

    Parameters
    ----------
    labels : pandas.DataFrame
        One row per image: identity, continuum, level.
    settings : mapping
        ``continua`` and ``identities`` of each that an observer sees.
    lists, seed : int

    Returns
    -------
    list of list of dict
        For each list its blocks: ``continuum`` and ``trials``, rows of `labels` in order.
    """
    rng = np.random.default_rng([seed, 1])
    return _blocks(sequences(labels), settings, lists, rng, np.ravel)


def abx_lists(labels: pd.DataFrame, settings: Mapping, lists: int, seed: int) -> list[list[dict]]:
    """Deal pairs of morphs of one identity that are to be distinguished.

    Parameters
    ----------
    labels, lists, seed
        See `identify_lists`.
    settings : mapping
        ``continua``, ``identities`` and ``step``: levels between the two.

    Returns
    -------
    list of list of dict
        For each list its blocks: ``continuum`` and ``trials``, [A, B, X], where X is A or B.

    Raises
    ------
    NurtureError
        When a continuum has no levels so far apart.
    """
    rng, found = np.random.default_rng([seed, 2]), sequences(labels)
    shortest = min(len(one.level) for one in found.values())
    if settings["step"] >= shortest:
        raise NurtureError(
            f"observers.abx.step: a continuum has {shortest} levels; give {shortest - 1} or less"
        )
    return _blocks(found, settings, lists, rng, lambda rows: _pairs(rows, settings["step"], rng))


def _blocks(
    found: Mapping,
    settings: Mapping,
    lists: int,
    rng: np.random.Generator,
    trials: Callable[[np.ndarray], Any],
) -> list[list[dict]]:
    """Deal continua to each list, and some identities of each; trials are made of their rows."""
    names = list(found)
    of_continua = Balance(range(len(names)), rng)
    of_identities = {name: Balance(one.identity, rng) for name, one in found.items()}
    dealt = []
    for _ in range(lists):
        chosen = of_continua.choose([np.arange(len(names))], settings["continua"])
        blocks = []
        for name in (names[i] for i in chosen):
            everybody = np.arange(len(found[name].identity))
            who = of_identities[name].choose([everybody], settings["identities"])
            blocks.append((name, found[name].row[who]))
        dealt.append(blocks)
    return [
        [{"continuum": name, "trials": _shuffled(trials(rows), rng)} for name, rows in blocks]
        for blocks in dealt
    ]


def _pairs(rows: np.ndarray, step: int, rng: np.random.Generator) -> list[list[int]]:
    """Pair every two levels a step apart, in either order: A, B and X."""
    pairs = np.stack([rows[:, :-step], rows[:, step:]], axis=-1).reshape(-1, 2)
    turned = rng.permuted(pairs, axis=1)
    x = turned[np.arange(len(turned)), rng.integers(0, 2, len(turned))]
    return np.column_stack([turned, x]).tolist()


def _shuffled(items: Sequence, rng: np.random.Generator) -> list:
    order = rng.permutation(len(items))
    return [items[i] if isinstance(items[i], list) else int(items[i]) for i in order]


def practice(labels: pd.DataFrame, faces: int, seed: int) -> list[int]:
    """Choose faces to practise on, rows of `labels`: the six expressions in turn."""
    rng = np.random.default_rng([seed, 3])
    expression = labels["expression"].to_numpy()
    rows = [rng.permutation(np.flatnonzero(expression == name)) for name in EXPRESSIONS]
    longest = max((len(one) for one in rows), default=0)
    turns = [int(one[i]) for i in range(longest) for one in rows if i < len(one)]
    return _shuffled(turns[:faces], rng)


def rows_of(dealt: Mapping, task: str) -> np.ndarray:
    """Rows of the images that a list, trials by task, shows in a task, each once."""
    parts = [dealt[task]] if task == "label" else [part["trials"] for part in dealt[task]]
    return np.unique(np.concatenate([np.ravel(part) for part in parts]))


def balance_table(lists: Sequence[Mapping], labels: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Describe how balanced lists are that are given out in their order.

    Returns
    -------
    pandas.DataFrame
        task, observers (lists given out), images_of_one, images, and the fewest and most observers
        of an image and of a pair of images.
    """
    table = []
    for task in lists[0]:
        seen = np.zeros((len(lists), len(labels[task])), "float32")
        for i, one in enumerate(lists):
            seen[i, rows_of(one, task)] = 1
        known = labels[task]["expression"].isin(EXPRESSIONS).to_numpy()
        seen = seen[:, known] if task == "label" else seen
        for used in sorted({1, len(lists) // 4, len(lists) // 2, len(lists)} - {0}):
            each = seen[:used].sum(axis=0)
            pairs = (seen[:used].T @ seen[:used])[np.triu_indices(len(each), 1)]
            counts = (seen[0].sum(), len(each), each.min(), each.max(), pairs.min(), pairs.max())
            table.append([task, used, *map(int, counts)])
    columns = ["task", "observers", "images_of_one", "images", "fewest_of_image", "most_of_image"]
    return pd.DataFrame(table, columns=[*columns, "fewest_of_pair", "most_of_pair"])


def n_trials(one: Mapping) -> dict[str, int]:
    """Count the trials of a list by task."""
    return {
        task: len(parts) if task == "label" else sum(len(part["trials"]) for part in parts)
        for task, parts in one.items()
    }


def minutes(trials: Mapping[str, int]) -> float:
    """Estimate how long a session takes, from its trials of each task: `SECONDS`, `AROUND`."""
    return (AROUND + sum(SECONDS[task] * n for task, n in trials.items())) / 60


def stimulus_rows(labels: pd.DataFrame) -> list[list]:
    """List what is known of each image, for the page: expression, identity, continuum, level."""
    columns = {
        "expression": labels.get("expression", NONE),
        "identity": labels["identity"],
        "continuum": labels.get("continuum", NONE),
        "level": labels["level"].astype(float).round(6) if "level" in labels else 0.0,
    }
    return pd.DataFrame(columns, index=labels.index).to_numpy(object).tolist()
