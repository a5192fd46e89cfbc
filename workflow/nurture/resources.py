"""How much memory and time a job asks of a scheduler such as SLURM.

Both grow with the size of the job's input files, and with each attempt, so that a job that was
killed for want of either asks for more when it is tried again. They are no parameters of a rule:
changing them reruns nothing.
"""

from collections.abc import Callable, Iterable
from pathlib import Path


def memory(base: int, per_mb: float = 0) -> Callable[..., int]:
    """Memory of a rule's jobs, for its ``resources: mem_mb``.

    Parameters
    ----------
    base : int
        Megabytes that a job takes whatever its input. About 300 of them go to the two Snakemake
        processes that a SLURM job holds beside the script.
    per_mb : float, default 0
        Further megabytes for each megabyte of input.

    Returns
    -------
    callable
        Function of ``wildcards``, ``input`` and ``attempt``, as Snakemake calls it.
    """
    return _grows(base, per_mb)


def minutes(base: int, per_mb: float = 0) -> Callable[..., int]:
    """Time limit of a rule's jobs, for its ``resources: runtime``; as `memory`, in minutes."""
    return _grows(base, per_mb)


def _grows(base: float, per_mb: float) -> Callable[..., int]:
    def amount(wildcards, input, attempt):
        return round((base + per_mb * _size_mb(input)) * attempt)

    return amount


def _size_mb(files: Iterable[str]) -> float:
    """Megabytes of the files that are there; others are still to be made by the same group."""
    return sum(path.stat().st_size for path in map(Path, files) if path.exists()) / 1e6
