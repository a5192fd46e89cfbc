"""What is before the camera in one stimulus: the posed head, its paint and the lamp."""

from dataclasses import replace

import numpy as np
import warp as wp

from nurture.core.luminance import LUMINANCE
from nurture.stimuli.rendered.action_units import SHAPES, unit_intensities
from nurture.stimuli.rendered.identity import Identity
from nurture.stimuli.rendered.model import head_model
from nurture.stimuli.rendered.paint import Paint
from nurture.stimuli.rendered.recipes import Recipes, shape_offsets

BACKGROUND = (0.18, 0.18, 0.18)
"""Linear grey behind the head, as a photographer's."""

EXPOSED = 0.38
"""Skin reflectance for which the lamp is set; for darker skin a photographer gives more light."""

PIVOT = np.array([0.0, -0.2, -0.45])
"""Centre of head rotation, in eye-to-chin distances from between the eyes."""

GAZE_DEGREES = {"Out": 15.4, "In": 15.8, "Up": 10.1, "Down": 11.7}
"""Turn of the base head's eye globes at weight 1 of each ``eyeLook`` shape."""

CREASES = {
    "frown": "browDownLeft",
    "sneer": "noseSneerLeft",
    "raised": "browInnerUp",
    "fold": "mouthUpperUpLeft",
}
"""Shape that drives each of the skin's painted expression lines, too fine for the mesh."""


def scene(person: Identity, row: tuple, recipes: Recipes) -> tuple[np.ndarray, Paint, np.ndarray]:
    """Set up one stimulus, of a person and a row of labels (`nurture.stimuli.rendered.design`).

    Returns
    -------
    points : numpy.ndarray, shape (n_vertices, 3)
        The head's vertices in eye-to-chin distances, from between the neutral head's eyes, so
        that an expression moves the face and not the camera.
    paint : Paint
    lamp : numpy.ndarray, shape (3,)
        Unit vector to the key light.
    """
    weights = _units(row, recipes) @ recipes.shapes + _gaze_weights(row.gaze_x, row.gaze_y)
    moved = person.points + np.tensordot(weights.astype("float32"), shape_offsets(), axes=1)
    points = _pose(_aligned(moved, person.points), row.yaw, row.pitch)
    lamp = lamp_at(row.light_azimuth, row.light_elevation)
    return points, _paint(_in_skin(person, row.skin), points, lamp, weights), lamp


def _units(row: tuple, recipes: Recipes) -> np.ndarray:
    shown = (row.expression, row.continuum, row.level, row.intensity)
    return unit_intensities(*shown, recipes.expressions)


def looks(row: tuple, recipes: Recipes) -> bytes:
    """Return what is the same for stimuli whose images are, as the ends that continua share."""
    names = ("identity", "distinctiveness", "yaw", "pitch", "light_azimuth", "light_elevation")
    others = [getattr(row, name) for name in (*names, "gaze_x", "gaze_y", "skin")]
    return np.array([*others, *_units(row, recipes)], float).tobytes()


def lamp_at(azimuth: float, elevation: float) -> np.ndarray:
    """Point to a lamp from its angles in degrees, 0 in front and level: a unit vector."""
    azimuth, elevation = np.radians([azimuth, elevation])
    level = np.cos(elevation)
    return np.array([np.sin(azimuth) * level, np.sin(elevation), np.cos(azimuth) * level])


def _in_skin(person: Identity, reflectance: float) -> Identity:
    """Give the person skin and lips of another reflectance; as drawn where it is NaN."""
    if np.isnan(reflectance):
        return person
    factor = reflectance / np.dot(LUMINANCE, person.skin)
    skin, lips = (tuple(np.minimum(factor * np.array(c), 1)) for c in (person.skin, person.lips))
    return replace(person, skin=skin, lips=lips)


def _gaze_weights(x: float, y: float) -> np.ndarray:
    """Weights of the eyes' shapes for a gaze of `x` degrees to the head's left and `y` up."""
    weights = np.zeros(len(SHAPES))
    turns = [("Out", "Left", x), ("In", "Right", x), ("In", "Left", -x), ("Out", "Right", -x)]
    turns += [("Up", "Left", y), ("Up", "Right", y), ("Down", "Left", -y), ("Down", "Right", -y)]
    for way, side, angle in turns:
        shape = SHAPES.index(f"eyeLook{way}{side}")
        weights[shape] = max(angle, 0.0) / GAZE_DEGREES[way]
    return weights


def _eye_centres(points: np.ndarray) -> np.ndarray:
    return np.array([points[eye].mean(axis=0) for eye in head_model().eyes], dtype="float64")


def _aligned(points: np.ndarray, neutral: np.ndarray) -> np.ndarray:
    """Points from between the neutral head's eyes, in its eye-to-chin distances."""
    middle = _eye_centres(neutral).mean(axis=0)
    return (points - middle) / np.linalg.norm(neutral[head_model().chin] - middle)


def _pose(points: np.ndarray, yaw: float, pitch: float) -> np.ndarray:
    """Turn the head: positive yaw to its left, positive pitch up."""
    (sy, sp), (cy, cp) = np.sin(np.radians([yaw, pitch])), np.cos(np.radians([yaw, pitch]))
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    return (points - PIVOT) @ (turn @ nod).T + PIVOT


def _paint(person: Identity, points: np.ndarray, lamp: np.ndarray, weights: np.ndarray) -> Paint:
    paint = Paint()
    for name in ("skin", "lips", "iris", "hair"):
        setattr(paint, name, wp.vec3(*getattr(person, name)))
    for name in ("brow_width", "brow_density", "stubble", "age", "texture"):
        setattr(paint, name, float(getattr(person, name)))
    paint.background = wp.vec3(*BACKGROUND)
    brightness = float(np.dot(LUMINANCE, person.skin))
    paint.exposure = max((EXPOSED / brightness) ** 0.45, 1.0)
    paint.light = wp.vec3(*lamp)
    paint.eye_left, paint.eye_right = (wp.vec3(*eye) for eye in _eye_centres(points))
    base = _eye_centres(head_model().points)
    paint.base_eye_left, paint.base_eye_right = (wp.vec3(*eye) for eye in base)
    for name, shape in CREASES.items():
        setattr(paint, name, float(min(weights[SHAPES.index(shape)], 1.5)))
    return paint
