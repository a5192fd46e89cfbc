import numpy as np
import pytest

from nurture.core.errors import NurtureError
from nurture.stimuli.look import apply_look


@pytest.fixture(scope="module")
def stack(faces):
    images, masks = (np.stack(part) for part in zip(*faces[1], strict=True))
    return images, masks


def test_colour_is_as_rendered(stack):
    images, masks = stack
    assert (apply_look(images, masks, "colour") == images).all()


def test_paper_is_grey_on_black(stack):
    images, masks = stack
    out = apply_look(images, masks, "paper")
    assert out.dtype == np.uint8
    assert (out[~masks] == 0).all()
    assert (out == out[..., :1]).all()


def test_equal_mean_and_contrast(stack):
    images, masks = stack
    out = apply_look(images, masks, "paper") / 255
    inside = [image[mask][:, 0] for image, mask in zip(out, masks, strict=True)]
    np.testing.assert_allclose([grey.mean() for grey in inside], 0.5, atol=0.002)
    np.testing.assert_allclose([grey.std() for grey in inside], 0.15, atol=0.002)


def test_little_is_cut_off(stack):
    images, masks = stack
    out = apply_look(images, masks, "paper")
    inside = out[masks][:, 0]
    assert ((inside == 0) | (inside == 255)).mean() < 0.03


def test_each_image_on_its_own(stack):
    images, masks = stack
    whole = apply_look(images, masks, "paper")
    assert (apply_look(images[3:5], masks[3:5], "paper") == whole[3:5]).all()


def test_known_grey():
    image = np.array([[[0, 0, 0], [200, 200, 200], [255, 0, 0]]], dtype="uint8")[None]
    mask = np.array([[True, True, False]])[None]
    out = apply_look(image, mask, "paper")
    # Two pixels lie one standard deviation either side of the mean: .35 and .65.
    assert out[0, 0, :, 0].tolist() == [89, 166, 0]


def test_empty_mask(stack):
    images, masks = stack
    with pytest.raises(NurtureError, match=r"^stimulus 0: its mask is empty"):
        apply_look(images, np.zeros_like(masks), "paper")
