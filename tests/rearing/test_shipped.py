"""The networks in config/reared were reared alike: nothing but diet and seed differs."""

import json
from pathlib import Path

import pytest
import yaml
from safetensors import safe_open

from nurture.networks.reared import TRAININGS, read_name

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "config/reared").glob("*"))
OWN = ("diet", "seed", "seen", "curve")
"""What may differ: the last two are what came of it."""

OF_WEIGHTS = ("weights_sha256", "record_sha256")
LARGEST = 20_000_000
"""Bytes of all of them."""


def header(path):
    """What a file says of itself, and its tensors with their shapes and types."""
    with safe_open(path, framework="np") as file:
        record = json.loads(file.metadata()["nurture"])
        parts = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
        return record, {n: (p.get_dtype(), tuple(p.get_shape())) for n, p in parts.items()}


def alike(record):
    """The record without what may differ."""
    rearing = {key: value for key, value in record["rearing"].items() if key not in OWN}
    return {**{k: v for k, v in record.items() if k not in OF_WEIGHTS}, "rearing": rearing}


def different(records):
    """Keys, of the rearing or beside it, in which any two records differ."""
    first, *others = map(alike, records)
    found = set()
    for one in others:
        flat = [{**r, **{f"rearing.{k}": v for k, v in r["rearing"].items()}} for r in (first, one)]
        keys = flat[0].keys() | flat[1].keys()
        found |= {k for k in keys - {"rearing"} if flat[0].get(k, ...) != flat[1].get(k, ...)}
    return sorted(found)


def test_there_are_three_seeds_of_every_diet():
    names = {read_name(f"reared/{path.name}") for path in FILES}
    assert None not in names
    finished = {(one.diet, one.seed) for one in names if one.images is None}
    assert finished == {(diet, seed) for diet in TRAININGS for seed in (1, 2, 3)}


def test_nothing_but_diet_and_seed_differs():
    records = [header(path)[0] for path in FILES]
    assert len(records) >= 12
    assert different(records) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_what_its_name_says(path):
    (record, _), name = header(path), read_name(f"reared/{path.name}")
    given = record["rearing"]
    assert (given["diet"], given["seed"]) == (name.diet, name.seed)
    assert name.images in (None, given["seen"])


def test_networks_have_the_same_tensors_in_half_precision():
    parts = {path: header(path)[1] for path in FILES}
    full = next(tensors for path, tensors in parts.items() if "after" not in path.name)
    for path, tensors in parts.items():
        kept = [n for n in full if "after" not in path.name or n.startswith("conv")]
        assert tensors == {name: full[name] for name in kept}, path.name
    assert {kind for kind, _ in full.values()} == {"F16"}


def test_they_were_reared_as_the_configuration_says():
    asked = yaml.safe_load((ROOT / "config/config.yaml").read_text())["rearing"]
    for key in ("anew", "seeds", "device"):
        asked.pop(key)
    assert header(FILES[0])[0]["rearing"]["recipe"] == asked


def test_they_are_small():
    assert sum(path.stat().st_size for path in FILES) < LARGEST


@pytest.mark.parametrize("name", ["config", "diets"])
def test_configurations_name_files_that_are_shipped(name):
    networks = yaml.safe_load((ROOT / f"config/{name}.yaml").read_text())["networks"]
    named = {network["weights"] for network in networks.values() if "weights" in network}
    named = {weights for weights in named if read_name(weights)}
    assert named
    assert [weights for weights in sorted(named) if not (ROOT / weights).is_file()] == []


def test_a_difference_would_be_noticed():
    record = {"width": 0.125, "rearing": {"diet": "faces", "seed": 1, "recipe": {"rate": 0.1}}}
    other = {**record, "rearing": {"diet": "objects", "seed": 2, "recipe": {"rate": 0.1}}}
    assert different([record, other]) == []
    assert different([record, {**other, "width": 0.25}]) == ["width"]
    other["rearing"]["recipe"] = {"rate": 0.2}
    other["rearing"]["flipped"] = True
    assert different([record, other]) == ["rearing.flipped", "rearing.recipe"]
