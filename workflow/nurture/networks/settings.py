"""What the configuration says of networks."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from nurture.core.file_digest import contents_of
from nurture.core.names import file_stem
from nurture.networks.catalogue import PROPORTIONS, describe_network, is_own, proportions
from nurture.networks.listing import parts
from nurture.networks.reared import NONE, Reared, is_made, read_name


def network_layers(config: Mapping) -> Iterator[tuple[str, str]]:
    """Every compared network with what names the files of each of its layers, in configured order.

    See `nurture.core.names.file_stem`.
    """
    for network in config["experiment"]["networks"]:
        for layer in config["networks"][network]["layers"]:
            yield network, file_stem(layer)


def readouts(config: Mapping) -> list[tuple[str, str]]:
    """Each compared network with what names the files of its readout layer."""
    names = config["experiment"]["networks"]
    return [(n, file_stem(config["networks"][n]["readout"])) for n in names]


def architectures(config: Mapping) -> dict[str, str]:
    """Architecture of each compared network, in one line."""
    names = config["experiment"]["networks"]
    return {n: describe_network(config["networks"][n]) for n in names}


def weights_of(config: Mapping, network: str) -> dict:
    """Pick what a network's weights file depends on, and no more."""
    settings = config["networks"][network]
    keys = ["architecture", "training", "weights", "state", "seed", "outputs", *PROPORTIONS]
    file = is_own(settings["architecture"]) or is_file(settings["weights"])
    if file or proportions(settings):
        # A file says how its network sees, and that is compared; the size of the images is one of
        # the proportions.
        keys += ["input"]
    return {key: settings[key] for key in keys if key in settings}


def preprocessing(config: Mapping, network: str) -> dict:
    """Pick what a network's activations depend on beside its weights, and no more.

    Neither which layers are read nor which of them are readouts: what is in one layer's file does
    not depend on the others.
    """
    settings = config["networks"][network]
    keys = ["architecture", "training", "seed", "outputs", *PROPORTIONS, "input"]
    if is_own(settings["architecture"]):
        # Its code is run again, and may be given the file.
        keys += ["weights"]
    return {key: settings[key] for key in keys if key in settings}


def is_file(weights: str) -> bool:
    """Test whether a network's weights are a file, of the user, shipped or made by a rule."""
    return weights not in ("package", "untrained")


def made_weights(config: Mapping, network: str) -> list[str]:
    """File of a network's weights where a rule makes it; none otherwise."""
    weights = config["networks"][network]["weights"]
    return [weights] if is_made(weights, config["results"]) else []


def weights_contents(config: Mapping, network: str) -> dict[str, str]:
    """Digests of what the user brings, weights and the code of an own network, by what it is."""
    settings = config["networks"][network]
    if is_own(settings["architecture"]):
        return contents_of(parts(settings))
    weights = settings["weights"]
    # What a rule makes is there only once it has run; its digest would make this rule run again.
    known = Path(weights).is_file() and not is_made(weights, config["results"])
    return contents_of([f"file {weights}"] if known else [])


class Compared(NamedTuple):
    """A compared network, and its part in the comparisons."""

    training: str
    readout: str
    roles: tuple[str, ...]
    """``paper``: compared with the networks of the paper, as those that were reared here and their
    untrained controls are not: they have the figure of diets. ``finished``: not stored in the
    course of rearing. ``shown``: has a panel of its own, as of several seeds the first has.
    ``experience``: in the figure of experience; reared ones only where there are no others."""
    controls: tuple[str, ...] = ()
    """Of a trained network, the untrained ones of its architecture: as wide, with the same input
    and readout. They may be read at fewer layers."""
    diet: str = ""
    """What it was reared on: `NONE` of a reared network's untrained control, empty of others."""
    images: int | None = None
    """How many images it had seen when it was stored in the course of rearing; untrained 0."""


def compared(config: Mapping) -> dict[str, Compared]:
    """Return the compared networks by name, in the order of the figures."""
    networks, names = config["networks"], config["experiment"]["networks"]
    controls = _controls(config)
    reared = {name: one for name in names if (one := read_name(networks[name]["weights"]))}
    for control in {control for name in reared for control in controls[name]}:
        reared[control] = Reared(NONE, networks[control]["seed"], 0)
    seeds = {name for group in replicates(config).values() for name in group[1:]}
    others = any(networks[n]["training"] != "none" for n in names if n not in reared)
    table = {}
    for name in names:
        one = reared.get(name, Reared("", 0))
        roles = {
            "paper": not one.diet,
            "finished": not one.images,
            "shown": not one.images and name not in seeds,
            "experience": not (one.diet if others else one.images),
        }
        table[name] = Compared(
            *(networks[name][key] for key in ("training", "readout")),
            tuple(role for role, has in roles.items() if has),
            controls[name],
            one.diet,
            one.images,
        )
    return table


def _controls(config: Mapping) -> dict[str, tuple[str, ...]]:
    networks, names = config["networks"], config["experiment"]["networks"]
    alike = ("architecture", *PROPORTIONS, "input", "readout")
    built = {name: [networks[name].get(key) for key in alike] for name in names}
    untrained = [name for name in names if networks[name]["training"] == "none"]
    return {
        name: tuple(u for u in untrained if name not in untrained and built[u] == built[name])
        for name in names
    }


def replicates(config: Mapping) -> dict[str, list[str]]:
    """Find compared networks that differ in their seed only: of untrained weights, or of rearing.

    They may be read at different layers, as long as they share the readout. The name of them all is
    made of what theirs begin with: ``untrained (3 seeds)`` for untrained-1, untrained-2 and
    untrained-3; that of reared networks that were stored on the way says how much they had seen.
    """
    alike = {}
    for name in config["experiment"]["networks"]:
        network = config["networks"][name]
        found = read_name(network["weights"])
        if "seed" in network or found:
            settings = {k: value for k, value in network.items() if k not in ("seed", "layers")}
            settings |= {"weights": [*found._replace(seed=0)]} if found else {}
            alike.setdefault(json.dumps(settings, sort_keys=True), []).append(name)
    groups = [names for names in alike.values() if len(names) > 1]
    stems = [_stem(names) + _when(config, names[0]) for names in groups]
    return {
        f"{stem if stems.count(stem) == 1 else ', '.join(names)} ({len(names)} seeds)": names
        for stem, names in zip(stems, groups, strict=True)
    }


def _stem(names: Iterable[str]) -> str:
    first, *_ = names
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return first[: len(list(same))].rstrip("0123456789-_") or first


def _when(config: Mapping, network: str) -> str:
    found = read_name(config["networks"][network]["weights"])
    return f" after {found.images:,} images" if found and found.images is not None else ""
