"""What is decoded from a layer without its expression-selective units."""

import numpy as np
import xarray as xr

from nurture.core.rows import about
from nurture.decoding.readout import LEFT_OUT, LargeReadout, decoded, readout_of


def ablation(
    training: xr.Dataset,
    generalisation: xr.Dataset,
    units: xr.Dataset,
    n_components: int = 50,
    C: float = 1.0,
    min_units: int = 10,
    ablations: int = 99,
    seed: int = 0,
) -> xr.Dataset:
    """Ablate the selective units of a layer, or as many at random, and decode from the rest.

    An ablated unit responds alike to every stimulus. In a readout from standardised units such a
    unit adds nothing, whatever its level, so it is taken out, and the readout learned again
    without it: what is lost is what no other unit of the layer carries. The products between
    stimuli of the units that remain are those of all units minus those of the ablated ones.

    Parameters
    ----------
    training, generalisation, units, n_components, C
        See `nurture.decoding.populations.decode_populations`, which asks and refuses the same.
    min_units : int
        A layer of which fewer units remain is not analysed. Units count that respond in training.
    ablations : int
        Draws of random units, from all that respond, the selective ones among them: were these
        no others than random ones, their loss would be one of those.
    seed : int
        Seed of the draws.

    Returns
    -------
    xarray.Dataset
        `nurture.decoding.readout.decoded` over ``ablated`` (none, selective, random), with
        ``n_ablated(ablated)`` units and ``note(ablated)``: why nothing was; of a
        `nurture.decoding.readout.LargeReadout` nothing is. Attributes:
        ``n_units`` that respond in training, ``seed``, network, training and layer.
    """
    readout, live = readout_of(training, generalisation, units, n_components, C)
    selective = np.flatnonzero(units["selective"].to_numpy()[live] & readout.responds)
    responding = np.flatnonzero(readout.responds)
    n, n_ablated = len(responding), len(selective)
    note, rng = _note(n, n_ablated, min_units), np.random.default_rng(seed)
    large = isinstance(readout, LargeReadout)
    note = LEFT_OUT if large else note
    ablated = {
        "none": [selective[:0]] if n >= min_units and not large else [],
        "selective": [] if note else [selective],
        "random": [
            np.sort(rng.choice(responding, n_ablated, replace=False))
            for _ in range(0 if note else ablations)
        ],
    }
    hits: dict[str, list] = {name: [] for name in ablated}
    if not large:
        everything = readout.products(responding)
        hits = {
            name: [readout.hits(everything - readout.products(rows)) for rows in draws]
            for name, draws in ablated.items()
        }
    result = decoded(readout, "ablated", hits)
    result["n_ablated"] = "ablated", np.array([0, n_ablated, n_ablated], "int32")
    result["note"] = "ablated", ["" if draws else note for draws in ablated.values()]
    return result.assign_attrs(about(units), n_units=n, seed=seed)


def _note(n_units: int, n_ablated: int, min_units: int) -> str:
    if n_units < min_units:
        return f"too few units ({n_units} < {min_units})"
    if n_ablated == 0:
        return "no selective units"
    left = n_units - n_ablated
    return f"too few units left ({left} < {min_units})" if left < min_units else ""
