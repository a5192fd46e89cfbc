"""The configuration, checked before any work starts.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import combinations, product
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

from nurture.contents import file_contents, folder_contents
from nurture.errors import NurtureError
from nurture.expressions import EXPRESSIONS
from nurture.networks.catalogue import ARCHITECTURES
from nurture.photographs.face_sets import FACE_SETS, has_identity, read_face_sets

SHOWN = {
    "select_on": ("expressions", "photographs"),
    "train_on": ("expressions", "photographs"),
    "test_on": ("expressions", "photographs"),
    "morphs": ("continua", "photograph-continua"),
}
"""Kinds of stimulus sets that can take each part in the experiment."""

APART = {
    ("train_on", "select_on"): "select units and train classifiers on them",
    ("test_on", "select_on"): "select units and test them",
    ("test_on", "train_on"): "train classifiers and test them",
    ("morphs", "select_on"): "select units and test them",
    ("morphs", "train_on"): "train classifiers and test them",
}
"""Parts of the experiment that should not show the same people, each with what would go wrong."""

RENDERED = ("expressions", "continua")
NOTHING = "(?!)"
"""Regular expression that no text fits."""


def check_config(config: Mapping, schema_path: str | Path) -> None:
    """Check a configuration against its schema and against what exists.

    Parameters
    ----------
    config : mapping
        The whole configuration, overrides merged.
    schema_path : str or Path
        JSON schema in YAML.

    Raises
    ------
    NurtureError
        At the first fault: the key, what is wrong with it and what would be right.
    """
    schema = yaml.safe_load(Path(schema_path).read_text(encoding="utf-8"))
    errors = list(Draft202012Validator(schema).iter_errors(config))
    if errors:
        raise NurtureError(_explain(min(errors, key=lambda e: [str(p) for p in e.absolute_path])))
    for name in config["experiment"]["networks"]:
        _find(config["networks"], name, "experiment.networks", "network")
    _find(config["networks"], config["experiment"]["judge"], "experiment.judge", "network")
    for name, network in config["networks"].items():
        _check_network(name, network)
    _check_judge(config)
    _check_stimuli(config)
    _check_file(config["faces"]["action_units"], "faces.action_units")
    _check_human(config["human"])


def _explain(error) -> str:
    """Put a schema error into one line: where, what, and what would be right."""
    place = ".".join(str(part) for part in error.absolute_path) or "the top level"
    if error.validator == "enum" and "propertyNames" in error.absolute_schema_path:
        return f"config: {place}.{error.instance}: this key does not apply here; remove it"
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = next(key for key in error.instance if key not in known)
        return f"config: {place}: unknown key {unknown!r}{_hint(unknown, known)}"
    if error.validator == "required":
        return f"config: {place}: {error.message}; add the key"
    if error.validator == "not":
        return f"config: {place}: this key does not apply here; remove it"
    allowed = error.schema.get("description", "") if isinstance(error.schema, Mapping) else ""
    return f"config: {place}: {error.message}" + (f" ({allowed})" if allowed else "")


def _hint(name: str, known) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(known)}"


def _find(table: Mapping, name: str, place: str, what: str):
    if name not in table:
        raise NurtureError(f"config: {place}: no {what} {name!r}{_hint(name, table)}")
    return table[name]


def _check_file(path: str, place: str) -> None:
    if not Path(path).is_file():
        raise NurtureError(f"config: {place}: no such file: {path}")


def _check_network(name: str, network: Mapping) -> None:
    place = f"networks.{name}"
    architecture = _find(
        ARCHITECTURES, network["architecture"], f"{place}.architecture", "architecture"
    )
    for layer in network["layers"]:
        _find(dict.fromkeys(architecture.layers), layer, f"{place}.layers", "layer")
    _find(dict.fromkeys(network["layers"]), network["readout"], f"{place}.readout", "listed layer")
    weights = network["weights"]
    if weights == "package" and architecture.package is None:
        raise NurtureError(
            f"config: {place}.weights: no package ships weights of {network['architecture']}; "
            "give the path of a file of weights, or 'untrained' with a seed"
        )
    for key in ("mean", "scale"):
        if network["input"]["colour"] == "grey" and isinstance(network["input"][key], list):
            raise NurtureError(f"config: {place}.input.{key}: grey images take one number")


def _check_judge(config: Mapping) -> None:
    judge = config["experiment"]["judge"]
    if config["networks"][judge]["training"] != "expressions":
        raise NurtureError(
            f"config: experiment.judge: network {judge!r} was not trained on expressions, "
            "so it cannot judge them"
        )


def _check_stimuli(config: Mapping) -> None:
    sets, roles = config["stimuli"], config["experiment"]
    for name, stimuli in sets.items():
        for continuum in stimuli.get("continua", ()):
            _check_continuum(continuum, f"stimuli.{name}.continua")
        _check_photographs(sets, name)
    for role, kinds in SHOWN.items():
        stimuli = _find(sets, roles[role], f"experiment.{role}", "stimulus set")
        if stimuli["kind"] not in kinds:
            raise NurtureError(f"config: experiment.{role}: needs a set of kind {_either(kinds)}")
    rendered = [(n, s) for n, s in sets.items() if s["kind"] in RENDERED]
    for (name, a), (other, b) in combinations(rendered, 2):
        shared = set(_identities(a)) & set(_identities(b))
        if shared:
            raise NurtureError(
                f"config: stimuli.{other}: shares {len(shared)} identities with {name}, the first "
                f"{min(shared)}; raise first_identity to {a['first_identity'] + a['identities']}"
            )
    _check_identity(config)


def _either(kinds: Iterable[str]) -> str:
    return " or ".join(repr(kind) for kind in kinds)


def _check_photographs(sets: Mapping, name: str) -> None:
    origin = sets[name].get("from")
    if isinstance(origin, str):
        source = _find(sets, origin, f"stimuli.{name}.from", "stimulus set")
        if source["kind"] != "photographs":
            raise NurtureError(f"config: stimuli.{name}.from: needs a set of kind 'photographs'")
    for part in photograph_sets({"stimuli": sets}, name):
        _find(read_face_sets(), part["set"], f"stimuli.{name}", "face set")


def _check_identity(config: Mapping) -> None:
    """Units are selected by identity, morphs are of one person, and tests show other people."""
    roles = config["experiment"]
    for role, why in {
        "select_on": "units are selected by expression and identity",
        "morphs": "a morph is of one person",
    }.items():
        for part in photograph_sets(config, roles[role]):
            if not has_identity(part["set"], part["folder"]):
                raise NurtureError(
                    f"config: experiment.{role}: face set {part['set']!r} does not say who is "
                    f"shown, and {why}; it may be in test_on only"
                )
    for (role, other), why in APART.items():
        _check_apart(config, role, other, why)


def _check_apart(config: Mapping, role: str, other: str, why: str) -> None:
    roles, sets = config["experiment"], config["stimuli"]
    if sets[roles[role]].get("same_people", False):
        return
    if roles[role] == roles[other]:
        shared = f"{roles[role]!r}"
    else:
        mine, theirs = (
            {part["set"] for part in photograph_sets(config, roles[r])} for r in (role, other)
        )
        if not mine & theirs:
            return
        shared = f"face set {min(mine & theirs)!r}"
    raise NurtureError(
        f"config: experiment.{role}: {shared} is in {other} too, so the same people would {why}; "
        f"choose another, or set stimuli.{roles[role]}.same_people to true"
    )


def _check_human(human: Mapping) -> None:
    path = Path(human["folder"]) / "sources.yaml"
    _check_file(str(path), "human.folder")
    known = yaml.safe_load(path.read_text(encoding="utf-8"))["confusion"]
    _find(known, human["reference"], "human.reference", "human data set")


def _identities(stimuli: Mapping) -> range:
    return range(stimuli["first_identity"], stimuli["first_identity"] + stimuli["identities"])


def _check_continuum(continuum: str, place: str) -> None:
    first, second = continuum.split("-")
    for expression in (first, second):
        _find(dict.fromkeys(EXPRESSIONS), expression, place, "expression")
    if first == second:
        raise NurtureError(f"config: {place}: {continuum!r} runs from {first} to itself")


def network_layers(config: Mapping) -> Iterator[tuple[str, str]]:
    """Every compared network with each of its layers, in configured order."""
    for network in config["experiment"]["networks"]:
        for layer in config["networks"][network]["layers"]:
            yield network, layer


def extracted_layers(config: Mapping, network: str, stimuli: str) -> list[str]:
    """Layers of a network that are kept for a stimulus set.

    Units are selected in every layer; confusion matrices and identification curves are read from
    one, so the other layers of those sets are not written.
    """
    if stimuli == config["experiment"]["select_on"]:
        return list(config["networks"][network]["layers"])
    return [config["networks"][network]["readout"]]


def readouts(config: Mapping) -> list[tuple[str, str]]:
    """Each compared network with its readout layer."""
    return [(n, config["networks"][n]["readout"]) for n in config["experiment"]["networks"]]


def used_stimuli(config: Mapping) -> list[str]:
    """Stimulus sets that the experiment shows to the networks."""
    return list(dict.fromkeys(config["experiment"][role] for role in SHOWN))


def extractions(config: Mapping) -> list[tuple[str, str]]:
    """Each compared network with each stimulus set that it is shown."""
    return list(product(config["experiment"]["networks"], used_stimuli(config)))


def weights_of(config: Mapping, network: str) -> dict:
    """Pick what a network's weights file depends on, and no more."""
    settings = config["networks"][network]
    keys = ["architecture", "training", "weights", "seed", "outputs"]
    if is_file(settings["weights"]):
        # A file says how its network sees, and which layers there are: both are compared.
        keys += ["input", "layers"]
    return {key: settings[key] for key in keys if key in settings}


