import hashlib
import os
import re
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import pytest
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure

from nurture.core import style
from nurture.core.errors import NurtureError
from nurture.core.style import (
    complete,
    draw_pages,
    empty,
    fitting,
    grid_of,
    looks_of,
    name_lines,
    new_figure,
    panels_of,
    save,
    styled,
)

FITS = {"row_height_mm": 13}
PACKAGE = str(Path(style.__file__).parents[2])

DRAW_AND_SAVE = """
import sys
from nurture.core.style import new_figure, save, styled

@styled({})
def draw(*, style):
    figure = new_figure(style, 50, "A title", "A caption")
    figure.subplots().plot([0, 1], [0, 1], "o-", clip_on=True)
    return figure

save(draw(), sys.argv[1:])
"""


def test_complete_changes_only_what_is_asked():
    style_of = complete(FITS, {"font_size": 9, "trainings": {"none": "#000000"}})
    assert style_of["font_size"] == 9
    assert style_of["trainings"] == {**style.SHARED["trainings"], "none": "#000000"}
    assert style_of["row_height_mm"] == 13
    assert style.SHARED["font_size"] == 8


def test_complete_names_what_does_not_exist():
    with pytest.raises(NurtureError, match="figures: no style 'fontsize'; known: width_mm"):
        complete(FITS, {"fontsize": 8})


def test_no_text_is_smaller_than_six_points():
    assert min(style.SHARED["font_size"], style.SHARED["small_font_size"]) >= 6


def test_style_stays_inside_the_figure():
    @styled(FITS)
    def draw(*, style):
        assert mpl.rcParams["font.size"] == 11
        return Figure()

    before = mpl.rcParams["font.size"]
    draw(style={"font_size": 11})
    assert mpl.rcParams["font.size"] == before != 11


def test_width_is_that_of_the_style_in_mm():
    figure = new_figure(complete(FITS, {"width_mm": 127}), 50.8, "t", "c")
    assert figure.get_size_inches() == pytest.approx([5, 2])


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        pytest.param("objects", "objects", id="short"),
        pytest.param("a-rather-long-network", "a-rather-long-\nnetwork", id="hyphens"),
        pytest.param("x" * 20, "x" * 14 + "\n" + "x" * 6, id="no-hyphen"),
    ],
)
def test_name_lines(name, lines):
    assert name_lines(name) == lines


def test_title_and_caption_fit_the_figure():
    text = "Do the rendered faces show what they should, and to whom? " * 3

    @styled({"width_mm": 85})
    def draw(*, style):
        return new_figure(style, 80, text, text)

    figure = draw()
    for written in (figure._suptitle, figure._supxlabel):
        assert written.get_window_extent().x1 < figure.bbox.x1


def test_empty_panel_says_why(make):
    figure = Figure()
    axes = figure.subplots()
    empty(axes, "too few selective units (3 < 50)", complete(FITS), width=20)
    assert "too few selective\nunits (3 < 50)" in make.texts(figure)
    assert not any(spine.get_visible() for spine in axes.spines.values())


MATPLOTLIBRC = """
font.family: serif
font.size: 20
lines.linewidth: 9
lines.dashed_pattern: 9, 9
lines.scale_dashes: False
axes.facecolor: black
axes.grid: True
axes.spines.top: True
axes.prop_cycle: cycler("color", ["red"])
axes.xmargin: .4
figure.facecolor: yellow
figure.constrained_layout.use: True
figure.dpi: 33
savefig.dpi: 33
savefig.bbox: tight
savefig.transparent: True
svg.fonttype: path
svg.hashsalt: mine
pdf.compression: 0
path.sketch: 1, 100, 2
xtick.direction: in
text.antialiased: False
"""


def test_saved_bytes_are_the_same_in_two_processes_whatever_the_users_matplotlibrc(tmp_path):
    """The second has another matplotlibrc, found in the working folder."""
    digests = []
    (tmp_path / "matplotlibrc").write_text(MATPLOTLIBRC)
    for seed in ("1", "2"):
        paths = [tmp_path / seed / f"figure{suffix}" for suffix in (".svg", ".png", ".pdf")]
        subprocess.run(
            [sys.executable, "-c", DRAW_AND_SAVE, *map(str, paths)],
            check=True,
            cwd=tmp_path if seed == "2" else None,
            env={**os.environ, "PYTHONPATH": PACKAGE, "PYTHONHASHSEED": seed},
        )
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in paths])
        assert sorted(path.name for path in paths[0].parent.iterdir()) == [
            "figure.pdf",
            "figure.png",
            "figure.svg",
        ]
    assert digests[0] == digests[1]


def test_svg_text_is_text(tmp_path):
    figure = Figure()
    figure.text(0.5, 0.5, "anger to fear")
    save(figure, [tmp_path / "figure.svg"])
    svg = (tmp_path / "figure.svg").read_text()
    assert ">anger to fear</text>" in svg
    assert "<dc:date>" not in svg


