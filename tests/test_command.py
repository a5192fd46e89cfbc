import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from nurture import command
from nurture.command import main

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch):
    monkeypatch.chdir(ROOT)


def test_layers_of_a_network_of_any_configuration(capsys):
    main(["layers", "mine", "--config", "config/examples/own-file.yaml"])
    assert capsys.readouterr().out.splitlines()[:4] == [
        "layer       shape         units  nonlinearity",
        "stages.0.0  8 x 32 x 32   8,192  none",
        "stages.0.1  8 x 32 x 32   8,192  none",
        "stages.0.2  8 x 32 x 32   8,192  after ReLU",
    ]


def test_faces_are_counted_and_drawn(tmp_path, monkeypatch, capsys):
    (tmp_path / "config").symlink_to(ROOT / "config")
    (tmp_path / "mine.yaml").write_text(
        "results: results/mine\nstimuli: {generalisation: {identities: 2}}\n"
    )
    monkeypatch.chdir(tmp_path)
    main(["check-faces", "generalisation", "--config", "config/tiny.yaml", "mine.yaml"])
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("generalisation: 12 faces of 2 ")
    sheet, *tables = said[-1].removeprefix("Sheet, counts, dropped: ").split(", ")
    assert Path(sheet).read_bytes().startswith(b"\x89PNG")
    assert [len(pd.read_csv(path)) for path in tables] == [2, 0]


def test_terms_are_a_table(capsys):
    main(["terms"])
    assert capsys.readouterr().out.startswith("| what | where | terms |\n| --- | --- | --- |\n")


def test_what_is_missing_is_what_a_run_says(capsys):
    main(["missing"])
    said = capsys.readouterr().out.strip()
    call = ("--cores", "1", "--configfile", "config/paper.yaml", "--dry-run", "--quiet", "all")
    result = subprocess.run(
        [sys.executable, "-m", "snakemake", *call], capture_output=True, text=True, check=True
    )
    assert said.startswith("Missing")
    assert said in result.stdout + result.stderr


def test_nothing_is_missing_from_the_default(capsys):
    main(["missing", "--config", "config/tiny.yaml"])
    assert capsys.readouterr().out == "Nothing is missing.\n"


@pytest.mark.parametrize(
    "name", ["layers", "check-faces", "weights-check", "observers", "missing", "terms"]
)
def test_help_names_every_command_and_each_has_its_own(name, capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert (end.value.code, f"\n    {name}" in capsys.readouterr().out) == (0, True)
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    assert (end.value.code, f"usage: nurture {name}" in capsys.readouterr().out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["layers", "objcts"], "did you mean 'objects'?", id="network"),
        pytest.param(["check-faces", "selectoin"], "did you mean 'selection'?", id="set"),
        pytest.param(["layers", "a", "--config", "no.yaml"], "no such file: no.yaml", id="file"),
    ],
)
def test_an_error_is_one_line(arguments, code):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    # Python prints such a text and ends with status 1.
    assert end.value.code.startswith("nurture: ")
    assert code in end.value.code
    assert "\n" not in end.value.code


def test_the_package_alone_says_that_it_has_no_configuration(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "SCHEMA", tmp_path / "config.schema.yaml")
    with pytest.raises(SystemExit) as end:
        main(["terms"])
    assert "call .venv/bin/nurture of a clone" in end.value.code
