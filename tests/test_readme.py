"""What the README tells people to type is real."""

import re
from pathlib import Path

import pytest
import yaml

from nurture.config import check_config
from nurture.missing import terms_table

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def _merged(config, change):
    for key, value in change.items():
        known = config.get(key)
        both = isinstance(known, dict) and isinstance(value, dict)
        config[key] = _merged(known, value) if both else value
    return config


@pytest.mark.parametrize("block", _blocks("yaml"))
def test_configurations_are_sound(block, monkeypatch):
    monkeypatch.chdir(ROOT)
    config = yaml.safe_load(Path("config/config.yaml").read_text(encoding="utf-8"))
    check_config(
        _merged(config, yaml.safe_load(block)), Path("workflow/schemas/config.schema.yaml")
    )


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z-]+)", README))))
def test_make_targets_exist(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(((?!http|#)[^)]+)\)", README))))
def test_linked_files_exist(path):
    assert (ROOT / path).is_file()


def test_terms_are_those_of_the_tables(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert terms_table() in README


def test_named_files_exist():
    named = set(re.findall(r"`((?:config|workflow)/[\w./]+)`", README)) - {"config/mine.yaml"}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
