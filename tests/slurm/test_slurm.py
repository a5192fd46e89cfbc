"""A real SLURM: the same bytes as without it, and what happens when its jobs are ended.

`tests/slurm/run.sh` brings the cluster. Runs of the tiny experiment are left in folders of their
own in results/slurm-test.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar

import pytest

if "SLURM_TEST_CLUSTER" not in os.environ:
    pytest.skip("needs SLURM: run by `make slurm-test`", allow_module_level=True)

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "results" / "slurm-test"
NETWORK = "results/networks/untrained-1.safetensors"
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


def wait_until(true, seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.2)


class Run:
    """A call of Snakemake that goes on by itself, in a folder of its own."""

    started: ClassVar[list["Run"]] = []

    def __init__(self, name: str, *arguments: str):
        self.folder = PLACE / name
        self.folder.mkdir(parents=True, exist_ok=True)
        for part in ("Snakefile", "workflow", "config", "envs", "profiles"):
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

    def jobs(self, state: str) -> list[str]:
        """Identifiers of the run's jobs in a state."""
        return self.identifier and slurm(
            *("squeue", "-h", "-o", "%i", "-t", state, "-n", self.identifier)
        )

    def accounted(self, field: str) -> list[str]:
        """One field of SLURM's accounting for each of the run's jobs, in their order."""
        return slurm("sacct", "-X", "-n", "-P", "-o", field, "--name", self.identifier)

    def reasons(self) -> list[str]:
        """The lines that say why the scheduler ended a job."""
        return re.findall(r"^SLURM job \d+ .*$", self.output, re.MULTILINE)


def _results(run):
    folder = run.folder / "results"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in KINDS
    }


def _start(name, *arguments, target=NETWORK):
    return Run(name, *SLURM, *arguments, "--", target)


def _running(run):
    wait_until(lambda: run.jobs("RUNNING"))
    return run.jobs("RUNNING")[0]


def _completes(run, local):
    """A second call makes what is missing, with the bytes of the local run."""
    again = _start(run.folder.name).finish()
    assert again.status == 0, again.output
    assert (run.folder / NETWORK).read_bytes() == (local.folder / NETWORK).read_bytes()


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind():
    """However the tests end, what they started ends too; an interrupt cancels SLURM jobs."""
    yield
    for run in Run.started:
        if run.process.poll() is None:
            run.process.send_signal(signal.SIGINT)
            run.finish()


@pytest.fixture(scope="session")
def local() -> Run:
    """The tiny experiment, finished on this machine without SLURM."""
    run = Run("local", *LOCAL).finish()
    assert run.status == 0, run.output
    return run


@pytest.fixture(scope="session")
def cluster() -> Run:
    """The same through SLURM."""
    run = Run("cluster", *SLURM).finish()
    assert run.status == 0, run.output
    return run


@pytest.fixture(scope="session", autouse=True)
def stopped_clock(nothing_left_behind):
    """A job that stands still until its minute is over, meanwhile the others run."""
    run = _start("time", "--retries", "0", "--set-resources", "network:runtime=1")
    job = _running(run)
    wait_until(lambda: len(_processes(job)) > 3)
    for process in _processes(job):
        os.kill(process, signal.SIGSTOP)
    return run


def _processes(job):
    return [int(line.split()[0]) for line in slurm("scontrol", "listpids", job)[1:]]


def test_results_have_the_bytes_of_a_local_run(local, cluster):
    expected, found = _results(local), _results(cluster)
    assert [name for name in found if found[name] != expected.get(name)] == []
    assert {Path(name).suffix for name in found} == KINDS


def test_only_forward_passes_ask_for_a_gpu(cluster):
    with_gpu = {
        comment.split("_")[1]
        for comment, resources in zip(
            cluster.accounted("Comment"), cluster.accounted("AllocTRES"), strict=True
        )
        if "gres/gpu=1" in resources
    }
    assert with_gpu == {"activations"}


def test_small_jobs_share_an_allocation(cluster):
    logs = [path.name.split("_") for path in (cluster.folder / "results/logs/slurm").iterdir()]
    alone = {name[1] for name in logs if name[0] == "rule"}
    groups = Counter("_".join(name[1:3]) for name in logs if name[0] == "group")
    assert alone == {"network", "activations", "validity"}
    assert set(groups.values()) == {1}, groups
    assert {name.split("_")[0] for name in groups} == {"stimuli", "analysis", "tables"}


def test_what_one_made_is_finished_for_the_other(local, cluster):
    for name, options in (("local", SLURM), ("cluster", LOCAL)):
        again = Run(name, *options).finish()
        assert "Nothing to be done" in again.output, again.output


def test_a_new_layer_is_extracted_alone(cluster):
    layers = "networks={untrained-1: {layers: [conv1, stage4_3, stage5_1]}}"
    target = "results/selectivity/untrained-1/conv1.nc"
    run = Run("cluster", *SLURM, "--config", layers, "--", target).finish()
    assert run.status == 0, run.output
    rules = re.findall(r"^\d+ of \d+: ([\w-]+)", run.output, re.MULTILINE)
    assert rules == ["activations_untrained-1_selection_new_layers", "selectivity"]


def test_a_cancelled_job_is_named_and_made_by_a_second_call(local):
    run = _start("cancelled", "--retries", "0")
    job = _running(run)
    slurm("scancel", job)
    assert run.finish().status == 1
    assert [line.split(" (log")[0] for line in run.reasons()] == [
        f"SLURM job {job} was cancelled. Call again"
    ]
    _completes(run, local)


def test_want_of_memory_is_named_and_a_second_call_completes(local):
    run = _start("memory", "--retries", "0", "--set-resources", "network:mem_mb=150").finish()
    assert run.status == 1
    (line,) = run.reasons()
    assert "ran out of memory" in line
    assert "--set-resources network:mem_mb=" in line
    assert Path(line.split("(log: ")[1].rstrip(")")).exists()
    _completes(run, local)


def test_a_job_that_wants_memory_gets_more_and_recovers():
    run = _start("more-memory", "--set-resources", "network:mem_mb=150*attempt**4").finish()
    assert run.status == 0, run.output
    assert run.accounted("State,ReqMem") == ["FAILED|150M", "COMPLETED|2400M"]


@pytest.mark.skipif(
    os.environ["SLURM_TEST_CLUSTER"] == "joined", reason="the controller is not ours to restart"
)
def test_a_restart_of_the_controller_goes_unnoticed(local):
    place = Path(os.environ["SLURM_TEST_CLUSTER"])
    run = _start("restart")
    _running(run)
    os.kill(int((place / "run/slurmctld.pid").read_text()), signal.SIGTERM)
    wait_until(lambda: subprocess.run(["scontrol", "ping"], check=False).returncode != 0)
    subprocess.run(["slurmctld", "-f", place / "etc/slurm.conf"], check=True)
    assert run.finish().status == 0, run.output
    assert (run.folder / NETWORK).read_bytes() == (local.folder / NETWORK).read_bytes()


def test_want_of_time_is_named_and_a_second_call_completes(stopped_clock, local):
    run = stopped_clock.finish()
    assert run.status == 1
    (line,) = run.reasons()
    assert "ran out of time" in line
    assert "--set-resources network:runtime=" in line
    _completes(run, local)
