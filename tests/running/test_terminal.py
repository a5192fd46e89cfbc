"""Records are those of Snakemake 9.27, of which only what is used is kept."""

import io
import logging
from pathlib import Path
from types import SimpleNamespace

import pytest

from nurture.running.terminal import SNAKEMAKES, Terminal, attach, places, planned

CALLED = """\
RuleException:
CalledProcessError in file "/x/workflow/rules/stimuli.smk", line 4:
Command 'set -euo pipefail;  /x/python /x/.snakemake/scripts/tmp1.faces.py' {}."""


class Run:
    """A terminal, a clock, and what Snakemake logs."""

    def __init__(self, brief=True, person=False, times=dict):
        self.now = 0
        self.stream = io.StringIO()
        self.stream.isatty = lambda: person
        handler = logging.StreamHandler(self.stream)
        handler.setFormatter(logging.Formatter("SNAKEMAKE %(message)s"))
        self.terminal = Terminal(handler, brief, lambda: self.now, times)

    def begin(self, *jobs, reused=0):
        named = SimpleNamespace
        self.terminal.begin(
            (
                named(jobid=i, output=["x"], benchmark=None, rule=named(name=rule))
                for i, rule in enumerate(jobs)
            ),
            reused,
        )

    def log(self, event=None, msg="", level=logging.INFO, **fields):
        record = logging.makeLogRecord({"msg": msg, "levelno": level, "event": event, **fields})
        self.terminal.handle(record)

    def start(self, number, rule, log="", **wildcards):
        about = {"rule_name": rule, "wildcards": wildcards, "output": ["x"], "log": [log]}
        self.log("job_info", jobid=number, **about)

    def fail(self, number, log, **aux):
        self.log("job_error", jobid=number, rule_name="faces", log=[log], aux=aux, indent=False)

    @property
    def lines(self):
        return self.stream.getvalue().splitlines()


@pytest.fixture(autouse=True)
def on_a_good_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def run():
    return Run()


@pytest.fixture
def log(tmp_path):
    return tmp_path / "faces.log"


def test_a_first_run_shows_the_time_left_from_its_first_job_on():
    run = Run(times=lambda: {"faces": 10.0, "images": 4.0})
    run.begin("faces", "images", "images")
    run.start(0, "faces")
    run.now = 10
    run.log("job_finished", job_id=0)
    assert run.lines[-1] == "1 of 3: faces, 10 s; about 8 s left"


def test_a_line_for_each_job_and_a_summary(run):
    run.begin("faces", "images", "images", reused=7)
    run.start(0, "faces", stimuli="selection")
    run.now = 5
    run.log("job_finished", job_id=0)
    run.log("progress")
    run.start(1, "images", stimuli="selection")
    run.now = 7
    run.log("job_finished", job_id=1)
    run.start(2, "images", stimuli="training")
    run.now = 9
    run.log("job_finished", job_id=2)
    found = ["Of 9 units 1 is selective.", "It reads .4.", "3 claims agree."]
    run.terminal.end(["results/report.html", "results/tables/"], found=found)
    assert run.lines == [
        "3 jobs to do, 7 reused",
        "1 of 3: faces (selection), 5 s; 5 s so far",
        "2 of 3: images (selection), 2 s; about 2 s left",
        "3 of 3: images (training), 2 s; all done",
        "done: 3 jobs in 9 s, 7 reused",
        "Of 9 units 1 is selective.",
        "It reads .4.",
        "3 claims agree.",
        "look at: results/report.html, results/tables/",
    ]


def test_a_person_sees_what_is_at_work():
    run = Run(person=True)
    run.begin("faces")
    run.start(0, "faces", stimuli="selection")
    assert run.stream.getvalue().endswith("\r\x1b[Kat work: faces (selection)\r")
    run.log("job_finished", job_id=0)
    assert run.stream.getvalue().endswith("\r\x1b[K1 of 1: faces (selection), <1 s; all done\n")


