"""Files that those who pick the project up look for."""

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
YAML = (
    *sorted((ROOT / ".github").rglob("*.yml")),
    *(ROOT / name for name in (".pre-commit-config.yaml", ".snakemake-workflow-catalog.yml")),
)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_yaml_can_be_read(path):
    assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.stem
)
def test_actions_run_what_there_is(path):
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    commands = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    assert commands
    for command in commands:
        program, _, target = command.partition(" ")
        assert target in TARGETS if program == "make" else (ROOT / program).is_file()


def test_hooks_are_the_linters_of_make_lint():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    lint = (ROOT / "Makefile").read_text().partition("\nlint:")[2].partition("\n\n")[0]
    for hook in hooks:
        program = Path(hook["entry"].split()[0]).name
        assert f"$(BIN)/{program}" in lint


def test_every_top_key_of_the_configuration_is_described():
    keys = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    text = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    assert [key for key in keys if f"`{key}`" not in text] == []


def test_every_file_of_the_configuration_is_described():
    text = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    names = [path.name for path in (ROOT / "config").iterdir() if path.name != "README.md"]
    assert [name for name in names if name not in text] == []


def _overrides() -> list[dict]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]


def test_types_are_strict_in_four_chapters():
    [strict] = [part["module"] for part in _overrides() if part.get("disallow_untyped_defs")]
    chapters = ("core", "statistics", "selectivity", "activations")
    assert strict == [f"nurture.{chapter}.*" for chapter in chapters]


def test_modules_whose_types_are_not_checked_exist():
    [names] = [part["module"] for part in _overrides() if part.get("ignore_errors")]
    assert [name for name in names if find_spec(name) is None] == []
