import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nurture.confusion.bootstrap import make_matched_samples, make_samples
from nurture.confusion.confusion import MEANINGS
from nurture.confusion.matrices import accuracy, confusion_counts
from nurture.core.expressions import EXPRESSIONS, NONE
from nurture.core.files import label_coordinates
from nurture.statistics.resampling import interval, resample

POPULATIONS = ("selective", "all")
SHOWN = np.tile(EXPRESSIONS, 5)
IDENTITY = np.repeat([7, 3, 9, 4, 8], 6)


def result(network, answers, identity=IDENTITY, notes=("", ""), retrained=()):
    """Answers of both populations, shapes (2, n_stimuli) and (n, 2, n_stimuli)."""
    codes = {expression: i for i, expression in enumerate(MEANINGS)}
    first, *more = (
        np.vectorize(codes.get)(np.asarray(one, object)).astype("int8")
        for one in (answers, *retrained)
    )
    labels = pd.DataFrame({"expression": SHOWN, "identity": identity})
    again = np.stack(more, axis=1) if more else np.empty((2, 0, 30), "int8")
    return xr.Dataset(
        {
            "answer": (("population", "draw", "stimulus"), first[:, None]),
            "answer_retrained": (("population", "retraining", "stimulus"), again),
            "n_draws": ("population", [int(not note) for note in notes]),
            "note": ("population", list(notes)),
        },
        {"population": list(POPULATIONS), **label_coordinates(labels)},
        {"network": network, "training": "none", "layer": "conv"},
    )


def guesses(seed, right=0.5):
    rng = np.random.default_rng(seed)
    return np.where(rng.random((2, 30)) < right, SHOWN, rng.choice(EXPRESSIONS, (2, 30)))


def test_resamples_are_of_whole_identities():
    answers = guesses(0)
    selective, every = make_samples([result("net", answers)], {}, 20, 5)
    assert selective.about == {
        "network": "net",
        "training": "none",
        "layer": "conv",
        "population": "selective",
    }
    weights = resample(5, 20, 5)
    for sample, answered in ((selective, answers[0]), (every, answers[1])):
        assert sample.count[0].tolist() == confusion_counts(SHOWN, answered).tolist()
        for weight, draw in zip(weights, sample.draws[0], strict=True):
            # Identities in rising order: 3, 4, 7, 8, 9.
            times = dict(zip((3, 4, 7, 8, 9), weight, strict=True))
            stimuli = np.repeat(np.arange(30), [times[i] for i in IDENTITY])
            assert draw.tolist() == confusion_counts(SHOWN[stimuli], answered[stimuli]).tolist()
    assert (selective.resampled, selective.n_resampled, selective.n_seeds) == ("identities", 5, 1)


def test_networks_see_the_same_resampled_identities():
    answers = guesses(0)
    one, other = (make_samples([result(name, answers)], {}, 9, 1)[0] for name in "ab")
    np.testing.assert_array_equal(one.draws, other.draws)


def test_images_are_resampled_where_nobody_is_known():
    (sample, _) = make_samples([result("net", guesses(1), np.full(30, -1))], {}, 8, 0)
    assert (sample.resampled, sample.n_resampled) == ("images", 30)
    assert sample.draws.sum(axis=(2, 3)).tolist() == [[30] * 8]
    assert len(np.unique(sample.draws.sum(axis=3), axis=1)[0]) > 1


def test_classifiers_trained_again_take_turns():
    right, wrong = np.array([SHOWN] * 2), np.roll([SHOWN] * 2, 1, axis=1)
    (sample, _) = make_samples([result("net", right, retrained=[right, wrong])], {}, 6, 0)
    assert accuracy(sample.retrained[0]).tolist() == [1, 0, 1, 0, 1, 0]
    estimate, draws = sample.spread(accuracy, retrained=True)
    assert (estimate, draws.tolist()) == (1, [1, 0, 1, 0, 1, 0])


def test_without_retraining_there_is_none():
    (sample, _) = make_samples([result("net", guesses(0))], {}, 6, 0)
    assert sample.retrained.shape == (1, 0, 6, 6)


def test_a_population_that_was_not_analysed_is_left_out():
    answers = guesses(2).astype(object)
    answers[0] = NONE
    samples = make_samples([result("net", answers, notes=("too few", ""))], {}, 3, 0)
    assert [sample.about["population"] for sample in samples] == ["all"]


REPLICATES = {"net (3 seeds)": ["a", "b", "c"]}


def test_seeds_are_pooled_after_the_networks():
    results = [result(name, guesses(i)) for i, name in enumerate("abcd")]
    samples = make_samples(results, REPLICATES, 50, 0)
    names = [(one.about["network"], one.about["population"], one.n_seeds) for one in samples]
    assert names[:2] == [("a", "selective", 1), ("a", "all", 1)]
    assert names[8:] == [("net (3 seeds)", "selective", 3), ("net (3 seeds)", "all", 3)]
    pooled, single = samples[8], samples[:6:2]
    estimate, draws = pooled.spread(accuracy)
    assert estimate == pytest.approx(np.mean([accuracy(one.count[0]) for one in single]))
    each = np.array([accuracy(one.draws[0]) for one in single])
    for r, seeds in enumerate(pooled.seeds):
        assert draws[r] == pytest.approx(each[seeds, r].mean())


