import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nurture.networks.catalogue import ARCHITECTURES
from nurture.networks.dlib_resnet import Affine
from nurture.networks.folding import folded
from nurture.networks.tracing import reading
from nurture.networks.weights import build, in_memory, untrained_state

SIDES = {"dlib-face-resnet": (3, 150), "efficientnet-lite0": (3, 224), "fer-xception": (1, 64)}


def _with_statistics(architecture: str) -> nn.Module:
    """A network whose normalisations are unlike the identity and unlike each other."""
    network = in_memory(build(architecture))
    network.load_state_dict(untrained_state(architecture, seed=1))
    torch.manual_seed(2)
    for part in network.modules():
        if isinstance(part, Affine | nn.BatchNorm2d):
            part.weight.data.uniform_(0.5, 1.5)
            part.bias.data.normal_(0, 0.1)
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.1)
            part.running_var.uniform_(0.5, 1.5)
    return network.eval().requires_grad_(False)


def _outputs(network: nn.Module, layers: list[str], images: Tensor) -> dict[str, np.ndarray]:
    found = {}

    def keep(layer: str, output: Tensor) -> None:
        found[layer] = output.numpy().copy()

    with reading(network, layers, keep), torch.inference_mode():
        network(images.clone())
    return found


@pytest.mark.parametrize("architecture", SIDES)
def test_every_layer_answers_as_before_but_for_rounding(architecture):
    network, layers = _with_statistics(architecture), list(ARCHITECTURES[architecture].layers)
    channels, side = SIDES[architecture]
    images = torch.rand(2, channels, side, side)
    expected = _outputs(network, layers, images)
    found = _outputs(folded(copy.deepcopy(network)), layers, images)
    for layer, values in expected.items():
        np.testing.assert_allclose(found[layer], values, rtol=0, atol=1e-5 * abs(values).max())


def test_a_normalisation_is_left_only_where_no_convolution_comes_before_it():
    for architecture in ARCHITECTURES:
        parts = folded(in_memory(build(architecture)).eval()).modules()
        assert not any(isinstance(part, Affine | nn.BatchNorm2d) for part in parts)
    alone = nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 3, 1), nn.ReLU(), nn.BatchNorm2d(3))
    assert [type(part) for part in folded(alone)] == [
        nn.BatchNorm2d,
        nn.Conv2d,
        nn.ReLU,
        nn.BatchNorm2d,
    ]


def test_of_one_number_the_result_is_that_of_the_formula():
    norm = nn.BatchNorm2d(1, eps=0.0)
    norm.weight.data.fill_(3.0)
    norm.bias.data.fill_(5.0)
    norm.running_mean.fill_(1.0)
    norm.running_var.fill_(4.0)
    convolution = nn.Conv2d(1, 1, 1, bias=False)
    convolution.weight.data.fill_(2.0)
    network = folded(nn.Sequential(convolution, norm).eval())
    # 3 * (2 * 7 - 1) / 2 + 5
    assert network(torch.full((1, 1, 1, 1), 7.0)).item() == 24.5
