"""The words of verdicts, and the rules by which they follow from numbers."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm, ttest_1samp

from nurture.statistics.verdicts import (
    AGREES,
    INCONCLUSIVE,
    OF_CLAIMS,
    OPPOSITE,
    SMALLER,
    UNTESTABLE,
    Evidence,
    detectable,
    of_claim,
    of_difference,
    of_number,
    scope,
    table,
)

METHODS = Path(__file__).parents[2] / "docs" / "methods.md"


@pytest.mark.parametrize(
    ("difference", "p", "words"),
    [
        pytest.param(0.2, 0.01, "more than its untrained control", id="more"),
        pytest.param(-0.2, 0.01, "less than its untrained control", id="less"),
        pytest.param(
            0.2, 0.05, "not distinguishable from its untrained control", id="at the level"
        ),
        pytest.param(0.2, 0.9, "not distinguishable from its untrained control", id="alike"),
        pytest.param(0.2, np.nan, "inconclusive: nothing says how far it varies", id="no p"),
        pytest.param(np.nan, np.nan, "not measured", id="no number"),
    ],
)
def test_words_follow_from_numbers(difference, p, words):
    assert of_difference(difference, p, "its untrained control") == words


@pytest.mark.parametrize(
    ("found", "word"),
    [
        pytest.param(Evidence(0.3, 0.1, 0.5, 0.4, 0.01), AGREES, id="on the paper's side"),
        pytest.param(Evidence(0.1, -0.1, 0.3, 0.4, 0.01), SMALLER, id="excludes the published"),
        pytest.param(Evidence(0.1, -0.1, 0.395, 0.4, 0.01), INCONCLUSIVE, id="within the reading"),
        pytest.param(Evidence(0.1, -0.1, 0.5, 0.4, 0.01), INCONCLUSIVE, id="holds both"),
        pytest.param(Evidence(0.1, -0.1, 0.3), INCONCLUSIVE, id="nothing published"),
        pytest.param(Evidence(-0.3, -0.5, -0.1, 0.4, 0.01), OPPOSITE, id="on the other side"),
        pytest.param(Evidence(0.1, 0.0, 0.2), INCONCLUSIVE, id="touches no effect"),
        pytest.param(Evidence(np.nan, np.nan, np.nan), INCONCLUSIVE, id="not measured"),
        pytest.param(Evidence(0.1, np.nan, np.nan, 0.4, 0.01), INCONCLUSIVE, id="no interval"),
        pytest.param(None, UNTESTABLE, id="nothing there"),
    ],
)
def test_a_claim_is_decided_by_its_interval(found, word):
    assert of_claim(found)[0] == word


@pytest.mark.parametrize(
    ("p", "p_opposite", "word"),
    [
        pytest.param(0.2, np.nan, SMALLER, id="an association that labels do not reject"),
        pytest.param(0.049, np.nan, AGREES, id="one that they reject"),
        pytest.param(0.05, 1.0, SMALLER, id="a shape that is not preferred"),
        pytest.param(1.0, 0.02, OPPOSITE, id="the other is"),
    ],
)
def test_a_test_decides_where_there_is_one(p, p_opposite, word):
    # By its interval alone this would agree.
    found = Evidence(0.2, 0.1, 0.3, 0.7, 0.02, p, p_opposite)
    assert of_claim(found)[0] == word


def test_an_agreement_says_how_its_size_compares():
    assert of_claim(Evidence(0.2, 0.1, 0.3, 0.7, 0.02))[1].endswith("below the published effect")
    assert of_claim(Evidence(0.9, 0.8, 1.0, 0.7, 0.02))[1].endswith("above the published effect")
    assert "published" not in of_claim(Evidence(0.7, 0.6, 0.8, 0.7, 0.02))[1]


@pytest.mark.parametrize(
    ("n", "n_reference", "words"),
    [
        pytest.param(1, 1, "this network", id="one and one"),
        pytest.param(1, 8, "this network", id="one and several seeds"),
        pytest.param(8, 1, "this network", id="several and one"),
        pytest.param(2, 2, "networks of its training", id="several and several"),
    ],
)
def test_one_network_stands_for_no_training(n, n_reference, words):
    assert scope(n, n_reference) == words


def test_a_number_is_the_published_one_within_its_reading_error():
    assert of_number(0.51, 0.5, 0.02) == "within the reading error"
    assert of_number(0.53, 0.5, 0.02) == "differs"


@pytest.mark.parametrize("df", [5, 60], ids=["few", "many"])
def test_a_detectable_effect_is_found_in_four_of_five(df):
    rng = np.random.default_rng(0)
    n = df + 1
    noise = rng.normal(size=(4000, n))
    reach = np.mean(
        -ttest_1samp(noise, 0, axis=1).confidence_interval(0.95).low + noise.mean(axis=1)
    )
    effect = detectable(reach, df)
    found = ttest_1samp(noise + effect, 0, axis=1)
    assert np.mean((found.pvalue < 0.05) & (found.statistic > 0)) == pytest.approx(0.8, abs=0.04)
    assert detectable(norm.ppf(0.975)) == pytest.approx(norm.ppf(0.975) + norm.ppf(0.8))


def test_the_methods_page_has_every_rule():
    assert table() in METHODS.read_text(encoding="utf-8")
    assert all(word in table() for word in OF_CLAIMS)
