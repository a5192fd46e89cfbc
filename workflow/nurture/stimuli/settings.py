"""What the configuration says of stimuli."""

from collections.abc import Mapping

from nurture.core.file_digest import contents_of
from nurture.stimuli.photographs.face_sets import FACE_SETS
from nurture.stimuli.photographs.identities import numbering

NOTHING = "(?!)"
"""Regular expression that no text fits."""

FACES_RULES = {
    "expressions": "faces",
    "continua": "faces",
    "photographs": "photographs",
    "photograph-continua": "photograph_morphs",
    "control": "control_faces",
}
"""Rule that makes the faces of each kind of stimulus set."""

RENDERED = ("expressions", "continua")

SHOWN = {
    "select_on": ("expressions", "photographs", "control"),
    "train_on": ("expressions", "photographs", "control"),
    "test_on": ("expressions", "photographs", "control"),
    "morphs": ("continua", "photograph-continua"),
}
"""Kinds of stimulus sets that can take each part in the experiment."""


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
    """Test whether a stimulus set shows photographs, or what was made of them."""
    sets = config["stimuli"]
    return sets[origin(sets, stimuli)]["kind"].startswith("photograph")


def shows_rendered(config: Mapping) -> bool:
    """Test whether a part of the experiment shows rendered faces."""
    return any(not shows_photographs(config, config["experiment"][role]) for role in SHOWN)


def control_of(config: Mapping, stimuli: str) -> dict:
    """Describe how a control set is made, of what, and which rule makes that."""
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


def photograph_sets(config: Mapping, stimuli: str) -> list[dict]:
    """Face sets of which a stimulus set is made, none where it is rendered."""
    settings = config["stimuli"][stimuli]
    source = next((settings[key] for key in ("from", "sets", "of") if key in settings), [])
    return photograph_sets(config, source) if isinstance(source, str) else list(source)


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


def caveats(config: Mapping) -> dict[str, str]:
    """Describe how the faces of a run differ from those of the paper's experiment, by topic."""
    notes = {
        "observers": "no observers judged these very faces; likeness is the mean over human sets"
    }
    if shows_rendered(config):
        notes["faces"] = "faces are rendered, not photographed"
        notes["stimuli"] = "recipes share action units, so some errors are the stimuli's"
    return notes


def numbered_sets(config: Mapping, stimuli: str) -> list[dict]:
    """`photograph_sets`, each with ``numbering``: within what equal names are one person."""
    everywhere = [part for name in config["stimuli"] for part in photograph_sets(config, name)]
    parts = photograph_sets(config, stimuli)
    return [{**part, "numbering": numbering(part, everywhere)} for part in parts]


def selects_on_rendered(config: Mapping) -> bool:
    """Test whether units are selected on rendered faces."""
    return not shows_photographs(config, config["experiment"]["select_on"])


def graded(config: Mapping) -> list[str]:
    """Name the test set where it is rendered with expressions of more than one intensity."""
    name = config["experiment"]["test_on"]
    given = config["stimuli"][name].get("intensity", 1)
    varies = isinstance(given, list | tuple) and given[0] < given[-1]
    return [name] if varies and config["stimuli"][name]["kind"] == "expressions" else []


def controls(config: Mapping) -> list[str]:
    """Control sets that are shown."""
    return list(config["experiment"]["controls"])
