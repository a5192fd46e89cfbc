"""A human set of one's own, as every analysis takes those that are shipped."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from nurture.confusion.matrices import counts_by_identity
from nurture.confusion.sources import MEAN
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import atomic
from nurture.observers.precision import halves

SPLITS = 200
FEWEST = 4
"""Observers of whom halves are compared."""


def check_name(name: str) -> None:
    """Refuse a name that files cannot have, or that stands for something else."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,40}", name) or name == MEAN:
        raise NurtureError(
            f"--name {name!a}: give letters, digits and -, and not {MEAN!r}, which stands for "
            "all sets"
        )


def copy_humans(folder: Path, to: Path) -> None:
    """Copy the other human sets to where the new one goes."""
    to.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob("*.*")):
        if folder.resolve() != to.resolve():
            shutil.copyfile(path, to / path.name)


def write_sources(sources: Mapping, path: Path) -> None:
    """Write ``sources.yaml``."""
    with atomic(path) as part:
        text = yaml.safe_dump(dict(sources), sort_keys=False, allow_unicode=True, width=100)
        part.write_text(text, encoding="utf-8")


def observer_counts(trials: pd.DataFrame) -> np.ndarray:
    """Count the labels of each observer: int, rows shown, columns answered, (n_observers, 6, 6)."""
    label = trials[trials["task"] == "label"]
    return counts_by_identity(label["expression"], label["answer"], label["observer"])


def matrix(counts: np.ndarray) -> pd.DataFrame:
    """Lay out a confusion matrix as `nurture.confusion.human.read_matrix` reads it."""
    total = counts.sum(axis=0)
    for name, row in zip(EXPRESSIONS, total, strict=True):
        if not row.sum():
            raise NurtureError(f"nobody who is kept labelled {name}; a human set needs all six")
    table = pd.DataFrame(total, columns=list(EXPRESSIONS))
    table.insert(0, "", list(EXPRESSIONS))
    return table


def source(name: str, counts: np.ndarray, experiment: Mapping, seed: int) -> dict:
    """Describe the set of some counts, `observer_counts`, for ``sources.yaml``.

    The seed is that of the halves of observers.
    """
    entry: dict = {"file": f"{name}.csv", "observers": len(counts), "holds": "counts"}
    if len(counts) >= FEWEST:
        r = halves(counts, np.random.default_rng([seed, len(counts)]), SPLITS)
        if np.isfinite(r):
            entry["split_half"] = round(r, 4)
    return entry | {
        "task": "six choices",
        "who": "shown the very images of this project",
        "source": f"own data, experiment {experiment['id']}",
        "licence": "your own",
        "trials": f"{name}-trials.csv",
        "faces": dict(experiment["digests"]),
    }


def described(observers: pd.DataFrame, sources: str | Path) -> str:
    """Say who is kept, who is left out and why, and where the set is."""
    out = observers[observers["why"] != ""]
    lines = [f"{len(observers)} observers, {len(observers) - len(out)} kept."]
    lines += [f"Left out: {row.session}: {row.why}." for row in out.itertuples()]
    accuracy = observers.loc[observers["why"] == "", "accuracy"]
    if accuracy.notna().any():
        lines.append(f"Accuracy of labels: {accuracy.mean():.2f}, SD {accuracy.std():.2f}.")
    folder = Path(sources).parent
    lines.append(f"Written to {folder}; set human.folder to it to compare networks with them.")
    return "\n".join(lines) + "\n"
