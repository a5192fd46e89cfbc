import numpy as np
import pandas as pd
import pytest

from nurture.decoding.controls_figure import draw, example_faces
from tests.drawing import complete

CONDITIONS = ("upright", "inverted", "negated", "scrambled")


@pytest.fixture
def faces():
    return {name: np.full((8, 8, 3), 40 * i, np.uint8) for i, name in enumerate(CONDITIONS)}


def table(networks, note=np.nan):
    rows = [
        {
            **{"network": network, "layer": settings["readout"], "control": name},
            **{"n_units": 63, "n_identities": 20, "tuning_r": 0.8 - 0.2 * i, "tuning_r_se": 0.05},
            **{"accuracy": np.nan if isinstance(note, str) else 0.6 - 0.1 * i},
            **{"accuracy_se": 0.04, "n_expressions": 6, "note": note},
        }
        for network, settings in networks.items()
        for i, name in enumerate(CONDITIONS)
    ]
    return pd.DataFrame(rows)


def test_every_condition_of_every_network_is_drawn(make, networks, faces):
    figure = draw(table(networks), faces, networks, style=complete("controls"))
    for i, name in enumerate(CONDITIONS):
        points = [line.get_xdata()[0] for line in make.drawn(figure, name)]
        tuning, accuracy = [0.8 - 0.2 * i] * len(networks), [0.6 - 0.1 * i] * len(networks)
        assert points == pytest.approx([*tuning, *accuracy])
    texts = " ".join(make.texts(figure)).replace("\n", " ")
    assert "shown 20 other identities" in texts
    for name in (*CONDITIONS, *networks):
        assert name in texts
    labels = [label.get_text() for label in figure.axes[-2].get_yticklabels()]
    assert labels[0] == "face-identity\ntrained on identity\nblock4: 63 units"


def test_marks_are_those_beside_the_faces(make, networks, faces):
    figure = draw(table(networks), faces, networks, style=complete("controls"))
    beside = [axes.lines[0].get_marker() for axes in figure.axes[:4]]
    assert beside == ["o", "v", "s", "D"]
    assert [make.drawn(figure, name)[0].get_marker() for name in CONDITIONS] == beside


def test_bars_end_where_a_hit_rate_can_be(networks, faces):
    one = {"face-identity": networks["face-identity"]}
    wide = table(one).assign(accuracy_se=0.9)
    panel = draw(wide, faces, one, style=complete("controls")).axes[-1]
    (bar,) = panel.containers[0].lines[2]
    assert bar.get_segments()[0][:, 0].tolist() == pytest.approx([0, 1])


def test_bars_are_95_percent_intervals(networks, faces):
    figure = draw(table(networks), faces, networks, style=complete("controls"))
    panel = next(axes for axes in figure.axes if axes.containers)
    (bar,) = panel.containers[0].lines[2]
    ends = bar.get_segments()[0][:, 0]
    assert ends[1] - ends[0] == pytest.approx(2 * 2.093 * 0.05, rel=1e-3)  # t of 19


def test_too_few_units_are_said(make, networks, faces):
    network = {"face-identity": networks["face-identity"]}
    figure = draw(
        table(network, "too few selective units (3 < 10)"),
        faces,
        network,
        style=complete("controls"),
    )
    assert "too few selective units (3 < 10)" in make.texts(figure)
    assert len(make.drawn(figure, "inverted")) == 1


def test_examples_show_one_face():
    images = np.arange(6)[:, None, None, None] * np.ones((1, 4, 4, 3), np.uint8)
    upright = pd.DataFrame(
        {"expression": ["fear", "happiness"] * 3, "identity": [1, 1, 2, 2, 3, 3]}
    )
    altered = upright.iloc[[2, 3, 2, 3]].assign(control=["negated"] * 2 + ["inverted"] * 2)
    faces = example_faces([images, images], [upright, altered])
    assert {name: int(face[0, 0, 0]) for name, face in faces.items()} == {
        "upright": 3,
        "negated": 1,
        "inverted": 3,
    }
