"""New layers of a network run alone, in one job, and leave all others as they are."""

import json
import os
import re
import subprocess
import sys
from base64 import urlsafe_b64encode

import pytest

TARGET = "results/tiny/tables/selective_units.csv"
LAYERS = ["conv2", "block4"]
FOLDER = "results/tiny/activations/expressions/selection"


class Small:
    """One network, on few faces, up to the table of its selective units."""

    def __init__(self, project):
        self.project, self.folder = project, project.folder
        self.layers(LAYERS)

    def layers(self, names, **settings):
        """Configure the network's layers, and other settings by their path."""
        network = {"layers": names, "readout": "block4", **settings}
        experiment = {"networks": ["expressions"], "baselines": []}
        change = {"experiment": experiment, "networks": {"expressions": network}}
        self.project.write(json.dumps(change))

    def run(self, *arguments):
        result = self.project.snakemake(*arguments, "--configfile", *self.files(), "--", TARGET)
        assert result.returncode == 0, result.stderr
        return result.stdout + result.stderr

    def planned(self):
        """Numbers of jobs by rule."""
        plan = self.run("--dry-run")
        jobs = re.findall(r"^(\w[\w-]*) +(\d+)(?: |$)", plan, re.MULTILINE)
        return {rule: int(count) for rule, count in jobs if rule != "total"}

    def outputs(self, rule):
        """Layers that a job would make."""
        plan = self.run("--dry-run", "--verbose")
        [job] = re.findall(rf"^rule {rule}:\n(?:    .*\n)*", plan, re.MULTILINE)
        return sorted(re.findall(rf"{FOLDER}/(\w+)\.nc", job.split("output:")[1].split("\n")[0]))

    def files(self):
        return "config/tiny.yaml", "change.yaml"

    def path(self, layer):
        return self.folder / FOLDER / f"{layer}.nc"

    def lose(self, *layers):
        """Delete what was made of some layers; Snakemake makes what its target needs."""
        (self.folder / TARGET).unlink(missing_ok=True)
        for layer in layers:
            self.path(layer).unlink()
            for kind in ("selectivity", "permutation"):
                (self.folder / f"results/tiny/{kind}/expressions/{layer}.nc").unlink()

    def state(self, layers=LAYERS):
        """Distinguish a file left alone from one that was made again with the same bytes."""
        return [
            (self.path(layer).stat().st_ino, self.path(layer).stat().st_mtime_ns)
            for layer in layers
        ]


@pytest.fixture(scope="module")
def made(tmp_path_factory, new_project):
    small = Small(new_project(tmp_path_factory.mktemp("layers")))
    small.run()
    return small


@pytest.fixture
def small(made, tmp_path):
    """A copy to change at will."""
    return Small(made.project.copy(tmp_path / "copy"))


EXTRACT = "activations_expressions_selection"


def analyses(n):
    return {"selectivity": n, "selectivity_permutation": n, "selectivity_tables": 1}


def test_nothing_is_planned_when_nothing_changed(made):
    assert made.planned() == {}


def test_new_layers_run_alone_in_one_job_and_give_the_same_bytes(small):
    old = small.state()
    small.layers(["conv2", "block2_conv1", "block3_conv1", "block4"])
    assert small.planned() == {f"{EXTRACT}_new_layers": 1, **analyses(2)}
    small.run()
    assert small.state() == old
    assert small.planned() == {}
    new = {layer: small.path(layer).read_bytes() for layer in ("block2_conv1", "conv2")}
    # All of them at once, as if they had been there from the start.
    small.lose("conv2", "block2_conv1", "block3_conv1", "block4")
    assert small.planned() == {EXTRACT: 1, **analyses(4)}
    small.run("--until", EXTRACT)
    assert {layer: small.path(layer).read_bytes() for layer in new} == new


def test_a_layer_taken_out_and_put_back_reruns_nothing_of_the_others(small):
    small.layers(["block4"])
    assert small.planned() == {"selectivity_tables": 1}
    small.run()
    small.layers(LAYERS)
    assert small.planned() == {"selectivity_tables": 1}


