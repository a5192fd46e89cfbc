"""Likeness of networks' confusions to those of the baselines: what the stimuli bring with them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from nurture.confusion.bootstrap import Sample
from nurture.confusion.likeness import MEAN
from nurture.confusion.likeness_tables import human_similarity
from nurture.core.names import BASELINE

ALL = "all"
"""Population from which a baseline is read."""


def baseline_similarity(
    samples: Sequence[Sample], others: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Compare the errors of every network with those of every baseline.

    Parameters
    ----------
    samples : sequence of Sample
        `nurture.confusion.bootstrap.make_samples` of networks and baselines together, so that a
        network is compared with a baseline that is asked about the same faces.
    others : mapping of str to numpy.ndarray, shape (6, 6)
        More matrices by name, such as `nurture.activations.baselines.recipe_confusions`.

    Returns
    -------
    pandas.DataFrame
        As `nurture.confusion.likeness_tables.human_similarity`, with ``baseline`` instead of
        ``human``. A baseline is read from all of its units. No row compares a baseline with itself,
        and numbers are NaN where one makes no errors at all.
    """
    known = {
        sample.about["network"]: sample.count.sum(axis=0)
        for sample in samples
        if sample.about["training"] == BASELINE and sample.about["population"] == ALL
    }
    table = human_similarity(samples, known | dict(others)).rename(columns={"human": "baseline"})
    itself = table["network"] == table["baseline"]
    return table[(table["baseline"] != MEAN) & ~itself].reset_index(drop=True)
