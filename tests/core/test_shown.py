import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score

from nurture.confusion.matrices import accuracy, confusion_counts
from nurture.core.expressions import EXPRESSIONS
from nurture.core.shown import chance, count_shown, fewest_shown, over
from nurture.experience.summary_tables import summary_text


def test_only_what_was_shown_counts():
    shown = [e for e in EXPRESSIONS[:4] for _ in range(9)]
    answered = np.random.default_rng(0).choice(EXPRESSIONS, len(shown))
    count = confusion_counts(shown, answered)
    assert count_shown(count) == count_shown(np.stack([count, 0 * count])) == 4
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of answers that were never shown
        adjusted = balanced_accuracy_score(shown, answered, adjusted=True)
    mine = (accuracy(count) - chance(4)) / (1 - chance(4))
    assert mine == pytest.approx(adjusted)


@pytest.mark.parametrize("always", EXPRESSIONS)
def test_no_answer_that_is_always_given_is_right_more_often_than_by_chance(always):
    count = confusion_counts(EXPRESSIONS[:4], [always] * 4)
    assert accuracy(count) == (chance(4) if always in EXPRESSIONS[:4] else 0)


def test_nothing_shown_has_no_chance():
    assert np.isnan(chance(0))
    assert fewest_shown(pd.DataFrame({"n_expressions": [0, 4, 6]})) == 4
    assert fewest_shown(pd.DataFrame({"n_expressions": []})) == 6


@pytest.mark.parametrize(
    ("n", "words"),
    [
        pytest.param(6, "over six expressions (chance .167) of", id="all"),
        pytest.param(
            4, "over the 4 of six expressions that were shown (chance .250) of", id="four"
        ),
    ],
)
def test_the_summary_says_what_accuracy_is_over(n, words):
    table = pd.DataFrame({"network": ["a"], "training": ["none"], "layer": ["b"], "note": [""]})
    assert words in summary_text(table, n)
    assert over(n) in words
