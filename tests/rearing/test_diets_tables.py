import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp, ttest_ind

from nurture.rearing.diets_tables import compared_diets, diets, group
from nurture.statistics.comparison import Value, average, compare, of_cases

UNITS = pd.DataFrame(
    [
        {"network": f"{diet}-{seed}", "layer": layer, "depth": depth}
        for diet in ("f", "o", "n")
        for seed in (1, 2, 3)
        for layer, depth in (("top", 1), ("low", 0))
    ]
)
SHARES = {"f": (0.5, 0.6, 0.7), "o": (0.2, 0.3, 0.1), "n": (0.2, 0.25, 0.3)}
DIETS = {"f": "faces", "o": "objects", "n": "none"}
NETWORKS = {
    f"{letter}-{seed}": {
        "diet": diet,
        "training": {"f": "identity", "n": "none"}.get(letter, diet),
        "images": 0 if letter == "n" else 1000 * seed,
        "finished": True,
    }
    for letter, diet in DIETS.items()
    for seed in (1, 2, 3)
}
MEASURES = {
    "share": {
        (f"{letter}-{seed}", "low"): Value(value)
        for letter, values in SHARES.items()
        for seed, value in enumerate(values, 1)
    }
}


def test_seeds_of_a_diet_are_one_group_whenever_their_rearing_ended():
    early = {**NETWORKS["f-1"], "images": 500, "finished": False}
    found = group({**NETWORKS, "f-1-early": early})
    assert [(one.diet, one.images, one.finished, len(one.members)) for one in found] == [
        ("faces", 500, False, 1),
        ("faces", 2000, True, 3),
        ("objects", 2000, True, 3),
        ("none", 0, True, 3),
    ]


def test_the_mean_over_seeds_has_the_interval_of_students_t():
    table = diets(MEASURES, UNITS, NETWORKS)
    assert list(table["network"][:4]) == ["f-1", "f-2", "f-3", "faces, mean of 3 seeds"]
    mean = table[table["network"] == "faces, mean of 3 seeds"].iloc[0]
    lower, upper = ttest_1samp(SHARES["f"], 0).confidence_interval(0.95)
    assert mean[["estimate", "lower", "upper"]].tolist() == pytest.approx([0.6, lower, upper])
    assert (mean["covers"], mean["n_seeds"], mean["layer"]) == ("seeds", 3, "low")
    assert table.query("network == 'f-2'")["lower"].isna().all()


def test_diets_are_compared_as_by_welchs_rule_for_equal_variances():
    table = compared_diets(MEASURES, UNITS, NETWORKS)
    pairs = list(zip(table["diet"], table["reference"], strict=True))
    assert pairs == [("faces", "objects"), ("faces", "none"), ("objects", "none")]
    row = table.iloc[0]
    test = ttest_ind(SHARES["f"], SHARES["o"])
    assert row["p"] == pytest.approx(test.pvalue)
    assert (row["lower"], row["upper"]) == pytest.approx(test.confidence_interval(0.95))
    assert list(table["verdict"]) == [
        "more than those reared on objects",
        "more than the untrained",
        "not distinguishable from the untrained",
    ]


def test_p_is_corrected_for_all_pairs_of_a_measure():
    table = compared_diets(MEASURES, UNITS, NETWORKS)
    p = np.sort(table["p"])
    expected = np.maximum.accumulate(p * [3, 2, 1])
    np.testing.assert_allclose(np.sort(table["p_holm"]), np.minimum(expected, 1))


def test_a_seed_without_the_measure_does_not_count():
    measures = {"share": {k: v for k, v in MEASURES["share"].items() if k[0] != "f-3"}}
    table = diets(measures, UNITS, NETWORKS)
    mean = table[table["network"] == "faces, mean of 3 seeds"].iloc[0]
    assert (mean["estimate"], mean["n_seeds"]) == (pytest.approx(0.55), 2)
    row = compared_diets(measures, UNITS, NETWORKS).iloc[0]
    assert (row["n_seeds"], row["reference_seeds"]) == (2, 3)


def test_a_diet_without_the_measure_is_not_measured():
    measures = {"share": {k: v for k, v in MEASURES["share"].items() if k[0][0] != "o"}}
    table = compared_diets(measures, UNITS, NETWORKS)
    assert table.query("reference == 'objects'")["verdict"].tolist() == ["not measured"]


def test_single_networks_without_resamples_cannot_be_told_apart():
    single = {name: given for name, given in NETWORKS.items() if name.endswith("1")}
    table = compared_diets(MEASURES, UNITS, single)
    assert set(table["verdict"]) == {"inconclusive: nothing says how far it varies"}


def test_continua_of_one_network_give_an_interval():
    values = {("f-1", "low"): of_cases(np.array([1.0, 2.0, 3.0]))}
    table = diets({"linear R2": values}, UNITS, {"f-1": NETWORKS["f-1"]})
    ends = ttest_1samp([1.0, 2.0, 3.0], 0).confidence_interval(0.95)
    assert table.loc[0, ["lower", "upper"]].tolist() == pytest.approx(list(ends))
    assert table.loc[0, "covers"] == "continua"


def test_two_means_vary_less_than_a_mean_and_another_seed():
    a, b = ([Value(v) for v in SHARES[letter]] for letter in "fo")
    spread = [compare(a, b, means=means) for means in (True, False)]
    widths = [found.upper - found.lower for found in spread]
    # Variances of 1/3 + 1/3 of a seed's beside 1/3 + 1 + 1/3, with as many degrees of freedom.
    assert widths[1] / widths[0] == pytest.approx(np.sqrt(5 / 2))


def test_the_mean_of_nothing_measured_is_missing():
    assert np.isnan(average([Value(np.nan)]).estimate)
