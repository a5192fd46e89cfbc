"""Resampling, permutation and the comparison of networks."""
