"""Claims on a folder, of processes that end in every way."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nurture.core.errors import NurtureError
from nurture.running import locking

WORKFLOW = Path(__file__).parents[2] / "workflow"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def other(folder):
    """Another process in the same folder, which runs a line and stays."""
    started = []

    def start(line, **more):
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"from nurture.running.locking import *\n{line}\nprint(1)\ninput()",
            ],
            env={**os.environ, "PYTHONPATH": str(WORKFLOW), **more},
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


@pytest.fixture(scope="session")
def no_locks(tmp_path_factory):
    """A library before the system's own: `flock` fails as where a shared disk has no locks."""
    if shutil.which("gcc") is None:
        pytest.skip("needs a compiler")
    folder = tmp_path_factory.mktemp("no_locks")
    (folder / "flock.c").write_text(
        "#include <errno.h>\nint flock(int f, int k) { errno = ENOLCK; return -1; }\n"
    )
    library = folder / "flock.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, folder / "flock.c"], check=True)
    return {"LD_PRELOAD": str(library)}


AS_ELSEWHERE = """
import os
from nurture.running import locking
here = locking.this_run()
locking.this_run = lambda: here._replace(host="node7", machine="7", boot="7")
locking.claim_folder()
"""
HERE = "from nurture.running.locking import *\ntry: print(claim_folder(patience=0))\n"
HERE += "except NurtureError as error: print(error)"


def _said(line, **more):
    environment = {**os.environ, "PYTHONPATH": str(WORKFLOW), **more}
    command = [sys.executable, "-c", line]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _lock_of_snakemake(folder):
    locks = folder / ".snakemake/locks"
    locks.mkdir(parents=True)
    (locks / "0.output.lock").write_text("results/x.nc\n")
    return locks / "0.output.lock"


def test_where_locks_hold_on_one_machine_only_a_run_elsewhere_is_left_alone(folder):
    lock = _lock_of_snakemake(folder)
    # Ended without a word, so that no lock of the kernel is in the way: dead or on another machine.
    _said(AS_ELSEWHERE + "os._exit(0)")
    said = _said(HERE)
    assert said.startswith("another snakemake (process ")
    assert " on node7) is at work in this folder, or was killed; " in said
    assert said.endswith("if node7 has no such process, call snakemake --unlock, then again")
    assert locking.claim_folder(dry=True) == said
    assert lock.exists()
    assert _said(HERE.replace("patience=0", "unlock=True")) == locking.KILLED
    assert not lock.exists()


def test_a_run_that_has_ended_elsewhere_keeps_nobody_out(folder):
    _said(AS_ELSEWHERE)
    assert _said(HERE) == ""


def test_without_locks_a_run_is_known_by_its_process(folder, no_locks):
    lock = _lock_of_snakemake(folder)
    _said("from nurture.running.locking import *\nclaim_folder()\nos._exit(0)", **no_locks)
    assert _said(HERE, **no_locks) == locking.KILLED
    assert not lock.exists()


def test_without_locks_a_second_run_is_refused(folder, other, no_locks):
    lock = _lock_of_snakemake(folder)
    first = other("claim_folder()", **no_locks)
    busy = f"another snakemake (process {first.pid}) is at work in this folder; wait"
    assert _said(HERE, **no_locks).startswith(busy)
    assert lock.exists()


def test_a_number_of_a_process_that_is_used_again_is_no_run():
    here = locking.this_run()
    assert not locking._is_dead(here, locked=False)
    assert locking._is_dead(here._replace(start="1"), locked=False)
    assert locking._is_dead(here._replace(boot="before"), locked=False)
    assert not locking._is_dead(here._replace(boot="before", machine="other"), locked=True)
    assert not locking._is_dead(here._replace(space="container", start="1"), locked=False)


def test_locks_of_which_no_run_is_known_are_left(folder, no_locks):
    lock = _lock_of_snakemake(folder)
    assert _said(HERE) == ""
    assert _said(HERE, **no_locks) == ""
    assert lock.exists()


WRITES = """
import xarray, os
from nurture.core.files import open_dataset, write_dataset
write_dataset(xarray.Dataset({"x": 1}), "x.nc")
with open_dataset("x.nc", "rule") as data: print(int(data.x))
"""


def test_files_are_written_and_read_without_locks(folder, no_locks):
    assert _said(WRITES, **no_locks) == "1"
