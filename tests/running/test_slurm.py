"""What needs no SLURM; the rest is in tests/slurm."""

import asyncio
import logging
from types import SimpleNamespace

import pytest

pytest.importorskip("snakemake_executor_plugin_slurm")

from nurture.running.slurm import Executor


@pytest.fixture
def executor(monkeypatch, tmp_path):
    """An executor that has nothing to do, where SLURM's commands are not to be had."""
    monkeypatch.setenv("PATH", str(tmp_path))
    executor = Executor.__new__(Executor)
    executor.missed = set()
    executor._submitted_job_clusters = set()
    executor.workflow = SimpleNamespace(executor_settings=SimpleNamespace(requeue=False))
    return executor


def test_nothing_is_asked_before_the_run_has_a_name_and_jobs(executor):
    async def asked():
        return [job async for job in executor.check_active_jobs([])]

    executor.logger = logging.getLogger("slurm")
    assert not hasattr(executor, "run_uuid")
    assert asyncio.run(asked()) == []


def test_a_job_that_slurm_forgot_is_missed_twice_before_it_counts_as_lost(executor):
    assert [executor._end("26", "GONE") for _ in range(2)] == ["", "GONE"]


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        pytest.param("COMPLETED", "COMPLETED", id="done"),
        pytest.param("CANCELLED by 0", "CANCELLED", id="cancelled"),
        pytest.param("RUNNING", "GONE", id="never-closed"),
        pytest.param("", "GONE", id="unknown"),
    ],
)
def test_where_slurm_keeps_accounts_they_say_how_a_forgotten_job_ended(
    executor, tmp_path, accounts, expected
):
    sacct = tmp_path / "sacct"
    sacct.write_text(f"#!/bin/sh\necho {accounts}\n")
    sacct.chmod(0o755)
    assert [executor._end("26", "GONE") for _ in range(2)] == ["", expected]


def test_jobs_of_other_clusters_are_not_missed(executor):
    executor._submitted_job_clusters.add("far")
    assert [executor._end("26", "GONE") for _ in range(3)] == ["", "", ""]


@pytest.mark.parametrize("requeue", [False, True])
def test_a_preempted_job_is_lost_unless_slurm_is_to_begin_it_again(executor, requeue):
    executor.workflow.executor_settings.requeue = requeue
    assert executor._end("26", "PREEMPTED") == ("" if requeue else "PREEMPTED")


@pytest.mark.parametrize("state", ["PENDING", "RUNNING", "COMPLETING", "FAILED", "COMPLETED"])
def test_all_else_is_left_to_the_plugin(executor, state):
    assert executor._end("26", state) == ""
