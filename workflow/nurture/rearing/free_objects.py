"""Families of objects that lie as they fall: solids, rings, springs, tools and the like.

Each is a function of a `Draw` and returns the parts of an object.
"""

from functools import partial
from itertools import pairwise

import numpy as np

from nurture.rearing.drawing import Draw, circle, piece
from nurture.rearing.shapes import (
    Part,
    along,
    ball,
    bar,
    block,
    finer,
    lathe,
    placed,
    polygon,
    ring,
    round_section,
    sharp_section,
    square,
    sweep,
)


def quadric(draw: Draw) -> list[Part]:
    """Superquadric, stretched, tapered and bent."""
    power = (draw.pick(0.75, 2.0, 9.0), draw.pick(0.75, 1.1, 2.0, 9.0))
    points, triangles = ball(power=power, n=44)
    stretch = draw.kind((1, 1, 1), (1, 0.4, 1), (0.45, 1.1, 0.45), (1, 0.7, 0.4), (0.4, 1, 0.9))
    points = points * stretch * [draw.size(0.9, 1.1), draw.size(0.9, 1.1), 1]
    height = points[:, 1:2]
    points[:, [0, 2]] *= 1 + draw.pick(0.0, 0.0, 0.6, -0.6) * height
    points[:, :1] += draw.pick(0.0, 0.0, 0.7) * draw.size(0.8, 1.2) * height**2
    return [(points, triangles)]


def toroid(draw: Draw) -> list[Part]:
    """Supertoroids: rings of many outlines and sections, single, linked, or nested."""
    section = draw.section("star", "plank", "oval")
    power = draw.pick(0.8, 2.0, 8.0)
    thick = draw.size(0.14, 0.42)
    first = ring(thickness=thick, section=section, power=power)
    first = placed(first, size=(1, draw.size(0.6, 1.0), 1))
    kind = draw.kind("one", "linked", "stack", "crossed", "lumpy", "one")
    if kind == "linked":
        return [first, placed(first, move=(1.1, 0, 0), turn=(90, 0, 0))]
    if kind == "stack":
        shrink = draw.size(0.6, 0.75)
        high = 2.0 * thick
        return [first, placed(first, (0, 0, high), shrink), placed(first, (0, 0, -high), shrink)]
    if kind == "crossed":
        return [first, placed(first, turn=(90, 0, 0), size=0.97)]
    if kind == "lumpy":
        lumps = draw.pick(4, 6, 8)
        places = circle(lumps, 1.0, 0.0)[:, [0, 2, 1]]
        return [ring(thickness=0.5 * thick), *(ball(p, 0.8 * thick + 0.05, n=14) for p in places)]
    return [first]


def bolt(draw: Draw) -> list[Part]:
    """Head, shaft with thread, and nut or point."""
    shaft, length = draw.size(0.14, 0.3), draw.size(1.2, 1.8)
    head, high = draw.size(0.4, 0.65), draw.size(0.15, 0.35)
    outline = draw.outline("hexagon", "square", "round", "gear", "cross", "star")
    turns = draw.pick(6, 9, 13)
    zigzag = [(shaft * (1.3 if i % 2 else 0.9), length * i / (2 * turns)) for i in range(turns * 2)]
    parts = [lathe(round_section(n=22), *np.array(zigzag).T)]
    if draw.chance(0.5):
        parts.append(placed(lathe(outline, [head, head], [0, high]), (0, length, 0)))
    else:
        parts.append(ball((0, length, 0), (head, high * 1.6, head), n=18))
    end = draw.kind("point", "nut", "washer", "none", "eye")
    if end == "point":
        parts.append(bar((0, 0, 0), (0, -0.5, 0), shaft, 0.01))
    elif end in ("nut", "washer"):
        wide, at = head * (0.95 if end == "nut" else 1.2), length * draw.size(0.2, 0.5)
        thick = 0.3 if end == "nut" else 0.08
        parts.append(placed(lathe(polygon(6), [wide, wide], [0, thick]), (0, at, 0)))
    elif end == "eye":
        parts.append(ring((0, -0.3, 0), 0.35, 0.11))
    return parts


