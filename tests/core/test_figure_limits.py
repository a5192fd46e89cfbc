"""Many networks with long names: every figure keeps its text inside its edges and legible."""

import pytest
from matplotlib.text import Text

from nurture.categorical import discrimination_figure as discrimination
from nurture.categorical import fits_figure as fits
from nurture.categorical import identification_figure as identification
from nurture.confusion import accuracy_figure as accuracy
from nurture.confusion import bias_figure as bias
from nurture.confusion import confusion_figure as confusion
from nurture.confusion import likeness_figure as likeness
from nurture.selectivity import selective_units_figure as selective_units
from nurture.selectivity import tuning_figure as tuning
from tests.drawing import complete


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
    return identification.draw(*tables, make.observers(), vgg, style=complete("identification"))


def drawn_fits(make, vgg, layers):
    tables = make.categorical(vgg)[1:]
    return fits.draw(*tables, make.human_fits(), make.fit_tests(vgg), vgg, style=complete("fits"))


def drawn_discrimination(make, vgg, layers):
    return discrimination.draw(*make.discrimination(vgg), vgg, style=complete("discrimination"))


def seeds_of(vgg):
    return {"seed (3 seeds)": [name for name in vgg if name.startswith("seed-")]}


def drawn_accuracy(make, vgg, layers):
    seeds = seeds_of(vgg)
    return accuracy.draw(*make.accuracy(vgg, seeds), vgg, seeds, style=complete("accuracy"))


def drawn_likeness(make, vgg, layers):
    tables = make.likeness(vgg, seeds_of(vgg)), make.ceiling()
    return likeness.draw(*tables, vgg, seeds_of(vgg), style=complete("likeness"))


def drawn_bias(make, vgg, layers):
    return bias.draw(make.bias(vgg, seeds_of(vgg)), vgg, seeds_of(vgg), style=complete("bias"))


@pytest.mark.parametrize(
    "drawn",
    [
        pytest.param(drawn_selective_units, id="selective_units"),
        pytest.param(drawn_tuning, id="tuning"),
        pytest.param(drawn_confusion, id="confusion"),
        pytest.param(drawn_accuracy, id="accuracy"),
        pytest.param(drawn_likeness, id="likeness"),
        pytest.param(drawn_bias, id="bias"),
        pytest.param(drawn_identification, id="identification"),
        pytest.param(drawn_fits, id="fits"),
        pytest.param(drawn_discrimination, id="discrimination"),
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
