"""Measure two things in turn, and keep what came out as lines of one table."""

import os
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd


@dataclass
class Timing:
    """Seconds on the wall clock and of processor time, one of each per repeat."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def side_by_side(
    works: Sequence[Callable[[], object]], repeats: int, warm: bool = True
) -> list[Timing]:
    """Time pieces of work in turn, so that all of them meet the same machine.

    Parameters
    ----------
    works : sequence of callable
    repeats : int
        Every second repeat goes through them in the opposite order.
    warm : bool
        Call each once before anything is timed, to compile and to fill caches.

    Returns
    -------
    list of Timing
    """
    timings = [Timing() for _ in works]
    if warm:
        for work in works:
            work()
    for repeat in range(repeats):
        pairs = list(zip(works, timings, strict=True))
        for work, timing in reversed(pairs) if repeat % 2 else pairs:
            wall, cpu = time.perf_counter(), processor_seconds()
            work()
            timing.wall.append(time.perf_counter() - wall)
            timing.cpu.append(processor_seconds() - cpu)
    return timings


def processor_seconds() -> float:
    """Processor time of this process, all its threads, and the children that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def line(
    name: str,
    against: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    aim: float | None = None,
    unit: str = "s",
    cpu: tuple[Sequence[float], Sequence[float]] | None = None,
    note: str = "",
) -> dict:
    """Make one line of the table.

    Parameters
    ----------
    name, against : str
        What was measured, and beside what.
    ours, theirs : sequence of float, one per repeat
        Of both, in `unit`. Values at the same place were measured one after the other.
    aim : float, optional
        The ratio should not be above it.
    unit : str
        ``s``, ``MiB`` or another.
    cpu : tuple of two sequences, optional
        Processor seconds of both, which other processes on the machine disturb less.
    note : str
        What a reader has to know of this line.

    Returns
    -------
    dict
        ``ratio`` is that of the smallest values: whatever disturbs a repeat makes it longer.
        ``ratio_min``, ``ratio_median`` and ``ratio_max`` are over the repeats' own ratios.
    """
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    ratio = min(ours) / min(theirs)
    values = {"benchmark": name, "against": against, "unit": unit, "repeats": len(ours)}
    for side, of in (("ours", ours), ("theirs", theirs), ("ratio", ratios)):
        values |= {
            f"{side}_min": min(of),
            f"{side}_median": statistics.median(of),
            f"{side}_max": max(of),
        }
    return values | {
        "ratio": ratio,
        "cpu_ratio": min(cpu[0]) / min(cpu[1]) if cpu else None,
        "aim": aim,
        "met": None if aim is None else ("yes" if ratio <= aim else "no"),
        "load": os.getloadavg()[0],
        "note": note,
    }


def timed_line(name: str, against: str, pair: Sequence[Timing], scale: float = 1, **others) -> dict:
    """Make a line of two timings; `scale` turns theirs, of a sample, into that of the whole."""
    ours, theirs = pair
    wall, cpu = ([scale * value for value in of] for of in (theirs.wall, theirs.cpu))
    return line(name, against, ours.wall, wall, cpu=(ours.cpu, cpu), **others)


def absent(name: str, against: str, why: str) -> dict:
    """Make a line that says why there are no numbers."""
    return {"benchmark": name, "against": against, "repeats": 0, "note": f"not measured: {why}"}


def table(lines: Sequence[dict], machine: str) -> pd.DataFrame:
    """Put lines together, with the machine in words."""
    columns = list(line("", "", [1], [1]))
    return pd.DataFrame(lines, columns=columns).assign(machine=machine)
