"""What `pip install .` makes of the project, away from it."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLE = """
import numpy as np, pandas as pd, torch, nurture

rng = np.random.default_rng(0)
faces = pd.DataFrame({"expression": nurture.EXPRESSIONS * 8, "person": np.repeat(range(8), 6)})
responses = pd.DataFrame(rng.normal(size=(48, 3)), columns=["a", "b", "c"])
responses.loc[faces["expression"] == "fear", "a"] += 5
found = nurture.select_units(responses, faces["expression"], faces["person"])
print(found["selective"].values.tolist())
network = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU())
print(nurture.extract(network, np.ones((2, 1, 4, 4)), ["1"])["1"].shape)
print(nurture.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Made as `pip install .` does; setuptools leaves what it builds beside the sources."""
    folder = tmp_path_factory.mktemp("sources")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    left = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "workflow" / "nurture", folder / "workflow" / "nurture", ignore=left)
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder)
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", *options, folder], check=True)
    (path,) = folder.glob("*.whl")
    return path


def test_it_holds_the_package_and_nothing_else(wheel):
    package = ROOT / "workflow" / "nurture"
    files = {
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == files


def test_its_functions_work_on_arrays_of_ones_own(wheel, tmp_path):
    venv.create(tmp_path / "other", symlinks=True)
    python = tmp_path / "other" / "bin" / "python"
    (site,) = (tmp_path / "other").glob("lib/python*/site-packages")
    # What it depends on is where it is; an editable install there does not count from here.
    (site / "packages.pth").write_text(sysconfig.get_path("purelib"))
    with ZipFile(wheel) as archive:
        archive.extractall(site)
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        [python, "-c", EXAMPLE],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    selective, shape, place = result.stdout.splitlines()
    assert (selective, shape) == ("[True, False, False]", "(2, 8)")
    assert Path(place).is_relative_to(tmp_path)
