"""Controlled rearing: one architecture, several childhoods."""
