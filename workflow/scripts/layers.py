"""List the layers of a network and check its weights, for the Snakefile, which imports no torch."""

import argparse
import json
import logging
import sys
from contextlib import redirect_stdout
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch

from nurture.core.errors import NurtureError
from nurture.core.files import atomic
from nurture.networks.catalogue import is_own
from nurture.networks.layouts.known import check_settings
from nurture.networks.reading import list_layers, obtain_network

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--settings", type=json.loads, required=True)
parser.add_argument("--limits", type=json.loads, required=True)
parser.add_argument("--output", type=Path, required=True)
given = parser.parse_args()
torch.set_num_threads(1)  # as a job has
remarks = []
handler = logging.Handler()
handler.emit = lambda record: remarks.append(record.getMessage())
logging.getLogger("nurture").addHandler(handler)
try:
    if is_own(given.settings["architecture"]):
        with redirect_stdout(sys.stderr):  # what a user's network prints
            layers = list_layers(given.settings, given.limits)
    else:
        # Its layers are known, and whether its file fits is not.
        _, provenance = obtain_network(given.settings)
        check_settings(provenance, given.settings)
        layers = {}
except NurtureError as error:
    sys.exit(f"nurture: {error}")
with atomic(given.output) as part:
    faults = {name: layer.fault for name, layer in layers.items()}
    part.write_text(json.dumps({"layers": faults, "remarks": remarks}))
