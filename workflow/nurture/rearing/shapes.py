"""Surfaces of which objects are made: sections turned on a lathe or swept along a path.

A part is its vertices, shape (n, 3), and its triangles, shape (m, 3). Where a surface has an edge
its vertices lie there twice, so that normals averaged at vertices keep the edge sharp.
"""

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.spatial.transform import Rotation

Part = tuple[np.ndarray, np.ndarray]


def round_section(power: float = 2.0, n: int = 28) -> np.ndarray:
    """Superellipse of radius 1: a circle at power 2, nearly a square at 8, a star below 1."""
    angle = 2 * np.pi * np.arange(n) / n
    both = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.sign(both) * np.abs(both) ** (2 / power)


def lobed_section(lobes: int, depth: float) -> np.ndarray:
    """Flower of `lobes` petals, `depth` deep."""
    angle = 2 * np.pi * np.arange(8 * lobes) / (8 * lobes)
    radius = (1 + depth * np.cos(lobes * angle)) / (1 + depth)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def sharp_section(corners: np.ndarray) -> np.ndarray:
    """Polygon with an edge at every corner."""
    return np.repeat(np.asarray(corners, dtype="float64"), 2, axis=0)


def polygon(sides: int, inner: float | None = None, teeth: bool = False) -> np.ndarray:
    """Regular polygon; a star when `inner`, the inner radius, is given; a gear with `teeth`."""
    radii = np.ones(sides) if inner is None else np.tile([1.0, inner], sides)
    if teeth:
        radii = np.tile([1.0, 1.0, inner, inner], sides)
    # The first side stands upright to the first axis, so a square's sides follow the axes.
    angle = 2 * np.pi * (np.arange(len(radii)) + 0.5) / len(radii)
    return sharp_section(radii[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1))


def finer(section: np.ndarray) -> np.ndarray:
    """Cut each side of a section in three, for sides that are to be twisted."""
    share = np.arange(3)[:, None] / 3
    ahead = np.roll(section, -1, axis=0)
    return (section[:, None] + share * (ahead - section)[:, None]).reshape(-1, 2)


def square() -> np.ndarray:
    """Square whose sides reach 1."""
    return polygon(4) * np.sqrt(2)


def lathe(section: np.ndarray, radii: np.ndarray, heights: np.ndarray, twist: float = 0.0) -> Part:
    """Stack `section` along the second axis, at `heights` and scaled by `radii`.

    The ends are closed with flat caps. `twist` is the turn from end to end in degrees.
    """
    radii, heights = np.asarray(radii, dtype="float64"), np.asarray(heights, dtype="float64")
    turn = np.radians(twist) * (heights - heights.min()) / np.ptp(heights)
    radii, heights, turn = _capped(radii, heights, turn)
    x, z = section.T
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    across, along = x * cos - z * sin, x * sin + z * cos
    grid = [across * radii[:, None], np.broadcast_to(heights[:, None], across.shape)]
    return _grid(np.stack([*grid, along * radii[:, None]], axis=2))


def _capped(radii: np.ndarray, *others: np.ndarray) -> list[np.ndarray]:
    """Begin and end with a ring of no radius; the rim is there twice, for its edge."""
    n = len(radii)
    order = np.concatenate([[0, 0], np.arange(n), [n - 1, n - 1]])
    scale = radii[order].copy()
    scale[0] = scale[-1] = 0
    return [scale, *(other[order] for other in others)]


