"""How well a line, a parabola and a logistic describe identification curves."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.figures.style import TRAINED_ON, name_lines, new_figure, select, styled

OFFSETS = {"linear": -0.24, "quadratic": 0.0, "logistic": 0.24}


@styled
def draw(
    fits: pd.DataFrame, notes: pd.DataFrame, networks: Mapping[str, Mapping], *, style: Mapping
) -> Figure:
    """Draw R2 of the three fits for every network.

    Parameters
    ----------
    fits : pandas.DataFrame
        network, layer, continuum, fit, r2.
    notes : pandas.DataFrame
        network, layer, continuum, note (why there is no curve).
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order from top to bottom.
    style : mapping
        ``style.complete("fits")``.

    Returns
    -------
    matplotlib.figure.Figure
        Small dots are continua, large ones their mean.
    """
    figure = new_figure(
        style,
        len(networks) * style["row_height_mm"] + 38,
        "Graded or categorical: how well three shapes fit the identification curves",
        "Small dots: continua; large dots: their mean. The logistic has four parameters and is "
        "near 1 for most curves, so read how far the straight line falls below it: the further, "
        "the more step-like the change.",
    )
    axes = figure.subplots()
    for y, (network, settings) in enumerate(networks.items()):
        place = {"network": network, "layer": settings["readout"]}
        table = select(fits, **place).dropna(subset="r2")
        if table.empty:
            _write_note(axes, y, select(notes, **place), style)
        for fit, offset in OFFSETS.items():
            _draw_row(axes, table[table["fit"] == fit]["r2"], y + offset, fit, style)
    _label(axes, networks, style)
    return figure


def _draw_row(axes: Axes, r2: pd.Series, y: float, fit: str, style: Mapping) -> None:
    if r2.empty:
        return
    colour = style["fits"][fit]
    axes.plot([r2.min(), r2.max()], [y, y], color=colour, linewidth=0.4)
    axes.plot(r2, [y] * len(r2), "o", color=colour, alpha=0.5, markeredgewidth=0, gid="continua")
    axes.plot(r2.mean(), y, "o", color=colour, markersize=2 * style["marker_size"], gid="mean")
    axes.annotate(
        f"{r2.mean():.3f}",
        (1, y),
        (4, 0),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        va="center",
        color=colour,
        size=style["small_font_size"],
    )


def _write_note(axes: Axes, y: float, notes: pd.DataFrame, style: Mapping) -> None:
    reasons = notes["note"].mode()
    axes.text(
        0.5,
        y,
        reasons.iloc[0] if len(reasons) else "no result",
        transform=axes.get_yaxis_transform(),
        ha="center",
        va="center",
        color=style["faint"],
        size=style["small_font_size"],
    )


def _label(axes: Axes, networks: Mapping[str, Mapping], style: Mapping) -> None:
    axes.set_ylim(len(networks) - 0.5, -0.5)
    axes.set_xlim(right=1.01)
    axes.set_yticks(
        range(len(networks)),
        [
            f"{name_lines(network, 24)}\n{TRAINED_ON[settings['training']]}"
            for network, settings in networks.items()
        ],
    )
    axes.tick_params(axis="y", length=0)
    for label, settings in zip(axes.get_yticklabels(), networks.values(), strict=True):
        label.set_color(style["trainings"][settings["training"]])
    axes.set_xlabel("R² of the fit (share of variance described)")
    for y in range(1, len(networks)):
        axes.axhline(y - 0.5, color=style["faint"], linewidth=0.3)
    for i, fit in enumerate(OFFSETS):
        axes.annotate(
            f"● {fit}",
            (0, 1),
            (60 * i, 3),
            xycoords="axes fraction",
            textcoords="offset points",
            color=style["fits"][fit],
            weight="bold",
        )
    axes.annotate(
        "mean",
        (1, 1),
        (4, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        size=style["small_font_size"],
    )
