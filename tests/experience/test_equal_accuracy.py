"""Two networks whose errors are compared where they are right as often."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nurture.confusion.human import read_counts, read_humans
from nurture.confusion.likeness import Observers
from nurture.confusion.matrices import accuracy, proportions
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import label_coordinates
from nurture.experience.equal_accuracy import MEASURES, Answers, of_answers, paired
from nurture.experience.experience_tables import experience
from nurture.statistics.comparison import compare

HUMANS = read_humans(Path(__file__).parents[2] / "config" / "human", read=read_counts)
OBSERVERS = Observers(HUMANS, ("pearson",))
N = 40
SHOWN, IDENTITY = np.tile(EXPRESSIONS, N), np.repeat(np.arange(N), 6)


ERRORS = np.mean([proportions(m) for m in HUMANS.values()], axis=0) ** 2


def answers(right, seed=0, errors=ERRORS):
    """Answers that are right with some probability, and err more and more through noise."""
    rng = np.random.default_rng(seed)
    errors = errors * ~np.eye(6, dtype=bool)
    errors /= errors.sum(axis=1, keepdims=True)
    count = np.zeros((N, 6, 6), int)
    noisy = []
    for level in np.linspace(right, 1 / 6, 5):
        shares = level * np.eye(6) + (1 - level) * errors
        noisy.append(rng.multinomial(30, np.tile(shares, (N, 1))))
    certain = rng.multinomial(1, np.tile(right * np.eye(6) + (1 - right) * errors, (N, 1)))
    noisy[0] = 30 * certain
    count[IDENTITY, np.tile(np.arange(6), N)] = certain
    return Answers(SHOWN, IDENTITY, count, np.array(noisy, "uint16"), OBSERVERS, 200, 3)


def test_without_noise_confusions_are_those_that_there_are():
    mine = answers(0.7)
    share = mine._noisy(mine.accuracy)
    np.testing.assert_allclose(share, mine.count)


def test_noise_brings_the_more_accurate_down_to_the_other():
    mine, theirs = answers(0.9), answers(0.5, 1)
    assert accuracy(mine._noisy(theirs.accuracy).sum(axis=0)) == pytest.approx(theirs.accuracy)
    (value,), (reference,) = paired([mine], [theirs])
    assert value.estimate == pytest.approx(mine.likeness(theirs.accuracy)[0])
    # The less accurate one stays as it is.
    assert reference.estimate == theirs.likeness()[0] == theirs.likeness(0.9)[0]
    assert value.df == N - 1


def test_attenuation_is_that_of_chance_in_the_faces():
    """A few faces say the same of their likeness, on the mean, as all that could be shown."""
    off = ERRORS * ~np.eye(6, dtype=bool)
    shares = 0.4 * np.eye(6) + 0.6 * off / off.sum(axis=1, keepdims=True)
    truth = OBSERVERS.compare(shares * 1e9)[0, -1]
    found = np.array([answers(0.4, seed).likeness()[0] for seed in range(60)])
    plain = [OBSERVERS.compare(answers(0.4, seed).count.sum(axis=0))[0, -1] for seed in range(60)]
    assert np.mean(plain) < truth - 0.02
    assert np.mean(found) == pytest.approx(truth, abs=3 * found.std() / np.sqrt(60))


def test_several_networks_are_compared_pair_by_pair():
    mine, theirs = [answers(0.9)], [answers(0.5, 1), answers(0.6, 2), answers(0.4, 3)]
    each = [compare(*paired(mine, [one])).difference for one in theirs]
    values, reference = paired(mine, theirs)
    found = compare(values, reference)
    assert found.difference == pytest.approx(np.mean(each))
    estimates = [one.estimate for one in reference]
    assert np.var(estimates, ddof=1) == pytest.approx(np.var(each, ddof=1))
    assert found.covers == ("cases", "seeds")


def test_nothing_is_said_where_noise_cannot_make_them_alike():
    mine, worse = answers(0.8), answers(0.05, 4)
    assert np.isnan(compare(*paired([mine], [worse])).difference)
    # Nor where chance alone could make these errors.
    evenly = answers(0.5, 1, np.ones((6, 6)))
    assert np.isnan(evenly.likeness()[0])
    other = answers(0.5, 2)
    _, (reference,) = paired([mine], [worse, other, evenly])
    assert reference.estimate == other.likeness()[0]


def result(network, training, one, population="all"):
    """Answers as files hold them."""
    codes = one.noisy[0].argmax(axis=-1).astype("int8")
    labels = pd.DataFrame({"expression": SHOWN, "identity": IDENTITY})
    draws = ("population", "draw", "stimulus")
    return xr.Dataset(
        {
            "answer": (draws, codes[None, None]),
            "n_draws": ("population", [1]),
            "noisy": (
                ("population", "draw", "noise", "stimulus", "answered"),
                one.noisy[None, None],
            ),
        },
        {"population": [population], **label_coordinates(labels)},
        {"network": network, "training": training, "layer": "deep"},
    )


def test_the_table_compares_networks_pair_by_pair():
    networks = {
        name: {"training": training, "readout": "deep"}
        for name, training in (("face", "identity"), ("things", "objects"))
    }
    made = answers(0.9), answers(0.6, 1)
    results = [
        result(name, s["training"], one)
        for (name, s), one in zip(networks.items(), made, strict=True)
    ]
    measures = of_answers(
        [*results, result("face", "identity", made[0], "nonselective")], HUMANS, 200, 3
    )
    units = pd.DataFrame({"network": list(networks), "layer": "deep", "depth": 1.0})
    table = experience(measures, units, networks, {}, {})
    asked = (table["reference"] == "things") & (table["measure"] == MEASURES["all"])
    (row,) = table[asked].to_dict("records")
    expected = compare(*paired(made[:1], made[1:]))
    assert row["network"] == "face"
    assert row["difference"] == pytest.approx(expected.difference)
    assert [row["lower"], row["upper"]] == pytest.approx([expected.lower, expected.upper])
    assert row["covers"] == "test identities"
