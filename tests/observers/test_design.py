"""Which observer sees which images."""

import itertools

import numpy as np
import pandas as pd
import pytest

from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS, NONE
from nurture.observers.design import (
    Balance,
    abx_lists,
    balance_table,
    identify_lists,
    label_lists,
    minutes,
    practice,
    rows_of,
)


def faces(identities):
    rows = itertools.product(range(identities), EXPRESSIONS)
    return pd.DataFrame(rows, columns=["identity", "expression"]).assign(continuum=NONE, level=0.0)


def morphs(continua, identities, levels):
    rows = itertools.product(continua, range(identities), np.linspace(0, 1, levels))
    return pd.DataFrame(rows, columns=["continuum", "identity", "level"]).assign(expression=NONE)


CONTINUA = ("anger-fear", "disgust-fear", "happiness-anger")


@pytest.mark.parametrize("used", [1, 5, 6, 13, 20])
def test_no_image_falls_behind_after_any_number_of_lists(used):
    lists = label_lists(faces(13), {"faces": 4}, 20, seed=1)
    seen = np.bincount(np.concatenate(lists[:used]), minlength=78)
    assert seen.max() - seen.min() <= 1
    assert seen.sum() == used * 24


def test_an_observer_sees_each_expression_and_each_identity_alike():
    labels = faces(13)
    for rows in label_lists(labels, {"faces": 4}, 20, seed=1):
        assert len(set(rows)) == 24
        assert labels["expression"][rows].value_counts().tolist() == [4] * 6
        of_identity = labels["identity"][rows].value_counts().reindex(range(13), fill_value=0)
        assert of_identity.max() <= 3  # two each would be 26


def test_pairs_of_a_small_design_meet_twice_at_most():
    """Of 7 items in blocks of 3 the best there is, Fano's plane, has each pair once in 7 blocks."""
    for seed in range(20):
        balance = Balance(range(7), np.random.default_rng(seed))
        for _ in range(7):
            balance.choose([np.arange(7)], 3)
        pairs = balance.together[np.triu_indices(7, 1)]
        assert balance.taken.tolist() == [3] * 7
        assert pairs.sum() == 21
        assert pairs.max() <= 2


def test_pairs_of_images_meet_more_evenly_than_by_chance():
    labels = faces(13)
    lists = label_lists(labels, {"faces": 4}, 39, seed=1)
    table = balance_table([{"label": rows} for rows in lists], {"label": labels}).iloc[-1]
    assert (table["fewest_of_image"], table["most_of_image"]) == (12, 12)
    rng, spread = np.random.default_rng(1), []
    for _ in range(20):
        seen = np.zeros((39, 78))
        for row in seen:
            row[rng.permutation(78)[:24]] = 1
        pairs = (seen.T @ seen)[np.triu_indices(78, 1)]
        spread.append(np.ptp(pairs))
    assert table["most_of_pair"] - table["fewest_of_pair"] < min(spread)


def test_the_seed_decides():
    labels = faces(5)
    first, same, other = (label_lists(labels, {"faces": 2}, 4, seed) for seed in (1, 1, 2))
    assert first == same
    assert first != other


def test_fewer_faces_than_asked_for_are_all_shown():
    assert sorted(label_lists(faces(2), {"faces": 9}, 1, seed=1)[0]) == list(range(12))


def test_an_expression_that_is_missing_is_refused():
    labels = faces(2)
    with pytest.raises(NurtureError, match="no image of the set shows fear"):
        label_lists(labels[labels["expression"] != "fear"], {"faces": 1}, 1, seed=1)


def test_observers_see_whole_continua():
    labels = morphs(CONTINUA, 4, 5)
    lists = identify_lists(labels, {"continua": 2, "identities": 2}, 6, seed=1)
    for blocks in lists:
        assert len({block["continuum"] for block in blocks}) == 2
        for block in blocks:
            shown = labels.loc[block["trials"]]
            assert set(shown["continuum"]) == {block["continuum"]}
            assert shown.groupby("identity")["level"].nunique().tolist() == [5, 5]
    counts = np.bincount(np.concatenate([rows_of({"identify": b}, "identify") for b in lists]))
    assert counts.tolist() == [2] * 60


def test_abx_pairs_are_a_step_apart_and_x_is_one_of_them():
    labels = morphs(CONTINUA, 2, 5)
    [[block]] = abx_lists(labels, {"continua": 1, "identities": 2, "step": 2}, 1, seed=1)
    trials = np.array(block["trials"])
    assert len(trials) == 6
    level, identity = (labels[name].to_numpy()[trials] for name in ("level", "identity"))
    np.testing.assert_allclose(np.abs(level[:, 0] - level[:, 1]), 0.5)
    assert (identity == identity[:, :1]).all()
    assert ((trials[:, 2] == trials[:, 0]) ^ (trials[:, 2] == trials[:, 1])).all()
    with pytest.raises(NurtureError, match="5 levels; give 4 or less"):
        abx_lists(labels, {"continua": 1, "identities": 2, "step": 5}, 1, seed=1)


def test_practice_shows_every_expression():
    labels = faces(4)
    rows = practice(labels, 6, seed=1)
    assert sorted(labels["expression"][rows]) == sorted(EXPRESSIONS)
    assert practice(labels, 0, seed=1) == []


def test_minutes_of_the_default():
    assert minutes({"label": 150, "identify": 132}) == pytest.approx(13.9)
