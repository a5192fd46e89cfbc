"""The whole run on one page: stimuli, units, confusions, likeness, categories and claims."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nurture.categorical.curves import predict
from nurture.confusion.confusion_figure import draw_matrix, label_matrix, percent_correct
from nurture.confusion.matched_figure import draw_band
from nurture.confusion.sources import MEAN
from nurture.core.expressions import EXPRESSIONS
from nurture.core.rows import Networks, Replicates, Tables
from nurture.core.style import MARKS, TRAINED_ON, empty, minus, new_figure, select, styled, write_at
from nurture.selectivity.selection_rules_figure import RULES
from nurture.selectivity.selective_units_figure import few_permutations
from nurture.statistics.verdicts import LEVEL

FIGURE = {
    "category": "Summary",
    "place": 0,
    "needs": ["networks", "select_on", "train_on", "test_on", "morphs"],
    "caption": "The run on one page: stimuli, selective units by depth, what is selected, likeness "
    "to observers at equal accuracy, confusions, identification curves, and the verdicts on the "
    "paper's claims. Of each training the first network is shown.",
}
STYLE = {
    "height_mm": 200,
    "continuum": "anger-fear",
    "observers": "zhou2022",
    "verdicts": {
        "agrees": "#117733",
        "smaller than published": "#E69F00",
        "opposite": "#882255",
        "inconclusive": "#FFFFFF",
        "not testable here": "#BBBBBB",
    },
}

TRAININGS = ("identity", "objects", "none")
"""Of the networks that are compared, in the paper's order; the first of each is drawn."""

VERDICTS = {
    "agrees": "o",
    "smaller than published": "v",
    "opposite": "X",
    "inconclusive": "o",
    "not testable here": "s",
}
"""Mark of each verdict, so that colour is not needed."""

LEVELS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
SHORTER = {
    "the selective units of networks trained on identity": "selective units",
    "the identification curves of networks trained on identity": "the curves",
    " in networks trained on identity": "",
    "decode expressions better": "decode better",
    "networks trained on objects": "object networks",
    "untrained ones": "untrained networks",
    " when both are right as often": ", equal accuracy",
    # Else these run into the numbers.
    "err more as observers do than those of": "err more like observers than",
    "networks, equal accuracy": "ones, equal accuracy",
}
POPULATION = "selective"


@styled(STYLE)
def draw(
    faces: Sequence[np.ndarray],
    morphs: Sequence[np.ndarray],
    tables: Tables,
    networks: Networks,
    replicates: Replicates,
    *,
    style: Mapping,
) -> Figure:
    """Draw the run on one page.

    180 x 200 mm, with panels a to f.

    Parameters
    ----------
    faces : sequence of array_like, shape (y, x, 3)
        One identity with the six expressions.
    morphs : sequence of array_like, shape (y, x, 3)
        One identity along ``continuum`` of the style, at `LEVELS`.
    tables : mapping of str to pandas.DataFrame
        ``selective_units``, ``selection_rules``, ``confusion``, ``human_confusion``,
        ``likeness_matched``, ``noise_ceiling``, ``identification``, ``fits``,
        ``human_identification`` and ``replication``, as their rules write them.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of the networks to choose from: see `chosen`.
    replicates : mapping of str to sequence of str
        Networks that differ in seed only, by the name of them all.
    """
    networks = chosen(networks)
    figure = new_figure(style, style["height_mm"], "This run on one page", _caption(style))
    grid = figure.add_gridspec(4, 1, height_ratios=(0.6, 1.05, 1.1, 1.7))
    rows = [figure.add_subfigure(grid[i, 0]) for i in range(4)]
    _draw_faces(rows[0].subplots(1, 2), faces, morphs, style)
    upper = rows[1].subplots(1, 3)
    _draw_depth(upper[0], tables["selective_units"], networks, replicates, style)
    _draw_selected(upper[1], tables["selection_rules"], networks, style)
    _draw_likeness(upper[2], tables, networks, replicates, style)
    _draw_matrices(rows[2].subplots(1, len(networks) + 1), tables, networks, style)
    lower = rows[3].subplots(1, 2, width_ratios=(1, 2.6))
    _draw_curves(lower[0], tables, networks, style)
    _draw_claims(lower[1], tables["replication"], style)
    return figure


