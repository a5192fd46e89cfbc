import numpy as np
import pytest

from nurture.stimuli.rendered.identity import ANCESTRIES, draw_identity, hair_mask
from nurture.stimuli.rendered.model import SKIN, head_model, package_file


@pytest.fixture(scope="module")
def mirror():
    """Row of each vertex's mirror image, from the package's own table."""
    row_of = head_model().row_of
    text = package_file("mpfb2/mesh_metadata/hm08.mirror").read_text()
    pairs = [line.split() for line in text.splitlines()]
    table = {int(pair[0]): int(pair[1]) for pair in pairs}
    both = [(row_of[a], row_of[b]) for a, b in table.items() if row_of[a] >= 0 <= row_of[b]]
    return np.array(both)


@pytest.mark.parametrize("identity", range(5))
def test_symmetric(identity, mirror):
    points = draw_identity(1, identity).points
    left, right = points[mirror[:, 0]], points[mirror[:, 1]] * [-1, 1, 1]
    # A few targets of the package are themselves uneven by fractions of a millimetre.
    assert np.percentile(np.abs(left - right), 99) < 0.01
    assert np.abs(left - right).max() < 0.05


def test_same_numbers_same_person():
    draw_identity(1, 8)
    first = draw_identity(1, 7)
    again = draw_identity(1, 7)
    np.testing.assert_array_equal(first.points, again.points)
    assert first.skin == again.skin


def test_seed_and_number_both_matter():
    points = [draw_identity(*numbers).points for numbers in [(1, 7), (1, 8), (2, 7)]]
    for one, other in [(0, 1), (0, 2), (1, 2)]:
        assert np.abs(points[one] - points[other]).max() > 0.1


def test_population_is_mixed():
    identities = [draw_identity(1, identity) for identity in range(60)]
    assert 20 <= sum(person.female for person in identities) <= 40
    counts = [sum(person.ancestry == name for person in identities) for name in ANCESTRIES]
    assert min(counts) >= 10
    skin = {
        name: np.median([sum(person.skin) for person in identities if person.ancestry == name])
        for name in ANCESTRIES
    }
    assert skin["african"] < skin["asian"] < skin["caucasian"]
    assert all(person.stubble == 0 for person in identities if person.female)


def test_heads_are_human_sized():
    model = head_model()
    for identity in range(20):
        points = draw_identity(1, identity).points
        left, right = (points[eye].mean(axis=0) for eye in model.eyes)
        # Adult interpupillary distance: 45 to 80 mm (Dodgson 2004, doi:10.1117/12.529999).
        assert 0.45 < np.linalg.norm(left - right) < 0.80
        assert 0.75 < np.linalg.norm((left + right) / 2 - points[model.chin]) < 1.35


def test_hair_leaves_the_face_free():
    model, hair = head_model(), hair_mask()
    _, y, z = model.points.T
    face = (z > 1.0) & (y < 7.8)
    skin = np.unique(model.triangles[model.part == SKIN])
    assert hair[face].max() == 0
    assert hair[skin][y[skin] > 8.3].min() > 0.95


def test_an_anti_face_lies_opposite_about_the_average():
    own, anti, average, caricature = (
        draw_identity(1, 7, distinctiveness).points.astype(float)
        for distinctiveness in (1.0, -1.0, 0.0, 1.5)
    )
    np.testing.assert_allclose((own + anti) / 2, average, atol=1e-5)
    np.testing.assert_allclose(caricature - average, 1.5 * (own - average), atol=1e-5)
    assert np.abs(own - average).max() > 0.05


def test_the_average_face_is_that_of_many_identities():
    identities = [(draw_identity(1, i).points, draw_identity(1, i, 0).points) for i in range(150)]
    off = np.mean([own - average for own, average in identities], axis=0)
    alone = np.abs(identities[0][0] - identities[0][1])
    # The mean of 150 faces deviates by a twelfth of what one does.
    assert np.percentile(np.abs(off), 99) < np.percentile(alone, 99) / 4


def test_distinctiveness_changes_the_shape_alone():
    own, anti = draw_identity(1, 7), draw_identity(1, 7, -1.0)
    for name in ("female", "ancestry", "skin", "iris", "hair", "age", "texture"):
        assert getattr(own, name) == getattr(anti, name)
