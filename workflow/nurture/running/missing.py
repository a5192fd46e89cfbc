"""What users bring and has not come yet: it is left out of a run, which says so.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import copy
import os
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import yaml

from nurture.core.errors import NurtureError
from nurture.core.texts import LOADER
from nurture.networks.reared import is_made
from nurture.networks.settings import is_file
from nurture.running.figures import declared
from nurture.stimuli.photographs.face_sets import read_face_sets
from nurture.stimuli.settings import SHOWN, numbered_sets, photograph_sets, shows_photographs

WEIGHTS = Path(__file__).parents[3] / "config" / "weights.yaml"

ROLES = ("networks", "select_on", "train_on", "test_on", "morphs", "judge")
"""Parts of the experiment that most of it needs; ``controls`` are a part that only their own do."""

NEEDS = {
    "report": ("networks", "select_on"),
    "replication": ("networks", *SHOWN),
    "conclusions": ("networks", *SHOWN),
    "baseline_similarity": ("networks", "select_on", "train_on", "test_on"),
}
"""Parts of the experiment that a result shows; a figure's stand in its file, and one that is not
named needs them all."""

ALL_NETWORKS = (".", "tables", "figures")
"""Folders of results of which files are made from all networks together."""

WIDTHS = {"what": 28, "terms": 42}
"""Characters of the columns in which text is wrapped; paths and addresses stay whole."""


class Missing(NamedTuple):
    """Something that users bring."""

    what: str
    place: str
    source: str
    terms: str


def read_weight_files() -> dict[str, dict[str, str]]:
    """Read the table of published weight files: ``title``, ``source`` and ``terms`` by name."""
    return yaml.load(WEIGHTS.read_text(encoding="utf-8"), LOADER)


def find_missing(config: Mapping) -> list[Missing]:
    """List face sets without a folder, then networks without their file of weights.

    They are those that the experiment of a whole, checked configuration needs.
    """
    roles, results, found = config["experiment"], config["results"], []
    for name in (*(roles[role] for role in SHOWN), *roles["controls"]):
        for part in photograph_sets(config, name):
            if not Path(part["folder"]).is_dir():
                entry = read_face_sets()[part["set"]]
                found.append(Missing(entry.title, part["folder"], entry.source, entry.terms))
    for name in (*roles["networks"], roles["judge"]):
        weights = config["networks"][name]["weights"]
        if is_file(weights) and not Path(weights).is_file() and not is_made(weights, results):
            entry = read_weight_files().get(Path(weights).name, {})
            title = entry.get("title", f"weights of {name}")
            source, terms = (entry.get(key, "your own") for key in ("source", "terms"))
            found.append(Missing(title, weights, source, terms))
    return list(dict.fromkeys(found))


def available(config: Mapping, missing: Iterable[Missing]) -> dict:
    """Leave missing networks and face sets out of a copy of a configuration.

    A stimulus set that is left with no face set can show nothing: see `lacking`.
    """
    config, places = copy.deepcopy(dict(config)), {entry.place for entry in missing}
    networks = config["networks"]
    config["experiment"]["networks"] = [
        name for name in config["experiment"]["networks"] if networks[name]["weights"] not in places
    ]
    for stimuli in config["stimuli"].values():
        for key in ("sets", "from"):
            if isinstance(stimuli.get(key), list):
                stimuli[key] = [part for part in stimuli[key] if part["folder"] not in places]
    return config


def present_sets(config: Mapping, given: Mapping, stimuli: str) -> list[dict]:
    """Face sets of which a stimulus set is made: `nurture.stimuli.settings.numbered_sets`.

    From what `available` returns; a `NurtureError` names those of the whole configuration, as
    `given`, where none of them is there.
    """
    found = numbered_sets(config, stimuli)
    if not found:
        folders = ", ".join(part["folder"] for part in photograph_sets(given, stimuli))
        raise NurtureError(f"{folders}: no such folder; put the photographs of {stimuli} there")
    return found


def check_weights(config: Mapping, made: Iterable[str]) -> None:
    """Refuse a run, of a whole configuration, that leaves a network out of what it makes unasked.

    That is where weights of the experiment are not there, and it makes tables or figures.
    """
    folders = {os.path.relpath(Path(path).parent, config["results"]) for path in made}
    places = {entry.place for entry in find_missing(config)}
    names = dict.fromkeys((*config["experiment"]["networks"], config["experiment"]["judge"]))
    absent = {n: w for n in names if (w := config["networks"][n]["weights"]) in places}
    if absent and folders & set(ALL_NETWORKS):
        listed = ", ".join(f"{weights} (weights of {name})" for name, weights in absent.items())
        raise NurtureError(
            f"{listed}: no such file; put it there, take the network out of experiment.networks, "
            "or run what there is with --keep-going"
        )


def lacking(config: Mapping) -> list[str]:
    """Parts of the experiment, of `ROLES`, for which an available configuration has nothing."""
    roles = config["experiment"]
    judge = config["networks"][roles["judge"]]["weights"]
    empty = {role: _shows_nothing(config, roles[role]) for role in SHOWN}
    empty["networks"] = not roles["networks"]
    empty["judge"] = is_file(judge) and not Path(judge).is_file()
    empty["controls"] = any(_shows_nothing(config, name) for name in roles["controls"])
    return [role for role in (*ROLES, "controls") if empty[role]]


def _shows_nothing(config: Mapping, stimuli: str) -> bool:
    return shows_photographs(config, stimuli) and not photograph_sets(config, stimuli)


def possible(config: Mapping, targets: Iterable[str]) -> list[str]:
    """Choose those figures and tables that can be made of an available configuration."""
    absent = set(lacking(config))
    needs = NEEDS | {figure.name: figure.needs for figure in declared()}
    return [path for path in targets if not absent & set(needs.get(Path(path).stem, ROLES))]


def describe_missing(missing: Sequence[Missing], config: Mapping, targets: Iterable[str]) -> str:
    """Describe in a table what is missing, and in a line which figures and tables cannot be made.

    The configuration is what `available` returns; targets are all figures and tables.
    """
    heads = ("Missing", "goes to", "source", "terms")
    columns = zip(Missing._fields, zip(heads, *missing, strict=True), strict=True)
    widths = [WIDTHS.get(name, max(map(len, cells))) for name, cells in columns]
    rules = ["-" * width for width in widths]
    lines = [line for row in (heads, rules, *missing) for line in _wrapped(row, widths)]
    made = set(possible(config, targets))
    out = ", ".join(dict.fromkeys(Path(p).stem for p in targets if p not in made))
    if out:
        lines += [f"Left out: {out} (nothing for {', '.join(lacking(config))})."]
    weights = {network["weights"] for network in config["networks"].values()}
    how = " with --keep-going" * bool(weights & {entry.place for entry in missing})
    return "\n".join([*lines, f"The rest runs{how}; what is brought later is added then."])


def _wrapped(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Lines of one row of a table, each cell wrapped to its column but no word broken."""
    cells = [
        textwrap.wrap(cell, width, break_long_words=False, break_on_hyphens=False)
        for cell, width in zip(row, widths, strict=True)
    ]
    lines = zip_longest(*cells, fillvalue="")
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]


def terms_table() -> str:
    """Terms of every face set and file of weights, as a table in Markdown."""
    rows = [(e.title, e.source, e.terms) for e in read_face_sets().values()]
    for name, entry in read_weight_files().items():
        rows.append((f"{entry['title']}: `{name}`", entry["source"], entry["terms"]))
    head = ["| what | where | terms |", "| --- | --- | --- |"]
    return "\n".join(head + [f"| {' | '.join(row)} |" for row in rows])