def chosen(networks: Networks) -> dict[str, Mapping]:
    """Take the first network of each of `TRAININGS`."""
    found: dict[str, Mapping] = {}
    for training in TRAININGS:
        found |= dict([item for item in networks.items() if item[1]["training"] == training][:1])
    return found


def face_places(labels: pd.DataFrame) -> list[int]:
    """Positions of one identity's six expressions among the stimuli; empty where nobody has all."""
    known = labels[labels["identity"] >= 0].reset_index()
    for _, rows in known.groupby("identity"):
        mine = rows.drop_duplicates("expression").set_index("expression")["index"]
        if set(EXPRESSIONS) <= set(mine.index):
            return [int(mine[name]) for name in EXPRESSIONS]
    return []


def morph_places(labels: pd.DataFrame, continuum: str) -> list[int]:
    """Positions of one identity's morphs nearest to `LEVELS`; empty without that continuum."""
    mine = labels[labels["continuum"] == continuum]
    mine = mine[mine["identity"] == mine["identity"].min()]
    levels = mine["level"]
    return [int((levels - level).abs().idxmin()) for level in LEVELS] if len(mine) else []


def _caption(style: Mapping) -> str:
    first, second = style["continuum"].split("-")
    return (
        "a, Expression-selective units (p < \u03b1 for expression, p > \u03b1 for identity) by "
        "relative depth; thin: seeds; hollow: not above permuted labels, where there are enough "
        "to test. b, Median response rate "
        "and effect of expression of the units that three rules select at the readout. c, Likeness "
        "of errors to observers' when noise brings every network to the same accuracy (selective "
        "units; shaded: 95 % over identities, and seeds where two or more can be brought there; "
        "band: between human sets). d, Confusions of the first seed, "
        "in percent of the faces shown; columns in the order of the rows. e, Share of answers "
        f"\u201c{second}\u201d along {first} to {second}, with logistic fits; grey: observers. f, "
        "The paper's claims and this run's verdicts, by the rules of the methods page; differences "
        "are identity minus other."
    )


def _letter(axes: Axes, letter: str, style: Mapping) -> None:
    axes.set_title(letter, loc="left", weight="bold", size=style["font_size"] + 2, x=-0.02)


def _draw_faces(panels, faces, morphs, style: Mapping) -> None:
    first, second = style["continuum"].split("-")
    levels = [first, *[""] * (len(LEVELS) - 2), second]
    for axes, pictures, names in zip(panels, (faces, morphs), (EXPRESSIONS, levels), strict=True):
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_yticks([])
        axes.set_xticks([])
        if len(pictures):
            axes.imshow(np.concatenate([np.asarray(one) for one in pictures], axis=1))
            side = np.shape(pictures[0])[1]
            axes.set_xticks(np.arange(len(names)) * side + side / 2, names)


def _colour(settings: Mapping, style: Mapping) -> str:
    return style["trainings"][settings["training"]]


def _mark(settings: Mapping) -> str:
    return MARKS[settings["training"]][0]


