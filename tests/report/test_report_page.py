"""The page as a file: complete in itself, the same each time, and only with what a run has."""

import base64
import dataclasses
import json
import re
import zlib
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from nurture.report.outline import report


class Page(HTMLParser):
    """Tags, links and text of a page."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.text, self.inside = [], [], []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"script", "style"} & set(self.inside):
            self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def source(run):
    return report(run)


@pytest.fixture(scope="module")
def page(source):
    return Page(source)


def sections(page):
    return [attrs["id"] for attrs in page.all("section")]


def test_sections_stand_in_their_order(page):
    assert sections(page) == [
        *("question", "stimuli", "networks", "units", "explorer", "confusions", "categories"),
        *("paper", "more", "methods", "provenance", "tables"),
    ]


def test_every_section_is_in_the_navigation_and_has_a_heading(page):
    links = [a["href"] for a in page.all("a") if a.get("href", "").startswith("#")]
    assert {f"#{name}" for name in sections(page)} <= set(links)
    headings = {attrs.get("id") for attrs in page.all("h2")}
    assert {attrs["aria-labelledby"] for attrs in page.all("section")} == headings


def test_the_page_needs_no_other_file(page):
    for tag in ("img", "script", "link", "iframe", "source"):
        for attrs in page.all(tag):
            address = attrs.get("src", attrs.get("href", "data:"))
            assert address.startswith("data:"), (tag, address[:60])
    assert not [style for style in page.all("style") if "@import" in style]


def test_every_link_inside_the_page_leads_somewhere(page):
    names = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    targets = {a["href"][1:] for a in page.all("a") if a.get("href", "").startswith("#")}
    assert targets <= names


def test_the_same_run_gives_the_same_bytes(run, source):
    assert report(run) == source


def test_there_is_no_path_and_no_time_on_the_page(run, source):
    for one in run.stimuli.values():
        assert str(one.path.parent) not in source
    text = re.sub(r"<script>.*?</script>", "", source, flags=re.DOTALL)
    assert not re.search(r"\b20\d\d-\d\d-\d\d\b", text)


def test_every_table_can_be_downloaded_as_it_is(run, source, page):
    downloads = {a["download"]: a["data-file"] for a in page.all("a") if "data-file" in a}
    assert {f"{name}.csv" for name in run.tables} <= downloads.keys()
    for name, data in run.csv.items():
        text = source.split(f'id="file-{downloads[f"{name}.csv"]}">')[1].split("</script>")[0]
        assert zlib.decompress(base64.b64decode(text)) == data


def test_every_figure_has_words_and_a_table(run, page):
    pictures = page.all("img")
    assert len(pictures) == len(run.figures)
    assert all(attrs["alt"] for attrs in pictures)
    alt = next(a["alt"] for a in pictures if a["alt"].startswith("Selective units"))
    assert alt == "Selective units. Units by depth. Its numbers are in the table linked below."


def test_a_figure_that_no_section_knows_is_shown_all_the_same(page):
    assert any(attrs.get("id") == "figure-brand_new" for attrs in page.all("figure"))


WITHOUT = [
    pytest.param(["published"], "paper", id="published numbers"),
    pytest.param(["identification"], "categories", id="identification curves"),
    pytest.param(["confusion"], "confusions", id="confusion matrices"),
]


@pytest.mark.parametrize(("absent", "section"), WITHOUT)
def test_a_section_without_its_table_is_left_out(run, absent, section):
    tables = {name: table for name, table in run.tables.items() if name not in absent}
    csv = {name: run.csv[name] for name in tables}
    assert section not in sections(Page(report(dataclasses.replace(run, tables=tables, csv=csv))))


def test_what_users_have_not_brought_is_not_spoken_of(run):
    stimuli = {"seen": run.stimuli["seen"]}
    tables = {"selective_units": run.tables["selective_units"]}
    csv, figures = (
        {"selective_units": given["selective_units"]} for given in (run.csv, run.figures)
    )
    part = dataclasses.replace(run, stimuli=stimuli, tables=tables, csv=csv, figures=figures)
    few = Page(report(part))
    text = " ".join(few.text)
    assert sections(few) == [
        *("question", "stimuli", "networks", "units", "explorer"),
        *("methods", "provenance", "tables"),
    ]
    assert "“between”" not in text
    assert "support vector" not in text


def test_a_measure_is_shown_once_its_table_is_there(run, page):
    assert "experience" not in sections(page)
    tables = {**run.tables, "experience": pd.DataFrame({"network": ["faces"], "value": [1.5]})}
    more = dataclasses.replace(run, tables=tables, csv={**run.csv, "experience": b"network,value"})
    assert "experience" in sections(Page(report(more)))


def test_what_ran_is_named_with_its_version(page):
    text = " ".join(page.text)
    assert "Nurture 3.2.1, Snakemake 9.99" in text
    assert "torch 2.13.0" in text
    assert f"numpy {np.__version__}" in text


def test_a_network_of_ones_own_is_named_as_its_code_is_called(run):
    own = {"file": "mine.py", "factory": "build", "arguments": {"width": 8}}
    mine = {**run.config["networks"]["faces"], "architecture": own, "weights": "mine.pth"}
    config = {**run.config, "networks": {**run.config["networks"], "faces": mine}}
    text = " ".join(Page(report(dataclasses.replace(run, config=config))).text)
    assert "“faces” is mine.py:build(width=8) with the weights of the file Xavier normal." in text


def test_a_set_says_what_it_is_for(page):
    text = " ".join(" ".join(page.text).split())
    assert "classifiers are tested: the confusion matrices; its faces, altered, make upset." in text


def test_claims_are_counted_and_listed(run):
    head = ["tested", "where", "paper", "this_run", "lower", "upper", "agreement", "reason"]
    head.append("caveats")
    rows = [
        ("they err", "Fig. 2", 0.727, -0.0604, -0.25, 0.131, "inconclusive", "holds 0", "few"),
        ("a line fits", "Fig. 4", -0.041, None, None, None, "not testable here", "none", "few"),
        ("they see", "Fig. 3", None, 0.5, 0.25, 1.0, "agrees", "above", "few"),
    ]
    table = pd.DataFrame(rows, columns=head).assign(counts=1)
    table = pd.concat([table, table[-1:].assign(counts=0)])
    more = dataclasses.replace(
        run,
        tables={**run.tables, "replication": table},
        csv={**run.csv, "replication": b"claim"},
    )
    page = Page(report(more))
    assert sections(page)[7:9] == ["replication", "paper"]
    text = " ".join(" ".join(page.text).split())
    assert "3 claims? Agrees: 1; inconclusive: 1; not testable here: 1." in text
    assert "they err Fig. 2 0.73 −0.06 −0.25 to 0.13 inconclusive : holds 0 yes" in text
    assert "a line fits Fig. 4 −0.041 not testable here : none yes" in text


def test_baselines_are_no_networks_in_the_counts(run):
    units = run.tables["selective_units"]
    pixels = units.iloc[:1].assign(network="pixels", n_units=1000, n_selective=500)
    more = {**run.tables, "selective_units": pd.concat([units, pixels])}
    text = " ".join(Page(report(dataclasses.replace(run, tables=more))).text)
    assert "3 layers 36 units tested 18 selective" in " ".join(text.split())


def test_answers_to_single_faces_are_on_the_page(source):
    data = json.loads(source.split('id="report-data">')[1].split("</script>")[0])
    answers = data["identification"]["answers"]["blank-1"]["anger-fear"]
    assert answers == {"8": [0, 0, 1, 1, 1], "9": [0, 0, 1, 1, 1], "10": [0, 0, 1, 1, 1]}


def test_tables_are_drawn_when_they_are_opened(page):
    """A page of all their cells takes seconds to open."""
    tables = next(i for i, (_, attrs) in enumerate(page.tags) if attrs.get("id") == "tables")
    assert "td" not in {name for name, _ in page.tags[tables:]}


def test_the_order_of_the_trainings_is_compared(page):
    text = " ".join(" ".join(page.text).split())
    assert "identity > untrained untrained > identity 0 of 1" in text


def test_methods_are_written_from_the_configuration(page):
    text = " ".join(" ".join(page.text).split())
    for sentence in (
        "The set “seen” has 8 rendered identities with the six basic expressions each; random in "
        "each picture: yaw within ±12° and intensity of the expression between 0.7 and 1.",
        "p < 0.01 for expression and p > 0.01 for identity.",
        "“blank-1” is",
        "start from the seed 7",
    ):
        assert sentence in text, sentence
    assert "Responses are rounded" not in text


def test_rounded_responses_are_told(run):
    config = run.config | {"activations": {"precision": "half"}}
    page = report(dataclasses.replace(run, config=config))
    assert "Responses are rounded to the precision of float16." in page


def test_what_was_found_comes_first_with_the_figure_of_the_whole_run(run):
    found = pd.DataFrame({"conclusion": ["Units were found.", "Claims < 1 agree."]})
    more = dataclasses.replace(
        run,
        tables={**run.tables, "conclusions": found},
        csv={**run.csv, "conclusions": found.to_csv(index=False).encode()},
        figures={**run.figures, "summary": run.figures["confusion"]},
    )
    source = report(more)
    first = source[source.index('id="question"') : source.index('id="stimuli"')]
    assert "<li>Units were found.</li>" in first
    assert "<li>Claims &lt; 1 agree.</li>" in first
    assert first.index("agree.") < first.index('id="figure-summary"')
    assert source.count('id="figure-summary"') == 1
