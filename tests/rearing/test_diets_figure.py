import numpy as np
import pandas as pd
import pytest

from nurture.experience.experience_tables import ACCURACY, LIKENESS, OF_CONTINUA, OF_UNITS
from nurture.rearing import diets_figure as diets
from nurture.rearing import training_time_figure as training_time
from nurture.rearing.diets_tables import compared_diets
from nurture.rearing.diets_tables import diets as value_table
from nurture.statistics.comparison import Value, of_cases
from tests.drawing import complete

LAYERS = ("conv3_3", "conv4_3", "conv5_3")
NAMED = ["faces", "neutral faces", "objects", "both", "untrained"]
HEIGHTS = {"faces": 0.8, "neutral": 0.7, "objects": 0.6, "both": 0.75, "none": 0.3}
TRAINED = {"faces": "identity", "none": "none"}
LIKE = [f"{name}, {units} units" for name in LIKENESS.values() for units in ("selective", "all")]
SCORES = pd.DataFrame({"n_expressions": [6]})


def _network(diet, seed, images, finished=True):
    name = f"reared-{diet}-{seed}" + ("" if finished else f"-after-{images}")
    about = {"diet": diet, "training": TRAINED.get(diet, diet), "images": images}
    return name, {**about, "finished": finished}


def _networks(seeds):
    found = [_network(d, s, 0 if d == "none" else 6000 + s) for d in HEIGHTS for s in seeds]
    found += [_network(d, 1, n, False) for d in ("faces", "objects") for n in (500, 2000)]
    return dict(found)


def _tables(seeds=(1, 2, 3), lacking=()):
    networks, rng = _networks(seeds), np.random.default_rng(1)
    units = pd.DataFrame(
        [
            {"network": name, "layer": layer, "depth": depth}
            for name in networks
            for depth, layer in enumerate(LAYERS)
        ]
    )
    measures = {}
    for measure in (*OF_UNITS, *ACCURACY.values(), *LIKE, *OF_CONTINUA.values()):
        values = measures[measure] = {}
        for name, about in networks.items():
            if measure in lacking:
                continue
            height = HEIGHTS[about["diet"]] + rng.normal(scale=0.01)
            if measure in OF_UNITS:
                values |= {(name, layer): Value(height - 0.1 * i) for i, layer in enumerate(LAYERS)}
            else:
                values[name, "conv5_3"] = of_cases(height + rng.normal(scale=0.02, size=7))
    return value_table(measures, units, networks), compared_diets(measures, units, networks)


def _panel(figure, title):
    """Panel of that title, whatever its letter."""
    titles = {axes.get_title(loc="left").replace("\n", " ")[3:]: axes for axes in figure.axes}
    return titles[title]


def _marks(axes, gid):
    return [line for line in axes.lines if line.get_gid() == gid]


@pytest.fixture(scope="module")
def tables():
    return _tables()


def test_every_panel_shows_a_measure_that_the_table_has(tables):
    measures = set(tables[0]["measure"])
    assert {panel.measure for panel in diets.PANELS} <= measures
    assert {diets.SHARE, diets.BEYOND, diets.REPEATS} <= measures


def test_diets_have_a_mean_and_a_dot_for_each_seed(tables):
    figure = diets.draw(*tables, SCORES, "conv5_3", style=complete("diets"))
    axes = _panel(figure, "Accuracy, all units")
    first = _panel(figure, "Accuracy, selective units")
    assert [label.get_text() for label in first.get_yticklabels()] == NAMED
    (faces,) = _marks(axes, "faces")
    dots = _marks(axes, "seed")
    assert [len(dot.get_xdata()) for dot in dots] == [3] * 5
    assert faces.get_xdata()[0] == pytest.approx(np.mean(dots[0].get_xdata()), abs=1e-9)
    colours = complete("diets")["trainings"]
    assert faces.get_color() == colours["identity"]
    assert _marks(axes, "none")[0].get_color() == colours["none"]


