"""What the configuration says of observers who were shown the very faces of the networks.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

from collections.abc import Mapping
from pathlib import Path

import yaml

from nurture.core.texts import LOADER
from nurture.stimuli import settings as stimulus_settings

STATIC = (
    *("page.css", "page.js", "jspsych/LICENSE", "jspsych/jspsych.js"),
    *(f"jspsych/plugin-{name}.js" for name in ("html-button-response", "fullscreen", "preload")),
)
"""Files of the page that are the same in every experiment."""

BEFORE, AFTER = "window.EXPERIMENT = ", ";\n"
"""Around the JSON of ``lists.js``, a script because a page from disk can read no data."""

ROLES = {"label": "test_on", "identify": "morphs", "abx": "morphs"}
"""Part of the experiment whose stimulus set each task shows."""


def practice_set(config: Mapping) -> str:
    """Name the stimulus set whose faces observers practise on: no identity of it is tested."""
    return config["experiment"]["train_on"]


def shown_sets(config: Mapping) -> list[str]:
    """Name the stimulus sets that observers are shown, practice first."""
    tasks = config["observers"]["tasks"]
    names = [config["experiment"][ROLES[task]] for task in tasks]
    return list(dict.fromkeys([practice_set(config), *names]))


def own_sets(config: Mapping) -> dict[str, dict]:
    """Human sets of observers who saw the very faces of this project, by short name.

    Entries of ``confusion`` in ``sources.yaml`` with ``trials`` and ``faces``; none where the file
    cannot be read, which the check of the configuration refuses.
    """
    try:
        path = Path(config["human"]["folder"], "sources.yaml")
        sources = yaml.load(path.read_text(encoding="utf-8"), LOADER)["confusion"]
        own = {name: entry for name, entry in sources.items() if {"trials", "faces"} <= set(entry)}
    except (OSError, yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        return {}
    return own


def trial_files(config: Mapping) -> list[str]:
    """Files with every answer of the observers of `own_sets`."""
    folder = Path(config["human"]["folder"])
    return [str(folder / entry["trials"]) for entry in own_sets(config).values()]


def identified(config: Mapping) -> bool:
    """Whether any of `own_sets` was asked to identify morphs."""
    return any("identify" in entry["faces"] for entry in own_sets(config).values())


def compared(config: Mapping) -> bool:
    """Whether any of `own_sets` was asked to compare morphs (ABX)."""
    return any("abx" in entry["faces"] for entry in own_sets(config).values())


def caveats(config: Mapping) -> dict[str, str]:
    """Describe how this run differs from the paper's, as far as observers judged its very faces."""
    notes = stimulus_settings.caveats(config)
    if own := own_sets(config):
        notes["observers"] = (
            f"observers of {', '.join(own)} judged these very faces, those of other human sets "
            "others; likeness is the mean over human sets"
        )
    return notes
