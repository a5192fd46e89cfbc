"""What experience changes: every measure against an untrained control, objects and pixels."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nurture.core.style import TRAINED_ON, new_figure, styled, wrap
from nurture.statistics.verdicts import LEVEL

FIGURE = {
    "category": "Experience",
    "place": 2,
    "tables": ["experience"],
    "networks": ["experience", "baseline"],
    "asks": {"replicates": "networks.replicates"},
    "needs": ["networks", "select_on", "train_on", "test_on", "morphs"],
    "caption": "What experience changes. Each row is a measure. The first column has the value of "
    "every network; the others say by how much it differs from the same network untrained, from a "
    "network trained on objects, and from the pixels of the pictures. Lines are 95 % intervals. "
    "Filled marks are called more or less: p, corrected for all comparisons of the measure, is "
    "below .05. Hollow ones can't be distinguished, or nothing was resampled.",
}
STYLE = {"row_height_mm": 11}

CONTROL, OBJECTS, PIXELS = "untrained control", "network of objects", "pixels"
HEADINGS = {
    "value": "Value",
    CONTROL: "minus its\nuntrained control",
    OBJECTS: "minus the network\ntrained on objects",
    PIXELS: "minus pixels",
}
MARKERS = {
    **{"identity": "o*h", "neutral": "v<", "objects": "sXp", "both": "P8", "expressions": "Dd"},
    **{"none": "^>", "baseline": "x+"},
}
"""Of the first network of a training, the second, and so on."""

LETTERS = 30
"""Of a measure's name in a line."""

ROOM = 1.25
"""Half the width of a panel of differences, in its farthest end of an interval."""


@styled(STYLE)
def draw(
    experience: pd.DataFrame,
    networks: Mapping[str, Mapping],
    replicates: Mapping[str, Sequence[str]],
    *,
    style: Mapping,
) -> Figure:
    """Draw every measure at the readouts, and its difference from three references.

    Parameters
    ----------
    experience : pandas.DataFrame
        `nurture.experience.experience_tables.experience`.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network and baseline.
    replicates : mapping of str to sequence of str
        Networks that differ in seed only, by the name of them all.
    style : mapping
        Changes to ``STYLE``.

    Returns
    -------
    matplotlib.figure.Figure
        Measures as rows; values, and differences from each reference, as columns.
    """
    table = _at_readouts(experience, networks, replicates)
    marks = _marks(table, style)
    measures = list(dict.fromkeys(table["measure"]))
    rows = max(len(measures), 1)
    height = rows * style["row_height_mm"] + 58
    figure = new_figure(style, height, "What experience changes", _caption())
    ratios = {"width_ratios": (5, 4, 4, 4), "height_ratios": (0.8, *[1] * rows)}
    top, *panels = figure.subplots(rows + 1, len(HEADINGS), squeeze=False, **ratios)
    for axes in top:
        axes.axis("off")
    for row, measure in zip(panels, measures, strict=False):
        mine = table[table["measure"] == measure]
        _draw_values(row[0], mine, marks)
        ends = mine[["difference", "lower", "upper"]].abs().max(axis=None)
        reach = ROOM * ends if ends > 0 else 1.0
        for axes, kind in zip(row[1:], list(HEADINGS)[1:], strict=True):
            _draw_differences(axes, mine[mine["kind"] == kind], reach, marks, style)
        row[0].set_ylabel(
            wrap(measure, {**style, "width_mm": 46}, style["font_size"]),
            rotation=0,
            ha="right",
            va="center",
        )
    for axes, heading in zip(panels[0], HEADINGS.values(), strict=True):
        axes.set_title(heading, size=style["font_size"], weight="bold")
    _legend(top[0], table, marks, style)
    return figure


