import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from nurture.confusion.matrices import accuracy, confusion_counts
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS, NOBODY
from nurture.core.files import label_coordinates, read_labels
from nurture.decoding.classifier import classify
from nurture.decoding.readout import (
    chance,
    check_identities,
    hit_rate,
    make_readout,
    recognisable,
    recognise,
    resampled_rate,
)
from nurture.statistics.resampling import interval, resample

PARTS = {"expression": 6, "both": 8, "noise": 3.0}


def standardised(training, test, chosen):
    """Both sets standardised by the training set, by scikit-learn."""
    seen, new = (
        file["activation"].to_numpy()[:, chosen].astype(float) for file in (training, test)
    )
    scaler = StandardScaler().fit(seen)
    return scaler.transform(seen), scaler.transform(new)


@pytest.mark.parametrize(
    ("n_units", "rows"),
    [(40, np.arange(40)), (40, np.array([3, 8, 11, 30])), (5000, np.arange(5000))],
    ids=["all", "four", "many-blocks"],
)
def test_products_are_sums_over_standardised_units(layer, n_units, rows):
    training, test = layer.faces(5, 0, 1, n_units), layer.faces(4, 50, 2, n_units)
    products = make_readout(training, test, np.ones(n_units, bool), 10, 1.0).products(rows)
    seen, new = standardised(training, test, rows)
    np.testing.assert_allclose(products.train, seen @ seen.T, atol=1e-8)
    np.testing.assert_allclose(products.test, new @ seen.T, atol=1e-8)
    assert products.n_live == len(rows)


def test_units_that_are_not_live_or_constant_over_the_training_set_add_nothing(layer):
    training, test = layer.faces(5, 0, 1), layer.faces(4, 50, 2)
    training["activation"][:, 7] = 3
    live = np.arange(40) != 4
    products = make_readout(training, test, live, 10, 1.0).products(np.arange(39))
    seen, _ = standardised(training, test, [i for i in range(40) if i not in (4, 7)])
    np.testing.assert_allclose(products.train, seen @ seen.T, atol=1e-9)
    assert products.n_live == 38


@pytest.mark.parametrize("C", [0.001, 1.0])
def test_expression_is_answered_as_by_the_classifier_of_the_confusions(layer, C):
    training, test = layer.faces(12, 0, 1, **PARTS), layer.faces(9, 50, 2, **PARTS)
    rows = np.arange(0, 40, 2)
    readout = make_readout(training, test, np.ones(40, bool), 10, C)
    hits, shown = readout.hits(readout.products(rows))[0], readout.shown[0]
    seen, new = (read_labels(file)["expression"] for file in (training, test))
    data = training["activation"], seen, test["activation"]
    answered = classify(*data, 10, C, np.isin(np.arange(40), rows))
    assert 0.2 < (answered == new).mean() < 0.95
    assert hit_rate(hits, shown) == pytest.approx(accuracy(confusion_counts(new, answered)))
    pipeline = make_pipeline(
        *(StandardScaler(), PCA(10, svd_solver="full"), StandardScaler()),
        SVC(kernel="linear", C=C, break_ties=True),
    )
    x = [file["activation"].to_numpy()[:, rows].astype(float) for file in (training, test)]
    assert answered.tolist() == pipeline.fit(x[0], seen).predict(x[1]).tolist()


def test_identity_is_answered_as_by_scikit_learn(layer):
    training, test = layer.faces(12, 0, 1, **PARTS), layer.faces(9, 50, 2, **PARTS)
    readout = make_readout(training, test, np.ones(40, bool), 10, 1.0)
    hits = readout.hits(readout.products(np.arange(40)))[1]
    scores = make_pipeline(StandardScaler(), PCA(10, svd_solver="full"), StandardScaler())
    scores.fit(training["activation"].to_numpy().astype(float))
    labels = read_labels(test)
    answered = cross_val_predict(
        LinearDiscriminantAnalysis(),
        scores.transform(test["activation"].to_numpy().astype(float)),
        labels["identity"],
        groups=labels["expression"],
        cv=LeaveOneGroupOut(),
    )
    right = (answered == labels["identity"].to_numpy()).reshape(9, 6)
    assert 0.2 < right.mean() < 0.95
    assert hits.tolist() == right.astype(int).tolist()


