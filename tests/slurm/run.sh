#!/usr/bin/env bash
# What `make slurm-test` does: start SLURM, or join the one that answers, run the tests on it, and
# stop it again. Exits with 77 and one line where there is no SLURM to be had.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
cd "$here/../.."
# So that modules are compiled once and not by each of some 200 processes.
unset PYTHONDONTWRITEBYTECODE
rm -rf results/slurm-test
mkdir -p results/slurm-test results/tiny/cache
# The local run starts from what this folder has: Snakemake knows what of it is as it should be.
# Rules replace results and never write into them, so links do; only logs are written into, and
# what .snakemake has, locks among it, is each folder's own.
if [ -d .snakemake ]; then
  mkdir -p results/slurm-test/local/results/tiny
  cp -a .snakemake results/slurm-test/local/
  find results/tiny -mindepth 1 -maxdepth 1 ! -name logs ! -name benchmarks \
    -exec cp -al -t results/slurm-test/local/results/tiny {} +
fi
export SLURM_TEST_CLUSTER=joined
if ! timeout 5 scontrol ping 2>/dev/null | grep -q "is UP"; then
  SLURM_TEST_CLUSTER=$(mktemp -d /tmp/slurm.XXXXX)
  # What the daemons said is kept where it can be looked at.
  trap 'cp -r "$SLURM_TEST_CLUSTER/log" results/slurm-test/daemons 2>/dev/null || true
    "$here/stop.sh" "$SLURM_TEST_CLUSTER"; rm -rf "$SLURM_TEST_CLUSTER"' EXIT
  "$here/start.sh" "$SLURM_TEST_CLUSTER"
fi
.venv/bin/python -m pytest --durations=0 -rs tests/slurm "$@"
