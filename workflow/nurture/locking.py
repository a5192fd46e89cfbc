"""One run at a time in a folder.

Snakemake's own lock is a file that outlives a run that was killed, so that the next call stops and
asks for ``--unlock``; and of two runs that start in the same second it may stop neither. The locks
here belong to processes: the kernel lets go of them with the last breath of a process, however it
ends. Where a file system has no such locks, Snakemake's own are left as they are.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nurture.errors import NurtureError

FOLDER = Path(".snakemake")
RUN = FOLDER / "nurture_run.lock"
"""Held by a run, from the reading of the Snakefile to its end."""

JOBS = FOLDER / "nurture_jobs.lock"
"""Shared by all scripts that are at work, which may survive a run that was killed."""

KILLED = "an earlier run in this folder was killed; what it finished is kept"
BUSY = "another snakemake{} is at work in this folder; wait for it to end, or use another folder"
READ_ONLY = "{}: cannot be written to; change its rights, or run in another folder"
ORPHANS = "waiting for jobs that go on after their run was killed"


def claim_folder(dry: bool = False, patience: float = 1) -> str:
    """Claim this folder for this run, and clear away the lock of a run that was killed.

    Parameters
    ----------
    dry : bool
        Whether the run only says what it would do. Then it keeps nobody out, and another run at
        work is no error.
    patience : float
        Seconds for which another process may hold the folder, since dry runs do for a moment.

    Returns
    -------
    str
        A line for the user; empty when there is nothing to say.

    Raises
    ------
    NurtureError
        When another run is at work in this folder, or it cannot be written to.
    """
    with suppress(OSError):
        FOLDER.mkdir(exist_ok=True)
    if not os.access(FOLDER, os.W_OK if not dry else os.R_OK):
        raise NurtureError(READ_ONLY.format(Path.cwd()))
    until = time.monotonic() + patience
    while (lock := _locked(RUN, fcntl.LOCK_EX)) is False:
        if dry:
            return _busy()
        if time.monotonic() > until:
            raise NurtureError(_busy())
        time.sleep(0.1)
    if lock is None:
        return ""
    locks = FOLDER / "locks"
    killed = locks.is_dir() and any(locks.iterdir())
    if killed:
        # Snakemake's, of a run that no longer lives, or the kernel would not have given us ours.
        shutil.rmtree(locks)
    if dry:
        os.close(lock)
    else:
        with suppress(OSError):  # of a full disk
            os.truncate(lock, 0)
            os.write(lock, str(os.getpid()).encode())
    return KILLED if killed else ""


def wait_for_jobs(say: Callable[[str], None]) -> None:
    """Wait until scripts of a run that was killed have ended, lest they overwrite newer results.

    Parameters
    ----------
    say : callable
        Told once when there are any.
    """
    told = False
    while (lock := _locked(JOBS, fcntl.LOCK_EX)) is False:
        if not told:
            say(ORPHANS)
        told = True
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


def _busy() -> str:
    try:
        process = RUN.read_text(encoding="ascii")
    except (OSError, ValueError):
        process = ""
    return BUSY.format(f" (process {process})" if process.isdigit() else "")
