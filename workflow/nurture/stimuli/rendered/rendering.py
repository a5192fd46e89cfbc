"""Render stimuli one at a time: a head is posed, its mesh refitted, drawn and lit."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import warp as wp
from scipy import sparse

from nurture.core.errors import NurtureError
from nurture.stimuli.rendered import shading
from nurture.stimuli.rendered.identity import draw_identity, hair_mask
from nurture.stimuli.rendered.model import SKIN, TONGUE, HeadModel, head_model
from nurture.stimuli.rendered.paint import Paint
from nurture.stimuli.rendered.recipes import Recipes
from nurture.stimuli.rendered.scene import looks, scene

SKY_RAYS = 8
"""Rays that gather ambient light at each vertex."""


class Renderer:
    """The head on a device: its mesh is built once, from the base head, and refitted.

    Building from the base head rather than from the first stimulus keeps the tree, and with it
    the bytes of an image, independent of what was rendered before.
    """

    def __init__(self, size: int, device: str):
        self.model = head_model()
        self.size, self.device = size, device
        triangles = self.model.triangles
        upload = self._upload
        self.points = upload(self.model.points, wp.vec3)
        self.mesh = wp.Mesh(self.points, upload(triangles.ravel(), int))
        self.near = upload(_near_face(self.model), int)
        self.needed = wp.zeros(len(self.model.points), dtype=int, device=device)
        self.head = shading.Head()
        self.head.mesh, self.head.points = self.mesh.id, self.points
        self.head.triangles = upload(triangles, wp.vec3i)
        self.head.part = upload(self.model.part, int)
        self.head.base = upload(self.model.points, wp.vec3)
        masks = self.model.masks
        stacked = np.stack([masks["lips"], masks["ears"], masks["mouth"], hair_mask()], axis=1)
        self.head.masks = upload(stacked, wp.vec4)
        self.head.frame = wp.zeros(len(self.model.points), dtype=wp.vec3, device=device)
        self.head.normals = wp.zeros(len(self.model.points), dtype=wp.vec3, device=device)
        self.head.light = wp.zeros(len(self.model.points), dtype=wp.vec2, device=device)
        self.head.skin = wp.zeros(len(self.model.points), dtype=wp.vec3, device=device)
        self.nearest = wp.zeros((2 * size, 2 * size), dtype=wp.uint64, device=device)
        self.rgb = wp.zeros((size, size, 3), dtype=wp.uint8, device=device)
        self.face = wp.zeros((size, size), dtype=wp.uint8, device=device)
        self.corners = _corners(self.model)

    def _upload(self, values: np.ndarray, dtype: type) -> wp.array:
        return wp.array(np.ascontiguousarray(values), dtype=dtype, device=self.device)

    def image(
        self, points: np.ndarray, paint: Paint, lamp: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Render a posed head; `lamp` is the unit vector to the key light."""
        normals = self.normals_of(points)
        self.points.assign(points.astype("float32"))
        self.head.normals.assign(normals.astype("float32"))
        self.mesh.refit()
        directions, ambient = _directions(lamp)
        directions = self._upload(directions, wp.vec3)
        self.nearest.zero_()
        self.needed.zero_()
        vertices, triangles, head = len(points), len(self.model.triangles), self.head
        self._run(shading.project, vertices, [head, self.size], [head.frame])
        self._run(shading.rasterise, triangles, [head, self.size], [self.nearest])
        self._run(shading.settle, self.nearest.shape, [head], [self.nearest, self.needed])
        lights = [paint, directions, ambient, self.near, self.needed]
        self._run(shading.prepare, vertices, [head, *lights], [head.light, head.skin])
        seen = [paint, self.size, self.nearest]
        self._run(shading.trace, self.rgb.shape[:2], [head, *seen], [self.rgb, self.face])
        return self.rgb.numpy().copy(), self.face.numpy().astype(bool)

    def _run(self, kernel: wp.Kernel, dim: int | tuple, inputs: list, outputs: list) -> None:
        wp.launch(kernel, dim, inputs, outputs, device=self.device)

    def normals_of(self, points: np.ndarray) -> np.ndarray:
        """Average the triangles' normals by area to unit normals, shape (n_vertices, 3)."""
        a, b, c = np.moveaxis(points[self.model.triangles], 1, 0)
        normals = self.corners @ np.cross(b - a, c - a)
        return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


