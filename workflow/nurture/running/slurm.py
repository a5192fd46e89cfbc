"""How a run hands its jobs to SLURM: by Snakemake's plugin, but never waiting in silence.

Imported only in a run's main process, and only where the plugin is. What the plugin does otherwise
is in docs/cluster.md.
"""

import re
import shlex
import subprocess
from pathlib import Path

import snakemake_executor_plugin_slurm as plugin
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry

from nurture.core.errors import NurtureError
from nurture.running.cluster import ENDED, GONE, PASSING, refusal

OPTIONS = {
    "account": "slurm_account",
    "partition": "slurm_partition",
    "clusters": "clusters",
    "constraint": "constraint",
    "qos": "qos",
}
"""Options of sbatch that name what may not exist, and the resources that give them."""
SURE = ("invalid", "contact", "not permitted")
"""Words of a refusal that no waiting changes; whether nodes are up does change."""


class Executor(plugin.Executor):
    """The plugin's executor, which says why SLURM does not take a job or keeps it waiting.

    Raises
    ------
    NurtureError
        In SLURM's words, when it would take no job that a run has before it: nothing was done yet.
    """

    logs: Path

    def __post_init__(self, *arguments, **settings):
        super().__post_init__(*arguments, **settings)
        if not self.workflow.executor_settings.logdir:
            self.slurm_logdir = self.logs
        self.refusals: dict[str, object] = {}
        self.reasons: set[str] = set()
        self.missed: set[str] = set()
        jobs = (job for job in self.workflow.dag.needrun_jobs() if job.output)
        self._ask({_question(job): job for job in jobs})

    def _ask(self, questions: dict) -> None:
        """Ask SLURM whether it would take such jobs, if they needed little memory and time.

        What they need is known for most of them only when their input is there.
        """
        for question, job in questions.items():
            try:
                answer = subprocess.run(question, capture_output=True, text=True, check=False)
                message = answer.stderr if answer.returncode else ""
                if not any(word in message.lower() for word in SURE):
                    next(self.get_account_arg(job))
                    continue
            except (OSError, WorkflowError) as error:
                message = str(error)
            raise NurtureError(refusal(message, f"jobs like {job.rule.name}", job.rule.name)[1])

    def run_job(self, job) -> None:
        """Submit a job; one that cannot be submitted, for whatever reason, has failed."""
        try:
            super().run_job(job)
        except Exception as error:
            # To report an error the plugin asks for the job's rule, and a group has none.
            self.report_job_error(SubmittedJobInfo(job), msg=str(error.__context__ or error))

    def report_job_error(self, job_info, msg=None, **about) -> None:
        """Report that a job failed, with what Snakemake leaves out where it is a group."""
        if job_info.external_jobid is None:
            self._refused(job_info.job, msg or "")
            return
        if state := re.search(r"SLURM status is: '(\w+)'", msg or ""):
            self.logger.info(ENDED.format(job_info.external_jobid, state[1]))
        super().report_job_error(job_info, msg=msg, **about)

    def _refused(self, job, message: str) -> None:
        """Report a job that SLURM did not take, once for all that fail for the same reason."""
        steps = list(job.jobs) if job.is_group() else [job]
        label = f"group {job.groupid}" if job.is_group() else job.rule.name
        words, line = refusal(message, label, steps[0].rule.name)
        mark = object()  # two threads submit jobs
        about = {
            "jobs": [{"jobid": j.jobid, "rule_name": j.rule.name, "log": j.log} for j in steps],
            "again": self.refusals.setdefault(words, mark) is not mark,
        }
        self.logger.error(line, extra={"event": "job_refused", **about})
        self.workflow.scheduler.error_callback(job)

    async def check_active_jobs(self, active_jobs):
        """Ask SLURM how jobs are, and settle those for which the plugin would wait for ever."""
        left, answer = list(active_jobs), None
        if left:  # The thread that asks may begin before the run has its name.
            command = plugin.query_job_status_squeue(self.run_uuid).replace("%i|%T", "%i|%T %r")
            answer, _ = await plugin.query_job_status(command, self.logger)
        for info in active_jobs if answer is not None else ():
            state, _, reason = answer.get(info.external_jobid, GONE).partition(" ")
            self._say_why_it_waits(info, state, reason)
            if self._is_settled(info, self._end(info.external_jobid, state)):
                left.remove(info)
        async for info in super().check_active_jobs(left):
            yield info

    def cancel_jobs(self, active_jobs) -> None:
        """Cancel all jobs of the run: Snakemake knows of none while it asks how they are."""
        super().cancel_jobs(active_jobs)
        subprocess.run(
            ["scancel", f"--name={getattr(self, 'run_uuid', '')}"], capture_output=True, check=False
        )

    def _say_why_it_waits(self, info: SubmittedJobInfo, state: str, reason: str) -> None:
        if state == "PENDING" and reason not in PASSING | self.reasons:
            self.reasons.add(reason)
            self.logger.warning(
                f"SLURM keeps job {info.external_jobid} ({info.job.name}) waiting: {reason}. "
                f"`scontrol show job {info.external_jobid}` says more; Ctrl-C cancels the run"
            )

    def _end(self, number: str, state: str) -> str:
        """State in which a job has ended without the plugin's knowing; else empty."""
        if state == "PREEMPTED" and not self.workflow.executor_settings.requeue:
            return state
        if state != GONE or self._submitted_job_clusters:
            self.missed.discard(number)
            return ""
        if number not in self.missed:  # it may be on its way
            self.missed.add(number)
            return ""
        return _accounted(number)

    def _is_settled(self, info: SubmittedJobInfo, state: str) -> bool:
        if state == "COMPLETED":
            self.report_job_success(info)
        elif state:
            logs = [str(info.aux["slurm_logfile"])]
            self.report_job_error(info, msg=f"SLURM status is: '{state}'. ", aux_logs=logs)
        return bool(state)


def _question(job) -> tuple[str, ...]:
    """Word as a command the question whether SLURM would take a job."""
    given = {option: job.resources.get(name) for option, name in OPTIONS.items()}
    # The plugin takes the first of several accounts.
    given["account"] = given["account"] and re.split(r"[,\s]+", str(given["account"]))[0]
    asked = [f"--{option}={value}" for option, value in given.items() if value]
    asked += shlex.split(plugin.set_gres_string(job))
    return "sbatch", "--test-only", "--wrap=true", "--time=1", "--mem=100", *asked


def _accounted(number: str) -> str:
    """Last state of a job that squeue does not list, where SLURM keeps accounts."""
    command = ["sacct", "-X", "-n", "-P", "-o", "State", "-j", number]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    except OSError:
        answer = []
    # A controller that lost its memory leaves jobs that run for ever in the accounts.
    return answer[0] if answer and answer[0] not in ("PENDING", "RUNNING") else GONE


def register(logs: Path) -> None:
    """Have Snakemake use this executor where the plugin's was asked for.

    SLURM's logs go to `logs` where the profile names no folder: it cannot know where results go.
    """
    Executor.logs = logs.absolute()
    ExecutorPluginRegistry().plugins["slurm"].executor = Executor
    # Jobs are told how many steps share them, or would start Snakemake anew for every few.
    plugin.common_settings.pass_group_args = True
