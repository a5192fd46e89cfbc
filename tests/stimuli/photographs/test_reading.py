import base64
import io
import struct
import zlib

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image, ImageCms
from skimage.data import astronaut

from nurture.core.errors import NurtureError
from nurture.stimuli.photographs import reading
from nurture.stimuli.photographs.face_sets import find_face_set
from nurture.stimuli.photographs.reading import PhotographError, read_photograph, read_photographs

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
        pytest.param(Image.new("L", (3, 2), 77), ".gif", GREY, id="gif"),
        pytest.param(Image.new("RGB", (3, 2), RED), ".jp2", RED, id="jpeg-2000"),
        pytest.param(Image.new("L", (3, 2), 77), ".pgm", GREY, id="pgm"),
        pytest.param(Image.new("RGB", (3, 2), RED), ".ppm", RED, id="ppm"),
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


def turned(stored: np.ndarray, orientation: int) -> np.ndarray:
    """An image as it is to be seen, by the definition of EXIF's orientation."""
    if orientation > 4:
        stored = stored.swapaxes(0, 1)
    down, left = {1: (1, 1), 2: (1, -1), 3: (-1, -1), 4: (-1, 1)}.get(
        orientation, {5: (1, 1), 6: (1, -1), 7: (-1, -1), 8: (-1, 1)}.get(orientation)
    )
    return stored[::down, ::left]


STAIRS = np.repeat(np.repeat([[0, 60, 120], [180, 240, 30]], 16, axis=0), 16, axis=1)
"""Six squares of different greys, 32 x 48."""


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif", "tiff", "tiff-deflated"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_every_format_is_turned_upright(tmp_path, orientation, kind, mode):
    path = tmp_path / f"face.{kind.split('-')[0]}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    more = {"compression": "tiff_adobe_deflate"} if "-" in kind else {}
    more |= {"quality": 95} if kind in ("jpeg", "webp", "avif") else {}
    Image.fromarray(STAIRS.astype("uint8")).convert(mode).save(path, exif=exif, **more)
    pixels = read_photograph(path)
    seen = turned(STAIRS, orientation)
    assert pixels.shape == (*seen.shape, 3)
    assert np.abs(pixels[8::16, 8::16].astype(int) - seen[8::16, 8::16, None]).max() <= 3


