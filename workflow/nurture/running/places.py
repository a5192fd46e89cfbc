"""Folders in which a run works, and those in which it cannot.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import os
import re
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

from nurture.core.errors import NurtureError

UNFIT = "{}:"
"""What Snakemake takes for a wildcard, and Python for the end of a path."""

LOOKING = re.compile(
    r"-[SDl]|--(summary|detailed-summary|dag|rulegraph|filegraph|d3dag|report|lint"
    r"|list(-\w+)*|print-compilation)(=.*)?"
)
"""Options of Snakemake with which it only says something."""


def check_folders(project: Path) -> None:
    """Check that a run can work with the project where it is, and in the working folder.

    That is where the project's path has no character of `UNFIT`, and the working folder a
    ``config/config.yaml``.
    """
    for character in UNFIT:
        if character in str(project):
            raise NurtureError(
                f"{project}: Snakemake cannot run below a name with {character!r}; rename it"
            )
    if not Path("config/config.yaml").is_file():
        raise NurtureError(
            f"{Path.cwd()}: no config/config.yaml here, where paths in configurations start; "
            f"call snakemake in {project.resolve()}, or link its folder config to here"
        )


def only_looks(arguments: Sequence[str]) -> bool:
    """Test whether a call of Snakemake, with these arguments, only says something.

    Then it keeps nobody out. Snakemake itself does not know yet when the Snakefile is read.

    Examples
    --------
    >>> only_looks(["--configfile", "mine.yaml", "--dag=dot"])
    True
    >>> only_looks(["--report", "x.html", "--report-after-run"])
    False
    """
    options = list(takewhile(lambda argument: argument != "--", arguments))
    return "--report-after-run" not in options and any(map(LOOKING.fullmatch, options))


def make_python_plain() -> None:
    """Let a shell find this Python by a name that needs no quotes, for Snakemake gives none."""
    if shlex.quote(sys.executable) != sys.executable:
        folder, sys.executable = os.path.split(sys.executable)
        os.environ["PATH"] = os.pathsep.join([folder, os.getenv("PATH", os.defpath)])


def write_nothing(persistence: type) -> None:
    """Let a call that only says something end well in a folder that cannot be written to.

    Snakemake makes the folders in ``.snakemake`` in which it then looks, and its class
    `persistence` keeps what it found of files, for ``--trust-io-cache``.
    """
    if os.access(".snakemake", os.W_OK):
        return
    make = os.makedirs

    def makedirs(*arguments, **options) -> None:
        with suppress(OSError):
            make(*arguments, **options)

    os.makedirs = makedirs
    persistence.save_iocache = persistence.drop_iocache = lambda _self: None
