import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from nurture.confusion.matched_figure import draw
from tests.drawing import complete

STYLE = complete("matched")


def table(networks, p=0.2):
    """Likeness of all units rises by .1 from network to network; of selective ones it is -.1."""
    rows = []
    for i, (name, settings) in enumerate(networks.items()):
        for population, estimate in (("selective", -0.1), ("all", 0.1 * i)):
            for kind, accuracy in (("given", 0.5), ("given", 0.3), ("own", 0.74)):
                row = {"network": name, "training": settings["training"], "population": population}
                row |= {"matched_to": kind, "accuracy": accuracy, "human": "mean"}
                row |= {"statistic": "pearson", "estimate": estimate + accuracy, "p": p}
                rows.append(row | {"lower": estimate, "upper": estimate + 1})
    return pd.DataFrame(rows)


def test_a_panel_for_each_network_and_a_line_for_each_population(networks, replicates, make):
    rows = {"face-identity": networks["face-identity"], "objects": networks["objects"]}
    figure = draw(table(rows), make.ceiling(), rows, {}, style=STYLE)
    face, objects = figure.get_axes()
    titles = [axes.get_title(loc="left") for axes in (face, objects)]
    assert titles == ["a  face-identity", "b  objects"]
    for axes, of_all in ((face, 0.0), (objects, 0.1)):
        for population, shift in (("selective", -0.1), ("all", of_all)):
            (line, *_) = make.drawn(axes, population)
            np.testing.assert_allclose(line.get_xydata(), [(0.3, 0.3 + shift), (0.5, 0.5 + shift)])
            (own,) = make.drawn(axes, f"{population} own")
            np.testing.assert_allclose(own.get_xydata(), [(0.74, 0.74 + shift)])
        (band,) = [patch for patch in axes.patches if patch.get_gid() == "ceiling"]
        assert (band.get_y(), band.get_height()) == pytest.approx((0.6, 0.2))


@pytest.mark.parametrize(("p", "filled"), [(0.049, True), (0.05, False)], ids=["below", "at"])
def test_filled_marks_are_significant(make, networks, p, filled):
    one = {"objects": networks["objects"]}
    figure = draw(table(one, p), make.ceiling(), one, {}, style=STYLE)
    mark = make.drawn(figure.get_axes()[0], "all own")[0]
    colour = STYLE["trainings"]["objects"] if filled else "#FFFFFF"
    assert to_hex(mark.get_markerfacecolor()) == colour.lower()


def test_a_network_that_no_noise_brings_there(make, networks):
    rows = {"face-identity": networks["face-identity"], "objects": networks["objects"]}
    only = table({"objects": networks["objects"]})
    figure = draw(only, make.ceiling(), rows, {}, style=STYLE)
    assert "no accuracy that noise\ncould bring it to" in make.texts(figure)
