"""Identification of the same morphs by observers and by networks, and where they divide them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.categorical import identification_figure as curves
from nurture.core.rows import Networks
from nurture.core.style import empty, fitting, key, minus, network_rows, new_figure, select, styled

FIGURE = {
    "category": "Categories",
    "place": 2,
    "tables": [
        "observer_identification",
        "observer_boundaries",
        "boundary_correlation",
        "identification",
        "fits",
        "categorical_notes",
    ],
    "networks": ["shown", "baseline"],
    "when": "observers.identified",
    "needs": ["networks", "select_on", "train_on", "test_on", "morphs"],
    "caption": "Networks and observers who identified the very same morphs. Each row is a network, "
    "each column a continuum from one expression to another. Coloured dots are the network's "
    "answers, the grey line and band the observers'. Right: a dot is a continuum; where the "
    "network divides as observers do, dots lie along the diagonal.",
}
STYLE = {"row_height_mm": 24, "rows": 6}


@styled(STYLE)
def draw(
    observed: pd.DataFrame,
    boundaries: pd.DataFrame,
    correlation: pd.DataFrame,
    identification: pd.DataFrame,
    fits: pd.DataFrame,
    notes: pd.DataFrame,
    networks: Networks,
    *,
    style: Mapping,
) -> Figure:
    """Draw curves of networks on those of observers, and boundaries against boundaries.

    Networks as rows, continua as columns, and a last column for boundaries.

    Parameters
    ----------
    observed : pandas.DataFrame
        human and the columns of `nurture.observers.curves.observer_identification`.
    boundaries : pandas.DataFrame
        human and the columns of `nurture.observers.curves.boundaries`.
    correlation : pandas.DataFrame
        human and the columns of `nurture.observers.curves.boundary_correlation`.
    identification, fits, notes : pandas.DataFrame
        See `nurture.categorical.identification_figure.draw`.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the rows.
    """
    (observed, boundaries, correlation), whose = of_first(observed, boundaries, correlation)
    networks, others = fitting(networks, style["rows"])
    continua, left_out = curves.shown_continua(observed)
    figure = new_figure(
        style,
        len(networks) * style["row_height_mm"] + 54,
        "Do networks divide the same morphs where observers do?",
        f"Grey: share of answers of observers {whose} for the second expression of the column, "
        "with 95 % Wilson intervals for as many answers as are independent. Colour: the same of a "
        "classifier that reads the network's selective units, with 95 % Wilson intervals over "
        "identities. Right: category boundaries of the network against those of observers, a dot "
        "for each continuum, with 95 % bootstrap intervals (over identities and over observers); "
        "r over continua, with its interval over observers; the diagonal is equality."
        f"{left_out}",
        others,
    )
    panels = figure.subplots(
        len(networks), len(continua) + 1, squeeze=False, width_ratios=[1] * len(continua) + [1.6]
    )
    for row, place, colour in network_rows(panels, networks, style, "answered 2nd"):
        points, lines, reasons, found = (
            select(table, **place) for table in (identification, fits, notes, correlation)
        )
        for panel, continuum in zip(row[:-1], continua, strict=True):
            mine, theirs, why = (
                select(table, continuum=continuum) for table in (points, observed, reasons)
            )
            _draw_curves(panel, mine, theirs, why, colour, style)
            panel.tick_params(labelleft=panel is row[0], labelbottom=False)
        logistic = select(lines, fit="logistic")
        _draw_boundaries(row[-1], logistic, boundaries, found, colour, style)
        row[-1].tick_params(labelbottom=False)
    curves.label_columns(panels[:, :-1], continua)
    title = f"category\nboundaries\n{panels[0, -1].get_title()}".rstrip()
    panels[0, -1].set_title(title, size=style["small_font_size"])
    panels[-1, -1].set_xlabel("observers'")
    panels[-1, -1].tick_params(labelbottom=True)
    marks: dict[str, dict[str, Any]] = {
        "network": {"marker": "o", "markeredgewidth": 0, "linewidth": 0.8},
        "observers": {"color": style["human"], "linewidth": 1.5},
        "a continuum's boundary": {"marker": "o", "linestyle": "none"},
    }
    key(figure, marks, style)
    return figure


def of_first(*tables: pd.DataFrame) -> tuple[list[pd.DataFrame], str]:
    """Pick the rows of the first human set, and name it and those that are left out."""
    humans = list(dict.fromkeys(name for table in tables for name in table["human"]))
    rest = f" (not drawn: {', '.join(humans[1:])})" * (len(humans) > 1)
    first = humans[0] if humans else ""
    return [table[table["human"] == first] for table in tables], f"of {first}{rest}"


def _draw_curves(
    axes: Axes,
    points: pd.DataFrame,
    observed: pd.DataFrame,
    reasons: pd.DataFrame,
    colour: str,
    style: Mapping,
) -> None:
    axes.set(xlim=(-0.06, 1.06), ylim=(-0.06, 1.06), xticks=[0, 0.5, 1])
    axes.set_yticks([0, 0.5, 1], ["0", ".5", "1"])
    if points.empty:
        note = reasons["note"].dropna()
        empty(axes, note.iloc[0] if len(note) else "no result", style, width=12)
        return
    axes.axhline(0.5, color=style["faint"], linewidth=0.4, linestyle=":")
    bounds = (observed[name] for name in ("level", "lower", "upper"))
    axes.fill_between(*bounds, color=style["human"], alpha=0.3, linewidth=0)
    axes.plot(observed["level"], observed["share_second"], color=style["human"], gid="observers")
    curves.draw_shares(axes, points, colour, style)


def _draw_boundaries(
    axes: Axes,
    mine: pd.DataFrame,
    theirs: pd.DataFrame,
    found: pd.DataFrame,
    colour: str,
    style: Mapping,
) -> None:
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=[0, 0.5, 1])
    axes.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
    axes.set_yticks([0, 0.5, 1], ["0", ".5", "1"])
    curves.at_right(axes)
    both = mine.merge(theirs, on="continuum").dropna(subset=["boundary", "observers"])
    if both.empty:
        axes.tick_params(labelright=False)
        empty(axes, "no boundary of both", style, width=14)
        return
    axes.set_ylabel("network's")
    axes.plot([0, 1], [0, 1], color=style["faint"], linewidth=0.4, linestyle=":")
    look: dict[str, Any] = {"color": colour, "linewidth": 0.5, "alpha": 0.6}
    limits = both[["boundary_lower", "boundary_upper"]].clip(0, 1).to_numpy().T
    axes.vlines(both["observers"], *limits, gid="interval", **look)
    axes.hlines(both["boundary"], both["lower"], both["upper"], gid="interval", **look)
    axes.plot(both["observers"], both["boundary"], "o", color=colour, gid="boundaries")
    axes.set_title(correlation_words(found), size=style["small_font_size"])


def correlation_words(found: pd.DataFrame) -> str:
    """Write r and its interval; nothing where there is no r."""
    known = found.dropna(subset=["r"])
    if known.empty:
        return ""
    row = known.iloc[0]
    return f"r = {minus(row['r'])} ({minus(row['lower'])} to {minus(row['upper'])})"