HEICS = {
    1: (
        "0000SW^{RQXk}?*00000ZE0pPXk}?*ZE0a<0005LZDn*}000000000XXk=`10000000000aA{+70000000000000"
        "0000000G-"
        "+&aV*mgE07O6l0ssL300001;s5~v0000000CV90ssI200Tb&0RR9100000Bme*aIB98aW&i*H00062000$fZf0cy"
        "000000RRAKc4ILB0000LX>Mj^0ssI300IC2MR;ju000004sdC7Z2$lO00031008}IaB^?}007--aAR)(004Gqc4I"
        ">U18@KU0FVFx0000U@BsY%`1k+-4+CHT0RR|40Sp2E{{wIU00RJ!0009300RIXx&lC90096hLID8-"
        "Z~y=U0FVFx0{{R603M(qfd!W8<fgf}2xu@M00096AOHXZ03l)k0RRR>0l{;?i2wiq6Ju{|a&BX6cmM$a4FCp!000"
        "0KX>)L8000000000$0000$0000eV{Bn?0000m000010000W00001|NsB+00002|NsBs000020000GaA|mH000000"
        "|*ER0000OX>e^}0000000001009Mo0s{qv0000QX>w&|000000000EV`Ot<00IC3009610f}v7VRQfh0a+*kuLd|"
        "<W96p*OpZxJ%kZsxef<6<TL5wg^9FEs8zpnfM&CsB9zX_0IiPu)EP|XbcwYs%ZY}XM-"
        "!Q93<o{)T(}s0__Z5KM&*<Ym$H^vE!J>Yeuw%`~t;(@18eevo5{N9Q+LbTXc|^t?FU6Nj4i95HG1gzi3!VA^kV#*"
        "h+;c`mx=|2U)7fLbTOZ9=IT}aL(KDgBj_Wt@_kJY$>+Jnzvi&PG@BPYP7vW^_XgRz-"
        "l<UvCE!2Gu);4<Hiii^iZ*Xt49o0<LdBYUO(=h@T14;n0XZN4|$doJeVoXbUQz;@d^092X9qi7KftkCFZmVYO-XD"
        "AXKR2LYL!csrX8D)VCaOAv)E!S8NeM4TD;czXVgCW1CnhAI{NfUxRcRM+-"
        "(mvpMm`LKJDq8xnpZN5wjlhZMOohBqZ2k@S@LVnob_ekCRhVC-"
        "y%oH<0mKp000I>cxh$;08LE*DgXcg2mk>A5&#1L000310RR910000"
    ),
    6: (
        "0000SW^{RQXk}?*00000ZE0pPXk}?*ZE0a<0005VZDn*}000000000XXk=`10000000000aA{+70000000000000"
        "0000000G-"
        "+&aV*mgE07O6l0ssL300001>;M4(0000000CV90ssI200T(?0RR9100000Bme*aIB98aW&i*H00062000$fZf0cy"
        "000000RRAKc4ILB0000LX>Mj^0ssI300IC2MR;ju000004sdC7Z2$lO00031009SSaB^?}008D`aAR)(004Gqc4I"
        ">U18@KU0FVFx0000U@BsY%`1k+-4+CHT0RR|40Sp2E{{wIU00RJ!0009300RIXx&lC90096hLID8-"
        "Z~y=U0FVFx0{{R603M(qfd!W8<fgf}2xu@M00096AOHXZ03l)k0RRR>0l{;?i2wiq6Ju{|a&BX6cmM$a4FCp!000"
        "0KX>)L8000000000$0000$0000eV{Bn?0000m000010000W00001|NsB+00002|NsBs000020000GaA|mH000000"
        "|*ER00009X>xCL0{{R38EJ5BVE_OC000000RRC8fdT^sgoXeB02*m>Wo7^X0000001jhhb7KGk009620004rZDe6"
        "|00045C;_hqI9p@orvFTiNkq%=t$Tg^{v}%gatHGUaCRFdbIL~FMD-p(21Yrcd7CVPoG*A^1-"
        "Wi5@iX5rt4HMjWqs3zb$|C2fZfmN<37j9CRV|sewwgj&Bv|Eu`C*2c9#-"
        "}EU4O*FV=ZP#vL!kmrD*0V>>a{U&ITY`T&qgU!2@?Mnt+%5LeULW4>D-"
        "%~v@ZN6*nSp}CIhH}Lm<B>L;@{bsWLD>U!@%3v4aWbtS@ygroc&$}(ueGb+(dftkN69#W^Z?qlNOx1bA6vopr0u}"
        ">G0J3NIpZ&;`EA(PaOL<c%A~W)_Y`Pun&X9qbyNzzEX6)V{d;C8)pkPCwB7|o7m(eDwI)l_5PaH`JFGedFw0&X!0"
        "iGu&B%u7_5}s9Q7jWNV0`5jW41+tJX``A~GK;n#{G>%$-"
        "r}PZHegxuYtEeYW#A@Q12x|wN5|tQC;$Ke21R&jW&i+9O#mtY000O80Ra*K0{{R30RRR70000000"
    ),
}
"""`STAIRS` as HEIC, which no library at hand writes, by pillow-heif 1.8.1."""


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_heic_is_turned_upright(tmp_path, orientation):
    (tmp_path / "face.heic").write_bytes(base64.b85decode(HEICS[orientation]))
    pixels, seen = read_photograph(tmp_path / "face.heic"), turned(STAIRS, orientation)
    assert pixels.shape == (*seen.shape, 3)
    assert np.abs(pixels[8::16, 8::16].astype(int) - seen[8::16, 8::16, None]).max() <= 4


def sixteen(values, **stated):
    """A TIFF of greys in 16 bits."""
    file = io.BytesIO()
    tifffile.imwrite(file, np.array([values], "uint16"), **stated)
    return file.getvalue()