def test_after_a_new_layer_a_changed_setting_is_one_job(small):
    small.layers(["conv2", "block3_conv1", "block4"])
    small.run()
    seen = {"size": 64, "colour": "grey", "mean": 120, "scale": 127.5}
    small.layers(["conv2", "block3_conv1", "block4"], input=seen)
    assert small.planned() == {EXTRACT: 1, **analyses(3)}
    small.run()
    assert small.planned() == {}


def test_a_layer_put_back_after_a_changed_setting_is_made_again(small):
    seen = {"size": 64, "colour": "grey", "mean": 120, "scale": 127.5}
    small.layers(["block4"], input=seen)
    assert small.planned() == {EXTRACT: 1, **analyses(1)}
    small.run()
    small.layers(LAYERS, input=seen)
    assert small.planned() == {EXTRACT: 1, **analyses(2)}


def test_a_new_layer_and_a_changed_setting_at_once(small):
    seen = {"size": 64, "colour": "grey", "mean": 120, "scale": 127.5}
    small.layers(["conv2", "block3_conv1", "block4"], input=seen)
    assert small.planned() == {EXTRACT: 1, f"{EXTRACT}_new_layers": 1, **analyses(3)}
    small.run()
    assert small.planned() == {}


def test_a_lost_file_is_made_alone(small):
    small.lose("conv2")
    assert small.planned() == {f"{EXTRACT}_new_layers": 1, **analyses(1)}


def test_a_job_killed_between_two_of_its_files_is_made_again(small):
    small.layers(["conv2", "block3_conv1", "block4"])
    small.run()
    whole = small.path("block3_conv1").read_bytes()
    # What Snakemake leaves of a job that it has begun.
    name = urlsafe_b64encode(f"{FOLDER}/block3_conv1.nc".encode()).decode()
    (small.folder / ".snakemake" / "incomplete" / name).write_text('{"external_jobid": null}')
    small.path("block3_conv1").write_bytes(whole[:100])
    small.lose("conv2")
    assert small.planned() == {EXTRACT: 1, f"{EXTRACT}_new_layers": 1, **analyses(3)}
    small.run()
    assert small.path("block3_conv1").read_bytes() == whole


def test_a_cluster_job_goes_by_what_its_run_has_found(small):
    """It parses the Snakefile in mid-run, when its output and that of others may be gone."""
    small.layers(["conv2", "block3_conv1", "block4"])
    small.run()
    for layer in (*LAYERS, "block3_conv1"):
        small.path(layer).unlink()
    rule = f"{EXTRACT}_new_layers"
    command = [
        *(sys.executable, "-m", "snakemake", "--cores", "1", "--mode", "remote", "--force"),
        *("--nolock", "--ignore-incomplete", "--target-jobs", f"{rule}:", "--allowed-rules", rule),
        *("--configfiles", *small.files()),
    ]
    [path] = (small.folder / ".snakemake/nurture_plans").iterdir()
    plan = json.loads(path.read_text())
    assert plan["config"][1]["new_layers"] == [f"{FOLDER}/block3_conv1.nc"]
    result = subprocess.run(
        command,
        cwd=small.folder,
        env={**os.environ, "NURTURE_PLAN": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert [path.stem for path in (small.folder / FOLDER).iterdir()] == ["block3_conv1"]


def test_a_new_layer_in_the_whole_experiment(finished):
    """Beside its own analysis, only what shows all layers: tables, figures and the report."""
    layers = "[stage1_3, stage2_1, stage2_4, stage3_3, stage4_3, stage5_1]"
    planned = finished.planned(f"networks: {{face-identity: {{layers: {layers}}}}}")
    shown = ("figure_", "report", "summary", "experience", "replication")
    assert {
        rule: n for rule, n in planned.items() if "table" not in rule and not rule.startswith(shown)
    } == {
        "activations_face-identity_selection_new_layers": 1,
        "geometry": 1,  # of all layers of a network
        "selectivity": 1,
        "selectivity_permutation": 1,
    }
    assert planned.get("report_units", 1) == 1
    assert {"selectivity_tables", "figure_selective_units"} <= planned.keys()
    assert "tuning_tables" not in planned  # of the readout
