import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from nurture.decoding.populations_figure import POPULATIONS, draw
from tests.drawing import complete

SIZES = {"all": 3374}


def tables(networks, lacking=()):
    """Accuracies that rise from population to population; `lacking` networks have nothing."""
    rows, losses = [], []
    for network, settings in networks.items():
        key = {
            "network": network,
            "training": settings["training"],
            "layer": settings["readout"],
        }
        few = network in lacking
        for task, chance in (("expression", 1 / 6), ("identity", 1 / 67)):
            for i, name in enumerate(POPULATIONS):
                left_out = few and name not in ("random", "all")
                accuracy = np.nan if left_out else 0.3 + 0.1 * i
                rows.append(
                    key
                    | {"population": name, "task": task, "n_units": SIZES.get(name, 52)}
                    | {"accuracy": accuracy, "lower": accuracy - 0.05, "upper": accuracy + 0.04}
                    | {"chance": chance, "note": "too few units (3 < 10)" if left_out else np.nan}
                )
            for name, loss in (("none", np.nan), ("selective", 0.02), ("random", 0.01)):
                loss = np.nan if few else loss
                losses.append(
                    key
                    | {"task": task, "ablated": name, "n_ablated": 63, "loss": loss}
                    | {"lower": loss - 0.01, "upper": loss + 0.02}
                    | {"p": 0.03 if name == "selective" and not few else np.nan}
                    | {"note": "no selective units" if few and name != "none" else np.nan}
                )
    return pd.DataFrame(rows), pd.DataFrame(losses)


def titled(figure, title):
    (panel,) = (axes for axes in figure.axes if axes.get_title(loc="left") == title)
    return panel


def test_points_and_bars_are_the_tables_numbers(make, networks):
    figure = draw(*tables(networks), networks, style=complete("populations"))
    for title in ("a  expression decoded", "b  identity decoded"):
        points = make.drawn(titled(figure, title), "selective")
        assert [point.get_xdata().tolist() for point in points] == [pytest.approx([30])] * 6
        assert points[0].get_color() == complete("populations")["trainings"]["identity"]
        bar = make.drawn(titled(figure, title), "interval of all")[0]
        assert bar.get_xdata().tolist() == pytest.approx([65, 74])
    for title in ("c  expression lost", "d  identity lost"):
        lost = make.drawn(titled(figure, title), "without random")
        assert [line.get_xdata().tolist() for line in lost] == [pytest.approx([1])] * 6


def test_each_population_has_a_mark_and_a_place_of_its_own(make, networks):
    figure = draw(*tables(networks), networks, style=complete("populations"))
    panel = titled(figure, "a  expression decoded")
    marks = [make.drawn(panel, name)[1] for name in POPULATIONS]
    assert [mark.get_marker() for mark in marks] == ["o", "^", "s", "v", "D"]
    places = [mark.get_ydata()[0] for mark in marks]
    assert places == pytest.approx([0.64, 0.82, 1, 1.18, 1.36])


@pytest.mark.parametrize(("p", "filled"), [(0.049, True), (0.05, False)], ids=["below", "at"])
def test_filled_losses_are_significant(make, networks, p, filled):
    found, lost = tables(networks)
    figure = draw(found, lost.assign(p=p), networks, style=complete("populations"))
    mark = make.drawn(titled(figure, "c  expression lost"), "without selective")[0]
    assert (mark.get_markerfacecolor() == mark.get_color()) == filled


def test_rows_are_named_with_how_many_units(networks):
    figure = draw(*tables(networks), networks, style=complete("populations"))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[4] == "objects\ntrained on objects\nblocks.6: 52 of 3,374"
    assert len(labels) == 6


def test_what_could_not_be_analysed_is_said(make, networks):
    figure = draw(
        *tables(networks, lacking=["expressions"]), networks, style=complete("populations")
    )
    texts = make.texts(figure)
    assert texts.count("too few units (3 < 10)") == 6
    assert texts.count("no selective units") == 2
    notes = [text for text in figure.findobj(Text) if text.get_text() == "no selective units"]
    assert all(note.get_bbox_patch() for note in notes), "the dotted line crosses the letters"
    assert len(make.drawn(figure, "selective")) == 2 * len(networks) - 2


def test_what_holds_for_all_populations_is_said_once(make, networks):
    nobody = "nobody is shown with enough expressions"
    found, lost = (table.astype({"note": object}) for table in tables(networks))
    found.loc[found["task"] == "identity", ["accuracy", "note"]] = np.nan, nobody
    lost.loc[lost["task"] == "identity", ["loss", "note"]] = np.nan, nobody
    texts = make.texts(draw(found, lost, networks, style=complete("populations")))
    said = [text for text in texts if text.replace("\n", " ") == nobody]
    assert len(said) == 2 * len(networks)
    assert sum("\n" in text for text in said) == len(networks)


def test_a_network_without_rows(make, networks):
    found, lost = tables({name: networks[name] for name in list(networks)[1:]})
    figure = draw(found, lost, networks, style=complete("populations"))
    assert make.texts(figure).count("no result") == 4
    label = figure.axes[0].get_yticklabels()[0].get_text()
    assert label == "face-identity\ntrained on identity\nblock4"


def test_networks_that_do_not_fit_are_left_to_further_pages(networks):
    style = complete("populations", {"rows": 4})
    figure = draw(*tables(networks), networks, style=style)
    assert list(figure.others) == ["untrained-2", "untrained-3"]
    assert len(figure.axes[0].get_yticklabels()) == 4


def _of_ticks_beyond(axes):
    """Labels of ticks outside of a panel, which are kept but never drawn."""
    first, last = sorted(axes.get_xlim())
    return [t.label1 for t in axes.xaxis.get_major_ticks() if not first <= t.get_loc() <= last]


def test_text_of_many_networks_stays_inside_and_legible(vgg):
    figure = draw(*tables(vgg), vgg, style=complete("populations"))
    beyond = [label for axes in figure.axes for label in _of_ticks_beyond(axes)]
    texts = [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]
    texts = [text for text in texts if text not in beyond]
    assert min(text.get_fontsize() for text in texts) >= 7
    width, height = figure.get_size_inches()
    for text in texts:
        box = text.get_window_extent().transformed(figure.dpi_scale_trans.inverted())
        assert min(box.x0, box.y0, width - box.x1, height - box.y1) > -0.01, text.get_text()
