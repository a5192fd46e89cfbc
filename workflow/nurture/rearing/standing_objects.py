"""Families of objects that stand: furniture, vessels, buildings, plants and the like.

Each is a function of a `Draw` and returns the parts of an object.
"""

import numpy as np

from nurture.rearing.drawing import FANCY, Draw, circle, piece
from nurture.rearing.shapes import (
    Part,
    along,
    ball,
    bar,
    block,
    creased,
    finer,
    lathe,
    placed,
    ring,
    round_section,
    sharp_section,
    smooth,
    square,
    sweep,
)


def vase(draw: Draw) -> list[Part]:
    """Surface of revolution, or of a fluted outline, with a smooth profile."""
    widths = draw.kind("wnw", "nwn", "wwnw", "nnw", "nwnwn", "wnn", "nwwn", "wnwn", "nwnw", "mwmwm")
    ranges = {"n": (0.12, 0.35), "m": (0.4, 0.5), "w": (0.65, 1.0)}
    radii = [draw.size(*ranges[width]) for width in widths]
    heights = np.linspace(-1, 1, len(radii)) * draw.size(0.7, 1.7)
    section = draw.outline("round", "round", "flower", "square", "hexagon")
    twist = draw.pick(0, 0, 90)
    section = finer(section) if twist and len(section) < 24 else section
    body = [lathe(section, *smooth(list(zip(radii, heights, strict=True)), 30), twist=twist)]
    if draw.chance(0.35):
        half = draw.size(0.5, 0.7)
        for side in (-1, 1):
            handle = ring(radius=half * 0.7, thickness=0.09, sweep_degrees=180)
            handle = placed(handle, (side * 0.5, 0.1, 0), turn=(0, 0, -90 * side))
            body.append(handle)
    return body


def bottle(draw: Draw) -> list[Part]:
    """Body, shoulder, neck and stopper."""
    section = draw.outline("round", "round", "square", "hexagon", "oval")
    body, neck = draw.size(0.35, 0.75), draw.size(0.12, 0.25)
    tall, slope, throat = draw.size(0.4, 1.3), draw.size(0.1, 0.6), draw.size(0.15, 0.7)
    waist = draw.pick(1.0, 1.0, 0.65)
    levels = np.cumsum([0, tall / 2, tall / 2, slope, throat])
    radii = [body, waist * body, body, neck, neck]
    parts = [lathe(section, *creased(list(zip(radii, levels, strict=True))))]
    kind = draw.kind("none", "ball", "cap", "spray", "lip")
    top, cap = levels[-1], draw.size(1.3, 1.8) * neck
    if kind == "ball":
        parts.append(ball((0, top + cap * 0.8, 0), cap * 1.2, n=18))
    elif kind in ("cap", "lip"):
        high = 2.5 * cap if kind == "cap" else 0.4 * cap
        parts.append(lathe(round_section(), [cap, cap], [top, top + high]))
    elif kind == "spray":
        parts.append(bar((0, top, 0), (0, top + 0.3, 0), 0.08))
        parts.append(block((0.15, top + 0.35, 0), (0.32, 0.1, 0.12)))
    return parts


def table(draw: Draw) -> list[Part]:
    """Top on legs, or on a pedestal; some with a lower shelf."""
    outline = draw.outline("round", "square", "hexagon", "plank", "flower", "oval")
    high, thick = draw.size(0.5, 1.5), draw.size(0.05, 0.18)
    wide = draw.size(0.8, 1.1)
    parts = [placed(lathe(outline, [wide, wide], [0, 2 * thick]), (0, high, 0))]
    kind, leg = draw.kind("legs", "pedestal", "cross", "panel", "legs"), draw.size(0.05, 0.13)
    narrow = np.abs(outline[:, 1]).max()
    if kind == "pedestal":
        parts.append(bar((0, 0, 0), (0, high, 0), 2 * leg, leg))
        parts.append(bar((0, 0, 0), (0, 0.12, 0), draw.size(0.4, 0.65), 0.3))
    elif kind == "panel":
        deep = 0.7 * narrow * wide
        parts += [block((x * wide * 0.6, high / 2, 0), (leg, high / 2, deep)) for x in (-1, 1)]
    else:
        n, splay = draw.pick(3, 4, 6), draw.pick(0.8, 1.0, 1.4)
        tops = circle(n, 0.7 * wide, high, 45) * [1, 1, narrow]
        feet = tops * ([-1, 0, -1] if kind == "cross" else [splay, 0, splay])
        parts += [bar(foot, top, leg) for foot, top in zip(feet, tops, strict=True)]
    return parts


