import numpy as np
import pytest

from nurture.figures.fits import draw
from nurture.figures.style import complete

STYLE = complete("fits")


@pytest.fixture(scope="module")
def tables(make, networks):
    return make.categorical(networks, absent=("untrained-2", ("objects", "anger-fear")))[1:]


def test_dots_are_continua_and_their_mean(make, networks, tables):
    figure = draw(*tables, networks, style=STYLE)
    r2 = tables[0].query("network == 'objects' and fit == 'linear'")["r2"]
    at = list(networks).index("objects")
    rows = {line.get_ydata()[0]: line.get_xdata() for line in make.drawn(figure, "continua")}
    assert sorted(rows[at - 0.24]) == pytest.approx(sorted(r2))
    assert len(r2) == 6
    means = {line.get_ydata()[0]: line.get_xdata()[0] for line in make.drawn(figure, "mean")}
    assert means[at - 0.24] == pytest.approx(r2.mean())
    assert f"{r2.mean():.3f}" in make.texts(figure)


def test_networks_and_their_training_name_the_rows(networks, tables):
    (axes,) = draw(*tables, networks, style=STYLE).axes
    labels = axes.get_yticklabels()
    assert labels[0].get_text() == "face-identity\ntrained on identity"
    assert labels[0].get_color() == STYLE["trainings"]["identity"]
    assert axes.get_ylim() == (5.5, -0.5)


def test_fits_are_named_in_their_colours(networks, tables):
    (axes,) = draw(*tables, networks, style=STYLE).axes
    named = {text.get_text(): text.get_color() for text in axes.texts}
    assert {fit: named[f"● {fit}"] for fit in STYLE["fits"]} == STYLE["fits"]


def test_network_without_curves_says_why(make, networks, tables):
    (axes,) = draw(*tables, networks, style=STYLE).axes
    notes = [t for t in axes.texts if t.get_text() == "too few selective units (3 < 50)"]
    assert [note.get_position()[1] for note in notes] == [2]


def test_flat_curves_have_no_dots_but_their_note(make, networks):
    one = {"objects": networks["objects"]}
    _, fits, notes = make.categorical(one)
    flat = notes.assign(note=["too few levels", *["every answer is the same"] * 6])
    texts = make.texts(draw(fits.assign(r2=np.nan), flat, one, style=STYLE))
    assert "every answer is the same" in texts
    assert not [text for text in texts if "nan" in text]


def test_no_network_has_a_curve(make, networks):
    tables = make.categorical(networks, absent=tuple(networks))[1:]
    texts = make.texts(draw(*tables, networks, style=STYLE))
    assert texts.count("too few selective units (3 < 50)") == 6
