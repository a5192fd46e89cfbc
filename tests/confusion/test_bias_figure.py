import numpy as np
import pytest

from nurture.confusion.bias_figure import draw
from tests.drawing import complete


@pytest.fixture(scope="module")
def figure(make, networks, replicates):
    style = complete("bias", {"population": "all"})
    return draw(make.bias(networks, replicates), networks, replicates, style=style)


def test_a_panel_for_each_row_and_one_for_observers(figure):
    titles = [axes.get_title(loc="left") for axes in figure.get_axes()]
    assert [title.split("\n")[0] for title in titles] == [
        *("a  face-identity", "b  untrained (3 seeds)", "c  objects", "d  expressions"),
        "e  observers",
    ]
    assert titles[-1] == "e  observers\n2 sets"


def test_ticks_say_where_they_are(figure):
    figure.draw_without_rendering()
    axes = figure.get_axes()[-1]
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert "." in "".join(labels)
    assert [float(label) for label in labels] == pytest.approx(axes.get_xticks().tolist())


def test_biases_are_those_of_the_population_shown(figure):
    first = figure.get_axes()[0]
    found = [container.lines[0].get_xydata()[0].tolist() for container in first.containers]
    np.testing.assert_allclose(found, [[0.5, 0], *([0.1, y] for y in range(1, 6))])


def test_each_seed_has_a_dot(figure, make):
    seeds = [line.get_xdata().tolist() for line in make.drawn(figure.get_axes()[1], "seed")]
    assert seeds[:2] == [[0.1, 0.1, 0.1], [0.5, 0.1, 0.1]]


def test_observers_have_a_dot_for_each_set(figure, make):
    dots = make.drawn(figure.get_axes()[-1], "observers")
    assert [line.get_xdata().tolist() for line in dots] == [[0.15, 0.2]] * 6


def test_too_few_units_is_a_note(networks, make):
    one = {"objects": networks["objects"]}
    rows = make.bias(one)
    rows = rows[rows["population"] != "selective"]
    figure = draw(rows, one, {}, style=complete("bias"))
    assert "no result, or\ntoo few units" in make.texts(figure)
