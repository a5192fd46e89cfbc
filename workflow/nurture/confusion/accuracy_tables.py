"""Accuracy over resampled identities."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from nurture.confusion.bootstrap import Sample
from nurture.confusion.choice import CORRECTION, fit_choice, unbiased_accuracy
from nurture.confusion.likeness_tables import RESAMPLED
from nurture.confusion.matrices import accuracy
from nurture.core.rows import ABOUT, as_table
from nurture.core.shown import count_shown
from nurture.statistics.resampling import interval

KEY = (*ABOUT, "population")
NUMBERS = ("estimate", "mean", "sd", "lower", "upper")
BINS = np.linspace(0, 1, 101)


def without_bias(count: np.ndarray) -> np.ndarray:
    """Accuracy, and what the choice model gains by equal biases: at most 1, shape (...).

    The model is of counts, shape (..., 6, 6), with `nurture.confusion.choice.CORRECTION` added to
    every cell, which alone takes .02 from an accuracy of .7 of 67 identities; the gain does not.
    """
    gain = unbiased_accuracy(fit_choice(count)) - accuracy(count + CORRECTION)
    return np.minimum(accuracy(count) + gain, 1)


STATISTICS = {"accuracy": accuracy, "accuracy_without_bias": without_bias}


def _redrawn(sample: Sample) -> Iterator[tuple[str, bool]]:
    """Yield what is redrawn in the resamples that there are, and whether training is."""
    yield "test", False
    if sample.retrained.shape[1]:
        yield "training and test", True


def accuracy_resampled(samples: Sequence[Sample], within: Sequence[Sample] = ()) -> pd.DataFrame:
    """Summarise accuracy over resampled identities.

    Parameters
    ----------
    samples, within : sequence of Sample
        `nurture.confusion.bootstrap.make_samples` of ``answer``, and of ``answer_within``.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, population, statistic (accuracy; accuracy_without_bias: the same
        similarities with equal response biases; accuracy_within: trained on other identities of the
        test set), redrawn (test; training and test), estimate (of all identities), mean and sd over
        resamples, lower and upper (`nurture.statistics.resampling.interval`), n_seeds, resampled,
        n_resampled, n_expressions (that were shown). Of redrawn training identities about 63 % are
        different people, so their mean lies below the estimate.
    """
    rows = [
        _summary(sample, statistic, function, *redrawn)
        for sample in samples
        for statistic, function in STATISTICS.items()
        for redrawn in _redrawn(sample)
    ]
    rows += [_summary(sample, "accuracy_within", accuracy, "test", False) for sample in within]
    return as_table(rows, (*KEY, "statistic", "redrawn", *NUMBERS, *RESAMPLED, "n_expressions"))


def _summary(
    sample: Sample, statistic: str, function: Callable, redrawn: str, retrained: bool
) -> dict:
    estimate, draws = sample.spread(function, retrained)
    sd = draws.std(ddof=1) if len(draws) > 1 else np.nan
    numbers = (estimate, draws.mean(), sd, *interval(draws, sample.n_resampled))
    return {
        **sample.about,
        **{"statistic": statistic, "redrawn": redrawn},
        **dict(zip(NUMBERS, map(float, numbers), strict=True)),
        **{name: getattr(sample, name) for name in RESAMPLED},
        "n_expressions": count_shown(sample.count),
    }


def accuracy_histogram(samples: Sequence[Sample]) -> pd.DataFrame:
    """Count resamples by accuracy, as in Fig. 4A of Zhou et al. (2022).

    Returns
    -------
    pandas.DataFrame
        network, training, layer, population, redrawn, accuracy (lower edge of a bin of .01),
        count; empty bins are left out.
    """
    rows = []
    for sample in samples:
        for redrawn, retrained in _redrawn(sample):
            _, draws = sample.spread(accuracy, retrained)
            # A share such as .29 may lie a rounding error below its bin.
            found, _ = np.histogram(np.minimum(draws + 1e-9, 1), BINS)
            for start, n in zip(BINS[:-1], found, strict=True):
                if n:
                    row = {"redrawn": redrawn, "accuracy": round(start, 2), "count": int(n)}
                    rows.append({**sample.about, **row})
    return as_table(rows, (*KEY, "redrawn", "accuracy", "count"))
