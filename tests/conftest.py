"""Activation files of a made-up layer."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import label_coordinates

pytest_plugins = ["tests.drawing"]


def pytest_collection_modifyitems(items):
    """Begin with whole runs, and of these with the longest: short tests fill the end."""
    items.sort(
        key=lambda item: (item.path.parent.name != "workflow", item.path.stem != "test_kills")
    )


ABOUT = {"network": "net", "training": "none", "layer": "conv"}


def faces(n_identities, first, seed, n_units=40, expression=0, identity=0, noise=1.0, both=0):
    """Responses to everybody's six expressions.

    The first `expression` units follow expression, the next `identity` units identity, the next
    `both` units both of them, the others nothing. What a unit makes of an expression or a person
    is the same in all sets.
    """
    labels = pd.DataFrame(
        {
            "expression": np.tile(EXPRESSIONS, n_identities),
            "identity": np.repeat(np.arange(first, first + n_identities), len(EXPRESSIONS)),
        }
    )
    activation = np.random.default_rng(seed).normal(scale=noise, size=(len(labels), n_units))
    fixed = np.random.default_rng(0)
    of_expression = fixed.normal(scale=2, size=(len(EXPRESSIONS), n_units))
    of_person = fixed.normal(scale=2, size=(500, n_units))
    tells = np.arange(n_units)
    knows = (tells >= expression) & (tells < expression + identity + both)
    tells = (tells < expression) | (knows & (tells >= expression + identity))
    activation += tells * of_expression[np.tile(np.arange(6), n_identities)]
    activation += knows * of_person[labels["identity"]]
    return xr.Dataset(
        {"activation": (("stimulus", "unit"), activation.astype("float32"))},
        label_coordinates(labels),
        ABOUT,
    )


def found(selective, constant=None, p_expression=None, p_identity=None):
    """What `nurture.selectivity.anova.selectivity` says of the units."""
    selective = np.asarray(selective, bool)
    constant = np.zeros(len(selective), bool) if constant is None else np.asarray(constant, bool)
    p_expression = np.where(selective, 0.001, 0.5) if p_expression is None else p_expression
    p_identity = np.full(len(selective), 0.5) if p_identity is None else p_identity
    return xr.Dataset(
        {
            "selective": ("unit", selective.astype("int8")),
            "constant": ("unit", constant.astype("int8")),
            "p_expression": ("unit", np.asarray(p_expression, float)),
            "p_identity": ("unit", np.asarray(p_identity, float)),
        },
        attrs=ABOUT | {"alpha": 0.01},
    )


@pytest.fixture(scope="session")
def layer():
    """Makers of activation files and of their selectivity."""
    return SimpleNamespace(faces=faces, found=found)
