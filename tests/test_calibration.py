"""A short form of docs/calibration.md: tests and intervals do what they claim."""

import re
from pathlib import Path

import pytest

from benchmarks.calibration import AT_MOST, EXACT, LEVEL, SHOWN, Case, Rate, cases, measure

PAGE = Path(__file__).parents[1] / "docs" / "calibration.md"
SIMULATIONS = 200
CASES = [case for case in cases() if case.must != SHOWN]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.about}; {case.world}" for case in CASES])
def test_rates_are_within_their_bounds(case):
    rate = measure(case, max(SIMULATIONS // case.cost, 10), 1)
    low, high = rate.bounds
    assert rate.holds, f"{rate.found} is not within {low} to {high}"


@pytest.mark.parametrize("share", [0.0, 0.3], ids=["too seldom", "too often"])
def test_a_rate_beyond_its_bounds_does_not_hold(share):
    case = Case("", "", LEVEL, EXACT, lambda rng: rng.random() < share)
    assert not measure(case, 1000, 0).holds
    assert Rate(case._replace(must=AT_MOST), 1000, share).holds == (share == 0.0)


def test_the_page_has_every_case_and_says_that_all_hold():
    rows = re.findall(r"^\| (.+?) \| (.+?) \|.* (yes|NO|-) \|$", PAGE.read_text(), re.MULTILINE)
    listed = [(about, world) for about, world, _ in rows]
    assert listed == [(case.about, case.world) for case in cases()]
    assert "NO" not in [holds for *_, holds in rows]
