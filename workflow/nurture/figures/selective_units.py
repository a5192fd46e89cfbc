"""Expression-selective units along the depth of each network."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.figures.style import TRAINED_ON, name_lines, new_figure, styled

MARKERS = {"o": "●", "s": "■", "D": "◆", "^": "▲", "v": "▼"}
UNTRAINED = "none"
LINE_OF_TEXT = 8.5


@styled
def draw(selective_units: pd.DataFrame, alpha: float, *, style: Mapping) -> Figure:
    """Draw the percentage of selective units by layer, networks of the same layers together.

    Parameters
    ----------
    selective_units : pandas.DataFrame
        One row per network and layer: network, training, layer, depth, n_selective, fraction.
    alpha : float
        Significance level of both tests. A unit that depends on neither factor is selective
        with probability ``alpha * (1 - alpha)``, which is marked as chance.
    style : mapping
        ``style.complete("selective_units")``.

    Returns
    -------
    matplotlib.figure.Figure
        One panel per list of layers. Seeds of an untrained network are thin lines, their mean
        a thick one.
    """
    panels = _panels(selective_units)
    chance = 100 * alpha * (1 - alpha)
    columns = min(style["columns"], len(panels))
    rows = -(-len(panels) // columns)
    figure = new_figure(
        style,
        rows * (style["panel_height_mm"] + 22) + 16,
        "Units selective for facial expression, layer by layer",
        f"Selective: expression matters (p < {alpha:g}) and identity does not (p > {alpha:g}; "
        "two-way analysis of variance of each unit). Percentages are of all units of the layer"
        f"{'; numbers beside points count selective units' if style['counts'] else ''}. Chance "
        f"({chance:.2g} %): expected of units for which neither factor matters.",
    )
    axes = figure.subplots(rows, columns, squeeze=False, sharey=style["share_y"]).ravel()
    tops = [max(100 * table["fraction"].max(), chance) for table in panels]
    for panel, table, top in zip(axes, panels, tops, strict=False):
        _draw_panel(panel, table, chance, style)
        panel.set_ylim(0, 1.15 * (max(tops) if style["share_y"] else top))
        panel.tick_params(labelleft=True)
    for panel in axes[len(panels) :]:
        panel.set_visible(False)
    for panel in axes[: len(panels) : columns]:
        panel.set_ylabel("Selective units (% of layer)")
    return figure


def _panels(table: pd.DataFrame) -> list[pd.DataFrame]:
    """Split the table into networks that have the same layers in the same order."""
    groups = {}
    for _, rows in table.groupby("network", sort=False):
        rows = rows.sort_values("depth", kind="stable")
        groups.setdefault(tuple(rows["layer"]), []).append(rows)
    return [pd.concat(group) for group in groups.values()]


def _draw_panel(axes: Axes, table: pd.DataFrame, chance: float, style: Mapping) -> None:
    layers = list(dict.fromkeys(table["layer"]))
    trained = table[table["training"] != UNTRAINED]
    names = _draw_untrained(axes, table[table["training"] == UNTRAINED], layers, style)
    networks = trained.groupby("network", sort=False)
    for i, (network, rows) in enumerate(networks):
        training = rows["training"].iloc[0]
        colour = style["trainings"][training]
        y = 100 * rows["fraction"].to_numpy()
        marker, sign = list(MARKERS.items())[i % len(MARKERS)]
        axes.plot(y, color=colour, marker=marker, gid=network)
        names.append((f"{sign} {network}, {TRAINED_ON[training]}", colour))
        if style["counts"] and len(networks) == 1:
            _write_counts(axes, y, rows["n_selective"], colour, style)
    axes.axhline(chance, color=style["ink"], linewidth=0.6, linestyle=(0, (4, 3)), gid="chance")
    axes.annotate(
        "chance",
        (0, chance),
        (1.5, 1.5),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        size=style["small_font_size"],
    )
    _name_lines_above(axes, names)
    axes.set_xticks(range(len(layers)), [name_lines(name) for name in layers], rotation=90)
    axes.set_xlim(-0.4, len(layers) - 0.6)
    axes.set_xlabel("Layer, from input to output")


def _draw_untrained(
    axes: Axes, table: pd.DataFrame, layers: list[str], style: Mapping
) -> list[tuple[str, str]]:
    """Draw seeds thinly and their mean; return the name to write above the panel."""
    if table.empty:
        return []
    colour = style["trainings"][UNTRAINED]
    networks = list(dict.fromkeys(table["network"]))
    width = style["line_width"]
    for network, rows in table.groupby("network", sort=False):
        axes.plot(
            100 * rows["fraction"].to_numpy(), color=colour, linewidth=0.4 * width, gid=network
        )
    mean = 100 * table.groupby("layer")["fraction"].mean()[layers].to_numpy()
    axes.plot(mean, color=colour, linewidth=1.6 * width, gid="untrained mean")
    seeds = len(networks)
    name = networks[0] if seeds == 1 else f"untrained, mean of {seeds} (thin: each)"
    return [(f"— {name}", colour)]


def _write_counts(
    axes: Axes, y: np.ndarray, counts: pd.Series, colour: str, style: Mapping
) -> None:
    for x, (height, count) in enumerate(zip(y, counts, strict=True)):
        axes.annotate(
            f"{count:,}",
            (x, height),
            (0, 3.5),
            textcoords="offset points",
            ha="center",
            color=colour,
            size=style["small_font_size"],
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.2},
        )


def _name_lines_above(axes: Axes, names: list[tuple[str, str]]) -> None:
    """Write the name of every line above the panel in the colour of the line."""
    for row, (name, colour) in enumerate(reversed(names)):
        axes.annotate(
            name,
            (0, 1),
            (0, 3 + LINE_OF_TEXT * row),
            xycoords="axes fraction",
            textcoords="offset points",
            color=colour,
            weight="bold",
        )
