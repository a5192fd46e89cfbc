import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nurture.categorical.curves import FITS, PARAMETERS, predict
from nurture.categorical.identification import NUMBERS
from nurture.categorical.identification_tables import (
    categorical_notes,
    fits,
    human_fits,
    identification,
)
from nurture.confusion.confusion_tables import confusion as confusion_cells
from nurture.confusion.confusion_tables import confusion_scores, human_confusion, validity
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import read_table, write_table
from nurture.experience.summary_tables import summary, summary_text
from nurture.selectivity.selectivity_tables import selective_units

KEY = ["network", "training", "layer"]


def about(layer="conv2", network="net"):
    return {"network": network, "training": "identity", "layer": layer}


def selectivity(layer="conv2", network="net"):
    """Five units: two selective for fear, one for anger, one not selective, one constant."""
    curves = np.zeros((6, 5))
    curves[2, 0], curves[2, 1], curves[0, 2], curves[4, 3] = 6, 1, 3, 2
    curves[0, 1] = 0.5
    return xr.Dataset(
        {
            "tuning": (("expression", "unit"), curves),
            "preferred": ("unit", np.array([2, 2, 0, 4, -1], "int8")),
            "selective": ("unit", np.array([1, 1, 1, 0, 0], "int8")),
            "constant": ("unit", np.array([0, 0, 0, 0, 1], "int8")),
            "p_expression": ("unit", [0.001, 0.012, 0.04, 0.5, np.nan]),
        },
        {"expression": list(EXPRESSIONS)},
        about(layer, network) | {"alpha": 0.05},
    )


def chance(counts=(0, 1, 3, 1), halves=(2, 4), r=(0.5, 0.7)):
    """Counts under permuted labels and of halves, and correlations of two splits."""
    return xr.Dataset(
        {
            "null_count": ("permutation", [*counts]),
            "sign_count": ("change", [3, 4, 0]),
            "part_count": ("part", [*halves]),
            "split_half_r": ("split", [*r]),
        },
        attrs={"n_identities": 9},
    )


CHANCE = [
    *("fraction_lower", "fraction_upper"),
    *(
        "null_mean",
        "null_low",
        "null_high",
        "null_critical",
        "n_permutations",
        "p_count",
        "p_signs",
    ),
    *("n_fdr", "split_half_r", "preferred_chi2", "preferred_p"),
]


def confusion(counts, n_units=(30, 90, 30), note=("", "", ""), **key):
    names = ["selective", "all", "nonselective"]
    return xr.Dataset(
        {
            "count": (("population", "shown", "answered"), np.array(counts, "int32")),
            "count_within": (("population", "shown", "answered"), np.array(counts, "int32")),
            "n_draws": ("population", [int(not one) for one in note]),
            "n_units": ("population", list(n_units)),
            "note": ("population", list(note)),
        },
        {"population": names},
        about(**key),
    )


def matrix(diagonal=4, last=0):
    count = np.eye(6) * diagonal
    count[2, 5], count[0, 1] = 2, 1 + last
    return count


def categorical(r2=(0.9, 0.95, 0.99), note=("", "every level answered as anger"), **key):
    parameters = np.full((2, 3, 4), np.nan)
    parameters[0, 0, :2] = 0, 1
    parameters[0, 1, :3] = 0, 1, 0.1
    parameters[0, 2] = 0.1, 0.9, 10, 0.5
    missing = [np.nan] * 3
    values = dict.fromkeys(NUMBERS, (0.1, 0.2, 0.3))
    values |= {"r2": r2, "aicc": (-3, -2, -1), "boundary": (0.5, 0.48, 0.5), "slope": (1, 1.1, 2)}
    numbers = {
        name: (("continuum", "fit"), [list(value), missing]) for name, value in values.items()
    }
    return xr.Dataset(
        {
            "share_second": (("continuum", "level"), [[0, 0.25, 1], [0, np.nan, 0]]),
            "lower": (("continuum", "level"), [[0, 0.1, 0.8], [0, np.nan, 0]]),
            "upper": (("continuum", "level"), [[0.2, 0.4, 1], [0.2, np.nan, 0.2]]),
            "n": (("continuum", "level"), [[4, 4, 4], [4, 0, 4]]),
            "parameters": (("continuum", "fit", "parameter"), parameters),
            "note": ("continuum", list(note)),
            **numbers,
        },
        {
            "continuum": ["happiness-anger", "anger-fear"],
            "level": [0, 0.5, 1],
            "fit": list(FITS),
            "parameter": list(PARAMETERS),
        },
        about(**key) | {"n_units": 30},
    )


