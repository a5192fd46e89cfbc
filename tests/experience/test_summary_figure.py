import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from nurture.core.expressions import EXPRESSIONS
from nurture.experience.summary_figure import STYLE, VERDICTS, draw, face_places, morph_places
from nurture.statistics.verdicts import OF_CLAIMS
from tests.drawing import complete

FACES = [np.full((8, 8, 3), 20 * i, "uint8") for i in range(6)]
CLAIMS = [("agrees", 0.7, 0.5, 0.4, 0.6), ("inconclusive", np.nan, 0.1, np.nan, np.nan)]


def _matched(names):
    rows = [
        {"network": name, "accuracy": accuracy, "estimate": 0.1, "lower": 0.0, "upper": 0.2}
        for name in names
        for accuracy in (0.7, 0.5)
    ]
    about = {"human": "mean", "statistic": "pearson", "matched_to": "given"}
    return pd.DataFrame(rows).assign(population="selective", **about)


def _rules(networks):
    rows = [
        {"network": name, "layer": settings["readout"], "rule": rule, "n_identities": n}
        | {"response_rate": 0.1 * (i + 1) + n / 1000, "effect_size": 0.05 * (i + 1)}
        for name, settings in networks.items()
        for i, rule in enumerate(("paper", "effect", "expression"))
        for n in (52, 104)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def tables(make, networks, layers_of):
    points, fits, _ = make.categorical(networks)
    confusion, _ = make.confusion(networks)
    heads = ("agreement", "paper", "this_run", "lower", "upper")
    claims = pd.DataFrame([dict(zip(heads, row, strict=True)) for row in CLAIMS])
    text = "the selective units of networks trained on identity err as observers do"
    return {
        "selective_units": make.selective(networks, layers_of),
        "selection_rules": _rules(networks),
        "confusion": confusion,
        "human_confusion": make.human(),
        "likeness_matched": _matched(["face-identity", "untrained (3 seeds)", "objects"]),
        "noise_ceiling": make.ceiling(),
        "identification": points,
        "fits": fits,
        "human_identification": make.observers(),
        "replication": pd.concat([claims.assign(counts=1), claims.assign(counts=0)]).assign(
            claim=text, network="face-identity"
        ),
    }


@pytest.fixture(scope="module")
def figure(tables, networks, replicates):
    return draw(FACES, FACES, tables, networks, replicates, style=complete("summary"))


def _text(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def test_it_fits_a_page(figure):
    width, height = figure.get_size_inches() * 25.4
    assert width == pytest.approx(180)
    assert height <= 200


def test_panels_have_letters(figure):
    assert [text for text in sorted(_text(figure)) if text in "abcdef"] == list("abcdef")


def test_networks_of_three_trainings_are_compared(figure, make, tables):
    for name in ("face-identity", "objects", "untrained-1"):
        (line,) = make.drawn(figure, f"likeness of {name}")
        np.testing.assert_allclose(line.get_xydata(), [(0.5, 0.1), (0.7, 0.1)])
    assert make.drawn(figure, "likeness of expressions") == []
    (face,) = make.drawn(figure, "face-identity")
    units = tables["selective_units"].query("network == 'face-identity'")
    np.testing.assert_allclose(face.get_xydata(), units[["depth", "fraction"]] * np.array([1, 100]))


def test_what_is_selected_is_that_of_all_identities(figure, make):
    (paper,) = make.drawn(figure, "objects paper")
    np.testing.assert_allclose(paper.get_xydata(), [(20.4, 0.05)])


def test_claims_have_their_verdict_and_numbers(figure, make):
    text = _text(figure)
    assert text.count("selective units err as observers do") == 2
    assert ".50 (.40 to .60)" in text
    (agrees,) = make.drawn(figure, "agrees")
    (open_,) = make.drawn(figure, "inconclusive")
    assert agrees.get_markerfacecolor() != open_.get_markerfacecolor() == "#FFFFFF"


def test_every_verdict_has_a_colour_and_a_mark():
    assert tuple(STYLE["verdicts"]) == tuple(VERDICTS) == OF_CLAIMS


def test_a_run_without_results_says_so(tables, networks):
    none = {name: table[:0] for name, table in tables.items()} | {
        "human_confusion": tables["human_confusion"]
    }
    figure = draw([], [], none, networks, {}, style=complete("summary"))
    assert _text(figure).count("too few units") == 3


def test_faces_of_one_identity_are_found():
    rows = [("anger", 3), *((name, 5) for name in EXPRESSIONS), ("fear", -1)]
    labels = pd.DataFrame(rows, columns=["expression", "identity"])
    assert face_places(labels) == [1, 2, 3, 4, 5, 6]
    assert face_places(labels[:3]) == []


def test_morphs_are_those_nearest_to_even_levels():
    levels = np.linspace(0, 1, 11)
    labels = pd.DataFrame({"level": np.tile(levels, 2), "identity": np.repeat([7, 4], 11)})
    labels["continuum"] = "anger-fear"
    assert morph_places(labels, "anger-fear") == [11, 13, 15, 17, 19, 21]
    assert morph_places(labels, "fear-anger") == []
