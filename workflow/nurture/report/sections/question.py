"""The question, and the main numbers of the run."""

import pandas as pd

from nurture.core.expressions import EXPRESSIONS
from nurture.core.shown import chance, fewest_shown, over
from nurture.report.page import Section, render
from nurture.report.parts import figures, listing, number, training
from nurture.report.run import Run

COLUMNS = {
    "selective": ("selective units", "of all units of the layer"),
    "selective_by_chance": ("by chance", "mean count when the expression labels are shuffled"),
    "accuracy_selective": ("accuracy", "of a classifier on the selective units; {chance}"),
    "human_pearson_mean": (
        "like observers",
        "mean correlation of its errors with those of observers",
    ),
    "linear_r2": ("line R²", "fit of a line to the identification curves"),
    "logistic_r2": ("step R²", "fit of a logistic to the identification curves"),
}
"""Columns of the summary, each with its heading and what it says."""


def question(run: Run) -> Section:
    """State the question, the conclusions, and the main numbers of each network's readout layer."""
    found = run.tables.get("conclusions")
    columns = [name for name in COLUMNS if name in run.tables.get("summary", ())]
    return Section(
        "question",
        "The question",
        render(
            "question",
            conclusions=[] if found is None else found["conclusion"].tolist(),
            figures=figures(run, ["summary"]),
            facts=_facts(run),
            networks=_by_training(run),
            columns=[_heading(run, name) for name in columns],
            rows=_rows(run, columns) if columns else [],
        ),
    )


def _heading(run: Run, column: str) -> tuple[str, str, str]:
    """Name a column, its heading and what it says."""
    heading, about = COLUMNS[column]
    scores = run.tables.get("confusion_scores")
    n = len(EXPRESSIONS) if scores is None else fewest_shown(scores)
    over_fewer = "" if n == len(EXPRESSIONS) else f"over {over(n)}; "
    return column, heading, about.format(chance=f"{over_fewer}chance is {chance(n):.2f}")


def _by_training(run: Run) -> str:
    """Name the networks, those of the same training together."""
    groups: dict[str, list[str]] = {}
    for name in run.networks:
        groups.setdefault(training(run, name), []).append(name)
    return "; ".join(f"{listing(names)} ({how})" for how, names in groups.items())


def _facts(run: Run) -> list[tuple[str, str]]:
    units = run.tables.get("selective_units")
    facts = [(number(len(run.networks)), "networks")]
    facts += [(number(sum(len(s.labels) for s in run.stimuli.values())), "pictures of faces")]
    if units is not None:
        units = units[units["network"].isin(run.networks)]
        facts += [(number(len(units)), "layers")]
        facts += [(number(int(units["n_units"].sum())), "units tested")]
        facts += [(number(int(units["n_selective"].sum())), "selective for expression")]
    return facts


def _rows(run: Run, columns: list[str]) -> list[dict]:
    table, rows = run.tables["summary"], []
    for name in run.networks:
        readout = run.config["networks"][name]["readout"]
        found = table[(table["network"] == name) & (table["layer"] == readout)]
        for _, row in found.iterrows():
            about = {"network": name, "training": row["training"], "layer": readout}
            about |= {"trained": training(run, name)}
            rows.append(about | {"cells": [_write(column, row) for column in columns]})
    return rows


def _write(column: str, row: pd.Series) -> str:
    value = row[column]
    if pd.isna(value):
        return "not analysed"
    if column == "selective":
        return f"{number(int(value))} of {number(int(row['units']))}"
    text = f"{value:.1f}" if column == "selective_by_chance" else f"{value:.2f}"
    return text.replace("-", "−")