def chair(draw: Draw) -> list[Part]:
    """Seat, back, legs, and arms in some."""
    deep, high, thick = draw.size(0.4, 0.6), draw.size(0.3, 1.0), draw.size(0.05, 0.2)
    wide = draw.size(0.45, 1.0)
    parts = [block((0, high, 0), (wide, thick, deep))]
    if draw.chance(0.3):
        parts = [lathe(round_section(), [wide, wide], [high - thick, high + thick])]
    back = draw.size(0.4, 1.0)
    style = draw.kind("panel", "slats", "round", "rungs", "none")
    if style == "panel":
        panel = block((0, back, 0), (wide, back, 0.07), draw.pick(0.6, 1.0, 1.0))
        parts.append(placed(panel, (0, high, -deep), turn=(-draw.angle(4, 16), 0, 0)))
    elif style == "round":
        disc = placed(ball(n=24), size=(wide, back * 0.8, 0.1))
        parts.append(placed(disc, (0, high + back * 0.8, -deep)))
    elif style in ("slats", "rungs"):
        top = high + 2 * back
        posts = [(x, high, -deep) for x in np.linspace(-wide, wide, 4) * 0.9]
        posts = posts if style == "slats" else posts[::3]
        parts += [bar(post, (post[0], top, -deep - 0.1), 0.06) for post in posts]
        rails = [top] if style == "slats" else np.linspace(high + 0.3, top, 3)
        parts += [block((0, y, -deep - 0.08), (wide, 0.07, 0.05)) for y in rails]
    if draw.chance(0.4):
        parts += [block((x * wide, high + 0.35, 0), (0.09, 0.3, deep)) for x in (-1, 1)]
    if draw.chance(0.3):
        return [*parts, bar((0, 0, 0), (0, high, 0), 0.1), bar((0, 0, 0), (0, 0.1, 0), 0.5)]
    feet = [(x * wide * 0.85, 0, z * deep * 0.85) for x in (-1, 1) for z in (-1, 1)]
    return parts + [bar(foot, (foot[0], high, foot[2]), draw.size(0.06, 0.1)) for foot in feet]


def vessel(draw: Draw) -> list[Part]:
    """Open cup, pot or bowl with handles, and a spout or lid in some."""
    foot, rim, high = draw.size(0.3, 0.8), draw.size(0.5, 0.9), draw.size(0.45, 1.2)
    belly = draw.pick(0.8, 1.0, 1.35) * (foot + rim) / 2
    outer = [(foot, 0), (belly, 0.5 * high), (rim, high)]
    inner = [(0.88 * r, max(h, 0.1)) for r, h in outer[::-1]]
    radii, heights = smooth(outer, 14)
    inside = smooth(inner, 14)
    profile = np.append(radii, inside[0]), np.append(heights, inside[1])
    section = draw.outline("round", "round", "hexagon", "flower")
    parts = [lathe(section, *profile)]
    handles, size = draw.kind(0, 1, 2), draw.size(0.28, 0.45) * min(high, 0.9)
    for side in (-1, 1)[:handles]:
        handle = ring(radius=size, thickness=draw.size(0.07, 0.12), power=draw.pick(2, 2, 8))
        parts.append(placed(handle, (side * 0.95 * belly, 0.55 * high, 0)))
    if draw.chance(0.45):
        spout = draw.size(0.1, 0.18)
        start, end = (0.8 * belly, 0.3 * high, 0), (belly + 0.5, high * draw.size(0.9, 1.1), 0)
        parts.append(bar(start, end, 1.4 * spout, 0.7 * spout))
    if draw.chance(0.45):
        parts.append(ball((0, high, 0), (rim, draw.size(0.1, 0.4), rim), n=22))
        parts.append(placed(piece(draw, 0.17), (0, high + 0.4, 0)))
    return parts


