"""The texts are those of SLURM 22.05 and snakemake-executor-plugin-slurm 2.8, cut short."""

import pytest

from nurture.running.cluster import explain, refusal

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


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param("NODE_FAIL", "was lost with its node. Call again", id="node"),
        pytest.param("PREEMPTED", "had to make room for other jobs. Call again", id="preempted"),
        pytest.param("OUT_OF_MEMORY", f"ran out of memory. {MORE}:mem_mb=...", id="memory"),
        pytest.param("TIMEOUT", f"ran out of time. {MORE}:runtime=...", id="time"),
    ],
)
def test_where_the_log_is_silent_the_last_state_says_why(tmp_path, state, expected):
    path = tmp_path / "26.log"
    path.write_text(STARTED)
    before = "Job with SLURM jobid 2 ended as CANCELLED\n"
    log = f"{before}Job with SLURM jobid 26 ended as {state}\n{RULE.format(path=path)}"
    assert list(explain(log)) == [f"SLURM job 26 {expected} (log: {path})"]


def test_a_job_that_failed_by_itself_speaks_for_itself(tmp_path):
    path = tmp_path / "26.log"
    path.write_text(STARTED + OWN)
    ended = "Job with SLURM jobid 26 ended as FAILED\n"
    assert list(explain(ended + RULE.format(path=path))) == []


def test_a_job_that_did_not_fail_is_left_out(tmp_path):
    path = tmp_path / "26.log"
    path.write_text(CANCELLED)
    assert list(explain(RULE.format(path=path).splitlines()[0])) == []


def test_a_log_that_is_gone_has_nothing_to_say(tmp_path):
    assert list(explain(RULE.format(path=tmp_path / "26.log"))) == []


SBATCH = """\
SLURM sbatch failed. The error message was '{}'.
    sbatch call:
        sbatch --parsable --job-name a -A lab --wrap="python -m snakemake"
"""
NODES = """\
sbatch: error: Memory specification can not be satisfied
sbatch: error: Batch job submission failed: Requested node configuration is not available"""
POLICY = (
    "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit "
    "limit, user's size and/or time limits)"
)
TIME_LIMIT = (
    "sbatch: error: Batch job submission failed: Requested time limit is invalid (missing or "
    "exceeds some limit)"
)


@pytest.mark.parametrize(
    ("said", "expected", "advice"),
    [
        pytest.param(
            "allocation failure: Invalid account or account/partition combination specified",
            "Invalid account or account/partition combination specified",
            "sacctmgr show user",
            id="account",
        ),
        pytest.param(
            "The given account mine appears to be invalid. Available accounts:\nlab, other",
            "The given account mine appears to be invalid. Available accounts: lab, other",
            "sacctmgr show user",
            id="account-by-the-plugin",
        ),
        pytest.param(
            "sbatch: error: invalid partition specified: nosuch\n"
            "allocation failure: Invalid partition name specified",
            "invalid partition specified: nosuch; Invalid partition name specified",
            "name one that `sinfo` lists",
            id="partition",
        ),
        pytest.param(
            SBATCH.format(NODES),
            "Memory specification can not be satisfied; "
            "Requested node configuration is not available",
            "--set-resources faces:mem_mb=...",
            id="memory",
        ),
        pytest.param(
            SBATCH.format(TIME_LIMIT),
            "Requested time limit is invalid (missing or exceeds some limit)",
            "--set-resources faces:runtime=...",
            id="time",
        ),
        pytest.param(
            SBATCH.format(POLICY),
            "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
            "fewer jobs at a time with --jobs",
            id="limits",
        ),
        pytest.param(
            "sbatch: error: Invalid generic resource (gres) specification",
            "Invalid generic resource (gres) specification",
            "profiles/gpu",
            id="gpu",
        ),
        pytest.param("Invalid qos specification", "Invalid qos specification", "QOS", id="qos"),
        pytest.param(
            "allocation failure: Unable to contact slurm controller (connect failure)",
            "Unable to contact slurm controller (connect failure)",
            "call again when it does",
            id="controller",
        ),
        pytest.param(
            SBATCH.format("/bin/sh: 1: sbatch: not found"),
            "/bin/sh: 1: sbatch: not found",
            "login node",
            id="no-sbatch",
        ),
        pytest.param(
            "The --memory option is not allowed in the 'slurm_extra' parameter.",
            "The --memory option is not allowed in the 'slurm_extra' parameter.",
            "take it out of there",
            id="extra",
        ),
        pytest.param("A new word", "A new word", "ask those who run the cluster", id="unknown"),
        pytest.param("", "nothing said", "ask those who run the cluster", id="nothing"),
    ],
)
def test_a_refusal_is_one_line_in_slurms_own_words(said, expected, advice):
    words, line = refusal(said, "group tables", "faces")
    assert words == expected
    start, _, what_to_do = line.partition('"; ')
    assert start == f'SLURM does not take group tables: "{expected}'
    assert advice in what_to_do
    assert "\n" not in line
