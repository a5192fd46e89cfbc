"""Published numbers, compared with the run's own."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from nurture.categorical.curves import FITS
from nurture.confusion.likeness import correlate_errors
from nurture.confusion.matrices import from_cells
from nurture.core.expressions import CONTINUA, EXPRESSIONS, OBSERVERS
from nurture.core.rows import Networks, Tables
from nurture.experience import published as paper

ORDER = ("confusion", "accuracy", "pearson", "spearman", "r2")
COLUMNS = [
    *("measure", "item", "training", "published_network", "published", "reading_error", "figure"),
    *("network", "layer", "n_units", "this_run", "note"),
]
NOT_RUN = "not run"


def published(
    matrices: Sequence[paper.Matrix], numbers: pd.DataFrame, tables: Tables, networks: Networks
) -> pd.DataFrame:
    """Compare every published number with that of each network of the same training in the run.

    Parameters
    ----------
    matrices : sequence of Matrix
        `nurture.experience.published.read_matrices`.
    numbers : pandas.DataFrame
        `nurture.experience.published.read_numbers`.
    tables : mapping of str to pandas.DataFrame
        The run's ``confusion``, ``scores``, ``fits`` and ``notes`` (of curves).
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network of the run.

    Returns
    -------
    pandas.DataFrame
        measure, item, training, published_network, published, reading_error, figure; then
        network, layer, n_units, here and note. A network of the run that has no such number,
        and a number without such a network, has an empty ``here`` and says why in ``note``.
        Networks are read from their expression-selective units.
    """
    there = pd.concat([paper.cells(matrices), paper.likeness(matrices), numbers], ignore_index=True)
    there["order"] = there["measure"].map(ORDER.index)
    there = there.sort_values("order", kind="stable")
    own = pd.DataFrame(
        [(name, s["training"], s["readout"]) for name, s in networks.items()],
        columns=["network", "training", "layer"],
    )
    scores = tables["scores"].query("population == 'selective'")
    about = scores[["network", "layer", "n_units", "note"]].rename(columns={"note": "reason"})
    own = own.merge(about, on=["network", "layer"], how="left")
    own["n_units"] = own["n_units"].astype("Int64")
    here = _here(matrices, tables, own)
    both = there.merge(own, on="training", how="left")
    both = both.merge(here, on=["measure", "item", "network"], how="left")
    both["note"] = both["note"].where(both["measure"] == "r2", both["reason"])
    absent = both["network"].isna()
    both.loc[absent, "note"] = f"{NOT_RUN}: no network of this training"
    both.loc[both["training"] == OBSERVERS, "note"] = f"{NOT_RUN}: no observers were asked"
    both.loc[both["this_run"].isna() & both["note"].isna(), "note"] = NOT_RUN
    return both[COLUMNS]


def _here(matrices: Sequence[paper.Matrix], tables: Tables, own: pd.DataFrame) -> pd.DataFrame:
    """List the numbers of the run: measure, item, network, here, note."""
    observers = [one for one in matrices if one.training == OBSERVERS]
    rows = []
    for network, layer in zip(own["network"], own["layer"], strict=True):
        mine = {
            name: table[(table["network"] == network) & (table["layer"] == layer)]
            for name, table in tables.items()
        }
        values = {
            **_confusion(mine["confusion"].query("population == 'selective'"), observers),
            **_r2(mine["fits"]),
        }
        notes = _notes(mine["notes"], values)
        for measure, item in {**values, **notes}:
            value, note = (given.get((measure, item)) for given in (values, notes))
            rows.append((measure, item, network, value, note))
    table = pd.DataFrame(rows, columns=["measure", "item", "network", "this_run", "note"])
    return table.astype({"this_run": float, "note": object})


def _confusion(
    table: pd.DataFrame, observers: Sequence[paper.Matrix]
) -> dict[tuple[str, str], float]:
    """Cells, accuracy and likeness to observers of a network; nothing when it has no matrix."""
    if table.empty:
        return {}
    matrix = from_cells(table)
    found = {
        ("confusion", paper.cell_name(EXPRESSIONS[i], EXPRESSIONS[j])): value
        for (i, j), value in np.ndenumerate(matrix)
    }
    found["accuracy", paper.OVERALL] = float(np.nanmean(np.diagonal(matrix)))
    for one in observers:
        both = correlate_errors(matrix, one.proportion)
        for measure, value in zip(("pearson", "spearman"), both, strict=True):
            found[measure, paper.with_observers(one)] = value
    return found


def _r2(fits: pd.DataFrame) -> dict[tuple[str, str], float]:
    """R2 of each fit by continuum, and the mean over the paper's continua that were run."""
    fits = fits[fits["continuum"].isin(CONTINUA)].dropna(subset="r2")
    named = zip(fits["continuum"], fits["fit"], fits["r2"], strict=True)
    found = {("r2", f"{continuum} {fit}"): r2 for continuum, fit, r2 in named}
    means = fits.groupby("fit")["r2"].mean()
    return found | {("r2", f"{paper.MEAN} {fit}"): float(r2) for fit, r2 in means.items()}


def _notes(
    curves: pd.DataFrame, values: Mapping[tuple[str, str], float]
) -> dict[tuple[str, str], str]:
    """Why an R2 is absent, and of how many continua a mean is when not of all."""
    reasons = dict(zip(curves["continuum"], curves["note"], strict=True))
    notes = {("r2", f"{c} {fit}"): reasons[c] for c in reasons for fit in FITS}
    for fit in FITS:
        n = sum(("r2", f"{continuum} {fit}") in values for continuum in CONTINUA)
        if 0 < n < len(CONTINUA):
            notes["r2", f"{paper.MEAN} {fit}"] = f"mean of {n} of {len(CONTINUA)} continua"
        elif n == 0 and len(curves):
            notes["r2", f"{paper.MEAN} {fit}"] = curves["note"].iloc[0]
    return notes
