"""What a run finds, in three sentences made from its numbers."""

import numpy as np
import pandas as pd

from nurture.confusion.sources import MEAN
from nurture.core.rows import Networks, Tables, number
from nurture.experience.claims import IDENTITY, UNTRAINED, verdicts
from nurture.statistics.verdicts import short_p


def conclusions(tables: Tables, networks: Networks, replication: pd.DataFrame) -> list[str]:
    """Say in three sentences what the run finds of the first network trained on identity.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        The run's ``units``, ``accuracy``, ``similarity`` and ``matched``, as for
        `nurture.experience.replication_tables.replication`.
    networks : mapping of str to mapping
        ``training``, ``readout`` and ``architecture`` of each network.
    replication : pandas.DataFrame
        `nurture.experience.replication_tables.replication`.

    Returns
    -------
    list of str
        On its selective units, on its confusions, and on the paper's claims. Empty where no network
        was trained on identity, or nothing was measured.
    """
    names = [name for name, s in networks.items() if s["training"] == IDENTITY]
    if not names or tables["units"].empty:
        return []
    name = names[0]
    controls = [
        other
        for other, s in networks.items()
        if s["training"] == UNTRAINED and s["architecture"] == networks[name]["architecture"]
    ]
    sentences = (
        _of_units(tables["units"], name, networks, controls),
        _of_confusions(tables, name),
        _of_claims(replication, name),
    )
    return [sentence for sentence in sentences if sentence]


def _of_units(units: pd.DataFrame, name: str, networks: Networks, controls: list[str]) -> str:
    at = units.set_index(["network", "layer"])
    layer = networks[name]["readout"]
    if (name, layer) not in at.index:
        return ""
    row = at.loc[(name, layer)]
    text = (
        f"Of the {int(row.n_units):,} units of {layer} in {name}, one network trained on identity, "
        f"{int(row.n_selective):,} are expression-selective ({100 * row.fraction:.1f} %, "
        f"{100 * row.fraction_lower:.1f} to {100 * row.fraction_upper:.1f}), "
        f"where labels shuffled within identity give {number(row.null_mean)} "
        f"(p {_p(row.p_count)})"
    )
    counts = [
        int(at.loc[(one, layer), "n_selective"]) for one in controls if (one, layer) in at.index
    ]
    if not counts:
        return f"{text}."
    span = f"{min(counts):,} to {max(counts):,}" if len(set(counts)) > 1 else f"{counts[0]:,}"
    if len(counts) == 1:
        return f"{text}; its untrained control of the same architecture has {span}."
    return f"{text}; its {len(counts)} untrained controls have {span}."


def _of_confusions(tables: Tables, name: str) -> str:
    """Say how well expressions are read, and how errors compare with observers'.

    Where noise can bring a population to the accuracy of every human set, its errors are those at
    that accuracy.
    """
    accuracy = tables["accuracy"]
    accuracy = accuracy[(accuracy["redrawn"] == "test") & (accuracy["statistic"] == "accuracy")]
    matched = tables["matched"][tables["matched"]["matched_to"] == "own"]
    ways = {"": tables["similarity"], " brought to observers' accuracy by noise": matched}
    right = accuracy[accuracy["network"] == name].set_index("population")
    read, err = [], []
    for population in ("selective", "all"):
        if population in right.index and np.isfinite(right.loc[population, "estimate"]):
            one = right.loc[population]
            read.append(f"{_interval(one)} from {population} units")
        for way, table in reversed(ways.items()):
            rows = table[(table["network"] == name) & (table["population"] == population)]
            rows = rows[(rows["human"] == MEAN) & (rows["statistic"] == "pearson")]
            if len(rows) and np.isfinite(rows["estimate"].iloc[0]):
                one = rows.iloc[0]
                err.append(f"r = {_interval(one)}, p {_p(one.p)}, of {population} units{way}")
                break
    if not read:
        return ""
    alike = f"; its errors correlate with observers' at {' and '.join(err)}" if err else ""
    return f"A classifier reads the expressions of new faces at {' and '.join(read)}{alike}."


def _of_claims(replication: pd.DataFrame, name: str) -> str:
    found = verdicts(replication[replication["network"] == name])
    if not found:
        return ""
    counted = [f"{word} for {n}" for word, n in found.items()]
    listed = " and ".join([", ".join(counted[:-1]), counted[-1]] if len(counted) > 1 else counted)
    return (
        f"Of {sum(found.values())} claims of the paper, asked of this network, the verdict is "
        f"{listed}."
    )


def _interval(row) -> str:
    return f"{number(row.estimate)} ({number(row.lower)} to {number(row.upper)})"


def _p(p: float) -> str:
    return f"= {short_p(p)}" if np.isfinite(p) else "unknown"
