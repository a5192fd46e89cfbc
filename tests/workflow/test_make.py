"""When make sets up its environment, and what it leaves alone, with a lock of one small package."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
STAMP = ".venv/.installed"
TESTS = ".venv/.installed-test"
BACKEND = """
from pathlib import Path
from zipfile import ZipFile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "nurture-1.0-py3-none-any.whl"
    with ZipFile(Path(folder, name), "w") as wheel:
        about = "nurture-1.0.dist-info"
        said = "Metadata-Version: 2.1\\nName: nurture\\nVersion: 1.0\\n"
        wheel.writestr("nurture.pth", str(Path("workflow").absolute()))
        wheel.writestr(f"{about}/METADATA", said)
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(f"{about}/RECORD", "")
    return name
"""
"""Puts a package in its place as setuptools does, which the small lock does not have."""


class Checkout:
    """The Makefile in a folder of any name, and wheels beside it."""

    def __init__(self, folder: Path):
        self.folder, self.venv = folder, folder / ".venv"
        folder.mkdir()
        shutil.copy(ROOT / "Makefile", folder)
        (folder / "workflow").mkdir()
        (folder / "workflow" / "nurture.py").write_text("mine = True\n")
        (folder / "backend.py").write_text(BACKEND)
        (folder / "pyproject.toml").write_text(
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        )
        for version in ("1.0", "2.0"):
            self.wheel("torch", version)
        self.wheel("checker", "1.0")
        self.lock("1.0")
        (folder / "requirements-test.lock").write_text("checker==1.0\n")

    def wheel(self, name, version):
        with ZipFile(self.folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
            about = f"{name}-{version}.dist-info"
            wheel.writestr(f"{name}.py", f"version = {version}\n")
            wheel.writestr(
                f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            )
            wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            wheel.writestr(f"{about}/RECORD", "")

    def lock(self, version):
        (self.folder / "requirements.lock").write_text(f"torch=={version}\n")

    def make(self, stamp=STAMP):
        wheels = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.folder.as_uri()}
        # Below `make test`, make would say which folder it enters.
        outside = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")}
        return subprocess.run(
            ["make", stamp, "UV="],
            cwd=self.folder,
            env=outside | wheels,
            capture_output=True,
            text=True,
            check=False,
        )

    def installed(self, module="torch"):
        code = f"import nurture, {module}; print({module}.version)"
        command = [self.venv / "bin/python", "-c", code]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        return result.stdout.strip() or result.stderr.splitlines()[-1]


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path / "my (new) folder")


def test_the_environment_is_made_anew_when_the_lock_says_something_else(checkout):
    first = checkout.make()
    assert first.returncode == 0, first.stderr
    assert "make: 1 packages of requirements.lock go into .venv, by pip" in first.stdout
    assert "Successfully installed torch-1.0" in first.stdout
    assert checkout.installed() == "1.0"
    mine = checkout.venv / "mine.txt"
    mine.touch()
    (checkout.folder / "requirements.lock").touch()
    assert checkout.make().stdout == ""
    os.utime(checkout.folder / "requirements.lock", (0, 0))
    checkout.lock("2.0")
    os.utime(checkout.folder / "requirements.lock", (0, 0))
    assert checkout.make().returncode == 0
    assert (checkout.installed(), mine.exists()) == ("2.0", False)


def test_what_tests_need_is_added_for_tests_alone(checkout):
    absent = "ModuleNotFoundError: No module named 'checker'"
    assert checkout.make().returncode == 0
    assert checkout.installed("checker") == absent
    assert checkout.make(TESTS).returncode == 0
    assert (checkout.installed("checker"), checkout.installed()) == ("1.0", "1.0")
    assert checkout.make(TESTS).stdout == ""
    checkout.lock("2.0")
    assert checkout.make().returncode == 0
    assert (checkout.installed("checker"), checkout.installed()) == (absent, "2.0")


def test_a_set_up_that_was_broken_off_is_begun_again(checkout):
    checkout.lock("3.0")
    assert checkout.make().returncode != 0
    assert not (checkout.folder / STAMP).exists()
    checkout.lock("1.0")
    assert checkout.make().returncode == 0
    assert checkout.installed() == "1.0"


def _linked(checkout):
    other = checkout.folder.parent / "other"
    other.mkdir()
    checkout.venv.symlink_to(other)
    return other


def _linked_and_made_by_make(checkout):
    other = _linked(checkout)
    (other / ".installed").write_text("torch==0.9\n")
    return other


def _of_somebody_else(checkout):
    checkout.venv.mkdir()
    return checkout.venv


@pytest.mark.parametrize("brought", [_linked, _linked_and_made_by_make, _of_somebody_else])
def test_what_make_has_not_made_is_left_alone(checkout, brought):
    folder = brought(checkout)
    (folder / "pyvenv.cfg").write_text("mine")
    result = checkout.make()
    assert result.returncode != 0
    lines = [
        line for line in result.stderr.splitlines() if not re.match(r"make(\[\d\])?: \*", line)
    ]
    assert lines == [
        "make: .venv was not made by make and is left alone; move it away and call again"
    ]
    assert (folder / "pyvenv.cfg").read_text() == "mine"


def test_a_linked_environment_with_what_the_lock_says_is_used(checkout):
    other = _linked(checkout)
    (other / ".installed").write_text("torch==1.0\n")
    assert checkout.make().returncode == 0
    assert "was not made by make" in checkout.make(TESTS).stderr
    (other / ".installed-test").write_text("checker==1.0\n")
    assert checkout.make(TESTS).returncode == 0
