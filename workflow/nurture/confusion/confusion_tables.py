"""Confusion matrices of networks and of observers."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nurture.confusion.matrices import CELLS, accuracy, cells, confusion_counts
from nurture.core.rows import ABOUT, about, as_table
from nurture.core.shown import count_shown


def _populations(results: Sequence[xr.Dataset]) -> Iterator[tuple[dict, xr.Dataset]]:
    """Yield names and result of each population."""
    for result in results:
        for i, name in enumerate(result["population"].to_numpy()):
            yield about(result) | {"population": str(name)}, result.isel(population=i)


def confusion(results: Sequence[xr.Dataset]) -> pd.DataFrame:
    """List the cells of every confusion matrix; a population without a result has none.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, population, shown, answered, proportion, n: share of the n
        answers; over draws of units, where there are several.
    """
    columns = (*ABOUT, "population", "shown", "answered", "proportion", "n")
    parts = [
        cells(one["count"].to_numpy()).assign(**head)
        for head, one in _populations(results)
        if not one["note"].item()
    ]
    return pd.concat(parts)[list(columns)] if parts else as_table([], columns)


def confusion_scores(results: Sequence[xr.Dataset]) -> pd.DataFrame:
    """List the accuracy of every population: the mean of the diagonal of its matrix.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, population, n_units (that respond in training, of a draw),
        n_draws (of units), accuracy (generalisation over view and light, where the test set varies
        them), accuracy_within (trained on other identities of the test set), both the mean over
        draws; n_expressions (that were shown; it is the mean over them, and chance one over them),
        note.
    """
    rows = []
    for head, one in _populations(results):
        count, within = (one[name].to_numpy() for name in ("count", "count_within"))
        sizes = {name: int(one[name]) for name in ("n_units", "n_draws")}
        right = {"accuracy": accuracy(count), "accuracy_within": accuracy(within)}
        more = {"n_expressions": count_shown(count), "note": str(one["note"].item())}
        rows.append(head | sizes | right | more)
    numbers = ("n_units", "n_draws", "accuracy", "accuracy_within", "n_expressions", "note")
    return as_table(rows, (*ABOUT, "population", *numbers))


def human_confusion(
    humans: Mapping[str, np.ndarray], observers: Mapping[str, int | None]
) -> pd.DataFrame:
    """List the cells of the human matrices, with the number of observers where it is known.

    Returns
    -------
    pandas.DataFrame
        human, observers, shown, answered, proportion.
    """
    parts = [
        CELLS.to_frame(index=False).assign(
            human=name, observers=observers[name], proportion=matrix.ravel()
        )
        for name, matrix in humans.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    table["observers"] = table["observers"].astype("Int64")
    return table[["human", "observers", "shown", "answered", "proportion"]]


def validity(shown: Sequence[str], answered: Sequence[str]) -> pd.DataFrame:
    """List the cells of an outside judge's confusion matrix of the stimuli; see `cells`."""
    return cells(confusion_counts(shown, answered))
