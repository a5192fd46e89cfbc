"""Simulate all experiments and write docs/calibration.md."""

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.calibration import answers, continua, decoding, networks, units
from benchmarks.calibration.cases import Experiment, Rate, measure
from benchmarks.calibration.page import page, row

PAGE = Path(__file__).parents[2] / "docs" / "calibration.md"


def experiments() -> list[Experiment]:
    """List all experiments, in the order of the page."""
    parts = units, decoding, answers, continua, networks
    return [each for part in parts for each in part.experiments()]


def _measured(number: int, n: int) -> tuple[list[Rate], float]:
    start = time.process_time()
    return measure(experiments()[number], n), time.process_time() - start


def measure_all(n: int, processes: int) -> list[Rate]:
    """Simulate all experiments, the costliest first; processes change no number."""
    costs = [one.cost for one in experiments()]
    order = sorted(range(len(costs)), key=lambda i: -costs[i])
    with ProcessPoolExecutor(processes, get_context("fork")) as pool:
        waiting = {i: pool.submit(_measured, i, n) for i in order}
        for i in order:
            rates, spent = waiting[i].result()
            for rate in rates:
                print(f"{spent:6.1f} s  {row(rate)}", flush=True)  # noqa: T201
        return [rate for i in range(len(costs)) for rate in waiting[i].result()[0]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, and write the page."""
    parser = argparse.ArgumentParser(description="Measure the calibration of all tests.")
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args(arguments)
    given.out.write_text(page(measure_all(given.simulations, given.processes)), encoding="utf-8")


if __name__ == "__main__":
    main()
