import numpy as np
import pandas as pd
import pytest

from nurture.figures.style import complete
from nurture.figures.validity import draw


@pytest.fixture
def validity(make):
    matrix = np.full((6, 6), 0.04) + np.eye(6) * 0.76
    return pd.DataFrame(make.matrix_rows(matrix, n=104))


def test_title_and_caption_tell_agreement_and_faces(make, validity):
    texts = " ".join(make.texts(draw(validity, style=complete("validity")))).replace("\n", " ")
    assert "80 % as intended (chance 17 %)" in texts
    assert "624 rendered faces" in texts


def test_cells_are_the_judges_answers(make, validity):
    (axes,) = draw(validity, style=complete("validity")).axes
    assert axes.images[0].get_array()[2].tolist() == pytest.approx(
        [0.04, 0.04, 0.8, 0.04, 0.04, 0.04]
    )
    assert axes.get_ylabel() == "rendered"
