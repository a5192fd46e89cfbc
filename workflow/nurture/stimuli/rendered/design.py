"""Which faces a stimulus set holds: labels drawn from a specification and a seed."""

from collections.abc import Mapping, Sequence
from itertools import product
from zlib import crc32

import numpy as np
import pandas as pd

from nurture.core.errors import NurtureError
from nurture.core.expressions import CONTINUA, EXPRESSIONS, NEUTRAL, NONE
from nurture.stimuli.rendered.identity import MOST_DISTINCT

LIGHT_ELEVATION = 35.0
"""Height of the key light in degrees, in front of the face unless it varies."""

KEYS = {
    "expressions": {
        "kind",
        "first_identity",
        "identities",
        "expressions",
        "yaw",
        "pitch",
        "light",
        "gaze",
        "intensity",
        "skin",
        "distinctiveness",
        "same_identities",
    },
    "continua": {
        "kind",
        "first_identity",
        "identities",
        "levels",
        "continua",
        "skin",
        "distinctiveness",
        "same_identities",
    },
}
"""Keys of a specification of each kind."""

BASIC = (*EXPRESSIONS, NEUTRAL)

WIDEST = {"yaw": 60, "pitch": 60, "light": 90}
"""Largest angle of a sweep either way, in degrees."""


def design(spec: Mapping, seed: int, known: Sequence[str] = BASIC) -> pd.DataFrame:
    """Labels of the stimuli of one set, one row each, identity by identity.

    Parameters
    ----------
    spec : mapping
        ``kind`` (``expressions`` or ``continua``), ``first_identity``, ``identities`` (how many).
        For expressions, all optional: ``expressions`` (default the six), and what varies,
        uniformly: ``yaw``, ``pitch`` and ``gaze`` (largest angle either way in degrees, default 0),
        ``light`` (largest azimuth of the light either way; its elevation varies by half of it),
        ``intensity`` (one number or lowest and highest, default 1). A list instead of one number
        for ``yaw``, ``pitch`` or ``light`` is a sweep: every face at every level of it. For
        continua: ``levels`` (how many, at least 2) and ``continua`` (default the paper's seven).
        For both, ``skin``: reflectance between .02 and .8 for everybody, instead of each person's
        own; and ``distinctiveness`` (default 1), see
        `nurture.stimuli.rendered.identity.draw_identity`; for expressions it may be a list, a sweep
        too.
    seed : int
        What varies in a stimulus depends on this, its identity and its expression only, so that
        all levels of a sweep show the same face.
    known : sequence of str
        Expressions of which there are recipes.

    Returns
    -------
    pandas.DataFrame
        Columns expression, identity, continuum, level, intensity, yaw, pitch, light_azimuth,
        light_elevation, gaze_x, gaze_y, distinctiveness, skin; angles in degrees. ``skin`` is
        NaN where it is the person's own.

    Raises
    ------
    NurtureError
        When a key is unknown or missing, or a value out of range.
    """
    kind = spec.get("kind")
    if kind not in KEYS:
        raise NurtureError(f"kind: expected {' or '.join(KEYS)}, found {kind!r}")
    unknown = sorted(set(spec) - KEYS[kind])
    if unknown:
        known = ", ".join(sorted(KEYS[kind]))
        raise NurtureError(f"{unknown[0]}: unknown key of {kind}; known: {known}")
    first, count = _whole(spec, "first_identity", 0), _whole(spec, "identities", 1)
    identities = range(first, first + count)
    if kind == "continua":
        rows = _continua_rows(spec, identities)
    else:
        rows = _expression_rows(spec, identities, seed, known)
    return pd.DataFrame(rows).assign(skin=_skin(spec))


def _whole(spec: Mapping, key: str, least: int) -> int:
    value = spec.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise NurtureError(f"{key}: expected a whole number of at least {least}, found {value!r}")
    return value


def _angle(spec: Mapping, key: str) -> float:
    """Largest angle either way; 0 for a sweep, within which nothing is drawn."""
    value = spec.get(key, 0)
    if isinstance(value, list) and key in WIDEST:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 60:
        raise NurtureError(f"{key}: expected 0 to 60 degrees, found {value!r}")
    return float(value)