@pytest.mark.parametrize(("name", "value"), [("TERM", "dumb"), ("NO_COLOR", "1")])
def test_somebody_who_wants_no_codes_gets_whole_lines_alone(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    run = Run(person=True)
    run.begin("faces")
    run.start(0, "faces", stimuli="selection")
    run.log("job_finished", job_id=0)
    assert run.lines == ["1 job to do, 0 reused", "1 of 1: faces (selection), <1 s; all done"]


def test_a_script_on_this_machine_has_said_its_line_itself(run, log):
    run.begin("faces", "images")
    run.start(0, "faces", str(log), stimuli="selection")
    log.write_text("INFO begun\nERROR x.nc: broken; delete it\n")
    run.log("error", CALLED.format("returned non-zero exit status 1"), exception="RuleException")
    run.fail(0, str(log))
    run.terminal.end([], ".snakemake/log/x.log")
    assert run.lines == [
        "2 jobs to do, 0 reused",
        "stopped after <1 s: 1 of 2 jobs failed, 0 done, 1 not run, 0 reused",
        f"  failed: faces (selection) (log: {log})",
        "what is done is kept: do what the lines above say, then call again; all that Snakemake "
        "said is in .snakemake/log/x.log, and --verbose shows it",
    ]


def test_a_script_elsewhere_is_quoted(run, log):
    run.start(0, "faces", str(log))
    log.write_text("ERROR x.nc: broken; delete it\n")
    run.fail(0, str(log), external_jobid="26")
    assert run.lines == [f"nurture: x.nc: broken; delete it (log: {log})"]


def test_an_old_log_is_not_quoted(run, log):
    log.write_text("ERROR of another run\n")
    run.start(0, "faces", str(log))
    run.fail(0, str(log), external_jobid="26")
    assert run.lines == [f"nurture: faces failed (log: {log})"]


def test_a_job_that_left_no_log(run, log):
    run.start(0, "faces", str(log))
    run.fail(0, str(log))
    assert run.lines == ["nurture: faces failed (without a log; what it said is above)"]


@pytest.mark.parametrize(
    "end", ["died with <Signals.SIGKILL: 9>", "returned non-zero exit status 137"]
)
def test_a_script_that_was_killed(run, end):
    run.log("error", CALLED.format(end), exception="RuleException")
    assert run.lines == [
        "nurture: the script faces.py was ended by SIGKILL; the system does so when memory runs out"
    ]


def test_of_a_group_those_speak_that_failed(run, tmp_path):
    logs = [str(tmp_path / name) for name in "ab"]
    run.start(0, "faces", logs[0])
    run.start(1, "images", logs[1])
    Path(logs[1]).write_text("ERROR broken\n")
    members = [
        {"jobid": number, "rule_name": "x", "log": [path]} for number, path in enumerate(logs)
    ]
    group = {"groupid": "g", "aux_logs": ["26.log"], "job_error_info": members}
    run.log("group_error", **group)
    assert run.lines == [f"nurture: broken (log: {logs[1]})"]
    Path(logs[1]).unlink()
    run.log("group_error", **group)
    assert run.lines[1:] == ["nurture: group g failed (log: 26.log)"]


def test_what_slurm_refuses_is_said_once_and_its_jobs_have_failed(run):
    run.begin("faces", "images", "summary")
    line = "SLURM does not take group g: no"
    for number, rule in enumerate(["faces", "images"]):
        run.start(number, rule)
        about = {"jobid": number, "rule_name": rule, "log": []}
        run.log("job_refused", line, jobs=[about], again=number > 0)
    assert run.lines[1:] == ["nurture: SLURM does not take group g: no"]
    run.terminal.end([])
    assert run.lines[2:5] == [
        "stopped after <1 s: 2 of 3 jobs failed, 0 done, 1 not run, 0 reused",
        "  failed: faces",
        "  failed: images",
    ]


def test_a_job_that_is_tried_again_has_not_failed(run, log):
    run.begin("faces")
    for _ in range(2):
        run.start(0, "faces", str(log))
        run.fail(0, str(log), external_jobid="26")
    run.start(0, "faces", str(log))
    run.log("job_finished", job_id=0)
    run.terminal.end(["x"])
    assert run.lines[-2:] == ["done: 1 job in <1 s, 0 reused", "look at: x"]


REFUSED = 'NurtureError in file "/x/head.smk", line 3:\nconfig: no\n  File "/x/head.smk", line 3'


STACK = "NurtureError in x\n  ask(jobs)\n  ^^^^^^^^^\nnurture.core.errors.NurtureError: config: no"


@pytest.mark.parametrize("text", [REFUSED, STACK], ids=["in-a-rule-file", "in-the-package"])
@pytest.mark.parametrize("brief", [True, False], ids=["brief", "verbose"])
def test_bad_input_is_one_line_however_much_is_said(brief, text):
    run = Run(brief)
    run.log("error", text, exception="NurtureError")
    assert run.lines == ["nurture: config: no"]


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({"msg": "disk is slow", "level": logging.WARNING}, id="warning"),
        pytest.param({"msg": "Trying to restart job 3."}, id="unknown"),
        pytest.param({"event": "error", "msg": "Bug:\nx", "exception": "KeyError"}, id="exception"),
        pytest.param({"event": "job_error", "msg": "Error in rule x"}, id="malformed"),
    ],
)
def test_what_is_not_known_goes_to_snakemakes_own_handler(run, record):
    run.log(**record)
    assert "\n".join(run.lines) == f"SNAKEMAKE {record['msg']}"


