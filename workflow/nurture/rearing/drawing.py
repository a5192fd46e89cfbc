"""How a category of objects is drawn, and how its exemplars vary.

What a draw picks is the category's alone; what it measures is the category's, give or take a
tenth in each exemplar.
"""

from collections.abc import Callable

import numpy as np

from nurture.rearing.shapes import (
    Part,
    ball,
    block,
    creased,
    lathe,
    lobed_section,
    polygon,
    ring,
    round_section,
    sharp_section,
    smooth,
    square,
)

VARIATION = 0.11
"""Standard deviation of an exemplar's sizes about its category's, as a share."""
BEND = 5.0
"""Standard deviation of an exemplar's angles about its category's, in degrees."""


class Draw:
    """Random choices of a category, and an exemplar's deviations from them."""

    def __init__(self, rank: int, category: np.random.Generator, exemplar: np.random.Generator):
        self.rank, self.category, self.exemplar = rank, category, exemplar

    def kind(self, *options):
        """Take the options in turn from one category of a family to the next."""
        return options[self.rank % len(options)]

    def pick(self, *options):
        """One of the options, the same in all exemplars."""
        return options[self.category.integers(len(options))]

    def chance(self, share: float) -> bool:
        """Return True in a `share` of categories."""
        return bool(self.category.random() < share)

    def _deviation(self) -> float:
        return float(np.clip(self.exemplar.normal(), -2, 2))

    def size(self, low: float, high: float) -> float:
        """Draw a length or ratio."""
        return self.category.uniform(low, high) * float(np.exp(VARIATION * self._deviation()))

    def angle(self, low: float, high: float) -> float:
        """Draw an angle in degrees."""
        return self.category.uniform(low, high) + BEND * self._deviation()

    def outline(self, *kinds: str) -> np.ndarray:
        """Draw one of these outlines, of radius 1."""
        return OUTLINES[self.pick(*kinds)](self)

    def section(self, *more: str) -> np.ndarray:
        """Draw a plain outline, or one of these."""
        return self.outline("round", "square", "triangle", "hexagon", *more)


OUTLINES: dict[str, Callable[[Draw], np.ndarray]] = {
    "round": lambda draw: round_section(n=24),
    "square": lambda draw: square(),
    "triangle": lambda draw: polygon(3),
    "hexagon": lambda draw: polygon(6),
    "star": lambda draw: polygon(draw.pick(4, 5, 6, 8), draw.size(0.38, 0.5)),
    "gear": lambda draw: polygon(draw.pick(6, 8, 11), draw.size(0.68, 0.78), teeth=True),
    "flower": lambda draw: lobed_section(draw.pick(3, 4, 5, 6), draw.size(0.2, 0.4)),
    "cross": lambda draw: _cross(draw.size(0.25, 0.4)),
    "heart": lambda draw: _heart(),
    "tee": lambda draw: _tee(draw.size(0.2, 0.35)),
    "oval": lambda draw: round_section(n=24) * [1, draw.size(0.35, 0.55)],
    "plank": lambda draw: square() * [1, draw.size(0.12, 0.3)],
}
FANCY = ("star", "gear", "flower", "cross", "heart", "tee")


def _cross(arm: float) -> np.ndarray:
    quarter = np.array([[1, -arm], [1, arm], [arm, arm]])
    turns = [np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]) for t in _around(4)]
    return sharp_section(np.concatenate([quarter @ turn.T for turn in turns]))


def _tee(arm: float) -> np.ndarray:
    right = [[arm, -1], [arm, 0.4], [1, 0.4], [1, 1]]
    left = [[-x, z] for x, z in right[::-1]]
    return sharp_section(np.array(right + left))


def _heart() -> np.ndarray:
    t = np.linspace(0.02, 2 * np.pi - 0.02, 40)
    x = 16 * np.sin(t) ** 3
    z = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([x, z], axis=1) / 16


def _around(n: int, start: float = 0.0) -> np.ndarray:
    """Angles evenly around the circle, in radians."""
    return np.radians(start) + 2 * np.pi * np.arange(n) / n


def circle(n: int, radius: float, height: float, start: float = 0.0) -> np.ndarray:
    """Points evenly around the upright axis, shape (n, 3)."""
    turn = _around(n, start)
    return np.stack([radius * np.sin(turn), np.full(n, height), radius * np.cos(turn)], axis=1)


def piece(draw: Draw, size: float, kinds: tuple[str, ...] = ()) -> Part:
    """Draw a small solid of radius about `size`, as an end or a bead."""
    default = ("ball", "cube", "cone", "disc", "ring", "drop", "star", "octahedron", "egg")
    kind = draw.pick(*(kinds or default))
    flat = size * draw.size(0.25, 0.4)
    if kind == "cube":
        return block(size=0.75 * size)
    if kind == "octahedron":
        return ball(size=1.15 * size, power=(1.0, 1.0), n=12)
    if kind == "cone":
        return lathe(round_section(n=20), *creased([(size, -0.8 * size), (0, size)]))
    if kind == "drop":
        knots = [(0, -0.8), (0.55, -0.6), (0.8, -0.1), (0.4, 0.6), (0.05, 1.3)]
        return lathe(round_section(n=18), *(size * axis for axis in smooth(knots, 16)))
    if kind == "disc":
        return lathe(round_section(n=24), [1.15 * size] * 2, [-flat, flat])
    if kind == "star":
        return lathe(polygon(draw.pick(4, 5, 7), 0.5), [1.25 * size] * 2, [-flat, flat])
    if kind == "ring":
        return ring(radius=0.85 * size, thickness=0.32 * size)
    return ball(size=[0.7 * size, 1.2 * size, 0.7 * size] if kind == "egg" else size)
