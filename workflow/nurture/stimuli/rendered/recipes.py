"""Expressions as action units: the table a psychologist reads and edits, as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from nurture.stimuli.rendered.action_units import SHAPES, read_action_units
from nurture.stimuli.rendered.model import head_model, read_targets


@dataclass(frozen=True)
class Recipes:
    """A table of expressions: of each the intensity of the action units, shape (n_units,).

    An action unit is a number, or one side of one such as ``"L14"``; ``shapes`` has the weight of
    each of `SHAPES` in it, shape (n_units, n_shapes).
    """

    units: tuple[int | str, ...]
    expressions: dict[str, np.ndarray]
    shapes: np.ndarray


def read_recipes(path: str | Path) -> Recipes:
    """Read a table as `nurture.stimuli.rendered.action_units.read_action_units`, into arrays."""
    table = read_action_units(path)
    units = tuple(table.shapes)
    return Recipes(
        units=units,
        expressions={name: _row(given, units) for name, given in table.expressions.items()},
        shapes=np.array([_row(weights, SHAPES) for weights in table.shapes.values()]),
    )


def _row(given: Mapping, keys: Sequence) -> np.ndarray:
    return np.array([given.get(key, 0.0) for key in keys])


@lru_cache(maxsize=1)
def shape_offsets() -> np.ndarray:
    """Offsets of the head's vertices for each of `SHAPES`, shape (n_shapes, n_vertices, 3)."""
    names = [f"faceunits01/targets/faceunits/{shape}.target" for shape in SHAPES]
    return read_targets(names, head_model().row_of)
