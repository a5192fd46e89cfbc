import numpy as np
import pandas as pd
import pytest
import xarray as xr
from sklearn.decomposition import PCA
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from nurture.confusion.confusion import confusion, read_answers
from nurture.confusion.confusion_tables import confusion_scores
from nurture.confusion.matrices import accuracy, confusion_counts, proportions
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import label_coordinates, open_dataset, write_dataset
from nurture.decoding.classifier import (
    classify,
    component_scores,
    fit_classifier,
    redrawn,
    stimulus_products,
)

ABOUT = {"network": "net", "training": "none", "layer": "conv"}


def principal_scores(train, test, n_components, chosen=None):
    return component_scores(stimulus_products(train, test, n_components, chosen), n_components)


def pipeline(n_components):
    return make_pipeline(
        StandardScaler(), PCA(n_components, svd_solver="full"), StandardScaler()
    ).set_output(transform="default")


def activation_file(activation, expression):
    labels = pd.DataFrame({"expression": expression, "identity": range(len(expression))})
    return xr.Dataset(
        {"activation": (("stimulus", "unit"), activation)}, label_coordinates(labels), ABOUT
    )


def units(selective, constant=None):
    constant = np.zeros(len(selective), "int8") if constant is None else constant
    return xr.Dataset(
        {"selective": ("unit", np.asarray(selective, "int8")), "constant": ("unit", constant)},
        attrs=ABOUT,
    )


def planted(n_identities, seed, n_units=60, n_selective=20):
    """Responses whose first units follow expression, the others nothing."""
    expression = np.tile(EXPRESSIONS, n_identities)
    rng = np.random.default_rng(seed)
    activation = rng.normal(size=(len(expression), n_units))
    effect = np.random.default_rng(0).normal(scale=3, size=(6, n_selective))
    activation[:, :n_selective] += effect[np.tile(np.arange(6), n_identities)]
    return activation_file(activation.astype("float32"), expression)


@pytest.mark.parametrize(
    ("n_units", "n_components", "expected"),
    [(200, 8, 8), (3000, 8, 8), (5, 8, 5), (200, 50, 29)],
    ids=["more-units", "many-blocks", "few-units", "few-stimuli"],
)
def test_scores_equal_scikit_learn(n_units, n_components, expected):
    rng = np.random.default_rng(4)
    mixing = rng.normal(size=(40, n_units))
    train, test = (5 + rng.normal(size=(n, 40)) @ mixing for n in (30, 17))
    scores, test_scores = principal_scores(train, test, n_components)
    reference = pipeline(expected).fit(train)
    assert scores.shape == (30, expected)
    sign = np.sign((scores * reference.transform(train)).sum(axis=0))
    np.testing.assert_allclose(scores * sign, reference.transform(train), atol=1e-7)
    np.testing.assert_allclose(test_scores * sign, reference.transform(test), atol=1e-7)


def test_constant_and_unchosen_units_add_nothing():
    rng = np.random.default_rng(1)
    train, test = rng.normal(size=(20, 9)), rng.normal(size=(8, 9))
    train[:, 2] = 7
    chosen = np.arange(9) != 5
    scores, test_scores = principal_scores(train, test, 50, chosen)
    keep = [0, 1, 3, 4, 6, 7, 8]
    expected, test_expected = principal_scores(train[:, keep], test[:, keep], 50)
    assert scores.shape == (20, 7)
    np.testing.assert_allclose(scores, expected)
    np.testing.assert_allclose(test_scores, test_expected)


def test_no_responding_unit_gives_no_scores():
    scores, test_scores = principal_scores(np.ones((4, 3)), np.ones((2, 3)), 5)
    assert (scores.shape, test_scores.shape) == ((4, 0), (2, 0))


def test_duplicated_units_do_not_make_components_of_rounding():
    train = np.random.default_rng(0).normal(size=(20, 2))[:, [0, 1, 0, 1, 0, 1]]
    scores, _ = principal_scores(train, train, 50)
    assert scores.shape == (20, 2)


@pytest.mark.parametrize("C", [0.001, 1.0])
def test_answers_equal_scikit_learn(C):
    rng = np.random.default_rng(9)
    expression = np.tile(EXPRESSIONS, 20)
    effect = rng.normal(size=(6, 300))[np.tile(np.arange(6), 20)]
    train, test = (rng.normal(scale=5, size=(120, 300)) + effect for _ in range(2))
    answered = classify(train, expression, test, 15, C)
    svc = SVC(kernel="linear", C=C, break_ties=True)
    reference = make_pipeline(pipeline(15), svc).fit(train, expression)
    assert 0.3 < (answered == expression).mean() < 0.9
    assert answered.tolist() == reference.predict(test).tolist()


