from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau, kstest, pearsonr, spearmanr

from nurture.confusion.choice import fit_choice
from nurture.confusion.human import read_counts, read_humans
from nurture.confusion.likeness import (
    OFF,
    PAIRS,
    SMALLEST_P,
    STATISTICS,
    Observers,
    correlate_errors,
    mantel_p,
    symmetric_interval,
)
from nurture.statistics.resampling import resample

FOLDER = Path(__file__).parents[2] / "config" / "human"

# Zhou et al. (2022), networks, read from the colours of their figures to about .01.
FIG2_VGG_FACE = [
    [0.687, 0.059, 0.029, 0.029, 0.192, 0.000],
    [0.447, 0.477, 0.042, 0.000, 0.029, 0.000],
    [0.079, 0.000, 0.389, 0.000, 0.314, 0.226],
    [0.029, 0.000, 0.012, 0.926, 0.029, 0.000],
    [0.079, 0.000, 0.119, 0.000, 0.754, 0.059],
    [0.000, 0.000, 0.119, 0.000, 0.029, 0.851],
]
FIG4C_VGG_FACE = [
    [0.411, 0.240, 0.042, 0.108, 0.129, 0.064],
    [0.290, 0.311, 0.052, 0.183, 0.096, 0.059],
    [0.240, 0.204, 0.106, 0.139, 0.154, 0.148],
    [0.173, 0.102, 0.039, 0.475, 0.125, 0.079],
    [0.303, 0.154, 0.079, 0.145, 0.233, 0.079],
    [0.166, 0.125, 0.113, 0.199, 0.145, 0.233],
]
FIG4D_VGG16 = [
    [0.529, 0.281, 0.030, 0.074, 0.039, 0.042],
    [0.447, 0.341, 0.029, 0.113, 0.023, 0.042],
    [0.441, 0.273, 0.079, 0.096, 0.039, 0.079],
    [0.372, 0.243, 0.039, 0.300, 0.023, 0.030],
    [0.444, 0.314, 0.034, 0.108, 0.048, 0.039],
    [0.402, 0.226, 0.079, 0.145, 0.034, 0.106],
]
FIG4E_UNTRAINED = [
    [0.486, 0.166, 0.034, 0.101, 0.079, 0.125],
    [0.444, 0.199, 0.052, 0.113, 0.064, 0.113],
    [0.389, 0.176, 0.052, 0.106, 0.091, 0.182],
    [0.455, 0.132, 0.042, 0.183, 0.064, 0.113],
    [0.480, 0.176, 0.030, 0.102, 0.108, 0.096],
    [0.341, 0.132, 0.059, 0.108, 0.096, 0.256],
]


@pytest.mark.parametrize(
    ("network", "human", "pearson", "spearman"),
    [
        (FIG2_VGG_FACE, "zhou2022", 0.725, 0.626),
        (FIG4C_VGG_FACE, "zhou2022-natural", 0.282, 0.393),
        (FIG4D_VGG16, "zhou2022-natural", -0.107, 0.018),
        (FIG4E_UNTRAINED, "zhou2022-natural", -0.108, 0.038),
    ],
    ids=["fig2-vgg-face", "fig4-vgg-face", "fig4-vgg16", "fig4-untrained"],
)
def test_similarity_of_the_papers_networks(network, human, pearson, spearman):
    # Rows as measured: renormalised ones would break the ties among cells near 0.
    observers = pd.read_csv(FOLDER / f"{human}.csv", index_col=0).to_numpy()
    found = correlate_errors(np.array(network), observers)
    np.testing.assert_allclose(found, [pearson, spearman], atol=0.0015)


def test_similarity_equals_scipy_off_the_diagonal():
    first, second = np.random.default_rng(0).dirichlet(np.ones(6), size=(2, 6))
    off = ~np.eye(6, dtype=bool)
    expected = [pearsonr(first[off], second[off])[0], spearmanr(first[off], second[off])[0]]
    np.testing.assert_allclose(correlate_errors(first, second), expected, rtol=1e-9)
    np.fill_diagonal(first, 0.5)
    np.testing.assert_allclose(correlate_errors(first, second), expected, rtol=1e-9)


@pytest.mark.parametrize(
    "matrix", [np.eye(6), np.full((6, 6), np.nan)], ids=["no-errors", "never-shown"]
)
def test_similarity_without_variance(matrix):
    human = read_humans(FOLDER, ["muros"])["muros"]
    assert np.isnan(correlate_errors(matrix, human)).all()
    assert np.isnan(correlate_errors(human, np.eye(6))).all()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nimstim", 0.54),
        ("zhou2022-natural", 0.63),
        ("ferplus", 0.67),
        ("fairchild", 0.72),
        ("muros", 0.64),
        ("maskedfaces", 0.59),
    ],
)
def test_agreement_between_studies(name, expected):
    humans = read_humans(FOLDER, ["zhou2022", name])
    assert correlate_errors(humans["zhou2022"], humans[name])[0] == pytest.approx(
        expected, abs=0.0065
    )


@pytest.fixture(scope="module")
def humans():
    return read_humans(FOLDER, read=read_counts)


@pytest.fixture(scope="module")
def observers(humans):
    return Observers(humans)


def noisy(matrix, rng, n=67):
    """Counts of n answers to each expression."""
    return rng.multinomial(n, matrix / matrix.sum(axis=1, keepdims=True))


def random_matrix(rng):
    return 0.4 * np.eye(6) + 0.6 * rng.dirichlet(np.full(6, 0.5), 6)


REFERENCES = {
    "pearson": (pearsonr, False),
    "spearman": (spearmanr, False),
    "kendall": (kendalltau, False),
    "similarity_pearson": (pearsonr, True),
    "similarity_spearman": (spearmanr, True),
}


