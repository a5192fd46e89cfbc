"""The paper's claims, compared with what a run finds."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from nurture.confusion.likeness import MEAN
from nurture.core.rows import as_table
from nurture.experience.claims import IDENTITY, OBJECTS, RULES, UNTRAINED, Claim, agreement
from nurture.experience.experience_tables import ACCURACY, LIKENESS, OF_CONTINUA, PIXELS
from nurture.statistics.comparison import NO_CONTROL

COLUMNS = (
    *("claim", "where", "paper", "reading_error", "network", "this_run", "lower", "upper"),
    *("agreement", "reason", "caveats"),
)
PAPER_ARCHITECTURE = "vgg16"
"""Of the paper's three networks."""

MEASURES = {
    "accuracy": ACCURACY["selective"],
    "likeness": f"{LIKENESS['pearson']}, selective units",
    "linear_r2": OF_CONTINUA["linear_r2"],
    "logistic_r2": OF_CONTINUA["logistic_r2"],
}
SELECTIVE = "population == 'selective'"


def replication(
    claims: Sequence[Claim],
    tables: Mapping[str, pd.DataFrame],
    networks: Mapping[str, Mapping],
    caveats: Mapping[str, str],
) -> pd.DataFrame:
    """Compare every claim with the run's number, for each network trained on identity.

    Parameters
    ----------
    claims : sequence of Claim
        `nurture.experience.claims.claims`.
    tables : mapping of str to pandas.DataFrame
        The run's ``units``, ``accuracy`` (resampled), ``similarity`` (to observers), ``baselines``
        (similarity to them), ``fit_comparisons``, ``experience``.
    networks : mapping of str to mapping
        ``training``, ``readout`` and ``architecture`` of each network.
    caveats : mapping of str to str
        Those that follow from the stimuli, by topic: `nurture.stimuli.settings.caveats`.

    Returns
    -------
    pandas.DataFrame
        claim, where, paper, reading_error; network, here, lower, upper (95 %); agreement and
        reason (`nurture.experience.claims.agreement`); caveats. Of a comparison, numbers are
        differences: network trained on identity minus the other.
    """
    names = [name for name, s in networks.items() if s["training"] == IDENTITY]
    rows = []
    for claim in claims:
        for name in names or [""]:
            here = _here(claim, tables, name, networks) if name else None
            word, reason = agreement(claim, here)
            rows.append(
                {"claim": claim.text, "where": claim.where, "network": name}
                | {"paper": claim.paper, "reading_error": claim.error}
                | (here or {})
                | {"agreement": word, "reason": reason}
                | {"caveats": _caveats(claim, tables, name, networks, caveats)}
            )
    return as_table(rows, COLUMNS)


def _here(
    claim: Claim, tables: Mapping[str, pd.DataFrame], name: str, networks: Mapping[str, Mapping]
) -> dict[str, float] | None:
    """Find the run's number; None where the run has nothing to compare with."""
    if claim.against:
        return _compared(claim, tables["experience"], name, networks)
    if claim.measure.startswith("over_"):
        rows = tables["fit_comparisons"].query("measure == 'r2' and fit_b == 'logistic'")
        rows = rows[rows["fit_a"] == claim.measure.removeprefix("over_")]
        rows = rows[rows["network"] == name]
        # In that table the logistic is the second.
        return _numbers(-rows["difference"], -rows["upper"], -rows["lower"])
    if claim.measure == "units":
        rows = _at(tables["units"], name, networks)
        shares = [
            (rows["n_selective"] - rows[count]) / rows["n_units"]
            for count in ("null_mean", "null_high", "null_low")
        ]
        return _numbers(*shares)
    if claim.measure == "accuracy":
        rows = tables["accuracy"].query(f"{SELECTIVE} and statistic == 'accuracy'")
        rows = rows[rows["redrawn"] == "test"]
    else:
        rows = tables["similarity"].query(f"{SELECTIVE} and statistic == 'pearson'")
        rows = rows[rows["human"] == MEAN]
    rows = rows[rows["network"] == name]
    return _numbers(rows["estimate"], rows["lower"], rows["upper"])


def _at(table: pd.DataFrame, name: str, networks: Mapping[str, Mapping]) -> pd.DataFrame:
    return table[(table["network"] == name) & (table["layer"] == networks[name]["readout"])]


def _compared(
    claim: Claim, table: pd.DataFrame, name: str, networks: Mapping[str, Mapping]
) -> dict[str, float] | None:
    rows = _at(table[table["measure"] == MEASURES[claim.measure]], name, networks)
    training = {n: s["training"] for n, s in networks.items()}
    if claim.against == OBJECTS:
        rows = rows[rows["reference"].map(training) == OBJECTS]
    else:
        # What is compared with its control names no other training.
        others = [PIXELS, *(n for n, kind in training.items() if kind != UNTRAINED)]
        rows = rows[~rows["reference"].isin(others) & (rows["verdict"] != NO_CONTROL)]
    if rows.empty:
        return None
    return _numbers(rows["difference"], rows["lower"], rows["upper"])