def tree(draw: Draw) -> list[Part]:
    """Trunk and crown: fir, ball, clusters, palm, or bare branches."""
    trunk, thick = draw.size(0.5, 1.4), draw.size(0.08, 0.2)
    parts = [bar((0, 0, 0), (0, trunk + 0.2, 0), 1.3 * thick, thick)]
    kind = draw.kind("fir", "ball", "cluster", "palm", "bare", "umbrella")
    wide = draw.size(0.6, 0.9)
    section = draw.outline("round", "square", "star", "flower")
    if kind == "fir":
        tiers, step = draw.pick(1, 2, 3, 4), draw.size(0.35, 0.5)
        for i in range(tiers):
            cone = creased([(wide * (1 - 0.2 * i), 0), (0, 2.2 * step)])
            parts.append(placed(lathe(section, *cone), (0, trunk + i * step, 0)))
    elif kind == "ball":
        power = draw.pick((2.0, 2.0), (1.0, 1.0), (8.0, 8.0))
        shape = (wide, draw.size(0.4, 1.1), wide)
        parts.append(ball((0, trunk + shape[1], 0), shape, power))
    elif kind == "cluster":
        places = circle(draw.pick(3, 4, 5), 0.6 * wide, trunk + 0.2, 30)
        parts += [ball(p, draw.size(0.3, 0.45), n=16) for p in places]
        parts.append(ball((0, trunk + 0.7, 0), draw.size(0.35, 0.55), n=16))
    elif kind == "umbrella":
        knots = [(wide * 1.2, 0), (wide, 0.25), (0.4 * wide, 0.5), (0, draw.size(0.55, 0.7))]
        parts.append(placed(lathe(section, *smooth(knots, 14)), (0, trunk, 0)))
    else:
        n, droop = draw.pick(4, 6, 8), draw.angle(-30, 20) if kind == "palm" else 40
        for tip in circle(n, 1.0, np.tan(np.radians(droop)), 20):
            start = np.array([0, trunk * (1 if kind == "palm" else 0.8), 0])
            end = start + wide * 1.2 * tip
            leaf = ball(size=(0.16, 0.5 * np.linalg.norm(end - start), 0.05), n=14)
            leaf = along(leaf, (start + end) / 2, end - start)
            parts.append(leaf if kind == "palm" else bar(start, end, 0.1, 0.03))
    return parts


def vehicle(draw: Draw) -> list[Part]:
    """Body, cabin, load and wheels."""
    long, high, wide = draw.size(0.8, 1.2), draw.size(0.12, 0.3), draw.size(0.3, 0.5)
    wheel = draw.size(0.16, 0.36)
    parts = [block((0, wheel + high, 0), (long, high, wide))]
    roof, at = wheel + 2 * high, draw.pick(-0.5, 0.0, 0.5) * long
    cabin = (draw.size(0.25, 0.5) * long, draw.size(0.2, 0.4), 0.9 * wide)
    parts.append(block((at, roof + cabin[1], 0), cabin, draw.pick(0.6, 1.0, 0.8)))
    load = draw.kind("none", "tank", "crane", "gun", "ball", "wing")
    if load == "tank":
        parts.append(bar((-at - 0.4, roof + 0.3, 0), (-at + 0.5, roof + 0.3, 0), 0.33))
    elif load in ("crane", "gun"):
        tip = (0.8, 1.0, 0) if load == "crane" else (1.2, 0.15, 0)
        start = np.array([at, roof + 2 * cabin[1] - 0.1, 0])
        parts.append(bar(start, start + np.array(tip) * draw.size(0.9, 1.2), 0.09, 0.05))
    elif load == "ball":
        parts.append(ball((-at + 0.3, roof + 0.3, 0), 0.4, n=18))
    elif load == "wing":
        parts.append(block((-0.85 * long, roof + 0.4, 0), (0.15, 0.05, 1.1 * wide)))
        parts.append(block((-0.85 * long, roof + 0.2, 0), (0.07, 0.2, 0.07)))
    axles = np.linspace(-0.75, 0.75, draw.pick(2, 2, 3, 4)) * long
    parts += [bar((x, wheel, -wide - 0.1), (x, wheel, wide + 0.1), wheel) for x in axles]
    return parts


def lamp(draw: Draw) -> list[Part]:
    """Foot, stem and shade: lamps, mushrooms, goblets, trophies."""
    high, stem = draw.size(0.7, 1.5), draw.size(0.05, 0.16)
    base = draw.size(0.3, 0.6)
    outline = draw.section("flower", "star")
    parts = [lathe(outline, [base, base * draw.pick(0.4, 1.0)], [0, draw.size(0.08, 0.3)])]
    parts.append(bar((0, 0, 0), (0, high, 0), stem))
    if draw.chance(0.4):
        parts.append(placed(piece(draw, draw.size(0.2, 0.35)), (0, high / 2, 0)))
    low, top = draw.pick((0.9, 0.3), (0.3, 0.9), (0.7, 0.7), (1.0, 0.0))
    tall = draw.size(0.4, 0.9)
    kind = draw.kind("cone", "dome", "bowl", "sphere")
    if kind == "cone":
        shade = lathe(draw.section("flower"), [0.8 * low, 0.8 * top], [0, tall])
    elif kind == "dome":
        shade = lathe(round_section(), *smooth([(0.9, 0), (0.7, 0.5 * tall), (0, tall)]))
    elif kind == "bowl":
        shade = lathe(round_section(), *smooth([(0.1, 0), (0.7, 0.4 * tall), (0.8, tall)]))
    else:
        shade = ball((0, 0.4, 0), 0.55, draw.pick((2, 2), (8, 8), (1, 1)))
    return [*parts, placed(shade, (0, high - 0.05, 0))]


