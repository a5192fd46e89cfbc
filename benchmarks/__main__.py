"""Measure everything and write results/benchmarks.csv; see docs/benchmarks.md."""

import argparse
import logging
import platform
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks import analysis, casting, extraction, runs, size, storage
from benchmarks.measuring import table

logger = logging.getLogger("benchmarks")
RESULTS = Path("results")


def main() -> None:
    """Measure what was asked for, all by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--output", type=Path, default=RESULTS / "benchmarks.csv")
    parser.add_argument("--thingsvision", default="no environment was made for it")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--whole", action="store_true", help="run the whole default anew")
    parser.add_argument("--only", nargs="*", default=[])
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    n = given.repeats
    parts = {
        "extraction": lambda: extraction.extraction(n),
        "thingsvision": lambda: extraction.against_thingsvision(given.thingsvision, min(n, 2)),
        "size": size.size,
        "storage": lambda: storage.storage(n, RESULTS),
        "half": lambda: storage.half_precision(RESULTS, "config/config.yaml"),
        "analysis": lambda: analysis.analysis(n),
        "permutations": lambda: analysis.permutations(min(n, 2)),
        "rendering": lambda: casting.rendering(n, "config/action_units.yaml"),
        "start": lambda: runs.start(n),
        "default": lambda: runs.default(given.whole),
    }
    given.output.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for part, measure in parts.items():
        if given.only and part not in given.only:
            continue
        logger.info("%s ...", part)
        for each in measure():
            lines.append(each)
            ratio = f"{each['ratio']:.3g}" if "ratio" in each else "not measured"
            logger.info("%s | %s: %s", each["benchmark"], each["against"], ratio)
        # After each part, so that a run that is broken off has what it measured.
        table(lines, machine()).to_csv(given.output, index=False, float_format="%.5g")


def machine() -> str:
    """Describe the machine that was measured, without names."""
    memory = round(psutil.virtual_memory().total / 2**30)
    packages = ("snakemake", "torch", "numpy", "scipy", "statsmodels", "warp-lang")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    kind = f"{psutil.cpu_count()} cores ({platform.machine()}), {memory} GiB"
    return f"{kind}, {platform.system()}, Python {platform.python_version()}, {versions}"


if __name__ == "__main__":
    main()
