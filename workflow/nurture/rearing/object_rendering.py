"""Render solids with the camera, the lamp and the sky that faces have, by Warp ray casting."""

# Warp reads the annotations of kernels and structs, so they must not be postponed.
import numpy as np
import warp as wp

from nurture.rearing.objects import Solid
from nurture.stimuli.rendered.paint import Paint
from nurture.stimuli.rendered.rendering import SKY_RAYS, _directions
from nurture.stimuli.rendered.scene import BACKGROUND, EXPOSED
from nurture.stimuli.rendered.shading import AGREE, DISTANCE, EYE_HEIGHT, FRAME, lit

wp.set_module_options({"optimization_level": 3, "enable_backward": False, "fast_math": True})

SKY_REACH = wp.constant(0.5)
"""How far away something may be, in eye-to-chin distances, to keep the sky's light off."""
AMBIENT = wp.constant(SKY_RAYS)


@wp.struct
class Thing:
    """The solid as rays meet it; `base` are its points before it was turned."""

    mesh: wp.uint64
    triangles: wp.array(dtype=wp.vec3i)
    normals: wp.array(dtype=wp.vec3)
    base: wp.array(dtype=wp.vec3)
    reflectance: float
    texture: float
    grain: float
    mottle: float


@wp.struct
class Spot:
    """Where one ray meets the solid, and the paint there."""

    hit: int
    point: wp.vec3
    normal: wp.vec3
    face: wp.vec3
    view: wp.vec3
    albedo: float


@wp.func
def spot_at(thing: Thing, u: float, v: float):
    """Cast one ray through `u` (0 left .. 1 right) and `v` (0 top .. 1 bottom) of the frame."""
    spot = Spot()
    start = wp.vec3(0.0, 0.0, DISTANCE)
    d = wp.normalize(wp.vec3((u - 0.5) * FRAME, (EYE_HEIGHT - v) * FRAME, 0.0) - start)
    hit = wp.mesh_query_ray(thing.mesh, start, d, 2.0 * DISTANCE)
    if not hit.result:
        return spot
    t = thing.triangles[hit.face]
    w = wp.vec3(hit.u, hit.v, 1.0 - hit.u - hit.v)
    b = w[0] * thing.base[t[0]] + w[1] * thing.base[t[1]] + w[2] * thing.base[t[2]]
    n = w[0] * thing.normals[t[0]] + w[1] * thing.normals[t[1]] + w[2] * thing.normals[t[2]]
    # Both sides of a surface may be seen, as in a cup.
    away = wp.where(wp.dot(hit.normal, d) > 0.0, -1.0, 1.0)
    q = thing.grain * b + wp.vec3(0.0, 0.0, thing.texture)
    mottle = wp.noise(wp.rand_init(3), q) + 0.5 * wp.noise(wp.rand_init(5), 2.7 * q)
    spot.hit = 1
    spot.point = start + hit.t * d
    spot.normal = wp.normalize(n) * away
    spot.face = wp.normalize(hit.normal) * away
    spot.view = -d
    spot.albedo = thing.reflectance * wp.max(1.0 + thing.mottle * mottle, 0.1)
    return spot


@wp.func
def seen_from(thing: Thing, spot: Spot, directions: wp.array(dtype=wp.vec3)):
    """Share of the sky (first `AMBIENT` directions) and of the key light that arrives."""
    seen = wp.vec2(0.0, 0.0)
    total = wp.vec2(0.001, 0.001)
    for k in range(directions.shape[0]):
        d = directions[k]
        facing = wp.dot(spot.face, d)
        group = wp.where(k < AMBIENT, 0, 1)
        weight = wp.where(k < AMBIENT, wp.max(facing, 0.0), 1.0)
        total[group] = total[group] + weight
        if facing > 0.0:
            start = spot.point + 0.006 * spot.face
            far = wp.where(k < AMBIENT, SKY_REACH, 4.0)
            if not wp.mesh_query_ray_anyhit(thing.mesh, start, d, far):
                seen[group] = seen[group] + weight
    return wp.cw_div(seen, total)


@wp.func
def colour_of(spot: Spot, seen: wp.vec2, paint: Paint):
    """Light from a spot to the camera; from the background where nothing was met."""
    if spot.hit == 0:
        return paint.background
    albedo = wp.vec3(spot.albedo, spot.albedo, spot.albedo)
    return lit(albedo, spot.normal, spot.view, 0.05, seen, paint)


