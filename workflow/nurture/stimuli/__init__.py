"""Faces that are shown to networks: rendered or photographed, whole, morphed or altered."""
