"""What a user sees of a run: a line for each job that is done, one summary, errors as one line.

Snakemake logs through Python's logging, and its handler for the terminal is replaced by one that
says less. Whatever it does not know goes to Snakemake's own handler. Snakemake's log of the run, in
.snakemake/log, stays complete.

Imported by the Snakefile: nothing heavy is imported here.
"""

import logging
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from nurture.core.names import listed
from nurture.core.progress import duration
from nurture.core.screen import takes_codes, text_table
from nurture.running.eta import Pace, benchmarked, shipped_times

SNAKEMAKES = "DefaultStreamHandler"
"""Name of Snakemake's own handler for the terminal."""

SILENT = (
    *("workflow_started", "run_info", "resources_info", "group_info", "job_started"),
    *("shellcmd", "progress"),
)
"""Events of which a user needs to see nothing: a shorter line says the same."""

CHATTER = (
    *("Building DAG of jobs", "Using shell", "Assuming unrestricted shared filesystem"),
    *("Group jobs: inactive", "Conda environments: ignored", "Singularity containers: ignored"),
    *("Select jobs to execute", "Shutting down, this might", "Exiting because a job execution"),
    *("Reasons:", "Some jobs were triggered by", "Rules with provenance", "This was a dry-run"),
    *("Complete log(s):", "Elapsed time:", "Job ", "Cleaning up SLURM log"),
    "Exception in run_job",
)
"""How messages begin that say nothing about this run. Warnings are never left out."""

LAST_WORD = "At least one job did not complete successfully."
FAILED_SCRIPT = r"CalledProcessError in file .*\nCommand '.*scripts/[^.]+\.(.+)\.py' (.+)"
PLACES = ("report.html", "figures/", "tables/", "experiment/index.html")
"""In the folder of results, where to look first."""
CLEAR = "\r\x1b[K"
"""Back to the start of a terminal's line, which is then empty."""


class Job(NamedTuple):
    """A job that began: its name for users, its log, and what the log was before."""

    label: str
    log: str
    before: tuple
    began: float


