import pytest

from nurture.core.progress import duration
from nurture.running.eta import Pace, benchmarked


def test_jobs_left_take_what_they_took_earlier():
    pace = Pace({1: "faces", 2: "images", 3: "images"}, {1: 10.0, 2: 4.0, 3: 6.0})
    pace.done(1, 10)
    assert pace.remaining(elapsed=10) == 10


def test_two_jobs_at_a_time_halve_the_time_left():
    pace = Pace({1: "faces", 2: "images", 3: "images"}, {1: 10.0, 2: 4.0, 3: 6.0})
    pace.done(1, 20)
    assert pace.remaining(elapsed=10) == 5


def test_jobs_at_work_count_by_what_they_have_done():
    pace = Pace({1: "faces", 2: "images", 3: "images"}, {1: 4.0, 2: 10.0, 3: 6.0})
    pace.done(1, 4)
    assert pace.remaining(elapsed=4, at_work={2: 4.0}) == 6  # 10 - 4 and 6, two at a time
    assert pace.remaining(elapsed=16, at_work={2: 12.0}) == 6  # longer than expected: nearly done


def test_a_job_that_never_ran_takes_the_mean_of_its_rule():
    pace = Pace({1: "images", 2: "images", 3: "images"}, {})
    pace.done(1, 2)
    pace.done(2, 4)
    assert pace.remaining(elapsed=6) == 3


def test_one_job_of_an_unknown_rule_counts_as_the_others():
    pace = Pace({1: "images", 2: "images", 3: "report"}, {})
    pace.done(1, 2)
    assert pace.remaining(elapsed=2) == 4


def test_nothing_is_shown_while_most_jobs_left_are_unknown():
    pace = Pace({1: "faces", 2: "images", 3: "report"}, {})
    assert pace.remaining(elapsed=0) is None
    pace.done(1, 2)
    assert pace.remaining(elapsed=2) is None


def test_when_most_is_done_jobs_of_unknown_rules_count_as_those_done():
    pace = Pace({1: "faces", 2: "images", 3: "report"}, {})
    pace.done(1, 2)
    pace.done(2, 4)
    assert pace.remaining(elapsed=6) == 3


def test_a_first_run_begins_with_shipped_times():
    pace = Pace({1: "faces", 2: "images", 3: "report"}, {}, {"faces": 10, "images": 4, "report": 6})
    pace.done(1, 10)
    assert pace.remaining(elapsed=5) == 5


def test_shipped_times_are_corrected_for_the_speed_of_this_run():
    pace = Pace({1: "faces", 2: "images", 3: "images"}, {}, {"faces": 10, "images": 8})
    pace.done(1, 30)  # 30 + 10 seconds of work and trust, where 10 + 10 were expected
    assert pace.remaining(elapsed=30) == 32
    pace.done(2, 5)
    assert pace.remaining(elapsed=35) == 5


def test_benchmarked_seconds(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_text("s\th:m:s\tmax_rss\n4.87\t0:00:04\t170.15\n")
    assert benchmarked(path) == 4.87


@pytest.mark.parametrize("text", ["", "s\n", "s\nNA\n"], ids=["empty", "heading", "no-number"])
def test_a_broken_benchmark_says_nothing(tmp_path, text):
    path = tmp_path / "x.tsv"
    path.write_text(text)
    assert benchmarked(path) is None
    assert benchmarked(None) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "<1 s"), (59.7, "1 min 0 s"), (75, "1 min 15 s"), (7500, "2 h 5 min")],
    ids=str,
)
def test_durations_in_words(seconds, words):
    assert duration(seconds) == words
