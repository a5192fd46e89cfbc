import numpy as np
import pytest
from scipy.spatial import cKDTree

from nurture.rearing.objects import CENTRE, FAMILIES, REACH, draw_object, turned
from nurture.rearing.shapes import ball, block, joined, polygon, ring, smooth, sweep
from nurture.stimuli.rendered.scene import PIVOT, _pose

ALL = range(0, 200, 3)


def volume(part):
    """Volume within a closed surface by the divergence theorem."""
    points, triangles = joined([part])
    a, b, c = np.moveaxis(points[triangles], 1, 0)
    return abs(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6


def apart(one, other):
    """Mean distance from each surface to the nearest point of the other, both ways."""
    clouds = [thing.points[thing.triangles].mean(axis=1) for thing in (one, other)]
    there, back = cKDTree(clouds[1]).query(clouds[0])[0], cKDTree(clouds[0]).query(clouds[1])[0]
    return (there.mean() + back.mean()) / 2


def same(one, other):
    return one.points.shape == other.points.shape and (one.points == other.points).all()


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        pytest.param(ball(size=(0.5, 1.0, 2.0), n=64), 4 / 3 * np.pi, id="ellipsoid"),
        pytest.param(ball(power=(1.0, 1.0), n=64), 4 / 3, id="octahedron"),
        pytest.param(block(size=(0.5, 1.0, 1.5)), 6.0, id="box"),
        pytest.param(ring(radius=1.0, thickness=0.25), 2 * np.pi**2 * 0.25**2, id="torus"),
        pytest.param(
            sweep(polygon(6), np.array([[0, 0, 0], [0, 1, 0], [0, 2, 0]]), 1.0),
            3 * np.sqrt(3),
            id="hexagonal bar",
        ),
    ],
)
def test_surfaces_close_around_the_known_volume(part, expected):
    assert volume(part) == pytest.approx(expected, rel=0.04)


def test_a_smooth_profile_passes_through_its_knots():
    radii, heights = smooth([(0.5, -1.0), (1.0, 0.0), (0.5, 1.0)], n=29)
    assert radii[[0, 14, 28]] == pytest.approx([0.5, 1.0, 0.5])
    assert heights[[0, 14, 28]] == pytest.approx([-1.0, 0.0, 1.0])


def test_same_numbers_give_the_same_object():
    one, other = draw_object(1, 12, 3), draw_object(1, 12, 3)
    assert same(one, other)
    assert (one.reflectance, one.texture) == (other.reflectance, other.texture)


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param((2, 12, 3), id="another seed"),
        pytest.param((1, 13, 3), id="another category"),
        pytest.param((1, 12, 4), id="another exemplar"),
    ],
)
def test_other_numbers_give_another_object(numbers):
    assert not same(draw_object(1, 12, 3), draw_object(*numbers))


def test_an_exemplar_does_not_change_the_structure():
    # What is counted and picked is the category's: so is the number of triangles.
    for category in range(len(FAMILIES)):
        counts = {len(draw_object(1, category, exemplar).triangles) for exemplar in range(3)}
        assert len(counts) == 1, FAMILIES[category].__name__


@pytest.mark.parametrize("category", [pytest.param(c, id=f"category {c}") for c in ALL])
def test_objects_are_sound_and_fill_the_frame(category):
    solid = draw_object(1, category, 0)
    assert solid.points.dtype == np.float32
    assert solid.triangles.dtype == np.int32
    assert np.isfinite(solid.points).all()
    assert len(solid.triangles) < 12000
    assert solid.triangles.max() < len(solid.points)
    distance = np.linalg.norm(solid.points - CENTRE, axis=1).max()
    assert 0.7 < distance < REACH + 1e-5
    assert 0 < solid.reflectance < 1


def test_exemplars_are_nearer_than_the_nearest_category_of_the_family():
    near, within = [], []
    for family in range(len(FAMILIES)):
        first, *others = (draw_object(1, family + k * len(FAMILIES), 0) for k in range(7))
        near.append(min(apart(first, other) for other in others))
        within.append(apart(first, draw_object(1, family, 1)))
    assert np.mean(np.array(within) < near) > 0.8
    assert min(near) > 0.03


def test_objects_turn_as_heads_do():
    points = draw_object(1, 5, 0).points
    head = _pose(points - CENTRE + PIVOT, 30, -12) - PIVOT + CENTRE
    np.testing.assert_allclose(turned(points, 30, -12), head, atol=1e-6)


def test_turning_leaves_the_centre_where_it_is():
    np.testing.assert_allclose(turned(CENTRE[None], 25, 10), CENTRE[None], atol=1e-12)
