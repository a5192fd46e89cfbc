import numpy as np
import pandas as pd
import pytest

from nurture.confusion.confusion_figure import draw, percent_correct
from nurture.core.expressions import EXPRESSIONS
from tests.drawing import complete

STYLE = complete("confusion")


def panels(figure):
    return [axes for axes in figure.get_axes() if axes.get_visible()]


def titled(figure, start):
    (panel,) = (
        axes for axes in panels(figure) if axes.get_title(loc="left")[3:].startswith(f"{start}\n")
    )
    return panel


@pytest.fixture(scope="module")
def tables(make, networks):
    return (*make.confusion(networks, absent=("untrained-2",)), make.human())


@pytest.fixture(scope="module")
def figure(tables, networks):
    return draw(*tables, networks, style=STYLE)


def test_observers_follow_networks_in_matrices_of_one_size(figure):
    titles = [axes.get_title(loc="left").split("\n") for axes in panels(figure)]
    assert len(titles) == 6 + 8
    assert [title[1].startswith("observers") for title in titles] == [False] * 6 + [True] * 8
    figure.draw_without_rendering()
    sizes = {tuple(np.round(axes.get_position().size, 3)) for axes in panels(figure)}
    assert len(sizes) == 1


@pytest.mark.parametrize(
    ("humans", "left"), [pytest.param(7, 2, id="two-left"), pytest.param(4, 0, id="none")]
)
def test_as_few_places_are_blank_as_can_be(make, networks, humans, left):
    tables = (*make.confusion(networks), make.human(humans))
    figure = draw(*tables, networks, style=STYLE)
    blank = [axes for axes in figure.axes if not axes.get_visible()]
    assert (len(panels(figure)), len(blank)) == (6 + humans, left)


def test_more_networks_than_fit_are_named(make, networks):
    tables = (*make.confusion(networks), make.human())
    figure = draw(*tables, networks, style=complete("confusion", {"networks": 5}))
    assert len(panels(figure)) == 5 + 8
    assert list(figure.others) == ["untrained-3"]


def test_cells_are_proportions_of_the_expression_shown(figure, tables):
    table = tables[0].query("network == 'objects' and population == 'selective'")
    image = titled(figure, "objects").images[0]
    cell = {(row.shown, row.answered): row.proportion for row in table.itertuples()}
    expected = [[cell[shown, answered] for answered in EXPRESSIONS] for shown in EXPRESSIONS]
    np.testing.assert_allclose(image.get_array(), expected)
    assert image.get_clim() == (0, 1)
    assert image.cmap.name == "Reds"


def test_numbers_are_written_in_the_cells(make, networks):
    confusion, scores, human = *make.confusion(networks), make.human(1)
    sharp = np.eye(6) * 0.9 + 0.02 - np.eye(6) * 0.02
    sharp[0] = [0.996, 0.004, 0, 0, 0, 0]
    confusion = confusion[confusion["network"] != "objects"]
    rows = make.matrix_rows(sharp, network="objects", layer="blocks.6", population="selective")
    confusion = pd.DataFrame([*confusion.to_dict("records"), *rows])
    one = {"objects": networks["objects"]}
    panel = titled(draw(confusion, scores, human, one, style=STYLE), "objects")
    written = {text.get_position(): text for text in panel.texts}
    assert [written[column, 0].get_text() for column in range(6)] == ["100", "", "", "", "", ""]
    assert [written[column, 1].get_text() for column in range(3)] == ["2", "90", "2"]
    assert written[1, 1].get_color() == "white"
    assert written[0, 1].get_color() == STYLE["ink"]


def test_titles_tell_training_units_and_accuracy(figure, tables):
    accuracy = tables[1].query("network == 'expressions' and population == 'selective'")["accuracy"]
    assert titled(figure, "expressions").get_title(loc="left").split("\n") == [
        "f  expressions",
        "trained on expressions",
        "1,234 units of exit",
        f"{100 * accuracy.iloc[0]:.0f} % correct",
    ]
    assert "chance is 1/6" in figure._supxlabel.get_text()


def test_too_few_units_is_a_note_not_a_matrix(figure):
    panel = titled(figure, "untrained-2")
    assert [text.get_text() for text in panel.texts] == ["too few selective\nunits (3 < 50)"]
    assert not panel.images


@pytest.mark.parametrize(
    ("human", "second"),
    [
        pytest.param("nimstim", "observers, n = 17", id="counted"),
        pytest.param("zhou2022", "observers, n unknown", id="not-known"),
    ],
)
def test_observers_are_counted(figure, human, second):
    assert titled(figure, human).get_title(loc="left").split("\n")[1] == second


def test_population_is_a_matter_of_style(tables, networks):
    one = {"untrained-2": networks["untrained-2"]}
    figure = draw(*tables, one, style=complete("confusion", {"population": "all"}))
    assert "reads the all units" in figure._supxlabel.get_text().replace("\n", " ")
    assert titled(figure, "untrained-2").images


def test_one_network_without_result(make, networks):
    one = {"objects": networks["objects"]}
    tables = make.confusion(one, absent=("objects",))
    confusion = tables[0][tables[0]["population"] == "none"]
    figure = draw(confusion, tables[1], make.human(2), one, style=STYLE)
    assert len(panels(figure)) == 3


def test_percent_correct_is_the_mean_of_the_diagonal(make):
    matrix = np.diag([1, 1, 1, 0.5, 0.5, 0.2])
    assert percent_correct(pd.DataFrame(make.matrix_rows(matrix))) == "70 %"
