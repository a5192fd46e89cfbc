import numpy as np
import pytest

from nurture.categorical.fits_figure import draw
from tests.drawing import complete

STYLE = complete("fits")


@pytest.fixture(scope="module")
def tables(make, networks):
    absent = ("untrained-2", ("objects", "anger-fear"))
    curves = make.categorical(networks, absent=absent)[1:]
    return (*curves, make.human_fits(), make.fit_tests(networks))


def test_dots_are_continua_and_their_mean(make, networks, tables):
    figure = draw(*tables, networks, style=STYLE)
    r2 = tables[0].query("network == 'objects' and fit == 'linear'")["r2"]
    at = 1 + list(networks).index("objects")
    rows = {line.get_ydata()[0]: line.get_xdata() for line in make.drawn(figure, "dots")}
    assert sorted(rows[at - 0.24]) == pytest.approx(sorted(r2))
    assert len(r2) == 6
    means = {line.get_ydata()[0]: line.get_xdata()[0] for line in make.drawn(figure, "mean")}
    assert means[at - 0.24] == pytest.approx(r2.mean())
    assert f"{r2.mean():.3f}" in make.texts(figure)


def test_networks_and_their_training_name_the_rows(networks, tables):
    (axes,) = draw(*tables, networks, style=STYLE).axes
    labels = axes.get_yticklabels()
    assert labels[0].get_text() == "observers, anger to fear\n(groups)"
    assert labels[1].get_text() == "face-identity\ntrained on identity"
    assert labels[1].get_color() == STYLE["trainings"]["identity"]
    assert axes.get_ylim() == (6.5, -0.5)


def test_first_row_is_observers(make, networks, tables):
    figure = draw(*tables, networks, style=STYLE)
    rows = {line.get_ydata()[0]: line.get_xdata() for line in make.drawn(figure, "dots")}
    assert rows[-0.24].tolist() == [0.96, 0.958, 0.956]
    assert rows[0.24].tolist() == [0.998, 0.996, 0.994]


def test_rings_mark_the_continuum_that_observers_judged(make, networks, tables):
    figure = draw(*tables, networks, style=STYLE)
    rings = {
        line.get_ydata()[0]: line.get_xdata()
        for line in make.drawn(figure, "ring")
        if len(line.get_xdata())
    }
    wanted = "network == 'expressions' and fit == 'linear' and continuum == 'anger-fear'"
    assert rings[6 - 0.24].tolist() == tables[0].query(wanted)["r2"].tolist()
    assert 5 - 0.24 not in rings


def test_fits_are_named_with_their_marks_in_their_colours(networks, tables):
    (axes,) = draw(*tables, networks, style=STYLE).axes
    named = {text.get_text(): text.get_color() for text in axes.texts}
    signs = {"linear": "■", "quadratic": "▲", "logistic": "●"}
    assert {fit: named[f"{sign} {fit}"] for fit, sign in signs.items()} == STYLE["fits"]


def test_network_without_curves_says_why(make, networks, tables):
    (axes,) = draw(*tables, networks, style=STYLE).axes
    notes = [t for t in axes.texts if t.get_text() == "too few selective units (3 < 50)"]
    assert [note.get_position()[1] for note in notes] == [3]


def test_flat_curves_have_no_dots_but_their_note(make, networks):
    one = {"objects": networks["objects"]}
    _, fits, notes = make.categorical(one)
    flat = notes.assign(note=["too few levels", *["every answer is the same"] * 6])
    observers = make.human_fits()
    texts = make.texts(
        draw(fits.assign(r2=np.nan), flat, observers, make.fit_tests(one), one, style=STYLE)
    )
    assert "every answer is the same" in texts
    assert not [text for text in texts if "nan" in text]


def test_no_network_has_a_curve(make, networks):
    tables = make.categorical(networks, absent=tuple(networks))[1:]
    more = make.human_fits(), make.fit_tests(networks)
    texts = make.texts(draw(*tables, *more, networks, style=STYLE))
    assert texts.count("too few selective units (3 < 50)") == 6


def test_star_marks_what_predicts_better_than_the_line(make, networks, tables):
    *curves, tests = tables
    tests = tests.copy()
    better = (tests["network"] == "objects") & (tests["fit_b"] == "logistic")
    tests["p_max"] = tests["p_max"].mask(better & (tests["measure"] == "cv_error"), 0.047)
    tests["p_max"] = tests["p_max"].mask(tests["measure"] == "r2", 0.01)
    texts = make.texts(draw(*curves, tests, networks, style=STYLE))
    assert [text for text in texts if text.endswith("*")] == ["0.995*"]
    for change in ({"difference": -0.02}, {"p_max": 0.05}):
        texts = make.texts(draw(*curves, tests.assign(**change), networks, style=STYLE))
        assert not [text for text in texts if text.endswith("*")]
