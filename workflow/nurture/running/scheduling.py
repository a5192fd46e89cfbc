"""Less work for Snakemake's main process, by changes that its authors could take over.

After each pass that leaves jobs to do, Snakemake 9.27 sets a timer for the next one, since its
limit of 100 jobs a second may hold back some of them. The pass that the timer starts sets a timer
again: every job that ends adds a pass to each second of the rest of the run, and each pass asks for
the parameters of all jobs that could begin. Here only a pass that has used the limit up sets one.
The report for Snakemake's authors is in docs/benchmarks.md.

After each job, Snakemake reads all inputs once for each output, to keep their SHA-256, however many
jobs have read the same file before. Here a file that is as it was is read once.

Imported by the Snakefile: nothing heavy is imported here.
"""

import os
import time

from snakemake import __version__

KNOWN = "9.27.1"
"""The version of Snakemake whose inner functions are as this package expects them; see the lock."""


def pass_only_for_a_reason(scheduler, version: str = __version__) -> None:
    """Let a scheduler set its timer only where the limit of jobs a second holds some back.

    It is left as it is where there is no limit, and with another version of Snakemake than `KNOWN`.
    """
    limit = scheduler.job_rate_limiter
    if version != KNOWN or limit is None:
        return
    set_timer = scheduler._schedule_reevalutation

    def set_timer_if_held_back(delay: float) -> None:
        if limit.get_free_jobs() == 0:
            set_timer(delay)

    scheduler._schedule_reevalutation = set_timer_if_held_back


SETTLED = 2.0
"""Seconds after which a change of a file changes its times: file systems count in steps."""


def hash_once(file: type, version: str = __version__) -> None:
    """Let Snakemake read a file once for its checksum, for as long as the file stays as it is.

    Files whose place, size or times have changed are read again, as are those that changed less
    than `SETTLED` seconds ago. The class `file`, ``snakemake.io._IOFile``, is left as it is with
    another version of Snakemake than `KNOWN`.
    """
    if version != KNOWN:
        return
    read, known = file.checksum, {}

    async def checksum(self, threshold=None, force=False, algorithm=None) -> str | None:
        state = None if self.is_storage else _state(self.file)
        key = (self.file, threshold, force, algorithm, state)
        if state is None or key not in known:
            found = await read(self, threshold, force, algorithm)
            if state is None or state != _state(self.file):
                return found
            known[key] = found
        return known[key]

    file.checksum = checksum


def _state(path: str) -> tuple[int, ...] | None:
    """Return what changes with a file's content; None where that cannot be known."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    if time.time() - found.st_ctime < SETTLED:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
