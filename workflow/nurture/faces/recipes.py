"""Expressions as action units: the table a psychologist reads and edits."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import yaml

from nurture.errors import NurtureError
from nurture.expressions import EXPRESSIONS, NEUTRAL
from nurture.faces.model import head_model, read_targets

SHAPES = (
    *(f"brow{name}" for name in ("InnerUp", "DownLeft", "DownRight")),
    *(f"browOuterUp{side}" for side in ("Left", "Right")),
    *(
        f"eye{name}{side}"
        for name in ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")
        for side in ("Left", "Right")
    ),
    *(f"cheek{name}" for name in ("Puff", "SquintLeft", "SquintRight")),
    *(f"noseSneer{side}" for side in ("Left", "Right")),
    *(f"jaw{name}" for name in ("Forward", "Left", "Open", "Right")),
    *(
        f"mouth{name}{side}"
        for name in ("Dimple", "Frown", "LowerDown", "Press", "Smile", "Stretch", "UpperUp")
        for side in ("Left", "Right")
    ),
    *(f"mouth{name}" for name in ("Close", "Funnel", "Left", "Pucker", "Right")),
    *(f"mouth{name}" for name in ("RollLower", "RollUpper", "ShrugLower", "ShrugUpper")),
    "tongueOut",
)
"""The face-unit shapes of the head, 52 names of ARKit."""

LARGEST = 1.5
"""Largest intensity of an action unit and largest weight of a shape."""


@dataclass(frozen=True)
class Recipes:
    """A table of expressions.

    Attributes
    ----------
    units : tuple of int
        Action units, by number.
    expressions : dict of str to numpy.ndarray, shape (n_units,)
        Intensity of each action unit in each expression, neutral included.
    shapes : numpy.ndarray, shape (n_units, n_shapes)
        Weight of each of `SHAPES` in each action unit.
    """

    units: tuple[int, ...]
    expressions: dict[str, np.ndarray]
    shapes: np.ndarray


def read_recipes(path: str | Path) -> Recipes:
    """Read a table of action units.

    Parameters
    ----------
    path : str or Path
        YAML with ``expressions`` (intensity of action units by expression) and ``action_units``
        (name and weights of the head's shapes by action unit), as config/action_units.yaml.

    Returns
    -------
    Recipes

    Raises
    ------
    NurtureError
        When the file is not such a table: an unknown or missing expression, action unit or
        shape, a number out of range, or two expressions with one recipe. Names file and key.
    """
    try:
        table = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NurtureError(f"{path}: no such file; name a table of action units") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise NurtureError(f"{path}: not readable as YAML ({reason})") from None
    sections = ("expressions", "action_units")
    if not isinstance(table, Mapping) or set(table) != set(sections):
        raise NurtureError(f"{path}: needs exactly the sections {' and '.join(sections)}")
    actions = _mapping(table["action_units"], f"{path}, action_units")
    shapes = np.array([_shape_weights(path, unit, entry) for unit, entry in actions.items()])
    units = tuple(actions)
    recipes = _mapping(table["expressions"], f"{path}, expressions")
    _check_names(path, recipes)
    expressions = {name: _intensities(path, name, row, units) for name, row in recipes.items()}
    _check_distinct(path, expressions)
    return Recipes(units=units, expressions=expressions, shapes=shapes)


def _mapping(value: object, where: str) -> Mapping:
    if not isinstance(value, Mapping):
        raise NurtureError(f"{where}: expected a table of keys and values, found {value!r}")
    return value


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST:
        raise NurtureError(f"{where}: expected a number from 0 to {LARGEST}, found {value!r}")
    return float(value)


def _shape_weights(path: str | Path, unit: object, entry: object) -> np.ndarray:
    where = f"{path}, action_units.{unit}"
    if isinstance(unit, bool) or not isinstance(unit, int):
        raise NurtureError(f"{where}: an action unit is a whole number")
    entry = _mapping(entry, where)
    if set(entry) != {"name", "shapes"}:
        raise NurtureError(f"{where}: needs exactly the keys name and shapes")
    weights = np.zeros(len(SHAPES))
    for shape, value in _mapping(entry["shapes"], f"{where}.shapes").items():
        sides = [shape] if shape in SHAPES else [f"{shape}Left", f"{shape}Right"]
        if not set(sides) <= set(SHAPES):
            raise NurtureError(f"{where}.shapes.{shape}: unknown shape; see ARKit's names")
        for side in sides:
            weights[SHAPES.index(side)] = _number(value, f"{where}.shapes.{shape}")
    return weights


def _check_names(path: str | Path, recipes: Mapping) -> None:
    known = (*EXPRESSIONS, NEUTRAL)
    for name in recipes:
        if name not in known:
            raise NurtureError(
                f"{path}, expressions.{name}: unknown expression; known: {', '.join(known)}"
            )
    missing = [name for name in known if name not in recipes]
    if missing:
        raise NurtureError(f"{path}, expressions: no recipe for {missing[0]}; add one")


def _intensities(path: str | Path, name: str, recipe: object, units: tuple[int, ...]) -> np.ndarray:
    where = f"{path}, expressions.{name}"
    row = np.zeros(len(units))
    for unit, value in _mapping(recipe, where).items():
        if unit not in units:
            raise NurtureError(f"{where}.{unit}: unknown action unit; add it to action_units")
        row[units.index(unit)] = _number(value, f"{where}.{unit}")
    return row


def _check_distinct(path: str | Path, expressions: Mapping[str, np.ndarray]) -> None:
    seen = {}
    for name, row in expressions.items():
        twin = seen.setdefault(row.tobytes(), name)
        if twin != name:
            raise NurtureError(f"{path}, expressions.{name}: same recipe as {twin}; change one")


@lru_cache(maxsize=1)
def shape_offsets() -> np.ndarray:
    """Offsets of the head's vertices for each of `SHAPES`, shape (n_shapes, n_vertices, 3)."""
    names = [f"faceunits01/targets/faceunits/{shape}.target" for shape in SHAPES]
    return read_targets(names, head_model().row_of)
