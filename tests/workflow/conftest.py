"""The tiny experiment, run for real in copies of the project."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CACHES = shutil.ignore_patterns("__pycache__")
ROOT = Path(__file__).parents[2]


class Project:
    """A copy of the project in a folder of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        for name in ("workflow", "config", "envs"):
            shutil.copytree(ROOT / name, folder / name, ignore=CACHES)
        shutil.copy(ROOT / "Snakefile", folder)
        # Where Snakemake looks for the profile that it uses unasked.
        shutil.copy(ROOT / "profiles", folder, follow_symlinks=False)

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [
                *(sys.executable, "-m", "snakemake", "--cores", "2"),
                *("--configfile", "config/tiny.yaml", *arguments),
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def planned(self, change: str = "{}") -> dict[str, int]:
        """Rules that a call with a changed configuration would run, with their jobs."""
        result = self.snakemake("--dry-run", "--configfile", "config/tiny.yaml", self.write(change))
        assert result.returncode == 0, result.stderr
        jobs = re.findall(r"^(\w[\w-]*) +(\d+)$", result.stderr + result.stdout, re.MULTILINE)
        return {rule: int(count) for rule, count in jobs if rule not in ("total", "all")}

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


def _run(folder: Path) -> Project:
    project = Project(folder)
    result = project.snakemake()
    assert result.returncode == 0, result.stderr
    project.output = result.stdout
    return project


@pytest.fixture(scope="session")
def new_project():
    """Make an unfinished copy in an empty folder."""
    return Project


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Project:
    """The tiny experiment, finished. Leave its results as they are."""
    return _run(tmp_path_factory.mktemp("finished"))


@pytest.fixture(scope="session")
def again(tmp_path_factory) -> Project:
    """The same in another folder."""
    return _run(tmp_path_factory.mktemp("again") / "deeper" / "folder")


@pytest.fixture
def project(finished, tmp_path) -> Project:
    """A copy of the finished experiment, with its time stamps, to change at will."""
    shutil.copytree(finished.folder, tmp_path / "copy", symlinks=True)
    copy = Project.__new__(Project)
    copy.folder = tmp_path / "copy"
    return copy
