"""Forks of one process answer as new processes do."""

import pytest

from tests.workflow.planner import snakemake

TINY = ("--cores", "1", "--configfile", "config/tiny.yaml")
CALLS = [
    pytest.param([*TINY, "--dry-run"], 0, id="plan"),
    pytest.param([*TINY, "--dry-run", "--", "stimuli"], 1, id="no such target"),
    pytest.param([*TINY, "--dry-run", "--config", "faces={size: no}"], 1, id="wrong"),
    pytest.param([*TINY, "--list"], 0, id="rules"),
]


@pytest.fixture(scope="module")
def project(new_project, tmp_path_factory):
    return new_project(tmp_path_factory.mktemp("new"))


@pytest.mark.parametrize(("arguments", "status"), CALLS)
def test_a_fork_answers_as_a_new_process(project, arguments, status):
    forked = snakemake(project.folder, *arguments)
    new = snakemake(project.folder, *arguments, new=True)
    assert forked.returncode == new.returncode == status, forked.stderr
    assert forked.stdout == new.stdout
    assert forked.stderr == new.stderr
    assert forked.stdout + forked.stderr
