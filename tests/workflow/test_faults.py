"""What a person reads when something is wrong, and what is left behind."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest


def _one_line(result, text):
    lines = [line for line in (result.stdout + result.stderr).splitlines() if text in line]
    assert lines, result.stdout + result.stderr
    return lines[0]


WRONG = [
    pytest.param("selectivity: {alhpa: 0.01}", "did you mean 'alpha'?", id="key"),
    pytest.param("experiment: {networks: [vgg]}", "networks: no network 'vgg'", id="network"),
    pytest.param(
        "networks: {expressions: {layers: [conv2, blok4]}}",
        "networks.expressions.layers: no layer 'blok4'; did you mean 'block4'?",
        id="layer",
    ),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_a_wrong_configuration_stops_before_any_work(finished, change, message):
    result = finished.snakemake("--configfile", "config/tiny.yaml", finished.write(change))
    assert result.returncode != 0
    assert message in _one_line(result, "config: ")
    assert "Traceback" not in result.stderr


def test_recipes_edited_while_faces_render_are_refused(project):
    target = "results/tiny/stimuli/selection/faces.nc"
    (project.folder / target).unlink()
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--cores",
        "2",
        "--configfile",
        "config/tiny.yaml",
    ]
    run = subprocess.Popen(
        [*command, "--", target], cwd=project.folder, stderr=subprocess.PIPE, text=True
    )
    while not list((project.folder / target).parent.glob(".faces.*.part.nc")):
        assert run.poll() is None, run.stderr.read()
        time.sleep(0.02)
    project.edit("config/action_units.yaml", "12: 1.0", "12: 0.9")
    lines = [line for line in run.communicate()[1].splitlines() if line.startswith("nurture: ")]
    assert [line.split(" (log")[0] for line in lines] == [
        "nurture: config/action_units.yaml changed since this run was planned; nothing was "
        "written; run snakemake again"
    ]
    assert not (project.folder / target).exists()


def _truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


BROKEN = [
    pytest.param(
        "results/tiny/stimuli/selection/images.nc",
        "results/tiny/activations/expressions/selection/conv2.nc",
        "rule images makes it",
        id="images",
    ),
    pytest.param(
        "results/tiny/stimuli/altered/faces.nc",
        "results/tiny/stimuli/altered/images.nc",
        "rule control_faces makes it",
        id="faces",
    ),
    pytest.param(
        "results/tiny/activations/expressions/selection/conv2.nc",
        "results/tiny/selectivity/expressions/conv2.nc",
        "rule activations makes it",
        id="activations",
    ),
    pytest.param(
        "results/tiny/networks/expressions.safetensors",
        "results/tiny/activations/expressions/selection/conv2.nc",
        "not a readable safetensors file",
        id="weights",
    ),
]


@pytest.mark.parametrize(("broken", "target", "message"), BROKEN)
def test_a_broken_file_is_one_clear_line_and_leaves_nothing(project, broken, target, message):
    _truncate(project.folder / broken)
    (project.folder / target).unlink()
    result = project.snakemake("--rerun-triggers", "params", "--", target)
    assert result.returncode != 0
    line = _one_line(result, "nurture: ")
    assert broken in line
    assert message in line
    assert "Traceback" not in result.stderr
    assert not (project.folder / target).exists()
    assert list(project.folder.glob("results/tiny/**/.*part*")) == []


# What became of a file after it was written


def _flip(path, place):
    """Change one bit, at some share of the file's length."""
    data = bytearray(path.read_bytes())
    data[int(place * len(data))] ^= 4
    path.write_bytes(data)


FLIPPED = [
    pytest.param(
        "results/tiny/activations/expressions/selection/conv2.nc",
        "results/tiny/selectivity/expressions/conv2.nc",
        "damaged since it was written",
        id="activations",
    ),
    pytest.param(
        "results/tiny/stimuli/selection/images.nc",
        "results/tiny/activations/expressions/selection/conv2.nc",
        "damaged since it was written",
        id="images",
    ),
    pytest.param(
        "results/tiny/networks/expressions.safetensors",
        "results/tiny/activations/expressions/selection/conv2.nc",
        "its weights are damaged",
        id="weights",
    ),
]


