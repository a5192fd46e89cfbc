"""How a user's own code is run: it may print, exit, parse arguments, and use all of Python."""

import sys
from pathlib import Path

import pytest

from nurture.core.errors import NurtureError
from nurture.networks import listing
from nurture.networks.user_network import layout

NETWORK = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        {forward}
        return self.conv(x)
"""
HEAD = "from __future__ import annotations\nimport os, sys\nfrom torch import nn\n"

WORKS = {
    "prints": "print('hello'); print('warned', file=sys.stderr)",
    "arguments": "import argparse; p = argparse.ArgumentParser(); p.add_argument('--x')\n"
    "p.parse_args()",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass Given:\n    width: int\n",
    "another folder": "os.chdir('/')",
    "main": "if __name__ == '__main__':\n    sys.exit('run')\n",
}
ENDS = {
    "exit": (
        "sys.exit(3)",
        "mine.py cannot be imported: it ends Python (3); leave out what parses",
    ),
    "words": ("sys.exit('no licence')", "mine.py cannot be imported: it ends Python (no licence)"),
    "required": (
        "import argparse; p = argparse.ArgumentParser(); p.add_argument('x'); p.parse_args()",
        "mine.py cannot be imported: it ends Python (2)",
    ),
    "in the factory": (
        "class Net:\n    def __new__(cls): sys.exit()\n",
        "mine.py:Net fails: it ends Python (0)",
    ),
    "all at once": (
        "os._exit(7)",
        "the network's code ended Python with status 7: and said nothing",
    ),
    "asks": ("input('which?')", "mine.py cannot be imported: EOFError"),
    "error and words at exit": (
        "import atexit; atexit.register(lambda: print('bye', file=sys.stderr)); 1 / 0",
        "mine.py cannot be imported: ZeroDivisionError: division by zero",
    ),
}


def _settings(folder, code, forward="pass"):
    path = folder / "mine.py"
    network = "" if "class Net" in code else NETWORK.format(forward=forward)
    path.write_text(f"{HEAD}{network}{code}\n")
    seen = {"size": 8, "colour": "rgb", "mean": 0, "scale": 1}
    architecture = {"file": str(path), "factory": "Net"}
    return {"architecture": architecture, "weights": "untrained", "seed": 1, "input": seen}


CONFIG = {"activations": {"batch": 4, "memory": 1.5}}


def _known(folder, *code):
    config = {**CONFIG, "results": str(folder / "results")}
    return listing.known_layers({**_settings(folder, *code), "layers": []}, "here", config)


@pytest.mark.parametrize("code", WORKS)
def test_code_that_does_more_than_define_works(tmp_path, monkeypatch, capsys, code):
    monkeypatch.setattr(sys, "argv", ["snakemake", "--cores", "1"])
    folder = Path.cwd()
    settings = _settings(tmp_path, WORKS[code])
    assert type(layout(settings["architecture"], "untrained")).__name__ == "Net"
    assert capsys.readouterr().out == ""
    assert (sys.argv, Path.cwd()) == (["snakemake", "--cores", "1"], folder)


def test_what_a_network_prints_is_no_part_of_its_listing(tmp_path):
    assert _known(tmp_path, WORKS["prints"], "print('shown')") == (["conv"], {})


@pytest.mark.parametrize("code", ENDS)
def test_code_that_ends_python_gives_one_line(tmp_path, code):
    text, message = ENDS[code]
    with pytest.raises(NurtureError) as caught:
        _known(tmp_path, text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_network_that_exits_while_it_is_shown_images_gives_one_line(tmp_path):
    with pytest.raises(NurtureError, match="here: the network fails on an image of shape"):
        _known(tmp_path, "", "sys.exit(1)")
