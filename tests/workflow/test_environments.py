"""The conda environments hold the versions of the lock, and all that their rules import."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.modules import code_files

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / "workflow"
PACKAGE_OF = {
    **{"sklearn": "scikit-learn", "PIL": "pillow", "yaml": "PyYAML", "warp": "warp-lang"},
    **{"google": "protobuf", "dlib": "dlib-bin", "skimage": "scikit-image"},
    **{"jinja2": "Jinja2", "markupsafe": "MarkupSafe", "vl_convert": "vl-convert-python"},
    **{"efficientnet_lite_pytorch": "efficientnet-lite-pytorch", "fontTools": "fonttools"},
    "pi_heif": "pi-heif",
}
"""Packages whose names differ from those of their modules."""
PINNED = re.compile(r"([\w-]+)==([\w.]+)")


def _pins(text):
    return {name.replace("_", "-"): version for name, version in PINNED.findall(text)}


def _environment(name):
    pins = _pins((ROOT / f"envs/{name}.yaml").read_text())
    extra = ROOT / f"envs/{name}.post-deploy.sh"
    return pins | (_pins(extra.read_text()) if extra.exists() else {})


def _uses():
    """Each rule's script and environment."""
    for path in sorted(WORKFLOW.glob("rules/*.smk")):
        text = path.read_text()
        environments = re.findall(r'"../../envs/(\w+)\.yaml"', text)
        scripts = re.findall(r'"../scripts/(\w+)\.py"', text)
        assert len(environments) == len(scripts)
        yield from zip(scripts, environments, strict=True)


def _third_party(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0]


@pytest.mark.parametrize("name", ["extract", "stats", "figures"])
def test_versions_are_those_of_the_lock(name):
    lock = _pins((ROOT / "requirements.lock").read_text())
    assert yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())["dependencies"]
    for package, version in _environment(name).items():
        assert lock[package] == version, package


@pytest.mark.parametrize(("script", "environment"), list(_uses()))
def test_an_environment_holds_what_its_rules_import(script, environment):
    path = WORKFLOW / f"scripts/{script}.py"
    found = {n for file in code_files(path, WORKFLOW) for n in _third_party(file)}
    names = found - set(sys.stdlib_module_names)
    needed = {PACKAGE_OF.get(name, name) for name in names - {"nurture"}}
    assert needed <= _environment(environment).keys()


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
RUNS = [*PROJECT["dependencies"], *(name for e in EXTRAS if e != "test" for name in EXTRAS[e])]


def _names(requirements):
    return {re.match(r"[\w-]+", one)[0] for one in requirements} - {"nurture"}


def test_what_the_code_imports_is_a_dependency():
    found = {n for path in WORKFLOW.rglob("*.py") for n in _third_party(path)}
    names = found - set(sys.stdlib_module_names) - {"nurture"}
    data = set((ROOT / "requirements-data.in").read_text().splitlines())
    plain = {PACKAGE_OF.get(name, name).replace("_", "-") for name in names}
    interfaces = {name for name in plain if name.startswith("snakemake-")}  # of Snakemake itself
    assert plain - interfaces - data - _names(RUNS) == set()


def test_runs_need_one_lock_and_tests_both():
    runs = _pins((ROOT / "requirements.lock").read_text())
    tests = _pins((ROOT / "requirements-test.lock").read_text())
    data = set((ROOT / "requirements-data.in").read_text().splitlines()[1:])
    assert (_names(RUNS) | data) - runs.keys() == set()
    assert _names(EXTRAS["test"]) - (runs | tests).keys() == set()
    assert runs.keys() & tests.keys() == set()
    assert _names(EXTRAS["test"]) & runs.keys() == {"filelock", "packaging"}


def test_the_container_installs_the_lock():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith(("FROM", "COPY"))] == [
        "FROM python:3.11-slim-bookworm",
        "COPY requirements.lock /tmp/",
    ]
    assert "--no-deps -r /tmp/requirements.lock" in "\n".join(lines)
    assert _pins("\n".join(lines)) == {}, "versions belong into requirements.lock"
    assert "!requirements.lock" in (ROOT / ".dockerignore").read_text().splitlines()


@pytest.mark.parametrize("name", ["extract", "stats", "figures"])
def test_conda_and_the_container_have_one_python(name):
    python = re.search(r"^FROM python:(3\.\d+)-", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    environment = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())
    assert f"python={python[1]}" in environment["dependencies"]
