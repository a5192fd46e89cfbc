"""Three sentences that say what a run finds."""

import pandas as pd
import pytest

from nurture.experience.conclusions import conclusions

NETWORKS = {
    "face": {"training": "identity", "readout": "deep", "architecture": "resnet"},
    "blank-1": {"training": "none", "readout": "deep", "architecture": "resnet"},
    "blank-2": {"training": "none", "readout": "deep", "architecture": "resnet"},
    "other": {"training": "none", "readout": "deep", "architecture": "vgg16"},
}


@pytest.fixture
def tables():
    names = ["face", "blank-1", "blank-2", "other"]
    units = pd.DataFrame({"network": names, "layer": "deep", "n_units": 4096})
    units = units.assign(n_selective=[63, 28, 33, 900], null_mean=1.1, p_count=0.001)
    units["fraction"] = units["n_selective"] / units["n_units"]
    units = units.assign(fraction_lower=0.01, fraction_upper=0.02)
    rows = [("selective", 0.46, 0.42, 0.5), ("all", 0.98, 0.97, 0.99)]
    columns = ["population", "estimate", "lower", "upper"]
    score = pd.DataFrame(rows, columns=columns).assign(network="face", layer="deep")
    likeness = [("selective", 0.07, -0.09, 0.23), ("all", 0.33, 0.2, 0.46)]
    alike = pd.DataFrame(likeness, columns=columns).assign(network="face", layer="deep")
    alike = alike.assign(p=[0.28, 0.01], human="mean", statistic="pearson")
    accuracy = score.assign(statistic="accuracy", redrawn="test")
    # Selective units are less accurate than some observers.
    matched = alike[1:].assign(estimate=0.12, lower=0.03, upper=0.21, p=0.04, matched_to="own")
    given = alike.assign(matched_to="given")
    return {
        "units": units,
        "accuracy": accuracy,
        "similarity": alike,
        "matched": pd.concat([given, matched]),
    }


@pytest.fixture
def replication():
    words = ["agrees"] * 3 + ["smaller than published"] * 2 + ["inconclusive"] * 2
    return pd.DataFrame({"network": "face", "agreement": words, "counts": [1] * 6 + [0]})


def test_sentences_hold_the_numbers(tables, replication):
    assert conclusions(tables, NETWORKS, replication) == [
        "Of the 4,096 units of deep in face, one network trained on identity, 63 are "
        "expression-selective (1.5 %, 1.0 to 2.0), where labels shuffled within identity give "
        "1.10 (p = .001); its 2 untrained controls have 28 to 33.",
        "A classifier reads the expressions of new faces at .46 (.42 to .50) from selective units "
        "and .98 (.97 to .99) from all units; its errors correlate with observers' at r = .070 "
        "(-.090 to .23), p = .28, of selective units and r = .12 (.030 to .21), p = .040, of all "
        "units brought to observers' accuracy by noise.",
        "Of 6 claims of the paper, asked of this network, the verdict is agrees for 3, smaller "
        "than published for 2 and inconclusive for 1.",
    ]


def test_one_control_and_none(tables, replication):
    networks = {name: NETWORKS[name] for name in ("face", "blank-1")}
    (first, *_) = conclusions(tables, networks, replication)
    assert first.endswith("; its untrained control of the same architecture has 28.")
    (first, *_) = conclusions(tables, {"face": NETWORKS["face"]}, replication)
    assert first.endswith("(p = .001).")


def test_errors_are_as_they_are_where_no_noise_brings_them_to_observers(tables, replication):
    tables["matched"] = tables["matched"].query("matched_to == 'given'")
    assert (
        "r = .33 (.20 to .46), p = .010, of all units."
        in conclusions(tables, NETWORKS, replication)[1]
    )


def test_what_was_not_read_is_not_told(tables, replication):
    empty = {**tables, "accuracy": tables["accuracy"].iloc[:0]}
    assert len(conclusions(empty, NETWORKS, replication)) == 2


def test_nothing_is_said_of_a_run_without_identity(tables, replication):
    networks = {name: NETWORKS[name] for name in ("blank-1", "other")}
    assert conclusions(tables, networks, replication) == []
