"""Run the tests of the chapters that differ from the last commit, or of those that it changed.

Tests of whole runs (`tests/workflow`) are left out.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
ALWAYS = ("tests/test_rooms.py", "tests/test_docs.py")
LEFT_OUT = "tests/workflow"
PACKAGE = ("workflow", "nurture")
RULES = ("workflow", "rules")


def chosen(changed: Iterable[str], root: Path = ROOT) -> list[str]:
    """Choose the folders and files of tests for files that were changed."""
    found = {_tests_of(PurePosixPath(path)) for path in changed} - {None}
    places = {place for place in found if (root / place).exists() and place != LEFT_OUT}
    return [*sorted(places - {*ALWAYS}), *ALWAYS]


def _tests_of(path: PurePosixPath) -> str | None:
    """Name where the tests of a file are: a chapter's folder, or a file beside these folders."""
    parts, stem = path.parts, path.stem
    if parts[:2] in (PACKAGE, RULES) and len(parts) > 2:
        inside = len(parts) > 3
        chapter = parts[2] if inside else stem
        return f"tests/{chapter}" if inside or parts[:2] == RULES else f"tests/test_{stem}.py"
    if parts[0] == "tests" and len(parts) > 2:
        return f"tests/{parts[1]}"
    return str(path) if parts[0] == "tests" and stem.startswith("test_") else None


def changed_files(root: Path = ROOT) -> tuple[list[str], str]:
    """List what differs from the last commit, or where nothing does, what that commit changed."""
    differs = _git(root, "diff", "--name-only", "--relative", "HEAD")
    differs += _git(root, "ls-files", "--others", "--exclude-standard")
    if differs:
        return differs, "what differs from the last commit"
    commit = ("show", "--first-parent", "--name-only", "--relative", "--format=", "HEAD")
    return _git(root, *commit), "the last commit"


def _git(root: Path, *arguments: str) -> list[str]:
    command = ["git", "-c", "core.quotePath=off", *arguments]
    said = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return said.stdout.splitlines()


if __name__ == "__main__":
    files, what = changed_files()
    places = chosen(files)
    sys.stdout.write(f"quick: the tests of {what}: {' '.join(places)}\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", *places]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)
