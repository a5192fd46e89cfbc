"""No photograph of a face set and no weight file of the published networks is in the repository."""

import subprocess
from pathlib import Path, PurePosixPath

import pytest
import torch

from nurture.core.errors import NurtureError
from nurture.networks.reared import read_name, read_record
from nurture.networks.weights import save
from nurture.running.missing import read_weight_files
from nurture.stimuli.photographs.face_sets import read_face_sets
from nurture.stimuli.photographs.listing import SUFFIXES

ROOT = Path(__file__).parents[2]
PICTURES = ("docs/",)
"""Where pictures may be: figures of rendered faces, made by this project."""

WEIGHTS = {".caffemodel", ".h5", ".hdf5", ".mat", ".npz", ".onnx", ".pt", ".pth", ".safetensors"}
WEIGHTS |= {".bin", ".ckpt", ".dat", ".npy", ".pkl", ".t7", ".tar", ".zip", ".gz"}
LARGEST = 2_000_000
EXAMPLES = ("config/examples/small_network.onnx", "config/examples/small_network.pth")
"""Random weights of the worked examples, made by this project."""

REARED = PurePosixPath("config/reared")
"""Networks that this project reared on faces and objects that it rendered."""


def committed():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git repository")
    return [name for name in listed.stdout.split("\0") if name]


SETS = [face_set for face_set in read_face_sets().values() if face_set.source != "your own"]
LABELS = {f"/{n}" for s in SETS for n in (*s.files, s.file, s.votes) if n}
FILES = set(read_weight_files())


def was_reared_here(name, root=ROOT):
    """Whether a file is one of this project's reared networks, by its name and by its header."""
    reared = read_name(name)
    if reared is None or PurePosixPath(name).parent != REARED:
        return False
    try:
        record = read_record(root / name)
    except NurtureError:
        return False
    given = record.get("rearing", {})
    same = (given.get("diet"), given.get("seed")) == (reared.diet, reared.seed)
    return same and record.get("source") == "reared by this project"


def forbidden(name, size):
    """Why a file may not be committed; empty when it may."""
    for face_set in SETS:
        if face_set.pattern is not None and face_set.pattern.fullmatch(name):
            return f"a file name of {face_set.title}"
    if f"/{name}".endswith(tuple(LABELS)):
        return "labels of a face set"
    suffix = PurePosixPath(name).suffix.lower()
    if name in EXAMPLES or was_reared_here(name):
        return ""
    if PurePosixPath(name).name in FILES or suffix in WEIGHTS:
        return "weights"
    if suffix in SUFFIXES and not name.startswith(PICTURES):
        return "a picture"
    return "too large" if size > LARGEST else ""


def test_nothing_that_may_not_be_passed_on_is_committed():
    names = committed()
    assert "config/paper.yaml" in names or len(names) > 100
    sizes = {n: (ROOT / n).stat().st_size if (ROOT / n).is_file() else 0 for n in names}
    assert {name: why for name in names if (why := forbidden(name, sizes[name]))} == {}


BAD = [
    pytest.param("docs/AF01ANS.JPG", "Karolinska", id="KDEF among the pictures"),
    pytest.param("tests/photographs/01f_an_c.bmp", "NimStim", id="NimStim"),
    pytest.param("docs/Rafd090_01_Caucasian_female_angry_frontal.jpg", "Radboud", id="RaFD"),
    pytest.param("docs/KA.AN1.39.tiff", "JAFFE", id="JAFFE"),
    pytest.param("docs/anger/S010_004_00000017.png", "CK", id="CK+48"),
    pytest.param("docs/face.png", "", id="a figure"),
    pytest.param("face.png", "a picture", id="another picture"),
    pytest.param("data/fer2013.csv", "labels", id="FER2013"),
    pytest.param("VGG_FACE.t7", "weights", id="VGG-Face"),
    pytest.param("weights/own.PTH", "weights", id="weights"),
    pytest.param("README.md", "", id="text"),
]


@pytest.mark.parametrize(("name", "why"), BAD)
def test_what_may_not_be_committed_is_told(name, why):
    found = forbidden(name, 1000)
    assert why in found
    assert bool(why) == bool(found)


def _stored(path, record, name="faces-1.safetensors"):
    path = path / REARED / name
    path.parent.mkdir(parents=True)
    save({"conv1_1.bias": torch.zeros(8)}, path, record)
    return f"{REARED}/{name}"


HERE = {"source": "reared by this project", "rearing": {"diet": "faces", "seed": 1}}
OTHERS = [
    pytest.param({}, id="no record"),
    pytest.param({**HERE, "source": "vgg_face.pth"}, id="converted"),
    pytest.param({**HERE, "rearing": {"diet": "objects", "seed": 1}}, id="another diet"),
    pytest.param({**HERE, "rearing": {"diet": "faces", "seed": 2}}, id="another seed"),
]


def test_a_network_that_was_reared_here_may_be_committed(tmp_path):
    assert was_reared_here(_stored(tmp_path, HERE), tmp_path)


@pytest.mark.parametrize("record", OTHERS)
def test_a_network_that_was_not_may_not(tmp_path, record):
    assert not was_reared_here(_stored(tmp_path, record), tmp_path)


def test_other_names_and_folders_are_weights_like_any(tmp_path):
    assert not was_reared_here(_stored(tmp_path, HERE, "vgg-1.safetensors"), tmp_path)
    assert forbidden("weights/reared/faces-1.safetensors", 1000) == "weights"


def test_nothing_large_is_committed():
    assert forbidden("anything.txt", 600_000_000) == "too large"
