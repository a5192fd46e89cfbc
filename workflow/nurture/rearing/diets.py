"""Diets: what a reared network sees, drawn on the fly from seeds and never stored.

Every diet shows the same number of classes under the same views and lights, in the look of the
experiment's stimuli: grey, cut out on black, with equal mean and contrast. View `i` of class `k`
has the same turn, light, distance and place in the frame in every diet, and the neutral diet shows
the identities of the face diet without their expressions: nothing but the diet differs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import warp as wp

from nurture.core.expressions import EXPRESSIONS, NEUTRAL, NONE
from nurture.core.progress import progress
from nurture.rearing.object_rendering import ObjectRenderer
from nurture.rearing.objects import draw_object, turned
from nurture.stimuli.look import apply_look
from nurture.stimuli.rendered.identity import draw_identity
from nurture.stimuli.rendered.recipes import Recipes
from nurture.stimuli.rendered.rendering import Renderer, start_warp
from nurture.stimuli.rendered.scene import lamp_at, scene

DIETS = {
    "faces": ("face",),
    "neutral": ("neutral face",),
    "objects": ("object",),
    "both": ("face", "object"),
}
"""What each diet shows, in equal parts."""

YAW, PITCH, GAZE, LIGHT, ELEVATION = 25.0, 12.0, 15.0, 50.0, (10.0, 60.0)
"""Largest angles either way in degrees, and lowest and highest of the key light."""
DISTANCE, SHIFT = (0.9, 1.1), 0.05
"""Nearest and furthest, in distances of the experiment's stimuli; place, in eye-to-chin ones."""
HELD_OUT, LAST = 1_000_000, 2_000_000
"""First views that decide when rearing stops, and first views that prove what came of it."""
PARTS = 5
"""Most action units of a random expression."""

Drawn = tuple[np.ndarray, np.ndarray]
"""An image, and where in it something is."""


@dataclass(frozen=True)
class View:
    """How something is seen; angles in degrees, see `YAW` and its neighbours."""

    yaw: float
    pitch: float
    light_azimuth: float
    light_elevation: float
    gaze_x: float
    gaze_y: float
    size: float
    x: float
    y: float


def draw_view(seed: int, number: int, view: int) -> View:
    """Draw a view of a class, both by their numbers, the same for whatever is seen."""
    draw = np.random.default_rng([seed, number, view, 0]).uniform(-1, 1, 9)
    nearest, furthest = DISTANCE
    low, high = ELEVATION
    return View(
        yaw=YAW * draw[0],
        pitch=PITCH * draw[1],
        light_azimuth=LIGHT * draw[2],
        light_elevation=(low + high) / 2 + (high - low) / 2 * draw[3],
        gaze_x=GAZE * draw[4],
        gaze_y=GAZE / 2 * draw[5],
        size=1 / ((nearest + furthest) / 2 + (furthest - nearest) / 2 * draw[6]),
        x=SHIFT * draw[7],
        y=SHIFT * draw[8],
    )


def draw_expression(seed: int, number: int, view: int, recipes: Recipes) -> np.ndarray:
    """Draw what a face of the diet of faces does: a third each is neutral, basic, or random.

    Random ones are of up to `PARTS` of the action units of the six basic expressions. Intensity of
    each action unit, shape (n_units,), from numbers as of `draw_view`. It is no label: no network
    is given it.
    """
    random = np.random.default_rng([seed, number, view, 1])
    kind = random.integers(3)
    if kind == 0:
        return recipes.expressions[NEUTRAL]
    if kind == 1:
        name = EXPRESSIONS[random.integers(len(EXPRESSIONS))]
        return random.uniform(0.3, 1) * recipes.expressions[name]
    basic = np.array([recipes.expressions[name] for name in EXPRESSIONS])
    used = np.flatnonzero(basic.any(axis=0))
    chosen = random.choice(used, random.integers(1, PARTS + 1), replace=False)
    units = np.zeros(basic.shape[1])
    units[chosen] = random.uniform(0.2, 1, chosen.size) * basic[:, chosen].max(axis=0)
    return units


