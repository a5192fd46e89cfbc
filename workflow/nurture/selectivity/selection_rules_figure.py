"""What two rules select as more identities are shown."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nurture.core.style import empty, label_row, new_figure, select, styled

FIGURE = {
    "category": "Units",
    "place": 3,
    "tables": ["selection_rules"],
    "networks": ["shown"],
    "needs": ["networks", "select_on"],
    "caption": "What selects a unit. The rule of the paper asks for no significant effect of "
    "identity, which a unit that responds to few faces has for want of power: follow the response "
    "rate and the number of units as more identities are shown. The rule by size asks for a "
    "medium effect of expression that is larger than that of identity. Dotted lines are what "
    "permuted labels give.",
}
STYLE = {
    "row_height_mm": 22,
    "rules": {"paper": "#D55E00", "effect": "#0072B2", "expression": "#8A8A8A"},
}

NAMES = {
    "paper": "paper\u2019s rule: p < \u03b1 for expression, p > \u03b1 for identity",
    "effect": "by size: medium effect of expression, larger than that of identity",
    "expression": "p < \u03b1 for expression, whatever identity does",
}
PANELS = {
    "n_selected": "units",
    "response_rate": "response rate",
    "effect_size": "effect of expression",
    "tuning_r": "tuning in others, r",
}


@styled(STYLE)
def draw(table: pd.DataFrame, networks: Mapping[str, Mapping], *, style: Mapping) -> Figure:
    """Draw number, response rate, effect size and repeated tuning of what each rule selects.

    Parameters
    ----------
    table : pandas.DataFrame
        `nurture.selectivity.rules.selection_rules`.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the rows.
    style : mapping
        Changes to ``STYLE``.

    Returns
    -------
    matplotlib.figure.Figure
        Networks as rows.
    """
    figure = new_figure(
        style,
        len(networks) * style["row_height_mm"] + 52,
        "What selects a unit, as more identities are shown",
        "Units that three rules select on all identities and on halves, quarters, eighths "
        "of them (means over parts); thin: what permuted labels give. Response rate: share of the "
        "faces to which a unit responds with more than its least; median over selected units. "
        "Effect of expression: partial \u03c9\u00b2, median. Tuning in others: correlation with "
        "that to the identities that selected nothing. A unit that responds to few faces passes "
        "a test of no identity effect because the test has no power.",
    )
    ratios = [0.7, *[1] * len(networks)]
    top, *panels = figure.subplots(
        len(networks) + 1, len(PANELS), squeeze=False, height_ratios=ratios
    )
    for row, (network, settings) in zip(panels, networks.items(), strict=True):
        mine = select(table, network=network, layer=settings["readout"])
        for axes, column in zip(row, PANELS, strict=True):
            _draw_panel(axes, mine, column, style)
        label_row(row[0], network, settings, style)
    for axes, title in zip(panels[0], PANELS.values(), strict=True):
        axes.set_title(title, weight="bold")
    for axes in panels[-1]:
        axes.set_xlabel("identities")
    _legend(top, style)
    return figure


def _legend(top: Sequence[Axes], style: Mapping) -> None:
    for axes in top:
        axes.axis("off")
    legend = top[0].legend(
        handles=[
            Line2D([], [], color=colour, marker="o", label=NAMES[rule])
            for rule, colour in style["rules"].items()
        ],
        loc="upper left",
        frameon=False,
        labelspacing=0.3,
        fontsize=style["small_font_size"],
    )
    # It is wider than its panel, beside which nothing is drawn.
    legend.set_in_layout(False)


def _draw_panel(axes: Axes, table: pd.DataFrame, column: str, style: Mapping) -> None:
    if table.empty:
        empty(axes, "too few identities", style)
        return
    sizes = sorted(table["n_identities"].unique())
    for rule, colour in style["rules"].items():
        mine = table[table["rule"] == rule].sort_values("n_identities")
        look = {"color": colour, "marker": "o", "gid": rule}
        axes.plot(mine["n_identities"], mine[column], **look)
        if column == "n_selected":
            chance = {"color": colour, "linewidth": 0.6, "linestyle": ":", "gid": f"chance {rule}"}
            axes.plot(mine["n_identities"], mine["null_mean"], **chance)
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [f"{n}" for n in sizes])
    axes.minorticks_off()
    if column == "n_selected":
        axes.set_yscale("symlog", linthresh=1)
        axes.set_ylim(0, 2 * max(table["n_selected"].max(), 1))
        axes.yaxis.set_major_formatter("{x:,.0f}")
    else:
        axes.set_ylim(-0.03, 1.05)
