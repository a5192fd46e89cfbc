# Shared by all rules. Every cluster job parses this again, so nothing heavy is imported here.
import csv
import os
import sys
from functools import cache, partial
from pathlib import Path

from snakemake.io import _IOFile
from snakemake.persistence import PersistenceBase

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

from nurture.running import config as cfg
from nurture.stimuli import settings as stimulus_settings
from nurture.networks import settings as network_settings
from nurture.rearing import settings as rearing_settings
from nurture.activations import settings as activation_settings
from nurture.observers import settings as observer_settings
from nurture.running import locking
from nurture.running import missing
from nurture.running import figures
from nurture.running import passes, planned, resources, scheduling, warm
from nurture.running.cluster import explain
from nurture.networks.listing import with_layers
from nurture.running.places import (
    check_folders,
    write_nothing,
    make_python_plain,
    only_looks,
)
from nurture.running.terminal import attach, places, why

TERMINAL = None
if workflow.is_main_process:
    said = workflow.output_settings
    hooks = not (workflow.execution_settings and workflow.execution_settings.no_hooks)
    TERMINAL = attach(logger, hooks and not (said.verbose or said.quiet))
    check_folders(Path(workflow.basedir))
    looks = said.dryrun or only_looks(sys.argv)
    if looks:
        write_nothing(PersistenceBase)
    if remark := locking.claim_folder(dry=looks, unlock="--unlock" in sys.argv):
        logger.warning(remark)
make_python_plain()


configfile: "config/config.yaml"


if workflow.is_main_process:
    config = cfg.with_home(config)
    cfg.check_config(config, WORKFLOW / "schemas" / "config.schema.yaml")
    planned.name_plan(hooks)
else:
    # A job of a run has that run's configuration, whatever the files say by now.
    GIVEN, config = planned.planned_config()


# Snakemake puts it where paths of rules say <results>.
pathvars:
    results=config["results"],


envvars:
    planned.VARIABLE,


MISSING = []
if workflow.is_main_process:
    config = rearing_settings.with_own_rearing(config)
    MISSING = missing.find_missing(config)
    GIVEN = config
    config = with_layers(missing.available(config, MISSING), logger.warning)
    config["new_layers"] = passes.new_files(config)

EXPERIMENT = config["experiment"]
COMPARED = network_settings.compared(config)
SPREAD = resources.SPREAD[config["activations"]["precision"]]
memory = partial(resources.memory, spread=SPREAD)
minutes = partial(resources.minutes, spread=SPREAD)
LIGHT = {"mem_mb": memory(1000), "runtime": minutes(2)}
"""What most jobs ask for that make a table or a figure of what others have computed."""


def makers(tables):
    """Rules that make tables, of those read so far, by which a missing one is named."""
    made_by = {str(path): rule.name for rule in workflow.rules for path in rule.output}
    return [made_by[f"{config['results']}/tables/{table}.csv"] for table in tables]


PACKAGE_STATE = planned.package_state(WORKFLOW)


@cache
def digest(script, function=""):
    path = WORKFLOW / "scripts" / f"{script}.py"
    return planned.kept_digest(path, WORKFLOW, PACKAGE_STATE, function=function)


def code(script, function=""):
    """Digest of a script and of what it uses: a rule's parameter, so that edits rerun it.

    Found when a job asks for it: a cluster job has few of the rules.
    """
    return lambda wildcards: digest(script, function)


def call(name, **given):
    """Parameters of a rule whose script opens the rule's input, calls a function and writes."""
    function = f"nurture.{name}"
    return {"function": function, "asked": given, "code": code("call", function)}


def of_layers(folder, layers):
    """Files of a folder of results, one for each of these networks and layers."""
    return [f"<results>/{folder}/{network}/{layer}.nc" for network, layer in layers]


def figure_files(figure):
    """Files of a figure; Snakemake's own report shows the first."""
    place = f"<results>/figures/{figure.name}"
    about = {"caption": "../report/figure.rst", "category": figure.category}
    return [report(f"{place}.svg", **about), *multiext(place, ".png", ".pdf")]


def where():
    """Return where to look for what this call makes."""
    return places(config["results"], made(), map(str, workflow.dag.targetfiles))


def made():
    """All files that this call makes, or that an earlier one made for it."""
    return [str(path) for job in workflow.dag.jobs for path in job.output]


def findings():
    """Return what the run found, in sentences."""
    path = rules.replication.output.conclusions
    if path not in made():
        return []
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [row["conclusion"] for row in csv.DictReader(file)]


def reused():
    """How many jobs need not run."""
    kept = set(workflow.dag.jobs)
    kept -= set(workflow.dag.needrun_jobs(exclude_finished=False))
    return sum(bool(job.output) for job in kept)


if TERMINAL:
    TERMINAL.idle = lambda: (reused(), where())
    if said.dryrun:
        TERMINAL.plan = lambda: [
            (job.rule.name, why(job, workflow.dag.reason(job)))
            for job in workflow.dag.needrun_jobs()
            if job.output
        ]


wildcard_constraints:
    stimuli="[^/]+",
    network="[^/]+",
    layer="[^/]+",


onstart:
    if workflow.is_main_process:
        if not workflow.execution_settings.keep_going:
            missing.check_weights(GIVEN, made())
        locking.wait_for_jobs(logger.warning)
        planned.write_plan([GIVEN, config], workflow.dag.needrun_jobs())
        scheduling.pass_only_for_a_reason(workflow.scheduler)
        scheduling.hash_once(_IOFile)
        warm.warm_start(workflow)
    if TERMINAL:
        TERMINAL.begin(workflow.dag.needrun_jobs(), reused())


onsuccess:
    if TERMINAL:
        TERMINAL.end(where(), found=findings())


onerror:
    for path in map(Path, log):
        for line in explain(path.read_text(encoding="utf-8")):
            logger.error(line)
    if TERMINAL:
        TERMINAL.end([], ", ".join(map(os.path.relpath, log)))
