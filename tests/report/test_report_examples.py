"""Units of the explorer: which are kept, and the faces that drive them."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import label_coordinates
from nurture.report.examples import examples

PEOPLE = 2
N = PEOPLE * len(EXPRESSIONS)
ABOUT = {"network": "net", "training": "none", "layer": "deep"}


def activations(response):
    labels = pd.DataFrame(
        {
            "expression": list(EXPRESSIONS) * PEOPLE,
            "identity": np.repeat(np.arange(PEOPLE), len(EXPRESSIONS)),
        }
    )
    response = np.asarray(response, "float32")
    return xr.Dataset(
        {"activation": (("stimulus", "unit"), response)}, label_coordinates(labels), ABOUT
    )


def selectivity(f, selective):
    """Units on a map of two columns; their numbers are their F."""
    n = len(f)
    values = {
        **{"f_expression": f, "f_identity": f, "p_expression": f, "p_identity": f},
        **{"partial_eta_squared_expression": f, "partial_eta_squared_identity": f},
        **{"selective": selective, "preferred": [0] * n, "constant": np.isnan(f).astype(int)},
    }
    place = {"channel": np.arange(n) // 2, "row": np.zeros(n, int), "column": np.arange(n) % 2}
    return xr.Dataset(
        {
            **{name: ("unit", np.asarray(value)) for name, value in values.items()},
            "tuning": (("expression", "unit"), np.arange(6 * n).reshape(6, n)),
        },
        {"expression": list(EXPRESSIONS), **{k: ("unit", v) for k, v in place.items()}},
        {**ABOUT, "n_selective": int(sum(selective))},
    )


@pytest.fixture
def ramp():
    """Four units that answer the n-th of twelve faces with n, times 1, 2, -1 and 0."""
    return activations(np.outer(np.arange(N), [1, 2, -1, 0]))


def test_selective_units_come_first_and_the_strongest_of_them(ramp):
    kept = examples(ramp, selectivity([4.0, 9.0, 50.0, 7.0], [1, 1, 0, 1]), 2, 5, 1)
    assert kept["number"].values.tolist() == [1, 3, 2]
    assert kept["selective"].values.tolist() == [1, 1, 0]
    assert kept["channel"].values.tolist() == [0, 1, 1]
    assert kept["column"].values.tolist() == [1, 1, 0]


def test_units_that_never_respond_are_not_listed(ramp):
    kept = examples(ramp, selectivity([4.0, 9.0, 50.0, np.nan], [1, 0, 0, 0]), 5, 5, 1)
    assert kept["number"].values.tolist() == [0, 2, 1]


def test_the_faces_that_drive_a_unit_most_and_least(ramp):
    kept = examples(ramp, selectivity([4.0, 3.0, 2.0, 1.0], [1, 1, 1, 1]), 4, 0, 3)
    assert kept["most"].values.tolist() == [[11, 10, 9], [11, 10, 9], [0, 1, 2], [0, 1, 2]]
    assert kept["least"].values.tolist() == [[0, 1, 2], [0, 1, 2], [11, 10, 9], [0, 1, 2]]
    assert kept["most_response"].values[1].tolist() == [22, 20, 18]
    assert kept["least_response"].values[2].tolist() == [-11, -10, -9]
    assert kept["n_least"].values.tolist() == [1, 1, 1, 12]


def test_the_standard_error_is_over_the_faces_of_an_expression(ramp):
    kept = examples(ramp, selectivity([4.0, 3.0, 2.0, 1.0], [1, 1, 1, 1]), 4, 0, 3)
    # Faces n and n + 6 show one expression: deviation 6 / sqrt(2), error 3.
    assert kept["error"].values[:, 0] == pytest.approx(np.full(6, 3.0))
    assert kept["error"].values[:, 1] == pytest.approx(np.full(6, 6.0))
    assert kept["tuning"].values[:, 2].tolist() == [2, 6, 10, 14, 18, 22]


def test_the_map_counts_selective_units(ramp):
    kept = examples(ramp, selectivity([4.0, 3.0, 2.0, 1.0], [1, 0, 1, 1]), 1, 1, 1)
    assert kept["selective_here"].values.tolist() == [[2, 1]]
    assert kept.attrs["n_units"] == 4
    assert kept.attrs["n_selective"] == 3


def test_a_large_map_is_counted_in_squares(ramp):
    units = selectivity([4.0, 3.0, 2.0, 1.0], [1, 1, 1, 0])
    units = units.assign_coords(row=("unit", [0, 1, 99, 50]), column=("unit", [0, 1, 2, 3]))
    kept = examples(ramp, units, 1, 1, 1)
    counts = kept["selective_here"].values
    assert counts.shape == (50, 2)
    assert (counts[0, 0], counts[49, 1], counts.sum()) == (2, 1, 3)
    assert {k: v for k, v in kept.attrs.items() if k.startswith("map")} == {
        **{"map_rows": 100, "map_columns": 4, "map_step": 2}
    }


def test_files_of_two_layers_are_refused(ramp):
    other = ramp.assign_attrs(layer="shallow")
    with pytest.raises(NurtureError, match="shallow"):
        examples(other, selectivity([4.0, 3.0, 2.0, 1.0], [1, 0, 1, 1]), 1, 1, 1)
