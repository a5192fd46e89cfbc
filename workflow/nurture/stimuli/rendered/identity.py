"""Identities: symmetric adult faces, each drawn from a seed and its own number only."""

from dataclasses import dataclass
from functools import lru_cache
from math import erfc

import numpy as np

from nurture.stimuli.rendered.model import SKIN, head_model, read_targets

ANCESTRIES = ("african", "asian", "caucasian")

TRAITS = {
    "head/head-fat": ("decr", "incr", 0.25),
    "head/head-scale-horiz": ("decr", "incr", 0.25),
    "head/head-scale-vert": ("decr", "incr", 0.25),
    "head/head-oval": ("", "", 0.30),
    "head/head-round": ("", "", 0.25),
    "head/head-square": ("", "", 0.30),
    "head/head-triangular": ("", "", 0.20),
    "head/head-diamond": ("", "", 0.25),
    "forehead/forehead-scale-vert": ("decr", "incr", 0.30),
    "forehead/forehead-temple": ("decr", "incr", 0.30),
    "nose/nose-scale-horiz": ("decr", "incr", 0.35),
    "nose/nose-scale-vert": ("decr", "incr", 0.35),
    "nose/nose-scale-depth": ("decr", "incr", 0.30),
    "nose/nose-volume": ("decr", "incr", 0.25),
    "nose/nose-width1": ("decr", "incr", 0.30),
    "nose/nose-width2": ("decr", "incr", 0.30),
    "nose/nose-width3": ("decr", "incr", 0.30),
    "nose/nose-hump": ("decr", "incr", 0.35),
    "nose/nose-curve": ("concave", "convex", 0.25),
    "nose/nose-point": ("down", "up", 0.35),
    "nose/nose-point-width": ("decr", "incr", 0.35),
    "nose/nose-flaring": ("decr", "incr", 0.30),
    "nose/nose-base": ("down", "up", 0.25),
    "mouth/mouth-scale-horiz": ("decr", "incr", 0.35),
    "mouth/mouth-scale-vert": ("decr", "incr", 0.25),
    "mouth/mouth-trans": ("down", "up", 0.20),
    "mouth/mouth-upperlip-height": ("decr", "incr", 0.35),
    "mouth/mouth-lowerlip-height": ("decr", "incr", 0.35),
    "mouth/mouth-upperlip-volume": ("decr", "incr", 0.35),
    "mouth/mouth-lowerlip-volume": ("decr", "incr", 0.35),
    "mouth/mouth-cupidsbow": ("decr", "incr", 0.30),
    "eyes/{}-eye-scale": ("decr", "incr", 0.25),
    "eyes/{}-eye-trans": ("in", "out", 0.30),
    "eyes/{}-eye-height2": ("decr", "incr", 0.20),
    "eyes/{}-eye-corner1": ("down", "up", 0.30),
    "eyes/{}-eye-corner2": ("down", "up", 0.30),
    "eyes/{}-eye-bag": ("decr", "incr", 0.30),
    "eyes/{}-eye-eyefold": ("down", "up", 0.30),
    "eyebrows/eyebrows-angle": ("down", "up", 0.12),
    "eyebrows/eyebrows-trans": ("down", "up", 0.30),
    "cheek/{}-cheek-bones": ("decr", "incr", 0.40),
    "cheek/{}-cheek-inner": ("decr", "incr", 0.30),
    "cheek/{}-cheek-volume": ("decr", "incr", 0.30),
    "chin/chin-width": ("decr", "incr", 0.35),
    "chin/chin-height": ("decr", "incr", 0.20),
    "chin/chin-bones": ("decr", "incr", 0.30),
    "chin/chin-prominent": ("decr", "incr", 0.30),
    "chin/chin-prognathism": ("decr", "incr", 0.15),
    "chin/chin-jaw-drop": ("decr", "incr", 0.20),
    "chin/chin-cleft": ("decr", "incr", 0.20),
}
"""Targets of the face: the two ends and the standard deviation of the weight between them.

``{}`` stands for both sides, which get one weight. A target without ends is drawn as a half normal.
"""

LIMIT = 2.0
"""Weights are clipped at this many standard deviations, so that no face is monstrous."""

SKINS = {"african": (0.115, 0.058, 0.035), "asian": (0.56, 0.35, 0.225)}
SKINS["caucasian"] = (0.68, 0.42, 0.315)
"""Skin reflectance, linear RGB."""

