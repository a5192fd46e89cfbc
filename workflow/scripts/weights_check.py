"""Describe what a file of weights is: make weights-check FILE=..."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from nurture.core.errors import NurtureError
from nurture.networks.layouts.check import weights_check

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("file", type=Path, help="weights of VGG-Face or VGG-16 in a published layout")
try:
    sys.stdout.write(weights_check(parser.parse_args().file) + "\n")
except NurtureError as error:
    sys.exit(f"nurture: {error}")
