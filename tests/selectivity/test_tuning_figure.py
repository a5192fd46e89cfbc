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


def test_one_panel_a_network_and_preferred_expression(make, networks, figure):
    assert len(figure.axes) == 6 * 6
    assert [axes.get_title() for axes in figure.axes[:6]] == [f"prefer\n{e}" for e in EXPRESSIONS]
    assert set(networks) <= {text.replace("\n", "") for text in make.texts(figure)}


def test_curves_are_those_of_the_readout_layer(make, networks):
    table = make.tuning(networks)
    elsewhere = table.assign(layer="conv1", mean=9.0)
    two = {name: networks[name] for name in ("face-identity", "objects")}
    figure = draw(pd.concat([table, elsewhere]), two, style=STYLE)
    panel = figure.axes[6 + 2]
    rows = table[(table["network"] == "objects") & (table["preferred"] == "fear")]
    np.testing.assert_allclose(panel.containers[0].lines[0].get_ydata().astype(float), rows["mean"])
    bars = panel.containers[0].lines[2][0].get_segments()
    np.testing.assert_allclose([bar[1, 1] - bar[0, 1] for bar in bars], 2 * rows["sem"].to_numpy())
    assert f"n = {rows['n_units'].iloc[0]}" in [text.get_text() for text in panel.texts]


def test_groups_without_units_say_so(figure):
    notes = ["no unit" in [text.get_text() for text in axes.texts] for axes in figure.axes]
    assert np.flatnonzero(notes).tolist() == [12, 13, 14, 15, 16, 17, 26]


def test_a_single_unit_has_no_error_bar(make, networks):
    one = {"objects": networks["objects"]}
    figure = draw(make.tuning(one).assign(n_units=1, sem=np.nan), one, style=STYLE)
    bars = figure.axes[0].containers[0].lines[2][0].get_segments()
    assert [bar[1, 1] - bar[0, 1] for bar in bars] == [0] * 6


def test_no_network_has_any_unit(make, networks):
    two = {name: networks[name] for name in ("untrained-1", "untrained-2")}
    figure = draw(make.tuning(two, absent=tuple(two)), two, style=STYLE)
    assert make.texts(figure).count("no unit") == 12
    below = [label.get_text() for label in figure.axes[-1].get_xticklabels()]
    assert below == list(EXPRESSIONS)