@pytest.mark.parametrize("statistic", STATISTICS)
def test_statistics_equal_scipy(humans, observers, statistic):
    rng = np.random.default_rng(0)
    count = np.array([noisy(random_matrix(rng), rng) for _ in range(4)])
    found = observers.compare(count)[:, STATISTICS.index(statistic)]
    reference, similar = REFERENCES[statistic]

    def cells(matrix):
        if similar:
            return fit_choice(matrix).similarity[PAIRS].round(12)
        return (matrix / matrix.sum(axis=1, keepdims=True))[OFF].round(12)

    expected = [
        [reference(cells(one), cells(human)).statistic for human in humans.values()]
        for one in count
    ]
    np.testing.assert_allclose(found[:, :-1], expected, rtol=1e-9)
    np.testing.assert_allclose(found[:, -1], np.mean(expected, axis=1), rtol=1e-9)


def test_p_equals_relabelling_by_hand(humans, observers):
    rng = np.random.default_rng(1)
    count = noisy(random_matrix(rng), rng)
    p = mantel_p(observers.relabelled(count))
    human = humans["ferplus"] / humans["ferplus"].sum(axis=1, keepdims=True)
    true = pearsonr(count[OFF], human[OFF])[0]
    every = [
        pearsonr(count[OFF], human[np.ix_(order, order)][OFF])[0]
        for order in permutations(range(6))
    ]
    assert len(every) == 720
    found = p[STATISTICS.index("pearson"), observers.names.index("ferplus")]
    assert found == pytest.approx(np.mean(np.array(every) >= true - 1e-12))


def test_p_of_the_same_matrix_is_the_smallest_possible(humans, observers):
    p = mantel_p(observers.relabelled(humans["nimstim"]))
    assert SMALLEST_P == 1 / 720
    assert p[:, observers.names.index("nimstim")].tolist() == [1 / 720] * 5


def test_p_is_uniform_when_labels_mean_nothing(observers):
    rng = np.random.default_rng(2)
    count = np.array([noisy(random_matrix(rng), rng) for _ in range(300)])
    p = mantel_p(observers.relabelled(count))[:, :, -1]
    for one in p.T:
        assert kstest(one, "uniform").pvalue > 0.01
        # 300 p values below .05: 15, standard error 3.8.
        assert 4 <= (one <= 0.05).sum() <= 27


def test_planted_likeness_is_found(humans, observers):
    rng = np.random.default_rng(3)
    human = humans["zhou2022"] / humans["zhou2022"].sum(axis=1, keepdims=True)
    errors = np.where(OFF, human, 0)
    shares = 0.5 * np.eye(6) + 0.5 * errors / errors.sum(axis=1, keepdims=True)
    by_identity = rng.multinomial(1, shares, size=(67, 6))
    draws = observers.compare(np.tensordot(resample(67, 300, 0), by_identity, axes=1))
    estimate = observers.compare(by_identity.sum(axis=0))
    lower, _ = symmetric_interval(draws, estimate)
    p = mantel_p(observers.relabelled(by_identity.sum(axis=0)))
    one = observers.names.index("zhou2022")
    assert (estimate[[0, 3], one] > 0.5).all()
    assert (lower[[0, 3], one] > 0).all()
    assert (p[:, one] < 0.05).all()


def test_intervals_cover(humans, observers):
    # Identities differ, and the network makes errors in four of ten. Of 120 samples of 67
    # identities, 95 % are 114; noise pulls correlations towards 0, so some fewer are expected.
    rng = np.random.default_rng(4)
    logits = np.log(0.6 * np.eye(6) + 0.2 * random_matrix(rng) + 0.2 * humans["zhou2022"] / 100)

    def shares(n):
        odds = np.exp(logits + rng.normal(size=(n, 6, 6)))
        return odds / odds.sum(axis=-1, keepdims=True)

    truth = observers.compare(1e6 * shares(20_000).mean(axis=0))[:, -1]
    covered = np.zeros(len(STATISTICS))
    for i in range(120):
        one = rng.multinomial(1, shares(67))
        estimate = observers.compare(one.sum(axis=0))
        draws = observers.compare(np.tensordot(resample(67, 200, i), one, axes=1))
        lower, upper = symmetric_interval(draws, estimate)
        covered += (lower[:, -1] <= truth) & (truth <= upper[:, -1])
    assert (covered >= 100).all(), covered


def test_interval_reaches_as_far_as_its_farther_end():
    draws = np.linspace(0, 1, 101)[:, None] + [0, np.nan]
    lower, upper = symmetric_interval(draws, np.array([0.3, 0.3]))
    # Ends of the resamples .02 and .98, the farther .68 away.
    np.testing.assert_allclose([lower[0], upper[0]], [-0.38, 0.98], atol=0.01)
    assert np.isnan([lower[1], upper[1]]).all()


def test_interval_stays_within_the_scale():
    lower, upper = symmetric_interval(np.linspace(0.2, 0.99, 100), np.array(0.9))
    assert upper == 1
    assert lower == pytest.approx(0.2, abs=0.02)


def test_a_matrix_without_errors_is_like_nobody(observers):
    perfect = 67 * np.eye(6, dtype=int)
    assert np.isnan(observers.compare(perfect)).all()
    assert np.isnan(mantel_p(observers.relabelled(perfect))).all()


def test_an_expression_that_was_never_shown(observers):
    count = noisy(random_matrix(np.random.default_rng(5)), np.random.default_rng(5))
    count[3] = 0
    assert np.isnan(observers.compare(count)).all()
