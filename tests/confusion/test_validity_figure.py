import numpy as np
import pandas as pd
import pytest

from nurture.confusion.validity_figure import draw
from tests.drawing import complete


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


def test_photographs_are_not_called_rendered(make, validity):
    figure = draw(validity, rendered=False, style=complete("validity"))
    texts = " ".join(make.texts(figure)).replace("\n", " ")
    assert "Do the photographs show what they should?" in texts
    assert "to 624 photographs (selection set, colour)." in texts
    assert "80 % as labelled" in texts
    assert figure.axes[0].get_ylabel() == "labelled"
    assert "rendered" not in texts
    assert "recipes" not in texts
