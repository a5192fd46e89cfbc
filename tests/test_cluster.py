"""The texts are those of SLURM 22.05 and snakemake-executor-plugin-slurm 2.8, cut short."""

import pytest

from nurture.cluster import explain

RULE = """\
Job 0 has been submitted with SLURM jobid 26 (log: {path}).
[Tue Nov 24 13:50:15 2026]
Error in rule network:
    message: SLURM-job '26' failed, SLURM status is: 'FAILED'. Detailed failure reason unavailable
    log: results/logs/network/a.log, {path} (check log file(s) for error details)
    external_jobid: 26
"""
GROUP = """\
Job bebc2a37 has been submitted with SLURM jobid 26 (log: {path}).
    message: Error in group stimuli_training
    log: {path} (check log file(s) for error details)
"""
MEMORY = """\
slurmstepd-node1: error: StepId=26.0 exceeded memory limit (249950208 > 209715200), being killed
slurmstepd-node1: error: *** STEP 26.0 ON node1 CANCELLED AT 2026-11-24T13:50:05 ***
"""
CGROUP = (
    "slurmstepd: error: Detected 1 oom_kill event in StepId=26.0. "
    "Some of the step tasks have been OOM Killed.\n"
)
TIME = "slurmstepd: error: *** JOB 26 ON n1 CANCELLED AT 2026-11-24 DUE TO TIME LIMIT ***\n"
CANCELLED = "slurmstepd-node1: error: *** JOB 26 ON node1 CANCELLED AT 2026-11-24T14:05:59 ***\n"
NODE = "slurmstepd: error: *** JOB 26 ON n1 CANCELLED AT 2026-11-24 DUE TO NODE FAILURE ***\n"
OWN = "nurture: results/stimuli/selection/images.nc is truncated\n"
STARTED = "rule network:\n    output: results/networks/a.safetensors\n"
MORE = "Every attempt asks for more; set more with --set-resources network"


@pytest.mark.parametrize("log", [RULE, GROUP], ids=["rule", "group"])
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(MEMORY, f"ran out of memory. {MORE}:mem_mb=...", id="memory"),
        pytest.param(CGROUP, f"ran out of memory. {MORE}:mem_mb=...", id="memory-cgroup"),
        pytest.param(TIME, f"ran out of time. {MORE}:runtime=...", id="time"),
        pytest.param(CANCELLED, "was cancelled. Call again", id="cancelled"),
        pytest.param(NODE, "was lost with its node. Call again", id="node"),
    ],
)
def test_one_line_says_why_the_scheduler_ended_a_job(tmp_path, log, words, expected):
    path = tmp_path / "26.log"
    path.write_text(STARTED + words)
    assert list(explain(log.format(path=path))) == [f"SLURM job 26 {expected} (log: {path})"]


def test_a_job_that_failed_by_itself_speaks_for_itself(tmp_path):
    path = tmp_path / "26.log"
    path.write_text(STARTED + OWN)
    assert list(explain(RULE.format(path=path))) == []


def test_a_job_that_did_not_fail_is_left_out(tmp_path):
    path = tmp_path / "26.log"
    path.write_text(CANCELLED)
    assert list(explain(RULE.format(path=path).splitlines()[0])) == []


def test_a_log_that_is_gone_has_nothing_to_say(tmp_path):
    assert list(explain(RULE.format(path=tmp_path / "26.log"))) == []
