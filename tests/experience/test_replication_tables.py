"""The paper's claims beside a run's numbers, for a file and for a reader."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from nurture.experience.claims import EQUAL, EQUAL_ALL, Claim, verdicts
from nurture.experience.replication_tables import (
    MEASURES,
    replication,
    replication_text,
)

NETWORKS = {
    "face": {"training": "identity", "readout": "deep", "architecture": "resnet"},
    "blank": {"training": "none", "readout": "deep", "architecture": "resnet"},
    "things": {"training": "objects", "readout": "top", "architecture": "vgg16"},
}
CAVEATS = {"faces": "faces are rendered"}


def _claim(measure, against="", topics=("faces",), sign=1):
    return Claim(f"{measure} {against}", "Fig. 1", measure, against, 0.0, sign, 0.5, 0.01, topics)


@pytest.fixture
def tables():
    place = {"network": "face", "training": "identity", "layer": "deep"}
    pixels = {"network": "pixels", "training": "baseline", "layer": "grey"}
    score = {"statistic": "accuracy", "redrawn": "test"}
    numbers = {"lower": 0.2, "upper": 0.4}
    compared = {**place, "measure": MEASURES["accuracy"], "verdict": ""}
    return {
        "units": pd.DataFrame([{**place, "n_units": 100, "n_selective": 20}]).assign(
            fraction=0.2,
            fraction_lower=0.15,
            fraction_upper=0.25,
            null_mean=2,
            null_critical=6,
            p_count=0.005,
        ),
        "accuracy": pd.DataFrame(
            [
                {**place, "population": "selective", **score, "estimate": 0.3, **numbers},
                {**pixels, "population": "all", **score, "estimate": 0.25, **numbers},
            ]
        ),
        "similarity": pd.DataFrame(
            [
                {**place, "population": "selective", "human": human, "statistic": "pearson"}
                | {"estimate": estimate, "lower": -0.1, "upper": 0.2, "p": 0.3, "critical": 0.2}
                for human, estimate in (("nimstim", 0.9), ("mean", 0.05))
            ]
        ),
        "matched": pd.DataFrame(
            [
                {**place, "population": population, "matched_to": to, "human": "mean"}
                | {"statistic": "pearson", "estimate": estimate, "lower": 0.0, "upper": 0.3}
                for population, to, estimate in (
                    ("all", "given", 0.9),
                    ("selective", "own", 0.9),
                    ("all", "own", 0.15),
                )
            ]
        ).assign(p=0.02, critical=0.1),
        "baselines": pd.DataFrame(
            [
                {**place, "population": "selective", "baseline": b, "statistic": "pearson"}
                | {"estimate": estimate, "lower": 0.1, "upper": 0.6}
                for b, estimate in (("pixels", 0.35), ("action-units", np.nan), ("recipes", 0.4))
            ]
        ),
        "fit_comparisons": pd.DataFrame(
            [
                {**place, "measure": m, "fit_a": "linear", "fit_b": "logistic", "difference": d}
                | {"lower": lower, "upper": upper, "p_max": p, "n_continua": 7}
                for m, d, lower, upper, p in (
                    ("r2", -0.1, -0.3, -0.05, 0.016),
                    ("aicc", 8.0, -2.0, 12.0, 0.04),
                    ("cv_error", 0.01, -0.01, 0.02, 0.2),
                )
            ]
        ),
        "experience": pd.DataFrame(
            [
                {**compared, "reference": "blank", "difference": 0.3, **numbers},
                {**compared, "reference": "things", "difference": -0.3, "lower": -0.5}
                | {"upper": -0.1},
            ]
        ).assign(estimate=0.9, detectable=0.25, p=[0.0004, 0.012]),
    }


@pytest.mark.parametrize(
    ("claim", "here", "word"),
    [
        pytest.param(_claim("units"), (0.18, 0.13, 0.23), "agrees", id="units beyond chance"),
        pytest.param(_claim("accuracy"), (0.3, 0.2, 0.4), "agrees", id="accuracy"),
        pytest.param(
            _claim("likeness"), (0.05, -0.1, 0.2), "smaller than published", id="likeness"
        ),
        # R2 alone would say yes, and so would AICc; the error on identities left out does not.
        pytest.param(
            _claim("over_linear"), (0.1, 0.05, 0.3), "smaller than published", id="over line"
        ),
        pytest.param(_claim("accuracy", "none"), (0.3, 0.2, 0.4), "agrees", id="over untrained"),
        pytest.param(
            _claim("accuracy", "objects"), (-0.3, -0.5, -0.1), "opposite", id="over objects"
        ),
    ],
)
def test_numbers_of_the_run(tables, claim, here, word):
    (row,) = replication([claim], tables, NETWORKS, CAVEATS).to_dict("records")
    assert [row[k] for k in ("this_run", "lower", "upper")] == pytest.approx(here)
    assert (row["agreement"], row["network"]) == (word, "face")


def test_errors_of_all_units_are_those_at_observers_accuracy(tables):
    (row,) = replication([_claim("likeness_own")], tables, NETWORKS, {}).to_dict("records")
    assert [row[k] for k in ("this_run", "lower", "upper", "p")] == [0.15, 0.0, 0.3, 0.02]
    assert (row["agreement"], row["reason"]) == (
        "agrees",
        "p = .020; below the published effect",
    )


@pytest.mark.parametrize(
    ("difference", "counts"),
    [pytest.param(0.1, [0, 1, 0], id="measured"), pytest.param(np.nan, [1, 0, 0], id="not")],
)
def test_a_claim_counts_once_at_equal_accuracy_where_that_is_known(tables, difference, counts):
    rows = [
        {"network": "face", "layer": "deep", "measure": MEASURES[key], "reference": "things"}
        | {"difference": value, "lower": value - 0.1, "upper": value + 0.2, "detectable": 0.2}
        for key, value in (
            ("likeness", -0.3),
            ("likeness_selective", difference),
            ("likeness_all", 0.5),
        )
    ]
    tables["experience"] = pd.DataFrame(rows).assign(estimate=0.5, verdict="", p=0.3)
    claims = [
        replace(_claim(measure, "objects"), basis=basis)
        for measure, basis in (
            ("likeness", "as published"),
            ("likeness_selective", EQUAL),
            ("likeness_all", EQUAL_ALL),
        )
    ]
    table = replication(claims, tables, NETWORKS, {})
    assert table["counts"].to_list() == counts
    word = "opposite" if np.isnan(difference) else "smaller than published"
    assert verdicts(table) == {word: 1}


def test_two_networks_have_the_p_of_their_interval_which_decides_nothing(tables):
    claims = [_claim("accuracy", "none"), _claim("accuracy", "objects"), _claim("accuracy")]
    table = replication(claims, tables, NETWORKS, {})
    assert table["p"].to_list() == pytest.approx([0.0004, 0.012, np.nan], nan_ok=True)
    assert table["reason"].to_list() == [
        "the interval excludes no effect, p < .001; below the published effect",
        "on the other side of no effect, p = .012",
        "the interval excludes no effect; below the published effect",
    ]


def test_labels_decide_an_association(tables):
    similar = tables["similarity"].assign(p=0.01)
    (row,) = replication([_claim("likeness")], {**tables, "similarity": similar}, NETWORKS, {})[
        "agreement"
    ]
    assert row == "agrees"
    # The interval of this one excludes 0, but its labels do not matter.
    similar = tables["similarity"].assign(lower=0.01, upper=0.2, p=0.06)
    (row,) = replication([_claim("likeness")], {**tables, "similarity": similar}, NETWORKS, {})[
        "agreement"
    ]
    assert row == "smaller than published"


def test_both_criteria_decide_a_shape(tables):
    fits = tables["fit_comparisons"].assign(p_max=0.03)
    (row,) = replication(
        [_claim("over_linear")], {**tables, "fit_comparisons": fits}, NETWORKS, {}
    )["agreement"]
    assert row == "agrees"
    worse = fits.assign(difference=-fits["difference"].abs())
    (row,) = replication(
        [_claim("over_linear")], {**tables, "fit_comparisons": worse}, NETWORKS, {}
    )["agreement"]
    assert row == "opposite"


def test_every_claim_has_the_smallest_effect_that_would_be_found(tables):
    claims = [_claim("accuracy"), _claim("accuracy", "none"), _claim("likeness"), _claim("units")]
    found = replication(claims, tables, NETWORKS, CAVEATS)["detectable"]
    error = 0.05 / norm.ppf(0.975)
    power = norm.ppf(0.8)
    assert found.to_list() == pytest.approx(
        [0.1 + 2 * error * power, 0.25, 0.2 + 3 * error * power, 0.04 + error * power]
    )
    (row,) = replication([_claim("over_linear")], tables, NETWORKS, {}).to_dict("records")
    assert row["detectable_in"] == "AICc"


def test_caveats_follow_from_the_run(tables):
    claims = [
        _claim("accuracy", "objects", ("faces", "pixels")),
        _claim("likeness", "", ("faces", "stimuli", "observers")),
        _claim("over_linear", "", ("shape",)),
    ]
    first, second, third = replication(claims, tables, NETWORKS, CAVEATS)["caveats"]
    assert first == (
        "faces are rendered; architecture resnet, not vgg16; the two differ in architecture and "
        "pictures, not in training alone; without a network, accuracy: all pixels reach .25"
    )
    assert second == (
        "faces are rendered; architecture resnet, not vgg16; its errors correlate with those that "
        "follow from the stimuli: pixels .35 (.10 to .60), recipes .40 (.10 to .60)"
    )
    assert third.endswith("prefers the logistic by 8.00 (-2.00 to 12.00)")


def test_a_run_with_the_papers_networks_has_no_caveat_of_architecture(tables):
    networks = {name: {**s, "architecture": "vgg16"} for name, s in NETWORKS.items()}
    (text,) = replication([_claim("accuracy", "objects", ())], tables, networks, {})["caveats"]
    assert text == ""


@pytest.mark.parametrize("left", [["things"], []], ids=["no identity", "no network"])
def test_a_run_without_identity_cannot_test(tables, left):
    networks = {name: NETWORKS[name] for name in left}
    (row,) = replication([_claim("accuracy")], tables, networks, CAVEATS).to_dict("records")
    assert (row["agreement"], row["reason"]) == (
        "not testable here",
        "no network trained on identity",
    )
    assert np.isnan(row["this_run"])


def test_a_run_without_the_rival_cannot_test(tables):
    tables["experience"] = tables["experience"].iloc[:0]
    claims = [_claim("accuracy", "none"), _claim("accuracy", "objects")]
    table = replication(claims, tables, NETWORKS, CAVEATS)
    assert table["agreement"].to_list() == ["not testable here"] * 2


def test_pixels_are_no_control(tables):
    tables["experience"] = tables["experience"].assign(reference=["pixels", "things"])
    (row,) = replication([_claim("accuracy", "none")], tables, NETWORKS, {}).to_dict("records")
    assert row["reason"] == "no untrained network of the same architecture"


def test_seeds_of_the_untrained_network_are_counted(tables):
    (row,) = replication([_claim("accuracy", "none")], tables, NETWORKS, {}).to_dict("records")
    assert row["caveats"] == "architecture resnet, not vgg16; seeds of the untrained one: 1"


def test_the_text_counts_and_lists(tables):
    claims = [_claim("units"), _claim("accuracy"), _claim("likeness")]
    text = replication_text(replication(claims, tables, NETWORKS, CAVEATS), "Zhou et al. 2022")
    assert "agrees: 2, smaller than published: 1." in text
    assert "| accuracy  | Fig. 1 | .50 ± .010 | .30 (.20 to .40) | agrees: " in text
    assert "- *opposite*: the 95 % interval" in text
    assert "- Row 1, 2, 3: faces are rendered" in text
