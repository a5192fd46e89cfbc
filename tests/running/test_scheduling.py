import re
import subprocess
import sys
from pathlib import Path

import snakemake

from nurture.running.scheduling import KNOWN

PACKAGES = Path(__file__).parents[2] / "workflow"
WORKFLOW = f"""
import sys
sys.path.insert(0, {str(PACKAGES)!r})
from nurture.running.scheduling import pass_only_for_a_reason


rule all:
    input:
        list("abc"),


rule one:
    output:
        "{{name}}",
    shell:
        "sleep {{config[seconds]}}; touch {{output}}"


onstart:
    pass_only_for_a_reason(workflow.scheduler, config["version"])
"""


def run(folder, *arguments, seconds, version=KNOWN):
    """Run three jobs and the target; say how many passes had jobs to choose from."""
    (folder / "Snakefile").write_text(WORKFLOW)
    settings = ("--config", f"seconds={seconds}", f"version='{version}'")
    result = subprocess.run(
        [sys.executable, "-m", "snakemake", "--verbose", *arguments, *settings],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in folder.glob("?")) == ["a", "b", "c"]
    return len(re.findall("^Ready jobs: ", result.stderr, re.MULTILINE))


def test_a_pass_for_each_job_and_none_by_the_clock(tmp_path):
    assert run(tmp_path, "--cores", "1", seconds=1.3) == 4


def test_another_version_is_left_as_it_is(tmp_path):
    assert run(tmp_path, "--cores", "1", seconds=1.3, version="9.19.0") > 4


def test_jobs_beyond_the_limit_begin_when_it_allows(tmp_path):
    few = ("--cores", "3", "--max-jobs-per-timespan", "1/1s")
    assert run(tmp_path, *few, seconds=0) >= 4


def test_the_version_is_the_one_that_is_installed():
    lock = Path(__file__).parents[2] / "requirements.lock"
    assert f"snakemake=={KNOWN}" in lock.read_text().splitlines()
    assert snakemake.__version__ == KNOWN