def is_file(weights: str) -> bool:
    """Tell whether a network's weights are a file that the user brings."""
    return weights not in ("package", "untrained")


def weights_contents(config: Mapping, network: str) -> str | None:
    """Digest of the file of weights that the user brings, None where there is none."""
    weights = config["networks"][network]["weights"]
    return file_contents(weights) if Path(weights).is_file() else None


def photograph_sets(config: Mapping, stimuli: str) -> list[dict]:
    """Face sets of which a stimulus set is made, none where it is rendered."""
    settings = config["stimuli"][stimuli]
    origin = settings.get("from", settings.get("sets", []))
    return photograph_sets(config, origin) if isinstance(origin, str) else list(origin)


def photograph_contents(config: Mapping, stimuli: str) -> list[str]:
    """Digest of each folder of photographs, and of what the table says of its face set."""
    parts = photograph_sets(config, stimuli)
    table = yaml.safe_load(FACE_SETS.read_text(encoding="utf-8"))
    folders = [folder_contents(p["folder"], p.get("verify", True)) for p in parts]
    entries = [json.dumps(table[part["set"]], sort_keys=True) for part in parts]
    return [f"{folder} {entry}" for folder, entry in zip(folders, entries, strict=True)]


def stimuli_of(config: Mapping, *kinds: str) -> str:
    """Regular expression for the names of all stimulus sets of some kinds."""
    names = [n for n, s in config["stimuli"].items() if s["kind"] in kinds]
    return "|".join(names) or NOTHING


def panels(config: Mapping) -> dict[str, dict[str, str]]:
    """Training and readout layer of each compared network, in the order of the figures."""
    networks = config["networks"]
    return {
        name: {key: networks[name][key] for key in ("training", "readout")}
        for name in config["experiment"]["networks"]
    }


def human_files(config: Mapping) -> list[str]:
    """Every file of human data, so that a changed one is noticed."""
    return sorted(str(path) for path in Path(config["human"]["folder"]).glob("*.*"))


def figure_style(config: Mapping, figure: str) -> dict:
    """Collect what the configuration changes in a figure's style: the shared part, then its own."""
    figures = config["figures"]
    return {**figures.get("style", {}), **figures.get(figure, {})}
