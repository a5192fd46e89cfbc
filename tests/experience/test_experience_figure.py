import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from nurture.experience.experience_figure import draw
from tests.drawing import complete

STYLE = complete("experience")
PIXELS = {"pixels": {"training": "baseline", "readout": "grey", "population": "all"}}


SHARE = "selective units beyond chance, share of the layer"


def _table(p_holm=0.01, measures=("accuracy, all units", SHARE, "slope")):
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
            row |= {"estimate_lower": estimate - 0.05, "estimate_upper": estimate + 0.15}
            row |= {"reference_lower": other - 0.02, "reference_upper": other + 0.02}
            rows.append({**row, "p_holm": p_holm})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def figure(networks, replicates):
    return draw(_table(), networks | PIXELS, replicates, style=STYLE)


def _panels(figure):
    """Rows of panels: shares of units, then what is measured on a scale of 1."""
    panels = figure.get_axes()
    return [panels[i : i + 4] for i in range(0, len(panels), 4)]


def test_rows_are_what_verdicts_rest_on_and_columns_the_references(figure):
    rows = _panels(figure)
    assert [[label.get_text() for label in row[0].get_yticklabels()] for row in rows] == [
        ["selective units beyond\nchance"],
        ["accuracy, all units"],
    ]
    titles = [axes.get_title(loc="left").replace("\n", " ") for axes in rows[0]]
    assert titles == [
        *("a  value", "b  minus its untrained control", "c  minus the network trained on objects"),
        "d  minus pixels",
    ]


def _values(axes):
    return {line.get_gid(): line.get_xdata()[0] for line in axes.lines if line.get_gid() in NAMES}


NAMES = ("face-identity", "objects", "untrained (3 seeds)", "pixels")


def test_values_are_those_of_the_readouts(figure):
    shares, scores = _panels(figure)
    expected = dict(zip(NAMES, (0.9, 0.8, 0.6, 0.5), strict=True))
    assert _values(scores[0]) == expected
    assert _values(shares[0]) == pytest.approx({n: 100 * v for n, v in expected.items()})
    assert shares[0].get_xlabel() == "% of layer"


def test_values_have_intervals_cut_where_no_number_can_be(figure, make):
    values = _panels(figure)[1][0]
    ends = sorted(tuple(np.round(line.get_xdata(), 2)) for line in make.drawn(values, "interval"))
    assert ends == [(0.48, 0.52), (0.55, 0.75), (0.75, 0.95), (0.85, 1.05)]
    assert 1 < values.get_xlim()[1] < 1.1


def test_differences_of_one_scale_share_it(networks, replicates):
    table = _table(measures=("accuracy, all units", "linear R2"))
    table.loc[table["measure"] == "linear R2", ["difference", "lower", "upper"]] /= 10
    [row] = _panels(draw(table, networks | PIXELS, replicates, style=STYLE))
    assert len({axes.get_xlim() for axes in row[1:]}) == 1
    assert row[1].get_xlim() == pytest.approx((-0.42, 0.42), abs=0.005)


def test_differences_stand_with_their_reference(figure, make):
    first = _panels(figure)[1]
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
    control = _panels(figure)[1][1]
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
        for line in _panels(figure)[1][3].lines
        if line.get_gid() == name
    ]
    assert first.get_marker() != second.get_marker()
    assert first.get_color() == second.get_color()
    [legend] = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        *("face-identity, trained on identity", "objects, trained on objects"),
        *("reared-objects-1, trained on objects", "untrained (3 seeds), untrained"),
        "pixels, no network",
    ]


def test_a_difference_without_an_interval_has_a_mark_alone(networks, replicates, make):
    table = _table(np.nan).assign(lower=np.nan, upper=np.nan)
    figure = draw(table, networks | PIXELS, replicates, style=STYLE)
    control = _panels(figure)[1][1]
    assert not make.drawn(control, "interval")
    assert [line.get_gid() for line in control.lines if line.get_gid()] == ["face-identity"]


def test_a_column_without_a_reference_says_so(networks, replicates):
    table = _table().query("reference != 'objects'")
    figure = draw(table, networks | PIXELS, replicates, style=STYLE)
    notes = [[text.get_text() for text in axes.texts] for axes in _panels(figure)[1]]
    assert notes == [[], [], ["nothing to\ncompare"], []]


def test_nothing_measured_gives_an_empty_figure(networks, replicates):
    figure = draw(_table().iloc[:0], networks, replicates, style=STYLE)
    assert len(_panels(figure)) == 1


def test_caption_gives_the_rule_of_the_words(figure):
    caption = figure._supxlabel.get_text().replace("\n", " ")
    assert "p < .05, corrected by Holm's method for all comparisons of a measure" in caption