def test_selective_units():
    results = [selectivity(layer) for layer in ("conv1", "conv2", "conv3")]
    results.append(selectivity("only", "other"))
    table = selective_units(results, [chance()] * 4)
    counts = ["depth", "n_units", "n_constant", "n_selective", "fraction"]
    assert table.columns.tolist() == [*KEY, *counts, *EXPRESSIONS, *CHANCE]
    assert table["depth"].tolist() == [0, 0.5, 1, 0]
    row = table.iloc[1]
    assert row[KEY].tolist() == ["net", "identity", "conv2"]
    assert row[counts].tolist() == [0.5, 5, 1, 3, 0.6]
    assert row[list(EXPRESSIONS)].tolist() == [1, 0, 2, 0, 0, 0]


def test_selective_units_against_chance():
    row = selective_units([selectivity()], [chance()]).iloc[0]
    expected = {
        # Quantiles of 0, 1, 1, 3; one of four permutations gives as many as the three found.
        **{"null_mean": 1.25, "null_low": 0.075, "null_high": 2.85, "p_count": 2 / 5},
        **{"null_critical": 2.7, "n_permutations": 4, "p_signs": 3 / 4},
        # .6 of the units, halves .4 and .8; variance .08, times 2 for 6 of 9 identities; t of
        # 8 degrees of freedom, cut off at 1.
        **{"fraction_lower": max(0.6 - 2.306004 * 0.16**0.5, 0), "fraction_upper": 1},
        # Benjamini-Hochberg by hand: .001 <= .05 / 4, .012 <= .1 / 4, .04 > .15 / 4, .5 > .05.
        **{"n_fdr": 2, "split_half_r": 0.6},
        # Preferred 1, 0, 2, 0, 0, 0 against one half each; chi-square with 5 degrees of freedom.
        **{"preferred_chi2": 7.0, "preferred_p": 0.2206403},
    }
    assert row[CHANCE].to_dict() == pytest.approx(expected, rel=1e-6)


def test_selective_units_of_a_layer_without_any():
    result = selectivity()
    result["selective"][:] = 0
    result["p_expression"][:] = np.nan
    row = selective_units([result], [chance(counts=(0, 0), r=(np.nan, np.nan))]).iloc[0]
    assert row[["null_mean", "p_count", "n_fdr"]].tolist() == [0, 1, 0]
    assert row[["split_half_r", "preferred_chi2", "preferred_p"]].isna().all()


def test_reliability_is_the_mean_over_splits_that_select_a_unit():
    row = selective_units([selectivity()], [chance(r=(np.nan, 0.7, 0.8))]).iloc[0]
    assert row["split_half_r"] == pytest.approx(0.75)


def test_selective_units_when_the_set_lacks_an_expression():
    result = selectivity().isel(expression=[0, 1, 2, 4, 5])
    result["preferred"][:] = [2, 4, 0, 3, -1]
    row = selective_units([result], [chance()]).iloc[0]
    assert row[list(EXPRESSIONS)].tolist() == [1, 0, 1, 0, 0, 1]
    # 1, 0, 1, 0, 1 against .6 each.
    assert row["preferred_chi2"] == pytest.approx(2.0)


def test_confusion():
    table = confusion_cells([confusion([matrix(), matrix(1), matrix()])])
    assert table.columns.tolist() == [*KEY, "population", "shown", "answered", "proportion", "n"]
    assert len(table) == 3 * 36
    cells = table.set_index(["population", "shown", "answered"])
    assert cells.loc[("selective", "fear", "surprise"), "proportion"] == pytest.approx(1 / 3)
    assert cells.loc[("all", "fear", "surprise"), "n"] == 3
    assert table["answered"].head(6).tolist() == list(EXPRESSIONS)


NOTE = "too few selective units (3 < 10)"
FEW = {"n_units": (3, 90, 3), "note": (NOTE, "", NOTE)}


def test_confusion_of_too_few_units():
    empty = np.zeros((6, 6))
    few = confusion([empty, matrix(), empty], **FEW)
    assert confusion_cells([few])["population"].unique().tolist() == ["all"]
    scores = confusion_scores([few])
    assert scores["n_units"].tolist() == [3, 90, 3]
    np.testing.assert_allclose(scores["accuracy"], [np.nan, (0.8 + 4 / 6 + 4) / 6, np.nan])
    assert scores["note"].tolist() == [NOTE, "", NOTE]
    none = confusion([empty] * 3, note=[NOTE] * 3)
    assert confusion_cells([none]).columns.tolist() == confusion_cells([few]).columns.tolist()
    assert confusion_cells([none]).empty


