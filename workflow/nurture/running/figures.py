"""What each figure says of itself in its file, read without importing it.

A figure is one file, ``nurture/{chapter}/{name}_figure.py``: its function ``draw``, its ``STYLE``,
and ``FIGURE``, which says what it reads and what it needs of the configuration. Its rule, its
targets, its entry in the configuration's schema and its place in the report follow from that.

Imported by the Snakefile: modules of figures are parsed and not imported, for they need matplotlib.
"""

import ast
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from nurture.activations.settings import picked
from nurture.core.errors import NurtureError
from nurture.networks.settings import compared

PACKAGE = Path(__file__).parents[1]

CHAPTERS = (
    *("stimuli", "selectivity", "decoding", "confusion", "categorical", "observers"),
    *("experience", "rearing"),
)
"""In the order in which their figures are shown."""

ENDING = "_figure.py"


class Declared(NamedTuple):
    """A figure, as its file declares it in ``FIGURE`` and ``STYLE``."""

    name: str
    chapter: str
    category: str
    """Under which heading Snakemake's own report shows it."""
    style: dict
    needs: tuple[str, ...]
    """Parts of the experiment without which it is left out; see `nurture.running.missing`."""
    caption: str
    """How to read it, in plain text: for the page and for Snakemake's own report."""
    place: int = 1
    """Among the figures of its chapter."""
    tables: tuple[str, ...] = ()
    """Names of the tables that ``draw`` takes, in its order. A figure without any, which shows
    images, has a rule and a script of its own."""
    asks: Mapping[str, str] = {}
    """Further arguments of ``draw``: ``chapter.function`` of the chapter's settings, which is given
    the configuration, or ``config.key.key``."""
    networks: tuple[str, ...] = ()
    """Roles of the networks that ``draw`` is given as ``networks``; see
    `nurture.activations.settings.picked`."""
    when: str = ""
    """Drawn only where this, written as one of ``asks``, finds something."""

    @property
    def function(self) -> str:
        """Dotted name of what draws it."""
        return f"nurture.{self.chapter}.{self.name}{ENDING.removesuffix('.py')}.draw"

    def asked(self, config: Mapping) -> dict:
        """Find what ``draw`` is given beside tables."""
        networks = {"networks": picked(config, *self.networks)} if self.networks else {}
        return networks | {name: _ask(what, config) for name, what in self.asks.items()}

    def changes(self, config: Mapping) -> dict:
        """Collect what the configuration changes in its style: the shared part, then its own.

        One that shows the first of several seeds alone says so in its caption.
        """
        figures, note = config["figures"], {}
        if "shown" in self.networks and len(picked(config, "shown")) < len(compared(config)):
            note = {"note": " Of networks that differ in seed alone: the first."}
        return {**figures.get("style", {}), **figures.get(self.name, {}), **note}

    def wanted(self, config: Mapping) -> bool:
        """Test whether this configuration has something that the figure can show."""
        return bool(_ask(self.when, config)) if self.when else True


@cache
def declared(package: Path = PACKAGE) -> tuple[Declared, ...]:
    """Read what all figures say of themselves, by chapter and place.

    Refuses a figure's file that lacks ``FIGURE`` or ``STYLE``, or does not write them out.
    """
    found = [
        _read(path, chapter)
        for chapter in CHAPTERS
        for path in sorted((package / chapter).glob(f"*{ENDING}"))
    ]
    return tuple(sorted(found, key=lambda figure: (CHAPTERS.index(figure.chapter), figure.place)))


def find(name: str) -> Declared:
    """Find a figure by its name."""
    return next(figure for figure in declared() if figure.name == name)


def _read(path: Path, chapter: str) -> Declared:
    values = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        name = getattr(node.targets[0], "id", "") if isinstance(node, ast.Assign) else ""
        if name in ("FIGURE", "STYLE"):
            try:
                values[name] = ast.literal_eval(node.value)
            except ValueError:
                raise NurtureError(f"{path}:{node.lineno}: write the values out") from None
    try:
        return Declared(
            path.name.removesuffix(ENDING), chapter, style=values["STYLE"], **values["FIGURE"]
        )
    except (KeyError, TypeError) as error:
        raise NurtureError(f"{path}: FIGURE and STYLE do not describe a figure: {error}") from None


def _ask(what: str, config: Mapping) -> object:
    place, *names = what.split(".")
    if place != "config":
        return getattr(import_module(f"nurture.{place}.settings"), *names)(config)
    for name in names:
        config = config[name]
    return config


def style_schema(style: Mapping, shared: Mapping, known: Mapping) -> dict:
    """JSON schema of what a configuration may change in a figure's style.

    Beside the keys that all figures share, each of its ``STYLE`` takes what is known of it, or else
    a value as the figure's own: a length, a count, a truth value.
    """
    kinds = {bool: {"type": "boolean"}, int: {"$ref": "#/$defs/length"}, str: {"type": "string"}}
    own = {
        key: known.get(key) or kinds.get(type(value), {"type": "array"})
        for key, value in style.items()
    }
    return {"type": "object", "additionalProperties": False, "properties": {**shared, **own}}
