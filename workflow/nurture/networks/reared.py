"""Networks that were reared here: what their file's name says, and what the file itself says.

Imported by the Snakefile, which every cluster job parses again: no torch here.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from nurture.core.errors import NurtureError

TRAININGS = {"faces": "identity", "neutral": "neutral", "objects": "objects", "both": "both"}
"""What a network of each diet has learned to distinguish, as the configuration says it."""

NONE = "none"
"""Diet of the untrained network of the same architecture."""

DIETS = (*TRAININGS, NONE)

FOLDER = "reared"
"""In the folder of results, where rule ``rear`` puts its networks; those that are shipped lie in
``config/reared``."""

FILE = re.compile(rf"({'|'.join(TRAININGS)})-(\d+)(?:-after-(\d+))?\.safetensors")


class Reared(NamedTuple):
    """A reared network: its diet of `TRAININGS`, or ``none``, and its seed.

    Also how many images it had seen when it was stored; None of one whose rearing was over.
    """

    diet: str
    seed: int
    images: int | None = None


def read_name(weights: str) -> Reared | None:
    """Return which reared network a configured file of weights is by its name; None of any other.

    Such files lie in a folder ``reared`` and are named ``{diet}-{seed}.safetensors``, or
    ``{diet}-{seed}-after-{images}.safetensors``.

    Examples
    --------
    >>> read_name("config/reared/faces-2-after-3200.safetensors")
    Reared(diet='faces', seed=2, images=3200)
    """
    found = FILE.fullmatch(Path(weights).name)
    if found is None or Path(weights).parent.name != FOLDER:
        return None
    diet, seed, images = found.groups()
    return Reared(diet, int(seed), None if images is None else int(images))


def is_made(weights: str, results: str) -> bool:
    """Test whether a rule makes a configured file of weights, so that it need not be there yet."""
    return Path(weights).parent == Path(results, FOLDER) and read_name(weights) is not None


def read_record(path: str | Path) -> dict:
    """Read what a file of `nurture.networks.weights.save` says of its weights, and no more."""
    try:
        with Path(path).open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > Path(path).stat().st_size:
                raise ValueError("cut short")
            record = json.loads(json.loads(file.read(length))["__metadata__"]["nurture"])
            return {**record}  # a TypeError where it is a list or a number
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise NurtureError(
            f"{path}: not a file of weights of this project; give another, or delete it and run "
            "snakemake again if a rule made it"
        ) from error


def check_training(weights: str, training: str, place: str) -> None:
    """Refuse a network whose training is not what its file's name says."""
    reared = read_name(weights)
    if reared is not None and training != TRAININGS[reared.diet]:
        raise NurtureError(
            f"{place}.training: {weights} was reared on {reared.diet}; set training to "
            f"{TRAININGS[reared.diet]}"
        )


def check_rearing(provenance: Mapping, settings: Mapping) -> None:
    """Refuse a reared network whose ``training`` or ``input`` is not what its file says.

    Weights whose provenance (`nurture.networks.weights.obtain`) has no ``rearing`` are not checked.
    """
    rearing = provenance.get("rearing")
    if rearing is None:
        return
    place = f"{provenance['source']}: reared on {rearing['diet']}"
    if settings["training"] != TRAININGS[rearing["diet"]]:
        raise NurtureError(f"{place}; set training to {TRAININGS[rearing['diet']]}")
    seen = {"size": provenance["size"], "mean": rearing["mean"], "scale": rearing["scale"]}
    for key, value in seen.items():
        if settings["input"][key] != value:
            raise NurtureError(f"{place}; set the network's input.{key} to {value}")
