"""List the layers of a network of the configuration: make layers NETWORK=... [CONFIG=...]."""

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
from nurture.networks.listing import configured
from nurture.networks.reading import list_layers, obtain_network
from nurture.networks.tracing import layer_table
from nurture.running.merging import read_configuration

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("network", nargs="?", help="its name in the configuration")
parser.add_argument("configfiles", nargs="*", help="merged over config/config.yaml")
# The Snakefile calls this for the names, and to check weights.
parser.add_argument("--settings", type=json.loads, help=argparse.SUPPRESS)
parser.add_argument("--limits", type=json.loads, help=argparse.SUPPRESS)
parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
given = parser.parse_args()
torch.set_num_threads(1)  # as a job has
remarks = []
handler = logging.Handler()
handler.emit = lambda record: remarks.append(record.getMessage())
logging.getLogger("nurture").addHandler(handler)
said = redirect_stdout(sys.stderr)  # what a user's network prints, beside the table
try:
    if given.settings and is_own(given.settings["architecture"]):
        with said:
            layers = list_layers(given.settings, given.limits)
    elif given.settings:
        # Its layers are known, and whether its file fits is not.
        _, provenance = obtain_network(given.settings)
        check_settings(provenance, given.settings)
        layers = {}
    else:
        config = read_configuration(given.configfiles)
        settings = configured(given.network, config)
        with said:
            layers = list_layers(settings, config["activations"])
except NurtureError as error:
    sys.exit(f"nurture: {error}")
if given.output:
    with atomic(given.output) as part:
        faults = {name: layer.fault for name, layer in layers.items()}
        part.write_text(json.dumps({"layers": faults, "remarks": remarks}))
else:
    sys.stdout.write(layer_table(layers) + "\n")
    sys.stderr.writelines(f"nurture: {remark}\n" for remark in remarks)
