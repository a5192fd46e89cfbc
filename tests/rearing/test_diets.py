from types import SimpleNamespace

import numpy as np
import pytest

from nurture.core.expressions import EXPRESSIONS, NEUTRAL
from nurture.rearing.diets import (
    DIETS,
    DISTANCE,
    ELEVATION,
    LIGHT,
    PARTS,
    PITCH,
    YAW,
    Studio,
    classes,
    draw_expression,
    draw_images,
    draw_view,
)
from nurture.stimuli.rendered.identity import draw_identity
from nurture.stimuli.rendered.scene import lamp_at, scene


def test_views_vary_as_far_as_stated():
    views = [draw_view(1, number, 0) for number in range(2000)]
    ends = {
        "yaw": (-YAW, YAW),
        "pitch": (-PITCH, PITCH),
        "light_azimuth": (-LIGHT, LIGHT),
        "light_elevation": ELEVATION,
        "size": (1 / DISTANCE[1], 1 / DISTANCE[0]),
    }
    for name, (low, high) in ends.items():
        values = np.array([getattr(view, name) for view in views])
        reach = high - low
        assert low <= values.min() < low + 0.01 * reach
        assert high - 0.01 * reach < values.max() <= high


def test_a_third_of_the_faces_is_neutral_a_third_basic():
    table = SimpleNamespace(
        expressions={
            name: np.eye(8)[i] if i else np.zeros(8)
            for i, name in enumerate([NEUTRAL, *EXPRESSIONS])
        }
    )
    drawn = np.array([draw_expression(0, number, 0, table) for number in range(3000)])
    active = (drawn > 0).sum(axis=1)
    assert abs(np.mean(active == 0) - 1 / 3) < 0.03
    # Of these expressions, a basic one is one unit; so is a random one in five.
    assert abs(np.mean(active == 1) - (1 / 3 + 1 / 3 / PARTS)) < 0.03
    assert active.max() == PARTS
    assert (drawn[:, [0, 7]] == 0).all()  # in no basic expression


def test_half_of_the_classes_of_both_are_identities_and_half_objects():
    assert classes("both", 4) == [("face", 0), ("object", 0), ("face", 1), ("object", 1)]
    assert classes("faces", 2, first=9) == [("face", 9), ("face", 10)]
    assert {len(classes(diet, 200)) for diet in DIETS} == {200}


def test_neutral_faces_are_the_same_identities_in_the_same_views(studio, recipes):
    still = [v for v in range(12) if not draw_expression(3, 1, v, recipes).any()]
    moved = [v for v in range(12) if draw_expression(3, 1, v, recipes).any()]
    for view in still[:2]:
        face, neutral = (studio.image(kind, 1, view) for kind in ("face", "neutral face"))
        assert np.array_equal(face, neutral)
    for view in moved[:2]:
        face, neutral = (
            studio.image(kind, 1, view).astype(int) for kind in ("face", "neutral face")
        )
        assert 0.5 < np.abs(face - neutral).mean() < 40


@pytest.mark.parametrize("kind", ["face", "neutral face", "object"])
def test_luminance_is_the_same_in_every_diet(studio, kind):
    for number in range(3):
        image = studio.image(kind, number, 0)
        inside = image[image > 0] / 255
        assert inside.mean() == pytest.approx(0.5, abs=0.02)
        assert inside.std() == pytest.approx(0.15, abs=0.02)
        assert 0.05 < len(inside) / image.size < 0.7


def test_same_seed_same_bytes_whatever_was_drawn_before(studio, recipes):
    again = Studio(recipes, seed=3, size=48)
    first = studio.image("object", 5, 2), studio.image("face", 5, 2)
    second = again.image("face", 5, 2), again.image("object", 5, 2)
    assert np.array_equal(first[0], second[1])
    assert np.array_equal(first[1], second[0])
    assert not np.array_equal(first[1], Studio(recipes, seed=4, size=48).image("face", 5, 2))


def test_draw_images_goes_view_by_view(studio):
    images, labels = draw_images(studio, classes("both", 2), [0, 7])
    assert labels.tolist() == [0, 1, 0, 1]
    assert np.array_equal(images[3], studio.image("object", 0, 7))


def test_lamp_is_that_of_the_experiment(recipes):
    view = draw_view(1, 2, 3)
    shown = {"expression": NEUTRAL, "continuum": "none", "level": np.nan, "intensity": 1.0}
    row = SimpleNamespace(**shown, **vars(view), skin=np.nan)
    _, _, lamp = scene(draw_identity(1, 2), row, recipes)
    assert lamp_at(view.light_azimuth, view.light_elevation) == pytest.approx(lamp)
