import numpy as np
import pandas as pd
import pytest

from nurture.core.errors import NurtureError
from nurture.stimuli.morphs import ends, sequences


def labels(rows):
    return pd.DataFrame(rows, columns=["continuum", "identity", "level"])


def test_ends():
    assert ends("anger-fear") == ("anger", "fear")


def test_sequences_put_stimuli_in_order():
    rows = [
        ("disgust-fear", 4, np.float32(0.1)),
        ("none", 4, np.nan),
        ("happiness-anger", 9, 1.0),
        ("disgust-fear", 4, 0.0),
        ("happiness-anger", 2, 1.0),
        ("happiness-anger", 2, 0.0),
        ("happiness-anger", 9, 0.0),
    ]
    found = sequences(labels(rows))
    assert list(found) == ["happiness-anger", "disgust-fear"]
    one = found["happiness-anger"]
    assert one.identity.tolist() == [2, 9]
    assert one.level.tolist() == [0, 1]
    assert one.row.tolist() == [[5, 4], [6, 2]]
    assert found["disgust-fear"].level.tolist() == [0, 0.1]
    assert found["disgust-fear"].row.tolist() == [[3, 0]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("none", 1, 0.0)], "no stimulus belongs to a continuum"),
        ([("a-b", 1, 0.0), ("a-b", 1, 1.0), ("a-b", 3, 1.0)], "identity 3 shows level 0 0 times"),
        ([("a-b", 1, 0.0), ("a-b", 1, 0.5), ("a-b", 1, 0.5)], "identity 1 shows level 0.5 2 times"),
    ],
    ids=["none", "lacking", "twice"],
)
def test_incomplete_continua(rows, message):
    with pytest.raises(NurtureError, match=message):
        sequences(labels(rows))
