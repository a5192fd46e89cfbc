"""How well a line, a parabola and a logistic describe identification curves."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.core import style as parts
from nurture.core.rows import Networks
from nurture.statistics.verdicts import LEVEL

FIGURE = {
    "category": "Categories",
    "place": 2,
    "tables": ["fits", "categorical_notes", "human_fits", "fit_comparisons"],
    "networks": ["shown", "baseline"],
    "needs": ["networks", "select_on", "train_on", "morphs"],
    "caption": "Which shape fits the identification curves best: a line, a quadratic or a step "
    "(logistic). Each small dot is a continuum, each large dot the mean of a network. The further "
    "to the right, the better the fit. A logistic has more parameters than a line, so some gain "
    "comes for free. The first row is groups of observers, whose curves a line may fit well too. "
    "A star says that a shape predicts the answers to left-out identities better than a line "
    "does.",
}
STYLE = {"row_height_mm": 13}

OFFSETS = {"linear": -0.24, "quadratic": 0.0, "logistic": 0.24}
SIGNS = {"o": "●", "s": "■", "^": "▲"}
HUMAN_CONTINUUM = "anger-fear"
OBSERVERS = "observers, anger to fear\n(groups)"


@parts.styled(STYLE)
def draw(
    fits: pd.DataFrame,
    notes: pd.DataFrame,
    human: pd.DataFrame,
    tests: pd.DataFrame,
    networks: Networks,
    *,
    style: Mapping,
) -> Figure:
    """Draw R2 of the three fits for every network and for observers.

    A row for observers, then one for each network. Small dots are groups of observers and
    continua, large ones their mean.

    Parameters
    ----------
    fits : pandas.DataFrame
        network, layer, continuum, fit, r2.
    notes : pandas.DataFrame
        network, layer, continuum, note (why there is no curve).
    human : pandas.DataFrame
        group, fit, r2: the same fits to answers of observers along anger-fear.
    tests : pandas.DataFrame
        network, layer, measure, fit_a, fit_b, difference, p_max: fits compared over continua.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order from top to bottom.
    """
    figure = parts.new_figure(
        style,
        (len(networks) + 1) * style["row_height_mm"] + 38,
        "Graded or categorical: how well three shapes fit the identification curves",
        "Small marks: continua (the ring is anger to fear), or groups of observers who judged that "
        "one continuum; large marks: their mean. The logistic has four parameters and is near 1 "
        "for most curves, so read how far the straight line falls below it, and compare with the "
        "observers in the first row. Star: predicts the answers to left-out identities better than "
        "the line does (p < .05 over continua, corrected for three comparisons); R² itself favours "
        "curves with more parameters.",
    )
    axes = figure.subplots()
    for fit, offset in OFFSETS.items():
        _draw_row(axes, human[human["fit"] == fit], offset, fit, "", style)
    for y, (network, settings) in enumerate(networks.items(), start=1):
        place = {"network": network, "layer": settings["readout"]}
        table = parts.select(fits, **place).dropna(subset="r2")
        if table.empty:
            reasons = [*parts.select(notes, **place)["note"].mode(), "no result"]
            parts.write_on_row(axes, reasons[0], (0.5, y), style, ha="center")
        for fit, offset in OFFSETS.items():
            test = parts.select(tests, **place, measure="cv_error", fit_a="linear", fit_b=fit)
            star = "*" if ((test["difference"] > 0) & (test["p_max"] < LEVEL)).any() else ""
            _draw_row(axes, table[table["fit"] == fit], y + offset, fit, star, style)
    _label(axes, networks, style)
    return figure


def _draw_row(
    axes: Axes, table: pd.DataFrame, y: float, fit: str, star: str, style: Mapping
) -> None:
    if table.empty:
        return
    colour, mark, r2 = style["fits"][fit], style["fit_marks"][fit], table["r2"]
    axes.plot([r2.min(), r2.max()], [y, y], color=colour, linewidth=0.4)
    axes.plot(r2, [y] * len(r2), mark, color=colour, alpha=0.5, markeredgewidth=0, gid="dots")
    axes.plot(r2.mean(), y, mark, color=colour, markersize=2 * style["marker_size"], gid="mean")
    if "continuum" in table:
        ringed = table[table["continuum"] == HUMAN_CONTINUUM]["r2"]
        size = {"markersize": 1.7 * style["marker_size"], "markeredgewidth": 0.6}
        axes.plot(
            ringed, [y] * len(ringed), "o", color=colour, markerfacecolor="none", gid="ring", **size
        )
    axes.annotate(
        f"{r2.mean():.3f}{star}",
        (1, y),
        (4, 0),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        va="center",
        color=colour,
        size=style["small_font_size"],
    )


def _label(axes: Axes, networks: Networks, style: Mapping) -> None:
    parts.part_rows(axes, len(networks) + 1, style)
    axes.set_xlim(right=1.01)
    names = [
        f"{parts.name_lines(network, 24)}\n{parts.TRAINED_ON[settings['training']]}"
        for network, settings in networks.items()
    ]
    hues = [style["trainings"][settings["training"]] for settings in networks.values()]
    parts.name_rows(axes, [OBSERVERS, *names], [style["ink"], *hues])
    axes.set_xlabel("R² of the fit (share of variance described)")
    for i, fit in enumerate(OFFSETS):
        text, look = f"{SIGNS[style['fit_marks'][fit]]} {fit}", {"color": style["fits"][fit]}
        parts.write_at(axes, text, (0, 1), (60 * i, 3), weight="bold", **look)
    parts.write_at(axes, "mean", (1, 1), (4, 3), size=style["small_font_size"])