def twisted(draw: Draw) -> list[Part]:
    """Column of an edged outline, twisted."""
    section = draw.outline("square", "triangle", "plank", "star", "cross", "flower")
    section = finer(section) if len(section) < 24 else section
    levels = np.linspace(-1, 1, 36)
    kind = draw.kind("straight", "horn", "spindle", "waist")
    shape = {
        "straight": np.ones(36),
        "horn": 0.55 - 0.45 * levels,
        "spindle": np.cos(1.3 * levels),
        "waist": 0.45 + 0.55 * levels**2,
    }[kind]
    twist = draw.pick(-1, 1) * draw.pick(60, 150, 330) + draw.angle(-10, 10)
    high = draw.size(1.1, 1.6)
    parts = [lathe(section, draw.size(0.4, 0.75) * shape, high * levels, twist=twist)]
    if draw.chance(0.4):
        size = draw.size(0.35, 0.6)
        parts.append(placed(piece(draw, size), (0, high + 0.1, 0)))
    return parts


def tube(draw: Draw) -> list[Part]:
    """Bent tube in the plane: hook, S, U, arch, wave, horn or spiral."""
    t = np.linspace(0, 1, 48)
    kind = draw.kind("hook", "ess", "wave", "zigzag", "spiral", "arch", "horseshoe")
    bend = draw.size(0.85, 1.15)
    if kind == "hook":
        turn = np.maximum(t - 0.5, 0) * 2.2 * np.pi * bend
    elif kind == "ess":
        turn = np.where(t < 0.5, t, 1 - t) * 2.6 * np.pi * bend
    elif kind == "wave":
        turn = 1.2 * bend * np.sin(draw.pick(4, 6) * np.pi * t)
    elif kind == "zigzag":
        turn = 0.9 * bend * np.tanh(6 * np.sin(draw.pick(4, 6) * np.pi * t))
    elif kind == "spiral":
        turn = np.sqrt(t) * draw.pick(3.0, 4.5) * np.pi * bend
    else:
        turn = t * bend * np.pi * (0.9 if kind == "arch" else 1.5)
    path = np.cumsum(np.stack([np.sin(turn), np.cos(turn), 0 * t], axis=1), axis=0) / 12
    # A tube thicker than its tightest bend would fold into itself.
    thick = min(draw.size(0.14, 0.4), {"wave": 0.2, "zigzag": 0.15, "spiral": 0.22}.get(kind, 0.4))
    radius = thick * (1 - draw.pick(0.0, 0.0, 0.9) * t)
    parts = [sweep(draw.section("star", "plank", "oval"), path, radius)]
    if draw.chance(0.5):
        parts.append(placed(piece(draw, draw.size(0.35, 0.6)), path[0]))
    return parts


def spring(draw: Draw) -> list[Part]:
    """Helix, cylindrical, conical or barrelled, sometimes about a core or between plates."""
    turns = draw.pick(2, 3, 5, 7)
    t = np.linspace(0, 1, 22 * turns)
    kind = draw.kind("even", "cone", "barrel", "waist")
    shape = {
        "even": 1 + 0 * t,
        "cone": 1 - 0.8 * t,
        "barrel": 0.45 + 0.6 * np.sin(np.pi * t),
        "waist": 1.1 - 0.75 * np.sin(np.pi * t),
    }[kind]
    wide = draw.size(0.5, 0.9) * shape
    high, turn = draw.size(0.7, 1.4), 2 * np.pi * turns * t
    path = np.stack([wide * np.cos(turn), high * (2 * t - 1), wide * np.sin(turn)], axis=1)
    thick = min(draw.size(0.08, 0.28), 0.8 * high / turns)
    section = round_section(n=10) if draw.chance(0.6) else square()
    parts = [sweep(section, path, thick, up=(0, 1, 0))]
    core = draw.pick("none", "none", "rod", "plates", "ball")
    if core == "rod":
        parts.append(bar((0, -1.3 * high, 0), (0, 1.3 * high, 0), 0.14))
    elif core == "plates":
        parts += [block((0, y * (high + 0.1), 0), (0.8, 0.08, 0.8)) for y in (-1, 1)]
    elif core == "ball":
        parts.append(ball((0, high + 0.35, 0), 0.45, n=18))
    return parts


