from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from skimage.data import astronaut

from nurture.command import main
from nurture.networks.layouts.check import FACE, weights_check
from nurture.networks.layouts.known import FACES

ROOT = Path(__file__).parents[2]


def detector(outputs, channel):
    """A narrow network whose first output grows with one channel of the image."""
    state, inputs = {}, 3
    for name in (
        *("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3"),
        *("conv4_1", "conv4_2", "conv4_3", "conv5_1", "conv5_2", "conv5_3"),
    ):
        kernel = torch.zeros(2, inputs, 3, 3)
        kernel[0, channel if inputs == 3 else 0, 1, 1] = 0.05 if inputs == 3 else 1
        state |= {f"{name}.weight": kernel, f"{name}.bias": torch.zeros(2)}
        inputs = 2
    for name, size, area in (("fc6", 2, 2 * 49), ("fc7", 2, 2), ("fc8", outputs, 2)):
        matrix = torch.zeros(size, area)
        matrix[0, : area // 2] = 2 / area
        state |= {f"{name}.weight": matrix, f"{name}.bias": torch.zeros(size)}
    return state


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


@pytest.mark.parametrize(
    ("channel", "verdict"),
    [
        pytest.param(
            2, "most certain answer is with rgb; its layout usually needs rgb.", id="blue last"
        ),
        pytest.param(
            0, "most certain answer is with bgr; its layout usually needs rgb.", id="blue first"
        ),
    ],
)
def test_the_order_that_knows_more_is_named(path, channel, verdict):
    """Against the mean of faces, the brightest blue of the portrait exceeds its brightest red."""
    brightest = (astronaut()[FACE] - np.array(FACES)).reshape(8, 30, 8, 30, 3).max(axis=(1, 3))
    red, _, blue = brightest.mean(axis=(0, 1))
    assert blue > red + 10
    torch.save(detector(2622, channel), path)
    text = weights_check(path)
    assert verdict in text
    assert "kind     PyTorch" in text
    assert "layout   VGG-Face, PyTorch (vgg_face_dag.pth)" in text
    assert "network  vgg16, reduced, 2622 outputs, trained on identity" in text
    assert "{size: 224, colour: rgb, mean: [129.1863, 104.7624, 93.594], scale: 1}" in text
    assert "no digest of the published file is known" in text
    probabilities = [float(line.split()[0]) for line in text.splitlines() if "  output " in line]
    assert len(probabilities) == 2
    assert (probabilities[0] > probabilities[1]) is (channel == 2)


def test_without_top_there_is_nothing_to_try(path):
    state = detector(1000, 0)
    names = [n for n in state if n.startswith("conv") and n.endswith("weight")]
    numbers = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
    renamed = {
        f"features.{number}.{kind}": state[name.replace("weight", kind)]
        for name, number in zip(names, numbers, strict=True)
        for kind in ("weight", "bias")
    }
    torch.save(renamed, path)
    text = weights_check(path)
    assert "convolutional layers only, trained on objects" in text
    assert "not the published file, though of its layout" in text
    assert "its colours cannot be tried" in text
    assert "Probability" not in text


def test_weights_of_unknown_origin(path):
    save_file(detector(1000, 0), path)
    text = weights_check(path)
    assert "input    unknown" in text
    assert "; no layout says." in text


def test_the_command(path, capsys):
    torch.save(detector(2622, 0), path)
    main(["weights-check", str(path)])
    assert capsys.readouterr().out.startswith(f"{path}\n  kind     PyTorch\n")


def test_the_command_ends_with_one_line_when_it_fails(path, capsys):
    with pytest.raises(SystemExit) as end:
        main(["weights-check", str(path)])
    # Python prints such a text and ends with status 1.
    assert end.value.code == f"nurture: {path}: no such file; set weights to the path of a file"
    assert capsys.readouterr().out == ""
