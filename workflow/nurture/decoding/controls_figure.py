"""Selective units under control stimuli: whether they keep their tuning and what can be read."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.core.expressions import EXPRESSIONS
from nurture.core.shown import chance, fewest_shown, over
from nurture.core.style import label_row, new_figure, select, styled

FIGURE = {
    "category": "Units",
    "place": 2,
    "networks": ["shown"],
    "when": "stimuli.controls",
    "needs": ["networks", "select_on", "train_on", "controls"],
    "caption": "The same selective units shown upright faces, and faces that are turned upside "
    "down, made negative or cut into pieces. Left, how much of their tuning is kept; right, how "
    "often the expression is still read correctly. Lines are chance.",
}
STYLE = {"row_height_mm": 13, "face_mm": 22}

UPRIGHT = "upright"
MARKS = {
    UPRIGHT: ("#222222", "o"),
    "inverted": ("#0072B2", "v"),
    "negated": ("#E69F00", "s"),
    "scrambled": ("#CC79A7", "X"),
}
"""Colour and marker of each condition, of the palette of Okabe and Ito (2008)."""

PANELS = {
    "tuning_r": ("Tuning kept", "mean correlation with the tuning on the selection set", 0),
    "accuracy": (
        "Expression read",
        "share right of a classifier that learned upright faces",
        None,
    ),
}
"""For each measure the panel's title, its axis and what chance would give, where it is fixed."""

INTERVAL = 1.96
"""Standard errors either way that make an interval of 95 %."""


@styled(STYLE)
def draw(
    controls: pd.DataFrame,
    faces: Mapping[str, np.ndarray],
    networks: Mapping[str, Mapping],
    *,
    style: Mapping,
) -> Figure:
    """Draw how far selectivity holds in each condition, network by network.

    Parameters
    ----------
    controls : pandas.DataFrame
        network, layer, control, n_units, n_identities, tuning_r, tuning_r_se, accuracy,
        accuracy_se, note.
    faces : mapping of str to numpy.ndarray of uint8, shape (y, x, 3)
        An example of each condition.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the rows.
    style : mapping
        Changes to ``STYLE``.

    Returns
    -------
    matplotlib.figure.Figure
        Examples above; below, networks as rows and the two measures as columns.
    """
    rows, n = len(networks), fewest_shown(controls)
    guess = chance(n)
    figure = new_figure(
        style,
        rows * style["row_height_mm"] + style["face_mm"] + 40,
        "Do expression-selective units need upright, unaltered faces?",
        f"The units that are selective on the selection set, shown {_identities(controls)} other "
        "identities upright and as controls. Left: Pearson's r of a unit's mean response to the "
        "six expressions with its tuning on the selection set, mean over units; 0 is no tuning "
        f"left, below 0 it is reversed. Right: mean hit rate{_over(n)} of the classifier that "
        "learned upright faces of yet other identities. Lines: chance. Bars: 95 % intervals over "
        "identities (jackknife). "
        "Inversion also moves each feature away from where a unit looks, trained or not.",
    )
    top, below = figure.subfigures(
        2, 1, height_ratios=[style["face_mm"] + 5, rows * style["row_height_mm"] + 18]
    )
    _show(top, faces, style)
    axes = below.subplots(rows, 2, squeeze=False, sharex="col")
    for row, (network, settings) in zip(axes, networks.items(), strict=True):
        of_network = select(controls, network=network, layer=settings["readout"])
        for panel, (measure, (_, _, none)) in zip(row, PANELS.items(), strict=True):
            _draw_row(panel, of_network, measure, guess if none is None else none, style)
        label_row(row[0], network, settings, style)
    for panel, (title, label, _) in zip(axes[0], PANELS.values(), strict=True):
        panel.set_title(title, loc="left", weight="bold")
        axes[-1, list(axes[0]).index(panel)].set_xlabel(label)
    axes[0, 1].set_xlim(0, 1)
    return figure


def _over(n_shown: int) -> str:
    return "" if n_shown == len(EXPRESSIONS) else f" over {over(n_shown)}"


def _identities(controls: pd.DataFrame) -> str:
    counts = sorted(set(controls["n_identities"]))
    return " to ".join(f"{n:,}" for n in dict.fromkeys([counts[0], counts[-1]])) if counts else "no"


def _show(figure: Figure, faces: Mapping[str, np.ndarray], style: Mapping) -> None:
    panels = figure.subplots(1, len(faces), squeeze=False)[0]
    for panel, (name, face) in zip(panels, faces.items(), strict=True):
        colour, marker = MARKS[name]
        panel.imshow(face)
        panel.axis("off")
        panel.set_title(name, color=colour, weight="bold")
        # The condition's marker, so that the picture is the key to the panels below.
        panel.plot(
            1.12,
            0.5,
            marker,
            color=colour,
            transform=panel.transAxes,
            clip_on=False,
            markersize=2 * style["marker_size"],
        )


def _draw_row(
    axes: Axes, of_network: pd.DataFrame, measure: str, guess: float, style: Mapping
) -> None:
    present = [name for name in MARKS if name in set(of_network["control"])]
    axes.axvline(guess, color=style["faint"], linewidth=0.6, linestyle=":")
    axes.set(yticks=[], ylim=(len(present) - 0.4, -0.6))
    axes.spines["left"].set_visible(False)
    for y, name in enumerate(present):
        one = select(of_network, control=name).iloc[0]
        if np.isnan(one[measure]):
            continue
        colour, marker = MARKS[name]
        width = INTERVAL * np.nan_to_num(one[f"{measure}_se"])
        axes.errorbar(
            one[measure],
            y,
            xerr=width,
            color=colour,
            marker=marker,
            linestyle="",
            gid=name,
            elinewidth=0.8,
        )
    note = of_network["note"].dropna()
    if measure == "accuracy" and len(note) and note.iloc[0]:
        axes.text(
            0.98,
            0.5,
            note.iloc[0],
            transform=axes.transAxes,
            ha="right",
            va="center",
            color=style["faint"],
            size=style["small_font_size"],
        )


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
