"""How much memory and time a job asks of a scheduler such as SLURM.

Both grow with the size of the job's input files, and with each attempt, so that a job that was
killed for want of either asks for more when it is tried again. They are no parameters of a rule:
changing them reruns nothing.
"""

import math
from collections.abc import Callable, Iterable
from pathlib import Path

SPREAD = {"single": 1, "half": 4}
"""How many times as much activations take when they are read as in their files, by precision: at
half, files take a quarter to a half."""


def memory(
    base: int, per_mb: float = 0, spread: float = 1, most: float = math.inf
) -> Callable[..., int]:
    """Memory of a rule's jobs, for its ``resources: mem_mb``, as Snakemake calls it.

    Parameters
    ----------
    base : int
        Megabytes that a job takes whatever its input. About 300 of them go to the two Snakemake
        processes that a SLURM job holds beside the script.
    per_mb : float, default 0
        Further megabytes for each megabyte of input.
    spread : float, default 1
        How many times as much activations take when they are read as in their files: `SPREAD`.
    most : float, optional
        Megabytes of a job that reads larger input in blocks.
    """

    def amount(wildcards, input, attempt):
        return round(min(base + per_mb * _size_mb(input, spread), most) * attempt)

    return amount


minutes = memory
"""The same of a rule's time limit in minutes, for its ``resources: runtime``."""


def _size_mb(files: Iterable[str], spread: float) -> float:
    """Megabytes of the files that are there; others are still to be made by the same group."""
    there = (path for path in map(Path, files) if path.exists())
    # In the folder of results: activations/{network}/{stimuli}/{layer}.nc
    sizes = (
        path.stat().st_size * (spread if path.parts[-4:-3] == ("activations",) else 1)
        for path in there
    )
    return sum(sizes) / 1e6
