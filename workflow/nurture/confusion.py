"""Which expressions a population of units takes for one another."""

import numpy as np
import xarray as xr

from nurture.decoding import classify, too_few
from nurture.expressions import EXPRESSIONS
from nurture.files import read_labels
from nurture.matrices import confusion_counts
from nurture.units import ABOUT, basic, check_units

POPULATIONS = ("selective", "all", "nonselective")


def populations(units: xr.Dataset, seed: int) -> dict[str, np.ndarray]:
    """Choose the populations of units whose confusions are compared.

    Parameters
    ----------
    units : xarray.Dataset
        A layer's `nurture.selectivity.selectivity`.
    seed : int
        Seed of the draw of non-selective units.

    Returns
    -------
    dict of str to numpy.ndarray of bool, shape (n_units,)
        ``selective``; ``all`` units that respond at all; ``nonselective``: as many units as are
        selective, drawn without replacement from those that respond and are not selective.
    """
    selective = units["selective"].to_numpy() == 1
    live = units["constant"].to_numpy() == 0
    others = np.flatnonzero(live & ~selective)
    size = min(int(selective.sum()), len(others))
    drawn = np.zeros_like(selective)
    drawn[np.random.default_rng(seed).choice(others, size, replace=False)] = True
    return {"selective": selective, "all": live, "nonselective": drawn}


def confusion(
    training: xr.Dataset,
    generalisation: xr.Dataset,
    units: xr.Dataset,
    n_components: int = 50,
    penalty: float = 1.0,
    min_units: int = 10,
    seed: int = 0,
) -> xr.Dataset:
    """Train on one set, test on another, count the answers.

    Parameters
    ----------
    training, generalisation : xarray.Dataset
        Activation files of one layer. Only the six basic expressions are used. Neither shows the
        identities that selected the units.
    units : xarray.Dataset
        The layer's `nurture.selectivity.selectivity`.
    n_components : int
        Principal components of each population.
    penalty : float
        See `classify`.
    min_units : int
        A population of fewer units is not analysed: its ``note`` says so and its counts are 0.
        The default 10 is twice the five dimensions that tell six expressions apart.
    seed : int
        Seed of the draw of non-selective units.

    Returns
    -------
    xarray.Dataset
        ``count(population, shown, answered)`` int32, ``n_units(population)``,
        ``note(population)``; attributes ``network``, ``training``, ``layer``, ``n_components``,
        ``penalty`` and ``seed``.

    Raises
    ------
    NurtureError
        When the files do not hold the same units, or an activation is NaN.
    """
    check_units(units, training=training, generalisation=generalisation)
    train, train_labels = basic(training["activation"], read_labels(training))
    test, test_labels = basic(generalisation["activation"], read_labels(generalisation))
    chosen = populations(units, seed)
    count = np.zeros((len(POPULATIONS), len(EXPRESSIONS), len(EXPRESSIONS)), "int32")
    size = [int(chosen[name].sum()) for name in POPULATIONS]
    note = [too_few(n, min_units, name) for n, name in zip(size, POPULATIONS, strict=True)]
    for i, name in enumerate(POPULATIONS):
        if not note[i]:
            answered = classify(
                train, train_labels["expression"], test, n_components, penalty, chosen[name]
            )
            count[i] = confusion_counts(test_labels["expression"], answered)
    return xr.Dataset(
        {
            "count": (("population", "shown", "answered"), count),
            "n_units": ("population", np.array(size, "int32")),
            "note": ("population", note),
        },
        {
            "population": list(POPULATIONS),
            "shown": list(EXPRESSIONS),
            "answered": list(EXPRESSIONS),
        },
        {name: units.attrs[name] for name in ABOUT}
        | {"n_components": n_components, "penalty": penalty, "seed": seed},
    )
