"""Rendered faces: identities, expressions, stimulus sets and their look."""

from nurture.faces.design import design
from nurture.faces.judge import judge_crop
from nurture.faces.look import apply_look
from nurture.faces.recipes import read_recipes
from nurture.faces.rendering import render

__all__ = ["apply_look", "design", "judge_crop", "read_recipes", "render"]
