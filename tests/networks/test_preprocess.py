import numpy as np
import pytest
import torch
from PIL import Image

from nurture.core.errors import NurtureError
from nurture.networks.preprocess import describe, preprocess

PLAIN = {"size": 2, "colour": "rgb", "mean": 0, "scale": 1}


def flat(red, green, blue):
    return np.full((1, 2, 2, 3), (red, green, blue), dtype="uint8")


@pytest.mark.parametrize(
    ("spec", "channels"),
    [
        pytest.param({}, [10, 20, 30], id="rgb"),
        pytest.param({"colour": "bgr"}, [30, 20, 10], id="bgr"),
        # .299 * 10 + .587 * 20 + .114 * 30
        pytest.param({"colour": "grey"}, [18.15], id="grey"),
        pytest.param({"mean": [1, 2, 3]}, [9, 18, 27], id="mean of each channel"),
        pytest.param({"colour": "bgr", "mean": [1, 2, 3]}, [29, 18, 7], id="mean in bgr order"),
        pytest.param({"mean": 10, "scale": 5}, [0, 2, 4], id="mean before scale"),
        pytest.param({"scale": [1, 2, 4]}, [10, 10, 7.5], id="scale of each channel"),
        pytest.param(
            {"colour": "bgr", "mean": 10, "scale": [1, 2, 4]}, [20, 5, 0], id="scale in bgr order"
        ),
    ],
)
def test_colour_mean_and_scale(spec, channels):
    x = preprocess(flat(10, 20, 30), PLAIN | spec)
    assert x.dtype == torch.float32
    assert x.shape == (1, len(channels), 2, 2)
    np.testing.assert_allclose(x[0, :, 0, 0], channels, rtol=1e-6)


def test_size_is_kept_when_it_is_right():
    images = np.random.default_rng(0).integers(0, 256, (2, 7, 7, 3)).astype("uint8")
    x = preprocess(images, PLAIN | {"size": 7})
    np.testing.assert_array_equal(x, images.transpose(0, 3, 1, 2))


@pytest.mark.parametrize("size", [64, 150, 300], ids=["fer", "dlib", "larger"])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_resizing_equals_pillow(size, interpolation):
    """Pillow filters against aliasing too; it rounds to whole grey values in between."""
    image = np.random.default_rng(1).integers(64, 192, (224, 224, 3)).astype("uint8")
    expected = Image.fromarray(image).resize((size, size), Image.Resampling[interpolation.upper()])
    x = preprocess(image[None], PLAIN | {"size": size, "interpolation": interpolation})
    np.testing.assert_allclose(x[0].permute(1, 2, 0), np.asarray(expected), atol=1.1)


def test_resizing_is_bilinear_unless_told_otherwise():
    image = np.random.default_rng(1).integers(0, 256, (1, 40, 40, 3)).astype("uint8")
    plain, bilinear, bicubic = (
        preprocess(image, PLAIN | {"size": 30} | more)
        for more in ({}, {"interpolation": "bilinear"}, {"interpolation": "bicubic"})
    )
    assert plain.equal(bilinear)
    assert not plain.equal(bicubic)


def test_resizing_invents_no_brightness():
    """Bicubic interpolation would go beyond black and white beside an edge."""
    image = np.zeros((1, 40, 40, 3), "uint8")
    image[:, :, 20:] = 255
    x = preprocess(image, PLAIN | {"size": 60, "interpolation": "bicubic"})
    assert (x.min(), x.max()) == (0, 255)


@pytest.mark.parametrize(
    "images",
    [np.zeros((1, 2, 2, 3)), np.zeros((1, 2, 2), "uint8"), np.zeros((1, 2, 2, 4), "uint8")],
    ids=["float", "no channels", "alpha"],
)
def test_other_arrays_are_refused(images):
    with pytest.raises(NurtureError, match="not uint8"):
        preprocess(images, PLAIN)


def test_describe():
    spec = {"size": 224, "colour": "bgr", "mean": [93.5, 104.7, 129.1], "scale": 1}
    assert describe(spec) == (
        "bgr, resized to 224 x 224 (bilinear, antialiased), x = (pixel - [93.5, 104.7, 129.1]) / 1"
    )
    assert "(bicubic, antialiased)" in describe(spec | {"interpolation": "bicubic"})
