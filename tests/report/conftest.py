"""A small run that never was: enough of everything to make each section of the page."""

import itertools

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from nurture.core.expressions import EXPRESSIONS, NONE
from nurture.core.files import label_coordinates
from nurture.report.examples import examples
from nurture.report.run import Run, read_stimuli
from nurture.selectivity.anova import selectivity
from nurture.stimuli.images import write_images

NETWORKS = {"faces": "identity", "blank-1": "none", "blank-2": "none"}
LAYERS = ("early", "late")
CONTINUA = ("happiness-anger", "anger-fear")
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
SIDE = 16

SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="510.24pt" height="100pt" '
    b'viewBox="0 0 510 100"><text x="10" y="50">a figure</text></svg>'
)

CONFIG = f"""
seed: 7
experiment:
  networks: [{", ".join(NETWORKS)}]
  select_on: seen
  train_on: seen
  test_on: seen
  morphs: between
  controls: [upset]
  judge: faces
stimuli:
  seen: {{ kind: expressions, first_identity: 0, identities: 8, yaw: 12, intensity: [0.7, 1.0] }}
  between:
    kind: continua
    first_identity: 8
    identities: 3
    levels: 5
    continua: [{", ".join(CONTINUA)}]
  upset: {{ kind: control, of: seen, control: [inverted, negated] }}
faces: {{ size: {SIDE}, look: paper }}
activations: {{ precision: single }}
selectivity:
  {{ alpha: 0.01, permutations: 19, splits: 2, parts: 8, rule: paper, rule_permutations: 3 }}
confusion: {{ components: 50, C: 1.0, min_units: 10 }}
human: {{ folder: config/human, reference: many }}
report: {{ units: 4, others: 2, faces: 3, sheet: 48, identities: 2 }}
figures: {{}}
"""


def make_networks():
    return {
        name: {
            **{"architecture": "dlib-face-resnet", "training": training},
            **{"weights": "untrained", "seed": i, "layers": list(LAYERS), "readout": "late"},
        }
        for i, (name, training) in enumerate(NETWORKS.items())
    }


def expression_labels(identities, control=None):
    rows = [(e, p, NONE, 0.0) for p, e in itertools.product(range(identities), EXPRESSIONS)]
    labels = pd.DataFrame(rows, columns=["expression", "identity", "continuum", "level"])
    return labels if control is None else labels.assign(control=control)


def morph_labels():
    rows = itertools.product(CONTINUA, range(8, 11), LEVELS)
    return pd.DataFrame(
        [(NONE, person, continuum, level) for continuum, person, level in rows],
        columns=["expression", "identity", "continuum", "level"],
    )


def make_set(folder, name, labels):
    """A stimulus set whose n-th picture is n in all its pixels."""
    path = folder / name / "images.nc"
    frames = ({"image": np.full((SIDE, SIDE, 3), i % 256, "uint8")} for i in range(len(labels)))
    write_images(path, labels, frames, {"title": "Grey squares", "seed": "7"})
    return read_stimuli(str(path))


def make_activations(network, layer, labels, seed):
    """Twelve units on a map of 2 x 2; the first six each like one expression and nothing else."""
    response = np.random.default_rng(seed).normal(0, 0.1, (len(labels), 12)).astype("float32")
    for i, expression in enumerate(EXPRESSIONS):
        response[(labels["expression"] == expression).to_numpy(), i] += 2 + i / 10
    place = np.array([(c, r, k) for c in range(3) for r in range(2) for k in range(2)], "int32")
    return xr.Dataset(
        {"activation": (("stimulus", "unit"), response)},
        {
            **label_coordinates(labels),
            **{n: ("unit", place[:, i]) for i, n in enumerate(("channel", "row", "column"))},
        },
        {
            **{"network": network, "training": NETWORKS[network], "layer": layer},
            **{"preprocessing": "rgb, resized to 16 x 16 (bilinear)", "torch_version": "2.13.0"},
            "code": "0123456789abcdef",
        },
    )


def make_units(labels):
    for i, (network, layer) in enumerate(itertools.product(NETWORKS, LAYERS)):
        activations = make_activations(network, layer, labels, i)
        yield examples(activations, selectivity(activations, 0.01), 4, 2, 3)


