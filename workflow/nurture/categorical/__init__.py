"""Identification and discrimination along morphed expressions."""
