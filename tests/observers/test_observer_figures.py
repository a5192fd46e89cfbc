"""Curves and comparisons of observers beside networks, as the tables have them."""

import numpy as np
import pandas as pd
import pytest

from nurture.core.expressions import CONTINUA
from nurture.core.style import MM_PER_INCH
from nurture.observers import observer_curves_figure as curves
from nurture.observers import observer_discrimination_figure as discrimination
from tests.drawing import complete

LEVELS = np.round(np.linspace(0, 1, 11), 6)
NONE = "untrained-2"
"""The network that has too few selective units."""


def correlations(networks, **more):
    rows = [
        {"network": name, "training": settings["training"], "layer": settings["readout"], "r": r}
        | {"lower": r - 0.3, "upper": r + 0.2, **more}
        for (name, settings), r in zip(
            networks.items(), (0.5, -0.2, 0.1, 0, 0, np.nan), strict=True
        )
    ]
    return pd.DataFrame(rows).assign(human="mine")


@pytest.fixture(scope="module")
def identified(make, networks):
    """Tables of observers whose boundaries rise from continuum to continuum."""
    rows = [
        {"continuum": name, "level": x, "share_second": x, "lower": 0.8 * x, "upper": 0.2 + 0.8 * x}
        for name in CONTINUA
        for x in LEVELS
    ]
    at = 0.3 + 0.05 * np.arange(7)
    boundaries = pd.DataFrame({"continuum": CONTINUA, "observers": at, "n_observers": 12})
    boundaries = boundaries.assign(lower=at - 0.1, upper=at + 0.1, human="mine")
    own = pd.DataFrame(rows).assign(human="mine"), boundaries, correlations(networks, n_continua=7)
    return *own, *make.categorical(networks, absent=(NONE,))


@pytest.fixture(scope="module")
def compared(networks):
    pairs = pd.DataFrame(
        [(name, x, round(x + 0.2, 6)) for name in CONTINUA for x in LEVELS[:-2]],
        columns=["continuum", "low", "high"],
    )
    share = 0.5 + 0.4 * np.linspace(0, 1, len(pairs))
    observed = pairs.assign(share_right=share, lower=share - 0.1, upper=share + 0.1, human="mine")
    distances = pd.concat(
        pairs.assign(
            network=name,
            layer=settings["readout"],
            distance=np.nan if name == NONE else np.linspace(1, 3, len(pairs)),
            pixels=5.0,
            human="mine",
        )
        for name, settings in networks.items()
    )
    return observed, distances, correlations(networks, n=900)


@pytest.fixture(scope="module")
def figures(identified, compared, networks):
    return (
        curves.draw(*identified, networks, style=complete("observer_curves")),
        discrimination.draw(*compared, networks, style=complete("observer_discrimination")),
    )


def panel(figure, row, column):
    return figure.axes[row * 8 + column]


def test_both_fit_a_page(figures):
    for figure in figures:
        width, height = figure.get_size_inches() * MM_PER_INCH
        assert width == pytest.approx(180)
        assert height <= 230


def test_networks_are_drawn_on_the_curve_of_observers(make, figures, identified):
    first = panel(figures[0], 0, 0)
    [theirs] = make.drawn(first, "observers")
    assert theirs.get_ydata().tolist() == LEVELS.tolist()
    [mine] = make.drawn(first, "network")
    table = identified[3].query("network == 'face-identity' and continuum == 'happiness-anger'")
    assert mine.get_ydata().tolist() == table["share_second"].tolist()


def test_boundaries_of_a_network_stand_against_those_of_observers(make, figures):
    last = panel(figures[0], 0, 7)
    [dots] = make.drawn(last, "boundaries")
    np.testing.assert_allclose(dots.get_xdata(), 0.3 + 0.05 * np.arange(7))
    assert set(dots.get_ydata()) == {0.5}
    assert last.get_title() == "category\nboundaries\nr = .50 (.20 to .70)"


def test_observers_stand_above_distances_of_networks(make, figures, compared):
    [theirs] = make.drawn(panel(figures[1], 0, 0), "observers")
    assert theirs.get_xdata().tolist() == pytest.approx([*np.arange(0.1, 0.95, 0.1)])
    assert theirs.get_ydata().tolist() == compared[0]["share_right"].tolist()[:9]
    [mine] = make.drawn(panel(figures[1], 1, 0), "network")
    assert mine.get_ydata()[0] == pytest.approx(0.5)
    [pairs] = make.drawn(panel(figures[1], 1, 7), "pairs")
    np.testing.assert_allclose(pairs.get_xdata(), np.linspace(0.5, 1.5, 63))
    np.testing.assert_allclose(pairs.get_ydata(), compared[0]["share_right"])


def test_a_network_without_curves_says_why(figures, networks):
    row = list(networks).index(NONE)
    note = "too few\nselective\nunits (3 <\n50)"
    texts = [[text.get_text() for text in axes.texts] for axes in figures[0].axes]
    assert [note in texts[row * 8 + i] for i in range(7)] == [True] * 7
    assert "no boundary of\nboth" in texts[row * 8 + 7]
    place = list(curves.fitting(networks, 5)[0])
    if NONE in place:
        assert panel(figures[1], 1 + place.index(NONE), 7).texts[0].get_text() == "no distance"


def test_another_set_of_observers_is_named_and_not_drawn(make, identified, networks):
    more = [table.assign(human="theirs") for table in identified[:3]]
    both = [pd.concat(pair) for pair in zip(identified[:3], more, strict=True)]
    figure = curves.draw(*both, *identified[3:], networks, style=complete("observer_curves"))
    assert len(make.drawn(panel(figure, 0, 0), "observers")) == 1
    assert "observers of mine (not drawn: theirs)" in figure.get_supxlabel().replace("\n", " ")


def test_observers_who_did_nothing_leave_empty_panels(identified, compared, networks):
    nobody = [table.head(0) for table in identified[:3]]
    figure = curves.draw(*nobody, *identified[3:], networks, style=complete("observer_curves"))
    assert not [line for axes in figure.axes for line in axes.lines]
    nobody = [table.head(0) for table in compared]
    discrimination.draw(*nobody, networks, style=complete("observer_discrimination"))
