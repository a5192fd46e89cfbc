"""What silencing and amplifying the selective units does to a readout that was learned before."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.core import style as parts
from nurture.core.rows import Networks, short
from nurture.statistics.verdicts import LEVEL

FIGURE = {
    "category": "Units",
    "place": 3,
    "tables": ["gain", "ablation"],
    "networks": ["shown"],
    "needs": ["networks", "select_on", "train_on", "test_on"],
    "caption": "By how many percentage points a readout gets better or worse when the responses of "
    "the selective units are multiplied by a gain; 0 silences them. The readout was learned on the "
    "intact layer and stays as it is, and noise keeps it at half right. Grey: as many other units "
    "with the same mean response. Filled marks lie outside of nearly all draws of these. The "
    "diamond is the readout that was learned anew without the selective units, and without noise.",
}
STYLE = {"columns": [3, 4], "panel_height_mm": 36}

MARKS = {"selective": "o", "random": "s"}
KEY = {
    "selective units": {"marker": MARKS["selective"]},
    "size-matched units": {"marker": MARKS["random"]},
    "learned anew without the selective units": {"marker": "D", "linestyle": "none"},
}
LETTERS = 20
"""That fit above a panel."""


@parts.styled(STYLE)
def draw(
    gain: pd.DataFrame, ablation: pd.DataFrame, networks: Networks, *, style: Mapping
) -> Figure:
    """Draw the change of accuracy by gain, a panel for each network.

    Parameters
    ----------
    gain : pandas.DataFrame
        `nurture.decoding.gain.gain_table`.
    ablation : pandas.DataFrame
        `nurture.decoding.populations_tables.ablation`.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the panels.
    """
    grid = _, columns = parts.grid_of(len(networks), style["columns"])
    figure = parts.new_figure(
        style,
        grid[0] * style["panel_height_mm"] + 36,
        "Does a readout need the selective units, or gain by them?",
        "Change of the accuracy of a readout that was learned on the intact layer, which noise "
        "brings to one accuracy, when the responses of the selective units or of as many "
        "others with the same mean response are multiplied by a gain. Bars: 95 %, over "
        f"test identities, and over draws of others. Filled: p < {short(LEVEL)}, two-sided, of the "
        "draws. Diamond: without noise.",
    )
    axes = parts.panels_of(figure, len(networks), grid, sharey=True)
    for i, (panel, (name, settings)) in enumerate(zip(axes, networks.items(), strict=True)):
        place = {"network": name, "layer": settings["readout"]}
        colour = style["trainings"][settings["training"]]
        title = f"{parts.name_lines(name, LETTERS)}\n{parts.TRAINED_ON[settings['training']]}"
        parts.head(panel, i, title, color=colour, size=style["small_font_size"])
        _draw_network(panel, parts.select(gain, **place), colour, style)
        learned_anew = parts.select(ablation, **place, task="expression", ablated="selective")
        loss = -100 * learned_anew["loss"]
        panel.plot([-0.25] * len(loss), loss, "D", color=colour, gid="learned anew")
        if i % columns == 0:
            panel.set_ylabel("percentage points")
        if len(networks) - columns <= i:
            panel.set_xlabel("gain")
    parts.key(figure, KEY, style)
    return figure


def _draw_network(axes: Axes, table: pd.DataFrame, colour: str, style: Mapping) -> None:
    if table["change"].isna().all():
        parts.empty(axes, table["note"].iloc[0] if len(table) else "no result", style)
        return
    axes.axhline(0, color=style["faint"], linewidth=0.6, linestyle=":")
    gains = sorted(table["gain"].unique())
    axes.set_xticks(range(len(gains)), [f"{one:g}" for one in gains])
    axes.set_xlim(-0.5, len(gains) - 0.5)
    for name, ink, shift in (("random", style["faint"], 0.15), ("selective", colour, 0.0)):
        rows = parts.select(table, units=name).sort_values("gain")
        x = np.arange(len(rows)) + shift
        axes.vlines(x, 100 * rows["lower"], 100 * rows["upper"], color=ink)
        for place, row in zip(x, rows.itertuples(), strict=True):
            mark = axes.plot(place, 100 * row.change, MARKS[name], color=ink)[0]
            mark.set_markerfacecolor(ink if row.p < LEVEL else "white")
            mark.set_gid(f"{name} {row.gain:g}")
