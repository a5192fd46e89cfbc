from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text

from nurture.experience.published import read_matrices, read_numbers
from nurture.experience.published_figure import draw
from nurture.experience.published_tables import published
from tests.drawing import complete

FOLDER = Path(__file__).parents[2] / "config/published"
STYLE = complete("published")
OTHER = "dlib-face-resnet"


@pytest.fixture(scope="module")
def beside(make):
    def table(networks, absent=()):
        confusion, scores = make.confusion(networks, absent)
        _, fits, notes = make.categorical(networks, absent=absent)
        tables = {"confusion": confusion, "scores": scores, "fits": fits, "notes": notes}
        return published(read_matrices(FOLDER), read_numbers(FOLDER), tables, networks)

    return table


@pytest.fixture(scope="module")
def table(beside, networks):
    return beside(networks)


@pytest.fixture(scope="module")
def figure(table, networks):
    return draw(table, dict.fromkeys(networks, OTHER), rendered=True, style=STYLE)


def panels(figure):
    """Title and panel of every matrix."""
    return {axes.get_title(): axes for axes in figure.axes if axes.images}


def caption(figure):
    return figure._supxlabel.get_text().replace("\n", " ")


def test_published_matrices_then_those_of_the_run(figure):
    titles = list(panels(figure))
    assert [title.split("\n")[:2] for title in titles[:6]] == [
        ["observers", "Fig. 2"],
        ["VGG-Face", "Fig. 2"],
        ["observers", "Fig. 4B"],
        ["VGG-Face", "Fig. 4C"],
        ["VGG-16", "Fig. 4D"],
        ["untrained VGG-Face", "Fig. 4E"],
    ]
    assert [title.split("\n")[0] for title in titles[6:]] == [
        *("face-identity", "objects", "untrained-1", "untrained-2", "untrained-3"),
    ]


def test_numbers_of_the_matrices(figure, table):
    shown = panels(figure)
    image = shown["VGG-Face\nFig. 2\n68 % correct"].images[0].get_array()
    assert image[1, 0] == pytest.approx(0.447 / 0.995)
    title = next(title for title in shown if title.startswith("untrained-2"))
    assert "1,234 units of block4" in title
    key = "network == 'untrained-2' and measure == 'confusion'"
    cell = table.query(f"{key} and item == 'fear as surprise'")["this_run"]
    assert shown[title].images[0].get_array()[2, 5] == pytest.approx(cell.iloc[0])


def test_sides_are_labelled(figure):
    """Each heading stands above the matrices it speaks of, and below those before them."""
    figure.draw_without_rendering()
    heads = {text.get_text(): text.get_window_extent() for text in figure.findobj(Text)}
    published = heads["a  Published: read from Fig. 2 (posed faces) and Fig. 4 (naturalistic)"]
    computed = heads["b  Computed here: networks of the same training"]
    boxes = {title: axes.get_window_extent() for title, axes in panels(figure).items()}
    of_paper = [box for title, box in boxes.items() if title.split("\n")[1].startswith("Fig. ")]
    of_run = [box for title, box in boxes.items() if "units of" in title]
    assert (len(of_paper), len(of_run), len(boxes)) == (6, 5, 11)
    assert published.y0 >= max(box.y1 for box in of_paper)
    assert min(box.y0 for box in of_paper) >= computed.y1
    assert computed.y0 >= max(box.y1 for box in of_run)
    titles = [axes.title.get_window_extent() for axes in panels(figure).values()]
    below = [box for box in titles if box.y0 < published.y0 and box.y0 > computed.y1]
    assert published.y0 >= max(box.y1 for box in below) - 1
    assert computed.y0 >= max(box.y1 for box in titles if box.y0 < computed.y0) - 1


def test_marks_are_those_of_the_key(make, figure):
    assert make.texts(figure).count("◇ published") == 2
    assert make.texts(figure).count("● computed here") == 2
    published, here = make.drawn(figure, "published"), make.drawn(figure, "this_run")
    open_ = {(line.get_marker(), to_hex(line.get_markerfacecolor())) for line in published}
    assert open_ == {("D", "#ffffff")}
    assert {line.get_marker() for line in here} == {"o"}
    assert all(line.get_markerfacecolor() == line.get_color() for line in here)
    assert "#ffffff" not in {to_hex(line.get_color()) for line in here}


