"""Claims on a folder, of processes that end in every way."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nurture import locking
from nurture.errors import NurtureError

WORKFLOW = Path(__file__).parents[1] / "workflow"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def other(folder):
    """Another process in the same folder, which runs a line and stays."""
    started = []

    def start(line):
        process = subprocess.Popen(
            [sys.executable, "-c", f"from nurture.locking import *\n{line}\nprint(1)\ninput()"],
            env={**os.environ, "PYTHONPATH": str(WORKFLOW)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        started.append(process)
        assert process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_second_run_is_refused_until_the_first_is_killed(folder, other):
    first = other("claim_folder()")
    locks = folder / ".snakemake/locks"
    locks.mkdir()
    (locks / "0.output.lock").write_text("results/x.nc\n")
    busy = rf"another snakemake \(process {first.pid}\) is at work in this folder; wait for it"
    with pytest.raises(NurtureError, match=busy):
        locking.claim_folder(patience=0)
    assert locking.claim_folder(dry=True).startswith("another snakemake (process")
    assert locks.exists()
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert locking.claim_folder(dry=True) == locking.KILLED
    assert not locks.exists()


def test_a_dry_run_keeps_nobody_out(folder, other):
    assert locking.claim_folder(dry=True) == ""
    other("claim_folder(patience=0)")


def test_jobs_are_waited_for(folder, other):
    (folder / ".snakemake").mkdir()
    job = other("job = at_work(); job.__enter__()")
    said = []

    def say(line):
        said.append(line)
        job.kill()

    locking.wait_for_jobs(say)
    assert said == [locking.ORPHANS]


def test_jobs_do_not_keep_each_other_out(folder, other):
    (folder / ".snakemake").mkdir()
    other("job = at_work(); job.__enter__()")
    with locking.at_work():
        pass
    assert (folder / ".snakemake/nurture_jobs.lock").exists()


def test_a_script_outside_of_a_run_locks_nothing(folder):
    with locking.at_work():
        assert list(folder.iterdir()) == []


def test_without_locks_of_the_file_system_nothing_is_refused_or_cleared(folder, monkeypatch):
    def flock(_file, _kind):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(locking.fcntl, "flock", flock)
    (folder / ".snakemake/locks").mkdir(parents=True)
    (folder / ".snakemake/locks/0.output.lock").touch()
    assert locking.claim_folder() == ""
    locking.wait_for_jobs(pytest.fail)
    assert (folder / ".snakemake/locks/0.output.lock").exists()
