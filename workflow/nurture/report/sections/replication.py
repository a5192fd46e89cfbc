"""What the paper claims, and what this run says of each claim."""

import pandas as pd

from nurture.experience.claims import verdicts
from nurture.report.page import Section, render
from nurture.report.parts import spell
from nurture.report.run import Run

TABLES = ("replication", "baseline_similarity")


def replication(run: Run) -> Section | None:
    """Count the claims by verdict, and list them."""
    table = run.tables.get("replication")
    if table is None or table.empty:
        return None
    found = verdicts(table)
    body = render(
        "replication",
        claims=sum(found.values()),
        counts="; ".join(f"{name}: {n}" for name, n in found.items()),
        rows=[_row(row) for _, row in table.iterrows()],
        tables=[(name, spell(name)) for name in TABLES if name in run.tables],
    )
    return Section("replication", "Does it replicate?", body)


def _row(row: pd.Series) -> dict:
    between = pd.notna(row["lower"]) and pd.notna(row["upper"])
    return {
        "claim": row["tested"],
        "where": row["where"],
        "paper": _short(row["paper"]),
        "this_run": _short(row["this_run"]),
        "interval": f"{_short(row['lower'])} to {_short(row['upper'])}" if between else "",
        "agreement": row["agreement"],
        "reason": row["reason"],
        "counts": "yes" if row["counts"] else "no",
    }


def _short(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.2g}".replace("-", "−")