def matrices(keys, names):
    """A confusion matrix for each key: .5 right, .1 for each wrong answer."""
    rows = [
        (*key, shown, answered, 0.5 if shown == answered else 0.1)
        for key, shown, answered in itertools.product(keys, EXPRESSIONS, EXPRESSIONS)
    ]
    return pd.DataFrame(rows, columns=[*names, "shown", "answered", "proportion"])


def make_tables():
    about = [(n, t, "late") for n, t in NETWORKS.items()]
    head = ["network", "training", "layer"]
    curves = [
        (*key, continuum, level, level**2, 3)
        for key, continuum, level in itertools.product(about, CONTINUA, LEVELS)
    ]
    observers = [(level, "whole", level) for level in LEVELS[::2]]
    populations = [(*key, p) for key in about for p in ("selective", "all")]
    published = [
        ("accuracy", "mean over expressions", "identity", "VGG-Face", 0.68, 0.01, "Fig. 2"),
        ("accuracy", "mean over expressions", "none", "untrained VGG-Face", 0.22, 0.01, "Fig. 4A"),
    ]
    here = [("faces", "late", 6, 0.5, None), ("blank-1", "late", 6, 0.6, None)]
    units = pd.DataFrame([(*key, 12, 6) for key in about])
    return {
        "selective_units": units.set_axis([*head, "n_units", "n_selective"], axis=1),
        "confusion": matrices(populations, [*head, "population"]),
        "confusion_scores": pd.DataFrame(
            [(*p, 6, 0.5, 6) for p in populations],
            columns=[*head, "population", "n_units", "accuracy", "n_expressions"],
        ),
        "human_confusion": matrices([("many",), ("few",)], ["human"]),
        "human_similarity": pd.DataFrame(
            [(*p, h, "pearson", 0.25, -0.5, 0.75) for p in populations for h in ("many", "few")],
            columns=[*head, "population", "human", "statistic", "estimate", "lower", "upper"],
        ),
        "identification": pd.DataFrame(
            curves, columns=[*head, "continuum", "level", "share_second", "n"]
        ),
        "human_identification": pd.DataFrame(observers, columns=["level", "group", "share_second"]),
        "published": pd.DataFrame(
            [(*p, *h) for p, h in zip(published, here, strict=True)],
            columns=[
                *("measure", "item", "training", "published_network", "published"),
                *("reading_error", "figure", "network", "layer", "n_units", "this_run", "note"),
            ],
        ),
        "summary": pd.DataFrame(
            [(*key, 12, 6, 0.4, 0.5, 0.25) for key in about],
            columns=[
                *(*head, "units", "selective", "selective_by_chance"),
                *("accuracy_selective", "human_pearson_mean"),
            ],
        ),
    }


def make_answers():
    """Answers that change to the second expression at the level of one half, for everybody."""
    identities = (8, 9, 10)
    answer = np.tile(np.array(LEVELS) >= 0.5, (len(CONTINUA), len(identities), 1)).astype("int8")
    return xr.Dataset(
        {"answer": (("continuum", "identity", "level"), answer)},
        {"continuum": list(CONTINUA), "identity": list(identities), "level": list(LEVELS)},
    )


def make_run(folder):
    tables = make_tables()
    sets = [
        make_set(folder, "seen", expression_labels(8)),
        make_set(folder, "between", morph_labels()),
    ]
    upset = pd.concat([expression_labels(2, c) for c in ("inverted", "negated")], ignore_index=True)
    sets.append(make_set(folder, "upset", upset))
    return Run(
        config=yaml.safe_load(CONFIG) | {"networks": make_networks()},
        tables=tables,
        csv={name: table.to_csv(index=False).encode() for name, table in tables.items()},
        pdfs={"selective_units": b"%PDF-1.4"},
        figures={"selective_units": SVG, "confusion": SVG, "brand_new": SVG},
        drawn_from={"selective_units": ["selective_units"], "brand_new": ["summary"]},
        captions={"selective_units": "Units by depth. Read it from left to right."},
        stimuli={one.name: one for one in sets},
        units=list(make_units(sets[0].labels)),
        weights={
            name: {"source": "Xavier normal", "weights_sha256": "ab" * 32, "seed": i}
            for i, name in enumerate(NETWORKS)
        },
        answers=dict.fromkeys(NETWORKS, make_answers()),
        versions={"Nurture": "3.2.1", "Snakemake": "9.99"},
        human={"confusion": {"many": {"observers": 40, "who": "students", "source": "Doe 2001"}}},
    )


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("run"))
