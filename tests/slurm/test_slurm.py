"""A real SLURM: the same bytes as without it, and what happens when jobs or nodes are lost.

`tests/slurm/run.sh` brings the cluster. Runs of the tiny experiment are left in folders of their
own in results/slurm-test. All that need not wait for another start at once.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest

if "SLURM_TEST_CLUSTER" not in os.environ:
    pytest.skip("needs SLURM: run by `make slurm-test`", allow_module_level=True)

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "results" / "slurm-test"
OURS = os.environ["SLURM_TEST_CLUSTER"] != "joined"
ENDED = (
    "results/tiny/networks/untrained-1.safetensors",
    "results/tiny/stimuli/generalisation/faces.nc",
    "results/tiny/stimuli/training/faces.nc",
)
PREEMPTED = "results/tiny/stimuli/selection/faces.nc"
ASKED = "--default-resources"
MAIN, LAB = "slurm_partition=main", "slurm_account=lab"
REFUSED = {
    "partition": (ASKED, "slurm_partition=nosuch", LAB),
    "account": (ASKED, MAIN, "slurm_account=nosuch"),
    "memory": ("--set-resources", "faces:mem_mb=999999999"),
}
KINDS = {".nc", ".csv", ".svg", ".png", ".pdf", ".html", ".safetensors", ".txt"}
LOCAL = ("--cores", "2")
SLURM = (
    *("--workflow-profile", "slurm", "--profile", "profiles/gpu"),
    # The cluster is on this machine, so there is no need to wait as long as the profile does.
    *("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "5"),
)


def slurm(*command: str) -> list[str]:
    """Lines that one of SLURM's own commands answers."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def wait_until(true, seconds: float = 600):
    """Wait for a function to return what counts as true; that is returned."""
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.2)
    return value


class Run:
    """A call of Snakemake that goes on by itself, in a folder of its own."""

    started: ClassVar[list["Run"]] = []

    def __init__(self, name: str, *arguments: str):
        self.folder = PLACE / name
        (self.folder / "results/tiny").mkdir(parents=True, exist_ok=True)
        # What is compiled for this machine (results/tiny/cache) is no result.
        for part in ("Snakefile", "workflow", "config", "envs", "profiles", "results/tiny/cache"):
            if not (self.folder / part).exists():
                (self.folder / part).symlink_to(ROOT / part)
        earlier = len(list(self.folder.glob("terminal-*.txt")))
        self.log = self.folder / f"terminal-{earlier + 1}.txt"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "snakemake"),
                    *("--configfile", "config/tiny.yaml", *arguments),
                ],
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.started.append(self)

    def finish(self) -> "Run":
        self.process.wait(timeout=3600)
        return self

    @property
    def status(self) -> int:
        return self.process.returncode

    @property
    def output(self) -> str:
        return self.log.read_text()

    @property
    def identifier(self) -> str | None:
        """The name that all jobs of the run have in SLURM."""
        found = re.search(r"SLURM run ID: (\S+)", self.output)
        return found and found[1]

    def running(self, step: str = "") -> list[str]:
        """Identifiers of the run's jobs that run now, or of one rule's or group's alone."""
        if not self.identifier:
            return []
        jobs = slurm("squeue", "-h", "-t", "RUNNING", "-o", "%i %k", "-n", self.identifier)
        return [line.split()[0] for line in jobs if step in line]

    def at_work(self, step: str = "") -> list[str]:
        """Identifiers as in `running`, once all of these jobs have begun with a rule."""
        jobs = self.running(step)
        logs = self.folder.glob("results/tiny/logs/slurm/**/*.log")
        begun = {log.stem for log in logs if "localrule" in log.read_text()}
        return jobs if begun.issuperset(jobs) else []

    def accounted(self, fields: str) -> list[str]:
        """Fields of SLURM's accounting for each of the run's jobs, in their order."""
        return slurm("sacct", "-X", "-n", "-P", "-o", fields, "--name", self.identifier)

    def reasons(self) -> list[str]:
        """The lines that say why the scheduler ended a job."""
        return re.findall(r"^SLURM job \d+ .*$", self.output, re.MULTILINE)


def _results(run):
    folder = run.folder / "results/tiny"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in KINDS
    }