class Terminal(logging.Handler):
    """Snakemake's handler for the terminal, in few words.

    Parameters
    ----------
    snakemakes : logging.StreamHandler
        The handler that is replaced.
    brief : bool
        Whether to leave out what Snakemake says. If not, errors in one line are all that differs.
    clock : callable
        Seconds from any moment on.
    times : callable
        Seconds that a job of each rule took elsewhere.
    """

    def __init__(
        self,
        snakemakes: logging.StreamHandler,
        brief: bool,
        clock: Callable[[], float] = monotonic,
        times: Callable[[], Mapping[str, float]] = shipped_times,
    ):
        super().__init__()
        self.snakemakes, self.brief, self.clock, self.times = snakemakes, brief, clock, times
        self.stream = snakemakes.stream
        self.person = takes_codes(self.stream)
        self.began, self.reused, self.total = clock(), 0, 0
        self.eta = Pace({}, {})
        self.at_work: dict[int, Job] = {}
        self.failed: dict[int, Job] = {}
        self.rules: list[str] = []
        self.idle: Callable[[], tuple[int, list[str]]] = lambda: (0, [])
        """For a call that has nothing to do: how many jobs are reused and where to look."""
        self.plan: Callable[[], Iterable[tuple[str, str]]] | None = None
        """For a dry run: which rule each job is of and why it would run."""

    def begin(self, jobs: Iterable, reused: int) -> None:
        """Learn which jobs the run has before it, and how many need not run.

        Snakemake's jobs without output are only names for others.
        """
        jobs = {job.jobid: job for job in jobs if job.output}
        taken = {number: benchmarked(job.benchmark) for number, job in jobs.items()}
        earlier = {number: seconds for number, seconds in taken.items() if seconds is not None}
        rules = {number: job.rule.name for number, job in jobs.items()}
        self.eta = Pace(rules, earlier, self.times())
        self.began, self.reused, self.total = self.clock(), reused, len(jobs)
        if self.brief and jobs:
            guess = sum(earlier.values())
            known = f"; one by one they took {duration(guess)}" if len(earlier) == len(jobs) else ""
            self.say(f"{_jobs(len(jobs))} to do, {reused} reused{known}")

    def end(
        self, places: Iterable[str], snakemakes_log: str = "", found: Iterable[str] = ()
    ) -> None:
        """Sum the run up: where to look for what was made, and what was found, a line a sentence.

        All that Snakemake said can be read in `snakemakes_log`.
        """
        if not self.brief:
            return
        took, done = duration(self.clock() - self.began), len(self.rules)
        if not self.failed and done == self.total:
            self.say(f"done: {_jobs(done)} in {took}, {self.reused} reused")
            for sentence in found:
                self.say(sentence)
            self.say("look at: " + ", ".join(places))
            return
        not_run = self.total - done - len(self.failed)
        self.say(
            f"stopped after {took}: {len(self.failed)} of {_jobs(self.total)} failed, "
            f"{done} done, {not_run} not run, {self.reused} reused"
        )
        for job in self.failed.values():
            self.say(f"  failed: {job.label}" + f" (log: {job.log})" * _written(job.log))
        self.say(
            "what is done is kept: do what the lines above say, then call again; "
            f"all that Snakemake said is in {snakemakes_log}, and --verbose shows it"
        )

    def say(self, line: str) -> None:
        """Write a line, and on a terminal what is at work below it."""
        if not line:
            return
        self.stream.write(CLEAR * self.person + line + "\n")
        self._show_work()
        self.stream.flush()

    def _show_work(self) -> None:
        if self.person and self.at_work:
            labels = listed([job.label for job in self.at_work.values()], 3)
            self.stream.write(f"{CLEAR}at work: {labels}"[:78] + "\r")

    def emit(self, record: logging.LogRecord) -> None:
        """Describe what a record means, or hand it to Snakemake's own handler."""
        event = str(getattr(record, "event", None) or "")
        take = getattr(self, f"_{event}", None) if self.brief or event == "error" else None
        try:
            if take and take(record):
                return
        except Exception:  # a word too many is better than an error that nobody sees
            pass
        if self.brief and (event in SILENT or self._is_chatter(record)):
            return
        if self.brief and str(record.msg).startswith("Nothing to be done"):
            self.reused, where = self.idle()
            self.say(f"Nothing to be done: {_jobs(self.reused)} reused")
            self.say(f"look at: {', '.join(where)}")
            return
        if self.person:
            self.stream.write(CLEAR)
        self.snakemakes.handle(record)
        self._show_work()

    def _is_chatter(self, record: logging.LogRecord) -> bool:
        text = str(record.msg or "")
        repeated = ("Exiting because", "Exception in run_job")
        quiet = record.levelno < logging.WARNING or text.startswith(repeated)
        return quiet and (not text or text.startswith(CHATTER))

    def _run_info(self, record: logging.LogRecord) -> bool:
        plan, self.plan = self.plan, None
        for line in planned(plan()) if plan else ():
            self.say(line)
        return True

    def _job_info(self, record: logging.LogRecord) -> bool:
        if record.output:
            log = (record.log or [""])[0]
            label = _label(record.rule_name, record.wildcards)
            self.failed.pop(record.jobid, None)
            self.at_work[record.jobid] = Job(label, log, _state(log), self.clock())
            self._show_work()
            self.stream.flush()
        return True

    def _job_finished(self, record: logging.LogRecord) -> bool:
        job = self.at_work.pop(record.job_id, None)
        if job is None:
            return True
        now = self.clock()
        self.rules.append(job.label.split(" (")[0])
        self.eta.done(record.job_id, now - job.began)
        at_work = {number: now - job.began for number, job in self.at_work.items()}
        left = self.eta.remaining(now - self.began, at_work)
        so_far = duration(now - self.began)
        time = f"{so_far} so far" if left is None else f"about {duration(left)} left"
        if len(self.rules) == self.total:
            time = "all done"
        count = f"{len(self.rules):>{len(str(self.total))}} of {self.total}"
        self.say(f"{count}: {job.label}, {duration(now - job.began)}; {time}")
        return True

    def _job_error(self, record: logging.LogRecord) -> bool:
        if record.indent:  # of a group, which has spoken
            return True
        job = self._fail(record.__dict__)
        complaint = _complaint(job)
        if record.aux or not complaint:
            # A script on this machine has said its line itself.
            logs = [path for path in record.log if _written(path)]
            where = f"log: {', '.join(logs)}" if logs else "without a log; what it said is above"
            self.say(f"nurture: {complaint or f'{job.label} failed'} ({where})")
        return True

    def _group_error(self, record: logging.LogRecord) -> bool:
        members = record.job_error_info
        said = [about for about in members if _complaint(self.at_work.get(about["jobid"]))]
        for about in said or members:
            job = self._fail(about)
            if said:
                self.say(f"nurture: {_complaint(job)} (log: {job.log})")
        if not said:
            logs = ", ".join(record.aux_logs) or "none"
            self.say(f"nurture: group {record.groupid} failed (log: {logs})")
        return True

    def _job_refused(self, record: logging.LogRecord) -> bool:
        for about in record.jobs:
            self._fail(about)
        if not record.again:
            self.say(f"nurture: {record.msg}")
        return True

    def _fail(self, about: dict) -> Job:
        log = (about["log"] or [""])[0]
        job = self.at_work.pop(about["jobid"], None) or Job(about["rule_name"], log, (), 0)
        self.failed[about["jobid"]] = job
        self.eta.left.pop(about["jobid"], None)
        return job

    def _error(self, record: logging.LogRecord) -> bool:
        text = str(record.msg)
        raised = re.search(r"^ *NurtureError: (.+)$", text, re.MULTILINE)
        if record.exception == "InputFunctionException" and raised:
            self.say(f"nurture: {raised[1]}")
            return True
        if record.exception == "NurtureError":
            self.say(f"nurture: {_message(text)}")
            return True
        script = re.search(FAILED_SCRIPT, text) if self.brief else None
        if script and (name := _signal(script[2])):
            cause = "; the system does so when memory runs out" if name == "SIGKILL" else ""
            self.say(f"nurture: the script {script[1]}.py was ended by {name}{cause}")
        return bool(script) or (self.brief and LAST_WORD in text)


