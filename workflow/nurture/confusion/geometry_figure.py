"""Where expressions lie in each layer, and how far apart expression and identity are kept."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.confusion.sources import MEAN
from nurture.core.rows import Networks, short
from nurture.core.style import TRAINED_ON, empty, head, key, looks_of, new_figure, select, styled
from nurture.statistics.verdicts import LEVEL

FIGURE = {
    "category": "Confusions",
    "place": 6,
    "tables": ["geometry"],
    "networks": ["shown"],
    "needs": ["networks", "select_on"],
    "caption": "How far expressions that lie near each other in a layer are those that "
    "observers find alike; the band is how alike observers of different studies are. Filled: "
    "nearer than under nearly any other naming of the expressions (a). How far the directions in "
    "which responses change with expression are those in which they change with identity: 0 is "
    "orthogonal; dotted is what permuted labels of expression give (b). Layers from first to last.",
}
STYLE = {"height_mm": 100}

DEPTH = "relative depth, first layer to last"


@styled(STYLE)
def draw(geometry: pd.DataFrame, networks: Networks, *, style: Mapping) -> Figure:
    """Draw likeness to observers, and congruence of expression and identity, layer by layer.

    Parameters
    ----------
    geometry : pandas.DataFrame
        `nurture.confusion.geometry.geometry_table`.
    networks : mapping of str to mapping
        ``training`` of each network.
    """
    figure = new_figure(
        style,
        style["height_mm"],
        "Where expressions lie in a layer",
        "a, Spearman\u2019s correlation of nearness in the layer with observers\u2019 "
        "similarity, over 15 pairs of expressions, mean over human sets; band: noise ceiling "
        f"between human sets; filled: p < {short(LEVEL)} of 720 permutations of the labels. b, "
        "Root mean square cosine between the subspaces of expression and identity; dotted: "
        "expression labels permuted within identity.",
    )
    left, right = figure.subplots(1, 2)
    table = select(geometry, reference=MEAN)
    trainings = {name: settings["training"] for name, settings in networks.items()}
    looks = looks_of(trainings, style)
    for name, look in looks.items():
        _draw_network(left, right, select(table, network=name), name, look)
    if table["likeness"].isna().all():
        empty(left, "too few identities", style)
    else:
        left.axhspan(*table[["ceiling_lower", "ceiling_upper"]].iloc[0], color="#EEEEEE", zorder=0)
    left.axhline(0, color=style["faint"], linewidth=0.5)
    head(left, 0, "likeness to observers", weight="bold")
    head(right, 1, "congruence with identity", weight="bold")
    lowest = max(-1, np.nanmin([-0.5, *(table["likeness"] - 0.05)]))
    left.set(ylim=(lowest, 1.02), xlabel=DEPTH, ylabel="correlation, \u03c1")
    right.set(ylim=(0, 1.02), xlabel=DEPTH, ylabel="root mean square cosine")
    for axes in (left, right):
        axes.set_xticks([0, 1])
    marks = {f"{name}, {TRAINED_ON[trainings[name]]}": look for name, look in looks.items()}
    key(figure, marks, style, columns=3)
    return figure


def _draw_network(left: Axes, right: Axes, table: pd.DataFrame, name: str, look: Mapping) -> None:
    colour, steps = look["color"], max(len(table) - 1, 1)
    x = [i / steps for i in range(len(table))]
    left.plot(x, table["likeness"], color=colour, gid=f"likeness of {name}")
    for place, row in zip(x, table.itertuples(), strict=True):
        left.plot(place, row.likeness, markerfacecolor=colour if row.p < LEVEL else "white", **look)
    right.plot(x, table["congruence"], gid=f"congruence of {name}", **look)
    right.plot(x, table["congruence_by_chance"], color=colour, linewidth=0.6, linestyle=":")
