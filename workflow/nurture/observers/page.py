"""The page of the experiment: what it says, which trials it has, and what is written beside it."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.core.rows import number
from nurture.core.texts import read_yaml
from nurture.observers import design as dealing
from nurture.observers.settings import AFTER, BEFORE
from nurture.stimuli.images import face_digest

PAGE = Path(__file__).parent / "page"
TEXTS: dict = {
    **dict.fromkeys(("language", "title", "check", "start", "next", "face"), str),
    **dict.fromkeys(("progress", "no_storage"), str),
    "questions": list,
    "consent": dict.fromkeys(("heading", "agree", "decline", "declined"), str) | {"text": list},
    "expressions": dict.fromkeys(EXPRESSIONS, str),
    "label": {"heading": str, "text": list, "question": str},
    "identify": {"heading": str, "text": list, "question": str},
    "abx": {"heading": str, "text": list, "question": str, "first": str, "second": str},
    "practice": dict.fromkeys(("heading", "text", "over"), str),
    "break": dict.fromkeys(("heading", "text"), str),
    "fullscreen": dict.fromkeys(("text", "button"), str),
    "resume": dict.fromkeys(("heading", "text", "go_on", "anew"), str),
    "finish": dict.fromkeys(
        ("heading", "saved", "failed", "download", "again", "downloaded", "local"), str
    ),
}
"""What a file of texts holds, and of which kind it is."""

SETTINGS = ("tasks", "checks", "break_every", "fixation", "duration", "size", "post", "fullscreen")
"""What the page is told of the section ``observers`` of the configuration."""

LISTED: dict[str, Callable[..., list]] = {
    "label": dealing.label_lists,
    "identify": dealing.identify_lists,
    "abx": dealing.abx_lists,
}


def read_texts(path: str | Path) -> dict:
    """Read what the page says; refuse a file that is missing, no YAML, or lacks a text."""
    texts = read_yaml(path, "name one in observers.texts")
    _check_texts(texts, TEXTS, str(path))
    for question in texts["questions"]:
        if not isinstance(question, dict) or set(question) != {"name", "text", "choices"}:
            raise NurtureError(f"{path}: questions: each needs name, text and choices")
        if not str(question["name"]).isidentifier():
            raise NurtureError(
                f"{path}: questions: {question['name']!r} is no name; use letters, digits and _"
            )
    return texts


def _check_texts(texts: object, known: Mapping, place: str) -> None:
    if not isinstance(texts, dict):
        raise NurtureError(f"{place}: needs the keys {', '.join(known)}; see the English file")
    for key in known.keys() | texts.keys():
        if key not in known:
            raise NurtureError(f"{place}: {key!r} is not known; remove it or correct it")
        kind, value = known[key], texts.get(key)
        if isinstance(kind, dict):
            _check_texts(value, kind, f"{place}: {key}")
        elif not isinstance(value, kind):
            what = "a text" if kind is str else "a list"
            raise NurtureError(f"{place}: {key}: needs {what}; see config/observers-english.yaml")


def design(sets: Mapping[str, pd.DataFrame], observers: Mapping, seed: int) -> list[dict]:
    """Deal all lists: for each its trials by task, see `nurture.observers.design`.

    The sets are labels of the images of each task.
    """
    dealt = {
        task: LISTED[task](sets[task], observers[task], observers["lists"], seed)
        for task in observers["tasks"]
    }
    return [{task: lists[i] for task, lists in dealt.items()} for i in range(observers["lists"])]


def shown_images(lists: Sequence[Mapping], task: str) -> list[int]:
    """Rows of the images that any list shows in a task."""
    return np.unique(np.concatenate([dealing.rows_of(one, task) for one in lists])).tolist()


class Experiment:
    """All that is written beside the images.

    Parameters
    ----------
    labels : mapping of str to pandas.DataFrame
        Of the images of each stimulus set, by its name.
    images : mapping of str to xarray.DataArray
        The images themselves, for their digests.
    roles : mapping of str to str
        Stimulus set of each task, and of ``practice``.
    observers : mapping
        Section ``observers`` of the configuration.
    texts : mapping
        `read_texts`.
    seed : int

    Attributes
    ----------
    lists, rehearsed : list
        `design`, and rows of the images for practice.
    id : str
        Digest of all that observers see.
    """

    def __init__(
        self,
        labels: Mapping[str, pd.DataFrame],
        images: Mapping[str, xr.DataArray],
        roles: Mapping[str, str],
        observers: Mapping,
        texts: Mapping,
        seed: int,
    ) -> None:
        tasks = observers["tasks"]
        self.labels, self.roles, self.observers, self.seed = labels, roles, observers, seed
        self.lists = design({task: labels[roles[task]] for task in tasks}, observers, seed)
        self.rehearsed = dealing.practice(labels[roles["practice"]], observers["practice"], seed)
        self.digests = {task: face_digest(images[roles[task]]) for task in tasks}
        self.trials = dealing.n_trials(self.lists[0])
        self.minutes = round(dealing.minutes(self.trials))
        content = {
            "texts": texts,
            "settings": {
                **{key: observers[key] for key in SETTINGS},
                "expressions": list(EXPRESSIONS),
                "minutes": self.minutes,
                "shows": {task: task for task in tasks},
            },
            "sets": {
                part: {"name": name, "stimuli": dealing.stimulus_rows(labels[name])}
                for part, name in roles.items()
                if part in (*tasks, "practice")
            },
            "lists": self.lists,
            "practice": self.rehearsed,
            "digests": self.digests,
        }
        self.id = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
        self._texts, self._content = texts, {"id": self.id} | content

    def images(self) -> list[tuple[str, list[int]]]:
        """Rows of the images of each stimulus set that the page shows."""
        found: dict[str, set[int]] = {self.roles["practice"]: set(self.rehearsed)}
        for task in self.observers["tasks"]:
            found.setdefault(self.roles[task], set()).update(shown_images(self.lists, task))
        return [(name, sorted(rows)) for name, rows in found.items()]

    def files(self) -> dict[str, str]:
        """Text of each file of the page that depends on the configuration."""
        data = json.dumps(self._content, separators=(",", ":"), ensure_ascii=False)
        index = _template("index.html").render(texts=self._texts)
        return {"index.html": index, "lists.js": f"{BEFORE}{data}{AFTER}"}

    def preregistration(
        self, precision: pd.DataFrame, reference: str, networks: Sequence[str]
    ) -> str:
        """Fill in the template of a preregistration."""
        tasks = self.observers["tasks"]
        return _template("preregistration.md").render(
            id=self.id,
            sets={task: self.roles[task] for task in tasks},
            counts={task: len(shown_images(self.lists, task)) for task in tasks},
            digests=self.digests,
            practice=self.roles["practice"],
            n_practice=len(self.rehearsed),
            observers=self.observers,
            seed=self.seed,
            minutes=self.minutes,
            trials=self.trials,
            precision=precision.to_dict("records"),
            number=number,
            reference=reference,
            networks=networks,
        )


def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(PAGE),
        autoescape=name.endswith("html"),
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(f"{name}.jinja")
