"""How a layer's responses lie: which expressions are near, and expression beside identity."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import xarray as xr

from nurture.activations.units import basic, unit_blocks
from nurture.confusion.ceiling import between_studies
from nurture.confusion.choice import fit_choice
from nurture.confusion.likeness import ORDERS, STATISTICS, contrasts, mantel_p, pair_cells
from nurture.confusion.sources import MEAN
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import read_labels
from nurture.core.rows import ABOUT, as_table

DIMENSIONS = 5
"""Of either subspace: the means of six expressions span no more."""

SHUFFLES = 5
"""Permutations of the expression labels within identity: what the congruence is by chance."""

STATISTIC = "similarity_spearman"
BASIC, FINER = "expression", "expression x intensity"
"""Conditions whose distances are compared: six expressions, or each weak and strong."""

STRENGTHS = ("weak", "strong")
COLUMNS = (
    *(*ABOUT, "conditions", "reference", "likeness", "p", "ceiling_lower", "ceiling_upper"),
    *("congruence", "congruence_by_chance"),
)


def geometry(
    activations: Sequence[xr.Dataset], varied: Sequence[xr.Dataset] = (), seed: int = 0
) -> xr.Dataset:
    """Describe the geometry of each layer of a network.

    Parameters
    ----------
    activations : sequence of xarray.Dataset
        Activation files of a network's layers, of one stimulus set. Identities count that show all
        six expressions, each once.
    varied : sequence of xarray.Dataset
        Activation file of the readout layer, of a set in which intensity varies, if there is one.
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
    variables = {
        name: (dim, np.array([one[i] for one in found]))
        for i, (name, dim) in enumerate(zip(names, dims, strict=True))
    }
    finer = [f"{strength} {name}" for name in EXPRESSIONS for strength in STRENGTHS]
    variables["finer_distance"] = ("condition", "beside"), _finer(varied, len(finer))
    return xr.Dataset(
        variables,
        {
            "layer": [one.attrs["layer"] for one in activations],
            "expression": list(EXPRESSIONS),
            "other": list(EXPRESSIONS),
            "condition": finer,
            "beside": finer,
        },
        {name: activations[0].attrs[name] for name in ("network", "training")}
        | {"readout": varied[0].attrs["layer"] if varied else ""},
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
    distance = _between(products[parts[0], parts[1]])
    true, *chance = (_congruence(products, parts[2], part) for part in parts[3:])
    return distance, true, float(np.mean(chance))


def _between(across: np.ndarray) -> np.ndarray:
    """Cross-validated squared distances from products of the means of two halves."""
    own = np.diag(across)
    return own[:, None] + own - across - across.T


def _finer(varied: Sequence[xr.Dataset], n: int) -> np.ndarray:
    """Distances of each expression weak and strong, shape (n, n)."""
    nothing = np.full((n, n), np.nan)
    if not varied:
        return nothing
    responses, labels = basic(varied[0]["activation"], read_labels(varied[0]))
    cells = _complete(labels)
    strength = _strength(labels, cells)
    if strength is None:
        return nothing
    # Weights of stimuli in the means of both halves, in deviations from an identity's mean.
    weights = np.zeros((2, n, len(labels)))
    for half in (0, 1):
        mine, strong = cells[half::2], strength[half::2]
        for c in range(n):
            who = strong[:, c // 2] == c % 2
            if not who.any():
                return nothing
            weights[half, c, mine[who, c // 2]] += 1 / who.sum()
            weights[half, c, mine[who]] -= 1 / who.sum() / mine.shape[1]
    across = np.zeros((n, n))
    for _, block in unit_blocks(responses):
        first, second = weights @ block
        across += first @ second.T
    return _between(across)


def _strength(labels: pd.DataFrame, cells: np.ndarray) -> np.ndarray | None:
    """Which faces are above the median intensity of their expression, shape (n_identities, 6).

    None where intensity is not known, or does not vary.
    """
    if "intensity" not in labels or not len(cells):
        return None
    intensity = labels["intensity"].to_numpy(float)[cells]
    varies = np.isfinite(intensity).all() and (np.ptp(intensity, axis=0) > 0).all()
    return (intensity > np.median(intensity, axis=0)).astype(int) if varies else None


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
    found = [np.linalg.eigh(products[part, part]) for part in (first, second)]
    # What does not vary but by rounding has no direction.
    least = 1e-12 * max(size[-1] for size, _ in found)
    if not all(size[-DIMENSIONS] > least for size, _ in found):
        return np.nan
    bases = [axes[:, -DIMENSIONS:] / np.sqrt(size[-DIMENSIONS:]) for size, axes in found]
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
        network, training, layer, conditions, reference, likeness, p, ceiling_lower, ceiling_upper,
        congruence, congruence_by_chance. Of the conditions `BASIC`, in every layer: likeness is
        Spearman's correlation, over 15 pairs of expressions, of nearness with the similarities of
        the choice model, from which response biases are taken out; reference is a human set, or
        ``mean`` over the sets; p is `nurture.confusion.likeness.mantel_p`, by all ways to name the
        six expressions; ceilings are `nurture.confusion.ceiling.between_studies`. Of the
        conditions `FINER`, for which no observers were asked, at the readouts: likeness is
        Spearman's correlation of the distances of 66 pairs with those of another network or
        baseline, each pair of them once; the rest is NaN.
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
            about |= {"layer": str(one), "conditions": BASIC}
            both = {name: float(layer[name]) for name in COLUMNS[-2:]}
            for h, human in enumerate((*humans, MEAN)):
                numbers = dict(zip(COLUMNS[5:9], (each[h, 0], p[h], *ceiling[h]), strict=True))
                rows.append(about | {"reference": human} | numbers | both)
    return as_table([*rows, *_finer_rows(results)], COLUMNS)


def _finer_rows(results: Sequence[xr.Dataset]) -> Iterator[dict]:
    for first, second in combinations(results, 2):
        pairs = [
            one["finer_distance"].to_numpy()[np.triu_indices(12, 1)] for one in (first, second)
        ]
        if np.isfinite(pairs).all():
            mine, other = (contrasts(STATISTIC, one) for one in pairs)
            about = {name: first.attrs[name] for name in ("network", "training")}
            about |= {"layer": first.attrs["readout"], "conditions": FINER}
            yield about | {"reference": second.attrs["network"], "likeness": float(mine @ other)}
