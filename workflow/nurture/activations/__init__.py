"""Responses of units to stimuli, one file for each layer, and the baselines beside them."""