def test_only_those_are_asked_who_are_known_from_another_expression():
    expression = np.array(["anger", "fear", "anger", "fear", "anger", "fear", "fear", "anger"])
    identity = np.array([1, 1, 2, 2, 3, NOBODY, 2, 1])
    asked = [True, True, True, True, False, False, True, True]
    # Of whom only fear is known, 1 and 2 are three faces; of whom only anger is, four faces.
    assert recognisable(expression, identity).tolist() == asked
    scores = identity[:, None] + np.linspace(0, 0.1, 8)[:, None]
    assert recognise(scores, expression, identity).tolist() == [1, 1, 2, 2, -1, -1, 2, 1]


@pytest.mark.parametrize(
    ("faces", "components", "repeated"),
    [(6, 10, 0), (6, 50, 0), (3, 50, 0), (6, 10, 4)],
    ids=["few components", "many", "fewer faces than components", "components that repeat others"],
)
@pytest.mark.parametrize("noise", [0.3, 2.0], ids=["clear", "hard"])
def test_identities_are_named_as_by_scikit_learn(faces, components, repeated, noise):
    random = np.random.default_rng(1)
    identity = np.delete(np.repeat(np.arange(20), faces), [1, 8])
    expression = np.delete(np.tile(EXPRESSIONS[:faces], 20), [1, 8])
    scores = random.normal(size=(20, components))[identity]
    scores += noise * random.normal(size=scores.shape) * random.uniform(0.01, 1, components)
    scores = np.hstack([scores, scores[:, :repeated] @ random.normal(size=(repeated, repeated))])
    answered = recognise(scores, expression, identity)
    for name in EXPRESSIONS[:faces]:
        new = expression == name
        expected = LinearDiscriminantAnalysis().fit(scores[~new], identity[~new])
        assert answered[new].tolist() == expected.predict(scores[new]).tolist()


@pytest.mark.parametrize(
    ("expression", "identity"),
    [(["anger", "fear"] * 2, [1, 1, 2, 2]), (["anger", "fear"] * 3, [NOBODY] * 6)],
    ids=["one face to learn from", "nobody known"],
)
def test_nobody_to_recognise(expression, identity):
    assert not recognisable(np.array(expression), np.array(identity)).any()
    answered = recognise(np.ones((len(identity), 2)), np.array(expression), np.array(identity))
    assert set(answered) == {NOBODY}
    assert np.isnan(hit_rate(np.zeros((2, 6)), np.zeros((2, 6))))


def test_chance_of_guessing():
    shown = np.ones((2, 5, 6), int)
    shown[1, 4] = 0
    assert chance(shown).tolist() == [1 / 6, 1 / 4]
    shown[:, :, :2] = 0
    assert chance(shown).tolist() == [1 / 4, 1 / 4]
    assert np.isnan(chance(0 * shown)).all()


@pytest.mark.parametrize(
    ("first", "fault"),
    [
        pytest.param((0, 5, 9), None, id="apart"),
        pytest.param(
            (0, 5, 8), "test_on and train_on: .* 1 of them, the first 8;", id="train-test"
        ),
        pytest.param((0, 3, 9), "train_on and select_on: .* the first 3;", id="select-train"),
        pytest.param((20, 5, 20), "test_on and select_on: .* 3 of them", id="select-test"),
    ],
)
def test_a_shared_identity_is_refused(layer, first, fault):
    pairs = [("train_on", "select_on"), ("test_on", "train_on"), ("test_on", "select_on")]
    roles = ("select_on", "train_on", "test_on")
    files = {
        role: layer.faces(n, start, 1)
        for role, n, start in zip(roles, (5, 4, 3), first, strict=True)
    }
    if fault:
        with pytest.raises(NurtureError, match=fault):
            check_identities(pairs, **files)
    else:
        check_identities(pairs, **files)
    check_identities([], **files)


def test_identities_of_whom_nothing_is_known_are_not_the_same(layer):
    labels = read_labels(layer.faces(2, 0, 1)).assign(identity=NOBODY)
    file = layer.faces(2, 0, 1).assign_coords(label_coordinates(labels))
    check_identities([("a", "b")], a=file, b=file)


