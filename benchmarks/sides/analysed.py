"""The analysis of all layers that `ours.py` has written, in a process of its own: FOLDER."""

import sys
from pathlib import Path

import numpy as np
from measured import report

from nurture.core.files import open_dataset
from nurture.selectivity.anova import selectivity


def _analyse(folder: Path) -> None:
    for path in sorted(folder.glob("*.nc")):
        with open_dataset(path, "activations") as activations:
            selectivity(activations, 0.01)


report(lambda: _analyse(Path(sys.argv[1]) / "ours"), f"numpy {np.__version__}")
