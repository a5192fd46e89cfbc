"""List the terms under which face sets and weights are to be had, in Markdown: make terms."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from nurture.running.missing import terms_table

sys.stdout.write(terms_table() + "\n")
