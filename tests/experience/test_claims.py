"""The paper's claims: their numbers, and when a run agrees."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nurture.experience import published
from nurture.experience.claims import Claim, agreement, claims

FOLDER = Path(__file__).parents[2] / "config" / "published"


@pytest.fixture(scope="module")
def found():
    matrices = published.read_matrices(FOLDER)
    numbers = published.likeness(matrices), published.read_numbers(FOLDER)
    return claims(pd.concat(numbers, ignore_index=True))


# Worked out by hand from the tables of the digitised figures.
@pytest.mark.parametrize(
    ("measure", "against", "paper", "error"),
    [
        pytest.param("accuracy", "", 0.681, 0.01, id="accuracy"),
        pytest.param("likeness", "", 0.725, 0.02, id="likeness"),
        pytest.param("accuracy", "objects", 0.296 - 0.235, 0.006, id="accuracy over objects"),
        pytest.param("accuracy", "none", 0.296 - 0.217, 0.006, id="accuracy over untrained"),
        pytest.param("likeness", "objects", 0.282 + 0.107, 0.07, id="likeness over objects"),
        pytest.param("likeness", "none", 0.282 + 0.108, 0.07, id="likeness over untrained"),
        pytest.param("likeness_own", "", 0.725, 0.02, id="likeness of all units"),
        pytest.param("likeness_selective", "objects", 0.389, 0.07, id="at equal accuracy"),
        pytest.param("likeness_all", "none", 0.39, 0.07, id="at equal accuracy, all units"),
        pytest.param("linear_r2", "objects", 0.934 - 0.973, 0.004, id="line under objects"),
        pytest.param("linear_r2", "none", 0.934 - 0.975, 0.004, id="line under untrained"),
        pytest.param("logistic_r2", "objects", 0.996 - 0.990, 0.004, id="logistic over objects"),
        pytest.param("logistic_r2", "none", 0.996 - 0.988, 0.004, id="logistic over untrained"),
        pytest.param("over_linear", "", 0.996 - 0.934, 0.004, id="logistic over line"),
        pytest.param("over_quadratic", "", 0.996 - 0.971, 0.004, id="logistic over quadratic"),
    ],
)
def test_published_numbers(found, measure, against, paper, error):
    (claim,) = [c for c in found if (c.measure, c.against) == (measure, against)]
    assert claim.paper == pytest.approx(paper, abs=0.0025)
    assert claim.error == pytest.approx(error, abs=0.01)
    # The published number is on the side that the paper claims.
    assert claim.sign * (claim.paper - claim.none) > 0


def test_errors_are_compared_as_published_and_at_equal_accuracy(found):
    told = {(c.basis, c.text.format(it="it", other="others")) for c in found if c.against == "none"}
    err = "of it err more as observers do than those of others"
    assert {one for one in told if "err" in one[1]} == {
        ("as published", f"the selective units {err}"),
        ("at equal accuracy", f"the selective units {err} when both are right as often"),
        ("at equal accuracy, all units", f"all units {err} when both are right as often"),
    }
    assert sum(c.basis == "as published" for c in found) == 13


def test_the_count_of_units_is_not_a_published_number(found):
    (claim,) = [c for c in found if c.measure == "units"]
    assert np.isnan([claim.paper, claim.error]).all()
    assert claim.where == "abstract"


def _claim(sign=1, against=""):
    return Claim("a claim", "Fig. 1", "accuracy", against, 0.1, sign, 0.5, 0.01, ())


@pytest.mark.parametrize(
    ("sign", "lower", "upper", "word"),
    [
        pytest.param(1, 0.2, 0.6, "agrees", id="above"),
        pytest.param(1, 0.0, 0.6, "inconclusive", id="holds no effect and the published one"),
        pytest.param(1, 0.0, 0.4, "smaller than published", id="holds no effect alone"),
        pytest.param(1, -0.2, 0.05, "opposite", id="below"),
        pytest.param(-1, -0.2, 0.05, "agrees", id="below, as claimed"),
        pytest.param(-1, 0.2, 0.4, "opposite", id="above, against the claim"),
        pytest.param(1, np.nan, np.nan, "inconclusive", id="no interval"),
    ],
)
def test_agreement_is_of_the_interval(sign, lower, upper, word):
    here = {"this_run": 0.3, "lower": lower, "upper": upper}
    assert agreement(_claim(sign), here)[0] == word


def test_a_claim_names_the_networks_at_hand():
    claim = Claim("{it} beat {other}", "Fig. 1", "accuracy", "objects")
    assert claim.about() == "networks trained on identity beat networks trained on objects"
    assert claim.about("face", ["things"]) == (
        "this network trained on identity (face) beat this one, trained on objects (things)"
    )
    claim = Claim("{it} beat {other}", "Fig. 1", "accuracy", "none")
    assert claim.about("face", ["a", "b"]).endswith("beat 2 untrained ones")


@pytest.mark.parametrize(
    ("against", "reason"),
    [
        pytest.param("", "no network trained on identity", id="alone"),
        pytest.param(
            "objects",
            "no network trained on objects to compare with one trained on identity",
            id="objects",
        ),
        pytest.param("none", "no untrained network of the same architecture", id="untrained"),
    ],
)
def test_what_the_run_lacks_is_not_testable(against, reason):
    assert agreement(_claim(against=against), None) == ("not testable here", reason)


def test_a_number_that_is_missing_is_inconclusive():
    here = dict.fromkeys(("this_run", "lower", "upper"), np.nan)
    assert agreement(_claim(), here) == ("inconclusive", "not measured")
