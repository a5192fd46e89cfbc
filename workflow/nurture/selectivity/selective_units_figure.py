"""Expression-selective units along the depth of each network."""

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_lowercase
from types import MappingProxyType

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.core import style as parts
from nurture.core.names import BASELINE
from nurture.core.rows import Replicates, short
from nurture.statistics.verdicts import LEVEL

FIGURE = {
    "category": "Units",
    "place": 1,
    "tables": ["selective_units"],
    "asks": {
        "alpha": "config.selectivity.alpha",
        "seeds": "rearing.seeds_of_rearing",
        "left_out": "rearing.unfinished",
    },
    "needs": ["networks", "select_on"],
    "caption": "How many units of each layer are selective for expression. Each panel shows "
    "networks of one architecture, from the first layer at the left to the last at the right. "
    "Compare a point with the bar beside it: the bar is what chance gives. A hollow point is not "
    "above chance, where there are permutations enough to test.",
}
STYLE = {"panel_height_mm": 45, "columns": [3, 2], "share_y": True, "counts": True}

MARKERS = {"o": "●", "s": "■", "D": "◆", "^": "▲", "v": "▼"}
UNTRAINED = "none"
LINE_OF_TEXT, INDENT = 8.5, 9
STEP = 0.1
"""Distance of the bars of chance from their layer, and of those of one network from another's."""

ALONE: Mapping[str, Sequence[str]] = MappingProxyType({})


@parts.styled(STYLE)
def draw(
    selective_units: pd.DataFrame,
    alpha: float,
    seeds: Replicates = ALONE,
    left_out: Sequence[str] = (),
    *,
    style: Mapping,
) -> Figure:
    """Draw the percentage of selective units by layer, networks of the same layers together.

    One panel per list of layers. Seeds of a network are thin lines, their mean a thick
    one. Bars at every layer are the mean and 95 % interval of the count under
    permuted labels; a hollow marker is a count that is not above it (p >= .05).

    Parameters
    ----------
    selective_units : pandas.DataFrame
        One row per network and layer: network, training, layer, depth, n_units, n_selective,
        fraction, null_mean, null_low, null_high, n_permutations, p_count.
    alpha : float
        Significance level of both tests.
    seeds : mapping of str to sequence of str
        Trained networks that differ in seed only, by the name of them all; they share a line.
    left_out : sequence of str
        Networks that are not shown.
    """
    selective_units = selective_units[~selective_units["network"].isin(left_out)]
    networks = selective_units[selective_units["training"] != BASELINE]
    panels = _panels(_in_percent(networks))
    grid = _, columns = parts.grid_of(len(panels), style["columns"])
    figure = parts.new_figure(
        style,
        grid[0] * (style["panel_height_mm"] + 22) + 16,
        "Units selective for facial expression, layer by layer",
        f"Selective: expression matters (p < {short(alpha)}) and identity does not "
        f"(p > {short(alpha)}; two-way analysis of variance of each unit). "
        "Percentages are of all units of the layer"
        f"{'; numbers in brackets count selective units' if style['counts'] else ''}. Bars: "
        "what chance gives in the same layer, the mean (dash) and 95 % interval over permutations "
        "of the expression labels within each identity; of several seeds, means over them. "
        f"{_tested(networks, bool(seeds))}",
    )
    axes = parts.panels_of(figure, len(panels), grid, sharey=style["share_y"])
    tops = [max(table[["percent", "high"]].max()) or 1 for table in panels]
    for i, (panel, table, top) in enumerate(zip(axes, panels, tops, strict=True)):
        names = _draw_panel(panel, table, seeds, style)
        _name_lines_above(panel, names, ascii_lowercase[i : i + 1], style)
        top = max(tops) if style["share_y"] else top
        # Room for the lower half of a point at zero.
        panel.set_ylim(-0.03 * top, 1.15 * top)
        panel.tick_params(labelleft=True)
        panel.locator_params(axis="y", nbins=5, steps=[1, 2, 5, 10])
    for panel in axes[::columns]:
        panel.set_ylabel("Selective units (% of layer)")
    for panel in axes[-columns:]:
        panel.set_xlabel("layer, from input to output")
    return figure


def few_permutations(table: pd.DataFrame) -> bool:
    """Test whether no count could be significant, with so few permutations of the labels."""
    return bool((1 / (1 + table["n_permutations"]) >= LEVEL).any())


def _tested(table: pd.DataFrame, seeds: bool) -> str:
    if few_permutations(table):
        return f"Too few permutations to test ({table['n_permutations'].min():.0f})."
    each = ", in each seed" * seeds
    return (
        f"Filled points: more than chance (p < {short(LEVEL)}, share of permutations that give as "
        f"many{each}); hollow points: not."
    )


def _in_percent(table: pd.DataFrame) -> pd.DataFrame:
    """Add the counts, and those under permuted labels, in percent of the layer's units."""
    counts = {"percent": "n_selective", "mean": "null_mean", "low": "null_low", "high": "null_high"}
    return table.assign(
        **{name: 100 * table[count] / table["n_units"] for name, count in counts.items()}
    )


def _panels(table: pd.DataFrame) -> list[pd.DataFrame]:
    """Split the table into networks that have the same layers in the same order.

    An untrained one that was read at some of the layers only, as further seeds may be, goes with
    those that were read at all of them.
    """
    everywhere = _places(table)
    groups: dict[tuple[str, ...], list[pd.DataFrame]] = {}
    partial: list[pd.DataFrame] = []
    for _, rows in table.groupby("network", sort=False):
        rows = rows.sort_values("depth", kind="stable")
        [mine] = _places(rows)
        within = any(mine < places for places in everywhere)
        if within and rows["training"].iloc[0] == UNTRAINED:
            partial.append(rows)
        else:
            groups.setdefault(tuple(rows["layer"]), []).append(rows)
    for rows in partial:
        home = next(group for group in groups.values() if _places(rows)[0] < _places(group[0])[0])
        home.append(rows)
    return [pd.concat(group) for group in groups.values()]


