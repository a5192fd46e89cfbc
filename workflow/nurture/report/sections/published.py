"""What agrees with the paper and what does not, number by number."""

from itertools import combinations

import pandas as pd

from nurture.report.page import Section, render
from nurture.report.parts import figures
from nurture.report.run import Run
from nurture.statistics.verdicts import of_number

NAMES = {"none": "untrained"}
OBSERVERS = "observers"
"""Stands in the table for a training where observers judged."""

MEASURES = {
    "accuracy": "Accuracy",
    "pearson": "Likeness to observers, Pearson r",
    "spearman": "Likeness to observers, Spearman ρ",
    "r2": "R² of the fits to identification curves",
}
"""Measures whose numbers are listed one by one; cells of matrices are in the figure."""


def published(run: Run) -> Section | None:
    """Compare the published numbers with those of the run, and their order with its order."""
    table = run.tables.get("published")
    if table is None or table.empty:
        return None
    body = render(
        "published",
        groups=[_group(table, measure, title) for measure, title in MEASURES.items()],
        orders=_orders(table),
        figures=figures(run, ["published"]),
    )
    return Section("paper", "Compared with the paper", body)


def _group(table: pd.DataFrame, measure: str, title: str) -> dict:
    rows = table[(table["measure"] == measure) & (table["training"] != OBSERVERS)]
    if measure == "r2":
        rows = rows[rows["item"].str.startswith("mean ")]
    return {"title": title, "rows": [_row(row) for _, row in rows.iterrows()]}


def _row(row: pd.Series) -> dict:
    here = pd.notna(row["this_run"])
    note = row["note"] if isinstance(row["note"], str) else ""
    difference = row["this_run"] - row["published"] if here else None
    return {
        "item": row["item"],
        "figure": row["figure"],
        "training": row["training"],
        "published_network": row["published_network"],
        "published": f"{row['published']:.2f}",
        "network": row["network"] if isinstance(row["network"], str) else "none",
        "this_run": f"{row['this_run']:.2f}" if here else "",
        "difference": f"{difference:+.2f}" if here else "",
        "verdict": of_number(row["this_run"], row["published"], row["reading_error"])
        if here
        else note,
    }


def _orders(table: pd.DataFrame) -> list[dict]:
    """Order of the trainings by each measure that has two or more, published and in this run."""
    rows = table[(table["training"] != OBSERVERS) & table["this_run"].notna()]
    rows = rows[rows["measure"].isin(MEASURES) & ~rows["figure"].isin(["Fig. 3C"])]
    orders = []
    for (measure, item), group in rows.groupby(["measure", "item"], sort=False):
        # The same number may be read from two figures: the mean of both stands for it.
        means = group.groupby("training", sort=False)[["published", "this_run"]].mean()
        if len(means) < 2:
            continue
        there, here = (
            [NAMES.get(t, t) for t in means[column].sort_values(ascending=False).index]
            for column in ("published", "this_run")
        )
        title = MEASURES[measure] + ("" if measure == "accuracy" else f", {item}")
        pairs = list(combinations(there, 2))
        kept = sum(here.index(first) < here.index(second) for first, second in pairs)
        orders.append(
            {"title": title, "there": there, "this_run": here, "kept": kept, "pairs": len(pairs)}
        )
    return orders
