"""Standard errors of observers crossed with identities, against other code and by simulation."""

import numpy as np
import pytest
import statsmodels.api as sm

from nurture.observers.crossed import Without, crossed_interval, standard_error

OBSERVERS, IDENTITIES = 15, 20


def mean_of(table):
    """The mean of all cells, and without each part of them."""
    total, n = table.sum(), table.size
    return float(table.mean()), Without(
        (total - table.sum(axis=1)) / (n - table.shape[1]),
        (total - table.sum(axis=0)) / (n - table.shape[0]),
        (total - table) / (n - 1),
    )


def drawn(observer, identity, answer, seed):
    """A table with effects of such standard deviations."""
    rng = np.random.default_rng(seed)
    effects = rng.normal(0, observer, (OBSERVERS, 1)) + rng.normal(0, identity, (1, IDENTITIES))
    return effects + rng.normal(0, answer, (OBSERVERS, IDENTITIES))


@pytest.mark.parametrize("seed", range(3))
def test_of_a_mean_it_is_that_of_two_way_clusters(seed):
    table = drawn(1, 0.5, 1, seed)
    who, whom = np.indices(table.shape)
    model = sm.OLS(table.ravel(), np.ones(table.size))
    clusters = {"groups": np.column_stack([who.ravel(), whom.ravel()])}
    expected = model.fit(cov_type="cluster", cov_kwds=clusters).bse[0]
    assert standard_error(mean_of(table)[1]) == pytest.approx(expected)


SPREAD = [
    pytest.param((1, 0, 1), id="observers-differ"),
    pytest.param((0, 1, 1), id="identities-differ"),
    pytest.param((1, 1, 1), id="both-differ"),
    pytest.param((0, 0, 1), id="answers-alone"),
]


@pytest.mark.parametrize("spread", SPREAD)
def test_intervals_hold_the_planted_mean_as_often_as_they_say(spread):
    found = [crossed_interval(*mean_of(drawn(*spread, seed)), (-9, 9)) for seed in range(600)]
    held = np.mean([lower < 0 < upper for lower, upper in found])
    assert 0.925 < held < 0.985


def test_a_statistic_keeps_to_its_scale():
    estimate, without = mean_of(drawn(1, 1, 1, 0))
    lower, upper = crossed_interval(estimate, without, (estimate - 0.01, estimate + 0.02))
    assert (lower, upper) == pytest.approx((estimate - 0.01, estimate + 0.02))


@pytest.mark.parametrize("shape", [(1, 9), (9, 1)])
def test_one_observer_or_identity_has_no_interval(shape):
    without = Without(np.zeros(shape[0]), np.zeros(shape[1]), np.zeros(shape))
    assert np.isnan(crossed_interval(0.0, without)).all()