@pytest.fixture(scope="session", autouse=True)
def runs():
    """All first calls, which start at once: while one waits, another works.

    However the tests end, what they started ends too; an interrupt cancels SLURM jobs.
    """
    it = SimpleNamespace()
    try:
        limits = ("--set-resources", "network:mem_mb=150", "faces:runtime=1")
        targets = (*ENDED, PREEMPTED) if OURS else ENDED
        it.ended = Run("ended", *SLURM, "--retries", "0", *limits, "--", *targets)
        it.cluster = Run("cluster", *SLURM)
        it.local = Run("local", *LOCAL)
        it.cancelled = _cancel(it.ended, "stimuli_generalisation")
        it.stopped = _stop(it.ended, "stimuli_training")
        if OURS:
            it.preempted = _preempt(it.ended, "stimuli_selection")
            it.closed = Run("closed", *SLURM, ASKED, "slurm_partition=closed", LAB, "--", ENDED[0])
        # A job that was just beginning might stand still for two minutes after a restart.
        it.surviving = wait_until(it.cluster.at_work)
        if OURS:
            _restart_controller(Path(os.environ["SLURM_TEST_CLUSTER"]))
            it.lost = _lose_node(it.cluster)
            it.waiting = _wait_for_reason(it.closed)
        it.refused = {
            name: Run(f"refused-{name}", *SLURM, *asked, "--", ENDED[2]).finish()
            for name, asked in REFUSED.items()
        }
        assert it.local.finish().status == 0, it.local.output
        it.layer = _extract_new_layer(it.local)
        yield it
    finally:
        for run in Run.started:
            if run.process.poll() is None:
                run.process.send_signal(signal.SIGINT)
                run.finish()


def _cancel(run, step):
    (job,) = wait_until(lambda: run.running(step))
    slurm("scancel", job)
    return job


def _stop(run, step):
    """Have a job stand still until its minute is over."""
    (job,) = wait_until(lambda: run.at_work(step))
    # Several nodes are on one machine, so their daemon has to be named.
    (node,) = slurm("squeue", "-h", "-j", job, "-o", "%N")
    for line in slurm("scontrol", "listpids", job, node)[1:]:
        os.kill(int(line.split()[0]), signal.SIGSTOP)
    return job


def _preempt(run, step):
    """Have a job make room for one that is more urgent."""
    (job,) = wait_until(lambda: run.running(step))
    (node,) = slurm("squeue", "-h", "-j", job, "-o", "%N")
    urgent = ("-A", "lab", "-p", "urgent", "-w", node, "-t", "1", "-o", "/dev/null")
    slurm("sbatch", *urgent, "--wrap", "true")
    return job


