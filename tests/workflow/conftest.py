"""The tiny experiment, run for real in copies of the project."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

from tests.workflow.planner import snakemake

CACHES = shutil.ignore_patterns("__pycache__")
ROOT = Path(__file__).parents[2]


class Project:
    """A copy of the project in a folder of its own."""

    def __init__(self, folder: Path):
        self.folder = folder

    @classmethod
    def new(cls, folder: Path) -> "Project":
        """Copy what the project is made of."""
        for name in ("workflow", "config", "envs", "profiles"):
            shutil.copytree(ROOT / name, folder / name, ignore=CACHES)
        shutil.copy(ROOT / "Snakefile", folder)
        return cls(folder)

    def copy(self, folder: Path) -> "Project":
        """Copy it with its results and their time stamps."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project(folder)

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess:
        given = ("--cores", "2", "--configfile", "config/tiny.yaml", *arguments)
        return snakemake(self.folder, *given)

    def planned(self, change: str = "{}", *targets: str) -> dict[str, int]:
        """Rules that a call with a changed configuration would run, with their jobs."""
        files = ("config/tiny.yaml", self.write(change))
        result = self.snakemake("--dry-run", "--configfile", *files, "--", *targets)
        assert result.returncode == 0, result.stderr
        jobs = re.findall(r"^(\w[\w-]*) +(\d+)(?: |$)", result.stderr + result.stdout, re.MULTILINE)
        return {rule: int(count) for rule, count in jobs if rule not in ("total", "all")}

    def jobs(self, *arguments: str) -> list[tuple[str, set[str], set[str]]]:
        """Rule, files read and files made of each job that a call would run."""
        plan = self.snakemake("--dry-run", "--verbose", *arguments).stdout
        form = r"^rule ([\w-]+):\n(?:    input: (.*)\n)?    output: (.*)$"
        jobs = re.findall(form, plan, re.MULTILINE)
        return [(rule, {*read.split(", ")}, {*made.split(", ")}) for rule, read, made in jobs]

    def write(self, change: str) -> str:
        """Put a change of the configuration into a file."""
        path = self.folder / "change.yaml"
        path.write_text(change)
        return str(path)

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


def _run(folder: Path, *arguments: str) -> Project:
    project = Project.new(folder)
    result = project.snakemake(*arguments)
    assert result.returncode == 0, result.stderr
    project.output = result.stderr
    return project


@pytest.fixture(scope="session")
def new_project():
    """Make an unfinished copy in an empty folder."""
    return Project.new


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Project:
    """The tiny experiment, finished. Leave its results as they are.

    It is run once, however many processes share the tests; each has a copy.
    """
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    said = shared / "finished.txt"
    with FileLock(shared / "finished.lock"):
        if not said.exists():
            said.write_text(_run(shared / "finished").output)
    project = Project(shared / "finished").copy(own / "copy")
    project.output = said.read_text()
    return project


@pytest.fixture(scope="session")
def again(tmp_path_factory) -> Project:
    """The same in another folder, with another folder of results."""
    place = tmp_path_factory.mktemp("again") / "deeper" / "folder"
    return _run(place, "--config", "results=results/elsewhere")


@pytest.fixture
def project(finished, tmp_path) -> Project:
    """A copy of the finished experiment to change at will."""
    return finished.copy(tmp_path / "copy")
