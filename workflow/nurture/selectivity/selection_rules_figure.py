"""What two rules select as more identities are shown."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.core.rows import Networks
from nurture.core.style import empty, fitting, head, key, network_rows, new_figure, select, styled

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
STYLE = {"row_height_mm": 19, "rows": 9}

RULES: dict[str, dict[str, Any]] = {
    "paper": {"marker": "o", "linestyle": "-", "label": "paper\u2019s rule"},
    "effect": {"marker": "D", "linestyle": (0, (4, 1.5)), "label": "by effect size"},
    "expression": {"marker": "s", "linestyle": (0, (1, 1)), "label": "expression alone"},
}
CHANCE: dict[str, Any] = {"linewidth": 0.6, "linestyle": ":"}
PANELS = {
    "n_selected": "units",
    "response_rate": "response rate",
    "effect_size": "effect, \u03c9\u00b2",
    "tuning_r": "tuning in others, r",
}


@styled(STYLE)
def draw(table: pd.DataFrame, networks: Networks, *, style: Mapping) -> Figure:
    """Draw number, response rate, effect size and repeated tuning of what each rule selects.

    Networks as rows.

    Parameters
    ----------
    table : pandas.DataFrame
        `nurture.selectivity.selection_rules_tables.selection_rules`.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the rows.
    """
    networks, others = fitting(networks, style["rows"])
    figure = new_figure(
        style,
        len(networks) * style["row_height_mm"] + 46,
        "What selects a unit, as more identities are shown",
        "Units that three rules select on all identities and on halves, quarters, eighths of them "
        "(means over parts). Paper\u2019s rule: p < \u03b1 for expression and p > \u03b1 for "
        "identity; by effect size: medium effect of expression, larger than that of identity; "
        "expression alone: p < \u03b1 for expression, whatever identity does. a, How many; dotted, "
        "without marks: under permuted labels. b, Share of the faces to which a unit responds with "
        "more than its least, median. c, Partial \u03c9\u00b2 of expression, median. d, "
        "Correlation of tuning with that to the identities that selected nothing. A unit that "
        "responds to few faces passes a test of no identity effect because the test has no power.",
        others,
    )
    panels = figure.subplots(len(networks), len(PANELS), squeeze=False)
    for row, place, colour in network_rows(panels, networks, style):
        for axes, column in zip(row, PANELS, strict=True):
            _draw_panel(axes, select(table, **place), column, colour, style)
    for i, (axes, title) in enumerate(zip(panels[0], PANELS.values(), strict=True)):
        head(axes, i, title, weight="bold")
    for axes in panels[:-1].ravel():
        axes.tick_params(labelbottom=False)
    for axes in panels[-1]:
        axes.set_xlabel("identities")
    marks = {look["label"]: look for look in RULES.values()}
    key(figure, marks | {"permuted labels": CHANCE}, style)
    return figure


def _draw_panel(axes: Axes, table: pd.DataFrame, column: str, colour: str, style: Mapping) -> None:
    if table.empty:
        empty(axes, "too few identities", style)
        return
    sizes = sorted(table["n_identities"].unique())
    for rule, look in RULES.items():
        mine = table[table["rule"] == rule].sort_values("n_identities")
        axes.plot(mine["n_identities"], mine[column], color=colour, gid=rule, **look)
        if column == "n_selected":
            look = {"color": colour, "gid": f"chance {rule}", **CHANCE}
            axes.plot(mine["n_identities"], mine["null_mean"], **look)
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [f"{n}" for n in sizes])
    axes.minorticks_off()
    if column == "n_selected":
        axes.set_yscale("symlog", linthresh=1)
        axes.set_ylim(0, 2 * max(table["n_selected"].max(), 1))
        axes.yaxis.set_major_formatter("{x:,.0f}")
    else:
        axes.set_ylim(-0.03, 1.05)
