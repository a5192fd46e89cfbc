"""Write the times with which a first run begins, from the benchmark files of a finished default."""

import csv
import sys
from collections import defaultdict
from pathlib import Path
from statistics import fmean

from nurture.running.eta import SHIPPED, benchmarked


def mean_times(benchmarks: Path) -> dict[str, float]:
    """Mean seconds of each rule's jobs."""
    seconds = defaultdict(list)
    for path in sorted(benchmarks.rglob("*.tsv")):
        rule = path.relative_to(benchmarks).with_suffix("").parts[0]
        seconds[rule].append(benchmarked(path))
    return {rule: fmean(taken) for rule, taken in seconds.items()}


if __name__ == "__main__":
    with SHIPPED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["rule", "seconds"])
        for rule, seconds in sorted(mean_times(Path(sys.argv[1], "benchmarks")).items()):
            writer.writerow([rule, f"{seconds:.2g}"])