def png(values, colours=0, *chunks):
    """A PNG of 16 bits with one row."""
    row = np.array(values, ">u2").tobytes()
    head = struct.pack(">IIBBBBB", len(values) // (3 if colours else 1), 1, 16, colours, 0, 0, 0)
    parts = [(b"IHDR", head), *chunks, (b"IDAT", zlib.compress(b"\0" + row)), (b"IEND", b"")]
    made = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


WHITE_IS_ZERO = {"photometric": "miniswhite"}
STATED = {"extratags": [(281, "H", 1, 4095, True)]}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(sixteen([0, 32896, 65535]), [0, 128, 255], id="16-bits"),
        pytest.param(sixteen([0, 32896, 65535], **WHITE_IS_ZERO), [255, 127, 0], id="inverted"),
        pytest.param(sixteen([0, 2056, 4095], **STATED), [0, 128, 255], id="12-bits-stated"),
        pytest.param(
            sixteen([0, 2056, 4095], **STATED, **WHITE_IS_ZERO), [255, 127, 0], id="12-inverted"
        ),
        # The highest value that was found, a fact of statistics, is no scale.
        pytest.param(
            sixteen([0, 32896, 50000], extratags=[(281, "H", 1, 50000, True)]),
            [0, 128, 195],
            id="statistics",
        ),
        pytest.param(b"P5 3 1 4095\n\x00\x00\x08\x08\x0f\xff", [0, 128, 255], id="pgm-12-bits"),
        pytest.param(b"P5 3 1 4095\n\x00\x00\x04\x04\x04\x04", [0, 64, 64], id="pgm-dark"),
        pytest.param(png([0, 32896, 65535]), [0, 128, 255], id="png"),
        pytest.param(png([0, 2056, 4095], 0, (b"sBIT", b"\x0c")), [0, 128, 255], id="png-12-bits"),
        # As the standard asks for: scaled to 16 bits, although only 12 say anything.
        pytest.param(png([0, 32896, 65535], 0, (b"sBIT", b"\x0c")), [0, 128, 255], id="png-scaled"),
        pytest.param(png([0, 0, 0, 32896, 65535, 257], 2), [0, 0, 0, 128, 255, 1], id="png-colour"),
    ],
)
def test_16_bits_become_8(tmp_path, content, expected):
    (tmp_path / "face.tif").write_bytes(content)
    pixels = read_photograph(tmp_path / "face.tif")[0]
    pixels = pixels.ravel() if len(expected) > 3 else pixels[:, 0]
    assert np.abs(pixels.astype(int) - expected).max() <= (1 if len(expected) > 3 else 0)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(sixteen([0, 2056, 4095]), id="tiff"),
        pytest.param(sixteen([0, 2056, 16383]), id="14-bits"),
        pytest.param(png([0, 2056, 4095]), id="png"),
        pytest.param(png([0, 2056, 4095], 2), id="png-colour"),
    ],
)
def test_12_bits_in_16_that_are_not_stated_are_refused(tmp_path, content):
    (tmp_path / "face.tif").write_bytes(content)
    with pytest.raises(PhotographError, match="half of its 16 bits' range is used, as by 12 bits"):
        read_photograph(tmp_path / "face.tif")


def test_white_is_zero_in_8_bits(tmp_path):
    path = tmp_path / "face.tif"
    tifffile.imwrite(path, np.array([[0, 55, 255]], "uint8"), photometric="miniswhite")
    assert read_photograph(path)[0, :, 0].tolist() == [255, 200, 0]


def frames(format, count=2, **more):
    file, first = io.BytesIO(), Image.new("RGB", (16, 16), RED)
    others = [Image.new("RGB", (16, 16), (0, 200, 0))] * (count - 1)
    first.save(file, format, save_all=True, append_images=others, **more)
    return file.getvalue()


@pytest.mark.parametrize("format", ["GIF", "TIFF", "PNG", "WEBP", "AVIF"])
def test_several_pages_or_frames_are_refused(tmp_path, format):
    (tmp_path / "face").write_bytes(frames(format))
    with pytest.raises(PhotographError, match="several pages or frames; save one"):
        read_photograph(tmp_path / "face")


