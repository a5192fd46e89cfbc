import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
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


HASHED = f"""
import sys
sys.path.insert(0, {str(PACKAGES)!r})
from snakemake.io import _IOFile
from nurture.running import scheduling
scheduling.SETTLED = 0.5

read = _IOFile.checksum
async def counted(self, *settings):
    print("READ", self.file, file=sys.stderr)
    return await read(self, *settings)
_IOFile.checksum = counted


rule all:
    input:
        list("abc"),


rule one:
    input:
        "big",
    output:
        "{{name}}",
    shell:
        "cat {{input}} > {{output}}; {{config[change]}}"


onstart:
    scheduling.hash_once(_IOFile, config["version"])
"""


@pytest.mark.parametrize(
    ("version", "change", "times"),
    [(KNOWN, "true", 1), ("9.19.0", "true", 3), (KNOWN, "date +%s.%N > big", 3)],
    ids=["once", "another version", "changed between jobs"],
)
def test_an_input_is_hashed_as_often_as_it_changes(tmp_path, version, change, times):
    (tmp_path / "Snakefile").write_text(HASHED)
    (tmp_path / "big").write_text("x")
    time.sleep(0.6)
    wait = "" if change == "true" else "; sleep 0.6"
    settings = (f"version='{version}'", f"change='{change}{wait}'")
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--config", *settings]
    result = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("READ big") == times
    held = {
        json.loads(path.read_text())["input_checksums"]["big"]
        for path in (tmp_path / ".snakemake" / "metadata").iterdir()
        if "big" in json.loads(path.read_text()).get("input_checksums", {})
    }
    assert len(held) == (1 if change == "true" else 3)


def test_the_version_is_the_one_that_is_installed():
    lock = Path(__file__).parents[2] / "requirements.lock"
    assert f"snakemake=={KNOWN}" in lock.read_text().splitlines()
    assert snakemake.__version__ == KNOWN
