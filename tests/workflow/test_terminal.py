"""What a call prints, on real runs of two short jobs."""

import os
import pty
import re
import subprocess
import sys

import pytest

NETWORKS = ("expressions", "untrained-1")
TARGETS = [f"results/tiny/networks/{network}.safetensors" for network in NETWORKS]
LOGS = [f"results/tiny/logs/network/{network}.log" for network in NETWORKS]
BEFORE = ("Using workflow specific profile ", "Config file ")
TIMES = r"<1 s|\d+ (?:h|min|s)\b(?: \d+ (?:min|s)\b)?"
LAST = "what is done is kept: do what the lines above say, then call again; all that Snakemake"


@pytest.fixture
def small(new_project, tmp_path):
    return new_project(tmp_path)


@pytest.fixture(scope="module")
def made(new_project, tmp_path_factory):
    """Two jobs at a time, for the first time."""
    project = new_project(tmp_path_factory.mktemp("made"))
    return project, project.snakemake("--", *TARGETS)


def said(result):
    """What a call printed, without times and without what comes before the Snakefile is read."""
    printed = (result.stdout + result.stderr).splitlines()  # a dry run prints to the former
    lines = [line for line in printed if not line.startswith(BEFORE)]
    return [re.sub(TIMES, "T", line) for line in lines]


def break_(project, line):
    """Let the script of one network, and of no other, do something first."""
    script = "workflow/scripts/network.py"
    only = 'if snakemake.wildcards.network == "expressions":\n        '
    project.edit(script, "with step(snakemake):\n", f"with step(snakemake):\n    {only}{line}\n")


def test_a_line_for_each_job_then_the_time_and_where_to_look(made):
    _, result = made
    assert result.returncode == 0
    first, *jobs, done, look = said(result)
    assert first == "2 jobs to do, 0 reused"
    assert [re.sub(r"\(.+?\)", "(NETWORK)", line) for line in jobs] == [
        "1 of 2: network (NETWORK), T; about T left",
        "2 of 2: network (NETWORK), T; all done",
    ]
    assert {re.search(r"\((.+?)\)", line)[1] for line in jobs} == set(NETWORKS)
    assert done == "done: 2 jobs in T, 0 reused"
    assert look == f"look at: {TARGETS[0]}, {TARGETS[1]}"


def test_nothing_to_be_done(made):
    project, _ = made
    assert said(project.snakemake("--", *TARGETS)) == [
        "Nothing to be done: 2 jobs reused",
        f"look at: {TARGETS[0]}, {TARGETS[1]}",
    ]


def test_a_dry_run_shows_a_line_for_each_rule_and_why(made):
    project, _ = made
    result = project.snakemake("--dry-run", "--forcerun", "network", "--", *TARGETS)
    assert said(result) == [
        "job      count  why",
        "network      2  asked for",
        "total        2",
        "this was a dry run: nothing is made; --verbose shows each job",
    ]
    assert (
        "reason: Forced execution"
        in project.snakemake(
            "--dry-run", "--verbose", "--forcerun", "network", "--", *TARGETS
        ).stdout
    )


CHANGES = [
    pytest.param("seed", "networks: {untrained-1: {seed: 5}}", "settings changed", id="setting"),
    pytest.param("with step(", "", "code changed", id="code"),
    pytest.param("torch==", "", "packages changed", id="packages"),
]


@pytest.mark.parametrize(("old", "change", "why"), CHANGES)
def test_a_dry_run_says_what_has_changed(made, tmp_path, old, change, why):
    project = made[0].copy(tmp_path / "copy")
    if why == "code changed":
        project.edit("workflow/scripts/network.py", old, f"print()\n\n{old}")
    if why == "packages changed":
        project.edit("envs/extract.yaml", old, f"{old}9.")
    arguments = ("--configfile", "config/tiny.yaml", project.write(change or "seed: 2022"))
    assert said(project.snakemake("-n", *arguments, "--", TARGETS[1]))[:2] == [
        "job      count  why",
        f"network      1  {why}",
    ]


