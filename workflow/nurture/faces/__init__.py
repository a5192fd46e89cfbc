"""Rendered faces: identities, expressions, stimulus sets and their look."""