def _draw_depth(axes: Axes, table, networks, replicates, style: Mapping) -> None:
    _letter(axes, "a", style)
    for name, settings in networks.items():
        colour = _colour(settings, style)
        seeds = next((seeds for seeds in replicates.values() if name in seeds), [name])
        rows = table[table["network"] == name].sort_values("depth")
        everybody = table[table["network"].isin(seeds)]
        mean = everybody.groupby("layer")["fraction"].mean().loc[rows["layer"]]
        percent = 100 * mean.to_numpy()
        place = dict(zip(rows["layer"], rows["depth"], strict=True))
        if len(seeds) > 1:
            x, y = everybody["layer"].map(place), 100 * everybody["fraction"]
            axes.plot(x, y, ".", color=colour, markersize=1.5, gid=f"seeds of {name}")
        axes.plot(rows["depth"], percent, color=colour, gid=name)
        above = (rows["p_count"] < LEVEL).to_numpy() | few_permutations(rows)
        for inside, which in ((colour, above), ("white", ~above)):
            look: dict[str, Any] = {"color": colour, "markerfacecolor": inside}
            axes.plot(rows["depth"][which], percent[which], _mark(settings), **look)
    axes.set(xlabel="depth, input to output", ylabel="selective units (%)", xticks=[0, 0.5, 1])
    axes.set_xticklabels(["0", ".5", "1"])
    axes.set_ylim(bottom=0)
    axes.locator_params(axis="y", nbins=4)
    looks = {
        TRAINED_ON[s["training"]]: {"color": _colour(s, style), "marker": _mark(s)}
        for s in networks.values()
    }
    _legend(axes, looks, style, handlelength=1)


def _legend(axes: Axes, looks: Mapping[str, Mapping], style: Mapping, **more: Any) -> None:
    handles = [Line2D([], [], **{**look, "label": name}) for name, look in looks.items()]
    axes.legend(handles=handles, frameon=False, fontsize=style["small_font_size"], **more)


def _draw_selected(axes: Axes, table, networks, style: Mapping) -> None:
    _letter(axes, "b", style)
    for name, settings in networks.items():
        mine = select(table, network=name, layer=settings["readout"])
        for rule, look in RULES.items():
            rows = mine[mine["rule"] == rule]
            rows = rows[rows["n_identities"] == rows["n_identities"].max()]
            ink: dict[str, Any] = {"color": _colour(settings, style), "gid": f"{name} {rule}"}
            axes.plot(100 * rows["response_rate"], rows["effect_size"], look["marker"], **ink)
    axes.set(
        xlim=(-3, 103), xlabel="faces responded to (%)", ylabel="effect of expression, \u03c9\u00b2"
    )
    axes.locator_params(axis="y", nbins=4)
    plain = {"color": style["ink"], "linestyle": "none"}
    looks = {look["label"]: {**look, **plain} for look in RULES.values()}
    _legend(axes, looks, style, handlelength=1)


def _draw_likeness(axes: Axes, tables, networks, replicates, style: Mapping) -> None:
    _letter(axes, "c", style)
    draw_band(axes, select(tables["noise_ceiling"], human=MEAN, statistic="pearson"), style)
    wanted = {"human": MEAN, "statistic": "pearson", "population": POPULATION}
    table = select(tables["likeness_matched"], **wanted, matched_to="given")
    for name, settings in networks.items():
        group = next((group for group, seeds in replicates.items() if name in seeds), name)
        rows = table[table["network"] == group]
        rows = rows if len(rows) else table[table["network"] == name]
        rows, colour = rows.sort_values("accuracy"), _colour(settings, style)
        place = rows["accuracy"]
        axes.fill_between(
            place, rows["lower"], rows["upper"], color=colour, alpha=0.15, linewidth=0
        )
        mark = _mark(settings)
        axes.plot(place, rows["estimate"], f"{mark}-", color=colour, gid=f"likeness of {name}")
    axes.set(xlim=(0.2, 1), ylim=(-0.5, 1), xticks=(0.25, 0.5, 0.75, 1), xlabel="accuracy")
    axes.set_xticklabels([".25", ".5", ".75", "1"])
    axes.set_ylabel("r with observers' errors")


