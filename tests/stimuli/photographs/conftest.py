"""Rendered faces, of which the true landmarks and the true morphs are known."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from nurture.core.expressions import EXPRESSIONS, NEUTRAL
from nurture.stimuli.photographs.preparing import align, find_face
from nurture.stimuli.rendered import shading
from nurture.stimuli.rendered.design import design
from nurture.stimuli.rendered.identity import draw_identity
from nurture.stimuli.rendered.model import head_model
from nurture.stimuli.rendered.recipes import Recipes, read_recipes
from nurture.stimuli.rendered.rendering import render
from nurture.stimuli.rendered.scene import scene

SEED, SIZE = 2022, 224

VERTICES = {
    8: 5296,  # chin: lowest vertex of the midline that is still in front of the throat
    17: 262,  # outer and inner ends of the painted brows, nearest vertices
    21: 228,
    22: 7001,
    26: 7031,
    30: 297,  # nose tip (pronasale): see `nose_tip`
    31: 358,  # where the wings of the nose meet the upper lip
    33: 5072,  # deepest vertex of the midline between nose and lip
    35: 7119,
    36: 1090,  # corners of the eyes: ends of the loop in which the lids meet the globe
    39: 1104,
    42: 7796,
    45: 7782,
    48: 424,  # corners of the mouth: outermost vertices painted as lips
    51: 455,  # upper and lower edge of the painted lips on the midline
    54: 7184,
    57: 492,
}
"""Vertex of MakeHuman's base mesh at each of some of the 68 points, from the mesh alone."""

SHARP = [8, 36, 39, 42, 45, 48, 51, 54, 57]
"""Points at an edge that is seen in the image: corners of eyes and mouth, lips, chin."""


class Rendered(NamedTuple):
    labels: pd.DataFrame
    images: np.ndarray
    masks: np.ndarray
    numbers: list[int]  # of those of the 68 points of which the truth is known
    points: np.ndarray  # their truth by anatomy, shape (n_stimuli, n_points, 2)
    sharp: np.ndarray  # which of them are at an edge that is seen, shape (n_points,)
    pixels: np.ndarray  # where every vertex of the mesh is, shape (n_stimuli, n_vertices, 2)


@pytest.fixture(scope="session")
def prepare():
    """Find a face and align it."""
    return lambda image, size=224: align(image, find_face(image), size)


@pytest.fixture(scope="session")
def recipes() -> Recipes:
    return read_recipes(Path(__file__).parents[3] / "config" / "action_units.yaml")


@pytest.fixture(scope="session")
def kernels(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("kernels")


@pytest.fixture(scope="session")
def faces(recipes, kernels) -> Rendered:
    return everybody(300, 5, recipes, kernels)


@pytest.fixture(scope="session")
def others(recipes, kernels) -> Rendered:
    """Identities of whom none is in `faces`, to calibrate on."""
    return everybody(500, 12, recipes, kernels)


@pytest.fixture(scope="session")
def views(recipes, kernels) -> Rendered:
    """Neutral faces that look to a side by known degrees."""
    yaws = [-45, -20, -10, 0, 10, 20, 45]
    spec = {"kind": "expressions", "first_identity": 320, "identities": 4, "yaw": yaws}
    return rendered({**spec, "expressions": [NEUTRAL]}, recipes, kernels)


@pytest.fixture(scope="session")
def morphs(recipes, kernels) -> Rendered:
    names = ["happiness-fear", "disgust-sadness", "anger-disgust"]
    spec = {"kind": "continua", "first_identity": 400, "identities": 2, "levels": 5}
    return rendered({**spec, "continua": names}, recipes, kernels)


def everybody(first: int, identities: int, recipes: Recipes, kernels: Path) -> Rendered:
    names = [*EXPRESSIONS, NEUTRAL]
    spec = {"kind": "expressions", "first_identity": first, "identities": identities}
    return rendered({**spec, "expressions": names}, recipes, kernels)


def rendered(spec: dict, recipes: Recipes, kernels: Path) -> Rendered:
    labels = design(spec, SEED)
    images, masks = zip(*render(labels, recipes, SEED, SIZE, kernel_cache=kernels), strict=True)
    heads = [
        scene(draw_identity(SEED, row.identity), row, recipes)[0]
        for row in labels.itertuples(index=False)
    ]
    points = np.array([project(truth(head)) for head in heads])
    pixels = np.array([project(head) for head in heads])
    numbers = list(VERTICES)
    sharp = np.isin(numbers, SHARP)
    return Rendered(labels, np.array(images), np.array(masks), numbers, points, sharp, pixels)


def truth(head: np.ndarray) -> np.ndarray:
    """Vertices of one head at the numbers of `VERTICES`."""
    rows = head_model().row_of[list(VERTICES.values())].copy()
    rows[list(VERTICES).index(30)] = nose_tip(head)
    return head[rows]


def nose_tip(head: np.ndarray) -> int:
    """Most forward vertex of the midline between eyes and lip; noses differ in where that is."""
    x, y, z = head_model().points.T
    midline = np.flatnonzero((np.abs(x) < 0.01) & (y > 6.6) & (y < 7.3) & (z > 0.8))
    return int(midline[head[midline, 2].argmax()])


def project(points: np.ndarray) -> np.ndarray:
    """Pixels at which the renderer's camera sees points, from the centre of the top left pixel."""
    x, y, z = points.T
    distance = float(shading.DISTANCE)
    closer = distance / (distance - z) / float(shading.FRAME)
    share = np.stack([0.5 + closer * x, float(shading.EYE_HEIGHT) - closer * y], axis=1)
    return SIZE * share - 0.5
