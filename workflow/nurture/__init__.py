"""Facial-expression perception in image networks: faces, networks and statistics.

The names below work on arrays of your own; `nurture.api` describes them. They are loaded when they
are first used, since the Snakefile imports this package without numpy or torch.
"""

import gc
import os
import sys
from importlib import import_module

# HDF5 would lock files, which some shared disks refuse. Files are complete before they have their
# names, and nothing changes them after that.
os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"

# A job of the workflow begins with imports that make no garbage, and a quarter of their time went
# into looking for it. `nurture.running.script.step` switches that on again.
if os.path.join(".snakemake", "scripts") in "".join(sys.argv[:1]):
    gc.disable()

__all__ = (
    "EXPRESSIONS",
    "confusion_matrix",
    "decode",
    "extract",
    "fit_curves",
    "identification_curve",
    "likeness",
    "load_results",
    "noise_ceiling",
    "permutation_test",
    "select_units",
    "two_way_anova",
)


def __getattr__(name: str):
    if name in __all__:
        # Not written as a name that a digest of code would follow: no rule uses these.
        return getattr(import_module(f"{__name__}.api"), name)
    raise AttributeError(f"module 'nurture' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted((*globals(), *__all__))
