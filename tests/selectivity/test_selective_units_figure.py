import numpy as np
import pytest

from nurture.selectivity.selective_units_figure import draw
from tests.drawing import complete

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


def test_seeds_that_were_read_at_one_layer_lie_in_the_panel_of_the_others(
    make, networks, layers_of
):
    table = make.selective(networks, layers_of)
    last = layers_of["untrained-3"][-1]
    table = table[(table["network"] != "untrained-3") | (table["layer"] == last)]
    figure = draw(table, 0.01, style=STYLE)
    assert len(panels(figure)) == 3
    (seed,) = make.drawn(figure, "untrained-3")
    assert seed.get_xdata().tolist() == [len(layers_of["untrained-1"]) - 1]
    (mean,) = make.drawn(figure, "untrained mean")
    untrained = table[(table["training"] == "none") & (table["layer"] == last)]
    assert len(untrained) == 3
    assert mean.get_ydata()[-1] == pytest.approx(100 * untrained["fraction"].mean())


def test_an_untrained_network_alone_is_drawn_as_any_other(make, networks, layers_of):
    table = make.selective(networks, layers_of)
    figure = draw(table[table["network"] == "untrained-2"], 0.01, style=STYLE)
    [axes] = panels(figure)
    texts = [text.get_text() for text in axes.texts]
    assert "● untrained-2, untrained" in texts
    assert len(make.drawn(figure, "untrained-2 above chance")) == 1
    mine = table[table["network"] == "untrained-2"]
    assert {f"{r.layer} ({r.n_selective:,})" for r in mine.itertuples()} <= set(make.texts(figure))


def test_layers_name_the_axis_from_input_to_output(make, networks, layers_of):
    table = make.selective(networks, layers_of).sample(frac=1, random_state=0)
    figure = draw(table, 0.01, style=complete("selective_units", {"counts": False}))
    named = {tuple(label.get_text() for label in axes.get_xticklabels()) for axes in panels(figure)}
    assert named == {tuple(layers_of[name]) for name in networks}


def test_chance_is_what_permuted_labels_give_beside_each_layer(make, networks, layers_of):
    table = make.selective(networks, layers_of)
    figure = draw(table, 0.05, style=STYLE)
    for network in ("face-identity", "objects", "expressions", "untrained"):
        (mean,) = make.drawn(figure, f"chance of {network}")
        np.testing.assert_allclose(mean.get_ydata(), 0.2)
        assert (abs(np.array(mean.get_xdata()) - np.arange(len(mean.get_xdata()))) < 0.5).all()
        (bars,) = figure.findobj(lambda artist, n=network: artist.get_gid() == f"interval of {n}")
        for segment in bars.get_segments():
            np.testing.assert_allclose(segment[:, 1], [0.05, 0.4])
    named = [text for axes in panels(figure) for text in axes.texts if text.get_text() == "chance"]
    assert [text.xy for text in named] == [pytest.approx((0, 0.4))] * 3
    assert "p < .05" in figure._supxlabel.get_text().replace("\n", " ")


def test_bars_of_untrained_networks_are_means_over_seeds(make, networks, layers_of):
    table = make.selective(networks, layers_of)
    one = table["network"] == "untrained-2"
    table.loc[one, "null_mean"] *= 4
    (mean,) = make.drawn(draw(table, 0.01, style=STYLE), "chance of untrained")
    np.testing.assert_allclose(mean.get_ydata(), 0.4)


def test_points_that_are_not_above_chance_are_hollow(make, networks, layers_of):
    table = make.selective(networks, layers_of)
    mine = table["network"] == "objects"
    table.loc[mine, "p_count"] = [0.01, 0.049, 0.05, 0.3, 1]
    figure = draw(table, 0.01, style=STYLE)
    (above,) = make.drawn(figure, "objects above chance")
    (rest,) = make.drawn(figure, "objects not above chance")
    assert above.get_xdata().tolist() == [0, 1]
    assert rest.get_xdata().tolist() == [2, 3, 4]
    assert rest.get_markerfacecolor() == "white" != above.get_markerfacecolor()
    percent = 100 * table.loc[mine, "fraction"]
    np.testing.assert_allclose([*above.get_ydata(), *rest.get_ydata()], percent)