@pytest.mark.parametrize(("broken", "target", "message"), FLIPPED)
def test_one_flipped_bit_among_the_numbers_is_noticed(project, broken, target, message):
    _flip(project.folder / broken, 0.7)
    (project.folder / target).unlink()
    result = project.snakemake("--rerun-triggers", "params", "--", target)
    assert result.returncode != 0
    line = _one_line(result, "nurture: ")
    assert broken in line
    assert message in line
    assert not (project.folder / target).exists()


# Disks


@pytest.fixture
def mount(tmp_path):
    """Lay a small disk over a folder, or make a folder read-only, until the test ends."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a disk takes root's rights")
    mounted = []

    def lay(folder, *arguments):
        folder.mkdir(parents=True, exist_ok=True)
        result = subprocess.run(["mount", *arguments, folder], capture_output=True, check=False)
        if result.returncode != 0:
            pytest.skip(f"mounting a disk is not allowed: {result.stderr.decode().strip()}")
        mounted.append(folder)

    def release():
        while mounted:
            subprocess.run(["umount", mounted.pop()], check=True)

    lay.release = release
    yield lay
    release()


TARGET = "results/tiny/selectivity/expressions/conv2.nc"
FILLED = [
    pytest.param("results/tiny/activations/expressions/selection/conv2.nc", 100, id="activations"),
    pytest.param("results/tiny/stimuli/selection/images.nc", 300, id="images"),
    pytest.param(TARGET, 8, id="statistics"),
    pytest.param("results/tiny/networks/expressions.safetensors", 40, id="weights"),
]


@pytest.mark.parametrize(("target", "kilobytes"), FILLED)
def test_a_full_disk_is_one_line_and_the_next_call_goes_on(project, mount, target, kilobytes):
    folder = (project.folder / target).parent
    whole = (project.folder / target).read_bytes()
    shutil.rmtree(folder)
    mount(folder, "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs")
    (folder / "something").touch()  # else Snakemake would take the folder away
    result = project.snakemake("--", target)
    assert result.returncode != 0
    line = _one_line(result, "nurture: ")
    assert str(Path(target).parent) in line
    assert "no space left on the disk; free some and run snakemake again" in line
    assert "Traceback" not in result.stderr
    mount.release()
    result = project.snakemake("--", target)
    assert result.returncode == 0, result.stderr
    assert (project.folder / target).read_bytes() == whole


def test_a_full_disk_with_everything_on_it(new_project, mount, tmp_path):
    """Snakemake's own notes find no room either."""
    place = tmp_path / "disk"
    mount(place, "-t", "tmpfs", "-o", "size=30m", "tmpfs")
    project = new_project(place)
    target = "results/tiny/networks/face-identity.safetensors"
    used = sum(path.stat().st_blocks for path in place.rglob("*")) // 2
    subprocess.run(["mount", "-o", f"remount,size={used + 1000}k", place], check=True)
    result = project.snakemake("--", target)
    assert result.returncode != 0
    assert "no space left on the disk" in _one_line(result, "nurture: ")
    assert "Traceback" not in result.stderr
    assert not (place / target).exists()
    subprocess.run(["mount", "-o", "remount,size=100m", place], check=True)
    assert project.snakemake("--", target).returncode == 0


def test_a_folder_that_cannot_be_written_to_is_one_line(project, mount):
    target = project.folder / "results/tiny/selectivity/expressions"
    whole = {path.name: path.read_bytes() for path in target.iterdir()}
    mount(target, "--bind", str(target))
    subprocess.run(["mount", "-o", "remount,ro,bind", target], check=True)
    change = project.write("selectivity: {alpha: 0.02}")
    arguments = ("--configfile", "config/tiny.yaml", change, "--", TARGET)
    result = project.snakemake(*arguments)
    assert result.returncode != 0
    _one_line(result, "Write-protected output files for rule selectivity")
    assert "Traceback" not in result.stderr
    assert {path.name: path.read_bytes() for path in target.iterdir()} == whole
    mount.release()
    assert project.snakemake(*arguments).returncode == 0


def test_a_project_that_cannot_be_written_to_is_one_line(new_project, mount, tmp_path):
    project = new_project(tmp_path / "project")
    mount(project.folder, "--bind", str(project.folder))
    subprocess.run(["mount", "-o", "remount,ro,bind", project.folder], check=True)
    result = project.snakemake("--", TARGET)
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    _one_line(result, f"{project.folder}: cannot be written to; change its rights, or run in an")
