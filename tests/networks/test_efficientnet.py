"""EfficientNet-Lite0 against its package and on photographs that scikit-image ships."""

import numpy as np
import pytest
import skimage.data
import torch
from efficientnet_lite_pytorch import EfficientNet

from nurture.networks.preprocess import preprocess
from nurture.networks.weights import build, package_file, package_state

INPUT = {"size": 224, "colour": "rgb", "mean": 127, "scale": 128}


@pytest.fixture(scope="module")
def network():
    module = build("efficientnet-lite0")
    module.load_state_dict(package_state("efficientnet-lite0"), assign=True)
    return module


def square(image):
    """The middle of a photograph, (1, side, side, 3)."""
    image = np.broadcast_to(image.reshape(*image.shape[:2], -1), (*image.shape[:2], 3))
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    return image[None, top : top + side, left : left + side]


def test_forward_pass_equals_the_package(network):
    reference = EfficientNet.from_name("efficientnet-lite0")
    weights = torch.load(package_file("efficientnet-lite0"), weights_only=True)
    reference.load_state_dict(weights)
    images = preprocess(square(skimage.data.astronaut()), INPUT)
    with torch.inference_mode():
        torch.testing.assert_close(network(images), reference.eval()(images))


@pytest.mark.parametrize(
    ("photograph", "label"),
    [
        ("chelsea", 285),  # a tabby: "Egyptian cat"
        ("coffee", 967),  # "espresso"
        ("rocket", 657),  # "missile"
        ("camera", 872),  # a man at a camera on its "tripod"
    ],
)
def test_photographs_get_sensible_labels(network, photograph, label):
    images = preprocess(square(getattr(skimage.data, photograph)()), INPUT)
    with torch.inference_mode():
        assert network(images).argmax().item() == label
