"""What the configuration says of networks."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from pathlib import Path

from nurture.core.file_digest import contents_of
from nurture.core.names import file_stem
from nurture.networks.catalogue import (
    PROPORTIONS,
    describe_network,
    is_own,
    proportions,
)
from nurture.networks.listing import parts
from nurture.networks.reared import (
    is_made,
    read_name,
)


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


def panels(config: Mapping) -> dict[str, dict[str, str]]:
    """Training and readout layer of each compared network, in the order of the figures."""
    networks = config["networks"]
    return {
        name: {key: networks[name][key] for key in ("training", "readout")}
        for name in config["experiment"]["networks"]
    }


def replicates(config: Mapping) -> dict[str, list[str]]:
    """Find compared networks that differ in their seed only: of untrained weights, or of rearing.

    Returns
    -------
    dict of str to list of str
        By a name for them all, made of what theirs begin with: ``untrained (3 seeds)`` for
        untrained-1, untrained-2 and untrained-3. Reared networks that were stored on the way are
        named by how much they had seen too.
    """
    alike = {}
    for name in config["experiment"]["networks"]:
        network = config["networks"][name]
        found = read_name(network["weights"])
        if "seed" in network or found:
            settings = {key: value for key, value in network.items() if key != "seed"}
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


def untrained_controls(config: Mapping) -> dict[str, list[str]]:
    """For each compared network that was trained, the untrained ones of its architecture.

    They are as wide, see the same input and are read at the same layer. None of them for some
    networks.
    """
    names, networks = config["experiment"]["networks"], config["networks"]
    alike = ("architecture", *PROPORTIONS, "input", "layers", "readout")
    untrained = [name for name in names if networks[name]["training"] == "none"]
    return {
        name: [
            u for u in untrained if all(networks[u].get(k) == networks[name].get(k) for k in alike)
        ]
        for name in names
        if name not in untrained
    }
