"""Faces from photographs: lists, landmarks, cutting out, morphing."""
