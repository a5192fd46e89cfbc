"""How a layer's responses lie: which expressions are near, and expression beside identity."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import xarray as xr

from nurture.activations.units import basic, unit_blocks
from nurture.confusion.ceiling import between_studies
from nurture.confusion.choice import fit_choice
from nurture.confusion.likeness import MEAN, ORDERS, STATISTICS, contrasts, mantel_p, pair_cells
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import read_labels
from nurture.core.rows import ABOUT, as_table

DIMENSIONS = 5
"""Of either subspace: the means of six expressions span no more."""

SHUFFLES = 5
"""Permutations of the expression labels within identity: what the congruence is by chance."""

STATISTIC = "similarity_spearman"
COLUMNS = (
    *(*ABOUT, "human", "likeness", "p", "ceiling_lower", "ceiling_upper"),
    *("congruence", "congruence_by_chance"),
)


def geometry(activations: Sequence[xr.Dataset], seed: int = 0) -> xr.Dataset:
    """Describe the geometry of each layer of a network.

    Parameters
    ----------
    activations : sequence of xarray.Dataset
        Activation files of a network's layers, of one stimulus set. Identities count that show all
        six expressions, each once.
    seed : int
        Of the permuted labels.

    Returns
    -------
    xarray.Dataset
        ``distance(layer, expression, other)``: squared Euclidean distance of the mean responses to
        two expressions, cross-validated between halves of the identities, so that it is 0 on the
        mean where expressions do not differ (Walther et al. 2016); ``congruence(layer)``: root mean
        square cosine of the principal angles between the first `DIMENSIONS` components of the
        expression means and of the identity means, 0 where they are orthogonal;
        ``congruence_by_chance(layer)``: its mean when labels of expression are permuted within
        identity. NaN where fewer than `DIMENSIONS` + 1 identities count. Attributes: network and
        training.

    Raises
    ------
    NurtureError
        When an activation is NaN.
    """
    found = [_layer(one, seed) for one in activations]
    names = ("distance", "congruence", "congruence_by_chance")
    dims = (("layer", "expression", "other"), ("layer",), ("layer",))
    return xr.Dataset(
        {
            name: (dim, np.array([one[i] for one in found]))
            for i, (name, dim) in enumerate(zip(names, dims, strict=True))
        },
        {
            "layer": [one.attrs["layer"] for one in activations],
            "expression": list(EXPRESSIONS),
            "other": list(EXPRESSIONS),
        },
        {name: activations[0].attrs[name] for name in ("network", "training")},
    )


def _layer(activations: xr.Dataset, seed: int) -> tuple[np.ndarray, float, float]:
    """Distances, congruence, and congruence by chance."""
    responses, labels = basic(activations["activation"], read_labels(activations))
    cells = _complete(labels)
    n = len(cells)
    if n <= DIMENSIONS:
        return np.full((6, 6), np.nan), np.nan, np.nan
    # Means as sums over stimuli: halves, identities, then expressions, as they are and permuted.
    rows = [_means(cells[half::2], len(labels)) for half in (0, 1)]
    rows += [_means(cells.T, len(labels)), _means(cells, len(labels))]
    rng = np.random.default_rng(seed)
    rows += [_means(rng.permuted(cells, axis=1), len(labels)) for _ in range(SHUFFLES)]
    weights = np.concatenate(rows)
    products = np.zeros((len(weights), len(weights)))
    for _, block in unit_blocks(responses):
        mean = weights @ block
        products += mean @ mean.T
    places = np.cumsum([0, *map(len, rows)])
    parts = [slice(a, b) for a, b in pairwise(places)]
    across = products[parts[0], parts[1]]
    own = np.diag(across)
    distance = own[:, None] + own - across - across.T
    true, *chance = (_congruence(products, parts[2], part) for part in parts[3:])
    return distance, true, float(np.mean(chance))


def _complete(labels: pd.DataFrame) -> np.ndarray:
    """Stimuli of identities that show all six expressions once, shape (n_identities, 6)."""
    known = labels.reset_index(drop=True)
    known = known[known["identity"] >= 0]
    table = known.assign(place=known.index).pivot_table(
        index="identity", columns="expression", values="place", aggfunc=list
    )
    table = table.reindex(columns=list(EXPRESSIONS))
    once = table.map(lambda places: isinstance(places, list) and len(places) == 1).all(axis=1)
    return np.array(table[once].map(lambda places: places[0]).to_numpy(), int).reshape(-1, 6)


def _means(cells: np.ndarray, n_stimuli: int) -> np.ndarray:
    """Weights of stimuli in the mean of each column of cells, less the mean of all columns."""
    weights = np.zeros((cells.shape[1], n_stimuli))
    weights[np.arange(cells.shape[1]), cells] = 1 / len(cells)
    return weights - weights.mean(axis=0)


def _congruence(products: np.ndarray, first: slice, second: slice) -> float:
    """Root mean square cosine between two subspaces, from products of what spans them."""
    bases = []
    for part in (first, second):
        size, axes = np.linalg.eigh(products[part, part])
        size, axes = size[-DIMENSIONS:], axes[:, -DIMENSIONS:]
        if not size[0] > 1e-12 * size[-1]:
            return np.nan
        bases.append(axes / np.sqrt(size))
    cosines = bases[0].T @ products[first, second] @ bases[1]
    return float(np.sqrt((cosines**2).sum() / DIMENSIONS))


def geometry_table(results: Sequence[xr.Dataset], humans: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Compare the distances of expressions with how alike observers find them.

    Parameters
    ----------
    results : sequence of xarray.Dataset
        `geometry` of each network.
    humans : mapping of str to numpy.ndarray, shape (6, 6)
        Answers of observers by short name.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, human (``mean``: over the sets), likeness (Spearman's correlation,
        over 15 pairs of expressions, of nearness with the similarities of the choice model, from
        which response biases are taken out), p (`nurture.confusion.likeness.mantel_p`: all ways to
        name the six expressions), ceiling_lower and ceiling_upper
        (`nurture.confusion.ceiling.between_studies`), congruence, congruence_by_chance.
    """
    similar = fit_choice(np.array(list(humans.values()))).similarity
    observed = contrasts(STATISTIC, pair_cells(similar))
    ceiling = between_studies(humans)[STATISTICS.index(STATISTIC)]
    ceiling = np.vstack([ceiling, ceiling.mean(axis=0)])
    rows = []
    for result in results:
        for one in result["layer"].to_numpy():
            layer = result.sel(layer=one)
            near = -layer["distance"].to_numpy()
            named = pair_cells(near[ORDERS[:, :, None], ORDERS[:, None, :]])
            each = observed @ contrasts(STATISTIC, named).T
            each = np.vstack([each, each.mean(axis=0)])
            p = mantel_p(each)
            about = {"network": result.attrs["network"], "training": result.attrs["training"]}
            about |= {"layer": str(one)}
            both = {name: float(layer[name]) for name in COLUMNS[-2:]}
            for h, human in enumerate((*humans, MEAN)):
                numbers = dict(zip(COLUMNS[4:8], (each[h, 0], p[h], *ceiling[h]), strict=True))
                rows.append(about | {"human": human} | numbers | both)
    return as_table(rows, COLUMNS)
