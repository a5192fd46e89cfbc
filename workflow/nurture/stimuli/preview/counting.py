"""What a stimulus set holds and lacks, in words and numbers."""

from collections.abc import Sequence

import pandas as pd

from nurture.core.expressions import EXPRESSIONS, NEUTRAL, NONE
from nurture.core.identities import identity_names
from nurture.core.names import listed

MOST_ROWS = 30
"""More identities are not listed one by one, but those alone who lack an expression."""

MOST_NAMES = 10
"""Images that are named for each reason why they are not used."""


def in_order(expressions: Sequence[str]) -> list[str]:
    """Names of expressions, the basic ones first."""
    names = set(expressions)
    first = [name for name in (*EXPRESSIONS, NEUTRAL, NONE) if name in names]
    return first + sorted(names - set(first))


def count_faces(labels: pd.DataFrame) -> pd.DataFrame:
    """Count the faces of each person and expression, or of each person and continuum.

    Rows are persons, columns expressions; there is one row ``any`` where nobody is known.
    """
    known = (labels["identity"] >= 0).all()
    person = identity_names(labels) if known else pd.Series("any", index=labels.index)
    morphs = (labels["continuum"] != NONE).any()
    shown = labels["continuum"] if morphs else labels["expression"]
    columns = list(dict.fromkeys(shown)) if morphs else in_order(shown)
    order = list(dict.fromkeys(person))
    return pd.crosstab(person, shown).reindex(index=order, columns=columns)


def describe_set(title: str, labels: pd.DataFrame, dropped: pd.DataFrame) -> str:
    """Describe in several lines what a stimulus set holds, and what is missing or dropped."""
    counts = count_faces(labels)
    nobody = list(counts.index) == ["any"]
    identities = (
        "of identities that are not distinguished" if nobody else f"of {len(counts)} identities"
    )
    total = counts.sum().to_frame("faces").T
    if not nobody:
        total.loc["identities"] = (counts > 0).sum()
    lines = [f"{title}: {len(labels)} faces {identities}", "", total.to_string()]
    incomplete = counts[(counts == 0).any(axis=1)]
    if not nobody and len(counts) <= MOST_ROWS:
        lines += ["", counts.rename_axis(None).rename_axis(None, axis=1).to_string()]
    missing = [f"{name} ({', '.join(row.index[row == 0])})" for name, row in incomplete.iterrows()]
    lacking = f"Missing: {listed(missing, MOST_ROWS, '; ')}"
    lines += ["", lacking if missing else "Nobody lacks an expression."]
    if nobody:
        lines[-1] = "Without identities this set may test, but select no units."
    absent = [name for name in EXPRESSIONS if name not in counts]
    if absent and (labels["continuum"] == NONE).all():
        lines.append(f"No face shows {', '.join(absent)}.")
    return "\n".join([*lines, *_reasons(dropped)])


def _reasons(dropped: pd.DataFrame) -> list[str]:
    if dropped.empty:
        return ["No image was dropped."]
    lines = [f"Dropped: {len(dropped)} images"]
    for reason, part in dropped.groupby("reason", sort=False):
        paths = listed(part["path"].tolist(), MOST_NAMES, "; ")
        lines.append(f"  {len(part):6d}  {reason}: {paths}")
    return lines
