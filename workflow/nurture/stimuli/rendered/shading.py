"""What is seen of the head, and its lighting, as Warp kernels, for CPU and CUDA."""

# Warp reads the annotations of kernels and structs, so they must not be postponed.
import warp as wp

from nurture.stimuli.rendered import model
from nurture.stimuli.rendered.paint import (
    Paint,
    complexion,
    eye_colour,
    in_face,
    skin_colour,
    smooth,
)

wp.set_module_options({"optimization_level": 3, "enable_backward": False, "fast_math": True})

FRAME = wp.constant(2.2)
"""Height of the frame in eye-to-chin distances."""
EYE_HEIGHT = wp.constant(0.39)
"""Height of the eyes below the top of the frame, as a share of the frame."""
DISTANCE = wp.constant(10.0)
"""Distance of the camera from the eyes in eye-to-chin distances, about 1.1 m."""
AGREE = wp.constant(0.02)
"""Largest difference in any colour between two samples of a pixel that agree."""
EDGE = wp.constant(1.0e-6)
"""So far beyond its edge, as a share of its height, a triangle is seen: neighbours leave no gap."""
NEAR = wp.constant(float(2**33))
"""Steps of inverse depth."""
LOWER = wp.constant(wp.uint64(2**20 - 1))
"""Bits for the number of the triangle, of which there are fewer."""

SKIN, EYE, TEETH = wp.constant(model.SKIN), wp.constant(model.EYE), wp.constant(model.TEETH)
TONGUE = wp.constant(model.TONGUE)


@wp.func
def lit(colour: wp.vec3, n: wp.vec3, view: wp.vec3, shine: float, seen: wp.vec2, paint: Paint):
    """Light that leaves a surface: key and fill light, sky, and a highlight."""
    cosine = wp.dot(n, paint.light)
    # Light scatters in skin, red the furthest: it wraps around the shadow's edge.
    key = wp.vec3(
        wp.max((cosine + 0.30) / 1.30, 0.0),
        wp.max((cosine + 0.17) / 1.17, 0.0),
        wp.max((cosine + 0.13) / 1.13, 0.0),
    )
    sky = 0.20 + 0.12 * n[1] + 0.14 * wp.max(n[2], 0.0)
    half = wp.normalize(paint.light + view)
    highlight = shine * wp.pow(wp.max(wp.dot(n, half), 0.0), 24.0) * seen[1]
    total = key * (0.78 * seen[1] + 0.06) + wp.vec3(sky, sky, sky) * (0.15 + 0.85 * seen[0])
    gleam = wp.vec3(highlight, highlight, highlight)
    return (wp.cw_mul(colour, total) + gleam) * paint.exposure


@wp.func
def openness(mesh: wp.uint64, p: wp.vec3, lowest: float, step: float):
    """Share of eight short rays from `p`, ever steeper, that lids or lips do not stop."""
    free = float(0.0)  # noqa: UP018 - Warp wants what changes in a loop declared so
    for k in range(8):
        d = wp.normalize(wp.vec3(0.0, lowest + step * float(k), 1.0))
        if not wp.mesh_query_ray_anyhit(mesh, p, d, 0.4):
            free = free + 0.125
    return free


@wp.func
def shade_eye(mesh: wp.uint64, p: wp.vec3, b: wp.vec3, view: wp.vec3, paint: Paint):
    """Colour of an eye: shadow of the upper lid, wet highlight of the lamp."""
    left = b[0] > 0.0
    centre = wp.where(left, paint.eye_left, paint.eye_right)
    base = wp.where(left, paint.base_eye_left, paint.base_eye_right)
    n = wp.normalize(p - centre)
    free = openness(mesh, p + 0.01 * n, 0.3, 0.14)
    seen = wp.vec2(0.35 + 0.65 * free, 0.3 + 0.7 * free)
    colour = lit(eye_colour(wp.normalize(b - base), paint), n, view, 0.0, seen, paint)
    # The lamp is mirrored where the normal halves lamp and camera; a little to the side.
    half = wp.normalize(paint.light + view + wp.vec3(0.25, 0.0, 0.0))
    spot = smooth(0.987, 0.994, wp.dot(n, half))
    return wp.lerp(colour, wp.vec3(0.95, 0.95, 0.95), 0.9 * spot)


@wp.func
def shade_teeth(mesh: wp.uint64, p: wp.vec3, b: wp.vec3, n: wp.vec3, view: wp.vec3, paint: Paint):
    """Colour of teeth: dark in a slit between the lips and far back, bright in an open mouth."""
    free = wp.min(1.6 * openness(mesh, p + 0.02 * n, -0.49, 0.14), 1.0)
    free = free * (0.15 + 0.85 * smooth(1.22, 1.40, b[2]))
    seen = wp.vec2(0.4 + 0.6 * free, 0.4 + 0.6 * free)
    return lit(wp.vec3(0.72, 0.68, 0.58), n, view, 0.1, seen, paint) * (0.1 + 0.9 * free)


@wp.struct
class Sample:
    """What one ray sees."""

    colour: wp.vec3
    hit: int
    face: int


