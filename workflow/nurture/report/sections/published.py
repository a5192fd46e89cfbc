"""What agrees with the paper and what does not, number by number."""

from itertools import combinations

import pandas as pd

from nurture.report.page import Section, render
from nurture.report.parts import figures
from nurture.report.run import Run

NAMES = {"none": "untrained"}
PEOPLE = "people"
"""Stands in the table for a training where people judged."""

MEASURES = {
    "accuracy": "Accuracy",
    "pearson": "Likeness to people, Pearson r",
    "spearman": "Likeness to people, Spearman ρ",
    "r2": "R² of the fits to identification curves",
}
"""Measures whose numbers are listed one by one; cells of matrices are in the figure."""


def published(run: Run) -> Section | None:
    """Set the published numbers beside those of the run, and their order beside its order."""
    table = run.tables.get("published")
    if table is None or table.empty:
        return None
    body = render(
        "published",
        groups=[_group(table, measure, title) for measure, title in MEASURES.items()],
        orders=_orders(table),
        figures=figures(run, ["published"]),
    )
    return Section("paper", "Beside the paper", body)


def _group(table: pd.DataFrame, measure: str, title: str) -> dict:
    rows = table[(table["measure"] == measure) & (table["training"] != PEOPLE)]
    if measure == "r2":
        rows = rows[rows["item"].str.startswith("mean ")]
    return {"title": title, "rows": [_row(row) for _, row in rows.iterrows()]}


def _row(row: pd.Series) -> dict:
    here = pd.notna(row["here"])
    note = row["note"] if isinstance(row["note"], str) else ""
    difference = row["here"] - row["published"] if here else None
    within = here and abs(difference) <= row["reading_error"]
    return {
        "item": row["item"],
        "figure": row["figure"],
        "training": row["training"],
        "published_network": row["published_network"],
        "published": f"{row['published']:.2f}",
        "network": row["network"] if isinstance(row["network"], str) else "none",
        "here": f"{row['here']:.2f}" if here else "",
        "difference": f"{difference:+.2f}" if here else "",
        "verdict": ("within the reading error" if within else "differs") if here else note,
    }


def _orders(table: pd.DataFrame) -> list[dict]:
    """Order of the trainings by each measure that has two or more, published and here."""
    rows = table[(table["training"] != PEOPLE) & table["here"].notna()]
    rows = rows[rows["measure"].isin(MEASURES) & ~rows["figure"].isin(["Fig. 3C"])]
    orders = []
    for (measure, item), group in rows.groupby(["measure", "item"], sort=False):
        # The same number may be read from two figures: the mean of both stands for it.
        means = group.groupby("training", sort=False)[["published", "here"]].mean()
        if len(means) < 2:
            continue
        there, here = (
            [NAMES.get(t, t) for t in means[column].sort_values(ascending=False).index]
            for column in ("published", "here")
        )
        title = MEASURES[measure] + ("" if measure == "accuracy" else f", {item}")
        pairs = list(combinations(there, 2))
        kept = sum(here.index(first) < here.index(second) for first, second in pairs)
        orders.append(
            {"title": title, "there": there, "here": here, "kept": kept, "pairs": len(pairs)}
        )
    return orders