@pytest.mark.parametrize("level", [logging.INFO, logging.ERROR])
def test_what_the_plugin_says_of_a_refusal_is_left_out_for_it_is_said_better(run, level):
    run.log(msg="Exception in run_job for rule faces: no", level=level)
    assert run.lines == []


@pytest.mark.parametrize("msg", ["Select jobs to execute...", "Building DAG of jobs...", "", None])
def test_chatter_is_left_out(run, msg):
    run.log(msg=msg)
    assert run.lines == []


def test_with_verbose_snakemake_speaks():
    run = Run(brief=False)
    run.begin("faces")
    run.log(msg="Select jobs to execute...")
    run.terminal.end(["x"])
    assert run.lines == ["SNAKEMAKE Select jobs to execute..."]


def test_a_handler_that_the_user_chose_stays():
    logger = logging.Logger("snakemake")
    other = logging.StreamHandler()
    logger.addHandler(other)
    assert attach(logger, True) is None
    assert logger.handlers == [other]
    own = logging.StreamHandler()
    own.name = SNAKEMAKES
    logger.addHandler(own)
    assert logger.handlers == [other, own]
    terminal = attach(logger, True)
    assert logger.handlers == [other, terminal]


def test_where_to_look():
    made = ["results/figures/tuning.svg", "results/tables/tuning.csv", "results/x.nc"]
    assert places("results", made, ["results/x.nc"]) == ["results/figures/", "results/tables/"]
    assert places("results", ["results/x.nc"], ["results/x.nc"]) == ["results/x.nc"]
    elsewhere = [path.replace("results/", "results/mine/") for path in made]
    assert places("results/mine", elsewhere, []) == [
        "results/mine/figures/",
        "results/mine/tables/",
    ]


def test_a_plan_is_a_line_for_each_rule():
    jobs = [("images", "input made again"), ("faces", "code changed")]
    jobs += [("images", "code changed"), ("images", "input made again")]
    assert planned(jobs) == [
        "job     count  why",
        "faces       1  code changed",
        "images      3  input made again, code changed",
        "total       4",
        "this was a dry run: nothing is made; --verbose shows each job",
    ]


def test_a_dry_run_is_its_plan(run):
    run.terminal.plan = lambda: [("faces", "not made yet")]
    run.log("run_info", "Job stats: ...")
    run.start(0, "faces")
    run.log("run_info", "Job stats: ...")
    run.log(msg="Reasons:\n    (check individual jobs above for details)")
    run.log(msg="This was a dry-run (flag -n). The order of jobs")
    assert run.lines == planned([("faces", "not made yet")])