@wp.struct
class Spot:
    """A place on the head."""

    face: int
    shares: wp.vec3
    point: wp.vec3


@wp.struct
class Head:
    """The head as rays meet it; see `rendering.Renderer`."""

    mesh: wp.uint64
    triangles: wp.array(dtype=wp.vec3i)
    part: wp.array(dtype=int)
    points: wp.array(dtype=wp.vec3)
    frame: wp.array(dtype=wp.vec3)
    normals: wp.array(dtype=wp.vec3)
    base: wp.array(dtype=wp.vec3)
    masks: wp.array(dtype=wp.vec4)
    skin: wp.array(dtype=wp.vec3)
    light: wp.array(dtype=wp.vec2)


@wp.kernel
def project(head: Head, size: int, frame: wp.array(dtype=wp.vec3)):
    """Find column and row of the sample that sees a vertex, and the inverse of its depth."""
    i = wp.tid()
    p = head.points[i]
    depth = DISTANCE - p[2]
    scale = 2.0 * float(size) / FRAME * DISTANCE / depth
    column = scale * p[0] + float(size) - 0.5
    row = 2.0 * float(size) * EYE_HEIGHT - scale * p[1] - 0.5
    frame[i] = wp.vec3(column, row, 1.0 / depth)


@wp.func
def steps(a: wp.vec3, b: wp.vec3, c: wp.vec3):
    """How the shares of a triangle's corners `b` and `c` change from column to column and row."""
    across, down = b - a, c - a
    area = across[0] * down[1] - across[1] * down[0]
    return wp.vec4(down[1], -down[0], -across[1], across[0]) / area


@wp.kernel
def rasterise(head: Head, size: int, nearest: wp.array2d(dtype=wp.uint64)):
    """Find the triangle that each of 2 x 2 samples of a pixel sees first.

    The largest value stays, whichever triangle comes first: inverse depth in the upper bits, and in
    the lower ones a number that falls from triangle to triangle, for those that are equally near.
    """
    face = wp.tid()
    t = head.triangles[face]
    a = head.frame[t[0]]
    b = head.frame[t[1]]
    c = head.frame[t[2]]
    area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    if wp.abs(area) < 1.0e-9:
        return
    step = steps(a, b, c)
    low = wp.min(wp.min(a, b), c)
    high = wp.max(wp.max(a, b), c)
    left, right = wp.max(int(wp.ceil(low[0])), 0), wp.min(int(wp.floor(high[0])), 2 * size - 1)
    top, bottom = wp.max(int(wp.ceil(low[1])), 0), wp.min(int(wp.floor(high[1])), 2 * size - 1)
    for row in range(top, bottom + 1):
        y = float(row) - a[1]
        for column in range(left, right + 1):
            x = float(column) - a[0]
            of_b = x * step[0] + y * step[1]
            of_c = x * step[2] + y * step[3]
            if of_b >= -EDGE and of_c >= -EDGE and of_b + of_c <= 1.0 + EDGE:
                near = a[2] + of_b * (b[2] - a[2]) + of_c * (c[2] - a[2])
                value = (wp.uint64(near * NEAR) << wp.uint64(20)) | (LOWER - wp.uint64(face))
                if nearest[row, column] < value:
                    wp.atomic_max(nearest, row, column, value)


@wp.func
def seen_at(head: Head, nearest: wp.uint64, row: int, column: int):
    """Find where on the head a sample falls: the triangle, and the shares of its corners."""
    spot = Spot()
    spot.face = int(LOWER - (nearest & LOWER))
    t = head.triangles[spot.face]
    a = head.frame[t[0]]
    b = head.frame[t[1]]
    c = head.frame[t[2]]
    step, x, y = steps(a, b, c), float(column) - a[0], float(row) - a[1]
    of_b, of_c = x * step[0] + y * step[1], x * step[2] + y * step[3]
    # What lies further away takes less of the frame.
    deep = wp.vec3((1.0 - of_b - of_c) * a[2], of_b * b[2], of_c * c[2])
    spot.shares = deep / (deep[0] + deep[1] + deep[2])
    spot.point = (
        spot.shares[0] * head.points[t[0]]
        + spot.shares[1] * head.points[t[1]]
        + spot.shares[2] * head.points[t[2]]
    )
    return spot


@wp.kernel
def settle(head: Head, nearest: wp.array2d(dtype=wp.uint64), needed: wp.array(dtype=int)):
    """Put lids over eyes, and note the corners of the triangles that are seen."""
    row, column = wp.tid()
    if nearest[row, column] == wp.uint64(0):
        return
    spot = seen_at(head, nearest[row, column], row, column)
    face = spot.face
    if head.part[face] == EYE:
        # A globe that comes through a squinting lid by a few millimetres stays under it.
        d = wp.normalize(spot.point - wp.vec3(0.0, 0.0, DISTANCE))
        under = wp.mesh_query_ray(head.mesh, spot.point + 0.001 * d, d, 0.05)
        if under.result and head.part[under.face] == SKIN:
            face = under.face
            nearest[row, column] = LOWER + wp.uint64(1) + LOWER - wp.uint64(face)
    t = head.triangles[face]
    for k in range(3):
        needed[t[k]] = 1


