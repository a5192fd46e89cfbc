"""One run at a time in a folder.

Snakemake's own lock is a file that outlives a run that was killed, so that the next call stops and
asks for ``--unlock``; and of two runs that start in the same second it may stop neither. The locks
here belong to processes: the kernel lets go of them when the process exits, however it ends.

On a shared disk they may hold on one machine only, or not at all. So a run also writes down which
process of which machine it is, and wipes that out when it ends. What an earlier run has left is
cleared away only where that run is known to be dead: one of this machine, whose process is gone.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import atexit
import fcntl
import json
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from nurture.core.errors import NurtureError

FOLDER = Path(".snakemake")
RUN = FOLDER / "nurture_run.lock"
"""Held by a run, from the reading of the Snakefile to its end."""

JOBS = FOLDER / "nurture_jobs.lock"
"""Shared by all scripts that are at work, which may survive a run that was killed."""

KILLED = "an earlier run in this folder was killed; what it finished is kept"
BUSY = "another snakemake{} is at work in this folder; wait for it to end, or use another folder"
ELSEWHERE = (
    "another snakemake (process {0.process} on {0.host}) is at work in this folder, or was killed; "
    "wait for it to end, or if {0.host} has no such process, call snakemake --unlock, then again"
)
READ_ONLY = "{}: cannot be written to; change its rights, or run in another folder"
ORPHANS = "waiting for jobs that go on after their run was killed"


def claim_folder(dry: bool = False, patience: float = 1, unlock: bool = False) -> str:
    """Claim this folder for this run, and clear away the lock of a run that was killed.

    Returns a line for the user, empty when there is nothing to say. A `NurtureError` when another
    run is or may be at work in this folder, or it cannot be written to.

    Parameters
    ----------
    dry : bool
        Whether the run only says what it would do. Then it keeps nobody out, and another run at
        work is no error.
    patience : float
        Seconds for which another process may hold the folder, since dry runs do for a moment.
    unlock : bool
        Whether the user says that a run of another machine is dead.
    """
    with suppress(OSError):
        FOLDER.mkdir(exist_ok=True)
    if not os.access(FOLDER, os.W_OK if not dry else os.R_OK):
        raise NurtureError(READ_ONLY.format(Path.cwd()))
    try:
        lock, left = _take(0 if dry else patience, unlock)
    except NurtureError as error:
        if dry:
            return str(error)
        raise
    locks = FOLDER / "locks"
    killed = left is not None and locks.is_dir() and any(locks.iterdir())
    if killed:
        # Snakemake's, of a run that no longer lives.
        shutil.rmtree(locks)
    if not dry:
        _sign()
    elif lock is not None:
        os.close(lock)
    return KILLED if killed else ""


def _take(patience: float, unlock: bool) -> tuple[int | None, "Run | None"]:
    """Take the run's lock, where the file system has any; and find which run was killed."""
    until = time.monotonic() + patience
    while (lock := _locked(RUN, fcntl.LOCK_EX)) is False:
        if time.monotonic() >= until:
            raise NurtureError(_busy(_last_run()))
        time.sleep(0.1)
    left = _last_run()
    if left and not unlock and not _is_dead(left, locked=lock is not None):
        if lock is not None:
            os.close(lock)
        raise NurtureError(_busy(left))
    return lock, left


class Run(NamedTuple):
    """A run's process, as it is known on all machines that see a folder."""

    host: str
    machine: str
    """Name and identity of the machine."""
    boot: str
    """Identity of the time since it was switched on; the same in all its containers."""
    space: str
    """Identity of the container in which `process` is a number."""
    process: int
    start: str
    """When the process started: numbers of processes are used again."""


def this_run() -> Run:
    """Return which process of which machine this is; empty is what the system does not say."""
    space = ""
    with suppress(OSError):
        space = str(os.stat("/proc/self/ns/pid").st_ino)
    machine, boot = _text("/etc/machine-id"), _text("/proc/sys/kernel/random/boot_id")
    process = os.getpid()
    return Run(socket.gethostname(), machine, boot, space, process, _start(process))


def _text(path: str) -> str:
    with suppress(OSError, ValueError):
        return Path(path).read_text(encoding="ascii").strip()
    return ""


def _start(process: int) -> str:
    """When a process started, in ticks since the machine was switched on; empty when it is gone."""
    fields = _text(f"/proc/{process}/stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] != "Z" else ""


def _is_dead(run: Run, locked: bool) -> bool:
    """Test whether a run, which has not signed off, is known to be dead.

    Of one of another machine nothing is known; one of this machine is, where this process has
    `locked` what that run had.
    """
    here = this_run()
    if run.boot != here.boot or not here.boot:
        # Switched off since, where it is this machine.
        return (run.host, run.machine) == (here.host, here.machine) and bool(run.boot or locked)
    if locked:
        return True
    return run.space == here.space and _start(run.process) != run.start


def _last_run() -> Run | None:
    """Read which run has signed last and not ended in order."""
    try:
        return Run(**json.loads(RUN.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _sign() -> None:
    """Write down which run is at work here, until it ends."""
    run = this_run()
    with suppress(OSError):  # of a full disk
        RUN.write_text(json.dumps(run._asdict()), encoding="utf-8")
    atexit.register(_wipe_out, RUN.absolute(), run)


def _wipe_out(path: Path, run: Run) -> None:
    # A process that was forked off ends in the same way.
    if run.process == os.getpid():
        with suppress(OSError):
            os.truncate(path, 0)


def wait_for_jobs(say: Callable[[str], None]) -> None:
    """Wait until scripts of a run that was killed have ended, lest they overwrite newer results.

    When there are any, `say` is called once.
    """
    said = False
    while (lock := _locked(JOBS, fcntl.LOCK_EX)) is False:
        if not said:
            say(ORPHANS)
        said = True
        time.sleep(0.1)
    if lock:
        os.close(lock)


@contextmanager
def at_work() -> Iterator[None]:
    """Let runs that begin in this folder know that a script is at work."""
    lock = _locked(JOBS, fcntl.LOCK_SH)
    try:
        yield
    finally:
        if lock:
            os.close(lock)


def _locked(path: Path, kind: int) -> int | bool | None:
    """Open a file and lock it; False when others have the lock, None when there are no locks."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        return None
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError as error:
        os.close(file)
        return False if isinstance(error, BlockingIOError) else None
    return file


def _busy(run: Run | None) -> str:
    if run is None:
        return BUSY.format("")
    if run.host != socket.gethostname():
        return ELSEWHERE.format(run)
    return BUSY.format(f" (process {run.process})")
