"""Fewer scheduling passes of Snakemake's, by a change that its authors could take over.

After each pass that leaves jobs to do, Snakemake 9.27 sets a timer for the next one, since its
limit of 100 jobs a second may hold back some of them. The pass that the timer starts sets a timer
again: every job that ends adds a pass to each second of the rest of the run, and each pass asks for
the parameters of all jobs that could begin. Here only a pass that has used the limit up sets one.
The report for Snakemake's authors is in docs/benchmarks.md.

Imported by the Snakefile: nothing heavy is imported here.
"""

from snakemake import __version__

KNOWN = "9.27.1"
"""The version of Snakemake whose inner functions are as this package expects them; see the lock."""


def pass_only_for_a_reason(scheduler, version: str = __version__) -> None:
    """Let a scheduler set its timer only where the limit of jobs a second holds some back.

    Parameters
    ----------
    scheduler : snakemake.scheduling.job_scheduler.JobScheduler
        Of a run before it begins. Left as it is where there is no limit.
    version : str
        Of Snakemake; with another than `KNOWN` the scheduler is left as it is.
    """
    limit = scheduler.job_rate_limiter
    if version != KNOWN or limit is None:
        return
    set_timer = scheduler._schedule_reevalutation

    def set_timer_if_held_back(delay: float) -> None:
        if limit.get_free_jobs() == 0:
            set_timer(delay)

    scheduler._schedule_reevalutation = set_timer_if_held_back
