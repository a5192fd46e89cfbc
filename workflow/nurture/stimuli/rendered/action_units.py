"""The table of action units: what every expression is made of, checked before any work.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS, NEUTRAL, NONE
from nurture.core.texts import read_yaml

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

STEMS = tuple(dict.fromkeys(re.sub("(Left|Right)$", "", shape) for shape in SHAPES))

LARGEST = 1.5
"""Largest intensity of an action unit and largest weight of a shape."""

SIDES = {"L": "Left", "R": "Right"}
"""One-sided action units as FACS writes them, ``L14``: the side is the shown person's."""

NAME = re.compile("[a-z]+(_[a-z]+)*")


@dataclass(frozen=True)
class ActionUnits:
    """A table of expressions as it is written, with its sides filled in.

    For each expression the intensity of action units, by a number such as 12 or one side of it such
    as ``"L12"``; for each of these the weights of `SHAPES`.
    """

    expressions: dict[str, dict[int | str, float]]
    shapes: dict[int | str, dict[str, float]]


def read_action_units(path: str | Path) -> ActionUnits:
    """Read a table of action units.

    It is YAML with ``expressions`` (intensity of action units by expression) and ``action_units``
    (name and weights of the head's shapes by action unit), as config/action_units.yaml. The six
    basic expressions and neutral are needed; there may be others. A `NurtureError` names file and
    key of an unknown action unit or shape, a missing expression, a number out of range, or two
    expressions with one recipe.
    """
    table = read_yaml(path, "name a table of action units")
    sections = ("expressions", "action_units")
    if not isinstance(table, Mapping) or set(table) != set(sections):
        raise NurtureError(f"{path}: needs exactly the sections {' and '.join(sections)}")
    actions = _mapping(table["action_units"], f"{path}, action_units")
    shapes = {unit: _shape_weights(path, unit, entry) for unit, entry in actions.items()}
    recipes = _mapping(table["expressions"], f"{path}, expressions")
    _check_names(path, recipes)
    names = {unit: entry["name"] for unit, entry in actions.items()}
    expressions = {name: _intensities(path, name, row, names) for name, row in recipes.items()}
    _check_distinct(path, expressions)
    used = {unit: name for name, row in reversed(expressions.items()) for unit in row}
    for unit in sorted(unit for unit in used if isinstance(unit, str)):
        shapes[unit] = _one_side(f"{path}, expressions.{used[unit]}.{unit}", unit, shapes)
    return ActionUnits(expressions, shapes)


def _mapping(value: object, where: str) -> Mapping:
    if not isinstance(value, Mapping):
        raise NurtureError(f"{where}: expected a table of keys and values, found {value!r}")
    return value


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST:
        raise NurtureError(f"{where}: expected a number from 0 to {LARGEST}, found {value!r}")
    return float(value)


def _shape_weights(path: str | Path, unit: object, entry: object) -> dict[str, float]:
    where = f"{path}, action_units.{unit}"
    if isinstance(unit, bool) or not isinstance(unit, int):
        raise NurtureError(f"{where}: an action unit is a whole number")
    entry = _mapping(entry, where)
    if set(entry) != {"name", "shapes"}:
        raise NurtureError(f"{where}: needs exactly the keys name and shapes")
    weights = {}
    for shape, value in _mapping(entry["shapes"], f"{where}.shapes").items():
        sides = [shape] if shape in SHAPES else [f"{shape}Left", f"{shape}Right"]
        if not set(sides) <= set(SHAPES):
            close = get_close_matches(str(shape), STEMS, n=1)
            hint = f"; did you mean {close[0]}?" if close else "; see ARKit's names"
            raise NurtureError(f"{where}.shapes.{shape}: unknown shape{hint}")
        weights |= dict.fromkeys(sides, _number(value, f"{where}.shapes.{shape}"))
    return weights


def _check_names(path: str | Path, recipes: Mapping) -> None:
    for name in (*EXPRESSIONS, NEUTRAL):
        if name not in recipes:
            others = set(map(str, recipes)) - {*EXPRESSIONS, NEUTRAL}
            close = get_close_matches(name, sorted(others), n=1)
            hint = f"rename {close[0]}?" if close else "add one"
            raise NurtureError(f"{path}, expressions: no recipe for {name}; {hint}")
    for name in recipes:
        if not isinstance(name, str) or not NAME.fullmatch(name) or name == NONE:
            raise NurtureError(
                f"{path}, expressions.{name}: write its name in small letters, words joined by _"
            )


def _intensities(path: str | Path, name: str, recipe: object, names: Mapping[int, str]) -> dict:
    where = f"{path}, expressions.{name}"
    row = {}
    for unit, value in _mapping(recipe, where).items():
        if unit not in names and _both_sides(unit) not in names:
            raise NurtureError(f"{where}.{unit}: unknown action unit{_nearest(unit, names)}")
        row[unit] = _number(value, f"{where}.{unit}")
    return row


def _both_sides(unit: object) -> int | None:
    """Give the number of a one-sided action unit such as L12."""
    match = re.fullmatch("[LR]([0-9]+)", unit) if isinstance(unit, str) else None
    return int(match[1]) if match else None


def _nearest(unit: object, names: Mapping[int, str]) -> str:
    """Return the unit that may have been meant: of that name or number, or the nearest number."""
    digits = re.search("[0-9]+", str(unit))
    if digits is None:
        by_name = {name: number for number, name in names.items()}
        close = get_close_matches(str(unit), list(by_name), n=1)
        return f"; did you mean {by_name[close[0]]} ({close[0]})?" if close else "; give its number"
    number = min(names, key=lambda known: abs(known - int(digits[0])))
    return f"; did you mean {number} ({names[number]})? Or add it to action_units"


def _check_distinct(path: str | Path, expressions: Mapping[str, Mapping]) -> None:
    seen = {}
    for name, row in expressions.items():
        acting = tuple(sorted(((str(unit), value) for unit, value in row.items() if value)))
        other = seen.setdefault(acting, name)
        if other != name:
            raise NurtureError(f"{path}, expressions.{name}: same recipe as {other}; change one")


def _one_side(where: str, unit: str, shapes: Mapping) -> dict[str, float]:
    whole = shapes[_both_sides(unit)]
    half = {shape: value for shape, value in whole.items() if shape.endswith(SIDES[unit[0]])}
    if not half:
        raise NurtureError(f"{where}: none of its shapes has two sides; leave out the {unit[0]}")
    return half


def unit_intensities(
    expression: str, continuum: str, level: float, intensity: float, recipes: Mapping
) -> Any:
    """Intensity of each action unit in one stimulus, shape (n_units,).

    A morph's units lie between those of the continuum's two expressions. Recipes are intensities of
    the units by expression; for the labels see `nurture.stimuli.rendered.design`.
    """
    if continuum == NONE:
        return intensity * recipes[expression]
    first, second = (recipes[name] for name in continuum.split("-"))
    return intensity * ((1 - level) * first + level * second)
