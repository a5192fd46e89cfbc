import json

import h5py
import pytest

from nurture.core.file_digest import file_contents
from nurture.running.passes import VARIABLE, extraction_jobs, new_layers, settings_digest

CONFIG = {
    "experiment": {
        "networks": ["a", "b"],
        **dict.fromkeys(("select_on", "train_on", "test_on", "morphs"), "faces"),
        "controls": [],
    },
    "stimuli": {"faces": {}},
    "networks": {
        "a": {"layers": ["one", "two"], "readout": "two"},
        "b": {"layers": ["one", "two", "three"], "readout": "two"},
    },
}


@pytest.fixture
def inputs(tmp_path):
    paths = {"images": tmp_path / "images.nc", "network": tmp_path / "net.safetensors"}
    for name, path in paths.items():
        path.write_text(name)
    return paths


@pytest.fixture
def files(tmp_path, inputs):
    """Activation files of two layers of three, as far as they say how they were made."""
    paths = {name: tmp_path / f"{name}.nc" for name in ("one", "two", "three")}
    for name in ("one", "two"):
        with h5py.File(paths[name], "w") as file:
            file.attrs["made_under"] = "now"
            file.attrs["images_sha256"] = file_contents(inputs["images"])
            file.attrs["network_sha256"] = file_contents(inputs["network"])
    return paths


def test_a_missing_layer_is_new(files, inputs):
    assert new_layers(files, "now", inputs) == ["three"]


def test_one_job_is_enough_where_all_are_there_or_none_stays(files, inputs):
    assert new_layers({name: files[name] for name in ("one", "two")}, "now", inputs) == []
    assert new_layers(files, "changed since", inputs) == []
    assert new_layers({"three": files["three"]}, "now", inputs) == []


def test_a_layer_of_other_inputs_goes_with_the_new_ones(files, inputs):
    with h5py.File(files["one"], "a") as file:
        file.attrs["images_sha256"] = "other images"
    assert new_layers(files, "now", inputs) == ["one", "three"]


def test_a_broken_file_is_made_again_with_the_new_ones(files, inputs):
    files["two"].write_bytes(files["two"].read_bytes()[:100])
    assert new_layers(files, "now", inputs) == ["two", "three"]


def test_lost_inputs_make_one_job_of_all(files, inputs):
    inputs["images"].unlink()
    assert new_layers(files, "now", inputs) == []


def test_the_order_of_settings_does_not_count():
    assert settings_digest({"a": 1, "b": [2]}) == settings_digest({"b": [2], "a": 1})
    assert settings_digest({"a": 1, "b": [2]}) != settings_digest({"a": 1, "b": [3]})


def test_jobs_follow_what_was_found(monkeypatch):
    monkeypatch.setenv(VARIABLE, json.dumps([["b", "faces", ["one", "three"]]]))
    jobs = [(job.name, job.layers) for job in extraction_jobs(CONFIG)]
    assert jobs == [
        ("activations_a_faces", ["one", "two"]),
        ("activations_b_faces", ["two"]),
        ("activations_b_faces_new_layers", ["one", "three"]),
    ]