def test_diets_have_marks_of_their_own_and_are_in_the_key(tables):
    figure = diets.draw(*tables, SCORES, "conv5_3", style=complete("diets"))
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == NAMED
    axes = _panel(figure, "Accuracy, all units")
    assert [_marks(axes, diet)[0].get_marker() for diet in HEIGHTS] == ["o", "v", "s", "P", "^"]


def test_intervals_end_where_a_measure_can_be(tables):
    values, compared = tables
    wide = values.assign(lower=-3.0, upper=3.0)
    figure = diets.draw(wide, compared, SCORES, "conv5_3", style=complete("diets"))
    for title, ends in {
        "Accuracy, all units": [0, 1],
        "Likeness to observers, all units (r)": [-1, 1],
        "Identification: R² of a line": [-3, 1],
        "Identification: slope at the boundary": [-3, 3],
    }.items():
        bar = _panel(figure, title).collections[0]
        assert bar.get_segments()[0][:, 0].tolist() == ends


def test_filled_marks_differ_from_the_untrained(tables):
    values, compared = tables
    same = compared["diet"] == "neutral"
    compared = compared.assign(p_holm=compared["p_holm"].mask(same, 0.6))
    figure = diets.draw(values, compared, SCORES, "conv5_3", style=complete("diets"))
    axes = _panel(figure, "Accuracy, all units")
    inside = {diet: _marks(axes, diet)[0].get_markerfacecolor() for diet in HEIGHTS}
    assert inside["neutral"] == "white"
    assert "white" not in {inside[diet] for diet in HEIGHTS if diet != "neutral"}


def test_depth_is_in_percent_beside_chance(tables):
    figure = diets.draw(*tables, SCORES, "conv5_3", style=complete("diets"))
    axes = _panel(figure, "Selective units, % of the layer")
    (faces,) = _marks(axes, "faces")
    np.testing.assert_allclose(faces.get_ydata(), [80, 70, 60], atol=3)
    assert [label.get_text() for label in axes.get_xticklabels()] == list(LAYERS)
    share, beyond = (
        diets.means(tables[0].query("measure == @name and diet == 'faces' and finished == 1"))
        for name in (diets.SHARE, diets.BEYOND)
    )
    chance = share["estimate"].to_numpy() - beyond["estimate"].to_numpy()
    np.testing.assert_allclose(_marks(axes, "chance")[0].get_ydata(), 100 * chance)


def test_single_networks_are_said_to_be_single():
    values, compared = _tables(seeds=(1,))
    figure = diets.draw(values, compared, SCORES, "conv5_3", style=complete("diets"))
    assert "nothing says how seeds vary" in " ".join(figure.get_supxlabel().split())
    assert not any(len(m.get_xdata()) for a in figure.axes for m in _marks(a, "seed"))


def test_a_measure_that_no_network_has_is_said_to_be_lacking():
    values, compared = _tables(lacking=(ACCURACY["selective"],))
    for module, given in ((diets, (values, compared, SCORES)), (training_time, (values,))):
        figure = module.draw(*given, "conv5_3", style={})
        texts = _panel(figure, "Accuracy, selective units").texts
        assert "no network with enough" in texts[0].get_text().replace("\n", " ")


def test_training_time_runs_from_nothing_to_the_end(tables):
    figure = training_time.draw(tables[0], "conv5_3", style=complete("training_time"))
    axes = _panel(figure, "Accuracy, all units")
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "500", "2k", "end"]
    (faces,), (objects,) = (_marks(axes, diet) for diet in ("faces", "objects"))
    assert list(np.round(faces.get_xdata())) == [1, 2, 3]
    assert max(objects.get_ydata()) < min(faces.get_ydata())
    assert list(_marks(axes, "none")[0].get_xdata()) == [0]


def test_training_time_leaves_out_diets_that_were_not_stored_on_the_way(tables):
    figure = training_time.draw(tables[0], "conv5_3", style=complete("training_time"))
    axes = _panel(figure, "Accuracy, all units")
    assert _marks(axes, "neutral") + _marks(axes, "both") == []
