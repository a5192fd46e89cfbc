import logging

import pytest

from nurture.core import progress as module
from nurture.core.progress import progress


@pytest.fixture
def terminal(monkeypatch):
    def pretend(answer):
        monkeypatch.setattr("sys.stderr.isatty", lambda: answer, raising=False)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("NO_COLOR", "")

    return pretend


def test_a_terminal_gets_a_bar(terminal, capsys, caplog):
    terminal(True)
    with caplog.at_level(logging.INFO):
        assert list(progress("abc", 3, "conv5_3")) == ["a", "b", "c"]
    assert "conv5_3:" in capsys.readouterr().err
    assert caplog.messages == []


def test_a_log_gets_a_line_every_half_minute(terminal, capsys, caplog, monkeypatch):
    terminal(False)
    clock = iter([0, 10, 31, 31, 40, 62, 62])
    monkeypatch.setattr(module, "monotonic", lambda: next(clock))
    with caplog.at_level(logging.INFO):
        assert list(progress(range(4), 4, "stimuli")) == [0, 1, 2, 3]
    assert caplog.messages == [
        "stimuli: 1 of 4, 0.0323/s, 1 min 33 s left",
        "stimuli: 3 of 4, 0.0484/s, 21 s left",
        "stimuli: all 4 done",
    ]
    assert capsys.readouterr().err == ""
