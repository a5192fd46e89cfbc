"""What a person reads when something is wrong, and what is left behind."""

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


def _truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


BROKEN = [
    pytest.param(
        "results/stimuli/selection/images.nc",
        "results/activations/expressions/selection/conv2.nc",
        "rule images makes it",
        id="images",
    ),
    pytest.param(
        "results/stimuli/altered/faces.nc",
        "results/stimuli/altered/images.nc",
        "rule control_faces makes it",
        id="faces",
    ),
    pytest.param(
        "results/activations/expressions/selection/conv2.nc",
        "results/selectivity/expressions/conv2.nc",
        "rule activations makes it",
        id="activations",
    ),
    pytest.param(
        "results/networks/expressions.safetensors",
        "results/activations/expressions/selection/conv2.nc",
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
    assert list(project.folder.glob("results/**/.*part*")) == []
