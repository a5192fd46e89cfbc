"""What becomes of a readout when the units that it learned from are ablated or amplified."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nurture.core.expressions import EXPRESSIONS
from nurture.core.rows import ABOUT, about, as_table
from nurture.decoding import readout as readouts
from nurture.decoding.classifier import component_scores, fit_classifier
from nurture.decoding.noise import LEVELS, decide, mixture, pairwise
from nurture.statistics.resampling import interval, resample, two_sided_p

PART = 20
"""Units of neighbouring mean response among which others are drawn."""

NOISE_DRAWS = 5
"""Answers to each stimulus at each level of noise: the same noise for all units and gains."""

COLUMNS = (
    *(*ABOUT, "units", "gain", "n_units", "mean_response", "accuracy", "change"),
    *("lower", "upper", "p", "note"),
)


def gain(
    training: xr.Dataset,
    generalisation: xr.Dataset,
    units: xr.Dataset,
    n_components: int = 50,
    C: float = 1.0,
    min_units: int = 10,
    gains: Sequence[float] = (0, 0.5, 2, 4),
    accuracy: float = 0.5,
    draws: int = 99,
    seed: int = 0,
) -> xr.Dataset:
    """Multiply the responses of selective units, or of others like them, under a fixed readout.

    The readout is learned once, on the intact layer, and answers through noise that brings the
    intact layer to one accuracy: at 98 % there is hardly anything to lose. The responses of units
    to test stimuli are then multiplied by a gain, 0 being ablation (Liu et al. 2024, PLOS
    Computational Biology 20:e1011943).

    Parameters
    ----------
    training, generalisation, units, n_components, C
        See `nurture.decoding.populations.decode_populations`, which refuses the same.
    min_units : int
        A layer of which fewer units respond in training is not analysed.
    gains : sequence of float
    accuracy : float
        Of the intact layer, through noise.
    draws : int
        Draws of as many units with the same mean response: from every `PART` as many as are
        selective there, the selective ones among them.
    seed : int
        Seed of the draws and of the noise.

    Returns
    -------
    xarray.Dataset
        ``hits(draw, gain, identity, expression)``: right answers, in shares of the noise, of the
        selective units first and then of draws; ``mean_response(draw)``;
        ``intact(identity, expression)``; ``shown(identity, expression)``: counts of questions. No
        draws where nothing could be asked, and of a `nurture.decoding.readout.LargeReadout`.
        Attributes: ``n_units`` whose gain changes, ``note``, ``seed``, network, training and layer.
    """
    readout, live = readouts.readout_of(training, generalisation, units, n_components, C)
    responding = np.flatnonzero(readout.responds)
    selective = np.isin(responding, np.flatnonzero(units["selective"].to_numpy()[live] == 1))
    note = "no selective units" if not selective.any() else ""
    if len(responding) < min_units:
        note = f"too few units ({len(responding)} < {min_units})"
    if isinstance(readout, readouts.LargeReadout):
        note = readouts.LEFT_OUT
    fixed = None if note else _Fixed(readout, responding, accuracy, seed)
    if fixed and fixed.levels is None:
        note = f"noise brings no accuracy of {fixed.accuracy[0]:.2f} to {accuracy:g}"
    mean = readout.mean[responding]
    drawn = [] if note else [np.flatnonzero(selective), *_alike(mean, selective, draws, seed)]
    parts = [fixed.part(rows) for rows in drawn] if fixed else []
    hits = [[fixed.hits(part, one) for one in gains] for part in parts] if fixed else []
    cells = ("identity", "expression")
    shown = readout.shown[0]
    return xr.Dataset(
        {
            "hits": (("draw", "gain", *cells), np.reshape(hits, (-1, len(gains), *shown.shape))),
            "mean_response": ("draw", np.array([mean[rows].mean() for rows in drawn], float)),
            "intact": (cells, fixed.hits(parts[0], 1.0) if fixed and parts else 0.0 * shown),
            "shown": (cells, shown),
        },
        {
            "gain": np.array(gains, float),
            "identity": readout.identities.astype("int32"),
            "expression": list(EXPRESSIONS),
        },
        about(units) | {"n_units": int(selective.sum()), "note": note, "seed": seed},
    )


class _Fixed:
    """A readout of some units of a layer, learned once."""

    def __init__(self, readout: readouts.Readout, units: np.ndarray, accuracy: float, seed: int):
        self.readout, self.units, self.asked = readout, units, readout.shown[0]
        who = np.searchsorted(readout.identities, readout.identity)
        what = np.array([EXPRESSIONS.index(name) for name in readout.expression], int)
        self.cell = who * len(EXPRESSIONS) + what
        products = readout.products(units)
        scores, test = component_scores(products, readout.n_components)
        svc = fit_classifier(scores, readout.train_expression, readout.C)
        weights, intercept, self.votes = pairwise(svc)
        self.values = test @ weights.T + intercept
        # Scores of test stimuli are their products with the training stimuli, times these.
        variance = np.einsum("sk,sk->k", scores, products.train @ scores) / len(scores)
        self.of_units = self._seen(scores / variance) @ weights.T
        names = list(svc.classes_)
        self.shown = np.array([names.index(e) if e in names else -1 for e in readout.expression])
        noise = np.random.default_rng(seed).normal(size=(NOISE_DRAWS, *test.shape))
        self.noise = noise @ weights.T
        self.accuracy = np.array([self._rate(self._right(self.values, one)) for one in LEVELS])
        self.levels = mixture(self.accuracy, accuracy)

    def _seen(self, of_stimuli: np.ndarray) -> np.ndarray:
        """Weights of units from those of training stimuli, shape (n_units, n_components)."""
        mean, scale = (x[self.units, None] for x in (self.readout.mean, self.readout.scale))
        found = self.readout.train[self.units] @ of_stimuli
        return (found - mean * of_stimuli.sum(axis=0)) * scale

    def _right(self, values: np.ndarray, level: float) -> np.ndarray:
        """Share of right answers to each test stimulus."""
        answer = decide(values + level * self.noise, self.votes)
        return (answer == self.shown).mean(axis=0)

    def _rate(self, right: np.ndarray) -> float:
        return float(readouts.hit_rate(self._by_identity(right), self.asked))

    def _by_identity(self, right: np.ndarray) -> np.ndarray:
        total = np.bincount(self.cell, right, minlength=self.asked.size)
        return total.reshape(self.asked.shape)

    def part(self, rows: np.ndarray) -> np.ndarray:
        """Give what some of the units add to the decision values of each test stimulus."""
        units = self.units[rows]
        response = self.readout.test[units].T * self.readout.scale[units]
        return response @ self.of_units[rows]

    def hits(self, part: np.ndarray, gain: float) -> np.ndarray:
        """Right answers with the gain of what some units add, shape (n_identities, 6)."""
        values = self.values + (gain - 1) * part
        if self.levels is None:
            raise ValueError("no noise brings this readout to the accuracy")
        i, share = self.levels
        right = [self._right(values, level) for level in LEVELS[i : i + 2]]
        return self._by_identity((1 - share) * right[0] + share * right[1])


def _alike(mean: np.ndarray, selective: np.ndarray, draws: int, seed: int) -> list[np.ndarray]:
    """Draw as many units as are selective, with the same mean response, several times."""
    parts = np.array_split(np.argsort(mean, kind="stable"), max(1, len(mean) // PART))
    wanted = [(part, selective[part].sum()) for part in parts]
    rng = np.random.default_rng(seed)
    return [
        np.sort(np.hstack([rng.choice(part, n, replace=False) for part, n in wanted]))
        for _ in range(draws)
    ]


def gain_table(results: Sequence[xr.Dataset], resamples: int) -> pd.DataFrame:
    """List by how much accuracy changes with the gain of selective units, and of others like them.

    Test identities are resampled.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, units (selective, random), gain, n_units, mean_response, accuracy,
        change (accuracy less that of the intact layer; of random units the mean over draws), lower,
        upper (95 % of the change, over resampled test identities and over draws), p, note. p says
        whether the selective units are among the draws that change accuracy most in either
        direction (`nurture.statistics.resampling.two_sided_p`); not corrected for the number of
        gains and networks.
    """
    return as_table([row for one in results for row in _rows(one, resamples)], COLUMNS)


def _rows(result: xr.Dataset, resamples: int) -> Iterator[dict]:
    shown, seed, n = result["shown"].to_numpy(), result.attrs["seed"], result.sizes["identity"]
    weights = resample(n, resamples, seed)
    intact = result["intact"].to_numpy()
    before, resampled = readouts.hit_rate(intact, shown), readouts.hit_rate(intact, shown, weights)
    mean = result["mean_response"].to_numpy()
    for g, one in enumerate(result["gain"].to_numpy()):
        hits = result["hits"][:, g].to_numpy()
        change = np.round(readouts.hit_rate(hits, shown) - before, 12)
        for name, rows in (("selective", slice(1)), ("random", slice(1, None))):
            row = {**about(result), "units": name, "gain": float(one)}
            row |= {"n_units": result.attrs["n_units"], "note": result.attrs["note"]}
            if len(hits):
                moved = readouts.resampled_rate(hits[rows], shown, weights, seed) - resampled
                lower, upper = map(float, interval(moved, n))
                row |= {"mean_response": mean[rows].mean(), "change": change[rows].mean()}
                row |= {"accuracy": before + row["change"], "lower": lower, "upper": upper}
                if name == "selective":
                    row["p"] = two_sided_p(change[0], change[1:])
            yield row
