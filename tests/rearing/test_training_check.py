from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from nurture.networks.vgg import VGG16
from nurture.networks.weights import untrained_state
from nurture.rearing.diets import classes, draw_images
from nurture.rearing.training_check import (
    ACCURACY,
    AUC,
    accuracy,
    check_training,
    features_of,
    learning_curves,
    same_different,
)

SHAPE = {"width": 0.125, "hidden": 64, "size": 48}


def test_accuracy_weighs_classes_alike():
    answers, labels = np.array([0, 0, 1, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 2])
    estimate, lower, upper = accuracy(answers, labels, 200, 0)
    assert estimate == pytest.approx(2 / 3)
    assert 0 <= lower < estimate < upper <= 1


def test_same_different_is_the_share_of_pairs_in_order():
    random = np.random.default_rng(1)
    labels = np.repeat(np.arange(8), 3)
    features = random.standard_normal((8, 5))[labels] + random.standard_normal((24, 5))
    estimate, lower, upper = same_different(features, labels, 200, 0)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    first, second = np.triu_indices(24, 1)
    cosine, same = (unit @ unit.T)[first, second], labels[first] == labels[second]
    assert estimate == pytest.approx(roc_auc_score(same, cosine))
    assert lower < estimate < upper


def test_resamples_weigh_pairs_and_ties_count_half(monkeypatch):
    random = np.random.default_rng(3)
    labels = np.repeat(np.arange(6), 4)
    features = random.integers(1, 4, (24, 2)) + np.eye(6, 2)[labels]
    first, second = np.triu_indices(24, 1)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    cosine, same = (unit @ unit.T)[first, second], labels[first] == labels[second]
    assert len(np.unique(cosine)) < len(cosine) / 2
    weights = np.array([[1, 1, 1, 1, 1, 1], [3, 0, 1, 0, 2, 0], [6, 0, 0, 0, 0, 0]])
    monkeypatch.setattr("nurture.rearing.training_check.resample", lambda *_: weights)
    monkeypatch.setattr("nurture.rearing.training_check.interval", lambda drawn, _: drawn)
    estimate, *drawn = same_different(features, labels, 3, 0)
    one, other = labels[first], labels[second]
    expected = [
        roc_auc_score(same, cosine, sample_weight=row[one] * np.where(same, 1, row[other]))
        for row in weights[:2]
    ]
    assert [estimate, *drawn] == pytest.approx([expected[0], *expected, np.nan], nan_ok=True)


@pytest.mark.parametrize(("spread", "wanted"), [(0.0, 1.0), (1e6, 0.5)], ids=["sure", "chance"])
def test_same_different_at_its_ends(spread, wanted):
    random = np.random.default_rng(2)
    labels = np.repeat(np.arange(20), 4)
    features = random.standard_normal((20, 6))[labels] + spread * random.standard_normal((80, 6))
    assert same_different(features, labels, 20, 0)[0] == pytest.approx(wanted, abs=0.08)


def test_features_are_those_of_the_layer():
    network = VGG16(4, width=0.125, hidden=16, size=32)
    shape = {"width": 0.125, "hidden": 16, "size": 32}
    network.load_state_dict(untrained_state("vgg16", 1, 4, shape))
    images = np.random.default_rng(0).integers(0, 256, (5, 32, 32), dtype="uint8")
    assert features_of(network, images, "fc7", batch=2).shape == (5, 16)
    assert features_of(network, images, "pool5").shape == (5, 64)
    two, five = (features_of(network, images, "fc7", batch=size) for size in (2, 5))
    np.testing.assert_allclose(two, five, rtol=1e-5, atol=1e-6)


def taught(network, images, labels):
    """Let the last layer of a network tell classes by what the layers before make of them."""
    features = features_of(network, images, "fc7")
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    model = LogisticRegression(max_iter=3000).fit((features - middle) / spread, labels)
    weight = model.coef_ / spread
    state = {"weight": weight, "bias": model.intercept_ - weight @ middle}
    state = {f"fc8.{name}": torch.tensor(value).float() for name, value in state.items()}
    other = VGG16(len(weight), **SHAPE)
    other.load_state_dict(network.state_dict() | state)
    return other


def untrained(seed):
    network = VGG16(10, **SHAPE)
    network.load_state_dict(untrained_state("vgg16", seed, 10, SHAPE))
    return network


def test_the_untrained_are_at_chance_and_the_taught_are_above(studio):
    """One untrained network may name an object or two by luck, so several stand for them."""
    several = {f"seed {seed}": ("none", untrained(seed)) for seed in range(8)}
    knows = taught(several["seed 1"][1], *draw_images(studio, classes("faces", 10), range(20)))
    networks = {"a": ("faces", knows), "c": ("objects", several["seed 1"][1]), **several}
    asked = {"views": 10, "unseen": 4, "unseen_views": 2, "resamples": 200}
    table = check_training(networks, studio, 10, asked, seed=0)
    named = table[table["measure"] == ACCURACY].set_index(["network", "shown"])
    assert set(named.index) == {
        ("a", "faces"), ("c", "objects"), *product(several, ("faces", "objects")),
    }  # fmt: skip
    assert named["chance"].unique() == [0.1]
    of_untrained = named.loc[list(several)].groupby("shown")["estimate"].mean()
    assert of_untrained.to_dict() == pytest.approx({"faces": 0.1, "objects": 0.1}, abs=0.04)
    assert named.loc[("a", "faces"), "lower"] > 0.12
    assert table[table["measure"] == AUC]["shown"].value_counts().to_dict() == {
        "faces": 10, "objects": 10,
    }  # fmt: skip


def test_learning_curves_tell_what_was_kept():
    curve = [{"images": n, "loss": 3.0, "accuracy": a} for n, a in [(10, 0.1), (20, 0.3)]]
    rearing = {"diet": "faces", "seed": 2, "curve": curve, "seen": 20}
    table = learning_curves({"x": {"rearing": rearing}, "untrained": {}})
    assert table["kept"].tolist() == [False, True]
    assert set(table["network"]) == {"x"}
    assert isinstance(table, pd.DataFrame)
