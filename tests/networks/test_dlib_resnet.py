"""The port of dlib's network against dlib itself, and its reader against broken files."""

from importlib.util import find_spec
from pathlib import Path

import dlib
import numpy as np
import pytest
import skimage.data
import torch

from nurture.core.errors import NurtureError
from nurture.networks.dlib_resnet import DlibFaceResNet, read_dlib
from nurture.networks.preprocess import preprocess
from nurture.networks.weights import package_file
from nurture.stimuli.rendered.design import design
from nurture.stimuli.rendered.recipes import read_recipes
from nurture.stimuli.rendered.rendering import render

INPUT = {"size": 150, "colour": "rgb", "mean": [122.782, 117.001, 104.298], "scale": 256}
RECIPES = Path(__file__).parents[2] / "config" / "action_units.yaml"
MODELS = Path(find_spec("face_recognition_models").submodule_search_locations[0], "models")


@pytest.fixture(scope="module")
def path():
    return package_file("dlib-face-resnet")


@pytest.fixture(scope="module")
def network(path):
    module = DlibFaceResNet()
    module.load_state_dict(read_dlib(path))
    return module.eval()


def photograph():
    """The face of NASA astronaut Eileen Collins, cut out by dlib."""
    image = skimage.data.astronaut()
    face = dlib.get_frontal_face_detector()(image, 1)[0]
    landmarks = dlib.shape_predictor(str(MODELS / "shape_predictor_5_face_landmarks.dat"))
    return dlib.get_face_chip(image, landmarks(image, face), size=150)


def rendered():
    """A face of this project."""
    faces = design({"kind": "expressions", "first_identity": 0, "identities": 1}, seed=2022)
    image, _ = next(render(faces, read_recipes(RECIPES), seed=2022))
    return dlib.resize_image(image, 150, 150)


@pytest.mark.parametrize("make", [photograph, rendered])
def test_descriptor_equals_dlib(path, network, make):
    face = make()
    expected = dlib.face_recognition_model_v1(str(path)).compute_face_descriptor(face)
    with torch.inference_mode():
        found = network(preprocess(face[None], INPUT))[0].numpy()
    np.testing.assert_allclose(found, np.array(expected), rtol=0, atol=1e-5)


# Inside the first layer's name, filters and biases, later tensors, the last, and what follows it.
@pytest.mark.parametrize("length", [0, 3, 338, 5000, 19380, 1061200, 17558124, 22400000, -73, -1])
def test_a_file_cut_short_is_refused(path, tmp_path, length):
    broken = tmp_path / "broken.dat"
    broken.write_bytes(path.read_bytes()[:length])
    with pytest.raises(NurtureError, match=r"broken\.dat: not dlib's .* cut short"):
        read_dlib(broken)


def test_cuts_at_random_are_refused(path, tmp_path):
    whole = path.read_bytes()
    broken = tmp_path / "broken.dat"
    for length in np.random.default_rng(0).integers(0, len(whole), 20):
        broken.write_bytes(whole[:length])
        with pytest.raises(NurtureError, match="cut short"):
            read_dlib(broken)


def test_a_longer_file_and_another_network_are_refused(path, tmp_path):
    longer = tmp_path / "longer.dat"
    longer.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(NurtureError, match="not dlib's"):
        read_dlib(longer)
    with pytest.raises(NurtureError, match="not dlib's"):
        read_dlib(MODELS / "mmod_human_face_detector.dat")
