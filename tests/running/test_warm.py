import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from nurture.running.scheduling import KNOWN
from nurture.running.warm import SERVER, VARIABLE, ForkServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are for Linux")


@pytest.fixture(scope="module")
def server():
    server = ForkServer(["xarray"])
    yield server
    server.end()


@pytest.fixture
def own_server():
    """One that a test may kill."""
    server = ForkServer()
    yield server
    server.end()


@pytest.fixture
def script(tmp_path):
    def write(text):
        path = tmp_path / "script.py"
        path.write_text(text)
        return str(path)

    return write


def until(there):
    end = time.monotonic() + 60
    while not there():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        pytest.param("pass", 0, id="end"),
        pytest.param("raise SystemExit(3)", 3, id="status"),
        pytest.param("raise SystemExit", 0, id="exit"),
        pytest.param("raise ValueError", 1, id="exception"),
        pytest.param("import os; os.kill(os.getpid(), 9)", -9, id="killed"),
        pytest.param("import os; os.kill(os.getpid(), 2)", -2, id="interrupted"),
        pytest.param("def", 1, id="syntax"),
    ],
)
def test_status(server, script, text, status):
    assert server.run(script(text), {}).status == status


ASKED = """
import atexit, gc, os, signal, sys
from pathlib import Path
import helper

said = Path("{folder}/said")
atexit.register(lambda: said.open("a").write("ended in order"))
own = [name for name in sys.modules if name.startswith("nurture")]
threads = len(os.listdir("/proc/self/task")), os.environ["OMP_NUM_THREADS"]
signals = signal.getsignal(2) is signal.default_int_handler, signal.pthread_sigmask(0, [])
about = __name__, sys.argv, helper.__file__, os.environ["TMPDIR"], gc.isenabled()
said.write_text(repr((own, threads, signals, about)))
"""


