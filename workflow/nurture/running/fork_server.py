"""A process that has loaded the libraries once, and forks for each script that it is given.

It is run as a file of its own by `nurture.running.warm`, and imports nothing of this package: what
a job loads of that must be as old as the job. It leaves one thread, and no library at work, so that
a fork of it is as good as a new process; if one has begun a thread, it ends and jobs start anew. It
ends when the run that it belongs to has ended, however that ended: its socket is closed then.
"""

import atexit
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
from contextlib import suppress
from importlib import import_module


def serve(run: socket.socket) -> dict | None:
    """Fork for each message of the run, and answer when the fork has ended.

    Parameters
    ----------
    run : socket.socket
        Its messages are JSON, each with a pipe for the answer: exit status, negative after a
        signal; largest resident memory in KiB; processor time in seconds. A fork holds its pipe
        open too, so that it ends unanswered only when this process and the fork are both gone.

    Returns
    -------
    dict or None
        In a fork, the message. In this process None, when the run has ended.
    """
    forks = {}
    while True:
        for ready in select.select([run, *forks], [], [])[0]:
            if ready in forks:
                process, answer = forks.pop(ready)
                _, status, used = os.wait4(process, 0)
                took = used.ru_utime + used.ru_stime
                said = [os.waitstatus_to_exitcode(status), used.ru_maxrss, took]
                with suppress(BrokenPipeError):
                    os.write(answer, json.dumps(said).encode())
                os.close(answer)
                os.close(ready)
                continue
            message, (*pipes,), _, _ = socket.recv_fds(run, 2**16, 1)
            if not message:
                return None
            process = os.fork()
            if not process:
                for watched, (_, answer) in forks.items():
                    os.close(watched)
                    os.close(answer)
                os.set_inheritable(pipes[0], False)
                return json.loads(message)
            forks[os.pidfd_open(process)] = process, pipes[0]
            run.send(b".")


def main(socket_number: int, *libraries: str) -> None:
    """Load libraries, serve, and be the script in each fork.

    The signals that stop a run were blocked by it. They are for the scripts: each fork takes them.
    """
    gc.disable()
    for library in libraries:
        with suppress(ImportError):
            import_module(library)
    gc.freeze()
    job = None
    if hasattr(os, "pidfd_open") and len(os.listdir("/proc/self/task")) == 1:
        with suppress(OSError), socket.socket(fileno=socket_number) as run:
            job = serve(run)
    if job is None:
        return
    gc.enable()
    os.environ.update(job["environment"])
    sys.argv = [job["script"]]
    sys.path.insert(0, os.path.dirname(job["script"]))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    runpy.run_path(job["script"], run_name="__main__")
    # As an interpreter ends, but for taking the libraries down: that would copy all that forks
    # share, a quarter of a second for every job.
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