def test_save_refuses_other_kinds_and_leaves_nothing(tmp_path):
    with pytest.raises(NurtureError, match=r"figure\.jpg: not a figure; name it \.svg"):
        save(Figure(), [tmp_path / "figure.jpg"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_the_last_bits_of_a_layout_leave_no_trace(tmp_path, depth):
    for name, nudge in {"one.svg": 0, "two.svg": 1e-13}.items():
        figure = new_figure(complete(FITS), 60, "A title", "A caption.")
        part, parts = figure, []
        for _ in range(depth):
            _, part = part.subfigures(1, 2)
            parts.append(part)
        for axes in part.subplots(1, 2):
            axes.plot([0, 1], [0, 2])
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        for part in parts:
            part.bbox_relative.p0 = part.bbox_relative.p0 + nudge
            part.bbox_relative.p1 = part.bbox_relative.p1 - nudge
        for axes in figure.axes:
            axes.set_position([x + nudge for x in axes.get_position().bounds])
        save(figure, [tmp_path / name])
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_no_training_has_the_colour_of_an_expression():
    colours = [*style.SHARED["trainings"].values(), *style.SHARED["expressions"].values()]
    assert len(set(colours)) == len(colours)


def test_text_is_in_the_font_that_is_shipped(tmp_path):
    @styled({})
    def draw(*, style):
        return new_figure(style, 40, "A title", "How to read it.")

    pdf, svg = tmp_path / "one.pdf", tmp_path / "one.svg"
    save(draw(), [pdf, svg])
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf.read_bytes(), re.DOTALL)
    fonts = [zlib.decompress(one) for one in streams if one.startswith(b"x")]
    fonts = [TTFont(BytesIO(font)) for font in fonts if font.startswith(b"\0\1\0\0")]
    names = {str(font["name"].getDebugName(6)) for font in fonts}
    assert names == {"LiberationSans", "LiberationSans-Bold"}
    assert all("glyf" in font and not {"GDEF", "GPOS", "GSUB"} & set(font.keys()) for font in fonts)
    # Who lacks the font sees one of the same metrics.
    assert "'Liberation Sans', Arial, Helvetica, 'DejaVu Sans'" in svg.read_text()


@pytest.fixture
def paged():
    """Figure of two networks a page, each a line."""

    @styled({"rows": 2})
    def draw(table, networks, *, style):
        networks, others = fitting(networks, style["rows"])
        figure = new_figure(style, 40, "A title", "Lines.", others)
        axes = figure.subplots()
        for name in networks:
            axes.plot([0, 1], [0, table[name]], gid=name)
        return figure

    return draw


TRAININGS = {"faces": "identity", "noise-1": "none", "noise-2": "none", "cars": "objects"}
FOUR = {name: {"training": training} for name, training in TRAININGS.items()}
TABLE = dict.fromkeys(FOUR, 1)


def test_networks_that_do_not_fit_have_further_pages(paged):
    first, second = draw_pages(paged, TABLE, networks=FOUR, style={})
    drawn = [[line.get_gid() for line in page.axes[0].lines] for page in (first, second)]
    assert drawn == [["faces", "noise-1"], ["noise-2", "cars"]]
    captions = [page.get_supxlabel().replace("\n", " ") for page in (first, second)]
    assert captions == ["Lines. Further pages of the PDF show noise-2, cars.", "Lines."]
    assert len(draw_pages(paged, TABLE, networks=FOUR, style={"rows": 4})) == 1


def test_only_a_pdf_has_further_pages_and_the_same_bytes_each_time(paged, tmp_path):
    pages = draw_pages(paged, TABLE, networks=FOUR, style={})
    for name, figures in {"all": pages, "again": pages, "first": pages[0]}.items():
        save(figures, [tmp_path / f"{name}{suffix}" for suffix in (".svg", ".png", ".pdf")])
    for suffix in (".svg", ".png", ".pdf"):
        whole, again, first = (
            (tmp_path / f"{name}{suffix}").read_bytes() for name in ("all", "again", "first")
        )
        assert whole == again
        assert (whole == first) == (suffix != ".pdf")
    assert (tmp_path / "all.pdf").read_bytes().count(b"/Type /Page ") == 2
    assert b"CreationDate" not in (tmp_path / "all.pdf").read_bytes()


@pytest.mark.parametrize(
    ("panels", "columns", "grid"),
    [
        pytest.param(7, [3, 4], (2, 4), id="fewest-blanks"),
        pytest.param(8, [4, 2], (2, 4), id="first-of-equals"),
        pytest.param(2, 3, (1, 2), id="one-row"),
        pytest.param(0, 3, (1, 1), id="none"),
    ],
)
def test_panels_lie_on_a_grid(panels, columns, grid):
    assert grid_of(panels, columns) == grid
    made = panels_of(figure := Figure(), panels, grid)
    assert [axes.get_visible() for axes in figure.axes] == [True] * panels + [False] * (
        grid[0] * grid[1] - panels
    )
    assert len(made) == panels


def test_networks_of_one_training_share_a_colour_and_no_mark():
    looks = looks_of(TRAININGS, style.SHARED)
    assert looks == {
        "faces": {"color": "#0072B2", "marker": "o"},
        "noise-1": {"color": "#6E6E6E", "marker": "^"},
        "noise-2": {"color": "#6E6E6E", "marker": ">"},
        "cars": {"color": "#D55E00", "marker": "s"},
    }
