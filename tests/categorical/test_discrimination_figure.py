import numpy as np
import pytest
from matplotlib.patches import Polygon, Rectangle

from nurture.categorical.discrimination_figure import draw
from nurture.core.expressions import CONTINUA
from tests.drawing import complete

STYLE = complete("discrimination")


@pytest.fixture(scope="module")
def tables(make, networks):
    return make.discrimination(networks, absent=("untrained-2",))


@pytest.fixture(scope="module")
def figure(tables, networks):
    return draw(*tables, networks, style=STYLE)


def test_networks_are_rows_and_continua_columns_and_the_last_is_excess(figure):
    assert len(figure.axes) == 6 * 8
    titles = [axes.get_title().replace("\nto ", "-") for axes in figure.axes[:8]]
    assert titles[:7] == list(CONTINUA)
    assert titles[7] == "excess at\nboundary"


def test_lines_are_the_distances_of_the_table(make, figure, tables):
    rows = tables[0].query("network == 'expressions' and continuum == 'disgust-fear'")
    panel = figure.axes[5 * 8 + 5]
    for gid, column in (("network", "distance"), ("pixels", "pixels")):
        (line,) = make.drawn(panel, gid)
        np.testing.assert_allclose(line.get_xydata(), rows[["level", column]])


def test_boundary_is_marked_with_what_counts_as_across(make, figure):
    (line,) = make.drawn(figure.axes[0], "boundary")
    assert line.get_xdata()[0] == 0.4
    (band,) = [p for p in figure.axes[0].patches if isinstance(p, Rectangle | Polygon)]
    assert band.get_x() == pytest.approx(0.3)
    assert band.get_width() == pytest.approx(0.2)


def test_curve_without_boundary_has_no_mark(make, networks, tables):
    (levels, excess), one = tables, {"objects": networks["objects"]}
    figure = draw(levels, excess.assign(boundary=np.nan), one, style=STYLE)
    assert not make.drawn(figure, "boundary")
    assert make.drawn(figure.axes[0], "network")


def test_excess_shows_continua_and_their_mean(make, figure, tables):
    panel = figure.axes[7]
    (dots,) = make.drawn(panel, "continua")
    np.testing.assert_allclose(dots.get_ydata(), 0.1 * np.arange(7) - 0.2)
    (mean,) = make.drawn(panel, "mean")
    assert mean.get_ydata().tolist() == [0.15]
    (bar,) = make.drawn(panel, "interval")
    assert bar.get_ydata().tolist() == [-0.1, 0.4]
    (circle,) = make.drawn(panel, "placebo")
    assert circle.get_ydata().tolist() == [0.05]
    assert figure.axes[15].get_ylim() == panel.get_ylim()


def test_network_without_distances_says_why(make, figure):
    note = "too few\nselective\nunits (3 < 50)"
    noted = [note in [text.get_text() for text in axes.texts] for axes in figure.axes]
    assert np.flatnonzero(noted).tolist() == [*range(16, 24)]


def test_no_network_has_a_distance(make, networks):
    one = {"objects": networks["objects"]}
    figure = draw(*make.discrimination(one, absent=("objects",)), one, style=STYLE)
    assert [axes.lines[:] for axes in figure.axes] == [[]] * 8
