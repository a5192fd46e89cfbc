"""An own network in one entry: a row of the table, and what runs again when it changes."""

import csv

EXAMPLE = "config/examples/own-file.yaml"
SUMMARY = "results/tiny/summary.csv"
"""Figures and the report of an own network are made by a test of the tutorial."""


def _planned(project):
    return project.planned((project.folder / EXAMPLE).read_text(), SUMMARY)


def test_an_own_network_gets_its_row_and_reruns_alone(project):
    result = project.snakemake("--configfile", "config/tiny.yaml", EXAMPLE, "--", SUMMARY)
    assert result.returncode == 0, result.stderr
    with (project.folder / SUMMARY).open() as file:
        layers = [row["layer"] for row in csv.DictReader(file) if row["network"] == "mine"]
    assert layers == ["stages.0", "stages.1", "stages.2"]
    assert _planned(project) == {}
    project.edit("config/examples/small_network.py", "x.mean(", "x.sum(")
    planned = _planned(project)
    assert planned["network"] == 1
    assert {rule for rule in planned if rule.startswith("activations_")} == {
        f"activations_mine_{stimuli}"
        for stimuli in ("selection", "training", "generalisation", "continua")
    }


def test_an_unknown_layer_stops_the_run_before_any_work(project):
    change = (project.folder / EXAMPLE).read_text().replace("readout: stages.2", "readout: stage.2")
    result = project.snakemake("--configfile", "config/tiny.yaml", project.write(change))
    assert result.returncode != 0
    assert "networks.mine.readout: no listed layer 'stage.2'; did you mean 'stages.2'" in (
        result.stderr
    )
    assert "to do, " not in result.stderr