@wp.kernel
def trace(
    thing: Thing,
    paint: Paint,
    directions: wp.array(dtype=wp.vec3),
    size: int,
    rgb: wp.array3d(dtype=wp.uint8),
    mask: wp.array2d(dtype=wp.uint8),
):
    """Colour of one pixel: the mean of 2 x 2 rays; and whether most of them see the solid.

    Where the two rays of one diagonal agree, they stand for the other two as well. The light
    that arrives is found once in a pixel.
    """
    row, column = wp.tid()
    top, left = (float(row) + 0.25) / float(size), (float(column) + 0.25) / float(size)
    step = 0.5 / float(size)
    first = spot_at(thing, left, top)
    last = spot_at(thing, left + step, top + step)
    second, third = Spot(), Spot()
    inside = 2 * (first.hit + last.hit)
    seen = wp.vec2(1.0, 1.0)
    if inside == 4:
        seen = seen_from(thing, first, directions)
    total = 2.0 * (colour_of(first, seen, paint) + colour_of(last, seen, paint))
    apart = wp.max(wp.abs(colour_of(first, seen, paint) - colour_of(last, seen, paint)))
    if apart > AGREE or first.hit != last.hit:
        second = spot_at(thing, left + step, top)
        third = spot_at(thing, left, top + step)
        inside = first.hit + last.hit + second.hit + third.hit
        if first.hit + last.hit < 2:
            if first.hit == 1:
                seen = seen_from(thing, first, directions)
            elif last.hit == 1:
                seen = seen_from(thing, last, directions)
        total = colour_of(first, seen, paint) + colour_of(last, seen, paint)
        total = total + colour_of(second, seen, paint) + colour_of(third, seen, paint)
    for c in range(3):
        value = wp.pow(wp.clamp(0.25 * total[c], 0.0, 1.0), 1.0 / 2.2)
        rgb[row, column, c] = wp.uint8(255.0 * value + 0.5)
    mask[row, column] = wp.uint8(wp.where(inside > 2, 1, 0))


class ObjectRenderer:
    """Renders solids at one size on one Warp device, ``cpu`` or ``cuda``.

    Warp compiles its kernels at the first image, into the folder that
    ``warp.config.kernel_cache_dir`` names.
    """

    def __init__(self, size: int, device: str):
        self.size, self.device = size, device
        self.rgb = wp.zeros((size, size, 3), dtype=wp.uint8, device=device)
        self.mask = wp.zeros((size, size), dtype=wp.uint8, device=device)

    def _upload(self, values: np.ndarray, dtype: type) -> wp.array:
        return wp.array(np.ascontiguousarray(values), dtype=dtype, device=self.device)

    def image(
        self, points: np.ndarray, solid: Solid, lamp: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Render one view of a solid: uint8 of shape (size, size, 3), and bool where it is.

        Its points, shape (n_vertices, 3), are turned, scaled and moved, in eye-to-chin distances;
        see `nurture.rearing.objects`. `lamp` is the unit vector to the key light.
        """
        placed = self._upload(points.astype("float32"), wp.vec3)
        mesh = wp.Mesh(placed, self._upload(solid.triangles.ravel(), int))
        thing = Thing()
        thing.mesh = mesh.id
        thing.triangles = self._upload(solid.triangles, wp.vec3i)
        thing.normals = self._upload(vertex_normals(points, solid.triangles), wp.vec3)
        thing.base = self._upload(solid.points, wp.vec3)
        for name in ("reflectance", "texture", "grain", "mottle"):
            setattr(thing, name, float(getattr(solid, name)))
        paint = Paint()
        paint.background, paint.light = wp.vec3(*BACKGROUND), wp.vec3(*lamp)
        # As for faces: for a darker surface a photographer gives more light.
        paint.exposure = max((EXPOSED / solid.reflectance) ** 0.45, 1.0)
        directions = self._upload(_directions(lamp)[0], wp.vec3)
        wp.launch(
            trace,
            dim=(self.size, self.size),
            inputs=[thing, paint, directions, self.size],
            outputs=[self.rgb, self.mask],
            device=self.device,
        )
        return self.rgb.numpy().copy(), self.mask.numpy().astype(bool)


def vertex_normals(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Average the triangles' normals by area to unit normals, shape (n_vertices, 3)."""
    a, b, c = np.moveaxis(points[triangles], 1, 0)
    faces = np.repeat(np.cross(b - a, c - a), 3, axis=0)
    corners, n = triangles.ravel(), len(points)
    sums = [np.bincount(corners, weights=axis, minlength=n) for axis in faces.T]
    normals = np.stack(sums, axis=1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return normals.astype("float32")