def _lose_node(run):
    """Set a node down on which a job of the run is at work; the job."""

    def at_work():
        begun = run.at_work()
        jobs = [line.split() for line in slurm("squeue", "-h", "-t", "R", "-o", "%i %N")]
        return next(((job, node) for job, node in jobs if job in begun), None)

    job, node = wait_until(at_work)
    slurm("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
    return job


def _wait_for_reason(run):
    """Interrupt a run that says why its job waits."""
    wait_until(lambda: "waiting:" in run.output)
    run.process.send_signal(signal.SIGINT)
    return run.finish()


def _restart_controller(place):
    os.kill(int((place / "run/slurmctld.pid").read_text()), signal.SIGTERM)
    wait_until(lambda: subprocess.run(["scontrol", "ping"], check=False).returncode)
    subprocess.run(["slurmctld", "-f", place / "etc/slurm.conf"], check=True)


def _extract_new_layer(local):
    """In a folder of links to finished results, which rules replace and never write into."""
    place = PLACE / "layer"
    shutil.copytree(local.folder / ".snakemake", place / ".snakemake")
    shutil.copytree(local.folder / "results", place / "results", copy_function=os.link)
    layers = "networks={untrained-1: {layers: [conv1, stage4_3, stage5_1]}}"
    target = "results/tiny/selectivity/untrained-1/conv1.nc"
    return Run("layer", *SLURM, "--config", layers, "--", target)


def test_jobs_that_are_ended_are_named_with_what_to_do(runs):
    assert runs.ended.finish().status == 1, runs.ended.output
    jobs = dict(line.split("|") for line in runs.ended.accounted("Comment,JobID"))
    starved = jobs["rule_network_wildcards_untrained-1"]
    more = "Every attempt asks for more; set more with --set-resources"
    lines = [line.rstrip(")").split(" (log: ") for line in runs.ended.reasons()]
    preempted = [f"SLURM job {runs.preempted} had to make room for other jobs. Call again"] * OURS
    assert sorted(line for line, _ in lines) == sorted(
        [
            *preempted,
            f"SLURM job {runs.cancelled} was cancelled. Call again",
            f"SLURM job {starved} ran out of memory. {more} network:mem_mb=...",
            f"SLURM job {runs.stopped} ran out of time. {more} faces:runtime=...",
        ]
    )
    assert all(Path(log).exists() for _, log in lines)


@pytest.mark.parametrize(
    ("case", "line"),
    [
        pytest.param(
            "partition",
            'SLURM does not take jobs like faces: "invalid partition specified: nosuch; Invalid '
            'partition name specified"; name one that `sinfo` lists',
            id="partition",
        ),
        pytest.param(
            "account",
            'SLURM does not take jobs like faces: "Invalid account or account/partition '
            'combination specified"; name yours',
            id="account",
        ),
        pytest.param(
            "memory",
            'SLURM does not take group stimuli_training: "Memory specification can not be '
            'satisfied; Requested node configuration is not available"; ask for less',
            id="memory",
        ),
    ],
)
@pytest.mark.skipif(not OURS, reason="other clusters have other words")
def test_what_slurm_does_not_take_is_one_line_in_its_own_words(runs, case, line):
    run = runs.refused[case]
    assert run.status == 1, run.output
    said = [words for words in run.output.splitlines() if words.startswith("nurture: ")]
    assert [words.startswith(f"nurture: {line}") for words in said] == [True], run.output
    assert set(run.accounted("Elapsed")) <= {"00:00:00"}  # SLURM may list what it refused


@pytest.mark.skipif(not OURS, reason="has no partition that is down")
def test_a_job_that_may_wait_for_ever_is_named_with_slurms_reason(runs):
    (line,) = re.findall(r"^SLURM keeps .*$", runs.waiting.output, re.MULTILINE)
    (job,) = runs.waiting.accounted("JobID")
    assert line.startswith(f"SLURM keeps job {job} (network) waiting: PartitionDown. ")
    assert [state.split()[0] for state in runs.waiting.accounted("State")] == ["CANCELLED"]


def test_a_second_call_completes_and_gets_more_memory_with_each_attempt(runs):
    limits = ("--set-resources", "network:mem_mb=150*attempt**4")
    runs.ended.finish()
    again = Run("ended", *SLURM, *limits, "--", *ENDED, PREEMPTED).finish()
    assert again.status == 0, again.output
    for made in (*ENDED, PREEMPTED):
        assert (again.folder / made).read_bytes() == (runs.local.folder / made).read_bytes()
    jobs = again.accounted("Comment,State,ReqMem")
    assert [job for job in jobs if "network" in job] == [
        "rule_network_wildcards_untrained-1|FAILED|150M",
        "rule_network_wildcards_untrained-1|COMPLETED|2400M",
    ]


def test_a_new_layer_is_extracted_alone(runs):
    assert runs.layer.finish().status == 0, runs.layer.output
    rules = re.findall(r"^\d+ of \d+: ([\w-]+)", runs.layer.output, re.MULTILINE)
    assert rules == ["activations_untrained-1_selection_new_layers", "selectivity"]


@pytest.mark.skipif(not OURS, reason="controller and nodes are not ours to stop")
def test_a_run_outlives_a_restart_of_the_controller_and_the_loss_of_a_node(runs):
    assert runs.cluster.finish().status == 0, runs.cluster.output
    jobs = dict(line.split("|") for line in runs.cluster.accounted("JobID,State"))
    assert jobs.pop(runs.lost) == "NODE_FAIL"
    assert set(jobs.values()) == {"COMPLETED"}
    assert jobs.keys() >= set(runs.surviving) - {runs.lost}
    nodes = [set(slurm("sacct", "-X", "-n", "-P", "-o", "NodeList", "-j", job)) for job in jobs]
    assert len(set.union(*nodes)) > 1


def test_results_have_the_bytes_of_a_local_run(runs):
    assert runs.cluster.finish().status == 0, runs.cluster.output
    expected, found = _results(runs.local), _results(runs.cluster)
    assert [name for name in found if found[name] != expected.get(name)] == []
    assert {Path(name).suffix for name in found} == KINDS


def test_only_forward_passes_ask_for_a_gpu(runs):
    runs.cluster.finish()
    with_gpu = {
        comment.split("_")[1]
        for comment, resources in zip(
            runs.cluster.accounted("Comment"), runs.cluster.accounted("AllocTRES"), strict=True
        )
        if "gres/gpu=1" in resources
    }
    assert with_gpu == {"activations"}


def test_small_jobs_share_an_allocation(runs):
    place = runs.cluster.finish().folder
    logs = [path.name.split("_") for path in (place / "results/tiny/logs/slurm").iterdir()]
    alone = {name[1] for name in logs if name[0] == "rule"}
    groups = Counter("_".join(name[1:3]) for name in logs if name[0] == "group")
    assert alone == {"network", "activations", "validity"}
    assert set(groups.values()) == {1}, groups
    assert {name.split("_")[0] for name in groups} == {"stimuli", "analysis", "tables"}
    # In it Snakemake starts once for all steps, and not once for every few.
    starts = slurm("sacct", "-n", "-P", "-o", "JobID", "--name", runs.cluster.identifier)
    assert {step.partition(".")[2] for step in starts} == {"", "batch", "0"}


def test_what_one_made_is_finished_for_the_other(runs):
    runs.cluster.finish()
    calls = [Run("local", *SLURM), Run("cluster", *LOCAL)]
    for again in calls:
        assert "Nothing to be done" in again.finish().output, again.output