def dumbbell(draw: Draw) -> list[Part]:
    """Two ends, alike or not, joined by a bar with or without a middle."""
    length, thin = draw.size(0.6, 1.2), draw.size(0.08, 0.22)
    size = draw.size(0.35, 0.65)
    end = piece(draw, size)
    other = end if draw.chance(0.4) else piece(draw, draw.size(0.35, 0.65))
    section = draw.outline("round", "square", "triangle")
    parts = [bar((-length, 0, 0), (length, 0, 0), thin, section=section)]
    parts.append(along(end, (-length, 0, 0), (-1, 0, 0)))
    parts.append(along(other, (length, 0, 0), (1, 0, 0)))
    if draw.chance(0.5):
        parts.append(along(piece(draw, draw.size(0.25, 0.5)), (0, 0, 0), (1, 0, 0)))
    return parts


def jack(draw: Draw) -> list[Part]:
    """Arms from one point along axes, corners or a plane, with ends."""
    kind = draw.kind("axes", "tetra", "plane", "cube", "tripod")
    if kind == "axes":
        ways = np.concatenate([np.eye(3), -np.eye(3)])
    elif kind == "tetra":
        ways = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
    elif kind == "cube":
        ways = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) / 1.7
    elif kind == "plane":
        ways = circle(draw.pick(3, 5, 7), 1.0, 0.0)[:, [0, 2, 1]]
    else:
        ways = np.concatenate([circle(3, 0.8, -0.6), [[0, 1, 0]]])
    thick, tip = draw.size(0.08, 0.2), draw.pick(0.2, 1.0, 1.0)
    section = draw.outline("round", "square", "triangle")
    ends = draw.chance(0.65)
    end = piece(draw, draw.size(0.2, 0.36))
    parts = [placed(piece(draw, draw.size(0.2, 0.5), ("ball", "cube", "octahedron")))]
    for way in ways:
        reach = way * draw.size(0.95, 1.05)
        parts.append(bar((0, 0, 0), reach, thick, thick * tip, section))
        parts += [along(end, reach, way)] if ends else []
    return parts


def _hammer(draw: Draw, top: float, wide: float) -> list[Part]:
    head = draw.size(0.15, 0.3)
    section = draw.outline("round", "square", "hexagon")
    return [bar((-wide, top, 0), (wide, top, 0), head, section=section)]


def _axe(draw: Draw, top: float, wide: float) -> list[Part]:
    outline = sharp_section([(-0.1, -0.2), (0.9, -0.6), (0.9, 0.6), (-0.1, 0.2)])
    blade = lathe(outline, [1, 1], [-0.06, 0.06])
    sides = (0, 180)[: draw.pick(1, 2)]
    return [placed(blade, (0, top - 0.3, 0), 1.1 * wide + 0.3, (90, side, 0)) for side in sides]


def _tines(draw: Draw, top: float, wide: float, way: tuple[float, float, float]) -> list[Part]:
    starts = [np.array([x, top, 0]) for x in np.linspace(-wide, wide, draw.pick(2, 3, 4, 6)) * 0.93]
    tines = [bar(start, start + way, 0.07, 0.04) for start in starts]
    return [block((0, top, 0), (wide, 0.07, 0.07)), *tines]


_fork = partial(_tines, way=(0, 0.8, 0))
_rake = partial(_tines, way=(0, -0.15, 0.6))


def _spoon(draw: Draw, top: float, wide: float) -> list[Part]:
    shape = (wide * draw.pick(0.7, 1.0), wide, 0.15)
    return [ball((0, top + wide, 0), shape, draw.pick((2, 2), (8, 8)))]


def _spanner(draw: Draw, top: float, wide: float) -> list[Part]:
    jaw = ring(radius=0.8 * wide, thickness=0.17, section=square(), sweep_degrees=250)
    return [placed(jaw, (0, top + 0.8 * wide, 0), turn=(0, 0, 145))]


def _key(draw: Draw, top: float, wide: float) -> list[Part]:
    bits = [block((0.3, y, 0), (0.3, 0.08, 0.08)) for y in (0.1, 0.4)[: draw.pick(1, 2)]]
    return [ring((0, top + wide, 0), wide, 0.13, power=draw.pick(0.9, 2, 8)), *bits]


