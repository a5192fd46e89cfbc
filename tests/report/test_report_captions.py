"""Every figure has a caption in plain words, which the page and a Snakemake report share."""

import re
from pathlib import Path

import pytest

WORKFLOW = Path(__file__).parents[2] / "workflow"
RULES = "\n".join(path.read_text() for path in sorted(WORKFLOW.glob("rules/*.smk")))
FIGURES = sorted(set(re.findall(r'"<results>/figures/(\w+)(?:\.svg)?"', RULES)))


def test_there_are_figures():
    assert {"confusion", "fits", "tuning"} <= set(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_a_caption_and_a_category(name):
    written = (
        rf'"<results>/figures/{name}\.svg",\s+caption="\.\./report/{name}\.rst",\s+category="\w'
    )
    assert re.search(written, RULES)
    text = (WORKFLOW / "report" / f"{name}.rst").read_text()
    assert len(text.split(". ")) > 1
    assert not set("*`_|<>") & set(text), "plain text: the page does not read markup"