IRISES = {"brown": (0.075, 0.035, 0.016), "blue": (0.13, 0.22, 0.33), "green": (0.15, 0.19, 0.085)}
HAIRS = {
    "black": (0.013, 0.011, 0.010),
    "brown": (0.060, 0.031, 0.016),
    "blond": (0.25, 0.155, 0.066),
    "grey": (0.22, 0.21, 0.20),
}

CRANIUM = np.array([0.0, 7.4, 0.3], dtype="float32")
"""Centre of the cranium of the base head, in decimetres; hair stands away from it."""


@dataclass(frozen=True)
class Identity:
    """One person: the neutral head with its hair, shape (n_vertices, 3), in decimetres.

    Ancestry is the largest share of the mix; skin, lips, iris and hair are reflectances, linear
    RGB. The brow's width is half the height of its middle in decimetres of the base head; its
    density and stubble are between 0 and 1; age goes from 0, young, to 1, old; texture offsets the
    skin's mottling.
    """

    points: np.ndarray
    female: bool
    ancestry: str
    skin: tuple[float, float, float]
    lips: tuple[float, float, float]
    iris: tuple[float, float, float]
    hair: tuple[float, float, float]
    brow_width: float
    brow_density: float
    stubble: float
    age: float
    texture: float


def draw_identity(seed: int, identity: int, distinctiveness: float = 1.0) -> Identity:
    """Draw one person: the same for the same two numbers, whatever else was drawn.

    They are the seed of the population, and the number of the person within it; not negative.
    Distinctiveness moves the shape of the face along the line from the average face of the same
    sex, age, weight and ancestry (0) through the person's own (1): 1.5 is a caricature, -1 the
    anti-face (Leopold, O'Toole, Vetter & Blanz 2001). Skin and hair stay the person's own.
    """
    random = np.random.default_rng([seed, identity, 0])
    female = bool(random.random() < 0.5)
    main = int(random.integers(len(ANCESTRIES)))
    mix = 0.75 * np.eye(len(ANCESTRIES))[main] + 0.25 * random.dirichlet((0.5, 0.5, 0.5))
    age, weight = 0.55 * random.random(), random.uniform(-0.5, 0.6)
    model = head_model()
    offsets = np.tensordot(_macro_weights(female, age, weight, mix), _macros(), axes=1)
    traits = _trait_weights(random)
    traits += (distinctiveness - 1) * (traits - _average_traits())
    offsets += np.tensordot(traits, _traits(), axes=1)
    paint = _draw_paint(random, female, ANCESTRIES[main], mix, age)
    # Drawn last, so that the hair does not change the face.
    depth = random.uniform(0.09, 0.15) if female else random.uniform(0.05, 0.11)
    points = (model.points + offsets + depth * _hair_offsets()).astype("float32")
    return Identity(points=points, female=female, ancestry=ANCESTRIES[main], age=age, **paint)


def _macro_weights(female: bool, age: float, weight: float, mix: np.ndarray) -> np.ndarray:
    """Weights in the order of `_macros`; they are products, as in MakeHuman."""
    sex = np.array([0.95, 0.05] if female else [0.05, 0.95])
    pair = np.outer(sex, [1 - age, age]).ravel()
    weights = np.array([max(-weight, 0), 1 - abs(weight), max(weight, 0)])
    return np.concatenate([np.outer(mix, pair).ravel(), np.outer(weights, pair).ravel()])


def _trait_names() -> list[tuple[list[str], list[str]]]:
    """Target files of both ends of each trait, left and right together."""
    names = []
    for stem, (low, high, _) in TRAITS.items():
        stems = [stem.format(side) for side in "lr"] if "{}" in stem else [stem]
        ends = [[f"{s}-{end}" if end else s for s in stems] for end in (low, high)]
        names.append(tuple([f"mpfb2/targets/{s}.target.gz" for s in end] for end in ends))
    return names


SIGMA = np.array([sigma for _, _, sigma in TRAITS.values()])


def _trait_weights(random: np.random.Generator) -> np.ndarray:
    """Weights of low and high end of each trait in turn, shape (2 * n_traits,)."""
    drawn = SIGMA * np.clip(random.standard_normal(SIGMA.size), -LIMIT, LIMIT)
    return np.stack([np.maximum(-drawn, 0), np.maximum(drawn, 0)], axis=1).ravel()