def attach(logger: logging.Logger, brief: bool) -> Terminal | None:
    """Put a `Terminal` in the place of Snakemake's handler; None where a user has another."""
    own = next((handler for handler in logger.handlers if handler.name == SNAKEMAKES), None)
    if own is None:
        return None
    if not takes_codes(own.stream):
        own.nocolor = True
    terminal = Terminal(own, brief)
    logger.removeHandler(own)
    logger.addHandler(terminal)
    return terminal


def places(results: str, made: Iterable[str], asked: Iterable[str]) -> list[str]:
    """Return where to look for what a call makes.

    The report and the folders of figures and tables, as far as the call makes them or made them
    earlier; if it makes none of them, the first three files that were asked for.
    """
    made, there = list(made), [f"{results}/{place}" for place in PLACES]
    shown = [place for place in there if any(path.startswith(place) for path in made)]
    return shown or sorted(asked)[:3]


def why(job, reason) -> str:
    """Return in two words why Snakemake would run a job, from the reason that its DAG gives."""
    changed = "".join(map(str, reason.params_changed.only_new))
    words = {
        "asked for": reason.forced,
        "not made yet": reason.missing_output,
        "unfinished": reason.incomplete_output,
        "code changed": str(job.params.get("code")) in changed,
        "packages changed": str(job.params.get("software")) in changed,
        "settings changed": reason.params_changed,
        "inputs added or left out": reason.input_changed,
        "input changed": reason.updated_input,
    }
    return next((word for word, true in words.items() if true), "input made again")


def planned(jobs: Iterable[tuple[str, str]]) -> list[str]:
    """Put a plan, each job's rule and why it would run, into the lines of a table."""
    jobs = list(jobs)
    counts = Counter(rule for rule, _ in jobs)
    reasons = {rule: dict.fromkeys(w for r, w in jobs if r == rule) for rule in counts}
    each = [(rule, str(n), ", ".join(reasons[rule])) for rule, n in sorted(counts.items())]
    rows = [("job", "count", "why"), *each, ("total", str(len(jobs)), "")]
    lines = text_table(rows, right=[1])
    return [*lines, "this was a dry run: nothing is made; --verbose shows each job"]


def _jobs(count: int) -> str:
    return f"{count} job" + "s" * (count != 1)


def _label(rule: str, wildcards) -> str:
    values = ", ".join(map(str, wildcards.values()))
    return f"{rule} ({values})" if values else rule


def _state(log: str) -> tuple:
    """Distinguish a log from the same log after another job has written it."""
    try:
        state = Path(log).stat()
    except OSError:
        return ()
    return state.st_mtime_ns, state.st_size, state.st_ino


def _written(log: str) -> bool:
    """Test whether a job has written a log; Snakemake makes an empty one for a job that did not."""
    return bool(log) and Path(log).is_file() and Path(log).stat().st_size > 0


def _complaint(job: Job | None) -> str:
    """Last error in the log of a job; empty when the job wrote none."""
    # Snakemake deletes the log of a job that it starts on this machine; on a cluster it may be old.
    if job is None or _state(job.log) in ((), job.before):
        return ""
    text = Path(job.log).read_text(encoding="utf-8", errors="replace")
    errors = re.findall(r"^ERROR (.+)$", text, re.MULTILINE)
    return errors[-1] if errors else ""


def _message(text: str) -> str:
    """Find the message in what Snakemake makes of an exception, without place and stack."""
    _, stack, message = text.rpartition("nurture.core.errors.NurtureError: ")
    lines = [message] if stack else text.splitlines()[1:]
    return " ".join(line for line in lines if not line.startswith("  File ")) or text


def _signal(end: str) -> str:
    """Name of the signal that ended a process; empty when it ended by itself."""
    status = re.search(r"non-zero exit status (\d+)", end)
    if status and int(status[1]) > 128:
        return signal.Signals(int(status[1]) - 128).name
    died = re.search(r"died with <Signals\.(\w+)", end)
    return died[1] if died else ""
