import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from nurture.core.files import open_dataset, read_labels
from nurture.stimuli.images import BLOCK, image_blocks, unlike, write_images


def _frames(n, size=8):
    rng = np.random.default_rng(1)
    for _ in range(n):
        image = rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
        yield {"image": image, "mask": (image[..., 0] > 99).astype(np.uint8)}


def _labels(n):
    return pd.DataFrame({"expression": ["fear"] * n, "identity": np.arange(n)})


@pytest.mark.parametrize("n", [1, BLOCK, BLOCK + 1, 2 * BLOCK + 3])
def test_images_come_back_in_order(tmp_path, n):
    write_images(tmp_path / "x.nc", _labels(n), _frames(n), {"look": "colour"})
    with open_dataset(tmp_path / "x.nc", "faces", ["image", "mask"]) as dataset:
        blocks = list(image_blocks(dataset, "image", "mask"))
        assert read_labels(dataset)["identity"].tolist() == list(range(n))
        assert dataset.attrs["look"] == "colour"
    images, masks = (np.concatenate(part) for part in zip(*blocks, strict=True))
    frames = list(_frames(n))
    np.testing.assert_array_equal(images, [frame["image"] for frame in frames])
    np.testing.assert_array_equal(masks, [frame["mask"] for frame in frames])
    assert max(len(block[0]) for block in blocks) <= BLOCK


READ = """
import sys
from pathlib import Path

from nurture.core.files import open_dataset
from nurture.stimuli.images import image_blocks


def pages():
    return int(Path("/proc/self/statm").read_text().split()[1])


with open_dataset(sys.argv[1], "images") as dataset:
    blocks = image_blocks(dataset, "image", size=8)
    next(blocks)
    before = pages()
    for _ in blocks:
        pass
    print(pages() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is asked of /proc")
def test_images_that_were_read_do_not_stay_in_memory(tmp_path):
    write_images(tmp_path / "x.nc", _labels(480), _frames(480, 224), {})
    command = [sys.executable, "-c", READ, str(tmp_path / "x.nc")]
    more = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert more * os.sysconf("SC_PAGE_SIZE") < 50e6  # all are 72 MB


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_each_image_is_given_once(size):
    a, b, c, d = (np.full((2, 2, 3), value, np.uint8) for value in (1, 2, 3, 4))
    blocks = [np.stack([a, b, a]), np.stack([c, b]), np.stack([d, d, a])]
    first: list[int] = []
    given = list(unlike(blocks, size, first))
    assert [len(part) for part in given] == {1: [1] * 4, 2: [2, 2], 3: [3, 1], 9: [4]}[size]
    np.testing.assert_array_equal(np.concatenate(given), [a, b, c, d])
    assert first == [0, 1, 0, 3, 1, 5, 5, 0]


def test_before_images_are_given_it_is_known_which_are_like_them():
    a, b, c = (np.full((1, 1, 3), value, np.uint8) for value in (1, 2, 3))
    first: list[int] = []
    known = [first.copy() for _ in unlike([np.stack([a, a, b, a, b, c, c])], 2, first)]
    assert known == [[0, 0, 2, 0, 2, 5], [0, 0, 2, 0, 2, 5, 5]]


def test_same_bytes(tmp_path):
    for name in "ab":
        write_images(tmp_path / f"{name}.nc", _labels(40), _frames(40), {})
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def test_missing_frame_leaves_no_file(tmp_path):
    with pytest.raises(ValueError, match="2 images for 3 labels"):
        write_images(tmp_path / "x.nc", _labels(3), _frames(2), {})
    assert list(tmp_path.iterdir()) == []
