import numpy as np
import pytest

from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.stimuli.stimuli_figure import draw
from tests.drawing import complete

STYLE = complete("stimuli")
SIZE = 4
STEP = SIZE + 1


def numbered(n):
    """Images whose pixels are all their own number (small sets only)."""
    return np.broadcast_to(np.arange(n, dtype=np.uint8)[:, None, None, None], (n, SIZE, SIZE, 3))


def cells(axes):
    """Number of the image in every cell of a block."""
    return axes.images[0].get_array()[::STEP, ::STEP, 0]


@pytest.fixture
def sets(make):
    selection, views, morphs = make.labels(5), make.labels(13, 100), make.morphs(2, 200, levels=9)
    return {
        "colour": numbered(len(selection)),
        "look": 255 - numbered(len(selection)),
        "selection": selection,
        "views": numbered(len(views)),
        "generalisation": views,
        "morphs": numbered(len(morphs)),
        "continua": morphs,
    }


def shown(sets, style=STYLE):
    return draw(*sets.values(), style=style)


def test_identities_are_rows_and_expressions_columns(sets):
    colour, look, *_ = shown(sets).axes
    assert cells(colour).tolist() == [list(range(6)), list(range(12, 18)), list(range(24, 30))]
    np.testing.assert_array_equal(cells(look), 255 - cells(colour))
    assert [label.get_text() for label in colour.get_xticklabels()] == list(EXPRESSIONS)


def test_every_view_is_of_another_identity(sets):
    numbers = cells(shown(sets).axes[2])
    labels = sets["generalisation"].iloc[numbers.ravel()]
    assert labels["expression"].tolist() == [*EXPRESSIONS, *EXPRESSIONS]
    assert labels["identity"].nunique() == 12


def test_strips_go_from_first_to_second_expression(sets):
    panel = shown(sets).axes[3]
    labels = sets["continua"].iloc[cells(panel).ravel()]
    assert labels["level"].tolist() == [0, 0.25, 0.5, 0.75, 1] * 2
    assert labels["continuum"].tolist() == ["happiness-anger"] * 5 + ["anger-fear"] * 5
    assert labels["identity"].tolist() == [200] * 5 + [201] * 5
    names = [label.get_text() for label in panel.get_yticklabels()]
    assert names == ["happiness\nto anger", "anger\nto fear"]


def test_titles_count_identities(make, sets):
    texts = make.texts(shown(sets))
    assert "a  Selection set: 5 identities, six expressions" in texts
    assert "c  Generalisation set: 13 identities, views and light vary" in texts


def test_missing_expression_leaves_a_white_cell(sets):
    sets["selection"] = sets["selection"].replace({"expression": {"fear": "neutral"}})
    assert cells(shown(sets).axes[0])[:, 2].tolist() == [255, 255, 255]


def test_photographs_beside_rendered_faces_are_named(make, sets):
    sets["generalisation"] = sets["generalisation"].drop(columns=["yaw", "skin"])
    assert "The stimuli: rendered faces, and photographs" in make.texts(shown(sets))


def test_photographs_are_not_called_rendered(sets):
    for name in ("selection", "generalisation"):
        sets[name] = sets[name].drop(columns=["yaw", "skin"])
    sets["generalisation"]["identity"] = -1
    figure = shown(sets)
    assert figure._suptitle.get_text() == "The stimuli: photographs"
    assert "c  Generalisation set: 78 photographs" in [
        axes.get_title("left") for axes in figure.axes
    ]


def test_photographs_of_nobody_in_particular_are_each_shown_once(sets):
    """13 of each expression: the first one and the last."""
    sets["generalisation"]["identity"] = -1
    first = list(range(6))
    assert cells(shown(sets).axes[2]).tolist() == [first, [6 * 12 + i for i in first]]


def test_an_expression_that_nobody_shows_leaves_its_place_empty(sets):
    sets["generalisation"]["identity"] = -1
    fear = sets["generalisation"]["expression"] == "fear"
    sets["generalisation"] = sets["generalisation"][~fear]
    assert (cells(shown(sets).axes[2])[:, EXPRESSIONS.index("fear")] == 255).all()


def test_fewer_identities_than_rows(make, sets):
    sets["selection"] = make.labels(1)
    assert cells(shown(sets).axes[0]).tolist() == [list(range(6))]


def test_unknown_strip_is_named(sets):
    with pytest.raises(NurtureError, match="no morphs of 'fear-fear'; choose strips among anger-d"):
        shown(sets, complete("stimuli", {"strips": ["fear-fear"]}))
