"""Networks beside observers of the same images: what was planted comes out."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from nurture.confusion.confusion import MEANINGS
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS, OBSERVERS
from nurture.core.files import label_coordinates
from nurture.observers.beside import (
    error_consistency,
    observers_likeness,
    populations,
    read_faces,
)
from nurture.observers.error_consistency_figure import draw
from tests.observers.conftest import faces

IDENTITIES, PEOPLE, SEEN = 30, 24, 90
LABELS = faces(IDENTITIES)
SHOWN = pd.Index(EXPRESSIONS).get_indexer(LABELS["expression"])


def answering(wrong, turn):
    """Answers, right but for some images, where they are `turn` expressions further."""
    return (SHOWN + np.where(wrong, turn, 0)) % 6


def hard(seed, share=0.4):
    """Images that are hard, so many of them."""
    return np.random.default_rng(seed).random(len(LABELS)) < share


def observed():
    """Trials of observers who err on four of five hard images, and on one of ten others."""
    rng, rows = np.random.default_rng(5), []
    for observer in range(PEOPLE):
        wrong = rng.random(len(LABELS)) < np.where(hard(1), 0.8, 0.1)
        answer = answering(wrong, 1)
        for stimulus in rng.permutation(len(LABELS))[:SEEN]:
            rows.append(("label", observer + 1, stimulus, EXPRESSIONS[answer[stimulus]]))
    return pd.DataFrame(rows, columns=["task", "observer", "stimulus", "answer"])


def network(name, answer, levels=2):
    """A network of one population of two draws that answers alike; noise makes it guess."""
    code = np.array([MEANINGS.index(EXPRESSIONS[i]) for i in answer], "int8")
    sure = np.eye(6)[answer] * 600
    noisy = np.stack([sure, np.full((len(answer), 6), 100)])[:levels]
    return xr.Dataset(
        {
            "answer": (("population", "draw", "stimulus"), np.tile(code, (1, 2, 1))),
            "noisy": (
                ("population", "draw", "noise", "stimulus", "answered"),
                np.broadcast_to(noisy, (1, 2, *noisy.shape)).astype("uint16"),
            ),
            "n_draws": ("population", [2]),
        },
        {"population": ["all"], **label_coordinates(LABELS)},
        {"network": name, "training": "none", "layer": "conv"},
    )


@pytest.fixture(scope="module")
def people():
    return read_faces(LABELS, observed(), "same", "same", "mine-trials.csv")


@pytest.fixture(scope="module")
def results():
    return [
        network("alike", answering(hard(1), 1)),
        network("other-images", answering(hard(2), 1)),
        network("other-errors", answering(hard(1), 2)),
        network("perfect", answering(hard(1, 0), 1)),
    ]


@pytest.fixture(scope="module")
def consistency(people, results):
    return error_consistency(people, results)


@pytest.fixture(scope="module")
def likeness(people, results):
    return observers_likeness(people, results, seed=1)


def row(table, **wanted):
    [found] = table[(table[list(wanted)] == pd.Series(wanted)).all(axis=1)].itertuples()
    return found


def planted_kappa(first, second):
    """Of two who err independently, each image with these chances."""
    chances, weight = np.array([first, second]), np.array([0.4, 0.6])
    p = chances @ weight
    both = (chances.prod(axis=0) + (1 - chances).prod(axis=0)) @ weight
    expected = p.prod() + (1 - p).prod()
    return (both - expected) / (1 - expected)


def test_kappa_of_observers_and_of_a_network_like_them_is_what_was_planted(consistency):
    among = row(consistency, network=OBSERVERS, chance="accuracy")
    alike = row(consistency, network="alike", at="own", chance="accuracy")
    of_observers = planted_kappa([0.2, 0.9], [0.2, 0.9])
    of_network = planted_kappa([0.0, 1.0], [0.2, 0.9])
    assert among.lower < of_observers < among.upper
    assert alike.lower < of_network < alike.upper
    assert alike.difference_lower > 0
    assert among.upper - among.lower < 0.25
    assert (among.n_observers, among.n_identities) == (PEOPLE, IDENTITIES)


def test_a_network_that_errs_on_other_images_has_none(consistency):
    for chance in ("accuracy", "expression"):
        found = row(consistency, network="other-images", at="own", chance=chance)
        assert found.lower < 0 < found.upper
        assert found.difference_upper < 0


def test_which_error_is_made_does_not_count_but_where(consistency, likeness):
    given = {"at": "own", "chance": "accuracy"}
    alike, other = (
        row(consistency, network=name, **given).kappa for name in ("alike", "other-errors")
    )
    assert alike == other
    same, turned = (
        row(likeness, network=name, at="own", statistic="pearson")
        for name in ("alike", "other-errors")
    )
    assert same.estimate > 0.9
    assert turned.estimate < 0.1
    assert turned.upper < same.lower


def test_the_same_errors_on_other_images_are_alike(likeness):
    assert row(likeness, network="other-images", at="own", statistic="pearson").estimate > 0.9


def test_who_never_errs_has_no_consistency(consistency):
    found = row(consistency, network="perfect", at="own", chance="accuracy")
    assert found.kappa == 0
    assert found.accuracy == 1


def test_a_network_is_brought_to_the_accuracy_of_observers(people, consistency, likeness):
    target = row(consistency, network=OBSERVERS, chance="accuracy").accuracy
    assert target == pytest.approx(0.62, abs=0.03)
    for table, more in (
        (consistency, {"chance": "accuracy"}),
        (likeness, {"statistic": "pearson"}),
    ):
        found = row(table, network="perfect", at="observers", **more)
        assert found.accuracy == pytest.approx(target)
    weak = network("weak", answering(hard(3, 0.9), 1))
    assert [one.at for one in populations([weak], target)] == ["own"]


def test_the_ceiling_of_observers(likeness):
    ceiling = row(likeness, network=OBSERVERS)
    assert 0.95 < ceiling.estimate <= 1


def shares_of_errors(shown, answered):
    """The 30 cells off the diagonal, by scikit-learn."""
    matrix = confusion_matrix(shown, answered, labels=range(6), normalize="true")
    return matrix[~np.eye(6, dtype=bool)]


def test_kappa_of_one_observer_is_that_of_other_code(people, results):
    one = people._replace(answer=people.answer[:1])
    seen = one.answer[0] >= 0
    right = SHOWN[seen] == one.answer[0, seen]
    found = error_consistency(one, results[:3]).query("at == 'own' and chance == 'accuracy'")
    for name, wrong in (("alike", hard(1)), ("other-images", hard(2)), ("other-errors", hard(1))):
        expected = cohen_kappa_score(~wrong[seen], right)
        assert row(found, network=name).kappa == pytest.approx(expected)
    assert found["lower"].isna().all()


def test_likeness_and_ceiling_are_those_of_other_code(people, results):
    two = people._replace(answer=people.answer[:2])
    who, image = np.nonzero(two.answer >= 0)
    halves = [shares_of_errors(SHOWN[image[who == i]], two.answer[i, image[who == i]])
              for i in range(2)]  # fmt: skip
    both = shares_of_errors(SHOWN[image], two.answer[who, image])
    mine = shares_of_errors(SHOWN, answering(hard(1), 2))
    found = observers_likeness(two, results[2:3], seed=1)
    for statistic, expected in (("pearson", pearsonr), ("spearman", spearmanr)):
        one = row(found, network="other-errors", at="own", statistic=statistic)
        assert one.estimate == pytest.approx(expected(mine, both).statistic)
    r = pearsonr(*halves).statistic
    ceiling = row(found, network=OBSERVERS).estimate
    assert ceiling == pytest.approx(np.sqrt(2 * r / (1 + r)))


REFUSED = [
    pytest.param({"digest": "other"}, "were shown other images", id="images"),
    pytest.param({"stimulus": 99_999}, "labels images that show no basic", id="beyond"),
    pytest.param({"stimulus": -1}, "labels images that show no basic", id="negative"),
    pytest.param({"answer": "joy"}, "labels images that show no basic", id="answer"),
]


@pytest.mark.parametrize(("fault", "why"), REFUSED)
def test_other_images_are_refused(fault, why):
    trials = observed().assign(**{k: v for k, v in fault.items() if k != "digest"})
    with pytest.raises(NurtureError, match=why):
        read_faces(LABELS, trials, "same", fault.get("digest", "same"), "mine-trials.csv")


def test_the_figure_shows_observers_and_every_network(consistency, likeness, make):
    tables = [table.assign(human="mine") for table in (consistency, likeness)]
    networks = {n: {"training": "none"} for n in ("alike", "other-images", "perfect")}
    figure = draw(*tables, networks, style={})
    left, right = figure.axes
    assert left.get_title(loc="left") == "a  error consistency with mine"
    assert [t.get_text() for t in left.get_yticklabels()] == list(networks)
    [line] = make.drawn(left, "accuracy")
    assert line.get_xdata()[0] == row(consistency, network=OBSERVERS, chance="accuracy").kappa
    [ceiling] = make.drawn(right, "ceiling")
    assert ceiling.get_xdata()[0] == row(likeness, network=OBSERVERS).estimate
