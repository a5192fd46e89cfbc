import numpy as np
import pytest
from matplotlib.colors import to_hex

from nurture.confusion.likeness_figure import draw, rows_of
from tests.drawing import complete

STYLE = complete("likeness")


@pytest.fixture(scope="module")
def figure(make, networks, replicates):
    return draw(
        make.likeness(networks, replicates), make.ceiling(), networks, replicates, style=STYLE
    )


def test_networks_that_differ_in_seed_share_a_row(networks, replicates, figure):
    rows = rows_of(networks, replicates)
    assert list(rows) == ["face-identity", "untrained (3 seeds)", "objects", "expressions"]
    assert rows["untrained (3 seeds)"] == "none"
    labels = [label.get_text() for label in figure.get_axes()[0].get_yticklabels()]
    assert labels == list(rows)


def test_a_column_for_each_human_set_and_a_row_for_each_statistic(figure):
    panels = figure.get_axes()
    assert len(panels) == 2 * 3
    titles = [axes.get_title() for axes in panels[:3]]
    assert titles == ["nimstim", "zhou2022-\nnatural", "mean of all"]


def test_estimates_are_those_of_the_population_shown(figure, make):
    first = figure.get_axes()[0]
    found = [container.lines[0].get_xydata()[0].tolist() for container in first.containers]
    # Rows: face-identity, the three seeds together (seventh in the table), objects, expressions.
    np.testing.assert_allclose(found, [(-0.4, 0), (0.2, 1), (0.0, 2), (0.1, 3)], atol=1e-9)
    (seeds,) = [line for line in make.drawn(first, "seed") if len(line.get_xdata())]
    np.testing.assert_allclose(seeds.get_xdata(), [-0.3, -0.2, -0.1])


@pytest.mark.parametrize(("p", "filled"), [(0.049, True), (0.05, False)], ids=["below", "at"])
def test_filled_marks_are_significant(make, networks, p, filled):
    one = {"objects": networks["objects"]}
    figure = draw(make.likeness(one, p=p), make.ceiling(), one, {}, style=STYLE)
    mark = figure.get_axes()[0].containers[0].lines[0]
    colour = STYLE["trainings"]["objects"] if filled else "#FFFFFF"
    assert to_hex(mark.get_markerfacecolor()) == colour.lower()


def test_the_noise_ceiling_is_a_band(figure, make):
    for axes in figure.get_axes():
        (band,) = [patch for patch in axes.patches if patch.get_gid() == "ceiling"]
        assert (band.get_x(), band.get_width()) == pytest.approx((0.6, 0.2))
    within = [len(make.drawn(axes, "within")) for axes in figure.get_axes()]
    assert within == [1, 0, 0, 1, 0, 0]


def test_caption_says_how_small_p_can_be(figure):
    caption = figure._supxlabel.get_text().replace("\n", " ")
    assert "smallest possible p is .0014" in caption
    assert "expression-selective units" in caption


def test_no_network_has_enough_units(networks, replicates, make):
    table = make.likeness(networks, replicates).query("population == 'all'")
    figure = draw(table, make.ceiling(), networks, replicates, style=STYLE)
    assert "no population with\nenough units" in make.texts(figure)


def test_statistics_and_population_are_a_matter_of_style(make, networks):
    style = complete("likeness", {"statistics": ["kendall"], "population": "all"})
    figure = draw(make.likeness(networks), make.ceiling(), networks, {}, style=style)
    panels = figure.get_axes()
    assert len(panels) == 3
    assert panels[0].containers[0].lines[0].get_xdata()[0] == 0.99
    assert "τ" in panels[0].get_ylabel()
