"""Where every number comes from: versions, digests and seeds, as written in the files."""

import hashlib
from collections.abc import Iterable
from importlib.metadata import version
from platform import python_version

from nurture.report.page import Section, render
from nurture.report.run import Run

USED = ("Jinja2", "matplotlib", "numpy", "pandas", "pillow", "vl-convert-python", "xarray")
"""Packages that made the page; those of the other steps are in their files' attributes."""

SHORT = 16
"""Digits of a digest that the page shows; the whole is in the title of the cell."""


def provenance(run: Run) -> Section:
    """List networks, stimuli and tables with their digests, and the versions of packages."""
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in run.csv.items()}
    page = [("Python", python_version()), *((name, version(name)) for name in USED)]
    body = render(
        "provenance",
        networks=[_network(run, name) for name in run.networks],
        stimuli=[(one.name, one.attributes, one.sha256) for one in run.stimuli.values()],
        tables=list(digests.items()),
        run=hashlib.sha256("".join(sorted(digests.values())).encode()).hexdigest(),
        nurture=run.versions.get("Nurture", ""),
        software=[
            ("The workflow was run with", list(run.versions.items())),
            ("Responses were computed with", _common(layer.attrs for layer in run.units)),
            ("This page was made with", page),
        ],
        seed=run.config["seed"],
        short=SHORT,
    )
    return Section("provenance", "Provenance", body)


def _network(run: Run, name: str) -> dict:
    weights = run.weights.get(name, {})
    attributes = next((layer.attrs for layer in run.units_of(name)), {})
    about = {"name": name, "seed": weights.get("seed")}
    about |= {key: weights.get(key, "") for key in ("source", "source_sha256", "weights_sha256")}
    return about | {key: attributes.get(key, "") for key in ("preprocessing", "code")}


def _common(attributes: Iterable[dict[str, str]]) -> list[tuple[str, str]]:
    """Versions of packages at the extraction of activations; several where networks differ."""
    found: dict[str, set] = {}
    for one in attributes:
        for key, value in one.items():
            if key.endswith("_version"):
                found.setdefault(key.removesuffix("_version"), set()).add(str(value))
    return [(name, ", ".join(sorted(values))) for name, values in found.items()]
