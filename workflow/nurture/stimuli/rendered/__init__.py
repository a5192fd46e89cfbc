"""Faces that are rendered here: identities, action units, light."""
