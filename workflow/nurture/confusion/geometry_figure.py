"""Where expressions lie in each layer, and how far apart expression and identity are kept."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nurture.confusion.likeness import MEAN
from nurture.core.style import TRAINED_ON, empty, new_figure, select, styled
from nurture.statistics.verdicts import LEVEL

FIGURE = {
    "category": "Confusions",
    "place": 6,
    "tables": ["geometry"],
    "networks": ["shown"],
    "needs": ["networks", "select_on"],
    "caption": "Left, how far expressions that lie near each other in a layer are those that "
    "observers find alike; the band is how alike observers of different studies are. Filled: "
    "nearer than under nearly any other naming of the expressions. Right, how far the directions "
    "in which responses change with expression are those in which they change with identity: 0 is "
    "orthogonal; dotted is what permuted labels of expression give. Layers from first to last.",
}
STYLE = {"height_mm": 84}


@styled(STYLE)
def draw(geometry: pd.DataFrame, networks: Mapping[str, Mapping], *, style: Mapping) -> Figure:
    """Draw likeness to observers, and congruence of expression and identity, layer by layer.

    Parameters
    ----------
    geometry : pandas.DataFrame
        `nurture.confusion.geometry.geometry_table`.
    networks : mapping of str to mapping
        ``training`` of each network.
    style : mapping
        Changes to ``STYLE``.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels.
    """
    figure = new_figure(
        style,
        style["height_mm"],
        "Where expressions lie in a layer",
        "Left: Spearman\u2019s correlation of nearness in the layer with observers\u2019 "
        "similarity, over 15 pairs of expressions, mean over human sets; band: noise ceiling "
        f"between human sets; filled: p < {LEVEL:g} of 720 permutations of the labels. Right: root "
        "mean square cosine between the subspaces of expression and identity; dotted: "
        "expression labels permuted within identity.",
    )
    left, right = figure.subplots(1, 2)
    table = select(geometry, human=MEAN)
    for name, settings in networks.items():
        mine = select(table, network=name)
        _draw_network(left, right, mine, name, style["trainings"][settings["training"]], style)
    if table["likeness"].isna().all():
        empty(left, "too few identities", style)
    else:
        left.axhspan(*table[["ceiling_lower", "ceiling_upper"]].iloc[0], color="#EEEEEE", zorder=0)
    left.axhline(0, color=style["faint"], linewidth=0.5)
    left.set(ylim=(-1, 1.02), xlabel="layer, first to last", ylabel="likeness to observers")
    right.set(ylim=(0, 1.02), xlabel="layer, first to last", ylabel="congruence with identity")
    trainings = dict.fromkeys(settings["training"] for settings in networks.values())
    handles = [
        Line2D([], [], color=style["trainings"][one], label=TRAINED_ON[one]) for one in trainings
    ]
    right.legend(handles=handles, frameon=False, fontsize=style["small_font_size"])
    return figure


def _draw_network(
    left: Axes, right: Axes, table: pd.DataFrame, name: str, colour: str, style: Mapping
) -> None:
    steps = max(len(table) - 1, 1)
    x = [i / steps for i in range(len(table))]
    left.plot(x, table["likeness"], color=colour, gid=f"likeness of {name}")
    for place, row in zip(x, table.itertuples(), strict=True):
        left.plot(
            place,
            row.likeness,
            "o",
            color=colour,
            markersize=style["marker_size"],
            markerfacecolor=colour if row.p < LEVEL else "white",
        )
    right.plot(x, table["congruence"], "o-", color=colour, gid=f"congruence of {name}")
    right.plot(x, table["congruence_by_chance"], color=colour, linewidth=0.6, linestyle=":")
    for axes in (left, right):
        axes.set_xticks([])
