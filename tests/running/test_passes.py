from pathlib import Path

import pytest

from nurture.running.passes import extraction_jobs, new_files

FOLDER = "results/mine/activations"


@pytest.fixture
def config(tmp_path, monkeypatch):
    """Two networks and one stimulus set, in a folder in which nothing is made."""
    monkeypatch.chdir(tmp_path)
    return {
        "results": "results/mine",
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


def make(*names):
    for name in names:
        path = Path(FOLDER, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param([], [], id="nothing-is-there"),
        pytest.param(["b/faces/two"], ["b/faces/one", "b/faces/three"], id="one-is-there"),
        pytest.param(["a/faces/one", "a/faces/two"], [], id="all-of-a-pass-are-there"),
        pytest.param(
            ["a/faces/two", "b/faces/one", "b/faces/two"],
            ["a/faces/one", "b/faces/three"],
            id="in-two-passes",
        ),
        pytest.param(["a/faces/gone", "a/other/one"], [], id="only-what-nobody-asks-for"),
    ],
)
def test_new_is_what_is_absent_beside_others_of_its_pass(config, made, expected):
    make(*(f"{name}.nc" for name in made))
    assert new_files(config) == [f"{FOLDER}/{name}.nc" for name in expected]


def test_jobs_follow_what_was_found_and_not_what_is_there(config):
    make("a/faces/one.nc")
    config["new_layers"] = [f"{FOLDER}/b/faces/one.nc", f"{FOLDER}/b/faces/three.nc"]
    jobs = [(job.name, [Path(path).stem for path in job.files]) for job in extraction_jobs(config)]
    assert jobs == [
        ("activations_a_faces", ["one", "two"]),
        ("activations_b_faces", ["two"]),
        ("activations_b_faces_new_layers", ["one", "three"]),
    ]
