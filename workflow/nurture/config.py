"""The configuration, checked before any work starts.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, product, takewhile
from math import isfinite
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

from nurture.contents import contents_of
from nurture.errors import NurtureError
from nurture.expressions import EXPRESSIONS
from nurture.faces.action_units import read_action_units
from nurture.names import file_stem, person_key
from nurture.names import hint as _hint
from nurture.networks.catalogue import (
    ARCHITECTURES,
    ONNX,
    PROPORTIONS,
    describe_network,
    is_own,
    proportions,
)
from nurture.networks.listing import check_own, match_layers, parts
from nurture.networks.reared import (
    FOLDER,
    NONE,
    TRAININGS,
    Reared,
    check_training,
    is_made,
    read_name,
)
from nurture.photographs.face_sets import FACE_SETS, has_identity, read_face_sets
from nurture.photographs.listing import shown_people
from nurture.photographs.people import (
    OTHERS,
    Group,
    check_numbers,
    numbering,
    overlap,
    shared_people,
)

SHOWN = {
    "select_on": ("expressions", "photographs", "control"),
    "train_on": ("expressions", "photographs", "control"),
    "test_on": ("expressions", "photographs", "control"),
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

FACES_RULES = {
    "expressions": "faces",
    "continua": "faces",
    "photographs": "photographs",
    "photograph-continua": "photograph_morphs",
    "control": "control_faces",
}
"""Rule that makes the faces of each kind of stimulus set."""

BASELINES = {"pixels": "grey", "action-units": "recipe"}
"""What stands beside the networks, with the name of its one layer; see `nurture.baselines`."""

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
    _check_yaml(config)
    schema = yaml.safe_load(Path(schema_path).read_text(encoding="utf-8"))
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


def with_home(value):
    """Put the user's folder in the place of ``~`` at the start of every path of a configuration."""
    if isinstance(value, Mapping):
        return {key: with_home(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_home(inner) for inner in value]
    return os.path.expanduser(value) if isinstance(value, str) else value


def _check_yaml(value: object, place: str = "") -> None:
    """Refuse what a schema takes: keys that YAML reads as numbers or truth values, and ``.nan``."""
    inside = value.items() if isinstance(value, Mapping) else ()
    if isinstance(value, list):
        inside = ((str(i), inner) for i, inner in enumerate(value))
    for key, inner in inside:
        if not isinstance(key, str):
            raise NurtureError(
                f"config: {place or 'the top level'}: the key {key!r} is not text; put it in quotes"
            )
        _check_yaml(inner, f"{place}.{key}" if place else key)
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
    place = f"networks.{name}"
    _check_proportions(network, f"config: {place}")
    if is_own(network["architecture"]):
        check_own(network, f"config: {place}")
    else:
        _check_known(network, place)
    if "state" in network and (network["architecture"] == ONNX or not is_file(network["weights"])):
        raise NurtureError(
            f"config: {place}.state: chooses among the weights in a file of them; remove it"
        )
    seen = network.get("input", {})
    if "layout" in seen and network["architecture"] != ONNX:
        raise NurtureError(f"config: {place}.input.layout: onnx alone has this key; remove it")
    for key in ("mean", "scale"):
        if seen.get("colour") == "grey" and isinstance(seen[key], list):
            raise NurtureError(f"config: {place}.input.{key}: grey images take one number")


def _check_known(network: Mapping, place: str) -> None:
    """Check a network of the catalogue."""
    architecture = _find(
        ARCHITECTURES, network["architecture"], f"{place}.architecture", "architecture"
    )
    if "input" not in network:
        raise NurtureError(f"config: {place}: 'input' is a required property; add the key")
    check_training(network["weights"], network["training"], f"config: {place}")
    layers = match_layers(network["layers"], architecture.layers, f"config: {place}.layers")
    _find(dict.fromkeys(layers), network["readout"], f"{place}.readout", "listed layer")
    if network["weights"] == "package" and architecture.package is None:
        raise NurtureError(
            f"config: {place}.weights: no package ships weights of {network['architecture']}; "
            "give the path of a file of weights, or 'untrained' with a seed"
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
            raise NurtureError(f"config: experiment.{role}: needs a set of kind {_either(kinds)}")
    rendered = [(n, s) for n, s in sets.items() if s["kind"] in RENDERED]
    for (name, a), (other, b) in combinations(rendered, 2):
        shared = set(_identities(a)) & set(_identities(b))
        if shared and not (a.get("same_people", False) or b.get("same_people", False)):
            raise NurtureError(
                f"config: stimuli.{other}: shares {len(shared)} identities with {name}, the first "
                f"{min(shared)}; raise first_identity to {a['first_identity'] + a['identities']}, "
                "or set same_people to true"
            )
    _check_identity(config)


def _either(kinds: Iterable[str]) -> str:
    return " or ".join(repr(kind) for kind in kinds)


def _check_photographs(sets: Mapping, name: str) -> None:
    given = sets[name].get("from")
    if isinstance(given, str):
        source = _find(sets, given, f"stimuli.{name}.from", "stimulus set")
        if source["kind"] != "photographs":
            raise NurtureError(f"config: stimuli.{name}.from: needs a set of kind 'photographs'")
    for part in photograph_sets({"stimuli": sets}, name):
        _find(read_face_sets(), part["set"], f"stimuli.{name}", "face set")


def _check_numbering(config: Mapping) -> None:
    """Check whose names are whose: what ``same_people_as`` says, and where it should say it."""
    given = {name: one.get("sets", one.get("from", [])) for name, one in config["stimuli"].items()}
    parts = [(name, part) for name, own in given.items() if isinstance(own, list) for part in own]
    folders = dict.fromkeys(part["folder"] for _, part in parts)
    for name, part in parts:
        other = part.get("same_people_as", OTHERS)
        if other != OTHERS:
            _find(folders, other, f"stimuli.{name}.same_people_as", "folder of photographs")
    for name in used_stimuli(config):
        numbered = numbered_sets(config, name)
        alike = [one for one in numbered if _is_numbered_alike(one, numbered)]
        check_numbers([(part, part["people"], shown_people(part)[0]) for part in alike])


def _is_numbered_alike(part: Mapping, parts: Iterable[Mapping]) -> bool:
    """Tell whether a part shares its numbering with one of another folder; only then it is read."""
    return any(one["people"] == part["people"] and one["folder"] != part["folder"] for one in parts)


def _check_control(sets: Mapping, name: str) -> None:
    place = f"stimuli.{name}"
    kind = _find(sets, sets[name]["of"], f"{place}.of", "stimulus set")["kind"]
    if kind not in ("expressions", "photographs"):
        raise NurtureError(
            f"config: {place}.of: needs a set of kind 'expressions' or 'photographs'"
        )


def _check_controls(config: Mapping) -> None:
    """Check that controls show people who select no units and train no classifiers."""
    sets, place = config["stimuli"], "experiment.controls"
    for name in config["experiment"]["controls"]:
        if _find(sets, name, place, "stimulus set")["kind"] != "control":
            raise NurtureError(f"config: {place}: {name!r} is not a set of kind 'control'")
        first = config["experiment"]["controls"][0]
        if origin(sets, name) != origin(sets, first):
            raise NurtureError(
                f"config: {place}: {name} shows {origin(sets, name)} and {first} shows "
                f"{origin(sets, first)}; compare controls of one set"
            )
        for other, why in {
            "select_on": "select units and test them",
            "train_on": "train classifiers and test them",
        }.items():
            _check_apart(config, "controls", other, why, name)


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
    _check_numbering(config)
    _check_everybody_known(config)
    for (role, other), why in APART.items():
        _check_apart(config, role, other, why, roles[role])
    _check_controls(config)


def _check_everybody_known(config: Mapping) -> None:
    """Check that every photograph on which units are selected says who is shown."""
    for part in numbered_sets(config, config["experiment"]["select_on"]):
        for place in shown_people(part)[1]:
            raise NurtureError(
                f"config: experiment.select_on: {part['folder']}/{place} does not say who is "
                "shown, and units are selected by expression and identity; give its identity, or "
                "leave it out of the list"
            )


def _check_apart(config: Mapping, role: str, other: str, why: str, name: str) -> None:
    sets, rival = config["stimuli"], config["experiment"][other]
    if sets[name].get("same_people", False):
        return
    if origin(sets, name) == origin(sets, rival):
        shared = f"{origin(sets, name)!r}"
    else:
        shared = shared_people(_people(config, name, rival), _people(config, rival, name))
    if shared:
        raise NurtureError(
            f"config: experiment.{role}: {shared} is in {other} too, so the same people would "
            f"{why}; choose another, or set stimuli.{name}.same_people to true"
        )


def _people(config: Mapping, name: str, rival: str) -> list[Group]:
    """Whom a stimulus set may show, as far as its folders are there and a rival may show them."""
    sets = config["stimuli"]
    settings = sets[origin(sets, name)]
    if settings["kind"] in RENDERED:
        return [Group(RENDERED[0], {str(n): f"identity {n}" for n in _identities(settings)})]
    theirs = [part["people"] for part in numbered_sets(config, rival)]
    groups = []
    for part in numbered_sets(config, name):
        if any(overlap(part["people"], other) for other in theirs):
            names, unknown = shown_people(part)
            people = {person_key(one): one for one in names}
            groups.append(Group(part["people"], people, unknown))
    return groups


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


def kept_apart(config: Mapping, *roles: str) -> list[tuple[str, str]]:
    """Pairs of these parts of the experiment that must not show the same people."""
    sets, names = config["stimuli"], config["experiment"]
    return [
        pair
        for pair in APART
        if set(pair) <= set(roles) and not sets[names[pair[0]]].get("same_people", False)
    ]


def network_layers(config: Mapping) -> Iterator[tuple[str, str]]:
    """Every compared network with what names the files of each of its layers, in configured order.

    See `nurture.names.file_stem`.
    """
    for network in config["experiment"]["networks"]:
        for layer in config["networks"][network]["layers"]:
            yield network, file_stem(layer)


def extracted_layers(config: Mapping, network: str, stimuli: str) -> list[str]:
    """Layers of a network that are kept for a stimulus set.

    Units are selected in every layer; confusion matrices and identification curves are read from
    one, so the other layers of those sets are not written.
    """
    if stimuli == config["experiment"]["select_on"]:
        return list(config["networks"][network]["layers"])
    return [config["networks"][network]["readout"]]


def readouts(config: Mapping) -> list[tuple[str, str]]:
    """Each compared network with what names the files of its readout layer."""
    names = config["experiment"]["networks"]
    return [(n, file_stem(config["networks"][n]["readout"])) for n in names]


def baseline_layers(config: Mapping) -> list[tuple[str, str]]:
    """Each baseline with its one layer, but for those that these stimuli cannot have."""
    names = config["experiment"]["baselines"]
    return [(name, BASELINES[name]) for name in names if not _why_left_out(config, name)]


def left_out_baselines(config: Mapping) -> list[str]:
    """Say of each baseline that is asked for and cannot be had why that is so."""
    reasons = (_why_left_out(config, name) for name in config["experiment"]["baselines"])
    return list(filter(None, reasons))


def _why_left_out(config: Mapping, baseline: str) -> str:
    kinds = {role: config["stimuli"][config["experiment"][role]]["kind"] for role in SHOWN}
    foreign = [role for role, kind in kinds.items() if kind not in RENDERED]
    if baseline == "action-units" and foreign:
        return (
            "Baseline action-units left out: intensities of action units are known of rendered "
            f"faces only, not of {', '.join(foreign)}."
        )
    return ""


def baseline_panels(config: Mapping) -> dict[str, dict[str, str]]:
    """Describe baselines as `panels` does networks; they are read from all of their units."""
    about = {"training": "baseline", "population": "all"}
    return {name: {**about, "readout": layer} for name, layer in baseline_layers(config)}


def used_stimuli(config: Mapping) -> list[str]:
    """Stimulus sets that the experiment shows to the networks."""
    shown = [config["experiment"][role] for role in SHOWN]
    for name in config["experiment"]["controls"]:
        # Controls are compared with the same faces as they were.
        shown += [origin(config["stimuli"], name), name]
    return list(dict.fromkeys(shown))


def origin(sets: Mapping, name: str) -> str:
    """Name the stimulus set whose faces a set shows: of a control, what it was made of."""
    return sets[name].get("of", name)


def shows_photographs(config: Mapping, stimuli: str) -> bool:
    """Tell whether a stimulus set shows photographs, or what was made of them."""
    sets = config["stimuli"]
    return sets[origin(sets, stimuli)]["kind"].startswith("photograph")


def shows_rendered(config: Mapping) -> bool:
    """Tell whether a part of the experiment shows rendered faces."""
    return any(not shows_photographs(config, config["experiment"][role]) for role in SHOWN)


def control_of(config: Mapping, stimuli: str) -> dict:
    """Say of what and how a control set is made, and which rule makes what it is made of."""
    settings = config["stimuli"][stimuli]
    given = settings["control"]
    return {
        "of": settings["of"],
        "controls": [given] if isinstance(given, str) else list(given),
        "identities": settings.get("identities"),
        "made_by": faces_rule(config, settings["of"]),
    }


def faces_rule(config: Mapping, stimuli: str) -> str:
    """Name the rule that makes the faces of a stimulus set."""
    return FACES_RULES[config["stimuli"][stimuli]["kind"]]


def extractions(config: Mapping) -> list[tuple[str, str]]:
    """Each compared network with each stimulus set that it is shown."""
    return list(product(config["experiment"]["networks"], used_stimuli(config)))


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


def seen_by(config: Mapping, network: str) -> dict:
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


def architectures(config: Mapping) -> dict[str, str]:
    """Architecture of each compared network, in one line."""
    names = config["experiment"]["networks"]
    return {n: describe_network(config["networks"][n]) for n in names}


def is_file(weights: str) -> bool:
    """Tell whether a network's weights are a file, of the user, shipped or made by a rule."""
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


def photograph_sets(config: Mapping, stimuli: str) -> list[dict]:
    """Face sets of which a stimulus set is made, none where it is rendered."""
    settings = config["stimuli"][stimuli]
    source = next((settings[key] for key in ("from", "sets", "of") if key in settings), [])
    return photograph_sets(config, source) if isinstance(source, str) else list(source)


def numbered_sets(config: Mapping, stimuli: str) -> list[dict]:
    """`photograph_sets`, each with ``people``: within what equal names are one person."""
    everywhere = [part for name in config["stimuli"] for part in photograph_sets(config, name)]
    parts = photograph_sets(config, stimuli)
    return [{**part, "people": numbering(part, everywhere)} for part in parts]


def photograph_contents(config: Mapping, stimuli: str) -> dict[str, str]:
    """Digests of folders of photographs and of what the table says of their sets, by what it is."""
    whats = []
    for part in photograph_sets(config, stimuli):
        whats.append(f"{'folder' if part.get('verify', True) else 'sizes'} {part['folder']}")
        whats.append(f"data @config/{FACE_SETS.name}#{part['set']}")
    return contents_of(whats)


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


def twins(config: Mapping) -> dict[str, list[str]]:
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


def untrained_twins(config: Mapping) -> dict[str, list[str]]:
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


def reared(config: Mapping) -> dict[str, Reared]:
    """Find compared networks that were reared here, and the untrained ones of their architecture.

    Returns
    -------
    dict of str to Reared
        By network, in configured order. The untrained are of diet ``none`` and have seen no image.
    """
    names, networks = config["experiment"]["networks"], config["networks"]
    found = {name: read_name(networks[name]["weights"]) for name in names}
    twins = untrained_twins(config)
    for name in [name for name in names if found[name]]:
        for twin in twins[name]:
            found[twin] = Reared(NONE, networks[twin]["seed"], 0)
    return {name: one for name, one in found.items() if one}


def childhoods(config: Mapping) -> dict[str, dict]:
    """Find networks whose childhoods can be compared: reared ones of equal architecture.

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


def proven(config: Mapping) -> dict[str, dict]:
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


def childhood_readout(config: Mapping) -> str:
    """Layer from which those networks are read; empty when there are none."""
    first = next(iter(childhoods(config)), None)
    return config["networks"][first]["readout"] if first else ""


def finished(config: Mapping) -> dict[str, dict[str, str]]:
    """Pick of `panels` all but the networks that were stored in the course of rearing."""
    found = reared(config)
    return {n: told for n, told in panels(config).items() if n not in found or not found[n].images}


def not_reared(config: Mapping) -> dict[str, dict[str, str]]:
    """Pick of `panels` what the paper's networks are compared with.

    Networks that were reared here, and their untrained twins, are a family of their own: see
    `childhoods`.
    """
    found = reared(config)
    return {name: told for name, told in panels(config).items() if name not in found}


def experienced(config: Mapping) -> dict[str, dict[str, str]]:
    """Pick of `panels` what the figure of experience shows.

    Reared networks only where there are no others: they have the figure of childhoods.
    """
    others = not_reared(config)
    return others if any(s["training"] != "none" for s in others.values()) else finished(config)


def seeds_of_rearing(config: Mapping) -> dict[str, list[str]]:
    """Pick of `twins` those that were reared, rearing over, and their untrained ones."""
    found, over = reared(config), finished(config)
    return {n: m for n, m in twins(config).items() if m[0] in found and m[0] in over}


def shown(config: Mapping) -> dict[str, dict[str, str]]:
    """Pick of `panels` what figures with a panel for each network show.

    Of reared networks that differ in seed only it is the first one, and none that was stored on
    the way: those are in figures of their own, and their numbers in the tables.
    """
    found, later = reared(config), set()
    for members in twins(config).values():
        later.update(name for name in members[1:] if name in found)
    later.update(name for name, one in found.items() if one.images)
    return {name: told for name, told in panels(config).items() if name not in later}


def caveats(config: Mapping) -> dict[str, str]:
    """Say in what the faces of a run differ from those of the paper's experiment, by topic."""
    told = {"people": "no people judged these very faces; likeness is the mean over human sets"}
    if shows_rendered(config):
        told["faces"] = "faces are rendered, not photographed"
        told["stimuli"] = "recipes share action units, so some errors are the stimuli's"
    return told


def human_files(config: Mapping) -> list[str]:
    """Every file of human data, so that a changed one is noticed."""
    return sorted(str(path) for path in Path(config["human"]["folder"]).glob("*.*"))


def figure_style(config: Mapping, figure: str) -> dict:
    """Collect what the configuration changes in a figure's style: the shared part, then its own."""
    figures = config["figures"]
    return {**figures.get("style", {}), **figures.get(figure, {})}


def shown_style(config: Mapping, figure: str) -> dict:
    """Collect the style of a figure of `shown`, which says in its caption what was left out."""
    left = len(panels(config)) - len(shown(config))
    note = " Of reared networks: the first seed of each diet." if left else ""
    return {**figure_style(config, figure), "note": note}