def test_a_fork_is_as_a_new_process(server, script, tmp_path):
    (tmp_path / "helper.py").write_text("")
    path, said = script(ASKED.format(folder=tmp_path)), tmp_path / "said"
    assert server.run(path, {"TMPDIR": "/somewhere"}).status == 0
    forked = said.read_text()
    environment = {**os.environ, "TMPDIR": "/somewhere", "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, path], env=environment, check=True)
    assert forked == said.read_text()
    assert forked.startswith("([], (1, '1'), (True, set()), ('__main__', ")
    assert forked.endswith("'/somewhere', True))ended in order")


def test_libraries_are_there(server, script):
    text = "import sys; sys.exit('xarray' not in sys.modules or 'torch' in sys.modules)"
    assert server.run(script(text), {}).status == 0


def test_memory_and_time_are_what_the_system_counted(server, script):
    idle = server.run(script("pass"), {})
    text = "b'1' * 400_000_000\nimport time\nwhile time.process_time() < 1: pass"
    busy = server.run(script(text), {})
    assert 0 < busy.memory - 400_000_000 / 1024 < idle.memory
    assert idle.processor < 0.15  # what forks share is not taken down
    assert 1 <= busy.processor < 1.6


def test_a_child_of_a_script_counts(server, script):
    text = (
        "import subprocess, sys\n"
        "code = 'import time\\nwhile time.process_time() < .5: pass'\n"
        "subprocess.run([sys.executable, '-c', code])"
    )
    assert server.run(script(text), {}).processor > 0.5


def test_an_answer_waits_for_no_other_script(server, tmp_path):
    waits, ends, found = tmp_path / "waits.py", tmp_path / "ends.py", []
    waits.write_text(
        "import time\nfrom pathlib import Path\n"
        f"Path('{tmp_path}/begun').touch()\n"
        f"while not Path('{tmp_path}/go').exists(): time.sleep(.02)\nraise SystemExit(4)"
    )
    ends.write_text("raise SystemExit(5)")
    thread = threading.Thread(target=lambda: found.append(server.run(str(waits), {}).status))
    thread.start()
    until((tmp_path / "begun").exists)
    assert server.run(str(ends), {}).status == 5
    assert found == []
    (tmp_path / "go").touch()
    thread.join()
    assert found == [4]


def test_a_killed_server_is_told_when_its_forks_have_ended(own_server, script, tmp_path):
    """So that the script can run anew, and never beside itself."""
    text = (
        "import time\nfrom pathlib import Path\n"
        f"Path('{tmp_path}/begun').touch()\ntime.sleep(1)\nPath('{tmp_path}/done').touch()"
    )
    found = []
    path = script(text)
    thread = threading.Thread(target=lambda: found.append(own_server.run(path, {})))
    thread.start()
    until((tmp_path / "begun").exists)
    os.kill(own_server.process.pid, signal.SIGKILL)
    thread.join()
    assert found == [None]
    assert (tmp_path / "done").exists()
    assert own_server.run(path, {}) is None


def test_ctrl_c_is_for_the_scripts(own_server, script, tmp_path):
    interrupted = (
        "import time\nfrom pathlib import Path\n"
        f"try:\n    Path('{tmp_path}/begun').touch(); time.sleep(60)\n"
        "except KeyboardInterrupt:\n    raise SystemExit(130)"
    )
    found = []
    path = script(interrupted)
    thread = threading.Thread(target=lambda: found.append(own_server.run(path, {})))
    thread.start()
    until((tmp_path / "begun").exists)
    children = Path(f"/proc/{own_server.process.pid}/task/{own_server.process.pid}/children")
    for process in (own_server.process.pid, *map(int, children.read_text().split())):
        os.kill(process, signal.SIGINT)
    thread.join()
    assert found[0].status == 130
    assert own_server.run(script("pass"), {}).status == 0


def test_it_ends_with_the_run_that_began_it(tmp_path):
    """However that ends."""
    code = (
        f"import sys, time\nsys.path.insert(0, {str(SERVER.parents[2])!r})\n"
        "from nurture.running.warm import ForkServer\n"
        "server = ForkServer()\nprint(server.process.pid, flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as run:
        state = Path(f"/proc/{int(run.stdout.readline())}/cmdline")
        until(lambda: SERVER.name in state.read_text())
        run.kill()
    until(lambda: not state.exists() or not state.read_text())


def test_a_library_that_begins_a_thread_is_not_forked(tmp_path, script, monkeypatch):
    (tmp_path / "threaded.py").write_text(
        "from threading import Event, Thread\nThread(target=Event().wait, daemon=True).start()"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    server = ForkServer(["threaded"])
    assert server.run(script("pass"), {}) is None
    server.end()


# As a run uses it

WORKFLOW = f"""
import sys
sys.path.insert(0, {str(SERVER.parents[2])!r})
from nurture.running.warm import warm_start


rule all:
    input:
        expand("{{name}}.txt", name=list("ab")),


rule one:
    output:
        "{{name}}.txt",
    benchmark:
        "{{name}}.tsv"
    threads: config.get("threads", 1)
    conda:
        config.get("environment")
    script:
        "one.py"


onstart:
    warm_start(workflow, config.get("version", "{KNOWN}"))
"""
SCRIPT = """
import os, sys, time
from pathlib import Path

Path(f"{snakemake.wildcards.name}.begun").touch()
while Path("wait").exists():
    time.sleep(.02)
if Path("fail").exists():
    os.kill(os.getpid(), 9)
parent = Path(f"/proc/{os.getppid()}/cmdline").read_text()
Path(snakemake.output[0]).write_text("forked" if "fork_server" in parent else "anew")
"""


class Run:
    """Two jobs in a folder, and a process group of their own."""

    def __init__(self, folder):
        self.folder, self.said = folder, folder / "said"
        (folder / "Snakefile").write_text(WORKFLOW)
        (folder / "one.py").write_text(SCRIPT)

    def start(self, *config, fewest=1):
        command = [
            sys.executable,
            "-m",
            "snakemake",
            "--cores",
            "2",
            "--nolock",
            "--rerun-incomplete",
        ]
        with self.said.open("w") as said:
            return subprocess.Popen(
                command + ["--config", *config] * bool(config),
                cwd=self.folder,
                env={**os.environ, VARIABLE: str(fewest)},
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __call__(self, *config, fewest=1, status=0):
        assert self.start(*config, fewest=fewest).wait(300) == status, self.said.read_text()
        return {path.read_text() for path in self.folder.glob("?.txt")}

    def waiting(self):
        """Start it, and go on when both jobs are at work."""
        (self.folder / "wait").touch()
        run = self.start()
        until(lambda: len(list(self.folder.glob("?.begun"))) == 2)
        return run

    def go_on(self):
        (self.folder / "wait").unlink()


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def members(group):
    """Processes of a group, dead ones that nobody has waited for left out, with their parents."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent, its_group = path.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found[int(path.parent.name)] = int(parent)
    return found


def nobody(group):
    return members(group) == {}


def server_of(group):
    children = [process for process, parent in members(group).items() if parent == group]
    [server] = [p for p in children if str(SERVER) in Path(f"/proc/{p}/cmdline").read_text()]
    return server


def test_jobs_are_forks_and_their_benchmarks_are_filled(run):
    assert run() == {"forked"}
    header, values = (run.folder / "a.tsv").read_text().splitlines()
    measured = dict(zip(header.split("\t"), values.split("\t"), strict=True))
    assert float(measured["s"]) > 0
    assert float(measured["max_rss"]) > 10
    assert float(measured["cpu_time"]) >= 0
    assert measured["max_uss"] == "-"


@pytest.mark.parametrize(
    ("config", "fewest"),
    [
        pytest.param(["threads=2"], 1, id="threads"),
        pytest.param(["version='9.19.0'"], 1, id="version"),
        pytest.param([], 3, id="few"),
    ],
)
def test_else_they_start_anew(run, config, fewest):
    assert run(*config, fewest=fewest) == {"anew"}


def test_libraries_are_those_of_the_environments_of_the_jobs(run):
    (run.folder / "envs").mkdir()
    (run.folder / "envs/stats.yaml").touch()
    (run.folder / "one.py").write_text(
        "import sys\nfrom pathlib import Path\n"
        "known = [name for name in ('xarray', 'sklearn', 'torch') if name in sys.modules]\n"
        "Path(snakemake.output[0]).write_text(' '.join(known))"
    )
    assert run("environment=envs/stats.yaml") == {"xarray sklearn"}


def test_a_killed_script_fails_its_job_and_says_by_what(run):
    (run.folder / "fail").touch()
    assert run(status=1) == set()
    assert "one.py' died with <Signals.SIGKILL: 9>" in run.said.read_text()


def test_jobs_of_a_killed_server_run_anew(run):
    process = run.waiting()
    os.kill(server_of(process.pid), signal.SIGKILL)
    run.go_on()
    assert process.wait(300) == 0, run.said.read_text()
    assert {path.read_text() for path in run.folder.glob("?.txt")} == {"anew"}
    assert nobody(process.pid)


@pytest.mark.parametrize(
    "signals",
    [
        pytest.param([signal.SIGINT], id="ctrl-c"),
        pytest.param([signal.SIGINT, signal.SIGINT], id="ctrl-c-twice"),
        pytest.param([signal.SIGTERM], id="term"),
        pytest.param([signal.SIGHUP], id="hangup"),
        pytest.param([signal.SIGKILL], id="kill"),
    ],
)
def test_nobody_is_left_of_a_run_that_was_stopped(run, signals):
    process = run.waiting()
    for number in signals:
        os.killpg(process.pid, number)
        time.sleep(0.2)
    assert process.wait(300) != 0
    until(lambda: nobody(process.pid))
    run.go_on()
    assert run() == {"forked"}


def test_scripts_outlive_a_run_that_was_killed_alone(run):
    process = run.waiting()
    process.kill()
    process.wait()
    assert not nobody(process.pid)
    run.go_on()
    until(lambda: nobody(process.pid))
    assert {path.read_text() for path in run.folder.glob("?.txt")} == {"forked"}
