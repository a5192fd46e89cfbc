"""More stimuli than products are made of: the same answers as of few, read in blocks."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from nurture.confusion.confusion import confusion, read_answers
from nurture.confusion.matrices import accuracy, confusion_counts, proportions
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS, NONE
from nurture.core.files import label_coordinates, open_dataset, write_dataset
from nurture.decoding.ablation import ablation
from nurture.decoding.classifier import (
    classify,
    component_scores,
    fit_classifier,
    redrawn,
    stimulus_products,
)
from nurture.decoding.gain import gain, gain_table
from nurture.decoding.noise import decide, pairwise
from nurture.decoding.places import Places, is_large
from nurture.decoding.populations import decode_populations
from nurture.decoding.populations_tables import ablation as ablation_table

NOTE = "left out, for the stimuli are too many to be held"


def principal_scores(train, test, n_components, chosen=None):
    return component_scores(stimulus_products(train, test, n_components, chosen), n_components)


@pytest.fixture
def many(monkeypatch):
    """Make any number of stimuli too many from here on, and small blocks of few stimuli."""

    def start(read=2**15):
        monkeypatch.setattr("nurture.decoding.places.HELD", 0)
        monkeypatch.setattr("nurture.activations.units.READ_BYTES", read)

    return start


@pytest.mark.parametrize(
    ("n_stimuli", "n_responses", "large"),
    [
        (6306, 0, False),
        (6307, 0, True),
        (2000, 241_435_456, False),
        (2000, 241_435_457, True),
        # The default, and the published experiment on posed faces, at their widest readouts.
        (402, 39_200 * (360 + 804), False),
        (624, 100_352 * (624 + 804), False),
    ],
    ids=["held", "one too many", "responses held", "one too many", "default", "paper"],
)
def test_what_is_held(n_stimuli, n_responses, large):
    assert is_large(n_stimuli, n_responses) == large


def responses(n, n_units, seed, n_parts=60, fall=0.5):
    """Sums of a few dozen parts of falling size, with some noise."""
    rng, mixing = np.random.default_rng(seed), np.random.default_rng(0)
    size = np.arange(1, n_parts + 1) ** -fall
    parts = rng.normal(size=(n, n_parts)) * size
    noise = 0.3 * rng.normal(size=(n, n_units))
    return (5 + parts @ mixing.normal(size=(n_parts, n_units)) + noise).astype("float32")


def same(found, expected, atol):
    sign = np.sign((found[0] * expected[0]).sum(axis=0))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one * sign, other, atol=atol)


@pytest.mark.parametrize(
    ("n", "n_units", "n_components", "expected"),
    [(90, 40, 8, 8), (90, 300, 8, 8), (90, 20, 50, 19), (12, 40, 50, 11), (90, 1, 8, 1)],
    ids=["all axes", "some axes", "more components than units", "few stimuli", "one unit"],
)
def test_scores_are_those_of_few_stimuli(many, n, n_units, n_components, expected):
    train, test = responses(n, n_units, 1), responses(30, n_units, 2)
    train[:, n_units // 2 : n_units // 2 + (n_units > 1)] = 7
    few = principal_scores(train, test, n_components)
    many()
    scores = principal_scores(train, test, n_components)
    assert scores[0].shape == (n, expected)
    assert scores[1].shape == (30, expected)
    same(scores, few, 2e-4)
    scaler = StandardScaler().fit(train)
    reference = PCA(expected, svd_solver="full").fit(scaler.transform(train))
    wanted = reference.transform(scaler.transform(test)) / np.sqrt(
        reference.explained_variance_ * (n - 1) / n
    )
    np.testing.assert_allclose(np.abs(scores[1]), np.abs(wanted), atol=5e-4)


def test_no_responding_unit_gives_no_scores(many):
    many()
    scores, test_scores = principal_scores(np.ones((40, 3)), np.ones((2, 3)), 5)
    assert (scores.shape, test_scores.shape) == ((40, 0), (2, 0))


def test_duplicated_units_do_not_make_components_of_rounding(many):
    train = responses(200, 2, 0)[:, [0, 1] * 30]
    many()
    assert principal_scores(train, train, 50)[0].shape == (200, 2)


def test_only_the_chosen_units_count(many):
    train, test = responses(90, 30, 1), responses(30, 30, 2)
    chosen = np.arange(30) % 3 == 0
    few = principal_scores(train[:, chosen], test[:, chosen], 5)
    many()
    same(principal_scores(train, test, 5, chosen), few, 1e-4)


def test_redrawn_stimuli_are_those_of_few(many):
    train, test = responses(90, 40, 1), responses(30, 40, 2)
    stimuli = np.random.default_rng(3).integers(0, 90, 90)
    few = component_scores(redrawn(stimulus_products(train, test, 8), stimuli), 8)
    many()
    products = stimulus_products(train, test, 8)
    assert isinstance(products, Places)
    same(component_scores(redrawn(products, stimuli), 8), few, 1e-4)
    same(component_scores(redrawn(products, np.arange(90)), 8), products.scores(8), 1e-4)


def test_what_is_not_finite_is_named(many):
    train = responses(90, 40, 1)
    train[71, 13] = np.inf
    many(2**12)
    with pytest.raises(NurtureError, match="stimulus 71, unit 13 is inf"):
        principal_scores(train, train, 5)


@pytest.mark.parametrize("k", [6, 3, 2])
def test_the_classifier_of_many_answers_as_scikit_learn_does(many, k):
    rng, names = np.random.default_rng(0), np.array(EXPRESSIONS[:k])
    means = 0.35 * rng.normal(size=(k, 20))
    shown = np.tile(np.arange(k), 1200 // k)
    train, test = (means[shown] + rng.normal(size=(len(shown), 20)) for _ in range(2))
    svc = SVC(kernel="linear", C=1.0, break_ties=k > 2).fit(train, names[shown])
    many()
    found = fit_classifier(train, names[shown], 1.0)
    answered = found.predict(test)
    assert (answered == svc.predict(test)).mean() > 0.98
    assert 0.4 < (answered == names[shown]).mean() < 0.95
    weights, intercept, votes = pairwise(found)
    assert (found.classes_[decide(test @ weights.T + intercept, votes)] == answered).all()


def weak(n_identities, seed, n_units=900, silent=()):
    """Expression in three parts of sixty, of which noise is as large."""
    rng, fixed = np.random.default_rng(seed), np.random.default_rng(0)
    expression = np.tile(EXPRESSIONS, n_identities)
    parts = rng.normal(size=(len(expression), 60)) * np.arange(1, 61) ** -0.3
    parts += np.repeat(rng.normal(size=(n_identities, 60)), 6, axis=0) * 0.5
    parts[:, :8] += 1.2 * fixed.normal(size=(6, 8))[np.tile(np.arange(6), n_identities)]
    mixing = fixed.normal(size=(60, n_units))
    mixing[:8, 300:] *= 0.2
    activation = parts @ mixing + 3 * rng.normal(size=(len(expression), n_units))
    activation[:, list(silent)] = 0
    labels = pd.DataFrame(
        {"expression": expression, "identity": 100 * seed + np.repeat(np.arange(n_identities), 6)}
    )
    about = {"network": "net", "training": "none", "layer": "conv"}
    return xr.Dataset(
        {"activation": (("stimulus", "unit"), activation.astype("float32"))},
        label_coordinates(labels),
        about,
    )


@pytest.fixture(scope="module")
def sets():
    return weak(80, 1, silent=(4, 500)), weak(60, 2)


def test_weak_signals_are_decoded_alike(many, sets):
    train, test = (file["activation"] for file in sets)
    shown, asked = (np.tile(EXPRESSIONS, n) for n in (80, 60))
    few = classify(train, shown, test, 12)
    many(2**19)
    found = classify(train, shown, test, 12)
    assert (found == few).mean() > 0.97
    counts = [confusion_counts(asked, one) for one in (found, few)]
    assert 0.3 < accuracy(counts[1]) < 0.8
    assert accuracy(counts[0]) == pytest.approx(accuracy(counts[1]), abs=0.015)
    np.testing.assert_allclose(proportions(counts[0]), proportions(counts[1]), atol=0.04)


def test_a_whole_confusion(many, sets, layer, tmp_path):
    """From files, of which neutral faces are not read, and with an expression that is not shown."""
    shown = np.tile((*EXPRESSIONS[:5], "neutral"), 80)
    labels = pd.DataFrame({"expression": shown, "identity": np.repeat(np.arange(80), 6)})
    training, test = sets[0].assign_coords(label_coordinates(labels)), sets[1]
    units = layer.found(np.arange(900) < 200, constant=np.isin(np.arange(900), (4, 7)))
    settings = {"n_components": 12, "retrainings": 6, "draws": 3, "folds": 3, "noise_draws": 6}
    for name, file in {"train": training, "test": test}.items():
        write_dataset(file, tmp_path / f"{name}.nc")
    files = [open_dataset(tmp_path / f"{name}.nc", "activations") for name in ("train", "test")]
    few = confusion(*files, units, **settings)
    many(2**19)
    found = confusion(*files, units, **settings)
    for file in files:
        file.close()
    for name in ("n_units", "n_draws", "note"):
        assert found[name].to_numpy().tolist() == few[name].to_numpy().tolist()
    assert found["n_units"].to_numpy().tolist() == [198, 897, 198]
    for name, least in {"answer": 0.95, "answer_within": 0.95, "answer_retrained": 0.8}.items():
        answers, expected = read_answers(found, name), read_answers(few, name)
        assert ((answers == NONE) == (expected == NONE)).all()
        assert (answers == expected)[expected != NONE].mean() > least
    assert "surprise" not in read_answers(found)
    assert "surprise" in read_answers(found, "answer_within")
    right = accuracy(few["count"].to_numpy())
    assert 0.15 < right.min() < right.max() < 0.8
    np.testing.assert_allclose(accuracy(found["count"].to_numpy()), right, atol=0.02)
    within = accuracy(few["count_within"].to_numpy())
    np.testing.assert_allclose(accuracy(found["count_within"].to_numpy()), within, atol=0.02)
    assert found["noisy"].sum("answered").equals(few["noisy"].sum("answered"))


def test_retrained_classifiers_are_as_far_from_the_first(many, sets, layer):
    """That is what the intervals of accuracy take from them."""
    units = layer.found(np.zeros(900))
    few = confusion(*sets, units, n_components=12, retrainings=12)
    many(2**19)
    found = confusion(*sets, units, n_components=12, retrainings=12)
    shares = [
        (read_answers(one, "answer_retrained")[1] == read_answers(one)[1, 0]).mean()
        for one in (found, few)
    ]
    assert shares[0] == pytest.approx(shares[1], abs=0.03)
    assert 0.4 < shares[1] < 0.9


def test_populations_are_decoded_and_what_takes_differences_is_left_out(many, sets, layer):
    units = layer.found(np.arange(900) < 200)
    settings = {"n_components": 12, "draws": 2}
    few = decode_populations(*sets, units, **settings)
    many(2**19)
    found = decode_populations(*sets, units, **settings)
    assert found["n_units"].to_numpy().tolist() == few["n_units"].to_numpy().tolist()
    right, expected = (one["hits"].sum(["identity", "expression"]) for one in (found, few))
    asked = few["shown"].sum(["identity", "expression"])
    assert float((abs(right - expected) / asked).max()) < 0.03
    assert expected.to_numpy().max() > 150
    ablated = ablation(*sets, units, n_components=12, ablations=5)
    assert ablated["n_draws"].to_numpy().tolist() == [0, 0, 0]
    assert set(ablation_table([ablated], 50)["note"]) == {NOTE}
    changed = gain_table([gain(*sets, units, n_components=12, draws=5)], 50)
    assert set(changed["note"]) == {NOTE}
    assert changed["change"].isna().all()
