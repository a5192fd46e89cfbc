"""Selective units of part of the identities, and when signs change by identity."""

import numpy as np
import pytest

from nurture.core.expressions import EXPRESSIONS
from nurture.selectivity import by_identity
from nurture.selectivity.anova import LEAST_EFFECT, is_selective, two_way_anova
from nurture.selectivity.by_identity import (
    changed_signs,
    count_of_changed_signs,
    count_of_subsets,
    subsets,
)

ALPHA = 0.05
PEOPLE = 24


def _responses(seed=0, units=250, lacking=0.06):
    """Rectified responses far from 0, some of expression, some of identity, with missing faces."""
    rng = np.random.default_rng(seed)
    expression = np.tile(EXPRESSIONS, PEOPLE)
    identity = np.repeat(np.arange(PEOPLE), len(EXPRESSIONS))
    kept = rng.random(len(expression)) >= lacking
    code = np.tile(np.arange(len(EXPRESSIONS)), PEOPLE)[kept]
    expression, identity = expression[kept], identity[kept]
    y = rng.normal(size=(len(code), units))
    y += rng.normal(size=(PEOPLE, units))[identity] * rng.choice([0, 0.5], units)
    y += rng.normal(size=(len(EXPRESSIONS), units))[code] * rng.choice([0, 0.4], units)
    return np.maximum(y + 50, 49.5).astype("float32"), expression, identity


def _by_rule(y, expression, identity):
    anova = two_way_anova(y, expression, identity)
    omega = [anova[f"partial_omega_squared_{f}"] for f in ("expression", "identity")]
    strong = (omega[0] >= LEAST_EFFECT) & (omega[0] > omega[1])
    return {
        "paper": int(is_selective(anova, ALPHA).sum()),
        "effect": int(((anova["p_expression"] < ALPHA) & strong).sum()),
    }


@pytest.mark.parametrize("lacking", [0, 0.06], ids=["complete", "incomplete"])
def test_a_subset_selects_as_its_own_analysis_does(lacking):
    y, expression, identity = _responses(lacking=lacking)
    kept = subsets(PEOPLE, 12, 6, 1)
    found = count_of_subsets(y, expression, identity, ALPHA, kept)
    for k, row in enumerate(kept):
        shown = np.isin(identity, np.flatnonzero(row))
        expected = _by_rule(y[shown], expression[shown], identity[shown])
        assert {rule: int(counts[k]) for rule, counts in found.items()} == expected


def test_subsets_count_alike_alone_and_together(monkeypatch):
    y, expression, identity = _responses()
    kept = subsets(PEOPLE, 12, 5, 1)
    together = count_of_subsets(y, expression, identity, ALPHA, kept)["paper"]
    alone = [count_of_subsets(y, expression, identity, ALPHA, row[None])["paper"] for row in kept]
    np.testing.assert_array_equal(np.concatenate(alone), together)
    # Two at a time, so that one is left over.
    monkeypatch.setattr(by_identity, "TOGETHER", 2 * len(EXPRESSIONS) * y.shape[1])
    parts = count_of_subsets(y, expression, identity, ALPHA, kept)["paper"]
    np.testing.assert_array_equal(parts, together)


@pytest.mark.parametrize("lacking", [0, 0.06], ids=["complete", "incomplete"])
def test_changed_signs_turn_deviations_over(lacking):
    y, expression, identity = _responses(lacking=lacking)
    signs = changed_signs(PEOPLE, 5, 2)
    found = count_of_changed_signs(y, expression, identity, ALPHA, signs)
    means = np.array([y[identity == i].mean(axis=0, dtype=float) for i in range(PEOPLE)])[identity]
    for k, sign in enumerate(signs):
        expected = _by_rule(means + sign[identity][:, None] * (y - means), expression, identity)
        assert {rule: int(counts[k]) for rule, counts in found.items()} == expected


def test_a_silent_unit_is_never_selective():
    y, expression, identity = _responses()
    y[:] = 3
    kept = subsets(PEOPLE, 12, 3, 0)
    assert not count_of_subsets(y, expression, identity, 0.9, kept)["paper"].any()


def test_subsets_are_of_one_size_and_the_same_for_a_seed():
    drawn = subsets(11, 6, 20, 3)
    assert drawn.shape == (20, 11)
    assert (drawn.sum(axis=1) == 6).all()
    np.testing.assert_array_equal(drawn, subsets(11, 6, 20, 3))
    assert (drawn != subsets(11, 6, 20, 4)).any()
    assert set(np.unique(changed_signs(11, 20, 3))) == {-1, 1}
