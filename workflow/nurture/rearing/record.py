"""What is stored of a rearing: weights in half precision, and all that they came from."""

from collections.abc import Mapping
from importlib.metadata import version

from torch import Tensor

from nurture.rearing.training import MEAN, SCALE

PACKAGES = ("anny", "numpy", "torch", "warp-lang")


def halved(state: Mapping[str, Tensor], top: bool = True) -> dict[str, Tensor]:
    """Weights in half precision, as they are stored: of fully connected layers too if `top`."""
    kept = {n: v for n, v in state.items() if top or not n.startswith("fc")}
    return {name: value.half() for name, value in kept.items()}


def provenance(recipe: Mapping, diet: str, seed: int, curve: list[dict], images: int) -> dict:
    """Return what a network came from, for `nurture.networks.weights.save`.

    The recipe is the section ``rearing`` of the configuration; for the curve see
    `nurture.rearing.training.Rearing`; `images` is how many the network had seen. Of two networks
    that were reared alike, ``rearing`` differs in ``diet``, ``seed``, ``curve`` and ``seen`` alone.
    """
    given = {key: value for key, value in recipe.items() if key not in ("seeds", "anew")}
    return {
        "architecture": "vgg16",
        "source": "reared by this project",
        "source_sha256": "",
        "seed": None,
        "outputs": recipe["classes"],
        "width": recipe["width"],
        "hidden": recipe["hidden"],
        "size": recipe["size"],
        "rearing": {
            "recipe": given,
            "mean": MEAN,
            "scale": SCALE,
            "software": {name: version(name) for name in PACKAGES},
            "diet": diet,
            "seed": seed,
            "seen": images,
            "curve": curve,
        },
    }


def best(curve: list[dict]) -> int:
    """Count the images that a network had seen when it named most held-out views, at the latest."""
    return max(curve, key=lambda point: (point["accuracy"], point["images"]))["images"]
