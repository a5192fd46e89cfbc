"""Sections of the report, one module each; every one is a function of a run."""
