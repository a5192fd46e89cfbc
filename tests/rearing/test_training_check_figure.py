import pandas as pd
import pytest

from nurture.rearing.training_check import ACCURACY, AUC
from nurture.rearing.training_check_figure import AIMS, draw
from tests.drawing import complete


def tables(diets=("faces", "objects", "none"), seeds=(1, 2)):
    check, curves = [], []
    for diet in diets:
        for seed in seeds:
            name, height = f"reared-{diet}-{seed}", 0.9 - 0.01 * seed if diet != "none" else 0.01
            about = {"network": name, "diet": diet}
            ends = {"estimate": height, "lower": height - 0.02, "upper": height + 0.02}
            for i, shown in enumerate(("faces", "objects")):
                if diet in (shown, "none"):
                    rest = {"measure": ACCURACY, "shown": shown, "chance": 0.005}
                    if diet == "none":
                        ends |= {"estimate": (0.005, 0.015)[i] + 0.01 * (seed - 1)}
                    check.append({**about, **rest, **ends})
                rest = {"measure": AUC, "shown": shown, "chance": 0.5}
                check.append({**about, **rest, "estimate": 0.8, "lower": 0.7, "upper": 0.9})
            if diet != "none":
                curves += [
                    {**about, "seed": seed, "images": 16000 * (1 + i), "loss": 3.0 - i}
                    | {"accuracy": accuracy, "kept": accuracy == height}
                    for i, accuracy in enumerate((0.2, 0.6, height))
                ]
    return pd.DataFrame(check), pd.DataFrame(curves)


def marks(axes, gid):
    return [line for line in axes.lines if line.get_gid() == gid]


@pytest.fixture
def style():
    return complete("training_check", {})


def test_every_seed_has_a_curve_from_no_image_on(style):
    figure = draw(*tables(), style=style)
    curve = marks(figure.axes[0], "reared-faces-1")[0]
    assert curve.get_xdata() == pytest.approx([0, 16, 32, 48])
    assert curve.get_ydata() == pytest.approx([0, 0.2, 0.6, 0.89])
    assert len(marks(figure.axes[0], "reared-none-1")) == 0


def test_panels_show_the_mean_of_the_seeds_beside_chance_and_the_aim(style):
    figure = draw(*tables(), style=style)
    named, faces, objects = figure.axes[1:]
    assert marks(named, "faces")[0].get_xdata() == pytest.approx([0.885])
    assert marks(named, "faces")[0].get_color() == style["trainings"]["identity"]
    # The untrained have named the views of two diets: one dot for each of two seeds all the same.
    assert [len(line.get_xdata()) for line in marks(named, "seed")] == [2, 2, 2]
    assert marks(named, "seed")[2].get_xdata() == pytest.approx([0.01, 0.02])
    straight = {round(line.get_xdata()[0], 3) for line in named.lines if len(line.get_xdata()) == 2}
    assert {0.005, 0.8} <= straight
    assert [tick.get_text() for tick in named.get_yticklabels()] == [
        "faces",
        "objects",
        "untrained",
    ]
    for axes in (faces, objects):
        assert {line.get_xdata()[0] for line in axes.lines} >= {0.5, 0.9}
        assert len(marks(axes, "none")) == 1


def test_aims_are_of_the_measures_that_are_made():
    assert set(AIMS) == {ACCURACY, AUC}


def test_one_network_of_one_diet_is_enough(style):
    figure = draw(*tables(("faces",), (1,)), style=style)
    assert len(marks(figure.axes[1], "faces")) == 1
