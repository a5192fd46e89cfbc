"""Stimulus sets for a person to look at before they are used."""