def test_humans():
    humans = {"a": matrix(), "b": 1 - matrix(), "c": matrix()}
    table = human_confusion(humans, {"a": 17, "b": None, "c": None})
    assert table.columns.tolist() == ["human", "observers", "shown", "answered", "proportion"]
    assert table["observers"].isna().tolist() == [False] * 36 + [True] * 72
    assert table["observers"].iloc[0] == 17
    assert table.loc[17, ["shown", "answered", "proportion"]].tolist() == ["fear", "surprise", 2]


def test_identification_lists_only_levels_that_were_shown():
    table = identification([categorical()])
    given = ["share_second", "lower", "upper", "n"]
    assert table.columns.tolist() == [*KEY, "continuum", "level", *given]
    assert table["upper"].tolist() == [0.2, 0.4, 1, 0.2, 0.2]
    assert table["level"].tolist() == [0, 0.5, 1, 0, 1]
    assert table["share_second"].tolist() == [0, 0.25, 1, 0, 0]
    assert table["continuum"].tolist() == ["happiness-anger"] * 3 + ["anger-fear"] * 2


def test_fits_suffice_to_draw_them():
    table = fits([categorical()])
    assert table.columns.tolist() == [*KEY, "continuum", "fit", *NUMBERS, *PARAMETERS]
    assert table["fit"].tolist() == list(FITS)
    assert table["r2"].tolist() == [0.9, 0.95, 0.99]
    assert table["crossing"].tolist() == [0.1, 0.2, 0.3]
    assert table.iloc[2][[*PARAMETERS]].tolist() == [0.1, 0.9, 10, 0.5]
    drawn = [float(predict(row["fit"], row[list(PARAMETERS)], 0.5)) for _, row in table.iterrows()]
    assert drawn == pytest.approx([0.5, 0.525, 0.5])


def test_no_network_leaves_empty_tables():
    for make, n in ((identification, 9), (fits, 20), (categorical_notes, 6)):
        assert make([]).shape == (0, n)


def test_human_fits_are_those_of_each_group():
    level = np.linspace(0, 1, 11)
    table = human_fits(
        pd.DataFrame(
            {
                "level": np.tile(level, 2),
                "group": ["eyes"] * 11 + ["mouth"] * 11,
                "share_second": [*(0.2 + 0.5 * level), *(0.1 + 0.8 / (1 + np.exp(6 - 12 * level)))],
            }
        )
    )
    assert table.columns.tolist() == [
        *("group", "fit", "r2", "r2_adjusted", "aicc", "boundary", "slope"),
        *PARAMETERS,
    ]
    assert table["group"].tolist() == ["eyes"] * 3 + ["mouth"] * 3
    np.testing.assert_allclose(table.loc[0, ["r2", "boundary", "slope"]].tolist(), [1, 0.6, 0.5])
    np.testing.assert_allclose(
        table.loc[5, [*PARAMETERS, "slope"]].tolist(), [0.1, 0.9, 12, 0.5, 2.4], rtol=1e-3
    )


def test_categorical_notes():
    table = categorical_notes([categorical()])
    assert table.columns.tolist() == [*KEY, "continuum", "n_units", "note"]
    assert table["note"].tolist() == ["", "every level answered as anger"]
    assert table["n_units"].tolist() == [30, 30]


def test_validity():
    table = validity(["fear", "fear", "anger"], ["surprise", "fear", "anger"])
    assert table.columns.tolist() == ["shown", "answered", "proportion", "n"]
    cells = table.set_index(["shown", "answered"])
    assert cells.loc[("fear", "surprise")].tolist() == [0.5, 2]
    assert np.isnan(cells.loc[("sadness", "sadness"), "proportion"])


def same(table):
    return table


LIKENESS = [*KEY, "population", "human", "statistic", "estimate", "n_seeds"]


def likeness_rows(*populations):
    """Likeness of conv2 to two human sets and their mean, and what must not be read instead."""
    rows = []
    for network, n_seeds in (("net", 1), ("net (2 seeds)", 2)):
        for population in populations or ("selective", "all"):
            for human, value in (("a", 0.95), ("b", -0.95), ("mean", 0.0)):
                key = [network, "identity", "conv2", population, human]
                rows += [[*key, "pearson", value if population == "selective" else 0.5, n_seeds]]
                rows += [[*key, "kendall", 0.3, n_seeds]]
    return pd.DataFrame(rows, columns=LIKENESS)


