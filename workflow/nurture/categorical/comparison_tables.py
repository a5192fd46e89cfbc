"""Paired tests over continua: networks by how categorical they are, and the shapes of curves."""

from itertools import combinations

import numpy as np
import pandas as pd

from nurture.categorical.curves import FITS
from nurture.categorical.discrimination_tables import ALL
from nurture.core.rows import ABOUT, as_table
from nurture.statistics.resampling import holm, sign_interval, sign_test, sign_test_max

MEASURES = ("linear_r2", "logistic_r2", "slope", "aicc_gain", "cv_gain", "over_pixels")
FIT_MEASURES = ("r2", "r2_adjusted", "aicc", "cv_error")
NUMBERS = ("n_continua", "difference", "lower", "upper", "p", "p_holm", "p_max")
SIDES = tuple(f"{name}_{side}" for side in "ab" for name in ABOUT)


def measures_by_continuum(fits: pd.DataFrame, discrimination: pd.DataFrame) -> pd.DataFrame:
    """Collect what networks are compared in, one value for each continuum.

    Returns
    -------
    pandas.DataFrame
        Index network, training, layer, continuum. ``linear_r2``, ``logistic_r2``; ``slope`` of the
        logistic; ``aicc_gain`` and ``cv_gain``, by how much AICc and cross-validated error of
        the line exceed those of the logistic; ``over_pixels``, excess of distances across the
        boundary over that of the images.
    """
    key = [*ABOUT, "continuum"]
    line, step = (fits[fits["fit"] == fit].set_index(key) for fit in ("linear", "logistic"))
    each = discrimination[discrimination["continuum"] != ALL].set_index(key)
    values = {
        "linear_r2": line["r2"],
        "logistic_r2": step["r2"],
        "slope": step["slope"],
        "aicc_gain": line["aicc"] - step["aicc"],
        "cv_gain": line["cv_error"] - step["cv_error"],
        "over_pixels": each["over_pixels"],
    }
    return pd.concat(values, axis=1)


def comparisons(fits: pd.DataFrame, discrimination: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Compare every two networks, as Fig. 4F of Zhou et al. (2022) does.

    Returns
    -------
    pandas.DataFrame
        measure (`measures_by_continuum`); network, training and layer of a and of b; then the
        numbers of `paired_tests`, corrected for all pairs of a measure.
    """
    values = measures_by_continuum(fits, discrimination)
    networks = discrimination[list(ABOUT)].drop_duplicates().itertuples(index=False, name=None)
    networks, continua = list(networks), values.index.unique("continuum")
    rows = []
    for measure, column in values.items():
        table = np.array([[column.get((*one, c), np.nan) for one in networks] for c in continua])
        for a, b, numbers in paired_tests(table, seed):
            sides = dict(zip(SIDES, (*networks[a], *networks[b]), strict=True))
            rows.append({"measure": measure} | sides | numbers)
    return as_table(rows, ("measure", *SIDES, *NUMBERS))


def fit_comparisons(fits: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Compare the three shapes of curves within each network, as Fig. 3D of the paper does.

    Returns
    -------
    pandas.DataFrame
        network, training, layer; measure (`FIT_MEASURES`), fit_a, fit_b; then the numbers of
        `paired_tests`, corrected for a network's three pairs.
    """
    rows = []
    for network, mine in fits.groupby(list(ABOUT), sort=False):
        for measure in FIT_MEASURES:
            wide = mine.pivot_table(index="continuum", columns="fit", values=measure)
            table = wide.reindex(columns=list(FITS)).to_numpy()
            for a, b, numbers in paired_tests(table, seed):
                sides = {"measure": measure, "fit_a": FITS[a], "fit_b": FITS[b]}
                rows.append(dict(zip(ABOUT, network, strict=True)) | sides | numbers)
    return as_table(rows, (*ABOUT, "measure", "fit_a", "fit_b", *NUMBERS))


def paired_tests(values: np.ndarray, seed: int) -> list[tuple[int, int, dict[str, float]]]:
    """Test every two columns for a difference, over continua as cases.

    Continua share expressions and faces, so they are not quite independent. With n of them no p
    is below 2 / 2^n: with the paper's seven .016, and .047 after Holm's correction for three
    pairs. Fifteen pairs can't reach .05 by it, but can by the maximum statistic.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_continua, n_columns)
        A continuum that is NaN in either column is left out of their comparison.
    seed : int
        Of changes of sign, where there are too many to try all.

    Returns
    -------
    list of tuple
        Numbers of columns a and b, and n_continua that both have, difference (mean of a less b),
        lower and upper (95 %, `nurture.statistics.resampling.sign_interval`), p (`sign_test`), and
        p_holm and p_max (`holm`, `sign_test_max`), corrected for the number of pairs.
    """
    pairs = list(combinations(range(values.shape[1]), 2)) if values.size else []
    if not pairs:
        return []
    differences = np.array([values[:, a] - values[:, b] for a, b in pairs]).T
    p, found = sign_test(differences, seed), []
    tests = zip(p, holm(p), sign_test_max(differences, seed), strict=True)
    for pair, difference, of_pair in zip(pairs, differences.T, tests, strict=True):
        known = difference[np.isfinite(difference)]
        mean = known.mean() if len(known) else np.nan
        numbers = (len(known), mean, *sign_interval(known, seed), *of_pair)
        found.append((*pair, dict(zip(NUMBERS, numbers, strict=True))))
    return found
