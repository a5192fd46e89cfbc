"""The configuration, checked before any work starts.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import os
from collections import Counter
from collections.abc import Mapping
from fnmatch import fnmatchcase
from itertools import combinations
from math import isfinite
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

from nurture.activations.settings import BASELINES
from nurture.confusion.sources import read_sources
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.core.names import hint as _hint
from nurture.core.names import person_key
from nurture.core.texts import LOADER
from nurture.networks.catalogue import ARCHITECTURES, ONNX, PROPORTIONS, is_own
from nurture.networks.listing import check_own, match_layers
from nurture.networks.reared import check_training
from nurture.networks.settings import is_file
from nurture.running.figures import declared, style_schema
from nurture.stimuli.photographs.face_sets import has_identity, read_face_sets
from nurture.stimuli.photographs.identities import (
    OTHERS,
    Group,
    check_numbers,
    overlap,
    shared_identities,
)
from nurture.stimuli.photographs.listing import shown_identities
from nurture.stimuli.rendered.action_units import read_action_units
from nurture.stimuli.settings import (
    RENDERED,
    SHOWN,
    numbered_sets,
    origin,
    photograph_sets,
    used_stimuli,
)

APART = {
    ("train_on", "select_on"): "select units and train classifiers on them",
    ("test_on", "select_on"): "select units and test them",
    ("test_on", "train_on"): "train classifiers and test them",
    ("morphs", "select_on"): "select units and test them",
    ("morphs", "train_on"): "train classifiers and test them",
}
"""Parts of the experiment that should not show the same identities, and what would go wrong."""

RENAMED = {
    "childhood_proof": "training_check",
    "confusion.penalty": "confusion.C",
    "populations.silencings": "populations.ablations",
    "figures.childhoods": "figures.diets",
    "figures.rearing": "figures.training_check",
    "stimuli.*.same_people": "same_identities",
    "stimuli.*.same_people_as": "same_identities_as",
}
"""Keys of earlier versions, ``*`` for any names, and what they are called now."""


def check_config(config: Mapping, schema_path: str | Path) -> None:
    """Check a whole configuration against its schema, JSON schema in YAML, and what exists.

    A `NurtureError` at the first fault: the key, what is wrong with it and what would be right.
    """
    _check_yaml(config)
    schema = yaml.load(Path(schema_path).read_text(encoding="utf-8"), LOADER)
    figures, known = schema["properties"]["figures"]["properties"], schema["$defs"]
    for figure in declared():
        figures[figure.name] = style_schema(figure.style, known["style"], known["own_style"])
    errors = list(Draft202012Validator(schema).iter_errors(config))
    if errors:
        raise NurtureError(_explain(min(errors, key=lambda e: [str(p) for p in e.absolute_path])))
    for name in config["experiment"]["networks"]:
        _find(config["networks"], name, "experiment.networks", "network")
    _find(config["networks"], config["experiment"]["judge"], "experiment.judge", "network")
    for name, network in config["networks"].items():
        _check_network(name, network)
    for name in set(BASELINES) & set(config["networks"]):
        raise NurtureError(f"config: networks.{name}: a baseline has this name; choose another")
    _check_judge(config)
    _check_expressions(config)
    _check_stimuli(config)
    _check_human(config["human"])
    _check_file(config["observers"]["texts"], "observers.texts")


def with_home(value):
    """Put the user's folder in the place of ``~`` at the start of every path of a configuration."""
    if isinstance(value, Mapping):
        return {key: with_home(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_home(inner) for inner in value]
    return os.path.expanduser(value) if isinstance(value, str) else value


def _check_yaml(value: object, place: str = "") -> None:
    """Refuse what a schema does not explain: earlier names, keys that are no text, and ``.nan``."""
    inside = value.items() if isinstance(value, Mapping) else ()
    if isinstance(value, list):
        inside = ((str(i), inner) for i, inner in enumerate(value))
    for key, inner in inside:
        if not isinstance(key, str):
            raise NurtureError(
                f"config: {place or 'the top level'}: the key {key!r} is not text; put it in quotes"
            )
        name = f"{place}.{key}" if place else key
        for old, new in RENAMED.items():
            if fnmatchcase(name, old):
                raise NurtureError(f"config: {name}: this key is now called {new}; rename it")
        _check_yaml(inner, name)
    if isinstance(value, float) and not isfinite(value):
        raise NurtureError(f"config: {place}: {value} is not a finite number; give one")


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
    if error.validator == "pattern" and allowed:
        return f"config: {place}: {error.instance!r} will not do: {allowed}"
    return f"config: {place}: {error.message}" + (f" ({allowed})" if allowed else "")


def _find(table: Mapping, name: str, place: str, what: str):
    if name not in table:
        raise NurtureError(f"config: {place}: no {what} {name!r}{_hint(name, table)}")
    return table[name]


def _check_file(path: str, place: str) -> None:
    if not Path(path).is_file():
        raise NurtureError(f"config: {place}: no such file: {path}")


def _check_network(name: str, network: Mapping) -> None:
    architecture, place = network["architecture"], f"networks.{name}"
    _check_proportions(network, f"config: {place}")
    if is_own(architecture):
        check_own(network, f"config: {place}")
    else:
        _check_known(network, place)
    if "state" in network and (architecture == ONNX or not is_file(network["weights"])):
        raise NurtureError(
            f"config: {place}.state: chooses among the weights in a file of them; remove it"
        )
    seen = network.get("input", {})
    if "layout" in seen and architecture != ONNX:
        raise NurtureError(f"config: {place}.input.layout: onnx alone has this key; remove it")
    for key in ("mean", "scale"):
        if seen.get("colour") == "grey" and isinstance(seen[key], list):
            raise NurtureError(f"config: {place}.input.{key}: grey images take one number")


def _check_known(network: Mapping, place: str) -> None:
    """Check a network of the catalogue."""
    name = network["architecture"]
    architecture = _find(ARCHITECTURES, name, f"{place}.architecture", "architecture")
    if "input" not in network:
        raise NurtureError(f"config: {place}: 'input' is a required property; add the key")
    check_training(network["weights"], network["training"], f"config: {place}")
    layers = match_layers(network["layers"], architecture.layers, f"config: {place}.layers")
    _find(dict.fromkeys(layers), network["readout"], f"{place}.readout", "listed layer")
    if network["weights"] == "package" and architecture.package is None:
        raise NurtureError(
            f"config: {place}.weights: no package ships weights of {name}; give the path of a file "
            "of weights, or 'untrained' with a seed"
        )


def _check_proportions(network: Mapping, place: str) -> None:
    """Check that only VGG-16 is made narrower, and that its images survive five poolings."""
    given = [key for key in PROPORTIONS if key in network]
    if given and network["architecture"] != "vgg16":
        raise NurtureError(f"{place}.{given[0]}: vgg16 alone has this key; remove it")
    if given and network.get("input", {}).get("size", 32) < 32:
        raise NurtureError(f"{place}.input.size: vgg16 halves images five times; give 32 or more")


def _check_judge(config: Mapping) -> None:
    judge = config["experiment"]["judge"]
    if is_own(config["networks"][judge]["architecture"]):
        raise NurtureError(
            "config: experiment.judge: which output of an own network means which expression is "
            "not known; choose a network of the catalogue"
        )
    if config["networks"][judge]["training"] != "expressions":
        raise NurtureError(
            f"config: experiment.judge: network {judge!r} was not trained on expressions, "
            "so it cannot judge them"
        )


def _check_expressions(config: Mapping) -> None:
    path = config["faces"]["action_units"]
    _check_file(path, "faces.action_units")
    recipes = read_action_units(path).expressions
    for name, stimuli in config["stimuli"].items():
        for expression in stimuli.get("expressions", ()):
            _find(recipes, expression, f"stimuli.{name}.expressions", "recipe for")


def _check_stimuli(config: Mapping) -> None:
    sets, roles = config["stimuli"], config["experiment"]
    for name, stimuli in sets.items():
        for continuum in stimuli.get("continua", ()):
            _check_continuum(continuum, f"stimuli.{name}.continua")
        if stimuli["kind"] == "control":
            _check_control(sets, name)
        else:
            _check_photographs(sets, name)
    for role, kinds in SHOWN.items():
        stimuli = _find(sets, roles[role], f"experiment.{role}", "stimulus set")
        if stimuli["kind"] not in kinds:
            either = " or ".join(map(repr, kinds))
            raise NurtureError(f"config: experiment.{role}: needs a set of kind {either}")
    rendered = [(n, s) for n, s in sets.items() if s["kind"] in RENDERED]
    for (name, a), (other, b) in combinations(rendered, 2):
        shared = set(_identities(a)) & set(_identities(b))
        if shared and not (a.get("same_identities", False) or b.get("same_identities", False)):
            raise NurtureError(
                f"config: stimuli.{other}: shares {len(shared)} identities with {name}, the first "
                f"{min(shared)}; raise first_identity to {a['first_identity'] + a['identities']}, "
                "or set same_identities to true"
            )
    _check_identity(config)


def _check_photographs(sets: Mapping, name: str) -> None:
    given = sets[name].get("from")
    if isinstance(given, str):
        source = _find(sets, given, f"stimuli.{name}.from", "stimulus set")
        if source["kind"] != "photographs":
            raise NurtureError(f"config: stimuli.{name}.from: needs a set of kind 'photographs'")
    for part in photograph_sets({"stimuli": sets}, name):
        _find(read_face_sets(), part["set"], f"stimuli.{name}", "face set")


def _check_numbering(config: Mapping) -> None:
    """Check whose names are whose: what ``same_identities_as`` says, and where it should say it."""
    given = {name: one.get("sets", one.get("from", [])) for name, one in config["stimuli"].items()}
    parts = [(name, part) for name, own in given.items() if isinstance(own, list) for part in own]
    folders = dict.fromkeys(part["folder"] for _, part in parts)
    for name, part in parts:
        other = part.get("same_identities_as", OTHERS)
        if other != OTHERS:
            _find(folders, other, f"stimuli.{name}.same_identities_as", "folder of photographs")
    for name in used_stimuli(config):
        numbered = numbered_sets(config, name)
        # Folders are read only where another has the same numbering.
        folders = {(part["numbering"], part["folder"]) for part in numbered}
        shared = Counter(numbering for numbering, _ in folders)
        alike = [part for part in numbered if shared[part["numbering"]] > 1]
        check_numbers([(part, part["numbering"], shown_identities(part)[0]) for part in alike])


def _check_control(sets: Mapping, name: str) -> None:
    place = f"stimuli.{name}.of"
    kind = _find(sets, sets[name]["of"], place, "stimulus set")["kind"]
    if kind not in ("expressions", "photographs"):
        raise NurtureError(f"config: {place}: needs a set of kind 'expressions' or 'photographs'")


def _check_controls(config: Mapping) -> None:
    """Check that controls show identities that select no units and train no classifiers."""
    sets, place = config["stimuli"], "experiment.controls"
    names = config["experiment"]["controls"]
    for name in names:
        if _find(sets, name, place, "stimulus set")["kind"] != "control":
            raise NurtureError(f"config: {place}: {name!r} is not a set of kind 'control'")
        if origin(sets, name) != origin(sets, names[0]):
            raise NurtureError(
                f"config: {place}: {name} shows {origin(sets, name)} and {names[0]} shows "
                f"{origin(sets, names[0])}; compare controls of one set"
            )
        for other in ("select_on", "train_on"):
            _check_apart(config, "controls", other, APART["test_on", other], name)


def _check_identity(config: Mapping) -> None:
    """Units are selected by identity, morphs are of one person, and tests show other identities."""
    roles = config["experiment"]
    for role, why in {
        "select_on": "units are selected by expression and identity",
        "morphs": "a morph is of one identity",
    }.items():
        for part in photograph_sets(config, roles[role]):
            if not has_identity(part["set"], part["folder"]):
                raise NurtureError(
                    f"config: experiment.{role}: face set {part['set']!r} does not say who is "
                    f"shown, and {why}; it may be in test_on only"
                )
    _check_numbering(config)
    _check_everybody_known(config)
    for (role, other), why in APART.items():
        _check_apart(config, role, other, why, roles[role])
    _check_controls(config)


def _check_everybody_known(config: Mapping) -> None:
    """Check that every photograph on which units are selected says who is shown."""
    for part in numbered_sets(config, config["experiment"]["select_on"]):
        for place in shown_identities(part)[1]:
            raise NurtureError(
                f"config: experiment.select_on: {part['folder']}/{place} does not say who is "
                "shown, and units are selected by expression and identity; give its identity, or "
                "leave it out of the list"
            )


def _check_apart(config: Mapping, role: str, other: str, why: str, name: str) -> None:
    sets, rival = config["stimuli"], config["experiment"][other]
    if sets[name].get("same_identities", False):
        return
    if origin(sets, name) == origin(sets, rival):
        shared = f"{origin(sets, name)!r}"
    else:
        shared = shared_identities(_groups(config, name, rival), _groups(config, rival, name))
    if shared:
        raise NurtureError(
            f"config: experiment.{role}: {shared} is in {other} too, so the same identities would "
            f"{why}; choose another, or set stimuli.{name}.same_identities to true"
        )


def _groups(config: Mapping, name: str, rival: str) -> list[Group]:
    """Whom a stimulus set may show, as far as its folders are there and a rival may show them."""
    sets = config["stimuli"]
    settings = sets[origin(sets, name)]
    if settings["kind"] in RENDERED:
        return [Group(RENDERED[0], {str(n): f"identity {n}" for n in _identities(settings)})]
    theirs = [part["numbering"] for part in numbered_sets(config, rival)]
    groups = []
    for part in numbered_sets(config, name):
        if any(overlap(part["numbering"], other) for other in theirs):
            names, unknown = shown_identities(part)
            identities = {person_key(one): one for one in names}
            groups.append(Group(part["numbering"], identities, unknown))
    return groups


def _check_human(human: Mapping) -> None:
    known = read_sources(human["folder"])["confusion"]
    _find(known, human["reference"], "human.reference", "human data set")


def _identities(stimuli: Mapping) -> range:
    return range(stimuli["first_identity"], stimuli["first_identity"] + stimuli["identities"])


def _check_continuum(continuum: str, place: str) -> None:
    first, second = continuum.split("-")
    for expression in (first, second):
        _find(dict.fromkeys(EXPRESSIONS), expression, place, "expression")
    if first == second:
        raise NurtureError(f"config: {place}: {continuum!r} runs from {first} to itself")


def kept_apart(config: Mapping, *roles: str) -> list[tuple[str, str]]:
    """Pairs of these parts of the experiment that must not show the same identities."""
    sets, names = config["stimuli"], config["experiment"]
    return [
        pair
        for pair in APART
        if set(pair) <= set(roles) and not sets[names[pair[0]]].get("same_identities", False)
    ]


def human_files(config: Mapping) -> list[str]:
    """Every file of human data, so that a changed one is noticed."""
    return sorted(str(path) for path in Path(config["human"]["folder"]).glob("*.*"))
