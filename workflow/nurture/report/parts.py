"""Parts that sections share: tables as HTML and for download, and figures with their captions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nurture.core.style import TRAINED_ON
from nurture.report.run import Run

SIZE = {
    side: re.compile(rf'<svg[^>]*? {side}="([\d.]+)pt"'.encode()) for side in ("width", "height")
}
PIXELS_PER_POINT = 1.8
"""So that the smallest letters of a figure are as large as those of the page's captions."""

WIDEST = 920


@dataclass(frozen=True)
class Figure:
    """A figure of the run: whether there is a PDF, its size, and what is said about it."""

    name: str
    title: str
    pdf: bool
    width: int
    shape: str
    alt: str
    caption: str
    tables: list[tuple[str, str]]


def spell(name: str) -> str:
    """Turn the name of a file or column into words."""
    text = name.replace("_", " ").replace("-", " ")
    return text[:1].upper() + text[1:]


def number(value) -> str:
    """Write a value of a table for reading: three digits, and commas in whole numbers."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, bool | str):
        return str(value)
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def files(run: Run) -> dict[str, bytes]:
    """Collect what the page holds of the run as files, by name."""
    kinds = {"csv": run.csv, "svg": run.figures, "pdf": run.pdfs}
    return {f"{name}.{kind}": data for kind, held in kinds.items() for name, data in held.items()}


def figures(run: Run, names: Sequence[str]) -> list[Figure]:
    """Collect those of some figures that the run made."""
    return [_figure(run, name) for name in names if name in run.figures]


def _figure(run: Run, name: str) -> Figure:
    caption = run.captions.get(name, "")
    behind = [(t, spell(t)) for t in run.drawn_from.get(name, []) if t in run.tables]
    alt = f"{spell(name)}. {caption.split('. ')[0]}".rstrip(".")
    where = "the table" if len(behind) == 1 else "the tables"
    alt += f". Its numbers are in {where} linked below." if behind else "."
    sizes = [SIZE[side].search(run.figures[name]) for side in ("width", "height")]
    points, high = (float(size[1]) if size else 0.0 for size in sizes)
    width = min(WIDEST, round(PIXELS_PER_POINT * points)) if points else WIDEST
    shape = f"{points:g} / {high:g}" if points and high else "auto"
    return Figure(name, spell(name), name in run.pdfs, width, shape, alt, caption, behind)


def training(run: Run, network: str) -> str:
    """Describe what a network of the run was trained on."""
    kind = run.config["networks"][network]["training"]
    return TRAINED_ON.get(kind, kind)


def listing(names: Sequence[str]) -> str:
    """Join names into an English list."""
    names = list(names)
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
