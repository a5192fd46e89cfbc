"""Photographs: face sets in their own file names, made comparable, and morphed."""