def creased(knots: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Radii and heights of a profile with an edge at every knot."""
    return tuple(np.repeat(np.asarray(knots, dtype="float64"), 2, axis=0).T)


def smooth(knots: list[tuple[float, float]], n: int = 28) -> tuple[np.ndarray, np.ndarray]:
    """Radii and heights of a smooth profile through `knots`, evenly spaced along it."""
    knots = np.asarray(knots, dtype="float64")
    way = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    return tuple(PchipInterpolator(way, knots)(np.linspace(0, way[-1], n)).T)


def sweep(
    section: np.ndarray,
    path: np.ndarray,
    radii: np.ndarray | float,
    up: tuple[float, float, float] = (0, 0, 1),
    closed: bool = False,
) -> Part:
    """Draw `section` along `path`, shape (n, 3), that is nowhere parallel to `up`."""
    path = np.asarray(path, dtype="float64")
    radii = np.broadcast_to(np.asarray(radii, dtype="float64"), len(path))
    ahead = np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0)
    side = np.cross(np.asarray(up, dtype="float64"), ahead)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    over = np.cross(ahead, side)
    over /= np.linalg.norm(over, axis=1, keepdims=True)
    if not closed:
        radii, path, side, over = _capped(radii, path, side, over)
    across, along = radii[:, None] * section[:, 0], radii[:, None] * section[:, 1]
    grid = across[..., None] * side[:, None] + along[..., None] * over[:, None]
    return _grid(path[:, None] + grid, closed)


def _grid(points: np.ndarray, closed: bool = False) -> Part:
    """Triangulate rings of points, shape (n_rings, n_around, 3)."""
    rings, around = points.shape[:2]
    index = np.arange(rings * around).reshape(rings, around)
    if closed:
        index = np.concatenate([index, index[:1]])
    a, b = index[:-1], index[1:]
    c, d = np.roll(b, -1, axis=1), np.roll(a, -1, axis=1)
    triangles = np.stack([np.stack([a, b, c], axis=-1), np.stack([a, c, d], axis=-1)])
    return points.reshape(-1, 3), triangles.reshape(-1, 3)


def placed(
    part: Part,
    move: tuple[float, float, float] = (0, 0, 0),
    size: tuple[float, float, float] | float = 1.0,
    turn: tuple[float, float, float] = (0, 0, 0),
) -> Part:
    """Scale a part, turn it about the three axes in their order (degrees), and move it."""
    points = part[0] * np.asarray(size, dtype="float64")
    if any(turn):
        points = points @ Rotation.from_euler("xyz", turn, degrees=True).as_matrix().T
    return points + np.asarray(move, dtype="float64"), part[1]


def along(part: Part, start: np.ndarray, way: np.ndarray) -> Part:
    """Turn a part so that its second axis points `way`, and move its origin to `start`."""
    way = np.asarray(way, dtype="float64") / np.linalg.norm(way)
    helper = np.array([1.0, 0, 0]) if abs(way[0]) < 0.7 else np.array([0, 0, 1.0])
    side = np.cross(way, helper)
    side /= np.linalg.norm(side)
    return part[0] @ np.stack([np.cross(way, side), way, side]) + start, part[1]


def bar(
    start: tuple[float, float, float],
    end: tuple[float, float, float],
    radius: float,
    end_radius: float | None = None,
    section: np.ndarray | None = None,
) -> Part:
    """Straight bar or cone from `start` to `end`."""
    start, end = np.asarray(start, dtype="float64"), np.asarray(end, dtype="float64")
    section = round_section(n=16) if section is None else section
    radii = [radius, radius if end_radius is None else end_radius]
    return along(lathe(section, radii, [0, np.linalg.norm(end - start)]), start, end - start)


def ball(
    centre: tuple[float, float, float] = (0, 0, 0),
    size: tuple[float, float, float] | float = 1.0,
    power: tuple[float, float] = (2.0, 2.0),
    n: int = 22,
) -> Part:
    """Superellipsoid; `power` is that of the horizontal section and of the profile.

    A. H. Barr, Superquadrics and angle-preserving transformations, IEEE Computer Graphics and
    Applications 1 (1981) 11-23.
    """
    angle = np.pi * (np.arange(n // 2 + 1) / (n // 2) - 0.5)
    radii = np.clip(np.cos(angle), 0, 1) ** (2 / power[1])
    radii[[0, -1]] = 0
    heights = np.sign(angle) * np.abs(np.sin(angle)) ** (2 / power[1])
    return placed(lathe(round_section(power[0], n), radii, heights), centre, size)


def block(
    centre: tuple[float, float, float] = (0, 0, 0),
    size: tuple[float, float, float] | float = 1.0,
    taper: float = 1.0,
) -> Part:
    """Box of half-lengths `size` whose top is `taper` as wide as its foot."""
    return placed(lathe(square(), [1, taper], [-1, 1]), centre, size)


def ring(
    centre: tuple[float, float, float] = (0, 0, 0),
    radius: float = 1.0,
    thickness: float = 0.2,
    section: np.ndarray | None = None,
    sweep_degrees: float = 360.0,
    power: float = 2.0,
) -> Part:
    """Ring, or an arc of one from the first axis on, in the plane of the first two axes."""
    closed = sweep_degrees >= 360
    angle = np.radians(sweep_degrees) * np.linspace(0, 1, 36, endpoint=not closed)
    both = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    both = radius * np.sign(both) * np.abs(both) ** (2 / power)
    path = np.concatenate([both, np.zeros((36, 1))], axis=1) + np.asarray(centre)
    section = round_section(n=14) if section is None else section
    return sweep(section, path, thickness, closed=closed)


def joined(parts: list[Part]) -> Part:
    """Put parts together; triangles without area go."""
    starts = np.cumsum([0] + [len(points) for points, _ in parts[:-1]])
    points = np.concatenate([points for points, _ in parts])
    triangles = np.concatenate([t + start for (_, t), start in zip(parts, starts, strict=True)])
    a, b, c = np.moveaxis(points[triangles], 1, 0)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    return points, triangles[area > 1e-9]
