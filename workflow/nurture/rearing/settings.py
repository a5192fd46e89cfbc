"""What the configuration says of reared networks."""

from collections.abc import Mapping
from itertools import product
from pathlib import Path

from nurture.networks.catalogue import PROPORTIONS
from nurture.networks.reared import FOLDER, TRAININGS, read_name
from nurture.networks.settings import compared, replicates


def diets(config: Mapping) -> dict[str, dict]:
    """Find networks whose diets can be compared: reared ones of equal architecture.

    Returns
    -------
    dict of str to dict
        ``diet``, ``training``, ``images`` seen and whether the rearing is ``finished``, by network;
        of the architecture, input and readout of the first. None of fewer than two diets. How many
        images a network has seen in the end only its file says: here it is None.
    """
    networks = config["networks"]
    reared = {name: one for name, one in compared(config).items() if one.diet}
    alike = ("architecture", *PROPORTIONS, "input", "readout")
    first = next((networks[name] for name in reared), {})
    found = {
        name: {
            "diet": one.diet,
            "training": one.training,
            "images": one.images,
            "finished": not one.images,
        }
        for name, one in reared.items()
        if all(networks[name].get(key) == first.get(key) for key in alike)
    }
    return found if len({one["diet"] for one in found.values() if one["finished"]}) > 1 else {}


def checked(config: Mapping) -> dict[str, dict]:
    """Find networks that are shown what they were reared on: their diet, and how they are built."""
    networks = config["networks"]
    keys = ("architecture", "training", "outputs", "input", *PROPORTIONS)
    return {
        name: {
            "diet": one.diet,
            "settings": {key: networks[name][key] for key in keys if key in networks[name]},
        }
        for name, one in compared(config).items()
        if one.diet and not one.images
    }


def with_own_rearing(config: Mapping) -> dict:
    """Take reared networks from where rule ``rear`` makes them, if they are to be reared anew."""
    if not config["rearing"]["anew"]:
        return dict(config)
    folder = Path(config["results"], FOLDER)
    networks = {
        name: {**settings, "weights": str(folder / Path(settings["weights"]).name)}
        if read_name(settings["weights"])
        else settings
        for name, settings in config["networks"].items()
    }
    return {**config, "networks": networks}


def reared_anew(config: Mapping) -> list[str]:
    """Files of all networks that are to be reared; none where those that are shipped will do."""
    rearing, folder = config["rearing"], Path(config["results"], FOLDER)
    pairs = product(TRAININGS, rearing["seeds"] if rearing["anew"] else ())
    return [str(folder / f"{diet}-{seed}.safetensors") for diet, seed in pairs]


def diets_readout(config: Mapping) -> str:
    """Layer from which those networks are read; empty when there are none."""
    first = next(iter(diets(config)), None)
    return config["networks"][first]["readout"] if first else ""


def seeds_of_rearing(config: Mapping) -> dict[str, list[str]]:
    """Pick of seed replicates those that were reared to the end, and their untrained controls."""
    over = checked(config)
    return {name: seeds for name, seeds in replicates(config).items() if seeds[0] in over}


def unfinished(config: Mapping) -> list[str]:
    """List networks that were stored in the course of rearing."""
    return [name for name, one in compared(config).items() if one.images]


def stored_on_the_way(config: Mapping) -> bool:
    """Test whether any network was stored in the course of rearing."""
    return any(one["images"] for one in diets(config).values())