def test_the_first_picture_of_a_jpeg_is_the_photograph(tmp_path):
    (tmp_path / "face.jpg").write_bytes(frames("MPO", quality=95))
    assert np.abs(read_photograph(tmp_path / "face.jpg")[8, 8].astype(int) - RED).max() <= 3


def test_colours_are_brought_from_their_profile_to_srgb(tmp_path):
    # In a profile whose red and blue are swapped, what is stored as blue is seen as red.
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = made.index(b"rXYZ"), made.index(b"bXYZ")
    made[red : red + 4], made[blue : blue + 4] = b"bXYZ", b"rXYZ"
    red, blue = made.index(b"rTRC"), made.index(b"bTRC")
    path = tmp_path / "face.png"
    Image.new("RGB", (3, 2), RED[::-1]).save(path, icc_profile=bytes(made))
    assert np.abs(read_photograph(path)[0, 0].astype(int) - RED).max() <= 2


@pytest.mark.parametrize(
    ("image", "suffix", "more", "reason"),
    [
        pytest.param("CMYK", ".tiff", {}, "CMYK colours without a colour profile", id="cmyk"),
        pytest.param("LAB", ".tiff", {}, "pixels of kind LAB; save it with 8 bits", id="lab"),
        pytest.param("RGB", ".png", {"icc_profile": b"x" * 200}, "unusable colour", id="profile"),
        pytest.param("F", ".tiff", {}, "pixels of kind F", id="float"),
        pytest.param("I", ".tiff", {}, "pixels of kind I", id="32-bits"),
    ],
)
def test_pixels_of_unsure_meaning_are_refused(tmp_path, image, suffix, more, reason):
    Image.new(image, (4, 4)).save(tmp_path / f"face{suffix}", **more)
    with pytest.raises(PhotographError, match=reason):
        read_photograph(tmp_path / f"face{suffix}")


def test_another_gamma_is_refused(tmp_path):
    linear = png([0, 32896, 65535], 0, (b"gAMA", struct.pack(">I", 100000)))
    (tmp_path / "face.png").write_bytes(linear)
    with pytest.raises(PhotographError, match="its gamma is 1; save it as sRGB"):
        read_photograph(tmp_path / "face.png")


@pytest.mark.parametrize("progressive", [False, True], ids=["baseline", "progressive"])
def test_a_jpeg_that_ends_early_is_refused_although_its_end_is_marked(tmp_path, progressive):
    file = io.BytesIO()
    Image.fromarray(astronaut()).save(file, "JPEG", progressive=progressive)
    content = file.getvalue()
    (tmp_path / "cut.jpg").write_bytes(content[: len(content) // 2] + b"\xff\xd9")
    (tmp_path / "whole.jpg").write_bytes(content + bytes(500))
    assert read_photograph(tmp_path / "whole.jpg").shape == (512, 512, 3)
    with pytest.raises(PhotographError, match=r"cut\.jpg: damaged"):
        read_photograph(tmp_path / "cut.jpg")


def broken(path, content: bytes):
    path.write_bytes(content)
    return path


def test_broken_files_are_named(tmp_path):
    whole = tmp_path / "whole.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), "uint8")).save(whole)
    cases = {
        broken(tmp_path / "empty.jpg", b""): "not a readable image",
        broken(tmp_path / "text.png", b"hello"): "not a readable image",
        broken(tmp_path / "cut.png", whole.read_bytes()[:4000]): "not a readable image",
        tmp_path / "absent.png": "no such file",
        tmp_path: "not readable",
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


def test_reading_goes_on_after_an_unreadable_photograph(tmp_path):
    (tmp_path / "1.png").write_bytes(b"hello")
    Image.new("L", (3, 2), 77).save(tmp_path / "2.png")
    table = pd.DataFrame({"path": ["1.png", "2.png"], "row": -1})
    first, second = read_photographs(table, tmp_path, find_face_set("folders"))
    assert isinstance(first, PhotographError)
    assert first.reason == "not a readable image (no format that is read)"
    assert second.tolist() == [[[77] * 3] * 3] * 2
