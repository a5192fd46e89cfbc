"""What the configuration says of reared networks."""

from collections.abc import Mapping
from itertools import product
from pathlib import Path

from nurture.activations.settings import baseline_panels
from nurture.networks.catalogue import (
    PROPORTIONS,
)
from nurture.networks.reared import (
    FOLDER,
    NONE,
    TRAININGS,
    Reared,
    read_name,
)
from nurture.networks.settings import panels, replicates, untrained_controls


def reared(config: Mapping) -> dict[str, Reared]:
    """Find compared networks that were reared here, and the untrained ones of their architecture.

    Returns
    -------
    dict of str to Reared
        By network, in configured order. The untrained are of diet ``none`` and have seen no image.
    """
    names, networks = config["experiment"]["networks"], config["networks"]
    found = {name: read_name(networks[name]["weights"]) for name in names}
    controls = untrained_controls(config)
    for name in [name for name in names if found[name]]:
        for control in controls[name]:
            found[control] = Reared(NONE, networks[control]["seed"], 0)
    return {name: one for name, one in found.items() if one}


def diets(config: Mapping) -> dict[str, dict]:
    """Find networks whose diets can be compared: reared ones of equal architecture.

    Returns
    -------
    dict of str to dict
        ``diet``, ``training``, ``images`` seen and whether the rearing is ``finished``, by network;
        of the architecture, input and readout of the first. None of fewer than two diets. How many
        images a network has seen in the end only its file tells: here it is None.
    """
    found, networks = reared(config), config["networks"]
    alike = ("architecture", *PROPORTIONS, "input", "readout")
    first = next((networks[name] for name in found), {})
    same = {
        name: one
        for name, one in found.items()
        if all(networks[name].get(key) == first.get(key) for key in alike)
    }
    told = {
        name: {
            "diet": one.diet,
            "training": networks[name]["training"],
            "images": one.images,
            "finished": not one.images,
        }
        for name, one in same.items()
    }
    return told if len({t["diet"] for t in told.values() if t["finished"]}) > 1 else {}


def checked(config: Mapping) -> dict[str, dict]:
    """Find networks that are shown what they were reared on: their diet, and how they are built."""
    networks = config["networks"]
    keys = ("architecture", "training", "outputs", "input", *PROPORTIONS)
    return {
        name: {
            "diet": one.diet,
            "settings": {key: networks[name][key] for key in keys if key in networks[name]},
        }
        for name, one in reared(config).items()
        if not one.images
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


def finished(config: Mapping) -> dict[str, dict[str, str]]:
    """Pick of `panels` all but the networks that were stored in the course of rearing."""
    found = reared(config)
    return {n: told for n, told in panels(config).items() if n not in found or not found[n].images}


def not_reared(config: Mapping) -> dict[str, dict[str, str]]:
    """Pick of `panels` what the paper's networks are compared with.

    Networks that were reared here, and their untrained controls, are a family of their own: see
    `diets`.
    """
    found = reared(config)
    return {name: told for name, told in panels(config).items() if name not in found}


def experienced(config: Mapping) -> dict[str, dict[str, str]]:
    """Pick of `panels` what the figure of experience shows.

    Reared networks only where there are no others: they have the figure of diets.
    """
    others = not_reared(config)
    return others if any(s["training"] != "none" for s in others.values()) else finished(config)


def seeds_of_rearing(config: Mapping) -> dict[str, list[str]]:
    """Pick of `replicates` those that were reared, rearing over, and their untrained ones."""
    found, over = reared(config), finished(config)
    return {n: m for n, m in replicates(config).items() if m[0] in found and m[0] in over}


def shown(config: Mapping) -> dict[str, dict[str, str]]:
    """Pick of `panels` what figures with a panel for each network show.

    Of reared networks that differ in seed only it is the first one, and none that was stored on
    the way: those are in figures of their own, and their numbers in the tables.
    """
    found, later = reared(config), set()
    for members in replicates(config).values():
        later.update(name for name in members[1:] if name in found)
    later.update(name for name, one in found.items() if one.images)
    return {name: told for name, told in panels(config).items() if name not in later}


def unfinished(config: Mapping) -> list[str]:
    """List networks that were stored in the course of rearing."""
    over = finished(config)
    return [name for name in panels(config) if name not in over]


def shown_with_baselines(config: Mapping) -> dict[str, dict[str, str]]:
    """Pick what `shown` does, and the baselines."""
    return {**shown(config), **baseline_panels(config)}


def experienced_with_baselines(config: Mapping) -> dict[str, dict[str, str]]:
    """Pick what `experienced` does, and the baselines."""
    return {**experienced(config), **baseline_panels(config)}


def stored_on_the_way(config: Mapping) -> bool:
    """Test whether any network was stored in the course of rearing."""
    return any(told["images"] and not told["finished"] for told in diets(config).values())


def figure_style(config: Mapping, figure: str, first_seeds: bool = False) -> dict:
    """Collect what the configuration changes in a figure's style: the shared part, then its own.

    One that shows the networks of `shown` says in its caption what it leaves out.
    """
    figures = config["figures"]
    left = first_seeds and len(panels(config)) > len(shown(config))
    note = {"note": " Of reared networks: the first seed of each diet."} if left else {}
    return {**figures.get("style", {}), **figures.get(figure, {}), **note}
