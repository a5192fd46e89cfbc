"""Any change of the configuration leaves it sound, or is refused in one line."""

import copy
import json
from datetime import date
from functools import partial
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nurture.activations import settings as activation_settings
from nurture.core.errors import NurtureError
from nurture.networks import settings as network_settings
from nurture.networks.listing import with_layers
from nurture.running import config as cfg
from nurture.running.merging import merged
from nurture.running.missing import available, find_missing
from nurture.running.passes import extractions

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"


def _read(*names):
    config = {}
    for name in names:
        config = merged(config, yaml.safe_load((ROOT / "config" / name).read_text()))
    return config


CONFIGS = [_read("config.yaml"), _read("config.yaml", "paper.yaml")]


def _places(value, place=()):
    """Paths of all tables, lists and values of a configuration."""
    yield place
    inside = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    for key, inner in inside:
        yield from _places(inner, (*place, key))


PLACES = [[place for place in _places(config) if place] for config in CONFIGS]
WORDS = sorted({key for config in CONFIGS for p in _places(config) for key in p if key != ()} & {
    *("experiment", "networks", "layers", "input", "stimuli", "kind", "of", "sets", "folder"),
    *("expressions", "objects", "selection", "altered", "weights", "seed", "mean", "figures"),
})  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.integers(-2, 400)
    | st.floats(allow_nan=True)
    | st.text(max_size=6)
    | st.sampled_from([*WORDS, "untrained", "onnx", "anger-fear", "-", "..", "/", "x.yaml", ":"])
    | st.just(date(2026, 1, 1)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(WORDS) | st.text(max_size=4) | st.integers(), inner, max_size=3
        )
    ),
    max_leaves=4,
)


@st.composite
def changes(draw):
    """Which configuration, and what becomes of some of its places."""
    which = draw(st.integers(0, len(CONFIGS) - 1))
    places = draw(st.lists(st.sampled_from(PLACES[which]), min_size=1, max_size=3))
    return which, [
        (place, draw(st.sampled_from(["set", "drop", "add"])), draw(VALUES)) for place in places
    ]


def _apply(config, place, what, value):
    try:
        for key in place[:-1]:
            config = config[key]
        if what == "drop":
            del config[place[-1]]
        elif what == "add" and isinstance(config, dict):
            config[value if isinstance(value, str | int) else "extra"] = value
        else:
            config[place[-1]] = value
    except (KeyError, IndexError, TypeError):
        pass  # an earlier change took the place away


def _as_the_snakefile_does(config):
    cfg.check_config(config, SCHEMA)
    config = with_layers(available(config, find_missing(config)))
    for network, stimuli in extractions(config):
        assert activation_settings.extracted_layers(config, network, stimuli)
    json.dumps(
        [
            network_settings.replicates(config),
            network_settings.compared(config),
            network_settings.architectures(config),
        ]
    )


@pytest.fixture(scope="module", autouse=True)
def in_the_project():
    """With YAML read by its C library, since the tables are read again for every example."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setattr(yaml, "safe_load", partial(yaml.load, Loader=yaml.CSafeLoader))
        yield


@settings(deadline=None, max_examples=200, derandomize=True)
@given(changes())
def test_it_is_sound_or_one_line(change):
    which, steps = change
    config = copy.deepcopy(CONFIGS[which])
    for place, what, value in steps:
        _apply(config, place, what, value)
    said = ""
    try:
        _as_the_snakefile_does(config)
    except NurtureError as error:
        said = str(error)
    assert "\n" not in said


WRONG = [
    pytest.param({"seed": float("nan")}, "config: seed: nan is not a finite number", id="nan"),
    pytest.param({"stimuli": {3: {}}}, "config: stimuli: the key 3 is not text", id="number"),
    pytest.param(
        {"networks": {"objects": {True: 1}}}, "networks.objects: the key True is not", id="yes"
    ),
    pytest.param({"stimuli": [{1: 2}]}, "config: stimuli.0: the key 1 is not text", id="in a list"),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_what_yaml_reads_otherwise_than_it_looks(change, message):
    with pytest.raises(NurtureError, match=message):
        cfg.check_config(merged(CONFIGS[0], change), SCHEMA)
