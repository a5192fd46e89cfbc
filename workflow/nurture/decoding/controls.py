"""Whether selective units stay selective when faces are upside down, negative or in pieces."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from nurture.activations.units import basic, check_units, is_constant, responses_of
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import read_labels
from nurture.core.rows import ABOUT, about, as_table
from nurture.decoding.classifier import classify, too_few
from nurture.selectivity.anova import correlate_tuning
from nurture.statistics.resampling import groups

AS_THEY_ARE = "upright"
"""Name of the faces of which the controls were made."""

NUMBERS = (
    *("n_stimuli", "n_identities", "tuning_r", "tuning_r_se", "accuracy", "accuracy_se"),
    "n_expressions",
)


class Shown(NamedTuple):
    """Responses of a population of units to one condition."""

    responses: np.ndarray
    """shape (n_stimuli, n_units)."""

    labels: pd.DataFrame
    """One row per stimulus."""


def controls(
    units: xr.Dataset,
    training: xr.Dataset,
    upright: xr.Dataset,
    altered: Sequence[xr.Dataset],
    n_components: int = 50,
    C: float = 1.0,
    min_units: int = 10,
) -> xr.Dataset:
    """Compare the selective units' responses to faces as they are and as controls.

    The units, their tuning and the classifier come from faces as they are, of other identities. Two
    questions are asked of every condition: does a unit keep its tuning, by the correlation of its
    mean response to the six expressions with its tuning on the selection set; and can the
    expression still be read from all units by `nurture.decoding.classifier.classify`.

    Parameters
    ----------
    units : xarray.Dataset
        The layer's `nurture.selectivity.anova.selectivity`.
    training : xarray.Dataset
        Activation file of the layer on which the classifier is trained.
    upright : xarray.Dataset
        Activation file of the faces of which the controls were made. Only identities of the first
        of `altered` count, so that all conditions show the same.
    altered : sequence of xarray.Dataset
        Activation files of controls, with the label ``control``.
    n_components, C
        See `nurture.decoding.classifier.classify`.
    min_units : int
        With fewer selective units that respond in training no classifier is trained, and ``note``
        says so.

    Returns
    -------
    xarray.Dataset
        Over ``control`` (upright first): ``tuning_r``, the mean over units of Pearson's r; a unit
        without response has lost its tuning and counts as 0. ``accuracy``, the mean hit rate over
        expressions. Both with a standard error over identities, ``*_se``, by the jackknife (Efron &
        Tibshirani 1993, chapter 11). ``n_stimuli``, ``n_identities``, ``n_expressions``.
        Attributes: network, training, layer, ``n_units``, ``note``.

    Raises
    ------
    NurtureError
        When the files do not hold the same units, or an activation is NaN.
    """
    files = {f"control {i + 1}": file for i, file in enumerate(altered)}
    check_units(units, training=training, upright=upright, **files)
    chosen = units["selective"].to_numpy() == 1
    learned, labels = basic(training["activation"], read_labels(training))
    seen = responses_of(learned, chosen)
    note = too_few(int((~is_constant(seen)).sum()), min_units, "selective")
    shown = _conditions(upright, altered, chosen)
    tuning = units["tuning"].sel(expression=list(EXPRESSIONS)).to_numpy()[:, chosen]
    right = [np.full(len(one.labels), np.nan) for one in shown.values()]
    if not note:
        right = _right(seen, labels, list(shown.values()), n_components, C)
    rows = []
    for one, hits in zip(shown.values(), right, strict=True):
        identities = groups(one.labels["identity"])
        r, r_se = _jackknife(lambda keep, one=one: _mean_r(one, keep, tuning), identities)
        share, share_se = _jackknife(
            lambda keep, one=one, hits=hits: _hit_rate(one.labels["expression"], hits, keep),
            identities,
        )
        row = {"tuning_r": r, "tuning_r_se": r_se, "accuracy": share, "accuracy_se": share_se}
        row |= {"n_stimuli": len(identities), "n_identities": len(np.unique(identities))}
        rows.append(row | {"n_expressions": one.labels["expression"].nunique()})
    return xr.Dataset(
        {name: ("control", [row[name] for row in rows]) for name in rows[0]},
        {"control": list(shown)},
        about(units) | {"n_units": int(chosen.sum()), "note": note},
    )


def _conditions(
    upright: xr.Dataset, altered: Sequence[xr.Dataset], chosen: np.ndarray
) -> dict[str, Shown]:
    """Responses of the chosen units in each condition, the faces as they are first."""
    shown = {}
    for file in altered:
        activation, labels = basic(file["activation"], read_labels(file))
        responses = responses_of(activation, chosen)
        for name in labels["control"].drop_duplicates():
            rows = (labels["control"] == name).to_numpy()
            shown[name] = Shown(responses[rows], labels[rows].reset_index(drop=True))
    identities = next(iter(shown.values())).labels["identity"]
    activation, labels = basic(upright["activation"], read_labels(upright))
    same = labels["identity"].isin(identities).to_numpy()
    responses = responses_of(activation, chosen)[same]
    return {AS_THEY_ARE: Shown(responses, labels[same].reset_index(drop=True)), **shown}


def _right(
    seen: np.ndarray, labels: pd.DataFrame, shown: Sequence[Shown], n_components: int, C: float
) -> list[np.ndarray]:
    """Return for each stimulus of each condition whether one classifier names its expression."""
    test = np.concatenate([one.responses for one in shown])
    answered = classify(seen, labels["expression"], test, n_components, C)
    expressions = pd.concat([one.labels["expression"] for one in shown]).to_numpy().astype(str)
    ends = np.cumsum([len(one.labels) for one in shown])[:-1]
    return np.split((answered == expressions).astype(float), ends)


def _mean_r(one: Shown, keep: np.ndarray, tuning: np.ndarray) -> float:
    """Mean over units of the correlation of mean responses with `tuning`, (6, n_units)."""
    if not tuning.shape[1]:
        return np.nan
    expression = one.labels["expression"].to_numpy()
    here = [keep & (expression == name) for name in EXPRESSIONS]
    found = [i for i, rows in enumerate(here) if rows.any()]
    curve = np.stack([one.responses[here[i]].mean(axis=0, dtype=float) for i in found])
    r = correlate_tuning(curve, tuning[found])
    return float(np.where(is_constant(one.responses), 0, r).mean())


def _hit_rate(expression: pd.Series, hits: np.ndarray, keep: np.ndarray) -> float:
    return float(pd.Series(hits[keep]).groupby(expression.to_numpy()[keep]).mean().mean())


def _jackknife(statistic, identities: np.ndarray) -> tuple[float, float]:
    """Value of a statistic of stimuli, and its standard error over identities."""
    without = np.array([statistic(identities != person) for person in np.unique(identities)])
    n = len(without)
    spread = (n - 1) / n * ((without - without.mean()) ** 2).sum() if n > 1 else np.nan
    return statistic(np.ones(len(identities), bool)), float(np.sqrt(spread))


def controls_table(results: Sequence[xr.Dataset]) -> pd.DataFrame:
    """List `controls` of each network, by condition.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, control, n_units, n_stimuli, n_identities, tuning_r, tuning_r_se,
        accuracy, accuracy_se, n_expressions (that were shown), note.
    """
    rows = []
    for result in results:
        shared = {key: result.attrs[key] for key in ("n_units", "note")}
        for control in result["control"].to_numpy():
            one = result.sel(control=control)
            numbers = {name: one[name].item() for name in NUMBERS}
            rows.append(about(result) | {"control": str(control)} | shared | numbers)
    return as_table(rows, (*ABOUT, "control", "n_units", *NUMBERS, "note"))
