from pathlib import Path
from types import SimpleNamespace

import pytest

from nurture.errors import NurtureError
from nurture.script import step


@pytest.fixture
def job(tmp_path):
    return SimpleNamespace(log=[str(tmp_path / "logs/x.log")], rule="faces")


def test_bad_input_is_one_line_on_the_terminal_and_in_the_log(job, capsys):
    with pytest.raises(SystemExit) as caught, step(job):
        raise NurtureError("x.nc: broken; delete it")
    assert caught.value.code == 1
    assert capsys.readouterr().err == "nurture: x.nc: broken; delete it\n"
    assert Path(job.log[0]).read_text() == "ERROR x.nc: broken; delete it\n"


def test_unexpected_error_keeps_its_traceback_in_the_log(job):
    with pytest.raises(ZeroDivisionError), step(job):
        1 / 0  # noqa: B018
    text = Path(job.log[0]).read_text()
    assert "unexpected error in rule faces" in text
    assert "ZeroDivisionError" in text