def classes(diet: str, count: int, first: int = 0) -> list[tuple[str, int]]:
    """Classes of one of the `DIETS`, each what it shows and its number.

    There are `count` in all, from the number `first` on; those of other numbers are other
    identities and other objects.
    """
    shown = DIETS[diet]
    return [(shown[i % len(shown)], first + i // len(shown)) for i in range(count)]


class Studio:
    """Draws the images of diets, in so many pixels' height and width.

    The seed is that of the identities, the objects and their views; for the Warp device and the
    folder of its kernels see `nurture.stimuli.rendered.rendering.render`.
    """

    def __init__(
        self,
        recipes: Recipes,
        seed: int,
        size: int,
        device: str = "cpu",
        kernels: str | Path | None = None,
    ):
        start_warp(device, kernels)
        self.recipes, self.seed, self.size = recipes, seed, size
        self._head = lru_cache(maxsize=1)(lambda: Renderer(size, device))
        self._objects = lru_cache(maxsize=1)(lambda: ObjectRenderer(size, device))
        self._person = lru_cache(maxsize=512)(lambda number: draw_identity(seed, number))

    def image(self, shown: str, number: int, view: int) -> np.ndarray:
        """Draw one view of one class by their numbers, uint8 of shape (size, size).

        Shown is a ``face``, ``neutral face`` or ``object``; a view of an object is an exemplar too.
        """
        seen = draw_view(self.seed, number, view)
        draw = self._object if shown == "object" else self._face
        image, mask = draw(shown, number, view, seen)
        return apply_look(image[None], mask[None], "paper")[0, :, :, 0]

    def _face(self, shown: str, number: int, view: int, seen: View) -> Drawn:
        units = self.recipes.expressions[NEUTRAL]
        if shown == "face":
            units = draw_expression(self.seed, number, view, self.recipes)
        drawn = replace(self.recipes, expressions={NEUTRAL: 0 * units, "drawn": units})
        points, paint, lamp = scene(self._person(number), _labels(seen), drawn)
        points = _placed(points, seen)
        for eye in ("eye_left", "eye_right"):
            setattr(paint, eye, wp.vec3(*_placed(np.array(getattr(paint, eye)), seen)))
        return self._head().image(points, paint, lamp)

    def _object(self, _shown: str, number: int, view: int, seen: View) -> Drawn:
        solid = draw_object(self.seed, number, view)
        points = _placed(turned(solid.points, seen.yaw, seen.pitch), seen)
        lamp = lamp_at(seen.light_azimuth, seen.light_elevation)
        return self._objects().image(points, solid, lamp)


def _labels(seen: View) -> SimpleNamespace:
    """Labels of a stimulus that shows the drawn expression in this view."""
    shown = {"expression": "drawn", "continuum": NONE, "level": np.nan, "intensity": 1.0}
    return SimpleNamespace(**shown, **vars(seen), skin=np.nan)


def _placed(points: np.ndarray, seen: View) -> np.ndarray:
    return seen.size * points + [seen.x, seen.y, 0]


def draw_images(
    studio: Studio, shown: Sequence[tuple[str, int]], views: Sequence[int], what: str = "images"
) -> tuple[np.ndarray, np.ndarray]:
    """Draw views, by their numbers, of what `classes` returns; `what` is what progress calls them.

    Returns
    -------
    images : numpy.ndarray of uint8, shape (n_classes * n_views, size, size)
    labels : numpy.ndarray of int64, shape (n_classes * n_views,)
        Place of each image's class in `shown`.
    """
    pairs = [(label, *named, view) for view in views for label, named in enumerate(shown)]
    frames = (studio.image(*pair[1:]) for pair in pairs)
    images = np.empty((len(pairs), studio.size, studio.size), dtype="uint8")
    for image, frame in zip(images, progress(frames, len(pairs), what), strict=True):
        image[:] = frame
    return images, np.array([pair[0] for pair in pairs])
