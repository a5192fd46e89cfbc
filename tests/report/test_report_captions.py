"""Every figure has a caption in plain words, which the page and a Snakemake report share."""

import pytest

from nurture.running.figures import declared

FIGURES = {figure.name: figure for figure in declared()}


def test_there_are_figures():
    assert {"confusion", "fits", "tuning"} <= set(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_a_caption_and_a_category(name):
    assert FIGURES[name].category
    text = FIGURES[name].caption
    assert len(text.split(". ")) > 1
    assert not set("*`_|<>") & set(text), "plain text: the page does not read markup"
