import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import kstest

from nurture.confusion.accuracy_tables import without_bias
from nurture.confusion.choice import CORRECTION, fit_choice, fit_p, unbiased_accuracy

PAIRS = np.triu_indices(6, 1)


def quasi_symmetry(count):
    """The log-linear model of quasi-symmetry as a Poisson regression of statsmodels."""
    row, column = np.indices((6, 6)).reshape(2, -1)
    pair = {frozenset(p): i for i, p in enumerate(zip(*PAIRS, strict=True))}
    design = np.zeros((36, 6 + 5 + 15))
    design[np.arange(36), row] = 1
    for cell, (i, j) in enumerate(zip(row, column, strict=True)):
        if j:
            design[cell, 5 + j] = 1
        if i != j:
            design[cell, 11 + pair[frozenset((i, j))]] = 1
    family = sm.families.Poisson()
    return sm.GLM(count.ravel(), design, family=family).fit(tol=1e-13, maxiter=200)


def planted(similarity, bias):
    shares = similarity * bias
    return shares / shares.sum(axis=1, keepdims=True)


def random_similarity(rng):
    similarity = np.eye(6)
    similarity[PAIRS] = rng.uniform(0.02, 0.6, 15)
    return np.maximum(similarity, similarity.T)


@pytest.mark.parametrize("spread", [0.2, 1.0, 5.0], ids=["many-empty-cells", "some", "flat"])
def test_equals_poisson_regression(spread):
    rng = np.random.default_rng(1)
    count = rng.multinomial(67, rng.dirichlet(np.full(6, spread), (4, 6)))
    choice = fit_choice(count)
    for i, matrix in enumerate(count):
        reference = quasi_symmetry(matrix + CORRECTION)
        bias = np.exp([0, *reference.params[6:11]])
        np.testing.assert_allclose(choice.bias[i], bias / bias.sum(), rtol=1e-6)
        similarity = np.exp(reference.params[11:])
        np.testing.assert_allclose(choice.similarity[i][PAIRS], similarity, rtol=1e-6)
        assert choice.deviance[i] == pytest.approx(reference.deviance, abs=1e-8)
        assert reference.df_resid == 10
        np.testing.assert_array_equal(choice.similarity[i], choice.similarity[i].T)


def test_finds_planted_similarity_and_bias():
    rng = np.random.default_rng(2)
    similarity, bias = random_similarity(rng), np.array([0.5, 0.1, 0.05, 0.2, 0.1, 0.05])
    choice = fit_choice(1e9 * planted(similarity, bias))
    np.testing.assert_allclose(choice.similarity, similarity, rtol=1e-6)
    np.testing.assert_allclose(choice.bias, bias, rtol=1e-6)
    assert choice.deviance == pytest.approx(0, abs=1e-3)


def test_bias_towards_one_answer_leaves_similarity_as_it_is():
    similarity = random_similarity(np.random.default_rng(3))
    even, angry = (
        fit_choice(1e9 * planted(similarity, np.array([first, 1, 1, 1, 1, 1]))) for first in (1, 20)
    )
    np.testing.assert_allclose(angry.similarity, even.similarity, rtol=1e-6)
    np.testing.assert_allclose(even.bias, 1 / 6, rtol=1e-6)
    assert angry.bias[0] == pytest.approx(20 / 25)


def test_accuracy_without_bias():
    similarity = np.full((6, 6), 0.1) + 0.9 * np.eye(6)
    angry = fit_choice(1e9 * planted(similarity, np.array([20, 1, 1, 1, 1, 1])))
    assert unbiased_accuracy(angry) == pytest.approx(1 / 1.5)


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [pytest.param(67, 0, 1.0, id="never wrong"), pytest.param(42, 5, 42 / 67, id="no bias")],
)
def test_the_correction_does_not_lower_accuracy_without_bias(right, wrong, expected):
    count = np.full((6, 6), wrong)
    np.fill_diagonal(count, right)
    assert without_bias(count) == pytest.approx(expected)


def test_equal_biases_bring_what_the_model_says():
    similarity = np.full((6, 6), 0.1) + 0.9 * np.eye(6)
    angry = 1e9 * planted(similarity, np.array([20, 1, 1, 1, 1, 1]))
    assert without_bias(angry) == pytest.approx(1 / 1.5)


def test_correction_of_empty_cells():
    # Never confused in ten answers each: half an answer a cell, so .5 / 10.5.
    choice = fit_choice(10 * np.eye(6))
    np.testing.assert_allclose(choice.similarity[PAIRS], 1 / 21)
    np.testing.assert_allclose(choice.bias, 1 / 6)


def test_an_expression_that_was_never_shown():
    count = np.stack([np.eye(6), np.diag([1, 1, 1, 1, 1, 0])])
    choice = fit_choice(count)
    assert np.isnan(choice.similarity).all(axis=(1, 2)).tolist() == [False, True]
    assert np.isnan(fit_p(choice)).tolist() == [False, True]
    assert np.isnan(unbiased_accuracy(choice)).tolist() == [False, True]


def test_p_of_the_fit_is_uniform_when_the_model_holds():
    rng = np.random.default_rng(4)
    similarity = random_similarity(rng) ** 0.5
    shares = planted(similarity, rng.dirichlet(np.full(6, 9)))
    p = fit_p(fit_choice(rng.multinomial(2000, shares, size=(500, 6))))
    assert kstest(p, "uniform").pvalue > 0.01
    assert 0.02 < (p < 0.05).mean() < 0.08


def test_p_of_the_fit_is_small_when_confusions_are_not_of_that_kind():
    shares = 0.5 * np.eye(6) + 0.5 * np.roll(np.eye(6), 1, axis=1)
    assert fit_p(fit_choice(200 * shares)) < 1e-6