def pairwise_decisions(svc, scores):
    """Decide every pair of expressions, by its own classifier of two, from nothing shared."""
    names = svc.classes_
    values = svc.set_params(decision_function_shape="ovo", break_ties=False).decision_function(
        scores
    )
    votes, strength = np.zeros((2, len(scores), len(names)))
    pairs = [(i, j) for i in range(len(names)) for j in range(i + 1, len(names))]
    for value, (i, j) in zip(values.T, pairs, strict=True):
        votes[:, i] += value > 0
        votes[:, j] += value <= 0
        strength[:, i] += value
        strength[:, j] -= value
    return votes, strength


def test_tied_votes_are_decided_by_the_decision_values():
    rng = np.random.default_rng(2)
    scores, test = rng.normal(size=(120, 10)), rng.normal(size=(600, 10))
    svc = fit_classifier(scores, np.tile(EXPRESSIONS, 20), 1.0)
    answered = svc.predict(test)
    votes, strength = pairwise_decisions(svc, test)
    first = votes == votes.max(axis=1, keepdims=True)
    assert (first.sum(axis=1) > 1).mean() > 0.05
    expected = svc.classes_[np.where(first, strength, -np.inf).argmax(axis=1)]
    assert answered.tolist() == expected.tolist()


def test_in_noise_every_expression_gets_its_share_of_answers():
    """Ties once went to the first of the alphabet: anger got .21 of the answers."""
    rng, count = np.random.default_rng(5), np.zeros(6)
    for _ in range(25):
        train, test = rng.normal(size=(60, 20)), rng.normal(size=(300, 20))
        answered = classify(train, np.tile(EXPRESSIONS, 10), test, 20)
        count += [(answered == name).sum() for name in EXPRESSIONS]
    share = count / count.sum()
    # Between classifiers a share varies by .04: .008 is the standard error over 25 of them.
    np.testing.assert_allclose(share, 1 / 6, atol=0.025)


def test_an_answer_does_not_depend_on_the_other_test_stimuli():
    train, test = planted(10, 1)["activation"], planted(5, 2)["activation"].to_numpy()
    expression = np.tile(EXPRESSIONS, 10)
    _, together = principal_scores(train, test, 10)
    _, alone = principal_scores(train, test[3:4], 10)
    np.testing.assert_allclose(together[3:4], alone, rtol=1e-9)
    assert classify(train, expression, test[3:4], 10)[0] == classify(train, expression, test, 10)[3]


def test_redrawn_training_stimuli_equal_scikit_learn():
    rng = np.random.default_rng(6)
    mixing = rng.normal(size=(40, 300))
    train, test = (5 + rng.normal(size=(n, 40)) @ mixing for n in (30, 17))
    stimuli = rng.integers(0, 30, 30)
    found = component_scores(redrawn(stimulus_products(train, test, 8), stimuli), 8)
    # Units keep the scale they have over all training stimuli.
    scaler = StandardScaler().fit(train)
    drawn = scaler.transform(train)[stimuli]
    reference = make_pipeline(PCA(8, svd_solver="full"), StandardScaler()).fit(drawn)
    expected = reference.transform(drawn), reference.transform(scaler.transform(test))
    sign = np.sign((found[0] * expected[0]).sum(axis=0))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one * sign, other, atol=1e-7)


def test_redrawing_every_stimulus_once_changes_nothing():
    train, test = planted(10, 1)["activation"], planted(5, 2)["activation"]
    products = stimulus_products(train, test, 8)
    same = redrawn(products, np.arange(60))
    np.testing.assert_allclose(same.train, products.train, atol=1e-9)
    np.testing.assert_allclose(same.test, products.test, atol=1e-9)
    assert same.n_live == products.n_live


def test_one_expression_cannot_train():
    with pytest.raises(NurtureError, match="only fear to train"):
        classify(np.ones((3, 2)), ["fear"] * 3, np.ones((1, 2)), 5)


def test_counts_proportions_and_accuracy():
    shown = ["anger", "anger", "anger", "anger", "fear", "surprise", "surprise"]
    answered = ["anger", "anger", "anger", "disgust", "sadness", "surprise", "fear"]
    count = confusion_counts(shown, answered)
    assert count[0].tolist() == [3, 1, 0, 0, 0, 0]
    assert count[2].tolist() == [0, 0, 0, 0, 1, 0]
    assert count[5].tolist() == [0, 0, 1, 0, 0, 1]
    share = proportions(count)
    assert share[0].tolist() == [0.75, 0.25, 0, 0, 0, 0]
    assert np.isnan(share[1]).all()
    assert accuracy(count) == pytest.approx((0.75 + 0 + 0.5) / 3)
    assert np.isnan(accuracy(np.zeros((6, 6), int)))