@pytest.mark.parametrize(
    ("permutations", "hollow", "said"),
    [
        pytest.param(19, 0, "Too few permutations to test (19).", id="none-can-be-below"),
        pytest.param(20, 1, "hollow points: not.", id="enough"),
    ],
)
def test_too_few_permutations_test_nothing(make, networks, layers_of, permutations, hollow, said):
    table = make.selective(networks, layers_of).assign(n_permutations=permutations, p_count=0.05)
    figure = draw(table, 0.01, style=STYLE)
    rest = make.drawn(figure, "objects not above chance")
    assert sum(len(line.get_xdata()) > 0 for line in rest) == hollow
    assert said in figure._supxlabel.get_text().replace("\n", " ")


def test_chance_above_the_counts_is_inside_the_panel(make, networks, layers_of):
    table = make.selective(networks, layers_of, scale=0).assign(null_high=5000)
    panel = draw(table, 0.01, style=STYLE).axes[0]
    assert panel.get_ylim()[0] < 0 < 100 * 5000 / 8000 < panel.get_ylim()[1]


def test_counts_stand_with_the_layers(make, networks, layers_of):
    table = make.selective(networks, layers_of)
    mine = table[table["network"] == "objects"]
    counts = {f"{r.layer} ({r.n_selective:,})" for r in mine.itertuples()}
    assert counts <= set(make.texts(draw(table, 0.01, style=STYLE)))
    without = draw(table, 0.01, style=complete("selective_units", {"counts": False}))
    assert not counts & set(make.texts(without))


def test_no_selective_unit_anywhere_lies_at_zero(make, networks, layers_of):
    figure = draw(make.selective(networks, layers_of, scale=0), 0.01, style=STYLE)
    (line,) = make.drawn(figure, "objects")
    assert line.get_ydata().tolist() == [0] * 5
    assert "blocks.6 (0)" in make.texts(figure)


def test_one_network_with_one_layer(make, networks):
    one = {"objects": networks["objects"]}
    figure = draw(make.selective(one, {"objects": ["blocks.6"]}), 0.01, style=STYLE)
    assert len(panels(figure)) == 1
    assert len(make.drawn(figure, "objects")[0].get_ydata()) == 1


def test_one_untrained_network_goes_by_its_name(make, networks, layers_of):
    one = {name: networks[name] for name in ("face-identity", "untrained-2")}
    texts = make.texts(draw(make.selective(one, layers_of), 0.01, style=STYLE))
    assert "— untrained-2" in texts


def test_networks_of_one_architecture_differ_in_marker_and_name(make, vgg, vgg_layers):
    figure = draw(make.selective(vgg, vgg_layers), 0.01, style=STYLE)
    trained = [name for name, settings in vgg.items() if settings["training"] != "none"]
    points = [make.drawn(figure, f"{name} above chance")[0] for name in trained]
    assert len({line.get_marker() for line in points}) == 3
    assert {"● vgg-face, trained on identity", "■ vgg16, trained on objects"} <= set(
        make.texts(figure)
    )
    assert [label.get_rotation() for label in figure.axes[0].get_xticklabels()] == [90] * 13


def test_seeds_of_a_trained_network_are_thin_lines_and_their_mean_a_thick_one(
    make, vgg, vgg_layers
):
    table = make.selective(vgg, vgg_layers)
    pair = ["vgg-face", "vgg16"]
    below = (table["network"] == "vgg16") & (table["depth"] == 0)
    table.loc[below, "p_count"] = 0.5
    figure = draw(table, 0.01, {"vgg (2 seeds)": pair}, style=STYLE)
    (mean,) = make.drawn(figure, "vgg (2 seeds)")
    rows = table[table["network"].isin(pair)]
    expected = 100 * rows.groupby("depth")["fraction"].mean()
    np.testing.assert_allclose(mean.get_ydata(), expected)
    assert mean.get_linewidth() > make.drawn(figure, "vgg16")[0].get_linewidth()
    (hollow,) = make.drawn(figure, "vgg (2 seeds) not above chance")
    assert 0 in hollow.get_xdata()
    assert "many, in each seed" in figure._supxlabel.get_text().replace("\n", " ")
