"""SLURM's words as one line: why it does not take a job, keeps it waiting or has ended it.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import re
from collections.abc import Iterator
from pathlib import Path

PROFILE = "profiles/slurm/config.yaml"
GPUS = "profiles/gpu/config.yaml"
MORE = "Every attempt asks for more; set more with --set-resources {{rule}}:{}=..."
MEMORY = f"ran out of memory. {MORE.format('mem_mb')}"
TIME = f"ran out of time. {MORE.format('runtime')}"
NODE = "was lost with its node. Call again"
PREEMPTED = "had to make room for other jobs. Call again"
CANCELLED = "was cancelled. Call again"
CAUSES = {
    r"exceeded memory limit|oom[-_ ]kill": MEMORY,
    r"DUE TO TIME LIMIT": TIME,
    r"DUE TO NODE FAILURE": NODE,
    r"DUE TO PREEMPTION": PREEMPTED,
    r"CANCELLED AT": CANCELLED,
}
"""What SLURM writes into a job's log, what it means and what to do; the first that fits counts."""
GONE = "GONE"
"""Our own word for the state of a job that SLURM has forgotten."""
STATES = {
    "OUT_OF_MEMORY": MEMORY,
    "TIMEOUT": TIME,
    "DEADLINE": "could not end before its deadline. Ask for a later one",
    "NODE_FAIL": NODE,
    "BOOT_FAIL": NODE,
    "PREEMPTED": PREEMPTED,
    "CANCELLED": CANCELLED,
    GONE: "is no longer known to SLURM, so nobody knows how it ended. Call again",
}
"""States of a job that SLURM has ended, for logs that say nothing: a lost node writes nothing."""
ADVICE = {
    r"not allowed in the 'slurm_extra'": "take it out of there",
    r"policy": "ask for less, or for fewer jobs at a time with --jobs",
    r"account": f"name yours in {PROFILE}; `sacctmgr show user $USER withassoc` lists them",
    r"time limit": "ask for less with --set-resources {rule}:runtime=... or name another partition",
    r"memory|node|cpu": "ask for less, as with --set-resources {rule}:mem_mb=..., or name another "
    "partition; `sinfo -o '%P %c %m %G'` lists what theirs have",
    r"gres|generic resource": f"{GPUS} asks for GPUs; `sinfo -o '%P %G'` lists them",
    r"qos": "`sacctmgr show user $USER withassoc` lists the QOS that you may name",
    r"feature": "`sinfo -o '%P %f'` lists them",
    r"partition": f"name one that `sinfo` lists in {PROFILE} or {GPUS}",
    r"contact|timed out|connect": "SLURM does not answer: call again when it does",
    r"sbatch": "call on the cluster's login node, or without --workflow-profile slurm",
}
"""Words with which SLURM refuses a job, in small letters, and what to do; the first that fits."""
PASSING = {"None", "Priority", "Resources", "Prolog", "BeginTime", "Cleaning", "Dependency"}
"""Why a job waits that will begin by itself."""

QUOTED = r"The error message was '(.*?)'\.\n"
PREFIX = r"^(sbatch: |error: |allocation failure: |Batch job submission failed: )+"
SUBMITTED = r"SLURM jobid (\w+) \(log: (.+)\)"
ENDED = "Job with SLURM jobid {} ended as {}"
FAILED = "{path} (check log"
STARTED = r"^(?:local)?rule ([^\s:]+):"


def refusal(message: str, label: str, rule: str) -> tuple[str, str]:
    """Return why SLURM does not take a job: its words without repetitions, and a line for users.

    The message is what ``sbatch`` wrote, or Snakemake's plugin; the label is the job's name for
    users, and the rule that of which resources can be set.
    """
    quoted = re.search(QUOTED, message, re.DOTALL)
    said = (quoted[1] if quoted else message).splitlines()
    lines = dict.fromkeys(re.sub(PREFIX, "", line.strip()) for line in said if line.strip())
    words = "; ".join(lines).replace(":; ", ": ") or "nothing said"
    fitting = (advice for sign, advice in ADVICE.items() if re.search(sign, words.lower()))
    advice = next(fitting, "ask those who run the cluster").format(rule=rule)
    return words, f'SLURM does not take {label}: "{words}"; {advice}'


def explain(log: str) -> Iterator[str]:
    """Return a line for each job that the scheduler ended, from what Snakemake logged of a run.

    A job that failed by itself is left out: its own message says more.
    """
    for job, path in re.findall(SUBMITTED, log):
        failed = FAILED.format(path=path) in log
        states = re.findall(ENDED.format(job, r"(\w+)"), log)
        cause = _cause(Path(path), states[-1] if states else "") if failed else None
        if cause:
            yield f"SLURM job {job} {cause} (log: {path})"


def _cause(path: Path, state: str) -> str | None:
    """Put into words what the scheduler wrote into a job's log, or else its last state."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    words = next((CAUSES[sign] for sign in CAUSES if re.search(sign, text)), STATES.get(state))
    started = re.findall(STARTED, text, re.MULTILINE)
    return words and words.format(rule=started[-1] if started else "RULE")