def _places(table: pd.DataFrame) -> list[set]:
    """Collect the layers of each network, with the number of their units."""
    networks = table.groupby("network", sort=False)
    return [set(zip(rows["layer"], rows["n_units"], strict=True)) for _, rows in networks]


def _draw_panel(
    axes: Axes, table: pd.DataFrame, seeds: Replicates, style: Mapping
) -> list[tuple[str, str]]:
    """Draw networks of the same layers; return the name of every line and its colour."""
    layers = list(dict.fromkeys(table["layer"]))
    # Alone in its panel, an untrained network is no baseline of another.
    alone = len(table) == len(layers)
    baseline = (table["training"] == UNTRAINED) & (not alone)
    names = _draw_untrained(axes, table[baseline], layers, style)
    networks = list(_lines(axes, table[~baseline], seeds, style))
    for i, (network, rows) in enumerate(networks):
        training = rows["training"].iloc[0]
        colour = style["trainings"][training]
        y = rows["percent"].to_numpy()
        marker, sign = list(MARKERS.items())[i % len(MARKERS)]
        axes.plot(y, color=colour, gid=network)
        above = (rows["p_count"].to_numpy() < LEVEL) | few_permutations(rows)
        for inside, which in ((colour, above), ("white", ~above)):
            look = {"color": colour, "markerfacecolor": inside, "linestyle": "none"}
            look["gid"] = f"{network} {'above' if inside == colour else 'not above'} chance"
            axes.plot(np.flatnonzero(which), y[which], marker=marker, **look)
        _draw_chance(axes, rows, STEP * (i + 1), colour, style, network)
        names.append((f"{sign} {network}, {parts.TRAINED_ON[training]}", colour))
    axes.annotate(
        "chance",
        (0, table.loc[table["layer"] == layers[0], "high"].max()),
        (0, 1.5),
        textcoords="offset points",
        ha="center",
        size=style["small_font_size"],
    )
    labels = [parts.name_lines(name) for name in layers]
    if style["counts"] and len(networks) == 1:
        counts = networks[0][1]["n_selective"]
        labels = [f"{name} ({n:,.0f})" for name, n in zip(labels, counts, strict=True)]
    axes.set_xticks(range(len(layers)), labels, rotation=90)
    axes.set_xlim(-0.4, len(layers) - 0.6)
    return names


def _lines(
    axes: Axes, table: pd.DataFrame, seeds: Replicates, style: Mapping
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give each network's rows, or the means of its seeds, which are drawn thinly."""
    shared = {member: name for name, members in seeds.items() for member in members}
    lines = table["network"].map(lambda name: shared.get(name, name))
    for name, rows in table.groupby(lines, sort=False):
        if name not in seeds:
            yield name, rows
            continue
        colour = style["trainings"][rows["training"].iloc[0]]
        for network, mine in rows.groupby("network", sort=False):
            y = mine["percent"].to_numpy()
            axes.plot(y, color=colour, linewidth=0.4 * style["line_width"], gid=network)
        kept = {"training": "first", "p_count": "max", "n_permutations": "min"}
        kept |= dict.fromkeys(("n_selective", "percent", "mean", "low", "high"), "mean")
        yield name, rows.groupby("layer", sort=False).agg(kept)


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
        x = [layers.index(layer) for layer in rows["layer"]]
        dot = {"marker": ".", "markersize": 0.5 * style["marker_size"]} if len(x) == 1 else {}
        axes.plot(x, rows["percent"], color=colour, linewidth=0.4 * width, gid=network, **dot)
    mean = table.groupby("layer")[["percent", "mean", "low", "high"]].mean().loc[layers]
    axes.plot(mean["percent"].to_numpy(), color=colour, linewidth=1.6 * width, gid="untrained mean")
    _draw_chance(axes, mean, -STEP, colour, style, "untrained")
    seeds = len(networks)
    name = networks[0] if seeds == 1 else f"untrained, mean of {seeds} (thin: each)"
    return [(f"— {name}", colour)]


def _draw_chance(
    axes: Axes, rows: pd.DataFrame, shift: float, colour: str, style: Mapping, network: str
) -> None:
    """Draw what permuted labels give beside each layer of a network: mean and 95 % interval."""
    x = np.arange(len(rows)) + shift
    width = style["line_width"]
    bars = axes.vlines(x, rows["low"], rows["high"], color=colour, linewidth=2.4 * width)
    bars.set(alpha=0.35, gid=f"interval of {network}")
    axes.plot(
        x, rows["mean"], linestyle="none", marker="_", color=colour, gid=f"chance of {network}"
    )


def _name_lines_above(
    axes: Axes, names: list[tuple[str, str]], letter: str, style: Mapping
) -> None:
    """Write the name of every line above the panel in its colour, beside the panel's letter."""
    written = [(letter, style["ink"], 0, len(names) - 1)]
    written += [(*name, INDENT, row) for row, name in enumerate(reversed(names))]
    for text, colour, right, row in written:
        shift = right, 3 + LINE_OF_TEXT * row
        parts.write_at(axes, text, (0, 1), shift, color=colour, weight="bold")
