"""What is decoded from populations of units, and what is lost without the selective ones."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nurture.core.rows import ABOUT, about, as_table
from nurture.decoding.readout import TASKS, chance, hit_rate, resampled_rate
from nurture.statistics.resampling import interval, resample, two_sided_p

NOTHING = (np.array([np.nan]), np.array([np.nan]))
"""Accuracies of no draw, and their resamples."""

POPULATIONS = (
    *(*ABOUT, "population", "task", "n_units", "draws", "accuracy", "lower", "upper", "chance"),
    *("difference", "difference_lower", "difference_upper", "note"),
)
ABLATION = (
    *(*ABOUT, "task", "ablated", "n_ablated", "accuracy", "loss", "lower", "upper", "p", "note"),
)


def populations(results: Sequence[xr.Dataset], resamples: int) -> pd.DataFrame:
    """Compare the accuracy of populations of equal size, from `decode_populations` of each network.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, population, task, n_units, draws, accuracy (mean over the draws of
        units), lower, upper, chance, difference (accuracy minus that of random units),
        difference_lower, difference_upper, note. Intervals (95 %,
        `nurture.statistics.resampling.interval`) are of one draw of units asked about one sample of
        identities: each resample takes one of the draws, and identities with replacement, the same
        for all populations, so that differences are paired.
    """
    rows = [row for result in results for row in _compared(result, resamples)]
    return as_table(rows, POPULATIONS)


def _compared(result: xr.Dataset, resamples: int) -> Iterator[dict]:
    guess = chance(result["shown"].to_numpy())
    for task, by_guessing in zip(TASKS, guess, strict=True):
        found, n = _accuracies(result, task, resamples), result.sizes["identity"]
        for i, (name, (accuracy, resampled)) in enumerate(found.items()):
            rival, rival_resampled = NOTHING if name == "random" else found["random"]
            lower, upper = map(float, interval(resampled, n))
            least, most = map(float, interval(resampled - rival_resampled, n))
            yield {
                **about(result),
                "population": name,
                "task": task,
                "n_units": int(result["n_units"][i]),
                "draws": int(result["n_draws"][i]),
                "accuracy": accuracy.mean(),
                **{"lower": lower, "upper": upper, "chance": by_guessing},
                **{"difference": accuracy.mean() - rival.mean()},
                **{"difference_lower": least, "difference_upper": most},
                "note": str(result["note"].to_numpy()[i]) or _unasked(result, task),
            }


def _accuracies(result: xr.Dataset, task: str, resamples: int) -> dict:
    """Accuracy of each draw, and that of each resample, by name along the first dimension."""
    seed, shown = result.attrs["seed"], result["shown"].sel(task=task).to_numpy()
    weights = resample(len(shown), resamples, seed)
    hits, found = result["hits"].sel(task=task), {}
    for i, name in enumerate(result[hits.dims[0]].to_numpy()):
        drawn = hits[i, : int(result["n_draws"][i])].to_numpy()
        found[str(name)] = (
            (hit_rate(drawn, shown), resampled_rate(drawn, shown, weights, [seed, i]))
            if len(drawn)
            else NOTHING
        )
    return found


def _unasked(result: xr.Dataset, task: str) -> str:
    asked = result["shown"].sel(task=task).to_numpy().any()
    return "" if asked else "nobody is shown with enough expressions"


def ablation(results: Sequence[xr.Dataset], resamples: int) -> pd.DataFrame:
    """List what is lost when the selective units are ablated, and when as many random ones are.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, task, ablated (none, selective, random), n_ablated, accuracy,
        loss (accuracy of the intact layer less this; of random units the mean over draws), lower,
        upper (95 % of the loss, over resampled test identities and over draws), p, note. p says
        whether the selective units are among the random draws that lose most or least, two-sided
        (`nurture.statistics.resampling.two_sided_p`), not corrected for the number of networks.
    """
    rows = [row for result in results for task in TASKS for row in _losses(result, task, resamples)]
    return as_table(rows, ABLATION)


def _losses(result: xr.Dataset, task: str, resamples: int) -> Iterator[dict]:
    found = _accuracies(result, task, resamples)
    intact, intact_resampled = found["none"]
    # Equal counts of right answers must tie.
    lost = {name: np.round(intact - accuracy, 12) for name, (accuracy, _) in found.items()}
    lost["none"] = NOTHING[0]
    for i, (name, (accuracy, resampled)) in enumerate(found.items()):
        tested = name == "selective" and np.isfinite(lost[name][0])
        of_loss = intact_resampled - (resampled if name != "none" else np.nan)
        lower, upper = map(float, interval(of_loss, result.sizes["identity"]))
        yield {
            **about(result),
            "task": task,
            "ablated": name,
            "n_ablated": int(result["n_ablated"][i]),
            "accuracy": accuracy.mean(),
            **{"loss": lost[name].mean(), "lower": lower, "upper": upper},
            "p": two_sided_p(lost[name][0], lost["random"]) if tested else np.nan,
            "note": str(result["note"].to_numpy()[i]) or _unasked(result, task),
        }
