"""A short form of docs/calibration.md: tests and intervals do what they claim."""

import re
from pathlib import Path

import pytest

from benchmarks.calibration.__main__ import experiments
from benchmarks.calibration.cases import (
    AT_MOST,
    EXACT,
    LEVEL,
    SHOWN,
    Case,
    Experiment,
    Rate,
    measure,
    one,
)
from benchmarks.calibration.page import TEXT

PAGE = Path(__file__).parents[1] / "docs" / "calibration.md"
SIMULATIONS, FEWEST = 200, 15
EXPERIMENTS = experiments()


def named(experiment: Experiment) -> str:
    """Name an experiment by its first case."""
    return "; ".join(experiment.cases[0][:2])


@pytest.mark.parametrize(
    "experiment",
    [each for each in EXPERIMENTS if any(case.must != SHOWN for case in each.cases)],
    ids=named,
)
def test_rates_are_within_their_bounds(experiment):
    for rate in measure(experiment, max(SIMULATIONS // experiment.cost, FEWEST), 1):
        low, high = rate.bounds
        assert rate.holds, f"{rate.case}: {rate.found} is not within {low} to {high}"


@pytest.mark.parametrize("share", [0.0, 0.3], ids=["too seldom", "too often"])
def test_a_rate_beyond_its_bounds_does_not_hold(share):
    experiment = one("", "", LEVEL, EXACT, lambda rng: rng.random() < share)
    (rate,) = measure(experiment, 1000)
    assert not rate.holds
    at_most = rate.case._replace(must=AT_MOST)
    assert Rate(at_most, 1000, share).holds == (share == 0.0)


def test_an_experiment_is_the_same_whatever_else_is_simulated():
    made = [one(name, "", LEVEL, EXACT, lambda rng: rng.random() < LEVEL) for name in ("a", "b")]
    first, second = (measure(each, 500)[0].found for each in made)
    assert first != second
    assert measure(made[0], 500)[0].found == first


def test_the_page_has_every_case_and_says_that_all_hold():
    found = re.findall(
        r"^\| (.+?) \| (.+?) \|.* ([\d,]+) \| (yes|NO|-) \|$", PAGE.read_text(), re.MULTILINE
    )
    listed = [(about, world) for about, world, *_ in found]
    cases = [case for each in EXPERIMENTS for case in each.cases]
    assert listed == [(case.about, case.world) for case in cases]
    assert "NO" not in [holds for *_, holds in found]
    assert min(int(n.replace(",", "")) for *_, n, _ in found) >= 1000


def test_the_page_says_what_the_program_writes():
    before, _, after = TEXT.partition("{table}")
    text = PAGE.read_text(encoding="utf-8")
    assert text.startswith(before)
    assert text.endswith(after)


def test_no_case_stands_twice():
    cases: list[Case] = [case for each in EXPERIMENTS for case in each.cases]
    assert len({case[:2] for case in cases}) == len(cases)
