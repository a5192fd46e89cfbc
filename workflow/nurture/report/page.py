"""The page itself: sections put into one file that needs nothing else."""

import base64
import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"
CONTROLS = ("common", "tables", "sheet", "explorer", "confusion", "identification", "address")
"""Scripts of the page, in order."""


@dataclass(frozen=True)
class Section:
    """A part of the page."""

    name: str
    """Its anchor."""
    title: str
    """Its heading."""
    body: Markup
    """Its content."""
    data: Mapping = field(default_factory=dict)
    """What its controls need, as JSON."""
    sprites: Mapping[str, str] = field(default_factory=dict)
    """Pictures by name, as data URIs."""


@cache
def environment() -> Environment:
    """Set the templates up: everything is escaped, and a missing value is an error."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values) -> Markup:
    """Fill in a template of the folder ``templates``."""
    return Markup(environment().get_template(f"{template}.html.jinja").render(**values))


def build(sections: Sequence[Section], title: str, files: Mapping[str, bytes]) -> str:
    """Put the page together: one HTML file, with styles, scripts, pictures and data inside.

    Parameters
    ----------
    sections : sequence of Section
        In the order of the page.
    title : str
    files : mapping of str to bytes
        What the page shows or gives as downloads, by name; it is unpacked when it is asked for.
    """
    if any(section.data for section in sections):
        files = {**files, "charts.js": vl_convert.javascript_bundle().encode()}
    return render(
        "page",
        title=title,
        sections=sections,
        style=Markup(_read("page.css")),
        sprites=_sprite_rules(sections),
        files={name: packed(data) for name, data in files.items()},
        controls=Markup("\n".join(_read(f"{name}.js") for name in CONTROLS)),
        data=Markup(_json({k: v for section in sections for k, v in section.data.items()})),
    )


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _sprite_rules(sections: Iterable[Section]) -> Markup:
    """Write one style rule for each picture, so that every face of it shares one copy."""
    pictures = {name: uri for section in sections for name, uri in section.sprites.items()}
    return Markup(
        "\n".join(f".sprite-{n}{{background-image:url({u})}}" for n, u in pictures.items())
    )


def _json(data: Mapping) -> str:
    # In a script element, "</" would end it.
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")


def packed(data: bytes) -> str:
    """Compress a file (zlib, RFC 1950), in base64; a browser's DecompressionStream unpacks it."""
    return base64.b64encode(zlib.compress(data, 9)).decode()


def assemble(makers: Iterable[Callable], run) -> list[Section]:
    """Make every section for which the run has something to show."""
    return [section for section in (make(run) for make in makers) if section is not None]