def test_planted_selective_units_tell_expressions_apart(tmp_path):
    result = confusion(planted(20, 1), planted(15, 2), units(np.arange(60) < 20))
    count = result["count"].to_numpy()
    assert count.sum(axis=-1).tolist() == [[15] * 6] * 3
    assert result["n_units"].to_numpy().tolist() == [20, 60, 20]
    assert accuracy(count[0]) > 0.97
    assert accuracy(count[1]) > 0.9
    assert 0.05 < accuracy(count[2]) < 0.32
    assert result["note"].to_numpy().tolist() == ["", "", ""]
    for name in ("a", "b"):
        write_dataset(result, tmp_path / f"{name}.nc")
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    with open_dataset(tmp_path / "a.nc", "confusion", ["count"]) as read:
        xr.testing.assert_identical(read.load(), result)


def test_every_answer_is_kept():
    test = planted(15, 2)
    result = confusion(planted(20, 1), test, units(np.arange(60) < 20))
    answers = read_answers(result)
    assert answers.shape == (3, 1, 90)
    answers = answers[:, 0]
    xr.testing.assert_identical(result.coords["identity"], test.coords["identity"])
    for one, count in zip(answers, result["count"].to_numpy(), strict=True):
        assert confusion_counts(np.tile(EXPRESSIONS, 15), one).tolist() == count.tolist()
    train = planted(20, 1)["activation"]
    expected = classify(train, np.tile(EXPRESSIONS, 20), test["activation"], 50)
    assert answers[1].tolist() == expected.tolist()


def test_classifiers_are_trained_again_on_redrawn_identities(tmp_path):
    files = planted(20, 1), planted(15, 2), units(np.arange(60) < 20)
    result = confusion(*files, retrainings=4)
    again = read_answers(result, "answer_retrained")
    assert again.shape == (3, 4, 90)
    shown = np.tile(EXPRESSIONS, 15)
    assert ((again[0] == shown).mean(axis=1) > 0.9).all()
    first = read_answers(result)[2, 0]
    assert all(0 < (one != first).mean() < 1 for one in again[2])
    assert len({tuple(one) for one in again[2]}) == 4
    other = confusion(*files, retrainings=4, seed=1)
    assert (other["answer_retrained"] != result["answer_retrained"]).any()
    write_dataset(result, tmp_path / "a.nc")
    with open_dataset(tmp_path / "a.nc", "confusion", ["answer_retrained"]) as read:
        xr.testing.assert_identical(read.load(), result)


def test_redrawn_identities_bring_all_their_stimuli():
    """Nothing but identity 0 tells expressions apart: without it a classifier can but guess."""
    rng = np.random.default_rng(0)
    identity = np.repeat(np.arange(6), 6)
    expression = np.tile(EXPRESSIONS, 6)
    labels = pd.DataFrame({"expression": expression, "identity": identity})
    signal = np.where(identity[:, None] == 0, np.eye(6)[np.tile(np.arange(6), 6)], 0)
    activation = 50 * signal[:, np.arange(30) % 6] + rng.normal(size=(36, 30))
    file = xr.Dataset(
        {"activation": (("stimulus", "unit"), activation)}, label_coordinates(labels), ABOUT
    )
    result = confusion(file, file, units(np.zeros(30)), retrainings=40)
    right = read_answers(result, "answer_retrained")[1][:, :6] == expression[:6]
    share = right.mean(axis=1)
    # Identity 0 is missing from a sample of six with probability (5 / 6) ** 6 = .33.
    assert 5 <= (share < 0.5).sum() <= 22
    assert (share == 1).sum() >= 18


def test_components_c_and_seed_reach_the_classifier():
    files = planted(20, 1), planted(15, 2), units(np.arange(60) < 20)
    count = confusion(*files)["count"]
    changed = [
        confusion(*files, **{name: value})["count"]
        for name, value in {"n_components": 2, "C": 1e-4, "seed": 1}.items()
    ]
    assert [
        (other != count).any(["shown", "answered"]).to_numpy().tolist() for other in changed
    ] == [[True, True, True], [False, False, True], [False, False, True]]


