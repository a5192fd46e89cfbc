"""Start-up and no-op time of the workflow as it grows, and the whole default."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import yaml

from benchmarks.measuring import absent, line, side_by_side, timed_line

ROOT = Path(__file__).parents[1]
PARTS = ("Snakefile", "workflow", "config", "envs", "profiles")
SEEDS = (3, 13, 33)
"""Untrained networks beside the three trained ones: the default's, then up to 1,000 jobs."""

PLAIN = """
rule all:
    input: [f"done/{{i}}" for i in range({jobs})]
rule each:
    output: "done/{{i}}"
    shell: "touch {{output}}"
"""
AGAINST = "a plain Snakefile of one rule and as many jobs"
LIMIT = 600.0
"""Seconds that the default may take on two cores."""


def start(repeats: int) -> list[dict]:
    """Time what a call takes beside its jobs, against the same call of a plain workflow."""
    lines = []
    with tempfile.TemporaryDirectory() as place:
        for seeds in SEEDS:
            folders = [Path(place) / f"{side}-{seeds}" for side in ("ours", "plain")]
            jobs = _lay_out(*folders, seeds)
            size = f"{seeds + 3} networks, {jobs:,} jobs"
            if seeds == SEEDS[0]:
                reading = "reading the workflow, as every cluster job does"
                lines.append(_compare(reading, folders, repeats, "--list-rules"))
                for folder in folders:
                    _pretend_done(folder)
                done = f"finding nothing to do: {size}"
                lines.append(_compare(done, folders, repeats, "--dry-run", "--quiet"))
                continue
            planning = f"planning a first run: {size}"
            lines.append(_compare(planning, folders, repeats, "--dry-run", "--quiet"))
    return lines


def _lay_out(ours: Path, plain: Path, seeds: int) -> int:
    """Make a folder with a grown experiment and one with a plain workflow; count the jobs."""
    ours.mkdir()
    plain.mkdir()
    for part in PARTS:
        (ours / part).symlink_to(ROOT / part)
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    names = [f"untrained-{seed}" for seed in range(1, seeds + 1)]
    networks = {
        name: {**config["networks"]["untrained-1"], "seed": seed}
        for seed, name in enumerate(names, start=1)
    }
    trained = [name for name in config["experiment"]["networks"] if "untrained" not in name]
    grown = {"experiment": {"networks": [*trained, *names]}, "networks": networks}
    (ours / "grown.yaml").write_text(yaml.safe_dump(grown), encoding="utf-8")
    planned = _snakemake(ours, "--dry-run")
    jobs = int(re.search(r"^total +(\d+)$", planned, re.MULTILINE).group(1))
    (plain / "Snakefile").write_text(PLAIN.format(jobs=jobs), encoding="utf-8")
    return jobs


def _compare(name: str, folders: list[Path], repeats: int, *arguments: str) -> dict:
    def call(folder: Path) -> Callable[[], str]:
        return lambda: _snakemake(folder, *arguments)

    timings = side_by_side([call(folder) for folder in folders], repeats, warm=False)
    return timed_line(name, AGAINST, timings)


def _pretend_done(folder: Path) -> None:
    """Make every output as an empty file, and have Snakemake note each as made by its job."""
    for row in _snakemake(folder, "--summary").splitlines()[1:]:
        path = folder / row.split("\t")[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (1e9, 1e9))
    _snakemake(folder, "--touch", "--forceall", "--quiet")


def _snakemake(folder: Path, *arguments: str) -> str:
    grown = ["--configfile", "grown.yaml"] if (folder / "grown.yaml").exists() else []
    quiet = ["all"] if arguments[-1] == "--quiet" else []
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *grown, *arguments, *quiet]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"snakemake {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}")
    return done.stdout if "--summary" in arguments else done.stdout + done.stderr


def default(anew: bool) -> list[dict]:
    """Describe what the whole default takes, from the last run's own records or from a new run.

    Parameters
    ----------
    anew : bool
        Run it, with all cores, in a folder of its own. Otherwise the processor time of all jobs
        of the last run counts, as if two cores had shared it without a gap.
    """
    name, against = "the whole default", "the limit of 10 min on two cores"
    with tempfile.TemporaryDirectory() as place:
        folder, seconds = ROOT, None
        if anew:
            folder = Path(place)
            for part in PARTS:
                (folder / part).symlink_to(ROOT / part)
            begun = time.perf_counter()
            _snakemake(folder, "--cores", "all", "--quiet")
            seconds = time.perf_counter() - begun
        paths = sorted((folder / "results" / "benchmarks").rglob("*.tsv"))
        if not paths:
            return [absent(name, against, "no run has finished here; make demo, then make bench")]
        jobs = pd.concat([pd.read_csv(path, sep="\t") for path in paths])
    # Too short a job has no processor time of its own.
    cpu = pd.to_numeric(jobs["cpu_time"], errors="coerce").fillna(jobs["s"]).sum()
    note = f"{len(jobs)} jobs, {cpu:.0f} s of processor time, {jobs['s'].sum():.0f} s on the clock"
    if not anew:
        seconds = cpu / 2
        note += "; half of the last run's processor time"
    budget = 1.5 * 2**10
    return [
        line(name, against, [seconds], [LIMIT], aim=1, note=note),
        line(
            "largest memory of a job of the default",
            "the budget of 1.5 GiB",
            [jobs["max_rss"].max()],
            [budget],
            aim=1,
            unit="MiB",
        ),
    ]
