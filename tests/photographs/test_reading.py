import numpy as np
import pandas as pd
import pytest
from PIL import Image

from nurture.errors import NurtureError
from nurture.photographs import reading
from nurture.photographs.face_sets import find_face_set
from nurture.photographs.reading import read_photograph, read_photographs

RED, GREY = (200, 10, 30), (77, 77, 77)


@pytest.mark.parametrize(
    ("image", "suffix", "expected"),
    [
        pytest.param(Image.new("RGB", (3, 2), RED), ".png", RED, id="colour"),
        pytest.param(Image.new("L", (3, 2), 77), ".bmp", GREY, id="grey"),
        pytest.param(Image.new("RGB", (3, 2), RED).quantize(), ".png", RED, id="palette"),
        pytest.param(Image.new("RGBA", (3, 2), (*RED, 255)), ".png", RED, id="opaque"),
        pytest.param(Image.new("RGBA", (3, 2), (*RED, 0)), ".png", (0, 0, 0), id="transparent"),
        pytest.param(Image.new("LA", (3, 2), (77, 255)), ".png", GREY, id="grey-and-alpha"),
        pytest.param(Image.new("1", (3, 2), 1), ".tiff", (255, 255, 255), id="bits"),
        pytest.param(
            Image.fromarray(np.full((2, 3), 77 * 257, "uint16")), ".png", GREY, id="16-bits"
        ),
    ],
)
def test_every_kind_of_image_becomes_rgb(tmp_path, image, suffix, expected):
    path = tmp_path / f"face{suffix}"
    image.save(path)
    pixels = read_photograph(path)
    assert pixels.dtype == np.uint8
    assert pixels.tolist() == [[list(expected)] * 3] * 2


def test_orientation_is_applied(tmp_path):
    image = Image.new("RGB", (40, 20), "black")
    image.paste((255, 255, 255), (0, 0, 40, 10))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side: turn clockwise to see it upright
    image.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    pixels = read_photograph(tmp_path / "turned.jpg")
    assert pixels.shape == (40, 20, 3)
    assert pixels[:, 15:].mean() > 250
    assert pixels[:, :5].mean() < 5


def broken(path, content: bytes):
    path.write_bytes(content)
    return path


def test_broken_files_are_named(tmp_path):
    whole = tmp_path / "whole.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), "uint8")).save(whole)
    Image.new("F", (2, 2)).save(tmp_path / "float.tiff")
    cases = {
        broken(tmp_path / "empty.jpg", b""): "not a readable image",
        broken(tmp_path / "text.png", b"hello"): "not a readable image",
        broken(tmp_path / "cut.png", whole.read_bytes()[:4000]): "not a readable image",
        tmp_path / "float.tiff": "32 bits a pixel",
        tmp_path / "absent.png": "no such file",
        tmp_path: "not a readable image",
    }
    for path, message in cases.items():
        with pytest.raises(NurtureError, match=message) as caught:
            read_photograph(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("limit", [11, 5], ids=["above-the-limit", "far-above-the-limit"])
def test_a_decompression_bomb_is_refused_before_it_is_read(tmp_path, monkeypatch, limit):
    Image.new("L", (4, 3)).save(tmp_path / "bomb.png")
    monkeypatch.setattr(reading, "LARGEST", limit)
    with pytest.raises(NurtureError, match=r"bomb.png: too large \(4 x 3 pixels\); scale it"):
        read_photograph(tmp_path / "bomb.png")


def fer2013(folder, last: str) -> pd.DataFrame:
    rows = [f"0,{' '.join([str(value)] * 2304)},Training" for value in (10, 20)]
    text = "\n".join(["emotion,pixels,Usage", *rows, f"0,{last},Training", ""])
    (folder / "fer2013.csv").write_text(text, encoding="utf-8")


def test_pixels_are_read_in_the_order_of_the_table(tmp_path):
    fer2013(tmp_path, "1 2 3")
    table = pd.DataFrame({"path": "fer2013.csv", "row": [1, 0]})
    images = list(read_photographs(table, tmp_path, find_face_set("fer2013")))
    assert [image.shape for image in images] == [(48, 48, 3)] * 2
    assert [image.min() for image in images] == [20, 10]
    assert [image.max() for image in images] == [20, 10]


@pytest.mark.parametrize(
    ("last", "row", "message"),
    [
        pytest.param("1 2 3", 2, "row 2: expected 2304 whole numbers", id="too-few"),
        pytest.param(" ".join(["300"] * 2304), 2, "row 2: expected 2304", id="too-bright"),
        pytest.param("1 x", 2, "row 2: expected 2304", id="text"),
        pytest.param("1", 3, "holds no row 3", id="no-such-row"),
    ],
)
def test_wrong_pixels_are_named(tmp_path, last, row, message):
    fer2013(tmp_path, last)
    table = pd.DataFrame({"path": ["fer2013.csv"], "row": [row]})
    with pytest.raises(NurtureError, match=message):
        list(read_photographs(table, tmp_path, find_face_set("fer2013")))
