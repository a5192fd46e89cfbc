"""What all tables share."""

import numpy as np
import pytest

from nurture.core.rows import number, short


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((0.5, ".50"), (-0.123, "-.12"), (0.0042, ".004"), (-0.039, "-.039"), (12.3, "12.30")),
        *((np.nan, "-"), (0.999, "1.00"), (1.0, "1.00")),
    ],
)
def test_numbers_are_written_short(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.05, ".05"), (0.001, ".001"), (0.0014, ".0014"), (1.0, "1")]
)
def test_levels_have_no_zero(value, text):
    assert short(value) == text
