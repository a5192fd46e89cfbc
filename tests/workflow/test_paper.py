"""The published experiment: what is missing, what runs without it, what a new file brings."""

import os
import re
import runpy
import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image
from skimage.data import astronaut

from tests.workflow.planner import snakemake

ROOT = Path(__file__).parents[2]
SETS = ("kdef", "nimstim", "rafd")
FILES = ("rcmalli_vggface_tf_notop_vgg16.h5", "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5")
SELECTED = {
    *("figure_selective_units", "figure_selection_rules", "figure_geometry"),
    *("figure_tuning", "figure_validity"),
}
TESTED = {"figure_confusion"}
MORPHED = {"figure_identification", "figure_fits", "figure_discrimination"}


class Paper:
    """A copy of the project, into which files are brought."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("workflow", "config", "envs"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        shutil.copy(ROOT / "Snakefile", folder)

    def snakemake(self, *arguments, options=()):
        given = ("--cores", "1", *options, "--configfile", "config/paper.yaml", *arguments)
        return snakemake(self.folder, *given)

    def planned(self, *arguments):
        result = self.snakemake(*arguments, options=["--dry-run"])
        assert result.returncode == 0, result.stderr
        text = result.stderr + result.stdout
        jobs = re.findall(r"^(\w[\w-]*) +(\d+)(?: |$)", text, re.MULTILINE)
        return text, {rule: int(n) for rule, n in jobs if rule not in ("total", "all")}

    def bring(self, sets, files=()):
        """Folders of photographs, and files of weights that hold none."""
        for name in sets:
            (self.folder / "photographs" / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "weights").mkdir(exist_ok=True)
        for name in files:
            (self.folder / "weights" / name).write_bytes(name.encode())

    def bring_sound_weights(self):
        """Random weights in the layouts of the files that are asked for: a plan looks into them."""
        rehearsal = runpy.run_path(str(ROOT / "tests" / "rehearsal.py"))
        rehearsal["write_weights"](self.folder / "weights")
        shutil.copy(self.folder / "weights" / FILES[0], self.folder / "weights" / FILES[1])


def write_features(path):
    """Convolutional layers of VGG-16 as torchvision's file without a top has them."""
    widths, state = [64, 64, 128, 128, 256, 256, 256, *[512] * 6], {}
    inputs = 3
    places = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
    for place, width in zip(places, widths, strict=True):
        state[f"features.{place}.weight"] = torch.zeros(width, inputs, 3, 3)
        state[f"features.{place}.bias"] = torch.zeros(width)
        inputs = width
    torch.save(state, path)


@pytest.fixture
def paper(tmp_path):
    return Paper(tmp_path / "paper")


def _networks(jobs):
    names = (re.fullmatch(r"activations_(.+)_kdef-nimstim", rule) for rule in jobs)
    return sorted(match[1] for match in names if match)


def test_without_any_file_a_table_says_what_is_missing(paper):
    text, jobs = paper.planned()
    assert jobs == {}
    for place in (*(f"photographs/{name}" for name in SETS), *(f"weights/{f}" for f in FILES)):
        assert len(re.findall(rf"  {re.escape(place)} ", text)) == 1
    for known in ("https://kdef.se", "not redistributable", "Left out: stimuli, selective_units"):
        assert text.count(known) >= 1
    assert "Traceback" not in text
    assert text.count("goes to") == 1


def test_a_part_that_is_there_runs(paper):
    paper.bring(["nimstim"])
    text, jobs = paper.planned()
    assert _networks(jobs) == ["untrained-vgg-face"]
    assert {rule for rule in jobs if rule.startswith("figure_")} == SELECTED
    assert jobs["photographs"] == 1
    assert jobs["selectivity"] == 13 + 1  # and pixels
    assert "photographs/nimstim " not in text


def test_the_test_set_alone_brings_no_figure(paper):
    paper.bring(["rafd"])
    _, jobs = paper.planned()
    assert jobs == {}


