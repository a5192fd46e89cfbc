import numpy as np
import pandas as pd
import pytest

from nurture.core.errors import NurtureError
from nurture.stimuli.rendered.design import design
from nurture.stimuli.rendered.identity import draw_identity
from nurture.stimuli.rendered.model import head_model
from nurture.stimuli.rendered.rendering import Renderer, render
from nurture.stimuli.rendered.scene import scene

FRONTAL = {"kind": "expressions", "first_identity": 0, "identities": 2, "expressions": ["fear"]}


def same(one, other):
    return all((a == b).all() for a, b in zip(one, other, strict=True))


def test_shapes_and_types(faces):
    for rgb, mask in faces[1]:
        assert rgb.dtype == np.uint8
        assert rgb.shape == (112, 112, 3)
        assert mask.dtype == bool
        assert mask.shape == (112, 112)


def test_same_bytes_again(draw):
    labels = design(FRONTAL, seed=1)
    for one, other in zip(draw(labels), draw(labels), strict=True):
        assert same(one, other)


def test_a_stimulus_does_not_depend_on_the_others(draw):
    whole = design({**FRONTAL, "identities": 3, "expressions": ["anger", "fear"]}, seed=1)
    alone = draw(whole.iloc[[5]])[0]
    backwards = draw(whole.iloc[::-1])[0]
    assert same(draw(whole)[5], alone)
    assert same(backwards, alone)


def test_seeds_draw_different_identities(draw):
    labels = design(FRONTAL, seed=1).iloc[:1]
    assert not same(draw(labels, seed=1)[0], draw(labels, seed=2)[0])


def test_ends_of_a_continuum_are_its_expressions(draw):
    spec = {"kind": "continua", "first_identity": 0, "identities": 1, "levels": 3}
    morphs = draw(design({**spec, "continua": ["happiness-anger"]}, seed=1))
    plain = draw(
        design({**FRONTAL, "identities": 1, "expressions": ["happiness", "anger"]}, seed=1)
    )
    assert same(morphs[0], plain[0])
    assert same(morphs[2], plain[1])
    assert not same(morphs[1], plain[0])
    assert not same(morphs[1], plain[1])


def test_ends_that_continua_share_are_drawn_once(draw, monkeypatch):
    drawn, draw_image = [], Renderer.image

    def image(self, *seen):
        drawn.append(None)
        return draw_image(self, *seen)

    monkeypatch.setattr(Renderer, "image", image)
    spec = {"kind": "continua", "first_identity": 0, "identities": 2, "levels": 3}
    names = ["happiness-anger", "anger-fear", "happiness-fear"]
    morphs = draw(design({**spec, "continua": names}, seed=1))
    assert len(morphs) == 18
    assert len(drawn) == 12
    assert same(morphs[2], morphs[3])
    assert same(morphs[5], morphs[8])
    assert not same(morphs[0], morphs[9])


def test_morphs_move_the_geometry_in_proportion(recipes):
    spec = {"kind": "continua", "first_identity": 4, "identities": 1, "levels": 5}
    labels = design({**spec, "continua": ["disgust-fear"]}, seed=1)
    person = draw_identity(1, 4)
    points = [scene(person, row, recipes)[0] for row in labels.itertuples()]
    np.testing.assert_allclose(points[1], 0.75 * points[0] + 0.25 * points[4], atol=1e-5)


def test_half_intensity_moves_half_as_far(recipes):
    labels = design({**FRONTAL, "expressions": ["neutral", "fear"]}, seed=1).iloc[:2]
    half = labels.iloc[[1]].assign(intensity=0.5)
    person = draw_identity(1, 0)
    rows = pd.concat([labels, half]).itertuples()
    neutral, full, half = (scene(person, row, recipes)[0] for row in rows)
    np.testing.assert_allclose(half, (neutral + full) / 2, atol=1e-5)


def test_every_expression_looks_different(faces):
    _, drawn = faces
    images = np.stack([rgb for rgb, _ in drawn]).astype(float)
    for first in (0, 7):
        person = images[first : first + 7]
        apart = np.abs(person[:, None] - person[None]).mean(axis=(2, 3, 4))
        assert apart[np.triu_indices(7, 1)].min() > 0.5


def test_mask_is_the_face(faces):
    _, drawn = faces
    for _, mask in drawn:
        rows, columns = np.nonzero(mask)
        assert 0.15 < mask.mean() < 0.6
        # Level with the eyes (39 % of the height) and centred; above the brows, free of the top.
        assert mask[int(0.39 * 112), 45:67].all()
        assert abs(columns.mean() - 55.5) < 2
        assert 0.12 * 112 < rows.min() < 0.33 * 112
        assert rows.max() < 111


