"""A warm start: the libraries are imported once for a run, and not once for each of its jobs.

Snakemake starts a Python for each script, and two of three seconds of a small job go into importing
the same libraries. Here the jobs of a run on this machine are forks of one process that has them
(`nurture.running.fork_server`), and each comes to the same bytes. What a fork used is exact, since
the system says so when it ends; Snakemake looks every half a minute. Its memory counts what it
shares with others, about 300 MB with all libraries.

It takes the place of one method of Snakemake's, in one version, on Linux. Jobs in environments,
containers or shadow folders or with several threads start as Snakemake starts them, and so do all
jobs when the process is gone.

Imported by the Snakefile: nothing heavy is imported here.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from snakemake import __version__
from snakemake.script import PythonScript

from nurture.running.scheduling import KNOWN

VARIABLE = "NURTURE_WARM_START"
"""Environment variable: from how many jobs on a run is worth it."""
FEWEST = 6

ONE_THREAD = ("OMP", "GOTO", "OPENBLAS", "MKL", "NUMEXPR")
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SERVER = Path(__file__).with_name("fork_server.py")

ALL = ("yaml", "xarray", "netCDF4", "h5py", "snakemake.script")
OWN = {
    "extract": (
        "PIL.Image",
        "scipy.ndimage",
        "scipy.spatial.transform",
        "torch",
        "safetensors.torch",
        "warp",
        "efficientnet_lite_pytorch",
    ),
    "stats": ("scipy.stats", "sklearn.svm", "sklearn.discriminant_analysis"),
    "figures": ("matplotlib.figure", "matplotlib.backends.backend_agg"),
}
"""What takes long to import: for all jobs, and for those of each environment."""


class Ended(NamedTuple):
    """How a script ended."""

    status: int
    """Its exit status, negative after a signal."""
    memory: int
    """The largest that it had in memory, KiB."""
    processor: float
    """Processor time, s."""


class ForkServer:
    """The process that forks, as the run sees it.

    Parameters
    ----------
    libraries : iterable of str
        Modules that it imports. Which of them a job uses is its own affair.
    """

    def __init__(self, libraries: Iterable[str] = ()):
        self.socket, theirs = socket.socketpair()
        threads = {f"{name}_NUM_THREADS": "1" for name in ONE_THREAD}
        command = [sys.executable, "-P", str(SERVER), str(theirs.fileno()), *libraries]
        # What stops a run is for its scripts: this process ends when the run has.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        with theirs:
            self.process = subprocess.Popen(
                command, env={**os.environ, **threads}, pass_fds=[theirs.fileno()]
            )
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self.lock, self.over = Lock(), False

    def run(self, script: str, environment: Mapping[str, str]) -> Ended | None:
        """Run a script to its end, with variables of its own.

        None when the process that forks is gone; what it had begun has ended too.
        """
        message = json.dumps({"script": script, "environment": dict(environment)}).encode()
        reading, writing = os.pipe()
        with open(reading, encoding="ascii") as answer:
            try:
                with self.lock:  # one message at a time, so that none runs into the next
                    socket.send_fds(self.socket, [message], [writing])
                    self.socket.recv(1)
            except OSError:
                pass
            finally:
                os.close(writing)
            said = answer.read()
        return Ended(*json.loads(said)) if said else None

    def end(self) -> None:
        """Let it end."""
        self.over = True
        self.socket.close()
        self.process.wait()


def warm_start(workflow, version: str = __version__) -> None:
    """Let the jobs of a run be forks, where that is worth it and Snakemake is as expected."""
    jobs = [job for job in workflow.dag.needrun_jobs() if job.rule.script]
    few = len(jobs) < int(os.environ.get(VARIABLE) or FEWEST)
    elsewhere = not workflow.local_exec or workflow.deployment_settings.deployment_method
    if few or elsewhere or version != KNOWN or sys.platform != "linux":
        return
    environments = sorted({Path(str(job.rule.conda_env)).stem for job in jobs})
    own = [library for name in environments for library in OWN.get(name, ())]
    server, started_anew = ForkServer([*ALL, *own]), PythonScript.execute_script
    atexit.register(server.end)

    def execute_script(self, fname, edit=False):
        other = (self.conda_env, self.container_img, self.env_modules, self.shadow_dir)
        plain = type(self) is PythonScript and self.threads == 1 and not edit and not any(other)
        if not plain or not _forked(server, self, fname):
            started_anew(self, fname, edit)

    PythonScript.execute_script = execute_script


def _forked(server: ForkServer, job: PythonScript, script: str) -> bool:
    """Run a script of a job in a fork, or say that there is none."""
    folder = job.resources.get("tmpdir")
    places = dict.fromkeys(("TMPDIR", "TMP", "TEMPDIR", "TEMP"), folder) if folder else {}
    began = time.time()
    ended = server.run(script, places)
    if ended is None and server.over:
        # The run is being stopped: what is begun anew now would outlive it.
        raise InterruptedError(f"{script}: the run ended")
    if ended is None:
        return False
    if record := job.bench_record:
        record.running_time, record.data_collected = time.time() - began, True
        record.max_rss, record.cpu_time = ended.memory / 1024, ended.processor
        record.cpu_usage = 100 * ended.processor
    if ended.status:
        raise subprocess.CalledProcessError(ended.status, f"{sys.executable} {script}")
    return True
