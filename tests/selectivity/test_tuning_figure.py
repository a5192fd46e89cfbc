import numpy as np
import pandas as pd
import pytest

from nurture.core.expressions import EXPRESSIONS
from nurture.selectivity.tuning_figure import draw
from tests.drawing import complete

STYLE = complete("tuning")


@pytest.fixture(scope="module")
def figure(make, networks):
    table = make.tuning(networks, absent=("untrained-2", ("objects", "fear")))
    return draw(table, networks, style=STYLE)


def panels(figure):
    return [axes for axes in figure.axes if axes.get_visible() and axes.get_title(loc="left")]


def images(axes):
    return {image.get_gid(): np.asarray(image.get_array()) for image in axes.images}


def test_a_panel_for_each_network(figure):
    titles = [axes.get_title(loc="left") for axes in panels(figure)]
    assert (
        titles[0] == "a  face-identity\ntrained on identity\nblock4, n = 24\nat preferred: .75 SD"
    )
    assert titles[2] == "c  untrained-2\nuntrained\nblock4, n = 0"
    assert [title.split("\n")[0] for title in titles[3:]] == [
        "d  untrained-3",
        "e  objects",
        "f  expressions",
    ]


def test_lines_are_the_units_of_the_readout_in_their_order(make, networks):
    table = make.tuning(networks, each=2)
    two = {name: networks[name] for name in ("face-identity", "objects")}
    elsewhere = table.assign(layer="conv1", anger=9.0)
    figure = draw(pd.concat([table, elsewhere]), two, style=STYLE)
    shown = images(panels(figure)[1])
    assert shown["units"].shape == (12, 6)
    assert shown["units"][:3].tolist() == [
        [0.9, -0.1, -0.1, -0.1, -0.1, -0.1],
        [0.8, -0.1, -0.1, -0.1, -0.1, -0.1],
        [-0.1, 0.9, -0.1, -0.1, -0.1, -0.1],
    ]
    assert shown["preferred"].ravel().tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_a_response_below_the_mean_has_a_minus(make, networks):
    one = {"objects": networks["objects"]}
    table = make.tuning(one).assign(**dict.fromkeys(EXPRESSIONS, -0.25))
    [panel] = panels(draw(table, one, style=STYLE))
    assert panel.get_title(loc="left").endswith("at preferred: \N{MINUS SIGN}.25 SD")


def test_an_expression_that_is_not_shown_is_left_blank(make, networks):
    one = {"objects": networks["objects"]}
    table = make.tuning(one, absent=[("objects", "fear")]).assign(fear=np.nan)
    [panel] = panels(draw(table, one, style=STYLE))
    assert np.isnan(np.ma.filled(images(panel)["units"], np.nan)[:, 2]).all()
    assert "at preferred: .75 SD" in panel.get_title(loc="left")


def test_no_network_has_any_unit(make, networks):
    two = {name: networks[name] for name in ("untrained-1", "untrained-2")}
    figure = draw(make.tuning(two, absent=tuple(two)), two, style=STYLE)
    assert make.texts(figure).count("no unit selected\non half of the\nidentities") == 2
