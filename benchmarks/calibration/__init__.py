"""How often the tests of the tables reject what is true, and how often intervals hold it.

Each module simulates experiments in which the truth is known, at the sizes of the default, through
the project's own functions; ``python -m benchmarks.calibration`` writes docs/calibration.md.
"""
