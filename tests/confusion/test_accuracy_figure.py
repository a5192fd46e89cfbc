import numpy as np
import pytest

from nurture.confusion.accuracy_figure import draw
from tests.drawing import complete

STYLE = complete("accuracy")


@pytest.fixture(scope="module")
def figure(make, networks, replicates):
    return draw(*make.accuracy(networks, replicates), networks, replicates, style=STYLE)


def test_a_row_for_each_network_and_for_seeds_together(figure):
    labels = [label.get_text() for label in figure.get_axes()[0].get_yticklabels()]
    assert labels[::-1] == [
        "face-identity",
        "untrained-1",
        "untrained-2",
        "untrained-3",
        "untrained (3 seeds)",
        "objects",
        "expressions",
    ]


def test_the_line_of_chance(figure, make):
    for axes in figure.get_axes():
        (line,) = make.drawn(axes, "chance")
        assert line.get_xdata()[0] == pytest.approx(1 / 6)


def test_distributions_stand_where_they_belong(figure):
    values, edges, base = figure.get_axes()[0].patches[0].get_data()
    assert base == 6
    assert values.max() == pytest.approx(6.85)
    assert edges[np.argmax(values)] == pytest.approx(0.3)
    assert (values > 6).sum() == 3
    again = figure.get_axes()[0].patches[1].get_data()
    assert again.edges[np.argmax(again.values)] == pytest.approx(0.25)


def test_dots_are_the_accuracy_of_all_identities(figure, make):
    dots = [line.get_xydata()[0].tolist() for line in make.drawn(figure.get_axes()[1], "estimate")]
    assert dots[0] == [0.3, 6]
    # Seeds together come last in the table and fifth in the figure.
    assert dots[4] == pytest.approx([0.6, 2])


def test_a_population_that_no_network_has(networks, make):
    one = {"objects": networks["objects"]}
    tables = make.accuracy(one, lacking=[("objects", "selective")])
    selective, every, _ = draw(*tables, one, {}, style=STYLE).get_axes()
    assert "too few units in every\nnetwork" in make.texts(selective)
    assert len(every.patches) == 2
