"""What the SLURM profile promises, as far as it shows without a cluster."""

import re
from pathlib import Path

import pytest
import yaml

from tests.workflow.planner import snakemake

ROOT = Path(__file__).parents[2]


def _profile(name):
    return yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text())


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """Each step's rule, resources and whether it shares a job, under the SLURM and GPU profiles."""
    folder = tmp_path_factory.mktemp("plan")
    for part in ("Snakefile", "workflow", "config", "envs", "profiles"):
        (folder / part).symlink_to(ROOT / part)
    profiles = ("--workflow-profile", "slurm", "--profile", "profiles/gpu")
    given = ("--dry-run", "--verbose", *profiles, "--configfile", "config/tiny.yaml")
    result = snakemake(folder, *given)
    assert result.returncode == 0, result.stderr
    jobs = re.findall(
        r"^( *)rule ([^:]+):\n(?:\1    .*\n)*?\1    resources: (.*)$",
        result.stdout + result.stderr,
        re.MULTILINE,
    )
    return [
        (rule, dict(resource.split("=", 1) for resource in resources.split(", ")), bool(indent))
        for indent, rule, resources in jobs
        if rule != "all"
    ]


def test_the_profile_keeps_what_the_default_one_sets():
    default = _profile("default")
    del default["cores"]
    assert _profile("slurm").items() >= default.items()


def test_only_forward_passes_ask_for_a_gpu(plan):
    asking = {rule for rule, resources, _ in plan if "gpu" in resources}
    assert asking == {rule for rule, *_ in plan if rule.startswith("activations_")}
    assert len(asking) > 2


def test_small_steps_share_jobs(plan):
    alone = {rule.split("_")[0] for rule, _, shares in plan if not shares}
    assert alone == {"network", "activations", "validity"}
    assert {"faces", "selectivity", "summary"} <= {rule for rule, _, shares in plan if shares}


def test_every_job_says_what_it_needs(plan):
    needs = {"mem_mb", "runtime", "slurm_partition", "slurm_account"}
    assert [rule for rule, resources, _ in plan if not needs <= resources.keys()] == []


@pytest.mark.parametrize("resource", ["mem_mb", "runtime"])
def test_no_rule_asks_for_the_same_again(resource):
    """A number would not grow with the attempts: `memory` and `minutes` do."""
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    asked = re.findall(rf"^ +{resource}=(.*),$", rules, re.MULTILINE)
    assert len(asked) > 20
    assert [need for need in asked if not need.startswith(("memory(", "minutes("))] == []
