import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from nurture.core.errors import NurtureError
from nurture.running.script import step


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A job without a plan; see test_planned.py."""
    monkeypatch.setattr("nurture.running.script.unchanged", nullcontext)
    return SimpleNamespace(log=[str(tmp_path / "logs/x.log")], rule="faces")


def test_bad_input_is_one_line_on_the_terminal_and_in_the_log(job, capsys):
    with pytest.raises(SystemExit) as caught, step(job):
        raise NurtureError("x.nc: broken; delete it")
    assert caught.value.code == 1
    assert capsys.readouterr().err == f"nurture: x.nc: broken; delete it (log: {job.log[0]})\n"
    assert Path(job.log[0]).read_text() == "ERROR x.nc: broken; delete it\n"


def test_unexpected_error_is_one_line_and_keeps_its_traceback_in_the_log(job, capsys):
    with pytest.raises(SystemExit) as caught, step(job):
        raise ValueError("very\n  bad")
    assert caught.value.code == 1
    assert capsys.readouterr().err == (
        "nurture: unexpected ValueError: very bad in rule faces "
        f"(log with traceback: {job.log[0]})\n"
    )
    text = Path(job.log[0]).read_text()
    assert text.startswith("ERROR unexpected ValueError: very bad in rule faces\nTraceback")
    assert text.endswith("ValueError: very\n  bad\n")


def test_a_traceback_that_the_log_does_not_take_is_raised(job, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nurture.running.script._LogFile.flush", full)
    with pytest.raises(ZeroDivisionError), step(job):
        1 / 0  # noqa: B018


def test_an_interrupted_step_ends_without_a_stack(job, capsys):
    with pytest.raises(SystemExit) as caught, step(job):
        raise KeyboardInterrupt
    assert caught.value.code == 130
    assert capsys.readouterr().err == ""


GARBAGE = """
import gc, logging, sys
sys.path.insert(0, {package!r})
import nurture
found = [gc.isenabled()]
import nurture.running.script
nurture.running.script.unchanged = lambda job: __import__("contextlib").nullcontext()
class job:
    log = ["log"]
with nurture.running.script.step(job):
    found.append(gc.isenabled())
print(found)
"""


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        pytest.param(".snakemake/scripts", "[False, True]", id="job"),
        pytest.param("mine", "[True, True]", id="anybody's-script"),
    ],
)
def test_no_garbage_is_looked_for_while_a_job_imports(tmp_path, folder, expected):
    script = tmp_path / folder / "one.py"
    script.parent.mkdir(parents=True)
    script.write_text(GARBAGE.format(package=str(Path(__file__).parents[2] / "workflow")))
    result = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == expected