def _caption() -> str:
    return (
        "Rows: measures at the layers read out, each on its own scale. Left: values; of untrained "
        "networks the mean over seeds. Further right: differences with 95 % intervals over what "
        "was resampled: test identities, or the continua, and seeds of the untrained control "
        "(would another seed give as much? Three seeds estimate it coarsely). Without an interval "
        f"nothing was resampled. Filled: p < {LEVEL:g}, corrected by Holm's method for all "
        "comparisons of a measure, called more or less in the table; hollow: not distinguishable, "
        "or no p. Where a mark is lacking, the run has no such reference, as no untrained control "
        "of that architecture, or too few units are selective."
    )


def _at_readouts(
    experience: pd.DataFrame,
    networks: Mapping[str, Mapping],
    replicates: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """Rows of readout layers, with the column of the figure that each belongs to."""
    readout = {name: settings["readout"] for name, settings in networks.items()}
    readout |= {name: readout[members[0]] for name, members in replicates.items()}
    table = experience[experience["layer"] == experience["network"].map(readout)].copy()
    training = {name: settings["training"] for name, settings in networks.items()}
    training |= {name: training[members[0]] for name, members in replicates.items()}
    kinds = {"none": CONTROL, "objects": OBJECTS, "baseline": PIXELS}
    table["reference_training"] = table["reference"].map(training)
    return table.assign(kind=table["reference_training"].map(kinds))


def _values(table: pd.DataFrame) -> dict[str, tuple[str, float]]:
    """Training and value of each network, references included."""
    own = zip(table["network"], table["training"], table["estimate"], strict=True)
    names = ("reference", "reference_training", "reference_estimate")
    others = table[list(names)].dropna().itertuples(index=False, name=None)
    return {
        name: (training, value) for name, training, value in (*others, *own) if np.isfinite(value)
    }


def _marks(table: pd.DataFrame, style: Mapping) -> dict[str, dict]:
    """Colour of its training, and a marker of its own, for each network."""
    marks, seen = {}, Counter()
    for name, (training, _) in _values(table).items():
        markers = MARKERS[training]
        colour, marker = style["trainings"][training], markers[seen[training] % len(markers)]
        marks[name] = {"color": colour, "marker": marker, "linestyle": "none"}
        seen[training] += 1
    return marks


def _draw_values(axes: Axes, table: pd.DataFrame, marks: Mapping[str, Mapping]) -> None:
    for name, (_, value) in _values(table).items():
        axes.plot(value, 0, gid=name, **marks[name], alpha=0.85)
    _bare(axes)
    axes.margins(x=0.12)


def _draw_differences(
    axes: Axes, table: pd.DataFrame, reach: float, marks: Mapping[str, Mapping], style: Mapping
) -> None:
    axes.axvline(0, color=style["faint"], linewidth=0.6, linestyle=":")
    table = table[table["difference"].notna()]
    for y, row in enumerate(table.itertuples()):
        mark = dict(marks[row.network])
        if not row.p_holm < LEVEL:
            mark["markerfacecolor"] = "white"
        if np.isfinite(row.lower):
            axes.plot([row.lower, row.upper], [y, y], color=mark["color"], gid="interval")
        axes.plot(row.difference, y, gid=row.network, **mark)
    _bare(axes)
    axes.set(xlim=(-reach, reach), ylim=(max(len(table), 1) - 0.2, -0.8))


def _bare(axes: Axes) -> None:
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=3)


def _legend(axes: Axes, table: pd.DataFrame, marks: Mapping[str, Mapping], style: Mapping) -> None:
    trainings = {name: training for name, (training, _) in _values(table).items()}
    handles = [
        Line2D([], [], label=f"{name}, {TRAINED_ON[training]}", **marks[name])
        for name, training in sorted(trainings.items(), key=lambda item: [*MARKERS].index(item[1]))
    ]
    legend = axes.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(-0.95, 1.2),
        ncols=3,
        frameon=False,
        fontsize=style["small_font_size"],
    )
    # It is wider than its panel, beside which nothing is drawn.
    legend.set_in_layout(False)
