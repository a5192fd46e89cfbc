import numpy as np
import pandas as pd
import pytest

from nurture.categorical.identification_figure import draw
from nurture.core.expressions import CONTINUA
from tests.drawing import complete

STYLE = complete("identification")
ANGER_FEAR = CONTINUA.index("anger-fear")


@pytest.fixture(scope="module")
def tables(make, networks):
    absent = ("untrained-2", ("objects", "anger-fear"))
    return (*make.categorical(networks, absent=absent), make.observers())


@pytest.fixture(scope="module")
def figure(tables, networks):
    return draw(*tables, networks, style=STYLE)


def test_networks_are_rows_and_continua_columns(figure):
    assert len(figure.axes) == 6 * 7
    titles = [axes.get_title().replace("\nto ", "-") for axes in figure.axes[:7]]
    assert titles == list(CONTINUA)
    labels = [axes.get_xlabel() for axes in figure.axes[-7:]]
    assert labels == [f"share of\n{continuum.split('-')[1]}" for continuum in CONTINUA]


def test_points_are_the_shares_of_the_table(make, figure, tables):
    rows = tables[0].query("network == 'expressions' and continuum == 'disgust-fear'")
    (line,) = make.drawn(figure.axes[5 * 7 + 5], "network")
    np.testing.assert_allclose(line.get_xydata(), rows[["level", "share_second"]])


def test_points_have_their_intervals(figure, tables):
    rows = tables[0].query("network == 'expressions' and continuum == 'disgust-fear'")
    (lines,) = [c for c in figure.axes[5 * 7 + 5].collections if c.get_gid() == "interval"]
    ends = np.array(lines.get_segments())
    np.testing.assert_allclose(ends[:, 0], rows[["level", "lower"]])
    np.testing.assert_allclose(ends[:, 1], rows[["level", "upper"]])


def test_bar_is_the_interval_of_the_logistic_boundary(make, networks, tables):
    points, fits, notes, observers = tables
    one = {"face-identity": networks["face-identity"]}
    figure = draw(points, fits, notes, observers, one, style=STYLE)
    (bar,) = make.drawn(figure.axes[0], "boundary")
    assert bar.get_xydata().tolist() == [[0.4, 0.5], [0.65, 0.5]]
    figure = draw(points, fits.assign(boundary=np.nan), notes, observers, one, style=STYLE)
    assert not make.drawn(figure, "boundary")


@pytest.mark.parametrize(
    ("fit", "parameters", "heights"),
    [
        pytest.param("linear", (0.2, 0.5, np.nan, np.nan), (0.2, 0.45, 0.7), id="linear"),
        pytest.param("quadratic", (0.1, 0.2, 0.4, np.nan), (0.1, 0.3, 0.7), id="quadratic"),
        pytest.param("logistic", (0.1, 0.9, 1e4, 0.5), (0.1, 0.5, 0.9), id="logistic"),
    ],
)
def test_fits_are_drawn_from_their_parameters(make, networks, tables, fit, parameters, heights):
    one = {"face-identity": networks["face-identity"]}
    points, fits, notes, observers = tables
    fits = fits[fits["fit"] == fit].copy()
    fits[["p0", "p1", "p2", "p3"]] = parameters
    figure = draw(points, fits, notes, observers, one, style=STYLE)
    (line,) = make.drawn(figure.axes[0], fit)
    np.testing.assert_allclose(np.interp([0, 0.5, 1], *line.get_data()), heights, atol=1e-12)
    assert len(make.drawn(figure.axes[0], "linear")) == (fit == "linear")


def test_observers_are_shown_from_anger_to_fear_only(make, figure, tables):
    shown = [bool(make.drawn(axes, "observers mouth")) for axes in figure.axes]
    rows = [0, 1, 3, 5]
    assert np.flatnonzero(shown).tolist() == [7 * row + ANGER_FEAR for row in rows]
    (line,) = make.drawn(figure.axes[ANGER_FEAR], "observers mouth")
    mouth = tables[3].query("group == 'mouth'")
    np.testing.assert_allclose(line.get_xydata(), mouth[["level", "share_second"]])


def test_curves_without_result_say_why(figure):
    note = "too few\nselective\nunits (3 < 50)"
    noted = [note in [text.get_text() for text in axes.texts] for axes in figure.axes]
    assert np.flatnonzero(noted).tolist() == [*range(14, 21), 4 * 7 + ANGER_FEAR]


def test_only_the_continua_that_exist_have_columns(make, networks):
    tables = make.categorical(networks, continua=("disgust-surprise", "anger-fear"))
    one = {"face-identity": networks["face-identity"]}
    figure = draw(*tables, make.observers(), one, style=STYLE)
    assert [axes.get_title() for axes in figure.axes[:2]] == [
        "anger\nto fear",
        "disgust\nto surprise",
    ]
    assert len(figure.axes) == 2


def test_rows_missing_from_every_table_leave_no_result(make, networks, tables):
    points, fits, notes, observers = (
        table if "network" not in table else table[table["network"] != "objects"]
        for table in tables
    )
    two = {name: networks[name] for name in ("objects", "expressions")}
    figure = draw(points, fits, notes, observers, two, style=STYLE)
    assert make.texts(figure).count("no result") == 7


def test_no_network_has_a_result(make, networks):
    one = {"objects": networks["objects"]}
    figure = draw(*make.categorical(one, absent=("objects",)), make.observers(), one, style=STYLE)
    assert [axes.lines[:] for axes in figure.axes] == [[]] * 7


def test_more_continua_than_fit_are_named_in_the_caption(tables, networks):
    more = tables[0].query("continuum == 'disgust-fear'").assign(continuum="fear-surprise")
    figure = draw(pd.concat([more, tables[0]]), *tables[1:], networks, style=STYLE)
    assert len(figure.axes) == 6 * 7
    caption = figure._supxlabel.get_text().replace("\n", " ")
    assert "Shown are 7 of 8 continua, the paper's first." in caption


def test_the_caption_says_how_many_faces_a_point_is_of(tables, networks):
    points, *others = tables
    figure = draw(points, *others, networks, style=STYLE)
    assert "over 12 identities" in figure._supxlabel.get_text().replace("\n", " ")
    two = points.assign(n=np.where(points["level"] > 0, 12, 9))
    figure = draw(two, *others, networks, style=STYLE)
    assert "over 9 to 12 identities" in figure._supxlabel.get_text().replace("\n", " ")


def test_the_first_of_each_training_is_drawn_and_the_others_are_left_to_further_pages(
    tables, networks
):
    figure = draw(*tables, networks, style=complete("identification", {"rows": 4}))
    assert len(figure.axes) == 4 * 7
    assert list(figure.others) == ["untrained-2", "untrained-3"]


def test_an_interval_of_a_boundary_stays_on_the_continuum(make, tables, networks):
    points, fits, notes, observers = tables
    one = {"face-identity": networks["face-identity"]}
    fits = fits.assign(boundary_lower=-3.0, boundary_upper=0.7)
    figure = draw(points, fits, notes, observers, one, style=STYLE)
    (bar,) = make.drawn(figure.axes[0], "boundary")
    assert bar.get_xdata().tolist() == [0, 0.7]
