import numpy as np
import pytest

from nurture.figures.selective_units import draw
from nurture.figures.style import complete

STYLE = complete("selective_units")


def panels(figure):
    return [axes for axes in figure.axes if axes.get_visible()]


def test_networks_of_the_same_layers_share_a_panel(make, networks, layers_of):
    figure = draw(make.selective(networks, layers_of), 0.01, style=STYLE)
    names = [[text.get_text() for text in axes.texts] for axes in panels(figure)]
    assert len(names) == 3
    assert "● face-identity, trained on identity" in names[0]
    assert "— untrained, mean of 3 (thin: each)" in names[0]
    assert "● objects, trained on objects" in names[1]
    assert "● expressions, trained on expressions" in names[2]


def test_lines_are_the_percentages_of_the_table(make, networks, layers_of):
    table = make.selective(networks, layers_of)
    figure = draw(table, 0.01, style=STYLE)
    for network, rows in table.groupby("network"):
        (line,) = make.drawn(figure, network)
        np.testing.assert_allclose(line.get_ydata(), 100 * rows["fraction"])
    (mean,) = make.drawn(figure, "untrained mean")
    untrained = table[table["training"] == "none"].pivot_table("fraction", "depth", "network")
    np.testing.assert_allclose(mean.get_ydata(), 100 * untrained.mean(axis=1))
    assert mean.get_linewidth() > make.drawn(figure, "untrained-1")[0].get_linewidth()


def test_layers_name_the_axis_from_input_to_output(make, networks, layers_of):
    table = make.selective(networks, layers_of).sample(frac=1, random_state=0)
    figure = draw(table, 0.01, style=STYLE)
    named = {tuple(label.get_text() for label in axes.get_xticklabels()) for axes in panels(figure)}
    assert named == {tuple(layers_of[name]) for name in networks}


@pytest.mark.parametrize(
    ("alpha", "chance", "text"),
    [
        pytest.param(0.01, 0.99, "Chance (0.99 %)", id="1 in 100"),
        pytest.param(0.05, 4.75, "Chance (4.8 %)", id="1 in 20"),
    ],
)
def test_chance_is_that_of_passing_both_tests(make, networks, layers_of, alpha, chance, text):
    figure = draw(make.selective(networks, layers_of), alpha, style=STYLE)
    lines = make.drawn(figure, "chance")
    assert [line.get_ydata()[0] for line in lines] == pytest.approx([chance] * 3)
    assert text in figure._supxlabel.get_text().replace("\n", " ")
    assert all(axes.get_ylim()[0] == 0 < chance < axes.get_ylim()[1] for axes in panels(figure))


def test_counts_stand_beside_points(make, networks, layers_of):
    table = make.selective(networks, layers_of)
    counts = {f"{n:,}" for n in table[table["network"] == "objects"]["n_selective"]}
    assert counts <= set(make.texts(draw(table, 0.01, style=STYLE)))
    without = draw(table, 0.01, style=complete("selective_units", {"counts": False}))
    assert not counts & set(make.texts(without))


def test_no_selective_unit_anywhere_lies_at_zero(make, networks, layers_of):
    figure = draw(make.selective(networks, layers_of, scale=0), 0.01, style=STYLE)
    (line,) = make.drawn(figure, "objects")
    assert line.get_ydata().tolist() == [0] * 5
    assert "0" in make.texts(figure)


def test_one_network_with_one_layer(make, networks):
    one = {"objects": networks["objects"]}
    figure = draw(make.selective(one, {"objects": ["blocks.6"]}), 0.01, style=STYLE)
    assert len(panels(figure)) == 1
    assert len(make.drawn(figure, "objects")[0].get_ydata()) == 1


def test_one_untrained_network_goes_by_its_name(make, networks, layers_of):
    one = {"untrained-2": networks["untrained-2"]}
    texts = make.texts(draw(make.selective(one, layers_of), 0.01, style=STYLE))
    assert "— untrained-2" in texts


def test_networks_of_one_architecture_differ_in_marker_and_name(make, vgg, vgg_layers):
    figure = draw(make.selective(vgg, vgg_layers), 0.01, style=STYLE)
    trained = [name for name, settings in vgg.items() if settings["training"] != "none"]
    assert len({make.drawn(figure, name)[0].get_marker() for name in trained}) == 3
    assert {"● vgg-face, trained on identity", "■ vgg16, trained on objects"} <= set(
        make.texts(figure)
    )
    assert [label.get_rotation() for label in figure.axes[0].get_xticklabels()] == [90] * 13
