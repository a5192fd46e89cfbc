import numpy as np
import pytest
import torch

from nurture.core.errors import NurtureError
from nurture.networks.vgg import VGG16
from nurture.rearing.diets import HELD_OUT, classes, draw_images
from nurture.rearing.training import Learner, Rearing, predicted, rear

RECIPE = {
    "width": 0.125,
    "hidden": 32,
    "classes": 3,
    "epochs": 3,
    "patience": 3,
    "batch": 8,
    "rate": 0.003,
    "decay": 0.01,
    "smoothing": 0.1,
    "dropout": 0.0,
    "checkpoints": [16, 40],
}


@pytest.fixture(scope="module")
def stripes():
    """Three classes that a few steps suffice for: bright left, bright right, bright middle."""
    random = np.random.default_rng(0)
    labels = np.tile([0, 1, 2], 16)
    images = random.integers(0, 60, (48, 32, 32), dtype="uint8")
    for image, label in zip(images, labels, strict=True):
        image[:, [slice(0, 10), slice(22, 32), slice(11, 21)][label]] += 150
    return images, labels


def test_a_miniature_learns(studio):
    """Six objects, and views of them that it has not seen; chance is a sixth."""
    shown = classes("objects", 6)
    recipe = RECIPE | {"classes": 6, "epochs": 12, "patience": 12}
    seen = draw_images(studio, shown, range(24))
    held_out = draw_images(studio, shown, range(HELD_OUT, HELD_OUT + 8))
    rearing = rear(seen, held_out, recipe, seed=1)
    assert rearing.curve[0]["loss"] > 1.5
    assert max(point["accuracy"] for point in rearing.curve) > 0.6
    network = VGG16(6, width=0.125, hidden=32, size=48)
    network.load_state_dict(rearing.best)
    assert np.mean(predicted(network, held_out[0]) == held_out[1]) > 0.6


def test_folding_changes_nothing():
    torch.manual_seed(0)
    learner = Learner(VGG16(3, width=0.125, hidden=16, size=32), dropout=0.5)
    for norm in learner.norms.values():
        for values, low, high in [
            (norm.weight, 0.5, 2), (norm.bias, -1, 1), (norm.running_mean, -1, 1),
            (norm.running_var, 0.3, 3),
        ]:  # fmt: skip
            torch.nn.init.uniform_(values, low, high)
    learner.eval()
    plain = VGG16(3, width=0.125, hidden=16, size=32)
    plain.load_state_dict(learner.folded())
    x = torch.randn(4, 3, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(plain(x), learner(x), rtol=1e-4, atol=1e-5)


def test_a_killed_rearing_goes_on_to_the_same_weights(stripes, tmp_path):
    def kill(rearing):
        if rearing.epoch == 2:
            raise KeyboardInterrupt

    whole = rear(stripes, stripes, RECIPE, seed=5)
    kept = tmp_path / "kept.pt"
    with pytest.raises(KeyboardInterrupt):
        rear(stripes, stripes, RECIPE, seed=5, resume=kept, report=kill)
    epochs = []
    rest = rear(stripes, stripes, RECIPE, 5, resume=kept, report=lambda c: epochs.append(c.epoch))
    assert epochs == [3]
    assert rest.curve == whole.curve
    assert rest.early.keys() == whole.early.keys() == {16, 40}
    for name, value in whole.best.items():
        assert torch.equal(value, rest.best[name]), name


def test_another_recipe_does_not_go_on(stripes, tmp_path):
    kept = tmp_path / "kept.pt"
    recipe = RECIPE | {"epochs": 1}
    rear(stripes, stripes, recipe, seed=5, resume=kept)
    with pytest.raises(NurtureError, match=r"kept\.pt: of a rearing by another recipe; delete it"):
        rear(stripes, stripes, recipe | {"rate": 0.1}, seed=5, resume=kept)
    kept.write_bytes(b"nothing")
    with pytest.raises(NurtureError, match=r"kept\.pt: not readable; delete it to begin anew"):
        rear(stripes, stripes, recipe, seed=5, resume=kept)


@pytest.mark.parametrize(
    ("accuracy", "over"),
    [
        ([], False),
        ([0.5, 0.4, 0.3], False),
        ([0.5, 0.4, 0.3, 0.2], True),
        ([0.5, 0.5, 0.4, 0.4], False),
        ([0.1] * 10, True),
    ],
    ids=["begun", "may-recover", "no-progress", "no-worse", "all-epochs"],
)
def test_when_rearing_is_over(accuracy, over):
    curve = [{"accuracy": value} for value in accuracy]
    recipe = {"epochs": 10, "patience": 3}
    assert Rearing(epoch=len(curve), curve=curve).over(recipe) is over


def test_the_seed_decides_the_weights(stripes):
    recipe = RECIPE | {"epochs": 1}
    a, b, c = (rear(stripes, stripes, recipe, seed).best["conv1_1.weight"] for seed in (1, 1, 2))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
