"""Runs that are killed at any moment: the next call goes on, and the results are the same."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from base64 import urlsafe_b64encode

import pytest

KILLS = 50
TARGETS = ("results/tiny/tables/selective_units.csv", "results/tiny/tables/confusion.csv")
FEW = """
experiment: {networks: [expressions], controls: []}
networks: {expressions: {layers: [conv2, block4], readout: block4}}
stimuli:
  selection: {identities: 2}
  training: {identities: 2}
  generalisation: {first_identity: 104, identities: 2}
  continua: {identities: 1}
"""
KILLED = "an earlier run in this folder was killed; what it finished is kept"
BUSY = r"another snakemake \(process \d+\) is at work in this folder; wait for it to end"


class Few:
    """Few faces and one network, in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "few.yaml").write_text(FEW)
        self.console = folder / "console.txt"

    def start(self, *targets, **options):
        command = [
            *(sys.executable, "-m", "snakemake", "--cores", "2"),
            *("--configfile", "config/tiny.yaml", "few.yaml", "--", *targets),
        ]
        with self.console.open("w") as console:
            return subprocess.Popen(
                command, cwd=self.folder, stdout=console, stderr=subprocess.STDOUT, **options
            )

    def run(self, *targets):
        assert self.start(*targets).wait() == 0, self.console.read_text()
        return self.console.read_text()

    def until(self, text, process):
        """Wait for something on the console, or for the end."""
        while not re.search(text, self.console.read_text()) and process.poll() is None:
            time.sleep(0.02)

    def results(self):
        """Every result by its path; logs and measured times differ from run to run."""
        other = re.compile(r"results/tiny/(logs|benchmarks|cache)/")
        files = (path for path in self.folder.glob("results/tiny/**/*") if path.is_file())
        names = ((path.relative_to(self.folder).as_posix(), path) for path in files)
        return {name: path.read_bytes() for name, path in names if not other.match(name)}

    def finished(self):
        """Results that are there and that no job has begun to make, with what tells them apart."""
        states = {}
        for name in self.results():
            if ".part" in name:
                continue  # of a job that was killed; the next one clears it away
            mark = urlsafe_b64encode(name.encode()).decode()
            if not (self.folder / ".snakemake/incomplete" / mark).exists():
                state = (self.folder / name).stat()
                states[name] = (state.st_ino, state.st_mtime_ns)
        return states

    def begin_again(self):
        for name in self.results():
            (self.folder / name).unlink()
        return {}


@pytest.fixture(scope="module")
def undisturbed(new_project, tmp_path_factory):
    """Never killed, and every job a process of its own; the others begin warm, as runs do."""
    few = Few(new_project(tmp_path_factory.mktemp("undisturbed")).folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NURTURE_WARM_START", "1000000")
        few.run(*TARGETS)
    return few


@pytest.fixture
def few(undisturbed, tmp_path):
    """The same before its first run, but with compiled kernels."""
    folder, made = tmp_path / "few", shutil.ignore_patterns("results", ".snakemake")
    shutil.copytree(undisturbed.folder, folder, symlinks=True, ignore=made)
    shutil.copytree(undisturbed.folder / "results/tiny/cache", folder / "results/tiny/cache")
    return Few(folder)


def test_killed_at_random_moments(few, undisturbed):
    """Whatever was finished stays as it is, down to the very file."""
    moments = random.Random(5)
    expected, finished, kills, complaints = undisturbed.results(), {}, 0, 0
    while kills < KILLS:
        process = few.start(*TARGETS, start_new_session=True)
        if moments.random() < 0.8:
            few.until("jobs? to do", process)
        time.sleep(moments.uniform(0, 1.5))
        if process.poll() is not None:
            assert process.returncode == 0, few.console.read_text()
            # Done before it could be killed: once more from the start.
            assert few.results() == expected
            finished = few.begin_again()
            continue
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
        complaints += KILLED in few.console.read_text()
        now = few.finished()
        lost = {name for name in finished if now.get(name) != finished[name]}
        assert lost == set()
        finished = now
    few.run(*TARGETS)
    assert few.results() == expected
    assert few.finished().items() >= finished.items()
    assert complaints > KILLS / 2
    assert list(few.folder.rglob("*.part*")) == []
    finished = few.finished()
    few.run(*TARGETS)
    assert few.finished() == finished


def test_jobs_that_outlive_their_run_are_waited_for(few):
    """Else they might overwrite what a run with other settings has made."""
    target = "results/tiny/stimuli/selection/faces.nc"
    run = few.start(target)
    while not (begun := list(few.folder.glob("results/tiny/stimuli/*/.faces.*.part.nc"))):
        assert run.poll() is None, few.console.read_text()
        time.sleep(0.02)
    job = int(begun[0].name.split(".")[2])
    os.kill(job, signal.SIGSTOP)
    run.kill()
    run.wait()
    few.console = few.console.with_name("later.txt")  # the job still writes to the other
    later = few.start(target)
    few.until("waiting for jobs that go on after their run was killed", later)
    assert later.poll() is None, few.console.read_text()
    assert not (few.folder / target).exists()
    os.kill(job, signal.SIGCONT)
    assert later.wait() == 0
    assert KILLED in few.console.read_text()


def test_two_runs_at_once(few):
    first = few.start(*TARGETS[:1])
    console, few.console = few.console, few.console.with_name("second.txt")
    second = few.start(*TARGETS[:1])
    ends = first.wait(), second.wait()
    said = console.read_text(), few.console.read_text()
    assert sorted(ends) == [0, 1], said
    assert re.search(BUSY, said[ends.index(1)])
    assert "Traceback" not in said[ends.index(1)]
    assert "--unlock" not in said[ends.index(1)]