def _levels(spec: Mapping, key: str, default: float, least: float, most: float) -> list[float]:
    """Levels of a sweep, or the one number that is given."""
    given = spec.get(key, default)
    values = given if isinstance(given, list) else [given]
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) != len(values) or not numbers or len(set(numbers)) < len(numbers):
        raise NurtureError(f"{key}: expected numbers, none of them twice; found {given!r}")
    if not all(least <= number <= most for number in numbers):
        raise NurtureError(f"{key}: expected {least} to {most}, found {given!r}")
    return [float(number) for number in numbers]


def _distinctiveness(spec: Mapping) -> list[float]:
    return _levels(spec, "distinctiveness", 1.0, -MOST_DISTINCT, MOST_DISTINCT)


def _intensity(spec: Mapping) -> tuple[float, float]:
    value = spec.get("intensity", 1)
    ends = value if isinstance(value, list | tuple) else [value, value]
    numbers = [end for end in ends if isinstance(end, int | float) and 0 <= end <= 1]
    if len(ends) != 2 or len(numbers) != 2 or ends[0] > ends[1]:
        raise NurtureError(f"intensity: expected a number 0..1 or lowest, highest; found {value!r}")
    return float(ends[0]), float(ends[1])


def _skin(spec: Mapping) -> float:
    if "skin" not in spec:
        return np.nan
    value = spec["skin"]
    if not isinstance(value, float) or not 0.02 <= value <= 0.8:
        raise NurtureError(f"skin: expected a reflectance from .02 to .8, found {value!r}")
    return value


def _names(spec: Mapping, key: str, default: tuple[str, ...], known: tuple[str, ...]) -> list[str]:
    names = list(spec.get(key, default))
    wrong = [name for name in names if name not in known]
    if wrong or len(set(names)) < len(names) or not names:
        problem = f"unknown {wrong[0]!r}" if wrong else "empty, or a name twice"
        raise NurtureError(f"{key}: {problem}; known: {', '.join(known)}")
    return names


def _place(name: str) -> int:
    """Give an expression's number in its seed: for one that is not basic, of its name alone."""
    return BASIC.index(name) if name in BASIC else crc32(name.encode())


def _expression_rows(
    spec: Mapping, identities: range, seed: int, known: Sequence[str]
) -> list[dict]:
    names = _names(spec, "expressions", EXPRESSIONS, tuple(known))
    yaw, pitch, light, gaze = (_angle(spec, key) for key in ("yaw", "pitch", "light", "gaze"))
    low, high = _intensity(spec)
    sweeps = [
        _levels(spec, key, 0, -most, most) if isinstance(spec.get(key), list) else [None]
        for key, most in WIDEST.items()
    ]
    rows = []
    for identity, name in product(identities, names):
        random = np.random.default_rng([seed, identity, 1, _place(name)])
        draw = random.uniform(-1, 1, size=6)
        face = {
            "expression": name,
            "identity": identity,
            "continuum": NONE,
            "level": np.nan,
            "intensity": low + random.random() * (high - low),
            "yaw": yaw * draw[0],
            "pitch": pitch * draw[1],
            "light_azimuth": light * draw[2],
            "light_elevation": LIGHT_ELEVATION + light / 2 * draw[3],
            "gaze_x": gaze * draw[4],
            "gaze_y": gaze * draw[5],
        }
        for *swept, distinct in product(*sweeps, _distinctiveness(spec)):
            levels = zip(("yaw", "pitch", "light_azimuth"), swept, strict=True)
            turned = {label: level for label, level in levels if level is not None}
            rows.append({**face, **turned, "distinctiveness": distinct})
    return rows


def _continua_rows(spec: Mapping, identities: range) -> list[dict]:
    pairs = [f"{a}-{b}" for a in EXPRESSIONS for b in EXPRESSIONS if a != b]
    names = _names(spec, "continua", CONTINUA, tuple(pairs))
    levels = np.linspace(0, 1, _whole(spec, "levels", 2))
    distinct = _distinctiveness(spec)
    if len(distinct) > 1:
        raise NurtureError("distinctiveness: continua take one number")
    return [
        {
            "expression": NONE,
            "identity": identity,
            "continuum": name,
            "level": float(level),
            "intensity": 1.0,
            "yaw": 0.0,
            "pitch": 0.0,
            "light_azimuth": 0.0,
            "light_elevation": LIGHT_ELEVATION,
            "gaze_x": 0.0,
            "gaze_y": 0.0,
            "distinctiveness": distinct[0],
        }
        for identity in identities
        for name in names
        for level in levels
    ]
