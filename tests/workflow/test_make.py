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


class Checkout:
    """The Makefile in a folder of any name, and wheels beside it."""

    def __init__(self, folder: Path):
        self.folder, self.venv = folder, folder / ".venv"
        folder.mkdir()
        shutil.copy(ROOT / "Makefile", folder)
        for version in ("1.0", "2.0"):
            with ZipFile(folder / f"torch-{version}-py3-none-any.whl", "w") as wheel:
                about = f"torch-{version}.dist-info"
                wheel.writestr("torch.py", f"version = {version}\n")
                wheel.writestr(
                    f"{about}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n"
                )
                wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
                wheel.writestr(f"{about}/RECORD", "")
        self.lock("1.0")

    def lock(self, version):
        (self.folder / "requirements.lock").write_text(f"torch=={version}\n")

    def make(self):
        wheels = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.folder.as_uri()}
        # Below `make test`, make would say which folder it enters.
        outside = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")}
        return subprocess.run(
            ["make", STAMP],
            cwd=self.folder,
            env=outside | wheels,
            capture_output=True,
            text=True,
            check=False,
        )

    def installed(self):
        code = "import torch; print(torch.version)"
        command = [self.venv / "bin/python", "-c", code]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path / "my (new) folder")


def test_the_environment_is_made_anew_when_the_lock_says_something_else(checkout):
    first = checkout.make()
    assert first.returncode == 0, first.stderr
    assert "Installing collected packages: torch" in first.stdout
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
    (_linked(checkout) / ".installed").write_text("torch==1.0\n")
    assert checkout.make().returncode == 0
