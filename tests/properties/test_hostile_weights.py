"""Files of weights that would run code, read other files or take all memory: one line, no more."""

import json
import os
import pickle
import resource
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import onnx
import pytest
import torch

from nurture.core.errors import NurtureError
from nurture.networks.layouts.convert import convert
from nurture.networks.onnx_network import read_onnx
from nurture.networks.states import read_state

WORKFLOW = Path(__file__).parents[2] / "workflow"
HUGE = 1 << 40


class Touch:
    """Unpickled by a careless reader, it makes a file."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def refused(read, path):
    with pytest.raises(NurtureError) as error:
        read(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("read", [convert, read_state])
@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "before 2020"])
@pytest.mark.parametrize("held", ["value", "key", "beside"])
def test_pickled_code_is_not_run(tmp_path, read, zipped, held):
    touch, path = Touch(tmp_path / "touched"), tmp_path / "weights.pth"
    state = {"conv1.weight": torch.zeros(3)}
    if held == "value":
        state["conv1.bias"] = touch
    state = {"state_dict": state, "epoch": touch} if held == "beside" else state
    if held == "key":
        state = {(1, touch): torch.zeros(1)}
    torch.save(state, path, _use_new_zipfile_serialization=zipped)
    refused(read, path)
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize("read", [convert, read_state])
def test_a_bare_pickle_is_not_run(tmp_path, read):
    path = tmp_path / "weights.pkl"
    path.write_bytes(pickle.dumps(Touch(tmp_path / "touched")))
    refused(read, path)
    assert not (tmp_path / "touched").exists()


# Files that lead to other files

KERAS = {"layer_names": ["conv1_1"], "weight_names": ["w", "b"]}


def write_keras(path, weight):
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = KERAS["layer_names"]
        group = file.create_group("conv1_1")
        group.attrs["weight_names"] = KERAS["weight_names"]
        group["b"] = np.zeros(4, "f4")
        weight(group)


def stored_elsewhere(group):
    group.create_dataset("w", (4,), "f4", external=[("../secret", 0, 16)])


def linked_elsewhere(group):
    with h5py.File(Path(group.file.filename).parents[1] / "secret.h5", "w") as other:
        other["w"] = np.ones((4, 1), "f4")
    group["w"] = h5py.ExternalLink("../secret.h5", "/w")


@pytest.mark.parametrize("weight", [stored_elsewhere, linked_elsewhere])
def test_hdf5_that_takes_its_numbers_from_another_file(tmp_path, monkeypatch, weight):
    (tmp_path / "secret").write_bytes(bytes(range(16)))
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    path = tmp_path / "inside/weights.h5"
    write_keras(path, weight)
    with pytest.raises(NurtureError, match="has its numbers in another file"):
        convert(path)


@pytest.mark.parametrize("place", ["../secret", "{}/secret", "link"])
def test_onnx_that_takes_its_numbers_from_outside_its_folder(tmp_path, place):
    (tmp_path / "secret").write_bytes(b"\x07" * 16)
    folder = tmp_path / "inside"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    refused(read_onnx, onnx_with_data(folder / "x.onnx", place.format(tmp_path)))


def test_onnx_with_data_in_its_own_folder_is_read(tmp_path):
    (tmp_path / "data").write_bytes(np.arange(4, dtype="<f4").tobytes())
    model = read_onnx(onnx_with_data(tmp_path / "x.onnx", "data"))
    assert np.arange(4, dtype="<f4").tobytes() in model.numpy().tobytes()


def onnx_with_data(path, place, length=16):
    tensor = onnx.TensorProto(
        name="w", data_type=onnx.TensorProto.FLOAT, dims=[length // 4], data_location=1
    )
    for key, value in {"location": place, "offset": 0, "length": length}.items():
        tensor.external_data.add(key=key, value=str(value))
    graph = onnx.GraphProto(name="g", initializer=[tensor])
    path.write_bytes(onnx.ModelProto(ir_version=8, graph=graph).SerializeToString())
    return path


# Files that say that they hold more than there is


def lying_safetensors(path):
    end = 4 * HUGE
    header = {"a": {"dtype": "F32", "shape": [HUGE], "data_offsets": [0, end]}}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(64))


def endless_header(path):
    path.write_bytes(struct.pack("<Q", HUGE) + b"{" + bytes(64))


def bomb(path):
    """A state dict whose numbers are zeros, packed to a thousandth."""
    torch.save({"a.weight": torch.zeros(1 << 26), "a.bias": torch.zeros(1)}, path)
    with zipfile.ZipFile(path) as whole:
        entries = {name: whole.read(name) for name in whole.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in entries.items():
            packed.writestr(name, data)


def strides(path):
    torch.save({"a.weight": torch.zeros(1).expand(HUGE), "a.bias": torch.zeros(1)}, path)


def damaged_pickle(path):
    """With a number where torch expects the description of a storage."""
    torch.save({"a.weight": torch.zeros(77), "a.bias": torch.zeros(1)}, path)
    path.write_bytes(path.read_bytes().replace(b"KM", b"J\xff"))


def onnx_of_much(path):
    (path.parent / "data").write_bytes(b"short")
    onnx_with_data(path, "data", HUGE)


LYING = {
    "lying.safetensors": (lying_safetensors, "read_state"),
    "endless-header.safetensors": (endless_header, "read_state"),
    "stored.safetensors": (lying_safetensors, "read_stored"),
    "published.safetensors": (lying_safetensors, "convert"),
    "packed-zeros.pth": (bomb, "convert"),
    "packed-zeros-of-an-own-network.pth": (bomb, "read_state"),
    "damaged-pickle.pth": (damaged_pickle, "read_state"),
    "strides.pth": (strides, "convert"),
    "much.onnx": (onnx_of_much, "read_onnx"),
}
READ = """
import resource, sys
from nurture.core.errors import NurtureError
from nurture.networks.layouts.convert import convert
from nurture.networks.onnx_network import read_onnx
from nurture.networks.states import read_state
from nurture.networks.weights import read_stored

for read, path in zip(sys.argv[1::2], sys.argv[2::2]):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        globals()[read](path)
        said = "was read"
    except NurtureError as error:
        said = str(error)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, said)
"""


def test_what_cannot_be_in_a_file_is_refused_before_memory_is_taken(tmp_path):
    """Read in a process whose memory is measured, and limited to 32 GB of addresses."""
    arguments = []
    for name, (write, read) in LYING.items():
        write(tmp_path / name)
        arguments += [read, tmp_path / name]
    result = subprocess.run(
        [sys.executable, "-c", READ, *arguments],
        env={**os.environ, "PYTHONPATH": str(WORKFLOW)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 35, 1 << 35)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert len(lines) == len(LYING), lines
    for line, name in zip(lines, LYING, strict=True):
        megabytes, said = line.split(" ", 1)
        assert said.startswith(str(tmp_path / name))
        assert int(megabytes) < 100, name
