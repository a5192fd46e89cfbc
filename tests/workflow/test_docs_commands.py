"""What the pages tell users to type runs, and the measure that one of them builds works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SAVED = re.compile(
    r"^[^\n`]*`([\w./]+)`(?:, below `([^\n]+)`)?:\n\n```(?!sh\n|text\n)\w+\n(.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
"""A file to write, or a file to edit and the line below which; then what is to be in it."""


class Reader:
    """Somebody in a copy of the project who does what a page says."""

    def __init__(self, folder: Path):
        self.folder = folder
        locks = {"requirements.lock": ".installed", "requirements-test.lock": ".installed-test"}
        for name in ("Makefile", "pyproject.toml", *locks):
            shutil.copy(ROOT / name, folder)
        venv = folder / ".venv"
        venv.mkdir()
        for path in Path(sys.prefix).iterdir():
            if path.name not in locks.values():
                (venv / path.name).symlink_to(path)
        # As make notes what it has installed.
        for name, stamp in locks.items():
            shutil.copy(ROOT / name, venv / stamp)

    def run(self, commands: str) -> str:
        """Type commands into a shell; return what is seen."""
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=self.folder,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert result.returncode == 0, f"{commands}\n{result.stdout}"
        return result.stdout

    def save(self, name: str, below: str, text: str) -> None:
        """Write a file, or put lines below one of its lines."""
        path = self.folder / name
        if below:
            lines = path.read_text().splitlines(keepends=True)
            [place] = [i for i, line in enumerate(lines, 1) if line.strip() == below]
            text = "".join([*lines[:place], text, *lines[place:]])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def reader(project):
    """The tiny experiment has been run here, as the pages say."""
    return Reader(project.folder)


def _page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def _planned(commands: str) -> str:
    """Have workflows say what they would do, and do nothing."""
    return commands.replace("bin/snakemake ", "bin/snakemake --dry-run ")


def _rows(reader: Reader, table: str, **wanted: str) -> pd.DataFrame:
    found = pd.read_csv(reader.folder / "results/tiny" / table)
    return found[(found[list(wanted)] == pd.Series(wanted)).all(axis=1)]


def test_the_tutorial_leads_to_an_own_network_on_own_faces(reader):
    page, seen = _page("tutorial.md"), ""
    saved = {match[3]: match.groups() for match in SAVED.finditer(page)}
    for kind, block in BLOCK.findall(page):
        if block in saved:
            reader.save(*saved[block])
        elif kind == "sh":
            # At full size, the plan will do.
            full = "snakemake" in block and "config/tiny.yaml" not in block
            seen = reader.run(_planned(block) if full else block)
        elif kind == "text":
            shown = [line.rstrip() for line in block.splitlines() if line.strip() != "..."]
            lines = [line.rstrip() for line in seen.splitlines()]
            assert [line for line in shown if line not in lines] == [], seen
    assert _rows(reader, "summary.csv", network="mine")["layer"].tolist() == [
        *("stages.0", "stages.1", "stages.2")
    ]
    assert (reader.folder / "results/tiny/activations/mine/my-faces/stages.2.nc").is_file()
    assert b"my-faces" in (reader.folder / "results/tiny/report.html").read_bytes()


ELSEWHERE = {
    "make test": "it runs this test",
    "make demo": "as the tutorial's first run, with more faces",
    "make rehearsal": "a step of CI",
    "make weights-check": "of a file that may not be passed on; see tests/networks",
    "make browser-test": "wants a browser, which the tests of the report start themselves",
    "make slurm-test": "wants a cluster",
    **dict.fromkeys(["git ", "cd "], "what is here was cloned already"),
}
"""Commands that do not run here, and why."""


@pytest.fixture(scope="module")
def prepared(finished, tmp_path_factory):
    """A reader who has the tutorial's network and faces, and the first configuration of pages."""
    reader = Reader(finished.copy(tmp_path_factory.mktemp("prepared") / "copy").folder)
    tutorial = [block for _, block in BLOCK.findall(_page("tutorial.md"))]
    [copied] = [block for block in tutorial if "small_network.py" in block]
    [faces] = [block for block in tutorial if "photographs/mine" in block and "python" in block]
    reader.run(copied)
    reader.run(faces)
    for page, saved in {"networks.md": "mine.yaml", "faces.md": "config/mine.yaml"}.items():
        reader.save(saved, "", next(b for kind, b in BLOCK.findall(_page(page)) if kind == "yaml"))
    return reader


@pytest.mark.parametrize(
    "name", ["README.md", "networks.md", "faces.md", "cluster.md", "rearing.md"]
)
def test_commands_of_the_other_pages_run(prepared, name):
    """Workflows are planned and not run: the tutorial runs one."""
    text = (ROOT / name if name == "README.md" else ROOT / "docs" / name).read_text()
    blocks = [block for kind, block in BLOCK.findall(text) if kind == "sh"]
    assert blocks
    lines = "".join(blocks).splitlines()
    prepared.run(_planned("\n".join(s for s in lines if not s.startswith(tuple(ELSEWHERE)))))


def test_the_measure_of_the_contributors_page_works(reader):
    page = _page("contributing.md")
    for name in WRITTEN:
        path = ROOT / name
        shutil.copytree(path, reader.folder / name) if path.is_dir() else shutil.copy(
            path, reader.folder
        )
    if (ROOT / ".mypy_cache").is_dir():  # the types of what the page leaves as it is
        shutil.copytree(ROOT / ".mypy_cache", reader.folder / ".mypy_cache")
    touched = [match.groups() for match in SAVED.finditer(page)]
    assert len(touched) <= 5
    for name, below, text in touched:
        assert (reader.folder / name).exists() == bool(below), name
        reader.save(name, below, text)
    [commands] = [block for kind, block in BLOCK.findall(page) if kind == "sh"]
    # All tests are running already.
    assert "make test\n" in commands
    reader.run(commands.replace("make test\n", ""))
    layers = _rows(reader, "tables/sparseness.csv", network="face-identity")
    assert layers["layer"].tolist() == ["stage1_3", "stage2_4", "stage3_3", "stage4_3", "stage5_1"]
    assert layers["median"].between(0, 1).all()
    assert (reader.folder / "results/tiny/figures/sparseness.svg").is_file()
    reader.run(f".venv/bin/python -m pytest -n 0 {LOOKING}")


WRITTEN = ("benchmarks", "docs", "tests", "README.md", "CONTRIBUTING.md", "CHANGELOG.md")
"""What a copy of the project has beside what runs."""

LOOKING = " ".join(
    [
        *("tests/test_docs.py", "tests/test_rooms.py", "tests/running/test_figures.py"),
        "tests/report/test_report_captions.py",
        "tests/workflow/test_reruns.py::test_every_rule_depends_on_the_code_of_its_own_script",
        "tests/workflow/test_reruns.py::test_all_jobs_of_the_experiment_are_known",
        "tests/workflow/test_reruns.py::test_a_new_network_runs_alone",
        "tests/workflow/test_reruns.py::test_a_changed_setting_reruns_what_it_reaches",
    ]
)
"""Tests that look at all rules, figures, tables and pages."""