def make_summary(few=False, through=same):
    counts = [np.zeros((6, 6)), matrix(), np.zeros((6, 6))] if few else [matrix()] * 3
    results = [confusion(counts, **(FEW if few else {}))]
    curves = [categorical(r2=[np.nan] * 3 if few else (0.9, 0.95, 0.99))]
    units = selective_units([selectivity("conv1"), selectivity("conv2")], [chance()] * 2)
    scores, likeness = (
        confusion_scores(results),
        likeness_rows() if not few else likeness_rows("all"),
    )
    return summary(
        *(through(table) for table in (units, scores, likeness, fits(curves))),
        "a",
    )


def test_summary():
    table = make_summary()
    assert table.columns.tolist() == [
        *KEY,
        "units",
        "selective",
        "selective_percent",
        "selective_by_chance",
        "selective_p",
        "preferred",
        "accuracy_selective",
        "accuracy_all",
        "accuracy_nonselective",
        "human_pearson_mean",
        "human_pearson_a",
        "human_pearson_mean_all",
        "linear_r2",
        "logistic_r2",
        "note",
    ]
    # Of all units it is .5 in every row of the table of likeness.
    assert table["human_pearson_mean_all"].dropna().unique().tolist() == [0.5]
    assert table["layer"].tolist() == ["conv1", "conv2"]
    assert table["selective_percent"].tolist() == [60, 60]
    assert table["selective_by_chance"].tolist() == [1.25, 1.25]
    assert table["selective_p"].tolist() == [0.4, 0.4]
    assert table["preferred"].tolist() == ["fear", "fear"]
    assert table.iloc[0][9:17].isna().all()
    accuracy = (0.8 + 4 / 6 + 4) / 6
    np.testing.assert_allclose(
        table.iloc[1][9:17].astype(float), [accuracy] * 3 + [0, 0.95, 0.5, 0.9, 0.99], atol=1e-12
    )
    assert table["note"].tolist() == ["", ""]


def test_summary_of_too_few_units():
    table = make_summary(few=True)
    assert table["note"].tolist() == ["", NOTE]
    assert table["accuracy_all"].notna().tolist() == [False, True]
    assert table["human_pearson_mean"].isna().all()
    assert table["linear_r2"].isna().all()


def test_summary_without_selective_units_prefers_nothing():
    result = selectivity()
    result["selective"][:] = 0
    units = selective_units([result], [chance()])
    nothing = [confusion([np.zeros((6, 6))] * 3, note=[NOTE] * 3)]
    scores, likeness = (
        confusion_scores(nothing),
        pd.DataFrame(columns=LIKENESS),
    )
    table = summary(units, scores, likeness, fits([]), "a")
    assert table["preferred"].tolist() == [""]
    assert table[["accuracy_all", "human_pearson_mean", "logistic_r2"]].isna().all(axis=None)
    assert table["note"].tolist() == [NOTE]


def test_summary_of_an_unknown_human_set():
    results = [confusion([matrix()] * 3)]
    likeness = likeness_rows()
    units, scores = (
        selective_units([selectivity()], [chance()]),
        confusion_scores(results),
    )
    with pytest.raises(NurtureError, match="'zhou' is none of the human sets a, b;"):
        summary(units, scores, likeness, fits([]), "zhou")


def test_summary_text_is_aligned():
    head, rule, first, second, _, legend = summary_text(make_summary(few=True)).split("\n")
    assert set(rule) == {"-"}
    numbers = ["5", "3", "60.00", "1.2", "0.400"]
    assert first.split() == ["net", "identity", "conv1", *numbers, "fear", *["-"] * 8]
    assert second.split()[9:17] == ["-", "0.911", "-", "-", "-", "0.50", "-", "-"]
    assert second.endswith(f"-  {NOTE}")
    end = head.index("accuracy") + len("accuracy")
    assert first[end - 1] == second[end - 1] == "-"
    assert "chance .167" in legend


@pytest.mark.parametrize("few", [False, True], ids=["enough", "too-few"])
def test_summary_of_tables_read_from_files_is_the_same(tmp_path, few):
    def through_file(table):
        write_table(table, tmp_path / "table.csv")
        return read_table(tmp_path / "table.csv", "tables")

    made, read = make_summary(few), make_summary(few, through_file)
    pd.testing.assert_frame_equal(read, made, check_dtype=False)
    text = summary_text(made)
    assert summary_text(read) == text
    assert summary_text(through_file(made)) == text
