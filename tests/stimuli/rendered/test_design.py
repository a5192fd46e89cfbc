import numpy as np
import pandas as pd
import pytest

from nurture.core.errors import NurtureError
from nurture.stimuli.rendered.design import design

COLUMNS = [
    "expression",
    "identity",
    "continuum",
    "level",
    "intensity",
    "yaw",
    "pitch",
    "light_azimuth",
    "light_elevation",
    "gaze_x",
    "gaze_y",
    "distinctiveness",
    "skin",
]
SIX = ["anger", "disgust", "fear", "happiness", "sadness", "surprise"]
VARIED = {
    "kind": "expressions",
    "first_identity": 104,
    "identities": 67,
    "yaw": 15,
    "pitch": 8,
    "light": 40,
    "intensity": [0.7, 1.0],
}


def test_selection_set():
    labels = design({"kind": "expressions", "first_identity": 0, "identities": 104}, seed=1)
    assert list(labels.columns) == COLUMNS
    assert len(labels) == 624
    assert labels.expression.tolist()[:7] == [*SIX, "anger"]
    assert labels.identity.tolist()[:7] == [0, 0, 0, 0, 0, 0, 1]
    assert labels.identity.max() == 103
    assert set(labels.continuum) == {"none"}
    assert labels.level.isna().all()
    assert (labels.intensity == 1).all()
    assert (labels[["yaw", "pitch", "light_azimuth", "gaze_x", "gaze_y"]] == 0).all(axis=None)
    assert set(labels.light_elevation) == {35.0}
    assert labels.skin.isna().all()


def test_generalisation_set():
    labels = design(VARIED, seed=1)
    assert len(labels) == 402
    assert labels.identity.tolist() == np.repeat(np.arange(104, 171), 6).tolist()
    low = {"yaw": -15, "pitch": -8, "light_azimuth": -40, "light_elevation": 15, "intensity": 0.7}
    high = {"yaw": 15, "pitch": 8, "light_azimuth": 40, "light_elevation": 55, "intensity": 1.0}
    for name in low:
        assert low[name] <= labels[name].min() < labels[name].max() <= high[name]
        # The range is filled: 402 uniform values leave no tenth of it empty at an end.
        span = (labels[name].max() - labels[name].min()) / (high[name] - low[name])
        assert span > 0.9


def test_values_depend_on_seed_identity_and_expression_only():
    whole = design(VARIED, seed=1)
    other = {**VARIED, "first_identity": 150, "identities": 40, "expressions": ["fear", "anger"]}
    part = design(other, seed=1)
    keys = ["identity", "expression"]
    both = part.merge(whole, on=keys, suffixes=("", "_whole"))
    assert len(both) == 42
    for name in ("yaw", "pitch", "light_azimuth", "light_elevation", "intensity"):
        assert (both[name] == both[f"{name}_whole"]).all()
    assert not np.allclose(design(VARIED, seed=2).yaw, whole.yaw)


def test_continua():
    spec = {
        "kind": "continua",
        "first_identity": 171,
        "identities": 2,
        "levels": 5,
        "continua": ["happiness-anger", "disgust-fear"],
    }
    labels = design(spec, seed=1)
    assert list(labels.columns) == COLUMNS
    assert labels.level.tolist() == [0.0, 0.25, 0.5, 0.75, 1.0] * 4
    assert labels.continuum.tolist() == (["happiness-anger"] * 5 + ["disgust-fear"] * 5) * 2
    assert labels.identity.tolist() == [171] * 10 + [172] * 10
    assert set(labels.expression) == {"none"}


def test_default_continua_are_the_papers():
    labels = design({"kind": "continua", "first_identity": 0, "identities": 1, "levels": 2}, seed=1)
    assert list(pd.unique(labels.continuum)) == [
        "happiness-anger",
        "happiness-fear",
        "anger-disgust",
        "happiness-sadness",
        "anger-fear",
        "disgust-fear",
        "disgust-sadness",
    ]


def test_the_lowest_intensity_is_not_above_the_highest():
    with pytest.raises(NurtureError, match=r"^intensity: expected lowest, highest; found 1, 0\.5"):
        design({**VARIED, "intensity": [1, 0.5]}, seed=1)


def test_a_sweep_shows_the_same_face_at_every_level():
    spec = {**VARIED, "identities": 2, "yaw": [-60, 0, 60], "light": [-90, 90], "gaze": 5}
    labels = design(spec, seed=1)
    assert len(labels) == 2 * 6 * 3 * 2
    face = labels[(labels["identity"] == 105) & (labels["expression"] == "fear")]
    assert face["yaw"].tolist() == [-60, -60, 0, 0, 60, 60]
    assert face["light_azimuth"].tolist() == [-90, 90] * 3
    assert (face["light_elevation"] == 35).all()
    for drawn in ("pitch", "gaze_x", "intensity"):
        assert face[drawn].nunique() == 1
    single = design({**VARIED, "identities": 2, "gaze": 5}, seed=1)
    same = (single["identity"] == 105) & (single["expression"] == "fear")
    assert face["pitch"].iloc[0] == single.loc[same, "pitch"].item()


def test_distinctiveness_is_a_label_and_may_be_swept():
    spec = {"kind": "expressions", "first_identity": 0, "identities": 1}
    assert design(spec, 1)["distinctiveness"].tolist() == [1.0] * 6
    swept = design({**spec, "distinctiveness": [-1, 1.5]}, 1)
    assert swept["distinctiveness"].tolist() == [-1.0, 1.5] * 6


def test_other_expressions_do_not_change_the_basic_ones():
    spec = {**VARIED, "identities": 1, "expressions": ["pain", "fear"]}
    labels = design(spec, 1).set_index("expression")
    basic = design({**VARIED, "identities": 1}, 1).set_index("expression")
    assert labels.loc["fear", "yaw"] == basic.loc["fear", "yaw"]
    assert labels.loc["pain", "yaw"] not in basic["yaw"].tolist()
