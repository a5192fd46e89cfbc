"""The version stands in three places, of which two are for other programs."""

import tomllib
from pathlib import Path

import yaml

from nurture.running.version import VERSION

ROOT = Path(__file__).parents[2]


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (project["version"], citation["version"]) == (VERSION, VERSION)
