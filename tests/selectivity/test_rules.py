"""Rules that select units, and what they select as more identities are shown."""

import numpy as np
import pytest
import xarray as xr

from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import label_coordinates
from nurture.selectivity.anova import (
    RULES,
    SELECTING,
    has_effect,
    is_selective,
    selectivity,
    two_way_anova,
)
from nurture.selectivity.permutation import (
    null_counts,
    permute_within,
    permuted_counts,
    selectivity_permutation,
)
from nurture.selectivity.selection_rules_figure import draw
from nurture.selectivity.selection_rules_tables import COLUMNS, response_rate, selection_rules
from tests.drawing import complete

ALPHA = 0.01


def _labels(n):
    return np.tile(EXPRESSIONS, n), np.repeat(np.arange(n), len(EXPRESSIONS))


def _silent_and_lively(n=96, units=150, seed=0):
    """Units that respond to few faces, and more to fear; and units that always respond.

    Both kinds depend on identity too, by the same share of their own deviation.
    """
    rng = np.random.default_rng(seed)
    expression, identity = _labels(n)
    identities = rng.normal(size=(n, 2 * units))[identity]
    y = 0.4 * identities + rng.normal(size=(len(identity), 2 * units))
    y += 1.2 * (expression == "fear")[:, None]
    silent = np.maximum(y[:, :units] - 3, 0)
    return np.hstack([silent, y[:, units:] + 10]).astype("float32"), expression, identity


def _file(y, expression, identity):
    import pandas as pd

    labels = pd.DataFrame({"expression": expression, "identity": identity})
    about = {"network": "net", "training": "identity", "layer": "conv"}
    place = {name: ("unit", np.zeros(y.shape[1], int)) for name in ("channel", "row", "column")}
    return xr.Dataset(
        {"activation": (("stimulus", "unit"), y)}, {**label_coordinates(labels), **place}, about
    )


def test_the_papers_rule_rewards_silence_and_the_other_does_not():
    y, expression, identity = _silent_and_lively()
    anova = two_way_anova(y, expression, identity)
    paper, effect = (SELECTING[rule](anova, ALPHA).to_numpy() for rule in ("paper", "effect"))
    quiet = response_rate(y) < 0.2
    assert quiet[:150].all()
    assert not quiet[150:].any()
    assert paper[quiet].mean() > 0.2 > 0.1 > paper[~quiet].mean()
    assert effect[~quiet].mean() > 0.3 > 0.1 > effect[quiet].mean()


def test_sizes_do_not_depend_on_the_number_of_identities_but_the_papers_count_does():
    y, expression, identity = _silent_and_lively(n=96)
    table = selection_rules([_file(y, expression, identity)], ALPHA, 3, 0)
    assert tuple(table.columns) == COLUMNS
    assert sorted(table["n_identities"].unique()) == [12, 24, 48, 96]
    number = table.set_index(["rule", "n_identities"])["n_selected"]
    lively = table.set_index(["rule", "n_identities"])["response_rate"]
    assert lively["paper", 12] > 0.9 > 0.2 > lively["paper", 96]
    assert lively["effect", 96] > 0.9
    assert number["effect", 96] > 0.5 * number["effect", 48]


def test_parts_repeat_their_tuning_in_identities_that_selected_nothing():
    y, expression, identity = _silent_and_lively()
    table = selection_rules([_file(y, expression, identity)], ALPHA, 3, 0)
    whole = table["n_identities"] == 96
    assert table.loc[whole, "tuning_r"].isna().all()
    assert (table.loc[~whole, "tuning_r"].dropna() > 0.3).all()


def test_permuted_counts_of_the_papers_rule_are_those_of_the_fast_way():
    y, expression, identity = _silent_and_lively(n=12)
    orders = permute_within(identity, 6, 3)
    found = permuted_counts(y, expression, identity, 0.2, orders, ("paper", "effect"))
    fast = null_counts(y, expression, identity, 0.2, orders)
    np.testing.assert_array_equal(found["paper"], fast)
    for k, order in enumerate(orders):
        anova = two_way_anova(y, expression[order], identity)
        assert found["effect"][k] == has_effect(anova, 0.2).sum()


def test_labels_that_mean_nothing_select_at_their_rate():
    expression, identity = _labels(20)
    y = np.random.default_rng(0).normal(size=(120, 20_000)).astype("float32")
    table = selection_rules([_file(y, expression, identity)], 0.05, 9, 0).set_index("rule")
    assert table.loc["expression", "n_selected"] == pytest.approx(1000, rel=0.12)
    assert table.loc["expression", "null_mean"] == pytest.approx(1000, rel=0.06)
    assert (table.loc[["paper", "effect"], "p"] > 0.05).all()


def test_all_analyses_follow_the_chosen_rule():
    y, expression, identity = _silent_and_lively(n=24)
    file = _file(y, expression, identity)
    found = selectivity(file, ALPHA, SELECTING["effect"])
    anova = two_way_anova(y, expression, identity)
    assert found.attrs["n_selective"] == has_effect(anova, ALPHA).sum()
    assert selectivity(file, ALPHA).attrs["n_selective"] == is_selective(anova, ALPHA).sum()
    null = selectivity_permutation(file, ALPHA, 5, 2, 4, 0, "effect")
    orders = permute_within(identity, 5, 0)
    expected = permuted_counts(y, expression, identity, ALPHA, orders, ("effect",))["effect"]
    np.testing.assert_array_equal(null["null_count"], expected)


def test_too_few_identities_give_an_empty_table():
    y, expression, identity = _silent_and_lively(n=5)
    assert selection_rules([_file(y, expression, identity)], ALPHA, 2, 0).empty
    assert selection_rules([], ALPHA, 2, 0).empty


def test_the_figure_shows_the_table(make, networks):
    y, expression, identity = _silent_and_lively(n=24)
    table = selection_rules([_file(y, expression, identity)], ALPHA, 3, 0)
    name = next(iter(networks))
    table = table.assign(network=name, layer=networks[name]["readout"])
    figure = draw(table, networks, style=complete("selection_rules"))
    panels = figure.axes[:4]
    titles = [axes.get_title(loc="left") for axes in panels]
    assert titles == ["a  units", "b  response rate", "c  effect, ω²", "d  tuning in others, r"]
    for axes, column in zip(panels, ("n_selected", "response_rate", "effect_size"), strict=False):
        for rule in RULES:
            (line,) = make.drawn(axes, rule)
            mine = table[table["rule"] == rule].sort_values("n_identities")
            np.testing.assert_allclose(line.get_xydata(), mine[["n_identities", column]])
    assert "too few" in figure.axes[4].texts[0].get_text()
