"""The faces of any stimulus set of the configuration, made for looking at, without a workflow."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from nurture.core.errors import NurtureError
from nurture.core.names import hint
from nurture.stimuli.altering import altered, choose_stimuli, control_labels
from nurture.stimuli.photographs.gathering import (
    Gathered,
    aligned_faces,
    choose_identities,
    gather,
    morph_labels,
    morphs,
    photograph_labels,
)
from nurture.stimuli.rendered.design import design
from nurture.stimuli.rendered.recipes import Recipes, read_recipes
from nurture.stimuli.rendered.rendering import render
from nurture.stimuli.settings import control_of, numbered_sets

NOTHING_DROPPED = pd.DataFrame({"path": [], "reason": []})

Faces = Iterator[tuple[int, np.ndarray, np.ndarray]]
"""Position in the labels, image and mask of each face."""


class Shown(NamedTuple):
    """A stimulus set of which faces can be made."""

    labels: pd.DataFrame
    """One row per stimulus."""

    dropped: pd.DataFrame
    """Columns path and reason: photographs that are not used."""

    source: Recipes | Gathered
    """What the faces are made of."""


def describe(config: Mapping, name: str) -> Shown:
    """Find out what a stimulus set holds; of photographs, every face is looked for."""
    if name not in config["stimuli"]:
        raise NurtureError(f"stimuli: no stimulus set {name!r}{hint(name, config['stimuli'])}")
    spec = config["stimuli"][name]
    if spec["kind"] == "control":
        how, shown = control_of(config, name), describe(config, spec["of"])
        chosen = choose_stimuli(shown.labels, how["identities"])
        labels = control_labels(
            shown.labels.assign(source=range(len(shown.labels))), chosen, how["controls"]
        )
        return shown._replace(labels=labels)
    if not spec["kind"].startswith("photograph"):
        recipes = read_recipes(config["faces"]["action_units"])
        labels = design(spec, config["seed"])
        return Shown(labels, NOTHING_DROPPED, recipes)
    gathered = gather(numbered_sets(config, name))
    if spec["kind"] == "photographs":
        return Shown(photograph_labels(gathered), gathered.dropped, gathered)
    labels = morph_labels(gathered, choose_identities(gathered, spec), spec)
    return Shown(labels, gathered.dropped, gathered)


def make_faces(config: Mapping, name: str, shown: Shown, positions: Iterable[int]) -> Faces:
    """Make some faces of a set that `describe` describes, as the workflow makes them; see `Faces`.

    Images are uint8 of shape (size, size, 3), masks of shape (size, size).
    """
    spec, rows = config["stimuli"][name], sorted(set(positions))
    size = config["faces"]["size"]
    if spec["kind"] == "control":
        yield from _controls(config, spec["of"], shown, rows)
    elif isinstance(shown.source, Recipes):
        kernels = Path(config["results"], "cache/warp")
        settings = config["seed"], size, config["faces"]["device"], kernels
        faces = render(shown.labels.iloc[rows], shown.source, *settings)
        yield from ((row, *face) for row, face in zip(rows, faces, strict=True))
    elif spec["kind"] == "photographs":
        faces = aligned_faces(shown.source, rows, size)
        yield from ((row, f.image, f.mask) for row, f in zip(rows, faces, strict=True))
    else:
        faces = morphs(shown.source, choose_identities(shown.source, spec), spec, size)
        wanted = set(rows)
        yield from ((row, f.image, f.mask) for row, f in enumerate(faces) if row in wanted)


def _controls(config: Mapping, of: str, shown: Shown, rows: list[int]) -> Faces:
    sources = shown.labels["source"]
    whole = shown._replace(labels=_unaltered(shown.labels))
    faces = {
        position: face
        for position, *face in make_faces(config, of, whole, {int(sources[row]) for row in rows})
    }
    for row in rows:
        position = int(sources[row])
        control = shown.labels["control"][row]
        yield row, *altered(control, *faces[position], config["seed"], position)


def _unaltered(labels: pd.DataFrame) -> pd.DataFrame:
    """Labels of the faces of which controls were made, in their own places."""
    first = labels.drop_duplicates("source").set_index("source").drop(columns="control")
    return first.reindex(range(first.index.max() + 1))
