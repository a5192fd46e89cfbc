"""The Snakefile under a Python that has Snakemake and what Snakemake needs, and nothing else.

That is what somebody has whose rules run in conda environments, and what every cluster job parses
the Snakefile with.
"""

import os
import subprocess
import venv
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement


def needed(package):
    """Distributions that a package needs, itself among them, as they say themselves."""
    found, asked = {}, [package]
    while asked:
        name = asked.pop()
        if name not in found:
            found[name] = distribution(name)
            needs = map(Requirement, found[name].requires or [])
            asked += [one.name for one in needs if not one.marker or one.marker.evaluate()]
    return found.values()


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A Python with links to just those packages."""
    folder = tmp_path_factory.mktemp("alone")
    venv.create(folder, symlinks=True)
    [site] = folder.glob("lib/python*/site-packages")
    for package in needed("snakemake"):
        for top in {file.parts[0] for file in package.files} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(package.locate_file(top))
    return folder / "bin" / "python"


def plan(python, project):
    command = [python, "-m", "snakemake", "--configfile", "config/tiny.yaml", "--dry-run"]
    result = subprocess.run(
        command,
        cwd=project.folder,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout + result.stderr


@pytest.mark.parametrize("module", ["numpy", "h5py", "torch", "xarray", "pandas", "tqdm"])
def test_it_is_another_python(alone, module):
    command = [alone, "-c", f"import snakemake, {module}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert f"ModuleNotFoundError: No module named '{module}'" in result.stderr


def test_a_first_run_is_planned(alone, new_project, tmp_path):
    said = plan(alone, new_project(tmp_path))
    assert "activations_untrained-1_selection             1  not made yet" in said


def test_a_finished_run_is_recognised(alone, finished):
    assert "Nothing to be done" in plan(alone, finished)


def test_a_lost_file_is_planned_beside_those_that_are_there(alone, project):
    for kind in ("activations/untrained-1/selection", "selectivity/untrained-1"):
        (project.folder / "results/tiny" / kind / "stage2_4.nc").unlink()
    for made in ("tables/selective_units.csv", "figures/selective_units.svg"):
        (project.folder / "results/tiny" / made).unlink()
    assert "activations_untrained-1_selection_new_layers" in plan(alone, project)