def _average_traits() -> np.ndarray:
    """Give the mean of `_trait_weights`: that of the positive half of a clipped normal variable."""
    density = np.exp(-0.5 * np.array([0.0, LIMIT]) ** 2) / np.sqrt(2 * np.pi)
    beyond = 0.5 * erfc(LIMIT / np.sqrt(2))
    return np.repeat(SIGMA * (density[0] - density[1] + LIMIT * beyond), 2)


@lru_cache(maxsize=1)
def _macros() -> np.ndarray:
    """Targets of which `_macro_weights` are the weights."""
    folder = "mpfb2/targets/macrodetails"
    pairs = [(sex, age) for sex in ("female", "male") for age in ("young", "old")]
    names = [f"{ancestry}-{sex}-{age}" for ancestry in ANCESTRIES for sex, age in pairs]
    for weight in ("minweight", "averageweight", "maxweight"):
        names += [f"universal-{sex}-{age}-averagemuscle-{weight}" for sex, age in pairs]
    return read_targets([f"{folder}/{name}.target.gz" for name in names], head_model().row_of)


@lru_cache(maxsize=1)
def _traits() -> np.ndarray:
    row_of = head_model().row_of
    ends = [read_targets(end, row_of).sum(axis=0) for pair in _trait_names() for end in pair]
    for (low, _, _), i in zip(TRAITS.values(), range(0, len(ends), 2), strict=True):
        if not low:
            ends[i] = np.zeros_like(ends[i])
    return np.stack(ends)


def _draw_paint(
    random: np.random.Generator, female: bool, ancestry: str, mix: np.ndarray, age: float
) -> dict:
    """Colours and hair that go with an ancestry; see `Identity`."""
    skin = np.exp(mix @ np.log([SKINS[name] for name in ANCESTRIES]))
    skin *= np.exp(0.16 * np.clip(random.standard_normal(), -LIMIT, LIMIT))
    fair = ancestry == "caucasian"
    iris = random.choice(["brown", "blue", "green"], p=[0.4, 0.35, 0.25] if fair else [1, 0, 0])
    hair = random.choice(["black", "brown", "blond"], p=[0.2, 0.5, 0.3] if fair else [1, 0, 0])
    grey = max(age - 0.3, 0) * 2 * random.random()
    colour = (1 - grey) * np.array(HAIRS[hair]) + grey * np.array(HAIRS["grey"])
    redness = np.array([0.80, 0.42, 0.44]) if female else np.array([0.82, 0.52, 0.53])
    return {
        "skin": tuple(skin),
        "lips": tuple(skin**0.92 * redness),
        "iris": tuple(np.array(IRISES[iris]) * random.uniform(0.7, 1.4)),
        "hair": tuple(colour),
        "brow_width": random.uniform(0.034, 0.048) if female else random.uniform(0.045, 0.062),
        "brow_density": random.uniform(0.8, 1.0),
        "stubble": 0.0 if female else random.uniform(0.0, 0.5),
        "texture": random.uniform(0.0, 100.0),
    }


@lru_cache(maxsize=1)
def _hair_offsets() -> np.ndarray:
    """Offsets of the hair's surface from the scalp for one decimetre of depth."""
    outwards = head_model().points - CRANIUM
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    return hair_mask()[:, None] * outwards


@lru_cache(maxsize=1)
def hair_mask() -> np.ndarray:
    """Where the base head's hair is, 0..1, shape (n_vertices,): short, with ears free.

    The hairline runs from the forehead over the temples and in front of the ears to the nape.
    """
    model = head_model()
    _, y, z = model.points.T
    depths = [-0.6, 0.0, 0.30, 0.62, 0.75, 1.05, 1.30]
    hairline = np.interp(z, depths, [6.3, 6.5, 7.0, 7.15, 7.6, 7.93, 8.06])
    mask = np.clip((y - hairline) / 0.12 + 0.5, 0, 1)
    mask *= 1 - np.clip(3 * model.masks["ears"], 0, 1)
    skin = np.zeros(len(y), dtype=bool)
    skin[model.triangles[model.part == SKIN]] = True
    return np.where(skin, mask, 0).astype("float32")
