"""Baselines: what is decoded from the pictures and their recipes without any network.

They are written as activation files, so that every analysis takes them as it takes a layer.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from nurture.activations.units import unit_coordinates
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import label_coordinates
from nurture.core.luminance import LUMINANCE
from nurture.core.names import BASELINE
from nurture.stimuli.rendered.action_units import unit_intensities

SIDE = 32
"""Rows and columns of the pixel baseline: about those of a face in an icon."""


def pixel_units(images: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Average the grey of images over small squares.

    Parameters
    ----------
    images : numpy.ndarray of uint8, shape (n_stimuli, height, width, 3)
        As networks see them.
    side : int
        Squares in a row and in a column; no more than there are pixels.

    Returns
    -------
    numpy.ndarray of float32, shape (n_stimuli, 1, rows, columns)
        Squares differ by a pixel in size where `side` does not divide the image's. Those outside
        of every face are constant, and no analysis counts them.
    """
    sums = images.astype(float) @ LUMINANCE
    for axis in (1, 2):
        n = images.shape[axis]
        starts = np.arange(min(side, n)) * n // min(side, n)
        size = np.diff(starts, append=n)
        shape = [-1 if i == axis else 1 for i in range(3)]
        sums = np.add.reduceat(sums, starts, axis=axis) / size.reshape(shape)
    return sums[:, None].astype("float32")


def intensities(recipes: Mapping[str, Mapping[int | str, float]]) -> pd.DataFrame:
    """Write recipes as a matrix, shape (n_expressions, n_units): only units that one of them uses.

    Recipes are intensities of action units by expression:
    ``nurture.stimuli.rendered.action_units.read_action_units(path).expressions``.
    """
    return pd.DataFrame.from_dict(recipes, orient="index").fillna(0.0)


def action_units(labels: pd.DataFrame, recipes: Mapping) -> np.ndarray:
    """Intensities of the recipes' action units in rendered stimuli.

    Labels are of `nurture.stimuli.rendered.design`, one row per stimulus, and recipes those by
    which they were rendered. float32 of shape (n_stimuli, n_units, 1, 1), units in the order of
    `intensities`.
    """
    by_expression = {name: row.to_numpy() for name, row in intensities(recipes).iterrows()}
    names = ("expression", "continuum", "level", "intensity")
    rows = zip(*(labels[name] for name in names), strict=True)
    values = np.array(
        [unit_intensities(e, c, level, size, by_expression) for e, c, level, size in rows],
        "float32",
    )
    return values[:, :, None, None]


def as_activations(
    values: np.ndarray, labels: pd.DataFrame, baseline: str, layer: str, nature: str
) -> xr.Dataset:
    """Put a baseline into the form of an activation file.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_stimuli, channels, rows, columns)
    labels : pandas.DataFrame
        One row per stimulus.
    baseline, layer : str
        In the place of the names of a network and of its layer.
    nature : str
        What the values are, in words.

    Returns
    -------
    xarray.Dataset
        ``activation(stimulus, unit)`` with the labels of the stimuli and the units' ``channel``,
        ``row`` and ``column``; see `nurture.activations.extraction.activation_files`.
    """
    return xr.Dataset(
        {"activation": (("stimulus", "unit"), values.reshape(len(labels), -1))},
        label_coordinates(labels) | unit_coordinates(values.shape[1:]),
        {"network": baseline, "training": BASELINE, "layer": layer, "nature": nature},
    )


def recipe_confusions(recipes: Mapping) -> np.ndarray:
    """Confusions that would follow from what the recipes share, were nothing else seen.

    Proportions of shape (6, 6) in the order of ``EXPRESSIONS``: rows shown, columns answered.
    Similarity falls exponentially with distance (Shepard, 1987) between the `intensities` of action
    units, here in units of the mean distance; answers follow Luce's choice rule without bias. A
    classifier of the intensities themselves makes no graded errors, for all faces of an
    expression have the same ones up to a factor.
    """
    rows = intensities(recipes).loc[list(EXPRESSIONS)].to_numpy()
    distance = np.linalg.norm(rows[:, None] - rows, axis=-1)
    similarity = np.exp(-distance / distance[np.triu_indices(len(rows), 1)].mean())
    return similarity / similarity.sum(axis=1, keepdims=True)