def _pickaxe(draw: Draw, top: float, wide: float) -> list[Part]:
    arc = ring(radius=0.7 + wide, thickness=0.11, sweep_degrees=110)
    return [placed(arc, (0, top - 0.7 - wide, 0), turn=(0, 0, 35))]


def tool(draw: Draw) -> list[Part]:
    """Handle with a head: hammer, axe, fork, spoon, spanner, rake, key."""
    long, thick = draw.size(1.0, 1.7), draw.size(0.07, 0.16)
    grip = draw.outline("round", "square", "hexagon")
    parts = [bar((0, 0, 0), (0, long, 0), thick, thick * draw.pick(0.7, 1.0, 1.5), grip)]
    head = draw.kind(_hammer, _axe, _fork, _spoon, _spanner, _rake, _key, _pickaxe)
    return parts + head(draw, long, draw.size(0.35, 0.65))


def craft(draw: Draw) -> list[Part]:
    """Aircraft, rockets and darts: fuselage, wings, tail."""
    thick, power = draw.size(0.15, 0.3), draw.pick(1.2, 2.0, 6.0)
    parts = [placed(ball(power=(2.0, power)), size=(thick, 1.1, thick))]
    n, span, root = draw.kind(2, 2, 3, 4), draw.size(0.6, 1.2), draw.size(0.2, 0.4)
    swept, at = draw.pick(-0.4, 0.0, 0.6), draw.size(0.05, 0.3)
    tip = draw.pick(0.15, 0.6, 1.0) * root
    corners = [(0, at - root), (span, at - swept - tip), (span, at - swept + tip), (0, at + root)]
    wing = placed(lathe(sharp_section(corners), [1, 1], [-0.035, 0.035]), turn=(-90, 0, 0))
    wing = wing[0] * [1, -1, 1], wing[1]
    parts += [placed(wing, turn=(0, turn, 0)) for turn in 360 * np.arange(n) / n]
    if draw.chance(0.6):
        tail = placed(wing, (0, -0.65, 0), draw.size(0.35, 0.5))
        parts += [placed(tail, turn=(0, turn, 0)) for turn in (0, 180, 90)]
    if draw.chance(0.4):
        pods = [(x * span * 0.6, at - 0.3 * swept, 0) for x in (-1, 1)]
        parts += [placed(ball(n=14), pod, (0.13, 0.35, 0.13)) for pod in pods]
    return parts


def chain(draw: Draw) -> list[Part]:
    """Beads along a curve, alike or growing."""
    n = draw.pick(5, 7, 9)
    t = np.linspace(0, 1, n)
    kind = draw.kind("arc", "wave", "helix", "line", "zigzag")
    bend = draw.size(0.8, 1.2)
    turn = {"arc": 3.6 * bend * t, "wave": 6.3 * t, "helix": 9 * bend * t}.get(kind, 0 * t)
    if kind == "arc":
        path = np.stack([np.cos(turn), np.sin(turn), 0 * t], axis=1)
    elif kind == "wave":
        path = np.stack([2 * t - 1, 0.5 * bend * np.sin(turn), 0 * t], axis=1)
    elif kind == "helix":
        path = np.stack([0.6 * np.cos(turn), 2 * t - 1, 0.6 * np.sin(turn)], axis=1)
    else:
        side = 0.35 * bend * (np.arange(n) % 2) if kind == "zigzag" else 0 * t
        path = np.stack([side, 2 * t - 1, 0 * t], axis=1)
    bead, grow = piece(draw, draw.size(1.1, 1.7) / n), draw.pick(0.0, 0.0, 0.6, -0.6)
    ways = np.gradient(path, axis=0)
    sizes = 1 + grow * (2 * t - 1)
    beads = [along(placed(bead, size=s), p, w) for s, p, w in zip(sizes, path, ways, strict=True)]
    joints = [bar(a, b, 0.07) for a, b in pairwise(path)]
    return beads + joints


FREE = (quadric, toroid, bolt, twisted, tube, spring, dumbbell, jack, tool, craft, chain)
