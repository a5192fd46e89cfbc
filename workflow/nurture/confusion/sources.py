"""What each file of human data is, as a folder of them says of itself.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

from pathlib import Path

from nurture.core.errors import NurtureError
from nurture.core.texts import read_yaml

MEAN = "mean"
"""Stands, among names of human sets, for the mean over all of them."""


def read_sources(folder: str | Path) -> dict:
    """Read ``sources.yaml``: what each file of human data is, and where it comes from.

    It has ``confusion``: by short name, ``file``, ``observers`` (None where not known) and more;
    and ``identification``: ``file`` and more.

    Raises
    ------
    NurtureError
        When the file is missing, not YAML, or lacks one of these, or a set has the name that
        stands for the mean over all sets.
    """
    path = Path(folder) / "sources.yaml"
    sources = read_yaml(path, "restore it, or set human.folder in the configuration")
    try:
        complete = "file" in sources["identification"] and all(
            {"file", "observers"} <= set(entry) for entry in sources["confusion"].values()
        )
    except (KeyError, TypeError, AttributeError):
        complete = False
    if not complete:
        raise NurtureError(
            f"{path}: needs `confusion`, with `file` and `observers` of each set, and "
            "`identification` with its `file`; see config/human/README.md"
        )
    if MEAN in sources["confusion"]:
        raise NurtureError(f"{path}: {MEAN!r} stands for the mean over sets; rename that set")
    return sources
