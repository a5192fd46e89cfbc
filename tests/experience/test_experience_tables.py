"""Networks beside their references in every measure, and what was lost in the way."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats
from statsmodels.stats.multitest import multipletests

from nurture.confusion.bootstrap import Sample
from nurture.confusion.human import read_counts, read_humans
from nurture.confusion.likeness import Observers
from nurture.confusion.likeness_tables import baseline_similarity
from nurture.confusion.matrices import accuracy
from nurture.core.expressions import EXPRESSIONS
from nurture.experience.experience_tables import (
    OF_CONTINUA,
    comparisons,
    experience,
    of_ablation,
    of_confusions,
    of_continua,
    of_units,
)
from nurture.statistics.comparison import Value, of_cases
from nurture.statistics.verdicts import NO_CONTROL, NO_SPREAD

FOLDER = Path(__file__).parents[2] / "config" / "human"
NETWORKS = {
    "face": {"training": "identity", "readout": "deep"},
    "blank-1": {"training": "none", "readout": "deep"},
    "blank-2": {"training": "none", "readout": "deep"},
    "blank-3": {"training": "none", "readout": "deep"},
    "things": {"training": "objects", "readout": "top"},
    "pixels": {"training": "baseline", "readout": "grey"},
}
REPLICATES = {"face": ["blank-1", "blank-2", "blank-3"], "things": []}
GROUPS = {"blank (3 seeds)": ["blank-1", "blank-2", "blank-3"]}


@pytest.fixture
def units():
    rows = [
        ("face", "early", 0.0, 1000, 50),
        ("face", "deep", 1.0, 100, 20),
        ("blank-1", "early", 0.0, 1000, 60),
        ("blank-1", "deep", 1.0, 100, 4),
        ("blank-2", "early", 0.0, 1000, 40),
        ("blank-2", "deep", 1.0, 100, 5),
        ("blank-3", "early", 0.0, 1000, 55),
        ("blank-3", "deep", 1.0, 100, 6),
        ("things", "top", 1.0, 200, 2),
        ("pixels", "grey", 0.0, 400, 8),
    ]
    table = pd.DataFrame(rows, columns=["network", "layer", "depth", "n_units", "n_selective"])
    return table.assign(null_mean=0.01 * table["n_units"], split_half_r=0.9)


def _chance(units, of_share=lambda share: np.full(60, np.nan)):
    """What halves of 104 identities select; nothing where no share of theirs is given."""
    return [
        xr.Dataset(
            {"part_count": ("part", row.n_units * of_share(row.n_selective / row.n_units))},
            attrs={"network": row.network, "layer": row.layer, "n_identities": 104},
        )
        for row in units.itertuples()
    ]


@pytest.fixture
def table(units):
    return experience(of_units(units, _chance(units)), units, NETWORKS, REPLICATES, GROUPS)


def _row(table, **wanted):
    (row,) = table[(table[list(wanted)] == pd.Series(wanted)).all(axis=1)].to_dict("records")
    return row


SHARE = "selective units, share of the layer"


def test_every_layer_is_compared_with_the_control(table):
    deep = _row(table, measure=SHARE, network="face", layer="deep", reference="blank (3 seeds)")
    expected = stats.ttest_ind([0.2], [0.04, 0.05, 0.06])
    assert deep["estimate"] == pytest.approx(0.2)
    assert deep["reference_estimate"] == pytest.approx(0.05)
    assert deep["p"] == pytest.approx(expected.pvalue)
    assert (deep["covers"], deep["depth"]) == ("seeds", 1.0)
    early = _row(table, measure=SHARE, network="face", layer="early")
    assert early["verdict"] == "not distinguishable from its untrained control"


def test_seeds_that_were_read_at_the_readout_alone_count_there(units):
    units = units[(units["network"] != "blank-3") | (units["layer"] == "deep")]
    table = experience(of_units(units, _chance(units)), units, NETWORKS, REPLICATES, GROUPS)
    deep = _row(table, measure=SHARE, network="face", layer="deep", reference="blank (3 seeds)")
    assert deep["reference_estimate"] == pytest.approx(0.05)
    early = _row(table, measure=SHARE, network="face", layer="early")
    assert early["reference"] == "blank-1, blank-2"
    assert early["reference_estimate"] == pytest.approx(0.05)
    assert early["p"] == pytest.approx(stats.ttest_ind([0.05], [0.06, 0.04]).pvalue)


def test_a_seed_in_which_a_measure_is_lacking_stays_in_the_name_of_all(units):
    measures = of_units(units, _chance(units))
    del measures[SHARE]["blank-3", "deep"]
    table = experience(measures, units, NETWORKS, REPLICATES, GROUPS)
    row = _row(table, measure=SHARE, network="face", layer="deep", reference="blank (3 seeds)")
    assert row["reference_estimate"] == pytest.approx(0.045)


def test_p_are_corrected_within_a_measure(table):
    mine = table[table["measure"] == SHARE]
    tested = mine["p"].notna()
    expected = multipletests(mine.loc[tested, "p"], method="holm")[1]
    assert mine.loc[tested, "p_holm"].to_numpy() == pytest.approx(expected)
    assert mine.loc[~tested, "p_holm"].isna().all()
    deep = mine[(mine["network"] == "face") & (mine["layer"] == "deep")].iloc[0]
    assert deep["p_holm"] < 0.05
    assert deep["verdict"] == "more than its untrained control"


def test_a_network_without_a_control_says_so(table):
    row = _row(table, measure=SHARE, network="things", verdict=NO_CONTROL)
    assert np.isnan([row["difference"], row["p"]]).all()


def test_what_was_not_resampled_is_inconclusive(table):
    row = _row(table, measure=SHARE, network="face", reference="things")
    assert row["difference"] == pytest.approx(0.2 - 0.01)
    assert row["verdict"] == NO_SPREAD


def test_shares_of_two_networks_are_compared_over_halves_of_the_identities(units):
    """The same halves select units of both, so what halves do to both alike does not count."""
    swing, own = np.random.default_rng(0).normal(0, 0.01, (2, 60))

    def of_share(share):
        return share + swing + (own if share == 0.2 else 0)

    table = experience(
        of_units(units, _chance(units, of_share)), units, NETWORKS, REPLICATES, GROUPS
    )
    row = _row(table, measure=SHARE, network="face", reference="things")
    reach = stats.t.ppf(0.975, 103) * own.std(ddof=1) * (70 / 34) ** 0.5
    assert row["difference"] == pytest.approx(0.19)
    assert [row["lower"], row["upper"]] == pytest.approx([0.19 - reach, 0.19 + reach])
    assert (row["covers"], row["about"]) == ("faces", "this network")
    assert row["verdict"] == "more than things"


def test_seeds_together_are_compared_with_pixels(table):
    row = _row(table, measure=SHARE, network="blank (3 seeds)", reference="pixels")
    assert (row["training"], row["layer"]) == ("none", "deep")
    assert row["p"] == pytest.approx(stats.ttest_1samp([0.04, 0.05, 0.06], 0.02).pvalue)


def test_units_beyond_chance_are_less_what_permuted_labels_give(table):
    row = _row(
        table,
        measure="selective units beyond chance, share of the layer",
        **{"network": "face", "reference": "pixels"},
    )
    assert (row["estimate"], row["reference_estimate"]) == pytest.approx((0.19, 0.01))


def test_reared_networks_are_compared_as_one_and_among_themselves():
    kinds = {"r-faces-1": "identity", "r-faces-2": "identity", "r-things": "objects"}
    networks = NETWORKS | {
        name: {"training": kind, "readout": "deep"} for name, kind in kinds.items()
    }
    networks |= {name: {"training": "none", "readout": "deep"} for name in ("r-1", "r-2")}
    groups = {**GROUPS, "r-faces": ["r-faces-1", "r-faces-2"], "r": ["r-1", "r-2"]}
    replicates = REPLICATES | {name: ["r-1", "r-2"] for name in kinds}
    found = list(comparisons(networks, replicates, groups, reared=[*kinds, "r-1", "r-2"]))
    sides = {(one.name, one.reference) for one in found if one.reference != "pixels"}
    assert sides == {
        ("face", "blank (3 seeds)"),
        ("face", "things"),
        ("things", ""),
        ("r-faces", "r"),
        ("r-faces", "r-things"),
        ("r-things", "r"),
    }
    (one,) = [one for one in found if (one.name, one.reference) == ("r-faces", "r-things")]
    assert (one.members, one.others) == (["r-faces-1", "r-faces-2"], ["r-things"])


def test_reared_networks_are_corrected_by_themselves(units, table):
    extra = pd.DataFrame(
        [
            ("r-faces", "deep", 1.0, 100, 9),
            ("r-1", "deep", 1.0, 100, 3),
            ("r-2", "deep", 1.0, 100, 4),
        ],
        columns=["network", "layer", "depth", "n_units", "n_selective"],
    ).assign(null_mean=1.0, split_half_r=0.9)
    networks = NETWORKS | {"r-faces": {"training": "identity", "readout": "deep"}}
    networks |= {name: {"training": "none", "readout": "deep"} for name in ("r-1", "r-2")}
    units = pd.concat([units, extra], ignore_index=True)
    replicates = REPLICATES | {"r-faces": ["r-1", "r-2"]}
    groups = GROUPS | {"r (2 seeds)": ["r-1", "r-2"]}
    names = ["r-faces", "r-1", "r-2"]
    both = experience(of_units(units, _chance(units)), units, networks, replicates, groups, names)
    key = ["network", "layer", "measure", "reference"]
    there = table.set_index(key)["p_holm"]
    pd.testing.assert_series_equal(both.set_index(key)["p_holm"].reindex(there.index), there)
    mine = both[both["network"].isin(["r-faces", "r (2 seeds)"]) & (both["measure"] == SHARE)]
    tested = mine[mine["p"].notna()]
    assert tested["p_holm"].to_numpy() == pytest.approx(
        multipletests(tested["p"], method="holm")[1]
    )


def test_one_seed_is_told_from_several():
    networks = {name: NETWORKS[name] for name in ("face", "blank-1")}
    (only,) = comparisons(networks, {"face": ["blank-1"]}, {})
    assert (only.reference, only.words) == ("blank-1", "its untrained control (one seed)")


def test_no_comparison_without_trained_networks():
    assert list(comparisons({"blank-1": NETWORKS["blank-1"]}, {}, {})) == []


def test_measures_that_a_baseline_lacks_are_not_compared_with_it(units):
    values = {"slope": {("face", "deep"): of_cases(np.array([1.0, 2.0, 4.0]))}}
    table = experience(values, units, NETWORKS, REPLICATES, GROUPS)
    assert "pixels" not in table["reference"].to_numpy()
    assert _row(table, network="face", reference="things")["verdict"] == "not measured"


def _sample(network, training, seed=0, population="all"):
    rng = np.random.default_rng(seed)
    shares = 0.6 * np.eye(6) + 0.4 * rng.dirichlet(np.ones(6), 6)
    draws = rng.multinomial(30, shares, size=(1, 50, 6))
    about = {"network": network, "training": training, "layer": "deep", "population": population}
    count = rng.multinomial(30, shares)[None]
    alone = np.zeros((50, 1), int)
    return Sample(about, count, draws, draws[:, :0], alone, alone[:, :0], "identities", 30)


def test_accuracy_and_likeness_come_from_the_same_resamples():
    humans = read_humans(FOLDER, read=read_counts)
    sample = _sample("face", "identity")
    found = of_confusions([sample], humans)
    value = found["accuracy, all units"]["face", "deep"]
    assert value.estimate == pytest.approx(accuracy(sample.count[0]))
    assert value.parts == pytest.approx(accuracy(sample.draws[0]))
    assert (value.scale, value.df) == (30 / 29, 29)
    value = found["likeness to observers, bias taken out, all units"]["face", "deep"]
    observers = Observers(humans).compare(sample.draws[0])
    # The fourth statistic, and the mean over human sets.
    assert value.parts == pytest.approx(observers[:, 3, -1])


def test_means_over_continua():
    continua = ["anger-fear", "anger-disgust", "disgust-fear"]
    place = {"network": "face", "training": "identity", "layer": "deep"}
    fits = pd.DataFrame(
        [
            {**place, "continuum": c, "fit": fit, "r2": r2 - i / 100, "aicc": aicc, "slope": 2 + i}
            | {"cv_error": 0.1}
            for i, c in enumerate(continua)
            for fit, r2, aicc in (("linear", 0.9, -50.0), ("logistic", 0.99, -80.0))
        ]
    )
    excess = pd.DataFrame([{**place, "continuum": c, "over_pixels": np.nan} for c in continua])
    found = of_continua(fits, excess)
    assert found[OF_CONTINUA["logistic_r2"]]["face", "deep"].estimate == pytest.approx(0.98)
    assert found[OF_CONTINUA["aicc_gain"]]["face", "deep"].estimate == pytest.approx(30)
    assert found[OF_CONTINUA["slope"]]["face", "deep"].df == 2
    assert OF_CONTINUA["over_pixels"] not in found


def _ablation(n_selective=1):
    hits = np.zeros((3, 2, 2, 4, 6), "int16")
    hits[0, 0], hits[1, 0, :, :2], hits[2, :, :, :3] = 1, 1, 1
    return xr.Dataset(
        {
            "hits": (("ablated", "draw", "task", "identity", "expression"), hits),
            "n_draws": ("ablated", [1, n_selective, 2]),
            "shown": (("task", "identity", "expression"), np.ones((2, 4, 6), int)),
        },
        {
            "ablated": ["none", "selective", "random"],
            "task": ["expression", "identity"],
            "expression": list(EXPRESSIONS),
        },
        {"network": "face", "layer": "deep", "seed": 3},
    )


def test_loss_without_selective_units_is_over_that_without_random_ones():
    (found,) = of_ablation([_ablation()], 200).values()
    value = found["face", "deep"]
    # Two of four observers are still named without the selective units, three without random ones.
    assert value.estimate == pytest.approx(0.25)
    assert value.parts.shape == (200,)
    assert value.parts.mean() == pytest.approx(0.25, abs=0.05)


def test_no_loss_where_nothing_was_ablated():
    assert of_ablation([_ablation(n_selective=0)], 20) == {
        "accuracy lost without selective units, over random": {}
    }


def test_networks_beside_baselines():
    samples = [
        _sample("face", "identity", 1),
        _sample("face", "identity", 2, "selective"),
        _sample("pixels", "baseline", 3),
    ]
    recipes = np.full((6, 6), 0.05) + 0.7 * np.eye(6)
    recipes[0, 1] = recipes[1, 0] = 0.2
    table = baseline_similarity(samples, {"recipes": recipes})
    assert list(table.columns[:6]) == [
        *("network", "training", "layer", "population", "baseline", "statistic")
    ]
    named = {tuple(row) for row in table[["network", "population", "baseline"]].to_numpy()}
    assert named == {
        *(("face", p, b) for p in ("all", "selective") for b in ("pixels", "recipes")),
        ("pixels", "all", "recipes"),
    }
    row = _row(table, network="face", population="all", baseline="pixels", statistic="spearman")
    off = ~np.eye(6, dtype=bool)
    mine, theirs = ((s.count[0] / 30)[off] for s in (samples[0], samples[2]))
    assert row["estimate"] == pytest.approx(stats.spearmanr(mine, theirs).statistic)


def test_values_that_were_never_measured_have_no_words_but_those(units):
    values = {"accuracy": {("face", "deep"): Value(0.5)}}
    table = experience(values, units, NETWORKS, REPLICATES, GROUPS)
    assert _row(table, network="face", reference="blank (3 seeds)")["verdict"] == "not measured"
