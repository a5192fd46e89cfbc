"""The version of this software; `pyproject.toml` and `CITATION.cff` have it too.

Imported by the Snakefile and by no script, so that a new version makes the report anew and nothing
else.
"""

VERSION = "0.1.0"
