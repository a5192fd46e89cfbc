"""Many networks with long names: every figure keeps its text inside its edges and legible."""

import pytest
from matplotlib.text import Text

from nurture.figures import confusion, fits, identification, selective_units, tuning
from nurture.figures.style import complete


def drawn_selective_units(make, vgg, layers):
    table = make.selective(vgg, layers)
    return selective_units.draw(table, 0.01, style=complete("selective_units"))


def drawn_tuning(make, vgg, layers):
    return tuning.draw(make.tuning(vgg), vgg, style=complete("tuning"))


def drawn_confusion(make, vgg, layers):
    tables = make.confusion(vgg)
    return confusion.draw(*tables, make.human(), vgg, style=complete("confusion"))


def drawn_identification(make, vgg, layers):
    tables = make.categorical(vgg)
    return identification.draw(*tables, make.people(), vgg, style=complete("identification"))


def drawn_fits(make, vgg, layers):
    return fits.draw(*make.categorical(vgg)[1:], vgg, style=complete("fits"))


@pytest.mark.parametrize(
    "drawn",
    [
        pytest.param(drawn_selective_units, id="selective_units"),
        pytest.param(drawn_tuning, id="tuning"),
        pytest.param(drawn_confusion, id="confusion"),
        pytest.param(drawn_identification, id="identification"),
        pytest.param(drawn_fits, id="fits"),
    ],
)
def test_text_stays_inside_and_legible(make, vgg, vgg_layers, drawn):
    figure = drawn(make, vgg, vgg_layers)
    texts = [text for text in figure.findobj(Text) if text.get_text() and is_shown(text)]
    assert len(texts) > 20
    assert min(text.get_fontsize() for text in texts) >= 6
    drawn_on = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert min(drawn_on.x0, drawn_on.y0, width - drawn_on.x1, height - drawn_on.y1) > -0.01


def is_shown(text):
    """Whether a reader sees a text: it and its panel are visible."""
    return text.get_visible() and (text.axes is None or text.axes.get_visible())
