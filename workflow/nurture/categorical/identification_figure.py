"""Identification curves along morph continua, with the fits to them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.categorical.curves import predict
from nurture.core.expressions import CONTINUA
from nurture.core.rows import Networks
from nurture.core.style import empty, fitting, key, network_rows, new_figure, select, styled

FIGURE = {
    "category": "Categories",
    "place": 1,
    "tables": ["identification", "fits", "categorical_notes", "human_identification"],
    "networks": ["shown", "baseline"],
    "needs": ["networks", "select_on", "train_on", "morphs"],
    "caption": "How answers change along morphs. Each row is a network, each column a continuum "
    "from one expression to another. Dots are the share of faces answered as the second "
    "expression, with 95 % intervals; lines are fits. A curve that stays, rises at once and "
    "stays again is an answer in categories. The bar at one half is where the boundary between the "
    "two may lie.",
}
STYLE = {"row_height_mm": 24, "rows": 6}

DASHES: dict[str, Any] = {"linear": (0, (1, 1)), "quadratic": (0, (4, 1.5)), "logistic": "solid"}
HUMAN_CONTINUUM = "anger-fear"


@styled(STYLE)
def draw(
    identification: pd.DataFrame,
    fits: pd.DataFrame,
    notes: pd.DataFrame,
    human: pd.DataFrame,
    networks: Networks,
    *,
    style: Mapping,
) -> Figure:
    """Draw the share of answers for the second expression by morph level.

    Networks as rows, continua as columns.

    Parameters
    ----------
    identification : pandas.DataFrame
        network, layer, continuum, level (share of the second expression, 0 to 1), share_second,
        lower, upper.
    fits : pandas.DataFrame
        network, layer, continuum, fit, boundary, boundary_lower, boundary_upper, and p0, p1, p2,
        p3: parameters of `nurture.categorical.curves.predict`.
    notes : pandas.DataFrame
        network, layer, continuum, note (why there is no curve).
    human : pandas.DataFrame
        level, group, share_second: answers of observers along anger-fear.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the rows.
    """
    networks, others = fitting(networks, style["rows"])
    continua, left_out = shown_continua(identification, notes)
    figure = new_figure(
        style,
        len(networks) * style["row_height_mm"] + 44,
        "Where one expression becomes the other: identification along morph continua",
        "Dots: share of faces answered as the second expression of the column, by a two-way "
        "classifier trained on the unmorphed expressions, with 95 % Wilson intervals over "
        f"{_faces(identification)} identities. Lines: least-squares fits; a step (logistic) speaks "
        "for categories, a straight line for graded change. Bar at .5: 95 % bootstrap interval of "
        "the logistic's category boundary, where it has one. Grey lines: groups of observers who "
        "judged photographs, whole or half, morphed between anger and fear."
        f"{left_out}",
        others,
    )
    axes = figure.subplots(len(networks), len(continua), squeeze=False, sharex=True, sharey=True)
    axes[0, 0].set(xlim=(-0.06, 1.06), ylim=(-0.06, 1.06), xticks=[0, 0.5, 1])
    axes[0, 0].set_yticks([0, 0.5, 1], ["0", ".5", "1"])
    for row, place, colour in network_rows(axes, networks, style):
        for panel, continuum in zip(row, continua, strict=True):
            points, lines, reasons = (
                select(table, **place, continuum=continuum)
                for table in (identification, fits, notes)
            )
            if points.empty:
                say_why(panel, reasons, style)
                continue
            if continuum == HUMAN_CONTINUUM:
                _draw_observers(panel, human, style)
            _draw_panel(panel, points, lines, colour, style)
        row[0].set_ylabel("answered 2nd")
    label_columns(axes, continua)
    marks = {"share answered, 95 %": {"linewidth": 0.8, "marker": "o", "markeredgewidth": 0}}
    for fit, dash in DASHES.items():
        marks[f"{fit} fit"] = {"color": style["fits"][fit], "linestyle": dash}
    marks["observers"] = {"color": style["human"], "linewidth": 0.6}
    key(figure, marks, style)
    return figure


def _faces(identification: pd.DataFrame) -> str:
    """Write how many faces stand behind a point."""
    counts = identification["n"].astype(int)
    ends = {f"{counts.min()}", f"{counts.max()}"} if len(counts) else {"no"}
    return " to ".join(sorted(ends, key=int) if len(ends) > 1 else ends)


def shown_continua(*tables: pd.DataFrame) -> tuple[list[str], str]:
    """Continua that fit side by side, the paper's first, and what to say where there are more."""
    held = dict.fromkeys(name for table in tables for name in table["continuum"])
    ours = [name for name in held if name not in CONTINUA]
    names = ([name for name in CONTINUA if name in held] + ours)[: len(CONTINUA)]
    few = len(names) < len(held)
    return names, f" Shown are {len(names)} of {len(held)} continua, the paper's first." * few


def say_why(axes: Axes, table: pd.DataFrame, style: Mapping) -> None:
    """Turn a panel into the first note of a table."""
    note = table["note"].dropna()
    empty(axes, note.iloc[0] if len(note) else "no result", style, width=14)


def at_right(axes: Axes) -> None:
    """Put the scale of heights at the right of a panel."""
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.spines["left"].set_visible(False)
    axes.spines["right"].set_visible(True)


def draw_shares(axes: Axes, points: pd.DataFrame, colour: str, style: Mapping) -> None:
    """Draw a network's shares of answers by level, with their intervals."""
    bounds = (points[name] for name in ("level", "lower", "upper"))
    axes.vlines(*bounds, color=colour, linewidth=0.8, gid="interval")
    look = {"color": colour, "markersize": 0.9 * style["marker_size"], "markeredgewidth": 0}
    axes.plot(points["level"], points["share_second"], "o", gid="network", **look)


def _draw_panel(
    axes: Axes, points: pd.DataFrame, lines: pd.DataFrame, colour: str, style: Mapping
) -> None:
    x = np.linspace(points["level"].min(), points["level"].max(), 201)
    axes.axhline(0.5, color=style["faint"], linewidth=0.4, linestyle=":")
    draw_shares(axes, points, colour, style)
    for row in lines.itertuples():
        look = {"color": style["fits"][row.fit], "linewidth": 0.7 * style["line_width"]}
        y = predict(row.fit, (row.p0, row.p1, row.p2, row.p3), x)
        axes.plot(x, y, linestyle=DASHES[row.fit], gid=row.fit, **look)
        if row.fit == "logistic" and np.isfinite(row.boundary):
            ends = np.clip([row.boundary_lower, row.boundary_upper], x[0], x[-1])
            look |= {"linewidth": 2.2 * style["line_width"], "solid_capstyle": "butt"}
            axes.plot(ends, [0.5, 0.5], alpha=0.55, gid="boundary", **look)


def _draw_observers(axes: Axes, human: pd.DataFrame, style: Mapping) -> None:
    for group, answers in human.groupby("group", sort=False):
        look = {"color": style["human"], "linewidth": 0.5, "gid": f"observers {group}"}
        axes.plot(answers["level"], answers["share_second"], zorder=1, **look)


def label_columns(axes: np.ndarray, continua: list[str]) -> None:
    """Name the continua above their columns of panels, and their axes below."""
    for top, bottom, continuum in zip(axes[0], axes[-1], continua, strict=True):
        first, second = continuum.split("-")
        top.set_title(f"{first}\nto {second}")
        bottom.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
        bottom.tick_params(labelbottom=True)
        bottom.set_xlabel(f"share of\n{second}")
