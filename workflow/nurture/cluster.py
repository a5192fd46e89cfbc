"""Why a job on a cluster ended: the scheduler's word, found in the job's log, as one line."""

import re
from collections.abc import Iterator
from pathlib import Path

CAUSES = {
    r"exceeded memory limit|oom[-_ ]kill": (
        "ran out of memory. Every attempt asks for more; set more with "
        "--set-resources {rule}:mem_mb=..."
    ),
    r"DUE TO TIME LIMIT": (
        "ran out of time. Every attempt asks for more; set more with "
        "--set-resources {rule}:runtime=..."
    ),
    r"DUE TO NODE FAILURE": "was lost with its node. Call again",
    r"DUE TO PREEMPTION": "had to make room for other jobs. Call again",
    r"CANCELLED AT": "was cancelled. Call again",
}
"""What SLURM writes into a job's log, what it means and what to do; the first that fits counts."""
SUBMITTED = r"SLURM jobid (\w+) \(log: (.+)\)"
FAILED = "{path} (check log"
STARTED = r"^(?:local)?rule ([^\s:]+):"


def explain(log: str) -> Iterator[str]:
    """Say why the scheduler ended jobs.

    Parameters
    ----------
    log : str
        What Snakemake logged of a run, in which failed jobs and their logs are named.

    Yields
    ------
    str
        One line for each job that the scheduler ended, with what to do. A job that failed by
        itself is left out: its own message says more.
    """
    for job, path in re.findall(SUBMITTED, log):
        cause = _cause(Path(path)) if FAILED.format(path=path) in log else None
        if cause:
            yield f"SLURM job {job} {cause} (log: {path})"


def _cause(path: Path) -> str | None:
    """Put into words what the scheduler wrote into a job's log."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    words = next((CAUSES[sign] for sign in CAUSES if re.search(sign, text)), None)
    started = re.findall(STARTED, text, re.MULTILINE)
    return words and words.format(rule=started[-1] if started else "RULE")