def test_mask_is_cut_flat_above_the_brows(faces):
    _, mask = faces[1][0]
    columns = np.flatnonzero(mask.any(axis=0))
    middle = columns[len(columns) // 4 : -len(columns) // 4]
    assert np.ptp(mask[:, middle].argmax(axis=0)) <= 3


def test_face_is_symmetric_in_frontal_light(faces):
    rgb, mask = faces[1][0]
    grey = rgb.mean(axis=2)
    apart = np.abs(grey - grey[:, ::-1])[mask & mask[:, ::-1]]
    assert apart.mean() < 5


def test_eyebrows_are_seen_and_move(faces):
    labels, drawn = faces

    def brow_height(index):
        """Row of the darkest line between hairline and eye, over the left pupil."""
        grey = drawn[index][0].mean(axis=2)[20:36, 68:74].mean(axis=1)
        assert grey.min() < 0.75 * np.median(grey)
        return 20 + grey.argmin()

    rows = dict(zip(labels.expression[:7], map(brow_height, range(7)), strict=True))
    assert rows["surprise"] < rows["neutral"] <= rows["anger"]


def test_pose_light_and_gaze_change_the_image(draw):
    plain = design({**FRONTAL, "identities": 1, "expressions": ["neutral"]}, seed=1)
    changes = [{}, {"yaw": 15.0}, {"pitch": -8.0}, {"light_azimuth": 40.0}, {"gaze_x": 15.0}]
    images = [rgb for rgb, _ in draw(pd.concat([plain.assign(**c) for c in changes]))]
    assert len({image.tobytes() for image in images}) == 5


def test_light_from_the_side_brightens_that_side(draw):
    plain = design({**FRONTAL, "identities": 1, "expressions": ["neutral"]}, seed=1)
    rgb, mask = draw(plain.assign(light_azimuth=40.0))[0]
    grey = np.where(mask, rgb.mean(axis=2), np.nan)
    # Positive azimuth is the head's left, which the picture shows on its right.
    assert np.nanmean(grey[:, 32:]) > np.nanmean(grey[:, :32]) + 5


def test_skin_can_be_set_for_everybody(draw):
    spec = {"kind": "expressions", "first_identity": 3, "identities": 2, "expressions": ["anger"]}
    levels = []
    for skin in (0.05, 0.2, 0.6):
        faces = draw(design({**spec, "skin": skin}, seed=1))
        levels.append([np.median(image[mask]) for image, mask in faces])
    assert (np.diff(levels, axis=0) > 10).all()
    # The two identities' own skins differ by more than the same skin on both.
    own = [np.median(image[mask]) for image, mask in draw(design(spec, seed=1))]
    assert abs(np.subtract(*levels[1])) < abs(np.subtract(*own))


def test_unknown_device(recipes, kernels):
    labels = design(FRONTAL, seed=1)
    with pytest.raises(NurtureError, match=r"^device abacus: not on this machine"):
        next(render(labels, recipes, 1, device="abacus", kernel_cache=kernels))


def turned(recipes, **change):
    """Vertices of a neutral person with changed labels."""
    plain = design({**FRONTAL, "identities": 1, "expressions": ["neutral"]}, seed=1)
    row = next(plain.assign(**change).itertuples())
    return scene(draw_identity(1, 0), row, recipes)[0]


@pytest.mark.parametrize(
    ("change", "axis"), [({"yaw": 15.0}, 0), ({"pitch": 15.0}, 1)], ids=["left", "up"]
)
def test_head_turns(recipes, change, axis):
    nose = turned(recipes)[:, 2].argmax()
    moved = turned(recipes, **change)[nose] - turned(recipes)[nose]
    assert moved[axis] > 0.1


@pytest.mark.parametrize("side", [0, 1], ids=["left eye", "right eye"])
@pytest.mark.parametrize(
    ("change", "axis", "sign"),
    [
        ({"gaze_x": 10.0}, 0, 1),
        ({"gaze_x": -10.0}, 0, -1),
        ({"gaze_y": 10.0}, 1, 1),
        ({"gaze_y": -10.0}, 1, -1),
    ],
    ids=["to the left", "to the right", "up", "down"],
)
def test_eyes_turn_by_the_gaze(recipes, side, change, axis, sign):
    eye = head_model().eyes[side]
    before, after = turned(recipes)[eye], turned(recipes, **change)[eye]
    front = before[:, 2].argmax()
    before, after = (globe[front] - globe.mean(axis=0) for globe in (before, after))
    angle = np.arctan2(after[axis], after[2]) - np.arctan2(before[axis], before[2])
    # The shapes move the globes by a fixed distance: larger eyes turn a little less.
    assert np.degrees(angle) == pytest.approx(10 * sign, abs=1.5)
