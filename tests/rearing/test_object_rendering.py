from types import SimpleNamespace

import numpy as np
import pytest
import warp as wp
from scipy.spatial import ConvexHull
from sklearn.neighbors import KNeighborsClassifier

from nurture.rearing.object_rendering import ObjectRenderer, vertex_normals
from nurture.rearing.objects import CENTRE, draw_object, turned
from nurture.rearing.shapes import ball, block, joined
from nurture.stimuli.look import apply_look

FRONT = np.array([0.0, 0.0, 1.0])
RIGHT = np.array([0.8, 0.0, 0.6])


@pytest.fixture(scope="module")
def renderer(tmp_path_factory):
    wp.config.log_level = wp.LOG_WARNING
    wp.config.kernel_cache_dir = str(tmp_path_factory.mktemp("kernels"))
    return ObjectRenderer(64, "cpu")


def plain(*parts):
    """Make a solid of parts with even paint; its centre is the middle of the frame."""
    points, triangles = joined(list(parts))
    return SimpleNamespace(
        points=(points + CENTRE).astype("float32"),
        triangles=triangles.astype("int32"),
        reflectance=0.4,
        texture=0.0,
        grain=2.0,
        mottle=0.0,
    )


def grey_of(renderer, solid, lamp):
    rgb, mask = renderer.image(solid.points, solid, lamp)
    return rgb.mean(axis=2), mask


def test_shapes_and_types(renderer):
    solid = draw_object(1, 0, 0)
    rgb, mask = renderer.image(solid.points, solid, FRONT)
    assert rgb.shape == (64, 64, 3)
    assert rgb.dtype == np.uint8
    assert mask.shape == (64, 64)
    assert mask.dtype == bool


@pytest.mark.parametrize(
    "part",
    [pytest.param(ball(size=0.7, n=48), id="ball"), pytest.param(block(size=0.5), id="box")],
)
def test_mask_is_the_silhouette(renderer, part):
    solid = plain(part)
    x, y, z = turned(solid.points, 30, 15).T
    # The camera of faces: 10 eye-to-chin distances away, a frame of 2.2, eyes at 39 % of it.
    shown = np.stack([x, y], axis=1) * (10 / (10 - z))[:, None]
    _, mask = renderer.image(np.stack([x, y, z], axis=1), solid, FRONT)
    assert mask.mean() == pytest.approx(ConvexHull(shown).volume / 2.2**2, rel=0.03)
    rows, columns = np.nonzero(mask)
    expected = [(0.39 - shown[:, 1].mean() / 2.2) * 64, (0.5 + shown[:, 0].mean() / 2.2) * 64]
    assert [rows.mean() + 0.5, columns.mean() + 0.5] == pytest.approx(expected, abs=0.7)


def test_background_is_that_of_faces(renderer):
    solid = plain(ball(size=0.3))
    rgb, _ = renderer.image(solid.points, solid, FRONT)
    assert (rgb[0, 0] == round(255 * 0.18 ** (1 / 2.2))).all()


def test_the_side_to_the_lamp_is_brighter(renderer):
    grey, _ = grey_of(renderer, plain(ball(size=0.7)), RIGHT)
    assert grey[32, 48] > grey[32, 16] + 30
    grey, _ = grey_of(renderer, plain(ball(size=0.7)), RIGHT * [-1, 1, 1])
    assert grey[32, 16] > grey[32, 48] + 30


def test_what_stands_before_a_wall_casts_a_shadow(renderer):
    wall = block((0, 0, -0.4), (0.9, 0.9, 0.05))
    bare, _ = grey_of(renderer, plain(wall), RIGHT)
    grey, mask = grey_of(renderer, plain(wall, block((0.2, 0, 0.1), (0.1, 0.9, 0.1))), RIGHT)
    # The lamp stands to the right, so the shadow falls to the left of the post.
    post = int(64 * (0.5 + 0.2 / 2.2))
    left, right = (
        bare[32] - grey[32],
        bare[32, post + 12 : post + 16] - grey[32, post + 12 : post + 16],
    )
    assert left[post - 20 : post - 5].max() > 40
    assert np.abs(right).max() < 15
    assert mask[32, post]


def test_corners_are_darker_than_the_open_wall(renderer):
    wall, shelf = block((0, 0, -0.4), (0.9, 0.9, 0.05)), block((0, 0.1, -0.1), (0.9, 0.05, 0.3))
    bare, _ = grey_of(renderer, plain(wall), FRONT)
    grey, _ = grey_of(renderer, plain(wall, shelf), FRONT)
    below = (bare - grey)[34:60, 32]
    assert below[:6].max() > below[-3:].max() + 5


def test_flat_sides_are_even_and_edges_sharp(renderer):
    solid = plain(block(size=(0.6, 0.6, 0.2)))
    grey, mask = grey_of(renderer, solid, RIGHT)
    rows, columns = np.nonzero(mask)
    side = grey[rows.min() + 4 : rows.max() - 4, columns.min() + 4 : columns.max() - 4]
    assert np.ptp(side) < 3


def test_mottled_paint_varies(renderer):
    solid = plain(block(size=(0.6, 0.6, 0.2)))
    even, _ = grey_of(renderer, solid, FRONT)
    solid.mottle = 0.3
    mottled, mask = grey_of(renderer, solid, FRONT)
    inside = (slice(26, 42), slice(26, 42))
    assert mottled[inside].std() > even[inside].std() + 3
    solid.texture = 9.0
    assert np.abs(grey_of(renderer, solid, FRONT)[0] - mottled)[mask].mean() > 3


def test_normals_of_a_ball_are_its_radii():
    points, triangles = joined([ball(n=48)])
    used = np.unique(triangles)
    outwards = (vertex_normals(points, triangles) * points)[used].sum(axis=1)
    # Either winding will do, but it is one and the same all over.
    assert (outwards * np.sign(outwards[0])).min() > 0.99


def test_same_bytes_whatever_was_rendered_before(renderer):
    solid, other = draw_object(1, 3, 0), draw_object(1, 4, 0)
    before = renderer.image(solid.points, solid, RIGHT)
    renderer.image(other.points, other, FRONT)
    after = renderer.image(solid.points, solid, RIGHT)
    assert (before[0] == after[0]).all()
    assert (before[1] == after[1]).all()


def test_new_exemplars_in_new_views_are_recognised(renderer):
    """Twenty-six categories, eight exemplars learnt: far above chance, 4 %, even by pixels."""
    random = np.random.default_rng(2)
    shown, category = [], np.repeat(np.arange(26), 10)
    for i, number in enumerate(category):
        solid = draw_object(1, int(number), i % 10)
        points = turned(solid.points, random.uniform(-40, 40), random.uniform(-20, 20))
        rgb, mask = renderer.image(points, solid, RIGHT)
        assert mask.mean() > 0.04
        grey = apply_look(rgb[None], mask[None], "paper")[0, :, :, 0].astype("float64")
        shown.append(grey.reshape(16, 4, 16, 4).mean(axis=(1, 3)).ravel())
    shown, learnt = np.array(shown), np.arange(len(category)) % 10 < 8
    nearest = KNeighborsClassifier(1).fit(shown[learnt], category[learnt])
    assert nearest.score(shown[~learnt], category[~learnt]) > 0.6
