"""Selective units under control stimuli: whether they keep their tuning and what can be read."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from scipy.stats import t

from nurture.core import style as parts
from nurture.core.expressions import EXPRESSIONS
from nurture.core.rows import Networks
from nurture.core.shown import chance, fewest_shown, over

FIGURE = {
    "category": "Units",
    "place": 2,
    "networks": ["shown"],
    "when": "stimuli.controls",
    "needs": ["networks", "select_on", "train_on", "controls"],
    "caption": "The same selective units shown upright faces, and faces that are turned upside "
    "down, made negative or cut into pieces (a). How much of their tuning is kept (b), and how "
    "often the expression is still read correctly (c). Dotted lines are chance.",
}
STYLE = {"row_height_mm": 14, "face_mm": 20, "rows": 9}

UPRIGHT = "upright"
MARKS = {UPRIGHT: "o", "inverted": "v", "negated": "s", "scrambled": "D"}
STEP = 0.22
"""Distance of one condition from the next one, in rows."""

PANELS = {
    "tuning_r": ("tuning kept", "r with the tuning on the selection set"),
    "accuracy": ("expression read", "hit rate of a classifier that learned upright faces"),
}
"""Title and axis of each measure."""

LETTERS = 22
"""Of a name at the left."""

RANGES = {"tuning_r": (-1, 1), "accuracy": (0, 1)}
"""Of values that can be."""

HOLDS = 0.95
"""Of intervals."""


@parts.styled(STYLE)
def draw(
    controls: pd.DataFrame, faces: Mapping[str, np.ndarray], networks: Networks, *, style: Mapping
) -> Figure:
    """Draw how far selectivity holds in each condition, network by network.

    Examples; below, networks as rows and the two measures as columns.

    Parameters
    ----------
    controls : pandas.DataFrame
        network, layer, control, n_units, n_identities, tuning_r, tuning_r_se, accuracy,
        accuracy_se, note.
    faces : mapping of str to numpy.ndarray of uint8, shape (y, x, 3)
        An example of each condition.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the rows.
    """
    networks, others = parts.fitting(networks, style["rows"])
    n, height = fewest_shown(controls), len(networks) * style["row_height_mm"]
    fewer = "" if n == len(EXPRESSIONS) else f" over {over(n)}"
    figure = parts.new_figure(
        style,
        height + style["face_mm"] + 36,
        "Do expression-selective units need upright, unaltered faces?",
        "Units that are selective on the selection set, shown "
        f"{_identities(controls)} other identities upright and as controls (a; marks as below). "
        "b, Pearson's r of a unit's mean response to the six expressions with its tuning on the "
        "selection set, mean over units; below 0 it is reversed. c, Mean hit rate"
        f"{fewer} of the classifier that learned upright faces of yet other identities. Bars: "
        "95 % intervals over identities (jackknife). Dotted: no tuning left; chance. Inversion "
        "also moves each feature away from where a unit looks, trained or not.",
        others,
    )
    top, below = figure.subfigures(2, 1, height_ratios=[style["face_mm"] + 5, height + 12])
    _show(top, faces, style)
    panels = below.subplots(1, 2, sharey=True)
    nothing = (0, chance(n))
    for i, (axes, (measure, words)) in enumerate(zip(panels, PANELS.items(), strict=True)):
        axes.axvline(nothing[i], color=style["faint"], linewidth=0.6, linestyle=":")
        for y, (network, settings) in enumerate(networks.items()):
            rows = parts.select(controls, network=network, layer=settings["readout"])
            _draw_row(axes, rows, measure, y, style["trainings"][settings["training"]], style)
        parts.part_rows(axes, len(networks), style)
        parts.head(axes, i + 1, words[0], weight="bold")
        axes.set_xlabel(words[1])
        axes.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
    panels[0].set_xlim(right=1.02)
    panels[1].set_xlim(0, 1.02)
    names = [_name(controls, *item) for item in networks.items()]
    colours = [style["trainings"][settings["training"]] for settings in networks.values()]
    parts.name_rows(panels[0], names, colours)
    return figure


def _name(controls: pd.DataFrame, network: str, settings: Mapping) -> str:
    """Name a network, its training, and how many of its units are selective."""
    rows = parts.select(controls, network=network, layer=settings["readout"])
    units = f": {rows['n_units'].iloc[0]:,} units" if len(rows) else ""
    lines = [parts.name_lines(network, LETTERS), parts.TRAINED_ON[settings["training"]]]
    return "\n".join([*lines, settings["readout"] + units])


def _identities(controls: pd.DataFrame) -> str:
    counts = sorted(set(controls["n_identities"]))
    return " to ".join(f"{n:,}" for n in dict.fromkeys([counts[0], counts[-1]])) if counts else "no"


def _show(figure: SubFigure, faces: Mapping[str, np.ndarray], style: Mapping) -> None:
    panels = figure.subplots(1, len(faces), squeeze=False)[0]
    for panel, (name, face) in zip(panels, faces.items(), strict=True):
        panel.imshow(face)
        panel.axis("off")
        panel.set_title(name)
        # The condition's marker, so that the picture is the key to the panels below.
        look = {"color": style["ink"], "markersize": 2 * style["marker_size"], "clip_on": False}
        panel.plot(1.12, 0.5, MARKS[name], transform=panel.transAxes, **look)
    panels[0].set_title("a", loc="left", weight="bold", x=-0.3)


def _draw_row(
    axes: Axes, table: pd.DataFrame, measure: str, y: int, colour: str, style: Mapping
) -> None:
    present = [name for name in MARKS if name in set(table["control"])]
    for i, name in enumerate(present):
        one = parts.select(table, control=name).iloc[0]
        if np.isnan(one[measure]):
            continue
        # Of a dozen identities, 1.96 standard errors hold the truth less often.
        errors = t.ppf((1 + HOLDS) / 2, one["n_identities"] - 1)
        value, reach = one[measure], np.nan_to_num(errors * one[f"{measure}_se"])
        lower, upper = np.clip([value - reach, value + reach], *RANGES[measure])
        place = value, y + STEP * (i - (len(present) - 1) / 2)
        look = {"marker": MARKS[name], "markeredgewidth": 1, "elinewidth": 0.8, "gid": name}
        parts.draw_estimate(axes, place, (value - lower, upper - value), colour, **look)
    note = table["note"].dropna()
    if measure == "accuracy" and len(note) and note.iloc[0]:
        parts.write_on_row(axes, note.iloc[0], (0.98, y), style, ha="right")


def example_faces(
    images: Sequence[np.ndarray], labels: Sequence[pd.DataFrame]
) -> dict[str, np.ndarray]:
    """Find one face in every condition: a happy one of the first person, if there is.

    Parameters
    ----------
    images : sequence of array_like
        Images of the upright set, then of each set of controls, shape (n, y, x, 3). Faces are read
        one at a time, so a variable of an open file will do.
    labels : sequence of pandas.DataFrame
        Their labels: expression, identity, and of controls ``control``.

    Returns
    -------
    dict of str to numpy.ndarray of uint8, shape (y, x, 3)
        By condition, upright first.
    """
    shown = set(labels[1]["expression"])
    expression = next(name for name in ("happiness", *EXPRESSIONS) if name in shown)
    identity = labels[1].loc[labels[1]["expression"] == expression, "identity"].iloc[0]
    faces = {}
    for stack, table in zip(images, labels, strict=True):
        table = table.reset_index(drop=True)
        rows = table[(table["expression"] == expression) & (table["identity"] == identity)]
        condition = rows["control"] if "control" in rows else pd.Series(UPRIGHT, index=rows.index)
        for position, name in condition.drop_duplicates().items():
            faces.setdefault(name, np.asarray(stack[position]))
    return faces