@wp.func
def look(head: Head, paint: Paint, nearest: wp.array2d(dtype=wp.uint64), row: int, column: int):
    """Colour of one of the 2 x 2 samples of a pixel."""
    sample = Sample()
    sample.colour = paint.background
    if nearest[row, column] == wp.uint64(0):
        return sample
    spot = seen_at(head, nearest[row, column], row, column)
    d = wp.normalize(spot.point - wp.vec3(0.0, 0.0, DISTANCE))
    t, w = head.triangles[spot.face], spot.shares
    b = w[0] * head.base[t[0]] + w[1] * head.base[t[1]] + w[2] * head.base[t[2]]
    n = w[0] * head.normals[t[0]] + w[1] * head.normals[t[1]] + w[2] * head.normals[t[2]]
    n = wp.normalize(n)
    m = w[0] * head.masks[t[0]] + w[1] * head.masks[t[1]] + w[2] * head.masks[t[2]]
    seen = w[0] * head.light[t[0]] + w[1] * head.light[t[1]] + w[2] * head.light[t[2]]
    part = head.part[spot.face]
    if part == EYE:
        sample.colour = shade_eye(head.mesh, spot.point, b, -d, paint)
    elif part == TEETH:
        sample.colour = shade_teeth(head.mesh, spot.point, b, n, -d, paint)
    elif part == SKIN or part == TONGUE:  # noqa: SIM109 - Warp knows no `in`
        shine, colour = 0.05, wp.vec3(0.33, 0.10, 0.09)
        if part == SKIN:
            shine = 0.05 * (1.0 - m[2]) + 0.09 * m[0]
            skin = w[0] * head.skin[t[0]] + w[1] * head.skin[t[1]] + w[2] * head.skin[t[2]]
            colour = skin_colour(skin, b, m, paint)
        sample.colour = lit(colour, n, -d, shine, seen, paint)
    else:
        sample.colour = wp.vec3(0.01, 0.008, 0.007)
    sample.hit = 1
    sample.face = wp.where(in_face(b, m), 1, 0)
    return sample


@wp.kernel
def prepare(
    head: Head,
    paint: Paint,
    directions: wp.array(dtype=wp.vec3),
    ambient: int,
    near: wp.array(dtype=int),
    needed: wp.array(dtype=int),
    light: wp.array(dtype=wp.vec2),
    skin: wp.array(dtype=wp.vec3),
):
    """Find per vertex what varies slowly: complexion, and how much of the light arrives.

    Light is the share of the ambient (first `ambient` directions) and of the key light.
    """
    i = wp.tid()
    if needed[i] == 0:
        return
    skin[i] = complexion(head.base[i], paint)
    n = head.normals[i]
    seen = wp.vec2(0.0, 0.0)
    total = wp.vec2(0.001, 0.001)
    if n[2] > -0.3 and near[i] > 0:
        for k in range(directions.shape[0]):
            d = directions[k]
            weight = wp.dot(n, d)
            if k >= ambient:
                weight = 1.0
            if weight > 0.0:
                group = wp.where(k < ambient, 0, 1)
                total[group] = total[group] + weight
                start = head.points[i] + 0.012 * n + 0.004 * d
                if not wp.mesh_query_ray_anyhit(head.mesh, start, d, 0.4):
                    seen[group] = seen[group] + weight
        light[i] = wp.cw_div(seen, total)
    else:
        light[i] = wp.vec2(0.6, 0.6)


@wp.kernel
def trace(
    head: Head,
    paint: Paint,
    size: int,
    nearest: wp.array2d(dtype=wp.uint64),
    rgb: wp.array3d(dtype=wp.uint8),
    face: wp.array2d(dtype=wp.uint8),
):
    """Colour of one pixel: the mean of 2 x 2 samples; and whether most of them see the face.

    Where the two samples of one diagonal agree, they stand for the other two as well.
    """
    row, column = wp.tid()
    total, before = wp.vec3(0.0, 0.0, 0.0), wp.vec3(0.0, 0.0, 0.0)
    inside, hits, k = wp.int32(0), wp.int32(0), wp.int32(0)
    # One call in a loop, not four: the compiler then puts `look` in its place, and does not copy
    # all that it is given, nearly a kilobyte, for each sample.
    while k < 4:
        below, right = wp.where(k % 2 == 0, 0, 1), wp.where(k == 0 or k == 3, 0, 1)
        sample = look(head, paint, nearest, 2 * row + below, 2 * column + right)
        total = total + sample.colour
        inside, hits, k = inside + sample.face, hits + sample.hit, k + 1
        apart = wp.max(wp.abs(sample.colour - before))
        if k == 2 and hits != 1 and inside != 1 and apart <= AGREE:
            total, inside, k = 2.0 * total, 2 * inside, 4
        before = sample.colour
    for c in range(3):
        value = wp.pow(wp.clamp(0.25 * total[c], 0.0, 1.0), 1.0 / 2.2)
        rgb[row, column, c] = wp.uint8(255.0 * value + 0.5)
    face[row, column] = wp.uint8(wp.where(inside > 2, 1, 0))
