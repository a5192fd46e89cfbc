import numpy as np

from nurture.stimuli.judge import judge_crop


def test_range_and_size(faces):
    images, masks = (np.stack(part) for part in zip(*faces[1], strict=True))
    crops = judge_crop(images, masks)
    assert crops.shape == (14, 64, 64)
    assert crops.dtype == np.float32
    assert crops.min() >= -1
    assert crops.max() <= 1


def test_crop_is_the_square_about_the_mask():
    images = np.zeros((1, 200, 200, 3), dtype="uint8")
    masks = np.zeros((1, 200, 200), dtype=bool)
    masks[0, 40:168, 60:120] = True
    images[0, 40:168, 26:154] = 255
    crops = judge_crop(images, masks)
    # The outermost pixels mix with what lies beyond, as the resizing filter reaches further.
    np.testing.assert_allclose(crops[0, 1:-1, 1:-1], 1.0, atol=1e-6)
    images[0, :40] = 255
    images[0, 40:104] = 0
    crops = judge_crop(images, masks)
    np.testing.assert_allclose(crops[0, 1:31, 1:-1], -1.0, atol=1e-6)
    np.testing.assert_allclose(crops[0, 33:-1, 1:-1], 1.0, atol=1e-6)


def test_beyond_the_image_its_edge_is_repeated():
    images = np.full((1, 50, 50, 3), 102, dtype="uint8")
    masks = np.zeros((1, 50, 50), dtype=bool)
    masks[0, :, 40:] = True
    np.testing.assert_allclose(judge_crop(images, masks), 102 / 127.5 - 1, atol=1e-6)
