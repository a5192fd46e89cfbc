"""Every measure of every network, read from what earlier rules made."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pandas as pd

from nurture.confusion import human
from nurture.confusion.bootstrap import make_samples
from nurture.core.files import open_dataset, read_table
from nurture.experience import experience_tables as tables
from nurture.experience.equal_accuracy import Answers, of_answers


class Given(Protocol):
    """Paths of what is read, as a rule's input has them."""

    human: Sequence[str]
    permutation: Sequence[str]
    confusion: Sequence[str]
    ablation: Sequence[str]
    units: str
    fits: str
    discrimination: str


def read_measures(given: Given, resamples: int, seed: int) -> tuple[tables.Measures, pd.DataFrame]:
    """Read files and give all measures of the networks in them.

    Parameters
    ----------
    given : Given
    resamples, seed : int
        Bootstrap samples of the test identities.

    Returns
    -------
    measures : mapping
        What the functions of `nurture.experience.experience_tables` return, in one.
    units : pandas.DataFrame
        The table ``selective_units``: each network's layers and their depth.

    Raises
    ------
    NurtureError
        When a file is missing or damaged.
    """
    results = [open_dataset(path, "confusion", ["answer"]) for path in given.confusion]
    samples = make_samples(results, {}, resamples, seed)
    observers = human.read_humans(Path(given.human[0]).parent, read=human.read_counts)
    ablations = [open_dataset(path, "populations", ["hits"]) for path in given.ablation]
    chance = [
        open_dataset(path, "selectivity_permutation", ["part_count"]) for path in given.permutation
    ]
    units = read_table(given.units, "selectivity_tables")
    fits = read_table(given.fits, "categorical_tables")
    excess = read_table(given.discrimination, "discrimination_tables")
    measures = {
        **tables.of_units(units, chance),
        **tables.of_confusions(samples, observers),
        **tables.of_continua(fits, excess),
        **tables.of_ablation(ablations, resamples),
    }
    return measures, units


def read_answers(
    given: Given, resamples: int, seed: int
) -> dict[str, dict[tuple[str, str], Answers]]:
    """Read what is compared at equal accuracy: `nurture.experience.equal_accuracy.of_answers`."""
    results = [open_dataset(path, "confusion", ["noisy"]) for path in given.confusion]
    observers = human.read_humans(Path(given.human[0]).parent, read=human.read_counts)
    return of_answers(results, observers, resamples, seed)