def of_identities(layer, names, identities):
    """Faces numbered from 0, whoever they are."""
    labels = read_labels(layer.faces(len(names), 0, 1))
    person = np.repeat(names, 6).astype(object)
    labels = labels.assign(person=person, numbering=identities)
    return layer.faces(len(names), 0, 1).assign_coords(label_coordinates(labels))


def test_identities_are_compared_by_their_names_and_not_by_their_numbers(layer):
    files = {
        "mine": of_identities(layer, ["P1", "Ann Lee"], "mine"),
        "others": of_identities(layer, ["P1", "Ann Lee"], "others"),
        "again": of_identities(layer, ["P7", "ANN LEE"], "mine"),
        "rendered": layer.faces(2, 0, 1),
    }
    check_identities([("mine", "others"), ("mine", "rendered"), ("others", "again")], **files)
    with pytest.raises(
        NurtureError, match=r"the same identities are shown, 1 .* the first Ann Lee;"
    ):
        check_identities([("mine", "again")], **files)


def test_hit_rate_weighs_expressions_alike_and_identities_as_often_as_drawn():
    rng = np.random.default_rng(0)
    shown = rng.integers(0, 4, (7, 6))
    hits = rng.binomial(shown, 0.4)
    drawn = np.array([0, 0, 2, 3, 3, 3, 6])
    expected = np.mean(hits[drawn].sum(axis=0) / shown[drawn].sum(axis=0))
    assert hit_rate(hits, shown, np.bincount(drawn, minlength=7)) == pytest.approx(expected)
    several = hit_rate(np.stack([hits, shown]), shown)
    assert several.tolist() == pytest.approx([np.mean(hits.sum(axis=0) / shown.sum(axis=0)), 1])


def test_intervals_cover_the_accuracy_among_all_identities():
    """Identities differ in how well they are read; an interval knows 40 of them, six faces each."""
    rng, covered, n = np.random.default_rng(5), 0, 400
    for seed in range(n):
        skill = rng.beta(3, 2, 40)  # mean .6
        hits, shown = rng.binomial(1, skill[:, None], (40, 6)), np.ones((40, 6), int)
        weights = resample(40, 400, seed)
        lower, upper = interval(resampled_rate(hits[None], shown, weights, seed), 40)
        covered += lower <= 0.6 <= upper
    assert abs(covered / n - 0.95) < 3 * np.sqrt(0.95 * 0.05 / n)


def test_intervals_include_what_draws_of_units_differ_by():
    hits, shown = np.zeros((2, 30, 6), int), np.ones((30, 6), int)
    hits[1] = 1
    rates = resampled_rate(hits, shown, resample(30, 1000, 1), 2)
    assert set(rates) == {0, 1}
    assert 0.45 < rates.mean() < 0.55


def test_one_expression_cannot_train(layer):
    training = layer.faces(2, 0, 1)
    training = training.isel(stimulus=read_labels(training)["expression"].to_numpy() == "fear")
    with pytest.raises(NurtureError, match="only fear to train"):
        make_readout(training, layer.faces(2, 5, 1), np.ones(40, bool), 5, 1.0)


def test_faces_of_unknown_identities_are_resampled_one_by_one(layer):
    test = layer.faces(2, 50, 2)
    labels = read_labels(test)
    labels.loc[3:, "identity"] = NOBODY
    test = test.assign_coords(label_coordinates(labels))
    readout = make_readout(layer.faces(4, 0, 1), test, np.ones(40, bool), 5, 1.0)
    assert readout.identities.tolist() == [*range(-9, 0), 50]
    assert readout.shown[0].sum(axis=1).tolist() == [1] * 9 + [3]
    assert readout.shown[1].sum() == 0


def test_only_basic_expressions_are_asked(layer):
    test = layer.faces(4, 50, 2)
    labels = read_labels(test)
    labels.loc[:5, "expression"] = "neutral"
    test = test.assign_coords(label_coordinates(labels))
    readout = make_readout(layer.faces(4, 0, 1), test, np.ones(40, bool), 5, 1.0)
    assert readout.identities.tolist() == [51, 52, 53]
    assert readout.shown.tolist() == np.ones((2, 3, 6)).tolist()
    assert set(readout.expression) == set(EXPRESSIONS)