def _draw_matrices(panels, tables, networks, style: Mapping) -> None:
    human = tables["human_confusion"]
    crowd = style["observers"] if style["observers"] in set(human["human"]) else human["human"][0]
    drawn = [("observers", human[human["human"] == crowd], style["ink"])]
    for name, settings in networks.items():
        place = {"network": name, "layer": settings["readout"], "population": POPULATION}
        rows = select(tables["confusion"], **place)
        drawn.append((TRAINED_ON[settings["training"]], rows, _colour(settings, style)))
    for i, (axes, (name, rows, colour)) in enumerate(zip(panels, drawn, strict=True)):
        label_matrix(axes, bottom=False, left=i == 0)
        axes.set_xlabel("answered")
        if rows.empty:
            empty(axes, "too few units", style)
        else:
            draw_matrix(axes, rows, style)
        right = f"\n{percent_correct(rows)} correct" if len(rows) else ""
        axes.set_title(name + right, color=colour)
    write_at(panels[0], "d", (0, 1), (-38, 12), weight="bold", size=style["font_size"] + 2)


def _draw_curves(axes: Axes, tables, networks, style: Mapping) -> None:
    _letter(axes, "e", style)
    human = tables["human_identification"]
    if style["continuum"] == "anger-fear":
        for _, answers in human.groupby("group", sort=False):
            axes.plot(answers["level"], answers["share_second"], color=style["human"], lw=0.5)
    levels = np.linspace(0, 1, 201)
    for name, settings in networks.items():
        wanted = {"network": name, "continuum": style["continuum"]}
        points, fits = (select(tables[key], **wanted) for key in ("identification", "fits"))
        colour = _colour(settings, style)
        mark = _mark(settings)
        axes.plot(points["level"], points["share_second"], mark, color=colour, markersize=2.5)
        for row in fits[fits["fit"] == "logistic"].itertuples():
            y = predict("logistic", (row.p0, row.p1, row.p2, row.p3), levels)
            axes.plot(levels, y, color=colour, gid=f"curve of {name}")
    axes.axhline(0.5, color=style["faint"], linewidth=0.4, linestyle=":")
    _, second = style["continuum"].split("-")
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel=f"share of {second}")
    axes.set(ylabel=f"answered {second}", xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticklabels(["0", ".5", "1"])


def _draw_claims(axes: Axes, table: pd.DataFrame, style: Mapping) -> None:
    _letter(axes, "f", style)
    axes.axis("off")
    if len(table):
        mine = (table["network"] == table["network"].iloc[0]) & (table["counts"] == 1)
        table = table[mine].reset_index(drop=True)
    axes.set(xlim=(0, 1), ylim=(len(table) + 0.4, -1.4))
    small = {"size": style["small_font_size"], "va": "center"}
    for x, heading in ((0.775, "paper"), (0.99, "this run (95 %)")):
        axes.text(x, -0.9, heading, weight="bold", ha="right", **small)
    for y, row in enumerate(table.itertuples()):
        axes.plot(0.012, y, gid=row.agreement, **_verdict(row.agreement, style))
        axes.text(0.035, y, _short(row.claim), **small)
        axes.text(0.775, y, minus(row.paper), ha="right", **small)
        known = np.isfinite(row.lower)
        ends = f" ({minus(row.lower)} to {minus(row.upper)})" if known else ""
        axes.text(0.99, y, minus(row.this_run) + ends, ha="right", **small)
    found = set(table["agreement"])
    marks = {word: _verdict(word, style) for word in style["verdicts"] if word in found}
    if marks:
        place = {"loc": "lower left", "bbox_to_anchor": (-0.02, -0.1), "ncols": len(marks)}
        _legend(axes, marks, style, handletextpad=0.2, columnspacing=1, **place)


def _verdict(word: str, style: Mapping) -> dict[str, Any]:
    look = {"color": style["ink"], "linestyle": "none", "markersize": 5, "markeredgewidth": 0.5}
    return look | {"marker": VERDICTS[word], "markerfacecolor": style["verdicts"][word]}


def _short(text: str) -> str:
    """Write a claim in few words; all are about the network trained on identity."""
    for long, short in SHORTER.items():
        text = text.replace(long, short)
    return text