def test_marks_are_the_numbers(make, figure, table):
    axes = next(
        axes for axes in figure.axes if axes.get_title(loc="left").endswith("observers', r")
    )
    rows = [label.get_text() for label in figure.axes[12].get_yticklabels()]
    assert rows[-1] == "untrained VGG-Face, Fig. 4"
    y = len(rows) - 1
    here = [
        x
        for line in make.drawn(axes, "this_run")
        if y in line.get_ydata()
        for x in line.get_xdata()
    ]
    wanted = table.query("measure == 'pearson' and figure == 'Fig. 4E'")
    assert sorted(here) == pytest.approx(sorted(wanted["this_run"]))
    assert len(here) == 3
    bars = [
        segment[:, 0]
        for lines in axes.findobj(LineCollection)
        for segment in lines.get_segments()
        if segment[0, 1] == y
    ]
    value, error = wanted[["published", "reading_error"]].iloc[0]
    assert np.ptp(bars[0]) == pytest.approx(2 * error)
    assert bars[0].mean() == pytest.approx(value)


def test_r2_has_a_dot_for_every_network_and_fit(make, figure, table):
    axes = next(axes for axes in figure.axes if "Fig. 4F" in axes.get_title(loc="left"))
    dots = {
        (line.get_ydata()[0], line.get_color()): sorted(line.get_xdata())
        for line in make.drawn(axes, "this_run")
    }
    assert len(dots) == 9
    wanted = table.query("training == 'none' and item == 'mean linear'")["this_run"]
    assert dots[2 - 0.24, STYLE["fits"]["linear"]] == pytest.approx(sorted(wanted))


def test_caption_names_what_differs(figure):
    text = caption(figure)
    assert "to 1 % a cell and 0.002 in R²" in text
    assert "The paper's own statistic of likeness was not found" in text
    assert "Faces differ: photographs there, rendered here." in text
    assert f"here {OTHER} (face-identity, objects, untrained-1" in text


def test_caption_of_the_paper_itself_claims_no_difference(table, networks):
    figure = draw(table, dict.fromkeys(networks, "vgg16"), rendered=False, style=STYLE)
    assert "differ" not in caption(figure)


def test_what_was_not_run_says_so(make, beside, networks):
    two = {name: networks[name] for name in ("face-identity", "untrained-1")}
    table = beside(two, absent=("face-identity",))
    figure = draw(table, dict.fromkeys(two, OTHER), rendered=True, style=STYLE)
    texts = [text.replace("\n", " ") for text in make.texts(figure)]
    assert "trained on objects" in texts
    assert texts.count("not run: no network of this training") == 1
    assert texts.count("not run") == 1 + 1
    assert texts.count("too few selective units (3 < 50)") == 1 + 2 + 1 + 7
    assert not [text for text in texts if "nan" in text.split()]


def test_a_long_row_of_networks_stays_inside(beside, vgg):
    figure = draw(beside(vgg), dict.fromkeys(vgg, "vgg16"), rendered=False, style=STYLE)
    shown = [t for t in figure.findobj(Text) if t.get_text() and t.get_visible()]
    shown = [t for t in shown if t.axes is None or t.axes.get_visible()]
    assert min(text.get_fontsize() for text in shown) >= 6
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(box.x0, box.y0, width - box.x1, height - box.y1) > -0.01


def test_style_changes_what_it_names(table, networks):
    style = complete("published", {"columns": 3, "trainings": {"identity": "#123456"}})
    figure = draw(table, dict.fromkeys(networks, OTHER), rendered=True, style=style)
    first = next(axes for title, axes in panels(figure).items() if title.startswith("VGG-Face"))
    assert first.title.get_color() == "#123456"
    grids = {axes.get_gridspec().get_geometry() for axes in panels(figure).values()}
    assert grids == {(2, 3)}


def test_the_run_has_no_more_matrices_than_the_paper(table, networks):
    again = table[table["network"] == "untrained-1"]
    more = [again.assign(network=f"untrained-{i}") for i in range(4, 8)]
    names = [*networks, *(rows["network"].iloc[0] for rows in more)]
    figure = draw(
        pd.concat([table, *more], ignore_index=True),
        dict.fromkeys(names, OTHER),
        rendered=True,
        style=complete("published"),
    )
    of_run = [title.split("\n")[0] for title in panels(figure) if "units of" in title]
    assert of_run == ["face-identity", "objects", *(f"untrained-{i}" for i in range(1, 5))]
