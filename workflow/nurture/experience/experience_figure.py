"""What experience changes: every measure against an untrained control, objects and pixels."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.core import style as parts
from nurture.core.rows import Networks, Replicates, short
from nurture.statistics.verdicts import LEVEL

FIGURE = {
    "category": "Experience",
    "place": 2,
    "tables": ["experience"],
    "networks": ["experience", "baseline"],
    "asks": {"replicates": "networks.replicates"},
    "needs": ["networks", "select_on", "train_on", "test_on", "morphs"],
    "caption": "What experience changes, in the measures that verdicts rest on. The first column "
    "has the value of every network; the others say by how much it differs from the same network "
    "untrained, from a network trained on objects, and from the pixels of the pictures. Lines are "
    "95 % intervals. Filled marks are called more or less: p, corrected for all comparisons of the "
    "measure, is below .05. Hollow ones can't be distinguished, or nothing was resampled.",
}
STYLE = {"row_height_mm": 18}

SHARES = {"selective units beyond chance, share of the layer": "selective units beyond chance"}
SCORES = {
    "accuracy, selective units": "accuracy, selective units",
    "accuracy, all units": "accuracy, all units",
    "likeness to observers, r of errors, selective units": "likeness to observers (r), selective",
    "likeness to observers, r of errors, all units": "likeness to observers (r), all units",
    "likeness to observers at equal accuracy, selective units": "likeness at equal accuracy (r), "
    "selective",
    "likeness to observers at equal accuracy, all units": "likeness at equal accuracy (r), all",
    "linear R2": "R² of a line",
    "logistic R2": "R² of a logistic",
}
"""Measures on one scale: proportions of 1, and correlations."""

VALUES = {
    "reference": ("reference_estimate", "reference_lower", "reference_upper"),
    "network": ("estimate", "estimate_lower", "estimate_upper"),
}
"""Columns of the value and interval of either side."""

CONTROL, OBJECTS, PIXELS = "untrained control", "network of objects", "pixels"
HEADINGS = {
    "value": "value",
    CONTROL: "minus its\nuntrained control",
    OBJECTS: "minus the network\ntrained on objects",
    PIXELS: "minus pixels",
}
TALLEST = 150
"""Millimetres for all rows."""


@parts.styled(STYLE)
def draw(
    experience: pd.DataFrame, networks: Networks, replicates: Replicates, *, style: Mapping
) -> Figure:
    """Draw every measure at the readouts, and its difference from three references.

    Measures as rows; values, and differences from each reference, as columns.

    Parameters
    ----------
    experience : pandas.DataFrame
        `nurture.experience.experience_tables.experience`.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network and baseline.
    replicates : mapping of str to sequence of str
        Networks that differ in seed only, by the name of them all.
    """
    table = _at_readouts(experience, networks, replicates)
    marks = _marks(table, style)
    scales = [
        {name: words for name, words in part.items() if name in set(table["measure"])}
        for part in (SHARES, SCORES)
    ]
    scales = [part for part in scales if part] or [{}]
    rows = [max(len(part), 1) for part in scales]
    height = min(sum(rows) * style["row_height_mm"], TALLEST) + 70
    figure = parts.new_figure(
        style,
        height,
        "What experience changes",
        "At the layers read out; likeness and accuracy are of new faces. a, Values with 95 % "
        "intervals, of untrained networks the mean over seeds. b to d, Differences with "
        "95 % intervals over what was resampled: test identities, or the continua, and seeds of "
        "the untrained control (would another seed give as much? Few seeds estimate it coarsely). "
        "Without an interval nothing was resampled; those that go beyond what such a number can be "
        f"are cut. Filled: p < {short(LEVEL)}, corrected by Holm's method for all comparisons of a "
        "measure; hollow: not distinguishable, or no p. No mark: the run has no such reference, or "
        "too few units are selective. All measures: table experience.",
    )
    panels = figure.subplots(
        *(len(scales), len(HEADINGS)),
        squeeze=False,
        width_ratios=(5, 4, 4, 4),
        height_ratios=[n + 0.3 for n in rows],
    )
    for row, part in zip(panels, scales, strict=True):
        _draw_part(row, table[table["measure"].isin(part)], part, marks, style)
    for i, (axes, heading) in enumerate(zip(panels[0], HEADINGS.values(), strict=True)):
        parts.head(axes, i, heading, weight="bold")
    trainings = {name: training for name, (training, *_) in _values(table).items()}
    named = {f"{name}, {parts.TRAINED_ON[trainings[name]]}": mark for name, mark in marks.items()}
    if named:
        parts.key(figure, named, style, columns=3)
    return figure


def _draw_part(
    row: Sequence[Axes],
    table: pd.DataFrame,
    measures: Mapping[str, str],
    marks: Mapping[str, Mapping],
    style: Mapping,
) -> None:
    """Draw the measures of one scale."""
    share = set(measures) <= set(SHARES)
    scale, unit = (100, "% of layer") if share else (1, "")
    numbers = table.select_dtypes(float).columns.difference(["p_holm", "p", "depth"])
    table = table.assign(**{name: scale * table[name] for name in numbers})
    shifts = {name: 0.8 * ((k + 0.5) / len(marks) - 0.5) for k, name in enumerate(marks)}
    values = [table[name] for columns in VALUES.values() for name in columns]
    row[0].set_xlim(_limits(values, scale))
    reach = max(np.abs(_limits([table[n] for n in ("difference", "lower", "upper")], scale)))
    for y, measure in enumerate(measures):
        places = {name: y + shift for name, shift in shifts.items()}
        _draw_measure(row, table[table["measure"] == measure], places, marks)
    for axes in row:
        axes.set_yticks(range(len(measures)), [""] * len(measures))
        axes.axvline(0, color=style["faint"], linewidth=0.6, linestyle=":")
        parts.part_rows(axes, max(len(measures), 1), style)
        axes.locator_params(axis="x", nbins=5)
        axes.set_xlabel(unit)
    for axes, kind in zip(row[1:], list(HEADINGS)[1:], strict=True):
        axes.set_xlim(-reach, reach)
        if not table.loc[table["kind"] == kind, "difference"].notna().any():
            look = {"ha": "center", "va": "center", "color": style["faint"]}
            axes.text(0.5, 0.5, "nothing to\ncompare", transform=axes.transAxes, **look)
    row[0].set_yticks(range(len(measures)), [parts.name_lines(w, 22) for w in measures.values()])


def _limits(values: Sequence[pd.Series], scale: float) -> tuple[float, float]:
    """Range of all values and 0, within what such numbers can be."""
    found = np.concatenate([*values, [0]])
    found = found[np.isfinite(found)].clip(-scale, scale)
    room = 0.05 * (np.ptp(found) or scale)
    return found.min() - room, found.max() + room


def _at_readouts(
    experience: pd.DataFrame, networks: Networks, replicates: Replicates
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


def _values(table: pd.DataFrame) -> dict[str, tuple[str, float, float, float]]:
    """Training, value and its interval of each network, references included."""
    found = {}
    for name, columns in VALUES.items():
        training = "training" if name == "network" else "reference_training"
        known = table[[name, training, *columns]].dropna(subset=[name, training, columns[0]])
        found |= {row[0]: row[1:] for row in known.itertuples(index=False, name=None)}
    return found


def _marks(table: pd.DataFrame, style: Mapping) -> dict[str, dict]:
    """Colour of its training, and a marker of its own, for each network."""
    trainings = {name: training for name, (training, *_) in _values(table).items()}
    ordered = sorted(trainings.items(), key=lambda item: [*parts.MARKS].index(item[1]))
    looks = parts.looks_of(dict(ordered), style)
    return {name: {**look, "linestyle": "none"} for name, look in looks.items()}


def _draw_measure(
    row: Sequence[Axes], table: pd.DataFrame, places: Mapping[str, float], marks: Mapping
) -> None:
    """Draw the value of each network, and its differences from the references."""
    drawn = [(row[0], name, *number, marks[name]) for name, (_, *number) in _values(table).items()]
    for axes, kind in zip(row[1:], list(HEADINGS)[1:], strict=True):
        mine = table[(table["kind"] == kind) & table["difference"].notna()]
        for one in mine.itertuples():
            look = {} if one.p_holm < LEVEL else {"markerfacecolor": "white"}
            number = one.difference, one.lower, one.upper
            drawn.append((axes, one.network, *number, marks[one.network] | look))
    for axes, name, value, lower, upper, look in drawn:
        y = places[name]
        if np.isfinite(lower):
            axes.plot([lower, upper], [y, y], color=look["color"], gid="interval")
        axes.plot(value, y, gid=name, **look)
