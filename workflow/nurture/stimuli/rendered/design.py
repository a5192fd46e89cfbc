"""Which faces a stimulus set holds: labels drawn from a specification and a seed."""

from collections.abc import Mapping
from itertools import product
from zlib import crc32

import numpy as np
import pandas as pd

from nurture.core.errors import NurtureError
from nurture.core.expressions import CONTINUA, EXPRESSIONS, NEUTRAL, NONE

LIGHT_ELEVATION = 35.0
"""Height of the key light in degrees, in front of the face unless it varies."""

BASIC = (*EXPRESSIONS, NEUTRAL)

SWEPT = {"yaw": "yaw", "pitch": "pitch", "light": "light_azimuth"}
"""Keys that may be a sweep, and the labels that they set."""


def design(spec: Mapping, seed: int) -> pd.DataFrame:
    """Labels of the stimuli of one set, one row each, identity by identity.

    Parameters
    ----------
    spec : mapping
        The set as the configuration's schema has checked it: ``kind`` (``expressions`` or
        ``continua``), ``first_identity``, ``identities`` (how many).
        For expressions, all optional: ``expressions`` (default the six), and what varies,
        uniformly: ``yaw``, ``pitch`` and ``gaze`` (largest angle either way in degrees, default 0),
        ``light`` (largest azimuth of the light either way; its elevation varies by half of it),
        ``intensity`` (lowest and highest, default 1). A list instead of one number for ``yaw``,
        ``pitch`` or ``light`` is a sweep: every face at every level of it. For continua:
        ``levels`` (how many) and ``continua`` (default the paper's seven). For both, ``skin``:
        reflectance for everybody, instead of each person's own; and ``distinctiveness`` (default
        1), see `nurture.stimuli.rendered.identity.draw_identity`; for expressions it may be a
        list, a sweep too.
    seed : int
        What varies in a stimulus depends on this, its identity and its expression only, so that
        all levels of a sweep show the same face.

    Returns
    -------
    pandas.DataFrame
        Columns expression, identity, continuum, level, intensity, yaw, pitch, light_azimuth,
        light_elevation, gaze_x, gaze_y, distinctiveness, skin; angles in degrees. ``skin`` is
        NaN where it is the person's own.

    Raises
    ------
    NurtureError
        When the lowest intensity is above the highest.
    """
    identities = range(spec["first_identity"], spec["first_identity"] + spec["identities"])
    if spec["kind"] == "continua":
        rows = _continua_rows(spec, identities)
    else:
        rows = _expression_rows(spec, identities, seed)
    return pd.DataFrame(rows).assign(skin=spec.get("skin", np.nan))


def _expression_rows(spec: Mapping, identities: range, seed: int) -> list[dict]:
    names = spec.get("expressions", EXPRESSIONS)
    # Within a sweep nothing is drawn.
    yaw, pitch, light, gaze = (
        0.0 if isinstance(spec.get(key), list) else float(spec.get(key, 0))
        for key in ("yaw", "pitch", "light", "gaze")
    )
    low, high = spec.get("intensity", (1, 1))
    if low > high:
        raise NurtureError(f"intensity: expected lowest, highest; found {low:g}, {high:g}")
    sweeps = [_levels(spec[key]) if isinstance(spec.get(key), list) else [None] for key in SWEPT]
    rows = []
    for identity, name in product(identities, names):
        # An expression that is not basic has a number of its name alone.
        number = BASIC.index(name) if name in BASIC else crc32(name.encode())
        random = np.random.default_rng([seed, identity, 1, number])
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
        for *swept, distinct in product(*sweeps, _levels(spec.get("distinctiveness", 1))):
            levels = zip(SWEPT.values(), swept, strict=True)
            turned = {label: level for label, level in levels if level is not None}
            rows.append({**face, **turned, "distinctiveness": distinct})
    return rows


def _levels(given: float | list[float]) -> list[float]:
    return [float(number) for number in (given if isinstance(given, list) else [given])]


def _continua_rows(spec: Mapping, identities: range) -> list[dict]:
    fixed = {
        "intensity": 1.0,
        "yaw": 0.0,
        "pitch": 0.0,
        "light_azimuth": 0.0,
        "light_elevation": LIGHT_ELEVATION,
        "gaze_x": 0.0,
        "gaze_y": 0.0,
        "distinctiveness": float(spec.get("distinctiveness", 1)),
    }
    return [
        {"expression": NONE, "identity": identity, "continuum": name, "level": float(level)} | fixed
        for identity in identities
        for name in spec.get("continua", CONTINUA)
        for level in np.linspace(0, 1, spec["levels"])
    ]
