"""Objects by the hundred: categories of solids, each with as many exemplars as are wanted.

A category is drawn from its number: its family (`standing_objects` and `free_objects`), then the
structure within it. An exemplar varies the category's proportions, bends and positions. All are
parametric; none is a scan or a model made by anybody.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from nurture.rearing.drawing import Draw
from nurture.rearing.free_objects import FREE
from nurture.rearing.shapes import joined
from nurture.rearing.standing_objects import STANDING

# In turn, so that a few categories are as varied as many.
_PAIRS = zip(STANDING, FREE, strict=False)
FAMILIES = tuple(family for pair in _PAIRS for family in pair) + STANDING[len(FREE) :]

CENTRE = np.array([0.0, -0.24, -0.3])
"""Where a solid's centre is, in eye-to-chin distances from between the eyes of a face that would
be there: in the middle of the frame."""
SPREAD = 0.72
"""Root mean square distance of a solid's surface from its centre, in eye-to-chin distances."""
REACH = 1.0
"""Largest distance of a solid's surface from its centre."""


@dataclass(frozen=True)
class Solid:
    """An object: its surface and its paint."""

    points: np.ndarray
    """float32, shape (n_vertices, 3); eye-to-chin distances from between a face's eyes."""
    triangles: np.ndarray
    """int32, shape (n_triangles, 3)."""
    reflectance: float
    """Share of the light that its paint returns."""
    texture: float
    """Which of the mottled patterns its paint has."""
    grain: float
    """Patches of the pattern per eye-to-chin distance."""
    mottle: float
    """Strength of the pattern."""


def draw_object(seed: int, category: int, exemplar: int) -> Solid:
    """Draw one object, centred on `CENTRE` and as large as a face before the camera.

    The seed is that of the population of categories; category and exemplar are numbers from 0. The
    same numbers give the same object, whatever else is drawn.
    """
    # The last number keeps these streams apart from each other and from those of the views.
    structure = np.random.default_rng([seed, category, 0, 3])
    variation = np.random.default_rng([seed, category, exemplar, 2])
    rank, which = divmod(category, len(FAMILIES))
    draw, family = Draw(rank, structure, variation), FAMILIES[which]
    stance = _stance(draw, stands=family not in FREE)
    points, triangles = joined(family(draw))
    points = _normalised(points, triangles) @ stance.T + CENTRE
    return Solid(
        points=points.astype("float32"),
        triangles=triangles.astype("int32"),
        reflectance=float(variation.uniform(0.15, 0.6)),
        texture=float(variation.uniform(0, 100)),
        grain=float(variation.uniform(1.5, 6)),
        mottle=float(variation.uniform(0.05, 0.3)),
    )


def turned(points: np.ndarray, yaw: float, pitch: float) -> np.ndarray:
    """Turn an object's points, shape (n_vertices, 3), about `CENTRE` as heads are turned.

    In degrees: positive yaw to its left, positive pitch up.
    """
    return (points - CENTRE) @ _rotation("YX", yaw, -pitch).T + CENTRE


def _stance(draw: Draw, stands: bool) -> np.ndarray:
    """Rotation in which a category is seen from the front.

    Standing objects are seen a little from above; free ones lie as the category has them.
    """
    if stands:
        return _rotation("XY", draw.angle(10, 28), draw.angle(-35, 35))
    return _rotation("XYZ", draw.angle(-30, 30), draw.angle(-35, 35), draw.angle(-90, 90))


def _rotation(axes: str, *degrees: float) -> np.ndarray:
    return Rotation.from_euler(axes, degrees, degrees=True).as_matrix()


def _normalised(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Centre the points' bounding box and scale them to `SPREAD`, or to `REACH` if that is less."""
    points = points - (points.min(axis=0) + points.max(axis=0)) / 2
    a, b, c = np.moveaxis(points[triangles], 1, 0)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    square = (((a + b + c) / 3) ** 2).sum(axis=1)
    spread = np.sqrt((area * square).sum() / area.sum())
    reach = np.linalg.norm(points, axis=1).max()
    return points * min(SPREAD / spread, REACH / reach)