def _numbers(here: pd.Series, lower: pd.Series, upper: pd.Series) -> dict[str, float]:
    """First of each, NaN of nothing."""
    values = [series.iloc[0] if len(series) else np.nan for series in (here, lower, upper)]
    return dict(zip(("this_run", "lower", "upper"), map(float, values), strict=True))


def _caveats(
    claim: Claim,
    tables: Mapping[str, pd.DataFrame],
    name: str,
    networks: Mapping[str, Mapping],
    caveats: Mapping[str, str],
) -> str:
    told = [caveats[topic] for topic in claim.topics if topic in caveats]
    told += _of_architectures(claim, name, networks) if name else []
    if claim.measure == "units":
        told.append("the interval is that of permuted labels; faces were not resampled")
    if "shape" in claim.topics and name:
        told += _of_shape(claim, tables["fit_comparisons"], name)
    if "pixels" in claim.topics:
        told += _of_pixels(tables)
    if "stimuli" in claim.topics and name:
        told += _of_stimuli(tables, name)
    return "; ".join(filter(None, told))


def _of_architectures(claim: Claim, name: str, networks: Mapping[str, Mapping]) -> list[str]:
    """Return which architectures are compared, where they are not the paper's."""
    mine = networks[name]["architecture"]
    others = [s["architecture"] for s in networks.values() if s["training"] == OBJECTS]
    used = dict.fromkeys([mine, *(others if claim.against == OBJECTS else [])])
    other = [one for one in used if one != PAPER_ARCHITECTURE]
    told = [f"architecture {' and '.join(other)}, not {PAPER_ARCHITECTURE}"] if other else []
    if claim.against == UNTRAINED:
        replicates = [s for s in networks.values() if s["training"] == UNTRAINED]
        seeds = sum(s["architecture"] == mine for s in replicates)
        told.append(f"seeds of the untrained one: {seeds}")
    if len(used) > 1:
        told.append("the two differ in architecture and pictures, not in training alone")
    return told


def _of_shape(claim: Claim, table: pd.DataFrame, name: str) -> list[str]:
    """Describe what is left of a gain when parameters are counted."""
    rows = table.query("measure == 'aicc' and fit_b == 'logistic'")
    rows = rows[rows["fit_a"] == claim.measure.removeprefix("over_")]
    found = _numbers(*(rows[rows["network"] == name][c] for c in ("difference", "lower", "upper")))
    ends = f"{number(found['lower'])} to {number(found['upper'])}"
    told = f"AICc, which counts them, prefers the logistic by {number(found['this_run'])} ({ends})"
    return [f"the logistic has four parameters, more than the other; {told}"]


def _of_pixels(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Describe what is decoded from the pictures without a network."""
    rows = tables["accuracy"].query(
        "training == 'baseline' and population == 'all' and statistic == 'accuracy'"
    )
    rows = rows[rows["redrawn"] == "test"]
    named = zip(rows["network"], rows["estimate"], strict=True)
    told = [f"all {name} reach {number(value)}" for name, value in named]
    return [f"without a network, accuracy: {', '.join(told)}"] if told else []


def _of_stimuli(tables: Mapping[str, pd.DataFrame], name: str) -> list[str]:
    """Describe how far a network's errors are those of the stimuli."""
    rows = tables["baselines"].query(f"{SELECTIVE} and statistic == 'pearson'")
    rows = rows[(rows["network"] == name) & rows["estimate"].notna()]
    told = [
        f"{row.baseline} {number(row.estimate)} ({number(row.lower)} to {number(row.upper)})"
        for row in rows.itertuples()
    ]
    if not told:
        return []
    return [f"its errors correlate with those that follow from the stimuli: {', '.join(told)}"]


def number(value: float) -> str:
    """Write a number with two or three digits; - for none."""
    if np.isnan(value):
        return "-"
    digits = 3 if abs(value) < 0.0995 else 2
    return f"{value:.{digits}f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.2f}"


def replication_text(table: pd.DataFrame, paper: str) -> str:
    """Lay the table out for a reader, in Markdown.

    Parameters
    ----------
    table : pandas.DataFrame
        `replication`.
    paper : str
        How the paper is cited.
    """
    lines = ["# What the paper found, and what this run finds", "", f"Paper: {paper}.", ""]
    counts = table["agreement"].value_counts()
    lines += [", ".join(f"{word}: {n}" for word, n in counts.items()) + ".", "", RULES, ""]
    lines += ["| claim | where | paper | here | agreement |", "| --- | --- | --- | --- | --- |"]
    for row in table.itertuples():
        published = number(row.paper)
        if not np.isnan(row.paper):
            published += f" ± {number(row.reading_error)}"
        here = number(row.this_run)
        if not np.isnan(row.lower):
            here += f" ({number(row.lower)} to {number(row.upper)})"
        cells = (row.claim, row.where, published, here, f"{row.agreement}: {row.reason}")
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "What to keep in mind:", ""]
    for text, rows in table.groupby("caveats", sort=False):
        numbers = ", ".join(str(i + 1) for i in rows.index)
        lines.append(f"- Row {numbers}: {text}." if text else f"- Row {numbers}: nothing more.")
    return "\n".join(lines) + "\n"
