"""Memory of extraction and analysis at full size, which must grow neither with images nor units."""

import sys
import tempfile
from pathlib import Path

from benchmarks.extraction import child, prepare
from benchmarks.measuring import line

MANY, FEW, SIZE = 2_000, 200, 64
BUDGET_MIB = 1.5 * 2**10
STEPS = {"extraction": ("ours.py", "all"), "analysis": ("analysed.py", "")}


def size() -> list[dict]:
    """Extract and analyse all convolutional layers of VGG-16 at full width.

    Returns
    -------
    list of dict
        Peak memory of each against the budget of the configuration, and against a tenth of the
        images.
    """
    few, many = (_peaks(n) for n in (FEW, MANY))
    lines = []
    for step in STEPS:
        name = f"peak memory, {step}: VGG-16, 13 layers, {MANY:,} images of {SIZE} pixels"
        lines += [
            line(name, "the budget of 1.5 GiB", many[step], [BUDGET_MIB], aim=1, unit="MiB"),
            line(name, f"{FEW} images", many[step], few[step], unit="MiB"),
        ]
    return lines


def _peaks(n: int) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        prepare(folder, n, SIZE)
        return {
            step: [child([sys.executable, *command], folder)["mib"]]
            for step, command in STEPS.items()
        }
