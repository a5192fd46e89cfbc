"""Weights of ONNX models in files of their own."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from nurture.core.errors import NurtureError
from nurture.networks.external_data import external_files
from nurture.networks.listing import check_own
from nurture.networks.settings import weights_contents

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def fresh():
    """Files are read once in a process, and here they change."""
    external_files.cache_clear()


def _save(path, places):
    """A model of one tensor for each place; of the last in the attribute of a node."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = []
    for i, place in enumerate(places):
        tensor = numpy_helper.from_array(np.full(4, i, "f4"), f"w{i}")
        onnx.external_data_helper.set_external_data(tensor, place)
        data = path.parent / place
        data.parent.mkdir(parents=True, exist_ok=True)
        data.write_bytes(tensor.raw_data)
        tensor.ClearField("raw_data")
        tensors.append(tensor)
    node = helper.make_node("Constant", [], ["c"], value=tensors.pop())
    shown = helper.make_tensor_value_info("image", TensorProto.FLOAT, ("n", 3, 8, 8))
    graph = helper.make_graph([node], "g", [shown], [onnx.ValueInfoProto(name="c")], tensors)
    path.write_bytes(helper.make_model(graph).SerializeToString())
    return path


PLACES = ["x.onnx.data", "parts/w 1.bin", "gewichte ü", "n" * 200]


def test_files_are_those_that_onnx_reads(tmp_path):
    path = _save(tmp_path / "x.onnx", PLACES)
    assert external_files(path) == sorted(tmp_path / place for place in PLACES)
    model = onnx.load(path)
    for place in PLACES:
        (tmp_path / place).unlink()
    values = [numpy_helper.to_array(tensor)[0] for tensor in model.graph.initializer]
    assert [*values, numpy_helper.to_array(model.graph.node[0].attribute[0].t)[0]] == [0, 1, 2, 3]


def test_a_model_that_stands_alone_has_none():
    assert external_files(ROOT / "config/examples/small_network.onnx") == []


def test_what_else_is_called_location_is_no_file(tmp_path):
    path = _save(tmp_path / "x.onnx", ["w"])
    model = onnx.load(path, load_external_data=False)
    helper.set_model_props(model, {"location": "Berlin"})
    named = helper.make_tensor_value_info("location", TensorProto.FLOAT, ("n", 3, 8, 8))
    model.graph.value_info.append(named)
    onnx.save(model, path)
    assert external_files(path) == [tmp_path / "w"]


@pytest.mark.parametrize("place", PLACES)
def test_another_content_is_another_network(tmp_path, place):
    path = _save(tmp_path / "x.onnx", PLACES)
    config = {"networks": {"mine": {"architecture": "onnx", "weights": str(path)}}}
    before = weights_contents(config, "mine")
    (tmp_path / place).replace(tmp_path / "old")
    (tmp_path / place).write_bytes(b"other")
    # What was read once is not read again in a process.
    (tmp_path / "again").symlink_to(tmp_path)
    config["networks"]["mine"]["weights"] = str(tmp_path / "again/x.onnx")
    after = weights_contents(config, "mine")
    assert len(before) == len(after) == 1 + len(PLACES)
    pairs = zip(after.values(), before.values(), strict=True)
    assert sum(a != b for a, b in pairs) == 1


def test_a_missing_file_is_one_line_before_any_work(tmp_path):
    path = _save(tmp_path / "x.onnx", PLACES)
    (tmp_path / "parts/w 1.bin").unlink()
    network = {"architecture": "onnx", "weights": str(path), "input": {}}
    with pytest.raises(NurtureError, match=r"x.onnx: no such file: .*parts/w 1.bin, in which"):
        check_own(network, "networks.mine")


@pytest.mark.parametrize("place", ["../secret", "a/../../secret", "{}/secret"])
def test_a_file_outside_the_folder_is_refused(tmp_path, place):
    place = place.format(tmp_path)
    path = _save(tmp_path / "model/x.onnx", [place])
    with pytest.raises(NurtureError, match=f"x.onnx: takes weights from '{place}', which is a"):
        external_files(path)


@pytest.mark.parametrize("link", ["w", "folder"])
def test_a_link_is_refused(tmp_path, link):
    path = _save(tmp_path / "model/x.onnx", ["folder/w"])
    (tmp_path / "model/folder").rename(tmp_path / "folder")
    if link == "folder":
        (tmp_path / "model/folder").symlink_to(tmp_path / "folder")
    else:
        (tmp_path / "model/folder").mkdir()
        (tmp_path / "model/folder/w").symlink_to(tmp_path / "folder/w")
    with pytest.raises(NurtureError, match="which is a link or outside its folder"):
        external_files(path)


def test_the_snakefile_finds_them_without_onnx():
    code = "import sys, nurture.networks.external_data; sys.exit('onnx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT / "workflow").returncode == 0