def test_with_every_file_the_whole_experiment_runs(paper):
    paper.bring(SETS)
    paper.bring_sound_weights()
    text, jobs = paper.planned()
    assert "goes to" not in text
    assert _networks(jobs) == ["untrained-vgg-face", "vgg-16", "vgg-face"]
    assert jobs.keys() >= SELECTED | TESTED | MORPHED
    assert (jobs["photographs"], jobs["photograph_morphs"], jobs["images"]) == (2, 1, 4)
    assert (jobs["control_faces"], jobs["controls"]) == (1, 3)
    # Layers or readouts of the networks, and pixels; photographs have no recipes.
    assert (jobs["selectivity"], jobs["confusion"], jobs["categorical"]) == (40, 4, 4)
    assert "baseline_action_units" not in jobs
    assert "Baseline action-units left out" in text
    assert "faces" not in jobs


def test_affectnet_takes_the_place_of_the_test_set(paper):
    paper.bring([*SETS, "affectnet"])
    paper.bring_sound_weights()
    text, jobs = paper.planned("config/paper-affectnet.yaml")
    assert "activations_vgg-face_affectnet" in jobs
    assert "activations_vgg-face_rafd" not in jobs
    assert "goes to" not in text


def test_photographs_count_by_content(paper):
    folder, target = (
        paper.folder / "photographs/nimstim",
        "results/paper/stimuli/kdef-nimstim/faces.nc",
    )
    folder.mkdir(parents=True)
    photograph = folder / "01F_HA_O.BMP"
    Image.fromarray(astronaut()).save(photograph)
    Image.new("RGB", (64, 64), "grey").save(folder / "01F_AN_O.BMP")
    result = paper.snakemake("--", target)
    assert result.returncode == 0, result.stderr
    dropped = (paper.folder / "results/paper/stimuli/kdef-nimstim/dropped.csv").read_text()
    assert dropped == "set,path,reason\nnimstim,01F_AN_O.BMP,no face detected\n"

    os.utime(photograph)
    assert paper.planned("--", target)[1] == {}
    Image.fromarray(astronaut()[:, ::-1]).save(photograph)
    assert paper.planned("--", target)[1] == {"photographs": 1}


def test_a_wrong_file_is_one_clear_line(paper):
    paper.bring([], FILES[:1])
    target = "results/paper/networks/vgg-face.safetensors"
    result = paper.snakemake("--", target)
    assert result.returncode != 0
    [line] = [line for line in result.stderr.splitlines() if line.startswith("nurture: ")]
    assert f"weights/{FILES[0]}: not a known kind of weight file" in line
    assert not (paper.folder / target).exists()


def test_a_network_is_shown_what_is_stated_and_told_what_its_layout_usually_needs(paper):
    """Names as torchvision's, where the configuration states Caffe's colours."""
    paper.bring([])
    write_features(paper.folder / "weights/vgg16.pth")
    change = paper.folder / "change.yaml"
    change.write_text("networks: {vgg-16: {weights: weights/vgg16.pth}}")
    target = "results/paper/networks/vgg-16.safetensors"
    result = paper.snakemake(str(change), "--", target)
    assert result.returncode == 0, result.stderr
    [log] = (paper.folder / "results/paper/logs").rglob("*vgg-16.log")
    assert "has the layout of VGG-16" in log.read_text()
    assert "which usually needs input {size: 224, colour: rgb" in log.read_text()


def test_weights_that_are_missing_stop_the_run_unless_it_keeps_going(paper):
    paper.bring(["nimstim"])
    result = paper.snakemake()
    assert result.returncode != 0
    [line] = [line for line in result.stderr.splitlines() if line.startswith("nurture: ")]
    for said in (*(f"weights/{file}" for file in FILES), "weights of vgg-16", "--keep-going"):
        assert said in line
    assert "to do, " not in result.stderr
    result = paper.snakemake("--until", "photographs", options=["--keep-going"])
    assert "take the network out" not in result.stderr
    assert "nurture: " in result.stderr  # the folder has no photographs
