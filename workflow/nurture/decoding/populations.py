"""Information about expression and identity in populations of units of equal size."""

import numpy as np
import xarray as xr

from nurture.core.rows import about
from nurture.decoding.readout import decoded, readout_of
from nurture.selectivity.anova import FACTORS


def confused_populations(
    selective: np.ndarray, responds: np.ndarray, draws: int, seed: int
) -> dict[str, list[np.ndarray]]:
    """Choose the populations of units whose confusions are compared.

    Parameters
    ----------
    selective, responds : numpy.ndarray of bool, shape (n_units,)
        Units that are selective, and that respond in training.
    draws : int
        Of nonselective units.
    seed : int
        Seed of the draws.

    Returns
    -------
    dict of str to list of numpy.ndarray of int, shape (n_drawn,)
        Indices of units that respond, of each draw. ``selective`` and ``all`` are whole: of these
        there is one draw. ``nonselective``: as many units as are selective, drawn without
        replacement from those that are not; one draw where there are no more.
    """
    mine, others = np.flatnonzero(responds & selective), np.flatnonzero(responds & ~selective)
    size = min(len(mine), len(others))
    rng = np.random.default_rng(seed)
    drawn = [
        np.sort(rng.choice(others, size, replace=False))
        for _ in range(draws if size < len(others) else 1)
    ]
    return {"selective": [mine], "all": [np.flatnonzero(responds)], "nonselective": drawn}


def compared_populations(units: xr.Dataset) -> dict[str, np.ndarray]:
    """Find the populations whose decoding is compared, each whole.

    Parameters
    ----------
    units : xarray.Dataset
        A layer's `nurture.selectivity.anova.selectivity`, whose alpha is used.

    Returns
    -------
    dict of str to numpy.ndarray of bool, shape (n_units,)
        ``selective``: expression matters and identity does not. ``expression-only``: expression
        matters, whatever identity does. ``identity-selective``, the mirror image of selective:
        identity matters and expression does not. ``random`` and ``all``: units that respond.
    """
    expression, identity = (units[f"p_{factor}"].to_numpy() for factor in FACTORS)
    alpha, live = units.attrs["alpha"], units["constant"].to_numpy() == 0
    return {
        "selective": units["selective"].to_numpy() == 1,
        "expression-only": expression < alpha,
        "identity-selective": (identity < alpha) & (expression > alpha),
        "random": live,
        "all": live,
    }


def draw_populations(
    members: dict[str, np.ndarray], min_units: int, draws: int, seed: int
) -> dict[str, np.ndarray]:
    """Draw equally many units of each population, several times.

    Parameters
    ----------
    members : dict of str to numpy.ndarray of bool, shape (n_units,)
        `compared_populations`.
    min_units : int
        Populations of fewer units are left out.
    draws : int
    seed : int

    Returns
    -------
    dict of str to numpy.ndarray of int, shape (n_draws, n_drawn)
        Indices of units, without replacement within a draw. As many as the smallest population
        has that is not left out. ``all`` is whole, and so is the smallest population: of these
        there is one draw. Empty, shape (0, 0), for a population that is left out.
    """
    size = {name: int(member.sum()) for name, member in members.items()}
    n = min((n for n in size.values() if n >= min_units), default=0)
    drawn = {}
    for i, (name, member) in enumerate(members.items()):
        units = np.flatnonzero(member)
        if size[name] < min_units:
            drawn[name] = np.empty((0, 0), int)
        elif name == "all" or size[name] == n:
            drawn[name] = units[None]
        else:
            rng = np.random.default_rng([seed, i])
            drawn[name] = np.stack(
                [np.sort(rng.choice(units, n, replace=False)) for _ in range(draws)]
            )
    return drawn


def decode_populations(
    training: xr.Dataset,
    generalisation: xr.Dataset,
    units: xr.Dataset,
    n_components: int = 50,
    C: float = 1.0,
    min_units: int = 10,
    draws: int = 10,
    seed: int = 0,
) -> xr.Dataset:
    """Decode expression and identity from equally many units of each population.

    Units are selected on some identities, standardised and their principal components learned on
    others (the training set), and both questions are asked about others again (the generalisation
    set).
    Expression is learned on the training set. Identity cannot be: who is to be recognised must have
    been seen before. So it is learned and asked within the generalisation set, from five
    expressions to the sixth (`nurture.decoding.readout.recognise`), of identities that selected no
    units.

    Parameters
    ----------
    training, generalisation : xarray.Dataset
        Activation files of one layer.
    units : xarray.Dataset
        The layer's `nurture.selectivity.anova.selectivity`.
    n_components, C
        See `nurture.decoding.classifier.classify`.
    min_units : int
        A population of which fewer units respond in training is left out.
    draws : int
        Draws of each population.
    seed : int
        Seed of the draws.

    Returns
    -------
    xarray.Dataset
        `nurture.decoding.readout.decoded` over ``population``, with ``n_units(population)`` in a
        draw and ``note(population)``: why there is none. Attributes: ``seed``, network, training
        and layer.

    Raises
    ------
    NurtureError
        When the files do not hold the same units, or an activation is NaN.
    """
    readout, live = readout_of(training, generalisation, units, n_components, C)
    members = {
        name: member[live] & readout.responds
        for name, member in compared_populations(units).items()
    }
    drawn = draw_populations(members, min_units, draws, seed)
    hits = {
        name: [readout.hits(products) for products in readout.each(rows_of_draws)]
        for name, rows_of_draws in drawn.items()
    }
    size = [drawn[name].shape[1] or int(members[name].sum()) for name in drawn]
    note = [_note(n, min_units, name) for n, name in zip(size, drawn, strict=True)]
    result = decoded(readout, "population", hits)
    result["n_units"] = "population", np.array(size, "int32")
    result["note"] = "population", note
    return result.assign_attrs(about(units), seed=seed)


def _note(n_units: int, min_units: int, name: str) -> str:
    kind = "units" if name in ("random", "all") else f"{name} units"
    return f"too few {kind} ({n_units} < {min_units})" if n_units < min_units else ""
