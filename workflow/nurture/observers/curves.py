"""Identification curves of observers and networks along the very same morphs."""

import numpy as np
import pandas as pd

from nurture.categorical.curves import fit_curve
from nurture.confusion.likeness import symmetric_interval
from nurture.core.rows import ABOUT, as_table
from nurture.observers.reading import check_shown
from nurture.statistics.resampling import interval, resample, wilson

FEWEST = 3
"""Continua over which boundaries are correlated."""


def check_morphs(trials: pd.DataFrame, stated: str, digest: str, where: str) -> pd.DataFrame:
    """Pick the answers to morphs, and refuse those of other morphs; see `read_faces`.

    Returns
    -------
    pandas.DataFrame
        Those of the task ``identify``, with ``second``: 1 for the second expression, else 0.
    """
    found = trials[trials["task"] == "identify"]
    if len(found):
        check_shown("morphs", stated, digest, where)
    return found.assign(second=found["answer"] == found["continuum"].str.split("-").str[1])


def observer_identification(morphs: pd.DataFrame) -> pd.DataFrame:
    """List the points of observers' identification curves, from `check_morphs`.

    Returns
    -------
    pandas.DataFrame
        continuum, level, share_second, lower, upper (95 % interval over observers), n,
        n_observers.
    """
    each = morphs.groupby(["continuum", "level", "observer"])["second"].agg(["sum", "size"])
    rows = [
        dict(zip(("continuum", "level"), place, strict=True))
        | {"share_second": answers["sum"].sum() / answers["size"].sum()}
        | dict(zip(("lower", "upper"), clustered_wilson(*answers.to_numpy(float).T), strict=True))
        | {"n": int(answers["size"].sum()), "n_observers": len(answers)}
        for place, answers in each.groupby(level=[0, 1])
    ]
    return as_table(
        rows, ("continuum", "level", "share_second", "lower", "upper", "n", "n_observers")
    )


def clustered_wilson(successes: np.ndarray, n: np.ndarray) -> tuple[float, float]:
    """Interval of a share of answers of which an observer gives several; NaN with one observer.

    Wilson's interval for as many answers as would give the same variance if all were independent
    (Korn & Graubard 1998, Survey Methodology 24:193), at most those that there are. `successes` and
    `n` are those of each observer, shape (n_observers,).
    """
    observers, total = len(n), n.sum()
    if observers < 2:
        return np.nan, np.nan
    share = successes.sum() / total
    variance = ((successes - share * n) ** 2).sum() * observers / (observers - 1) / total**2
    worth = min(share * (1 - share) / variance, total) if variance > 0 else total
    lower, upper = wilson(share * worth, worth)
    return float(lower), float(upper)


def boundaries(
    morphs: pd.DataFrame, resamples: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find observers' category boundaries, and those of resampled observers, from `check_morphs`.

    Returns
    -------
    estimates : pandas.DataFrame
        continuum, observers (level at which the logistic fit crosses .5), lower, upper (95 %
        interval over observers), n_observers.
    drawn : pandas.DataFrame, shape (resamples, n_continua)
        By continuum; NaN where a sample has no boundary.
    """
    who = np.unique(morphs["observer"])
    weights = resample(len(who), resamples, seed) if len(who) else np.empty((resamples, 0))
    rows, drawn = [], {}
    for name, answers in morphs.groupby("continuum"):
        level = np.unique(answers["level"])
        place = np.searchsorted(who, answers["observer"]), np.searchsorted(level, answers["level"])
        counts = np.zeros((2, len(who), len(level)))
        np.add.at(counts[0], place, answers["second"])
        np.add.at(counts[1], place, 1)
        second, n = weights @ counts
        share = np.divide(second, n, out=np.full(n.shape, np.nan), where=n > 0)
        drawn[name] = fit_curve(level, share, "logistic").boundary
        whole = counts[0].sum(axis=0) / counts[1].sum(axis=0)
        seen = int((counts[1].sum(axis=1) > 0).sum())
        lower, upper = interval(drawn[name], seen)
        found = float(fit_curve(level, whole, "logistic").boundary)
        rows.append(
            {"continuum": name, "observers": found, "lower": float(lower)}
            | {"upper": float(upper), "n_observers": seen}
        )
    columns = ("continuum", "observers", "lower", "upper", "n_observers")
    return as_table(rows, columns), pd.DataFrame(drawn)


def boundary_correlation(
    fits: pd.DataFrame, estimates: pd.DataFrame, drawn: pd.DataFrame
) -> pd.DataFrame:
    """Correlate boundaries of each network with observers' over continua.

    Parameters
    ----------
    fits : pandas.DataFrame
        `nurture.categorical.identification_tables.fits`.
    estimates, drawn : pandas.DataFrame
        `boundaries`.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, n_continua (where both have a boundary), r, lower, upper (95 %
        interval over observers, `nurture.confusion.likeness.symmetric_interval`: noise in
        boundaries lowers r, and that of resampled ones more). NaN below `FEWEST` continua or
        without variance.
    """
    rows, known = [], estimates.set_index("continuum")["observers"].dropna()
    logistic = fits[fits["fit"] == "logistic"]
    for named, table in logistic.groupby(list(ABOUT), sort=False):
        mine = table.set_index("continuum")["boundary"].dropna()
        shared = [name for name in known.index if name in mine.index]
        r = _correlations(mine[shared].to_numpy(float), known[shared].to_numpy(float)[None])[0]
        lower, upper = np.array(np.nan), np.array(np.nan)
        if np.isfinite(r) and estimates["n_observers"].min() > 1:
            each = _correlations(mine[shared].to_numpy(), drawn[shared].to_numpy())
            lower, upper = symmetric_interval(each, r)
        rows.append(
            dict(zip(ABOUT, named, strict=True))
            | {"n_continua": len(shared), "r": r, "lower": float(lower), "upper": float(upper)}
        )
    return as_table(rows, (*ABOUT, "n_continua", "r", "lower", "upper"))


def _correlations(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Pearson's r with each row, over the continua of which it has a boundary."""
    found = np.full(len(theirs), np.nan)
    for i, row in enumerate(theirs):
        both = np.isfinite(row) & np.isfinite(mine)
        if both.sum() >= FEWEST and np.ptp(row[both]) > 0 and np.ptp(mine[both]) > 0:
            found[i] = np.corrcoef(row[both], mine[both])[0, 1]
    return found
