import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from nurture.experience.experience_figure import draw
from tests.drawing import complete

STYLE = complete("experience")
PIXELS = {"pixels": {"training": "baseline", "readout": "grey", "population": "all"}}


def _table(p_holm=0.01, measures=("accuracy, all units", "slope")):
    rows = []
    for measure in measures:
        for network, training, layer, reference, estimate, other in (
            ("face-identity", "identity", "block1", "untrained (3 seeds)", 0.2, 0.1),
            ("face-identity", "identity", "block4", "untrained (3 seeds)", 0.9, 0.6),
            ("face-identity", "identity", "block4", "objects", 0.9, 0.8),
            ("objects", "objects", "blocks.6", None, 0.8, np.nan),
            ("objects", "objects", "blocks.6", "pixels", 0.8, 0.5),
            ("untrained (3 seeds)", "none", "block4", "pixels", 0.6, 0.5),
        ):
            row = {"network": network, "training": training, "layer": layer, "measure": measure}
            row |= {"reference": reference, "estimate": estimate, "reference_estimate": other}
            apart = estimate - other
            row |= {"difference": apart, "lower": apart - 0.1, "upper": apart + 0.1}
            rows.append({**row, "p_holm": p_holm})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def figure(networks, replicates):
    return draw(_table(), networks | PIXELS, replicates, style=STYLE)


def _panels(figure):
    """Rows of panels, without that of the legend."""
    panels = figure.get_axes()
    return [panels[i : i + 4] for i in range(4, len(panels), 4)]


def test_a_row_for_each_measure_and_a_column_for_each_reference(figure):
    rows = _panels(figure)
    assert len(rows) == 2
    assert [row[0].get_ylabel() for row in rows] == ["accuracy, all units", "slope"]
    titles = [axes.get_title().replace("\n", " ") for axes in rows[0]]
    assert titles == [
        *("Value", "minus its untrained control", "minus the network trained on objects"),
        "minus pixels",
    ]


def test_values_are_those_of_the_readouts(figure):
    values = {line.get_gid(): line.get_xdata()[0] for line in _panels(figure)[0][0].lines}
    assert values == {
        **{"face-identity": 0.9, "objects": 0.8, "untrained (3 seeds)": 0.6, "pixels": 0.5}
    }


def test_differences_stand_with_their_reference(figure, make):
    first = _panels(figure)[0]
    for axes, expected in zip(
        first[1:],
        (
            {"face-identity": 0.3},
            {"face-identity": 0.1},
            {"objects": 0.3, "untrained (3 seeds)": 0.1},
        ),
        strict=True,
    ):
        marks = {
            line.get_gid(): line.get_xdata()[0]
            for line in axes.lines
            if line.get_gid() in ("face-identity", "objects", "untrained (3 seeds)")
        }
        assert marks == pytest.approx(expected)
        assert len(make.drawn(axes, "interval")) == len(expected)


@pytest.mark.parametrize(
    ("p", "filled"), [(0.049, True), (0.05, False), (np.nan, False)], ids=["below", "at", "none"]
)
def test_filled_marks_differ(networks, replicates, p, filled):
    figure = draw(_table(p), networks | PIXELS, replicates, style=STYLE)
    control = _panels(figure)[0][1]
    (mark,) = [line for line in control.lines if line.get_gid() == "face-identity"]
    colour = STYLE["trainings"]["identity"] if filled else "#FFFFFF"
    assert to_hex(mark.get_markerfacecolor()) == colour.lower()


def test_networks_of_one_training_differ_in_marker_and_not_in_colour(networks, replicates):
    more = _table().query("network == 'objects'").assign(network="reared-objects-1")
    named = networks | PIXELS | {"reared-objects-1": networks["objects"]}
    figure = draw(pd.concat([_table(), more]), named, replicates, style=STYLE)
    [first, second] = [
        line
        for name in ("objects", "reared-objects-1")
        for line in _panels(figure)[0][3].lines
        if line.get_gid() == name
    ]
    assert first.get_marker() != second.get_marker()
    assert first.get_color() == second.get_color()
    [legend] = [axes.get_legend() for axes in figure.get_axes() if axes.get_legend()]
    assert [text.get_text() for text in legend.get_texts()] == [
        *("face-identity, trained on identity", "objects, trained on objects"),
        *("reared-objects-1, trained on objects", "untrained (3 seeds), untrained"),
        "pixels, no network",
    ]


def test_a_difference_without_an_interval_has_a_mark_alone(networks, replicates, make):
    table = _table(np.nan).assign(lower=np.nan, upper=np.nan)
    figure = draw(table, networks | PIXELS, replicates, style=STYLE)
    control = _panels(figure)[0][1]
    assert not make.drawn(control, "interval")
    assert [line.get_gid() for line in control.lines if line.get_gid()] == ["face-identity"]


def test_nothing_measured_gives_an_empty_figure(networks, replicates):
    figure = draw(_table().iloc[:0], networks, replicates, style=STYLE)
    assert len(_panels(figure)) == 1


def test_caption_gives_the_rule_of_the_words(figure):
    caption = figure._supxlabel.get_text().replace("\n", " ")
    assert "p < 0.05, corrected by Holm's method for all comparisons of a measure" in caption
