"""The table that the configuration is checked against says what the networks are."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from nurture.networks.catalogue import ARCHITECTURES
from nurture.networks.forward import unit_shapes
from nurture.networks.weights import build

INPUTS = {
    "dlib-face-resnet": (3, 150, 150),
    "efficientnet-lite0": (3, 224, 224),
    "fer-xception": (1, 64, 64),
    "vgg16": (3, 224, 224),
}

SHAPES = {
    "dlib-face-resnet": {
        "conv1": (32, 35, 35),
        "stage1_3": (32, 35, 35),
        "stage2_4": (64, 17, 17),
        "stage3_3": (128, 8, 8),
        "stage4_3": (256, 4, 4),
        "stage5_1": (256, 2, 2),
        "fc": (128, 1, 1),
    },
    "efficientnet-lite0": {
        "stem": (32, 112, 112),
        "block4": (40, 28, 28),
        "block10": (112, 14, 14),
        "block15": (320, 7, 7),
        "head": (1280, 7, 7),
        "fc": (1000, 1, 1),
    },
    "fer-xception": {
        "conv1": (8, 62, 62),
        "conv2": (8, 60, 60),
        "block1_conv1": (16, 60, 60),
        "block1": (16, 30, 30),
        "block2": (32, 15, 15),
        "block3": (64, 8, 8),
        "block4": (128, 4, 4),
        "predictions": (7, 1, 1),
    },
    # The sizes in Fig. 1 of the paper; conv5_3 has 100,352 units.
    "vgg16": {
        "conv1_1": (64, 224, 224),
        "pool1": (64, 112, 112),
        "conv2_2": (128, 112, 112),
        "conv3_3": (256, 56, 56),
        "conv4_3": (512, 28, 28),
        "conv5_3": (512, 14, 14),
        "pool5": (512, 7, 7),
        "fc6": (4096, 1, 1),
        "fc8": (2622, 1, 1),
    },
}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_listed_layer_can_be_read_in_order_of_depth(architecture):
    network = build(architecture)
    order = []
    for layer in ARCHITECTURES[architecture].layers:
        network.get_submodule(layer).register_forward_hook(
            lambda *_, layer=layer: order.append(layer)
        )
    network(torch.zeros(1, *INPUTS[architecture], device="meta"))
    assert order == list(ARCHITECTURES[architecture].layers)


@pytest.mark.parametrize("architecture", SHAPES)
def test_layers_have_the_known_shapes(architecture):
    expected = SHAPES[architecture]
    assert unit_shapes(build(architecture), list(expected), INPUTS[architecture]) == expected


def test_the_paper_names_of_vgg16():
    assert list(ARCHITECTURES["vgg16"].layers) == [
        *("conv1_1", "conv1_2", "pool1", "conv2_1", "conv2_2", "pool2"),
        *("conv3_1", "conv3_2", "conv3_3", "pool3", "conv4_1", "conv4_2", "conv4_3", "pool4"),
        *("conv5_1", "conv5_2", "conv5_3", "pool5", "fc6", "fc7", "fc8"),
    ]
    assert ARCHITECTURES["vgg16"].layers["conv5_3"] == "after ReLU"
    assert ARCHITECTURES["vgg16"].layers["fc8"] == "none"


def test_the_catalogue_is_read_without_torch():
    code = "import sys, nurture.networks.catalogue; sys.exit('torch' in sys.modules)"
    workflow = Path(__file__).parents[2] / "workflow"
    assert subprocess.run([sys.executable, "-c", code], cwd=workflow).returncode == 0