def test_seeds_that_could_not_be_analysed_are_not_pooled():
    few = {"notes": ("too few", "")}
    results = [result("a", guesses(0)), *(result(name, guesses(1), **few) for name in "bc")]
    names = [one.about for one in make_samples(results, REPLICATES, 5, 0)]
    pooled = [one["population"] for one in names if one["network"] == "net (3 seeds)"]
    assert pooled == ["all"]


def test_resampled_seeds_vary_as_the_mean_of_seeds_does():
    # Accuracies 1, .5 and 0 whoever is shown: variance .25, of the mean of three .25 / 3.
    half = SHOWN.copy()
    half[np.isin(SHOWN, EXPRESSIONS[:3])] = "surprise"
    wrong = np.roll(SHOWN, 1)
    results = [
        result(name, np.array([answered] * 2))
        for name, answered in zip("abc", (SHOWN, half, wrong), strict=True)
    ]
    pooled = make_samples(results, REPLICATES, 4000, 0)[-1]
    estimate, draws = pooled.spread(accuracy)
    assert estimate == pytest.approx(0.5)
    assert draws.var() == pytest.approx(0.25 / 3, rel=0.06)


def of_draws(draws, noisy=None):
    """One population, of which each draw of units has answers of its own, (n_draws, n_stimuli)."""
    codes = {expression: i for i, expression in enumerate(MEANINGS)}
    answers = np.vectorize(codes.get)(np.asarray(draws, object)).astype("int8")[None]
    n = answers.shape[-1] // 6
    labels = pd.DataFrame(
        {"expression": np.tile(EXPRESSIONS, n), "identity": np.repeat(range(n), 6)}
    )
    noisy = np.zeros((1, len(draws), 0, 6 * n, 6)) if noisy is None else noisy[None]
    return xr.Dataset(
        {
            "answer": (("population", "draw", "stimulus"), answers),
            "answer_retrained": (("population", "retraining", "stimulus"), answers[:, :0]),
            "noisy": (("population", "draw", "noise", "stimulus", "answered"), noisy),
            "n_draws": ("population", [len(draws)]),
        },
        {"population": ["nonselective"], **label_coordinates(labels)},
        {"network": "net", "training": "none", "layer": "conv"},
    )


def test_intervals_of_several_draws_of_units_cover_the_mean_over_draws():
    """Draws of units vary, and people vary; an interval over people alone holds it in .75."""
    rng, n, runs = np.random.default_rng(0), 30, 300
    shown, held, over_people = np.tile(EXPRESSIONS, n), 0, 0
    for _ in range(runs):
        skill = 0.5 + 0.06 * rng.normal(size=(10, 1)) + 0.1 * np.repeat(rng.normal(size=n), 6)
        wrong = np.roll(shown, rng.integers(1, 6))
        answers = np.where(rng.random((10, 6 * n)) < skill, shown, wrong)
        (sample,) = make_samples([of_draws(answers)], {}, 300, 0)
        estimate, draws = sample.spread(accuracy)
        assert estimate == pytest.approx((answers == shown).mean())
        low, high = interval(draws, n)
        held += low <= 0.5 <= high
        low, high = interval(accuracy(sample.draws)[0], n)
        over_people += low <= 0.5 <= high
    error = np.sqrt(0.95 * 0.05 / runs)
    assert abs(held / runs - 0.95) < 3 * error
    assert over_people / runs < 0.85


def test_seeds_with_several_draws_of_units():
    rng = np.random.default_rng(1)
    results = [
        of_draws(np.where(rng.random((n_draws, 30)) < right, SHOWN, "fear")).assign_attrs(
            network=name
        )
        for name, n_draws, right in (("a", 4, 0.2), ("b", 1, 0.9), ("c", 4, 0.5))
    ]
    pooled = make_samples(results, REPLICATES, 200, 0)[-1]
    assert (pooled.n_seeds, len(pooled.count), pooled.members.shape) == (3, 9, (200, 2 * 3))
    network = np.repeat([0, 1, 2], [4, 1, 4])
    for seeds, members in zip(pooled.seeds, pooled.members, strict=True):
        assert network[members].tolist() == np.repeat(seeds, 3).tolist()
    assert np.bincount(pooled.members.ravel()).min() > 50


def test_every_population_is_brought_to_the_same_accuracy():
    rng, shown = np.random.default_rng(4), np.tile(np.arange(6), 20)
    levels = np.linspace(0.95, 0.1, 8)
    noisy = np.stack(
        [
            rng.multinomial(50, right * np.eye(6)[shown[0]] + (1 - right) / 6, size=120)
            for right in levels
        ]
    )
    noisy = np.stack(
        [[np.roll(one, e) for one, e in zip(level, shown, strict=True)] for level in noisy]
    )
    result = of_draws(
        np.tile(np.tile(EXPRESSIONS, 20), (2, 1)), np.stack([noisy, np.roll(noisy, 6, axis=1)])
    )
    found = list(make_matched_samples([result], {}, 30, 0, [0.5, 0.7, 0.99, 0.05]))
    assert [len(samples) for samples in found] == [1, 1, 0, 0]
    for (sample,), target in zip(found, [0.5, 0.7], strict=False):
        estimate, draws = sample.spread(accuracy)
        assert estimate == pytest.approx(target, abs=1e-12)
        assert draws.std() > 0.001
        assert sample.count.sum(axis=-1) == pytest.approx(np.full((2, 6), 20))