def test_only_basic_expressions_are_judged():
    expression = np.tile((*EXPRESSIONS, "neutral"), 12)
    activation = np.random.default_rng(0).normal(size=(84, 30))
    file = activation_file(activation, expression)
    result = confusion(file, file, units(np.arange(30) < 10))
    assert result["count"].sum(["shown", "answered"]).to_numpy().tolist() == [72, 72, 72]


@pytest.mark.parametrize("n_selective", [0, 9])
def test_too_few_selective_units_is_a_result(n_selective):
    result = confusion(planted(6, 1), planted(4, 2), units(np.arange(60) < n_selective))
    note = f"too few selective units ({n_selective} < 10)"
    assert result["note"].to_numpy().tolist() == [note, "", note]
    assert result["count"].sum(["shown", "answered"]).to_numpy().tolist() == [0, 24, 0]
    assert (read_answers(result)[[0, 2]] == "none").all()


def test_units_that_are_silent_in_training_do_not_count():
    """Twelve were selected, and an identification of six expressions once rested on the others."""
    training = planted(6, 1)
    training["activation"][:, :3] = 0
    result = confusion(training, planted(4, 2), units(np.arange(60) < 12))
    assert result["n_units"].to_numpy().tolist() == [9, 57, 9]
    assert result["note"].to_numpy().tolist()[0] == "too few selective units (9 < 10)"


def test_nonselective_units_are_drawn_several_times():
    files = planted(20, 1, 90, 40), planted(15, 2, 90, 40), units(np.arange(90) < 20)
    result = confusion(*files, draws=5)
    assert result["n_draws"].to_numpy().tolist() == [1, 1, 5]
    answers = read_answers(result)
    assert (answers[:2, 1:] == "none").all()
    assert len({tuple(one) for one in answers[2]}) == 5
    each = [confusion_counts(np.tile(EXPRESSIONS, 15), one) for one in answers[2]]
    assert result["count"][2].to_numpy().tolist() == np.sum(each, axis=0).tolist()
    scores = confusion_scores([result]).set_index("population")
    mean = np.mean([accuracy(one) for one in each])
    assert scores.loc["nonselective", "accuracy"] == pytest.approx(mean)
    assert scores.loc["nonselective", ["n_units", "n_draws"]].tolist() == [20, 5]


def test_training_within_the_test_set_equals_scikit_learn():
    training, test = planted(12, 1), planted(10, 2)
    # Seen from elsewhere, units follow expressions in another way.
    test["activation"][:] = np.roll(test["activation"], 2, axis=1)
    result = confusion(training, test, units(np.arange(60) < 20), n_components=8, folds=4)
    identity = test["identity"].to_numpy()
    parts = np.array_split(np.random.default_rng(0).permutation(np.unique(identity)), 4)
    fold = np.array([[one in part for part in parts].index(True) for one in identity])
    svc = SVC(kernel="linear", C=1.0, break_ties=True)
    expected = cross_val_predict(
        make_pipeline(pipeline(8), svc),
        test["activation"].to_numpy().astype(float),
        np.tile(EXPRESSIONS, 10),
        cv=PredefinedSplit(fold),
    )
    assert read_answers(result, "answer_within")[1, 0].tolist() == expected.tolist()
    scores = confusion_scores([result]).set_index("population").loc["all"]
    assert scores["accuracy"] < 0.6 < 0.85 < scores["accuracy_within"]


def test_answers_through_noise(tmp_path):
    files = planted(20, 1), planted(15, 2), units(np.arange(60) < 20)
    result = confusion(*files, draws=4, noise_draws=20)
    noisy = result["noisy"].to_numpy()
    assert noisy.shape == (3, 4, 25, 90, 6)
    assert noisy.sum(axis=-1)[:, :, 3, 7].tolist() == [[20, 0, 0, 0], [20, 0, 0, 0], [5] * 4]
    answers = read_answers(result)
    without = np.array(EXPRESSIONS)[noisy[:, :, 0].argmax(axis=-1)]
    assert (without[answers != "none"] == answers[answers != "none"]).all()
    write_dataset(result, tmp_path / "a.nc")
    with open_dataset(tmp_path / "a.nc", "confusion", ["noisy"]) as read:
        assert read["noisy"].encoding["complevel"] == 1
        xr.testing.assert_identical(read.load(), result)


def test_files_of_different_layers():
    with pytest.raises(NurtureError, match=r"generalisation set: .* 60"):
        confusion(planted(6, 1), planted(4, 2, n_units=50), units(np.arange(60) < 20))
    other = planted(4, 2).assign_attrs(layer="conv2")
    with pytest.raises(NurtureError, match=r"generalisation set: .*conv2"):
        confusion(planted(6, 1), other, units(np.arange(60) < 20))
