# Shared by all rules. Every cluster job parses this again, so nothing heavy is imported here.
import os
import sys
from functools import cache
from pathlib import Path

from snakemake.exceptions import WorkflowError

WORKFLOW = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(WORKFLOW))
# Scripts run in processes of their own, which find the package through their environment.
os.environ.update(
    PYTHONPATH=os.pathsep.join(filter(None, [str(WORKFLOW), os.getenv("PYTHONPATH")]))
)
# glibc hands freed arrays back to the kernel, and faulting the same pages in again for every batch
# took a third of an extraction's time. Kept, they cost about a tenth of a gigabyte.
os.environ.update(
    MALLOC_MMAP_THRESHOLD_=str(2**32),
    MALLOC_TRIM_THRESHOLD_=str(2**32),
    MALLOC_TOP_PAD_=str(2**26),
)

from nurture import config as cfg
from nurture import missing as brought
from nurture import passes
from nurture.cluster import explain
from nurture.digest import code_digest
from nurture.errors import NurtureError
from nurture.networks.listing import with_layers
from nurture.resources import memory, minutes

try:
    cfg.check_config(config, WORKFLOW / "schemas" / "config.schema.yaml")
    MISSING = brought.find_missing(config)
    config = with_layers(brought.available(config, MISSING))
except NurtureError as error:
    raise WorkflowError(str(error)) from None

EXPERIMENT = config["experiment"]


@cache
def code(script):
    """Digest of a script and of what it imports: a rule's parameter, so that edits rerun it."""
    return code_digest(WORKFLOW / "scripts" / f"{script}.py", WORKFLOW)


wildcard_constraints:
    stimuli="[^/]+",
    network="[^/]+",
    layer="[^/]+",


onsuccess:
    summary = Path("results/summary.txt")
    if summary.exists() and brought.possible(config, [summary]):
        print(summary.read_text(encoding="utf-8"))


onerror:
    for path in map(Path, log):
        for line in explain(path.read_text(encoding="utf-8")):
            logger.error(line)
