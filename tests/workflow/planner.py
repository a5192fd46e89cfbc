"""Calls of Snakemake. Those that only plan are forks of one process that has imported it.

Half of such a call goes into importing. Run as a file, this is the process: each line that it reads
is a call, in JSON, and each that it writes is how one ended.
"""

import atexit
import gc
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

ONLY_PLANS = {"--dry-run", "-n", "--touch", "--list", "--summary", "--dag", "--rulegraph"}
SAID = ("stdout", "stderr")


def snakemake(folder: Path, *arguments: str, new: bool = False) -> subprocess.CompletedProcess:
    """Call Snakemake in a folder; calls that only plan are forks, unless they are to be new."""
    given = [str(argument) for argument in arguments]
    if ONLY_PLANS & {*given} and not new and sys.platform == "linux":
        return _forked(folder, given)
    command = [sys.executable, "-m", "snakemake", *given]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _forked(folder: Path, arguments: Sequence[str]) -> subprocess.CompletedProcess:
    process = _process()
    with TemporaryDirectory() as place:
        files = [Path(place, name) for name in SAID]
        process.stdin.write(json.dumps([str(folder), arguments, {**os.environ}, *map(str, files)]))
        process.stdin.write("\n")
        process.stdin.flush()
        status = int(process.stdout.readline())
        read = {name: path.read_text() for name, path in zip(SAID, files, strict=True)}
    return subprocess.CompletedProcess(["snakemake", *arguments], status, **read)


@cache
def _process() -> subprocess.Popen:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, __file__], text=True, **pipes)
    atexit.register(process.communicate)
    return process


def _next_call() -> list | None:
    """Wait for calls and fork for each: in the fork return the call, else None at the end."""
    for line in sys.stdin:
        process = os.fork()
        if not process:
            return json.loads(line)
        _, status = os.waitpid(process, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
    return None


def _become(folder: str, arguments: Sequence[str], environment: dict[str, str], *said: str) -> None:
    """Be as a new process: where it is, what it was given, and where its words go."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0] = folder
    sys.argv = ["__main__.py", *arguments]
    for number, name in enumerate([os.devnull, *said]):
        opened = os.open(name, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)


if __name__ == "__main__":
    import jsonschema  # noqa: F401 - as the next two, what a call imports when it gets there
    import nbformat  # noqa: F401
    import smart_open  # noqa: F401
    from snakemake import cli

    cli.get_argument_parser()  # imports what is plugged in
    gc.freeze()
    if call := _next_call():
        _become(*call)
        cli.main()