def house(draw: Draw) -> list[Part]:
    """Towers and houses: storeys, roof, and side buildings."""
    outline = draw.section("cross")
    wide, high = draw.size(0.4, 0.9), draw.size(0.4, 1.3)
    taper = draw.pick(1.0, 1.0, 0.7)
    parts = [lathe(outline, [wide, taper * wide], [0, high])]
    top = taper * wide
    for _ in range(draw.pick(0, 0, 1, 2)):
        top, step = top * draw.size(0.6, 0.75), draw.size(0.2, 0.5)
        parts.append(lathe(outline, [top, top], [high, high + step]))
        high += step
    roof, tall = draw.kind("cone", "dome", "flat", "gable", "onion"), draw.size(0.4, 1.0)
    if roof == "cone":
        parts.append(lathe(outline, *creased([(1.25 * top, high), (0, high + tall)])))
    elif roof == "dome":
        parts.append(ball((0, high, 0), (top, tall, top)))
    elif roof == "flat":
        parts.append(lathe(outline, [1.3 * top] * 2, [high, high + 0.15]))
    elif roof == "onion":
        knots = [(0.6, 0), (1.1, 0.3), (0.5, 0.8), (0.06, 1.2), (0.04, 1.7)]
        radii, heights = smooth(knots)
        parts.append(lathe(round_section(), top * radii, high + tall * heights))
    else:
        gable = lathe(sharp_section([(-1, 0), (1, 0), (0, 1)]), [1, 1], [-1, 1])
        gable = placed(gable, (0, high, 0), (1.2 * top, 1.2 * top, tall), (-90, 0, 0))
        parts.append(gable)
    for side in [(-1,), (1,), (-1, 1), ()][draw.pick(0, 1, 2, 3, 3)]:
        parts.append(block((side * wide * 1.2, high * 0.25, 0), (0.35, high * 0.25, 0.4)))
    return parts


def totem(draw: Draw) -> list[Part]:
    """Three to five pieces one on another."""
    parts, high = [], 0.0
    for _ in range(draw.pick(3, 4, 5)):
        size = draw.size(0.25, 0.65)
        bead = placed(piece(draw, size), turn=(0, draw.angle(0, 90), 0))
        low, top = bead[0][:, 1].min(), bead[0][:, 1].max()
        parts.append(placed(bead, (draw.size(0.05, 0.2) * draw.pick(-1, 0, 0, 1), high - low, 0)))
        high += 0.9 * (top - low)
    return parts


def cactus(draw: Draw) -> list[Part]:
    """Stem with bent arms: cacti, candlesticks, anchors."""
    high, thick = draw.size(1.2, 1.7), draw.size(0.12, 0.26)
    section = draw.outline("round", "flower", "star", "square")
    parts = [lathe(section, *creased([(thick, 0), (thick, high), (0.5 * thick, high + 0.2)]))]
    n, reach = draw.kind(1, 2, 3, 4, 6), draw.size(0.4, 0.8)
    down = draw.chance(0.3)
    bulb = piece(draw, draw.size(0.16, 0.3)) if draw.chance(0.5) else None
    t = np.linspace(0, np.pi / 2, 12)
    for i in range(n):
        at, rise = high * draw.size(0.25, 0.6), draw.size(0.3, 0.7)
        at, rise = (0.9 * high, -rise) if down else (at, rise)
        path = [reach * np.sin(t), rise * (1 - np.cos(t)), 0 * t]
        arm = [sweep(section, np.stack(path, axis=1), 0.65 * thick)]
        arm += [placed(bulb, (reach, rise, 0))] if bulb is not None else []
        parts += [placed(part, (0, at, 0), turn=(0, 360 * i / n, 0)) for part in arm]
    if draw.chance(0.5):
        base = draw.size(0.35, 0.55)
        parts.append(lathe(draw.section(), [base, 0.8 * base], [-0.25, 0.1]))
    return parts


