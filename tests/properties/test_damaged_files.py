"""Files that were changed, cut short or forged: what they held, or one line; never another error.

Every file is small, so that its header, in which a wrong length does most harm, is hit often.
"""

import csv
import io

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nurture.core.columns import FIELD_LIMIT, read_lines
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import label_coordinates, open_dataset, read_labels, write_dataset
from nurture.networks.weights import read_stored, save
from nurture.stimuli.photographs.face_sets import has_identity
from nurture.stimuli.photographs.reading import read_photograph
from nurture.stimuli.photographs.scanning import scan

LABELS = pd.DataFrame({"expression": list(EXPRESSIONS), "identity": [0, 0, 0, 1, 1, 1]})
STATE = {"a.weight": torch.arange(12.0).reshape(3, 4), "a.bias": torch.zeros(3)}
SAID = {"source": "a package", "input": {"size": 64, "mean": 127.5}}


def write_netcdf(path):
    values = np.random.default_rng(0).normal(size=(6, 50)).astype("float32")
    write_dataset(
        xr.Dataset({"activation": (("stimulus", "unit"), values)}, label_coordinates(LABELS)), path
    )


def read_netcdf(path):
    with open_dataset(path, "activations", ["activation"]) as dataset:
        return dataset.activation.to_numpy().tobytes(), read_labels(dataset).to_csv()


def write_weights(path):
    save(STATE, path, SAID)


def read_weights(path):
    state, said = read_stored(path)
    return {name: value.numpy().tobytes() for name, value in state.items()}, said


KINDS = {"netcdf": (write_netcdf, read_netcdf), "weights": (write_weights, read_weights)}


@pytest.fixture(scope="module", params=KINDS)
def whole(request, tmp_path_factory):
    """A file, its bytes, how it is read, and what it holds."""
    write, read = KINDS[request.param]
    path = (
        tmp_path_factory.mktemp("whole")
        / {"netcdf": "x.nc", "weights": "x.safetensors"}[request.param]
    )
    write(path)
    return path, path.read_bytes(), read, read(path)


def outcome(path, data, read):
    """What is read of some bytes, None where they are refused."""
    path.write_bytes(data)
    try:
        return read(path)
    except NurtureError as error:
        said = str(error)
    assert "\n" not in said
    assert said.startswith(str(path))
    return None


def test_a_flipped_bit_is_noticed(whole):
    """Or nothing comes of it: where it hits the checksum's own mark or the name of the record."""
    path, data, read, (held, said) = whole
    taken = 0
    for place in range(0, len(data), 3):
        damaged = bytearray(data)
        damaged[place] ^= 1 << place % 8
        found = outcome(path, damaged, read)
        if found is not None:
            taken += 1
            assert found[0] == held
            if isinstance(said, dict):
                assert {key: said.get(key, value) for key, value in found[1].items()} == found[1]
            else:
                assert found[1] == said
    assert taken <= 20


@settings(deadline=None, max_examples=150, derandomize=True)
@given(share=st.floats(0, 0.9999), junk=st.binary(max_size=64))
def test_another_end_is_noticed(whole, share, junk):
    path, data, read, held = whole
    assert outcome(path, data[: int(share * len(data))] + junk, read) in (None, held)


@settings(deadline=None, max_examples=150, derandomize=True)
@given(place=st.integers(0, 3000), junk=st.binary(min_size=1, max_size=16))
def test_other_bytes_do_no_harm(whole, place, junk):
    path, data, read, held = whole
    found = outcome(path, data[:place] + junk + data[place + len(junk) :], read)
    assert found is None or found[0] == held[0]


def test_a_code_without_a_meaning_is_refused():
    coordinates = label_coordinates(LABELS)
    for wrong in (-1, 99):
        coordinates["expression"].values[2] = wrong
        with pytest.raises(
            NurtureError, match=f"label 'expression': code {wrong} is none of its 8"
        ):
            read_labels(xr.Dataset(coords=coordinates))


# Photographs


def photograph(kind):
    rows = np.random.default_rng(1).integers(0, 256, (12, 16, 3), dtype="uint8")
    stream = io.BytesIO()
    Image.fromarray(rows).save(stream, kind)
    return stream.getvalue()


PHOTOGRAPHS = {kind: photograph(kind) for kind in ("BMP", "JPEG", "PNG", "TIFF", "WEBP")}


@settings(deadline=None, max_examples=300, derandomize=True)
@given(
    kind=st.sampled_from(sorted(PHOTOGRAPHS)),
    place=st.floats(0, 1),
    junk=st.binary(max_size=8),
    cut=st.booleans(),
)
def test_a_damaged_photograph_is_a_picture_or_one_line(tmp_path_factory, kind, place, junk, cut):
    data = PHOTOGRAPHS[kind]
    start = int(place * len(data))
    damaged = data[:start] + junk + (b"" if cut else data[start + len(junk) :])
    path = tmp_path_factory.getbasetemp() / "photograph.jpg"
    found = outcome(path, damaged, read_photograph)
    assert found is None or (found.dtype == "uint8" and found.shape[2:] == (3,))


POSTSCRIPT = b"""%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 8 8
%%EndComments
(touched) (w) file closefile showpage
%%EOF
"""


def test_no_program_is_run_for_a_photograph(tmp_path, monkeypatch):
    """Pillow hands PostScript to Ghostscript, whatever the name of the file."""
    monkeypatch.setattr("subprocess.check_call", lambda *_, **__: pytest.fail("runs a program"))
    (tmp_path / "x.jpg").write_bytes(POSTSCRIPT)
    with pytest.raises(NurtureError, match=r"x\.jpg: not a readable image"):
        read_photograph(tmp_path / "x.jpg")


# Lists of photographs


def sparse(path, size):
    """A file of so many zeros, which takes no space on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)


def test_a_line_without_end_is_refused_before_it_is_held(tmp_path):
    sparse(tmp_path / "manifest.csv", 1 << 40)
    for read in (
        lambda: list(read_lines(tmp_path / "manifest.csv", ["path"])),
        lambda: has_identity("manifest", tmp_path),
    ):
        with pytest.raises(NurtureError, match=r"manifest\.csv: not a readable table"):
            read()


def test_long_lines_are_read_as_csv_reads_them(tmp_path):
    rows = (f'"a\n{i}",{"x" * i}y' for i in range(300))
    text = "note,path\r\n" + "\n".join(rows) + "\n"
    (tmp_path / "a.csv").write_text(text, newline="")
    expected = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(read_lines(tmp_path / "a.csv", ["path"])) == expected
    assert FIELD_LIMIT > 9_200


def test_a_label_without_end_is_not_read(tmp_path):
    (tmp_path / "train_set/images").mkdir(parents=True)
    Image.new("L", (8, 8)).save(tmp_path / "train_set/images/1.jpg")
    Image.new("L", (8, 8)).save(tmp_path / "train_set/images/2.jpg")
    np.save(tmp_path / "label.npy", "1")
    for number in (1, 2):
        label = tmp_path / f"train_set/annotations/{number}_exp.npy"
        label.parent.mkdir(exist_ok=True)
        label.write_bytes((tmp_path / "label.npy").read_bytes())
    sparse(tmp_path / "train_set/annotations/2_exp.npy", 1 << 40)
    table, dropped = scan("affectnet-npy", tmp_path)
    assert table["path"].tolist() == ["train_set/images/1.jpg"]
    assert "holds no number" in dropped.set_index("path").loc["train_set/images/2.jpg", "reason"]
