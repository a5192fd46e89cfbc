"""The stimuli: every face of every set, to be leafed through."""

from collections.abc import Sequence
from itertools import chain

import numpy as np

from nurture.core.expressions import EXPRESSIONS, NEUTRAL, NONE
from nurture.core.files import open_dataset
from nurture.core.identities import identity_names
from nurture.report.page import Section, render
from nurture.report.parts import figures, listing
from nurture.report.run import RULE_OF_IMAGES, Run, StimulusSet
from nurture.report.sprites import make_sprite, small_faces

SIDE = 104
"""Of a face on the sheet, in pixels."""

MORPH_SIDE = 160
"""Of a face on a continuum, which is shown larger."""

ROLES = {
    "select_on": "on it, expression-selective units are found",
    "train_on": "on it, classifiers are trained",
    "test_on": "on it, classifiers are tested: the confusion matrices",
    "morphs": "morphs from one expression to another: the identification curves",
    "controls": "faces altered so that observers no longer see them as usual",
}


def stimuli(run: Run) -> Section:
    """Show the sets as sheets of faces, and how an outside judge sees them."""
    settings = run.config["report"]
    sets, sprites = [], {}
    for one in run.stimuli.values():
        parts, side = _parts(one, _sheet(run, one, settings["sheet"])), SIDE
        if _is_continua(one):
            parts, side = _morph_parts(one, settings["identities"]), MORPH_SIDE
        with open_dataset(one.path, RULE_OF_IMAGES, ["image"]) as dataset:
            faces = small_faces(dataset, chain.from_iterable(parts.values()), side)
        made = {key: make_sprite(faces, which, side) for key, which in parts.items()}
        sprites |= {key: sprite.uri for key, sprite in made.items()}
        sets.append(_describe(run, one, {key: sprite.layout() for key, sprite in made.items()}))
    body = render(
        "stimuli",
        sets=sets,
        photographs=_photographs(run),
        figures=figures(run, ["stimuli", "validity"]),
    )
    return Section("stimuli", "The stimuli", body, {"sheet": {"sets": sets}}, sprites)


def _is_continua(one: StimulusSet) -> bool:
    return "continuum" in one.labels and (one.labels["continuum"] != NONE).any()


def part_key(stimuli: str, part: str) -> str:
    """Name of the picture that holds a part of a set: a continuum, or one kind of control."""
    return f"{stimuli}-{part}"


def _parts(one: StimulusSet, stimuli: Sequence[int]) -> dict[str, list[int]]:
    """Split the faces of a set of controls by control; those of other sets stay together."""
    if "control" not in one.labels:
        return {one.name: list(stimuli)}
    parts: dict[str, list[int]] = {}
    for stimulus in stimuli:
        parts.setdefault(part_key(one.name, one.labels["control"][stimulus]), []).append(stimulus)
    return parts


def _morph_parts(one: StimulusSet, n: int) -> dict[str, list[int]]:
    """Faces of the first `n` identities of each continuum, person by person in order of level."""
    parts = {}
    for continuum in dict.fromkeys(one.labels["continuum"]):
        if continuum == NONE:
            continue
        rows = one.labels[one.labels["continuum"] == continuum]
        identities = list(dict.fromkeys(rows["identity"]))[:n]
        rows = rows[rows["identity"].isin(identities)].sort_values(
            ["identity", "level"], kind="stable"
        )
        parts[part_key(one.name, continuum)] = list(rows.index)
    return parts


def _sheet(run: Run, one: StimulusSet, most: int) -> list[int]:
    """Faces of the sheet: up to `most`, and those that single units point to."""
    chosen = set(one.labels.index[:most])
    if one.name == run.config["experiment"]["select_on"]:
        for layer in run.units:
            for end in ("most", "least"):
                chosen |= set(np.unique(layer[end].to_numpy()).tolist())
    return sorted(chosen)


def _describe(run: Run, one: StimulusSet, pictures: dict) -> dict:
    """Collect what the sheet needs to know of a set: labels of the embedded faces, by picture."""
    kind = "continua" if _is_continua(one) else "expressions"
    given = run.config["experiment"]
    roles = [ROLES[role] for role in ROLES if one.name in np.atleast_1d(given.get(role, ""))]
    specs = run.config["stimuli"]
    made = [name for name in run.stimuli if specs.get(name, {}).get("of") == one.name]
    roles += [f"its faces, altered, make {listing(made)}"] if made else []
    identities = one.labels["identity"].nunique() if (one.labels["identity"] >= 0).all() else 0
    person, words = identity_names(one.labels), (*EXPRESSIONS, NEUTRAL, NONE)
    for picture in pictures.values():
        rows = one.labels.loc[picture["stimuli"]]
        picture["identity"] = rows["identity"].tolist()
        if "person" in rows:
            picture["person"] = person[rows.index].tolist()
        if kind == "continua":
            picture["level"] = [round(float(level), 6) for level in rows["level"]]
        else:
            picture["expression"] = [words.index(name) for name in rows["expression"]]
    return {
        "name": one.name,
        "kind": kind,
        "use": "; ".join(roles),
        "faces": len(one.labels),
        "identities": identities,
        "embedded": sum(len(p["stimuli"]) for p in pictures.values()),
        "expressions": _shown(one),
        "pictures": pictures,
    }


def _shown(one: StimulusSet) -> list[str]:
    names = (*EXPRESSIONS, NEUTRAL)
    return [name for name in names if (one.labels["expression"] == name).any()]


def _photographs(run: Run) -> Sequence[str]:
    kinds = run.config["stimuli"]
    return [n for n in run.stimuli if kinds.get(n, {}).get("kind", "").startswith("photograph")]
