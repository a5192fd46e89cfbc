"""What a piece of work takes of its process. Both sides import this, and nothing else in common."""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path


def report(work: Callable[[], object], versions: str) -> None:
    """Do the work, and write seconds, processor seconds and peak memory as a line of JSON."""
    before = peak_mib()
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    values = {"s": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    values |= {"mib": peak_mib(), "mib_before": before, "versions": versions}
    sys.stdout.write(json.dumps(values) + "\n")


def peak_mib() -> float:
    """Largest resident memory of this process so far."""
    if sys.platform == "linux":
        # Not getrusage, which counts what the parent held when it started this process.
        (peak,) = (x for x in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x)
        return int(peak.split()[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