def test_a_wrong_key_is_one_line(made):
    project, _ = made
    change = project.write("selectivity: {alhpa: 0.01}")
    line = ["nurture: config: selectivity: unknown key 'alhpa'; did you mean 'alpha'?"]
    assert said(project.snakemake("--configfile", "config/tiny.yaml", change)) == line
    assert said(project.snakemake("--configfile", "config/tiny.yaml", change, "--dry-run")) == line


FAULTS = [
    pytest.param(
        'from nurture.core.errors import NurtureError; raise NurtureError("x: broken; delete it")',
        [f"nurture: x: broken; delete it (log: {LOGS[0]})"],
        id="bad-input",
    ),
    pytest.param(
        "1 / 0",
        [
            "nurture: unexpected ZeroDivisionError: division by zero in rule network "
            f"(log with traceback: {LOGS[0]})"
        ],
        id="crash",
    ),
    pytest.param(
        "import os; os.kill(os.getpid(), 9)",
        [
            "nurture: the script network.py was ended by SIGKILL; "
            "the system does so when memory runs out",
            "nurture: network (expressions) failed (without a log; what it said is above)",
        ],
        id="killed",
    ),
]


@pytest.mark.parametrize(("line", "words"), FAULTS)
def test_a_fault_is_its_line_and_the_others_go_on(small, line, words):
    break_(small, line)
    result = small.snakemake("--keep-going", "--", *TARGETS)
    assert result.returncode == 1
    lines = said(result)
    assert [line for line in lines if line.startswith("nurture: ")] == words
    # Which of the two ends first is not known.
    others = [re.sub("T so far|about T left", "TIME", line) for line in lines]
    assert [line for line in others if not line.startswith("nurture: ")][:4] == [
        "2 jobs to do, 0 reused",
        "1 of 2: network (untrained-1), T; TIME",
        "stopped after T: 1 of 2 jobs failed, 1 done, 0 not run, 0 reused",
        "  failed: network (expressions)" + f" (log: {LOGS[0]})" * (LOGS[0] in words[0]),
    ]
    assert lines[-1].startswith(LAST)
    assert len(lines) == 5 + len(words)


def test_a_script_that_does_not_start_shows_why(small):
    small.edit("workflow/scripts/network.py", "with step(", "import nonsense\n\nwith step(")
    lines = said(small.snakemake("--", TARGETS[0]))
    assert "ModuleNotFoundError: No module named 'nonsense'" in lines
    assert lines[-4:-1] == [
        "nurture: network (expressions) failed (without a log; what it said is above)",
        "stopped after T: 1 of 1 job failed, 0 done, 0 not run, 0 reused",
        "  failed: network (expressions)",
    ]


def test_verbose_gives_all_that_snakemake_says(made):
    project, _ = made
    result = project.snakemake("--verbose", "--forcerun", "network", "--", TARGETS[1])
    assert "Select jobs to execute..." in result.stderr
    assert f"    log: {LOGS[1]}" in result.stderr
    assert "to do, " not in result.stderr


def _on_a_terminal(project, **environment):
    """Run a job, and return what a terminal is sent."""
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--forcerun", "network"]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*command, "--configfile", "config/tiny.yaml", "--", TARGETS[1]],
        cwd=project.folder,
        env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **environment},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        seen = b""
        try:
            while part := os.read(ours, 4096):
                seen += part
        except OSError:  # the other end was closed
            pass
    os.close(ours)
    assert process.returncode == 0
    return seen.decode()


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"NO_COLOR": "1"}], ids=str)
def test_a_terminal_without_codes_gets_lines(made, environment):
    text = _on_a_terminal(made[0], **environment)
    assert "1 of 1: network (untrained-1), " in text
    assert "\x1b" not in text
    assert re.sub("\r\n", "", text).count("\r") == 0


def test_a_terminal_shows_what_is_at_work(made):
    text = _on_a_terminal(made[0])
    assert "\r\x1b[Kat work: network (untrained-1)\r" in text
    assert re.search(r"\r\x1b\[K1 of 1: network \(untrained-1\), .* s; all done\r\n", text)