def _corners(model: HeadModel) -> sparse.csr_array:
    """Which triangles meet at each vertex, shape (n_vertices, n_triangles)."""
    n = len(model.triangles)
    columns = np.repeat(np.arange(n), 3)
    shape = (len(model.points), n)
    return sparse.csr_array((np.ones(3 * n), (model.triangles.ravel(), columns)), shape=shape)


def _directions(lamp: np.ndarray) -> tuple[np.ndarray, int]:
    """Rays that gather light: a fixed frontal hemisphere, then three around the lamp."""
    ray = np.arange(SKY_RAYS)
    # A golden-angle spiral: even over the hemisphere for any number of rays.
    turn, height = ray * np.pi * (3 - np.sqrt(5)), (ray + 0.5) / SKY_RAYS
    around = np.sqrt(1 - height**2)
    sky = np.stack([around * np.cos(turn), around * np.sin(turn), height], axis=1)
    side = np.cross([0.0, 1.0, 0.0], lamp)
    side /= np.linalg.norm(side)
    up = np.cross(lamp, side)
    spread = 0.2 * np.array([[0, 1], [0.87, -0.5], [-0.87, -0.5]])
    soft = lamp + spread @ np.stack([side, up])
    soft /= np.linalg.norm(soft, axis=1, keepdims=True)
    return np.concatenate([sky, soft]).astype("float32"), len(sky)


def _near_face(model: HeadModel) -> np.ndarray:
    """Whether each vertex is where occlusion shows: in the head's front, on skin or tongue; 0 or 1.

    Eyes and teeth, whose vertices are few, gather their light per pixel.
    """
    _, y, z = model.points.T
    soft = np.zeros(len(y), dtype=bool)
    soft[model.triangles[np.isin(model.part, [SKIN, TONGUE])]] = True
    return (soft & (y > 5.9) & (z > 0.5)).astype("int32")


def render(
    labels: pd.DataFrame,
    recipes: Recipes,
    seed: int,
    size: int = 224,
    device: str = "cpu",
    kernel_cache: str | Path | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Render stimuli, one at a time and in order; those that look alike once.

    Parameters
    ----------
    labels, recipes
        One row per stimulus, as from `nurture.stimuli.rendered.design`; what expressions are.
    seed : int
        Seed of the population of identities.
    size : int
        Height and width of the images in pixels.
    device : str
        Warp device, ``cpu`` or ``cuda``; one that is not there is refused.
    kernel_cache : str or Path, optional
        Folder for Warp's compiled kernels, instead of the one that WARP_CACHE_PATH names or one in
        the user's home. Only the first call of a process can choose it.

    Yields
    ------
    rgb : numpy.ndarray of uint8, shape (size, size, 3)
    mask : numpy.ndarray of bool, shape (size, size)
        The face: from the jaw to just above the brows, without ears or hair.
    """
    start_warp(device, kernel_cache)
    renderer = Renderer(size, _device(device))
    person, drawn = None, None
    rows = list(labels.itertuples(index=False))
    kinds = [looks(row, recipes) for row in rows]
    left, made = Counter(kinds), {}
    for row, kind in zip(rows, kinds, strict=True):
        wanted = (int(row.identity), float(row.distinctiveness))
        if wanted != drawn:
            person, drawn = draw_identity(seed, *wanted), wanted
        if kind not in made:
            made[kind] = renderer.image(*scene(person, row, recipes))
        left[kind] -= 1
        yield made[kind] if left[kind] else made.pop(kind)


def start_warp(device: str, kernel_cache: str | Path | None = None) -> None:
    """Start Warp, on the processor without its note that there is no GPU.

    Its library writes that to the standard error of the process, past Python. See `render`.
    """
    wp.config.log_level = wp.LOG_WARNING
    if kernel_cache is not None:
        wp.config.kernel_cache_dir = str(kernel_cache)
    if device != "cpu":
        wp.init()
        return
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            wp.init()
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _device(name: str) -> str:
    known = [device.alias for device in wp.get_devices()]
    alias = "cuda:0" if name == "cuda" else name
    if alias not in known:
        raise NurtureError(f"device {name}: not on this machine; choose from {', '.join(known)}")
    return alias
