"""Numbers of selective units."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import chisquare, false_discovery_control

from nurture.core.expressions import EXPRESSIONS
from nurture.core.rows import ABOUT, about, as_table
from nurture.statistics.comparison import average, of_parts
from nurture.statistics.resampling import permutation_p
from nurture.statistics.verdicts import LEVEL

INTERVAL = (0.025, 0.975)
"""Quantiles of the counts under permuted labels."""

CHANCE = (
    *("fraction_lower", "fraction_upper"),
    *("null_mean", "null_low", "null_high", "null_critical", "n_permutations"),
    *("p_count", "p_signs", "n_fdr"),
    *("split_half_r", "preferred_chi2", "preferred_p"),
)
"""Columns on what the count of selective units is worth."""


def _preferred_counts(result: xr.Dataset) -> dict[str, int]:
    """Count the selective units by preferred expression."""
    names = result["expression"].to_numpy()
    preferred = result["preferred"].to_numpy()[result["selective"].to_numpy() == 1]
    count = dict(zip(names, np.bincount(preferred, minlength=len(names)), strict=True))
    return {name: int(count.get(name, 0)) for name in EXPRESSIONS}


def _found_by_false_discovery(result: xr.Dataset) -> int:
    """Count units whose expression effect survives Benjamini-Hochberg control at q = alpha."""
    p = result["p_expression"].to_numpy()
    p = p[~np.isnan(p)]
    return int((false_discovery_control(p) <= result.attrs["alpha"]).sum()) if len(p) else 0


def _against_chance(n_selective: int, n_units: int, null: xr.Dataset) -> dict[str, float]:
    """Compare a count with that of chance, and say how far it and tuning repeat."""
    counts = null["null_count"].to_numpy()
    low, high, critical = np.quantile(counts, (*INTERVAL, 1 - LEVEL))
    parts = null["part_count"].to_numpy() / n_units
    value = of_parts(n_selective / n_units, parts, null.attrs["n_identities"])
    share = average([value])
    repeated = null["split_half_r"].to_numpy()
    return {
        "fraction_lower": np.clip(share.lower, 0, 1),
        "fraction_upper": np.clip(share.upper, 0, 1),
        "null_mean": counts.mean(),
        "null_low": low,
        "null_high": high,
        "null_critical": critical,
        "n_permutations": len(counts),
        "p_count": permutation_p(n_selective, counts),
        "p_signs": permutation_p(n_selective, null["sign_count"].to_numpy()),
        "split_half_r": np.nan if np.isnan(repeated).all() else np.nanmean(repeated),
    }


def _against_uniform(result: xr.Dataset, counts: Mapping[str, int]) -> dict[str, float]:
    """Test whether the expressions shown are preferred alike."""
    shown = [counts[str(name)] for name in result["expression"].to_numpy()]
    statistic, p = chisquare(shown) if sum(shown) else (np.nan, np.nan)
    return {"preferred_chi2": float(statistic), "preferred_p": float(p)}


def selective_units(results: Sequence[xr.Dataset], nulls: Sequence[xr.Dataset]) -> pd.DataFrame:
    """Count the selective units of each layer, against chance and by preferred expression.

    Parameters
    ----------
    results : sequence of xarray.Dataset
        `nurture.selectivity.anova.selectivity` of each layer; the layers of a network from first to
        last, which gives their ``depth`` 0 .. 1.
    nulls : sequence of xarray.Dataset
        `nurture.selectivity.permutation.selectivity_permutation` of the same layers.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, depth, n_units, n_constant, n_selective, fraction, and a column
        for each expression. Then fraction_lower, fraction_upper: 95 % interval of the share over
        identities (`nurture.statistics.comparison.of_parts`); null_mean, null_low, null_high:
        mean and 95 % interval of the count when expression labels are permuted within identity, and
        null_critical, which 5 % of them exceed; n_permutations, of how many; p_count: share of
        permutations that give at least as many (`permutation_p`); p_signs: the same when deviations
        change their signs by identity, which holds when expressions differ in variance
        (`nurture.selectivity.by_identity.count_of_changed_signs`); n_fdr: units for which
        expression matters, whether or not identity does, at a false discovery rate of alpha
        (Benjamini & Hochberg, 1995); split_half_r: mean over splits of
        `nurture.selectivity.permutation.split_half`;
        preferred_chi2, preferred_p: chi-square test of the preferred expressions against equal
        numbers. That test takes units for independent, which units of one layer are not: its p is
        too small, and only its statistic compares layers.
    """
    networks = [result.attrs["network"] for result in results]
    rows: list[dict[str, str | float]] = []
    seen = dict.fromkeys(networks, 0)
    for network, result, null in zip(networks, results, nulls, strict=True):
        n_units, n_selective = result.sizes["unit"], int(result["selective"].sum())
        preferred = _preferred_counts(result)
        rows.append(
            {
                **about(result),
                "depth": seen[network] / max(networks.count(network) - 1, 1),
                "n_units": n_units,
                "n_constant": int(result["constant"].sum()),
                "n_selective": n_selective,
                "fraction": n_selective / n_units,
                **preferred,
                **_against_chance(n_selective, n_units, null),
                "n_fdr": _found_by_false_discovery(result),
                **_against_uniform(result, preferred),
            }
        )
        seen[network] += 1
    counts = ("depth", "n_units", "n_constant", "n_selective", "fraction", *EXPRESSIONS)
    return as_table(rows, (*ABOUT, *counts, *CHANCE))
