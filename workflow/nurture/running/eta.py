"""How long a run still takes, from the jobs that it has done and from what earlier runs took."""

import csv
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean

KNOWN = 0.5
"""Share of the jobs left whose duration has to be known before time left is shown, unless most
jobs are done."""

SHIPPED = Path(__file__).with_name("default_times.csv")
"""Mean seconds of each rule's jobs in a run of the default, for a first run of one's own."""

TRUSTED = 10.0
"""Seconds of work after which this run's speed counts as much as that of the shipped times."""


class Pace:
    """What jobs take.

    Of each job to be done its rule is known, by the job's number, and the seconds that it took in
    an `earlier` run, unless it never ran; perhaps also those that a job of a rule took elsewhere,
    `shipped_times`.
    """

    def __init__(
        self,
        rules: Mapping[int, str],
        earlier: Mapping[int, float],
        shipped: Mapping[str, float] | None = None,
    ):
        self.left = dict(rules)
        self.earlier = dict(earlier)
        self.shipped = dict(shipped or {})
        self.seconds: list[float] = []
        self.by_rule: dict[str, list[float]] = {}
        self.here, self.there = TRUSTED, TRUSTED
        for job, taken in earlier.items():
            self.by_rule.setdefault(rules[job], []).append(taken)

    def done(self, job: int, seconds: float) -> None:
        """Note that a job took so many seconds."""
        rule = self.left.pop(job, None)
        self.seconds.append(seconds)
        if rule and job not in self.earlier:
            self.by_rule.setdefault(rule, []).append(seconds)
        if rule in self.shipped:
            self.here, self.there = self.here + seconds, self.there + self.shipped[rule]

    def remaining(self, elapsed: float, at_work: Mapping[int, float] | None = None) -> float | None:
        """Estimate the seconds left; None while too little is known.

        A job left takes as long as in an earlier run, or else as the mean of its rule in this one,
        or else as shipped and corrected for this run's speed. From the seconds `elapsed` since the
        run began, and those of the jobs at work so far, follows how many jobs run at a time.
        """
        known = {job: seconds for job in self.left if (seconds := self._expected(job)) is not None}
        at_work = at_work or {}
        at_a_time = (sum(self.seconds) + sum(at_work.values())) / elapsed if elapsed else 0
        most_done = len(self.seconds) > len(self.left)
        if not at_a_time or not (most_done or len(known) >= KNOWN * len(self.left)):
            return None
        unknown = (len(self.left) - len(known)) * fmean(known.values() or self.seconds)
        left = sum(max(known[job] - at_work.get(job, 0), 0) for job in known)
        return (left + unknown) / at_a_time

    def _expected(self, job: int) -> float | None:
        rule = self.left[job]
        if job in self.earlier:
            return self.earlier[job]
        if rule in self.by_rule:
            return fmean(self.by_rule[rule])
        elsewhere = self.shipped.get(rule)
        return None if elsewhere is None else elsewhere * self.here / self.there


def shipped_times() -> dict[str, float]:
    """Read the seconds that a job of each rule took where the default was run for this table."""
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        return {row["rule"]: float(row["seconds"]) for row in csv.DictReader(file)}


def benchmarked(path: str | Path | None) -> float | None:
    """Read the seconds that a job took from its benchmark file; None where there is none."""
    try:
        lines = Path(path or "").read_text(encoding="utf-8").splitlines()
        return float(lines[1].split("\t")[0])
    except (OSError, IndexError, ValueError):
        return None