def greeble(draw: Draw) -> list[Part]:
    """Body with appendages at places of its own."""
    body = draw.kind((0.6, 0.6, 0.6), (0.45, 0.9, 0.45), (0.8, 0.4, 0.6))
    power = draw.pick((2.0, 2.0), (8.0, 8.0), (2.0, 8.0), (1.0, 1.0))
    parts = [ball(size=[draw.size(0.95, 1.05) * side for side in body], power=power)]
    for _ in range(draw.pick(3, 4, 5)):
        turn, rise = np.radians([draw.angle(-110, 110), draw.angle(-60, 80)])
        way = np.array([np.sin(turn) * np.cos(rise), np.sin(rise), np.cos(turn) * np.cos(rise)])
        start = 0.8 * way * body
        size = draw.size(0.2, 0.42)
        kind = draw.pick("piece", "horn", "rod", "piece")
        if kind == "piece":
            parts.append(along(piece(draw, size), start + 0.25 * way, way))
        else:
            reach = start + way * draw.size(0.5, 0.9)
            parts.append(bar(start, reach, size * 0.6, 0.02 if kind == "horn" else size * 0.5))
    return parts


def knot(draw: Draw) -> list[Part]:
    """Torus knots and Lissajous loops."""
    t = 2 * np.pi * np.arange(110) / 110
    p, q = draw.kind((2, 3), (3, 2), (2, 5), (3, 4), (1, 4), (1, 7), (1, 3))
    wide, deep = draw.size(0.35, 0.5), draw.size(0.3, 0.45)
    radius = 1 + wide * np.cos(q * t)
    path = np.stack([radius * np.cos(p * t), radius * np.sin(p * t), deep * np.sin(q * t)], axis=1)
    section = round_section(n=12) if draw.chance(0.5) else square()
    return [sweep(section, path, draw.size(0.13, 0.26), up=(0, 0, 1), closed=True)]


def wheel(draw: Draw) -> list[Part]:
    """Hub with spokes in a rim, or with free blades."""
    n, hub = draw.pick(3, 4, 5, 6, 8), draw.size(0.15, 0.35)
    parts = [lathe(draw.section("star"), [hub, hub], [-0.2, 0.2])]
    kind = draw.kind("wheel", "propeller", "mill", "helm", "sun")
    thick = draw.size(0.05, 0.11)
    for way in circle(n, 1.0, 0.0):
        if kind == "propeller":
            blade = ball(size=(draw.size(0.18, 0.3), 0.5, 0.04), n=16)
            turn = draw.angle(25, 50)
            parts.append(along(placed(blade, (0, 0.55, 0), turn=(0, turn, 0)), (0, 0, 0), way))
        elif kind == "mill":
            sail = block((0.16, 0.65, 0), (0.18, 0.4, 0.04), draw.pick(1.0, 1.6))
            parts += [along(sail, (0, 0, 0), way), bar((0, 0, 0), way, 0.05)]
        elif kind == "sun":
            parts.append(bar((0, 0, 0), way, hub * 0.7, 0.02))
        else:
            reach = way * (1.3 if kind == "helm" else 1.0)
            parts.append(bar((0, 0, 0), reach, thick))
    if kind in ("wheel", "helm", "sun"):
        section = draw.outline("round", "square", "plank")
        radius = 0.55 if kind == "sun" else 1.0
        rim = ring(radius=radius, thickness=draw.size(0.1, 0.24), section=section)
        parts.append(placed(rim, turn=(90, 0, 0)))
    return [placed(part, turn=(90, 0, 0)) for part in parts]


def prism(draw: Draw) -> list[Part]:
    """Fancy outline extruded: plate, block or column, straight, tapered, stepped or pointed."""
    section = draw.outline("triangle", "hexagon", "plank", *FANCY)
    high = draw.pick(0.25, 0.6, 1.3)
    kind = draw.kind("straight", "taper", "stepped", "pyramid", "spindle")
    if kind == "straight":
        knots = [(0.9, -high), (0.9, high)]
    elif kind == "taper":
        knots = [(1.0, -high), (draw.size(0.4, 0.6), high)]
    elif kind == "stepped":
        knots = [(1, -high), (1, 0), (draw.size(0.5, 0.65), 0), (draw.size(0.5, 0.65), high)]
    elif kind == "pyramid":
        knots = [(1, -0.7), (0, draw.size(0.6, 1.5))]
    else:
        knots = [(0, -draw.size(0.8, 1.4)), (0.8, 0), (0, draw.size(0.8, 1.4))]
    part = placed(lathe(section, *creased(knots)), size=(draw.size(0.9, 1.1), 1, 1))
    return [placed(part, turn=(90, 0, 0))] if high < 1 else [part]


STANDING = (
    *(vase, bottle, table, chair, vessel, tree, vehicle, lamp),
    *(house, totem, cactus, greeble, knot, wheel, prism),
)
