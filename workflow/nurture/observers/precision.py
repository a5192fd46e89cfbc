"""How many observers give which precision, by simulation before any is asked."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from nurture.confusion.ceiling import attainable
from nurture.confusion.likeness import contrasts, error_cells
from nurture.confusion.matrices import proportions

SIZES = (10, 20, 30, 40, 60, 80, 120)
"""Numbers of observers that are tried."""

SPLITS = 10
"""Of the simulated observers into halves."""

STEEPNESS, BOUNDARY_SD = 12.0, 0.1
"""Of simulated identification curves: the slope of the logistic function by morph level, and how
far boundaries of observers lie apart."""

SENSITIVITY, SENSITIVITY_SD = 1.5, 0.75
"""Of simulated observers to a pair of morphs, as d', and how much they differ in it."""


COLUMNS = (
    *("observers", "answers", "mean_se_cell", "largest_se_cell", "ceiling", "se_ceiling"),
    *("observers_of_continuum", "largest_se_point", "observers_of_pair", "share_right", "se_pair"),
)


def draw_observers(
    truth: np.ndarray, n: int, faces: int, concentration: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw answers of n observers who differ from each other, shape (n, 6, 6).

    Parameters
    ----------
    truth : numpy.ndarray, shape (6, 6)
        Share of each answer, over all observers.
    n : int
    faces : int
        Of each expression that one sees.
    concentration : float
        Of the Dirichlet distribution of an observer's shares about those of all; the greater, the
        more alike observers are.
    rng : numpy.random.Generator
    """
    # What nobody ever answered stays out of reach of the gamma distribution's smallest values.
    shape = np.broadcast_to(np.maximum(truth, 1e-6) * concentration, (n, *truth.shape))
    gamma = rng.gamma(shape)
    own = gamma / gamma.sum(axis=-1, keepdims=True)
    return rng.multinomial(faces, own)


def halves(answers: np.ndarray, rng: np.random.Generator, splits: int = SPLITS) -> float:
    """Correlate the errors of random halves of observers, whose answers are (n_observers, 6, 6).

    The mean Pearson's r over the 30 cells off the diagonal; NaN where a half has none.
    """
    n, found = len(answers), []
    for _ in range(splits):
        order = rng.permutation(n)
        both = np.array(
            [answers[order[: n // 2]].sum(axis=0), answers[order[n // 2 :]].sum(axis=0)]
        )
        first, second = contrasts("pearson", error_cells(proportions(both)))
        found.append(first @ second)
    return float(np.mean(found))


def precision(
    truth: np.ndarray,
    observers: Mapping,
    n_continua: int,
    levels: Sequence[float],
    seed: int,
    sizes: Sequence[int] = SIZES,
) -> pd.DataFrame:
    """Simulate standard errors by number of observers.

    Parameters
    ----------
    truth : numpy.ndarray, shape (6, 6)
        Share of each answer that is expected: of observers in another study.
    observers : mapping
        Section ``observers`` of the configuration.
    n_continua : int
        In the stimulus set of morphs; 0 without one.
    levels : sequence of float
        Morph levels.
    seed : int
    sizes : sequence of int
        Numbers of observers.

    Returns
    -------
    pandas.DataFrame
        observers; answers to each expression; mean_se_cell and largest_se_cell of the confusion
        matrix; ceiling, the correlation with the true matrix that a perfect model of observers
        reaches (`nurture.confusion.ceiling.attainable`), and se_ceiling; observers_of_continuum
        and largest_se_point of an identification curve; observers_of_pair, share_right and se_pair
        of a pair of morphs in ABX. NaN for a task that is not set.
    """
    rows = []
    for n in sizes:
        rng = np.random.default_rng([seed, n])
        row: dict[str, float] = {"observers": n}
        if "label" in observers["tasks"]:
            row |= _labelled(truth, observers, n, rng)
        if "identify" in observers["tasks"]:
            row |= _identified(observers, n, n_continua, np.asarray(levels, float), rng)
        if "abx" in observers["tasks"]:
            row |= _discriminated(observers, n, n_continua, rng)
        rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _labelled(truth: np.ndarray, observers: Mapping, n: int, rng: np.random.Generator) -> dict:
    faces, concentration = observers["label"]["faces"], observers["concentration"]
    shares, ceilings = [], []
    for _ in range(observers["simulations"]):
        answers = draw_observers(truth, n, faces, concentration, rng)
        shares.append(proportions(answers.sum(axis=0)))
        ceilings.append(float(attainable(np.array(halves(answers, rng)))))
    se = np.std(shares, axis=0, ddof=1)
    return {
        **{"answers": n * faces, "mean_se_cell": se.mean(), "largest_se_cell": se.max()},
        **{"ceiling": np.nanmean(ceilings), "se_ceiling": np.nanstd(ceilings, ddof=1)},
    }


def _identified(
    observers: Mapping, n: int, n_continua: int, levels: np.ndarray, rng: np.random.Generator
) -> dict:
    """Find the standard error of a point: boundaries differ, answers are binomial."""
    settings = observers["identify"]
    asked = _asked(settings, n, n_continua)
    boundary = rng.normal(0.5, BOUNDARY_SD, (observers["simulations"], asked, 1))
    share = 1 / (1 + np.exp(-STEEPNESS * (levels - boundary)))
    points = rng.binomial(settings["identities"], share).mean(axis=1) / settings["identities"]
    return {"observers_of_continuum": asked, "largest_se_point": points.std(axis=0, ddof=1).max()}


def _discriminated(
    observers: Mapping, n: int, n_continua: int, rng: np.random.Generator
) -> dict[str, float]:
    """Find the standard error of the share right of a pair: observers differ in sensitivity."""
    settings = observers["abx"]
    asked = _asked(settings, n, n_continua)
    simulated = rng.normal(SENSITIVITY, SENSITIVITY_SD, (observers["simulations"], asked))
    share = abx_share(np.maximum(simulated, 0))
    right = rng.binomial(settings["identities"], share).mean(axis=1) / settings["identities"]
    return {
        **{"observers_of_pair": asked, "share_right": right.mean()},
        "se_pair": right.std(ddof=1),
    }


def abx_share(sensitivity: np.ndarray) -> np.ndarray:
    """Share of right ABX answers at a sensitivity d', .5 by chance.

    The differencing model (Macmillan & Creelman 2005, Detection theory): an observer
    notes A, B and X with equal, independent noise, and answers with the one that is nearer to X.
    """
    first, second = (norm.cdf(np.asarray(sensitivity) / np.sqrt(k)) for k in (2, 6))
    return first * second + (1 - first) * (1 - second)


def _asked(settings: Mapping, n: int, n_continua: int) -> int:
    """Observers, of n, who are shown a continuum."""
    return max(1, n * min(settings["continua"], n_continua) // n_continua)
