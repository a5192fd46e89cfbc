"""Small synthetic tables of the shapes that the analysis makes."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text

from nurture.expressions import CONTINUA, EXPRESSIONS

LAYERS = ("conv1", "block1", "block2", "block3", "block4")
VGG = [f"conv{b}_{i}" for b, n in enumerate((2, 2, 3, 3, 3), start=1) for i in range(1, n + 1)]

NETWORKS = {
    "face-identity": {"training": "identity", "readout": "block4"},
    "untrained-1": {"training": "none", "readout": "block4"},
    "untrained-2": {"training": "none", "readout": "block4"},
    "untrained-3": {"training": "none", "readout": "block4"},
    "objects": {"training": "objects", "readout": "blocks.6"},
    "expressions": {"training": "expressions", "readout": "exit"},
}
LAYERS_OF = {
    **dict.fromkeys(["face-identity", "untrained-1", "untrained-2", "untrained-3"], LAYERS),
    "objects": ("stem", "blocks.1", "blocks.3", "blocks.5", "blocks.6"),
    "expressions": ("entry", "middle.1", "middle.2", "exit"),
}
TOP = {"identity": 0.009, "objects": 0.004, "expressions": 0.016, "none": 0.001}
LONG = "a-network-whose-name-is-far-longer-than-anyone-would-like-it-to-be"


def selective_table(networks, layers_of, scale=1.0):
    rng = np.random.default_rng(1)
    rows = []
    for network, settings in networks.items():
        layers = layers_of[network]
        for i, layer in enumerate(layers):
            depth = i / max(1, len(layers) - 1)
            n_units = 40_000 // (i + 1)
            share = 0.007 + depth * (TOP[settings["training"]] - 0.007)
            n = int(scale * n_units * share * rng.uniform(0.8, 1.2))
            split = np.bincount(rng.integers(0, 6, n), minlength=6)
            rows.append(
                {
                    "network": network,
                    "training": settings["training"],
                    "layer": layer,
                    "depth": depth,
                    "n_units": n_units,
                    "n_constant": 17,
                    "n_selective": n,
                    "fraction": n / n_units,
                    **dict(zip(EXPRESSIONS, split, strict=True)),
                    "null_mean": 0.002 * n_units,
                    "null_low": 0.0005 * n_units,
                    "null_high": 0.004 * n_units,
                    "p_count": 0.005 if share > 0.004 else 0.05,
                }
            )
    return pd.DataFrame(rows)


def tuning_table(networks, absent=()):
    rng = np.random.default_rng(2)
    rows = []
    for network, settings in networks.items():
        for preferred in EXPRESSIONS:
            if (network, preferred) in absent or network in absent:
                continue
            curve = rng.normal(-0.35, 0.3, 6)
            curve[EXPRESSIONS.index(preferred)] = 1.8
            n = int(rng.integers(1, 300))
            for expression, mean in zip(EXPRESSIONS, curve, strict=True):
                rows.append(
                    {
                        "network": network,
                        "training": settings["training"],
                        "layer": settings["readout"],
                        "preferred": preferred,
                        "expression": expression,
                        "n_units": n,
                        "mean": mean,
                        "sem": np.nan if n == 1 else 0.9 / n**0.5,
                    }
                )
    columns = ["network", "training", "layer", "preferred", "expression", "n_units", "mean", "sem"]
    return pd.DataFrame(rows, columns=columns)


def matrix_rows(matrix, **more):
    return [
        {**more, "shown": shown, "answered": answered, "proportion": matrix[i, j]}
        for i, shown in enumerate(EXPRESSIONS)
        for j, answered in enumerate(EXPRESSIONS)
    ]


def random_matrix(seed, skill):
    rng = np.random.default_rng(seed)
    matrix = rng.dirichlet(np.ones(6), 6) * (1 - skill) + skill * np.eye(6)
    return matrix / matrix.sum(axis=1, keepdims=True)


def confusion_tables(networks, absent=()):
    rows, scores = [], []
    for i, (network, settings) in enumerate(networks.items()):
        for population in ("selective", "all", "nonselective"):
            key = {
                "network": network,
                "training": settings["training"],
                "layer": settings["readout"],
                "population": population,
            }
            lacking = network in absent and population == "selective"
            matrix = random_matrix(i, 0.3 if population == "selective" else 0.6)
            note = "too few selective units (3 < 50)" if lacking else np.nan
            accuracy = np.nan if lacking else np.diag(matrix).mean()
            units = 3 if lacking else 1234
            scores.append({**key, "n_units": units, "accuracy": accuracy, "note": note})
            if not lacking:
                rows += [{**row, "n": 67} for row in matrix_rows(matrix, **key)]
    return pd.DataFrame(rows), pd.DataFrame(scores)


def human_table(n=8):
    names = ("nimstim", "nimstim-all", "ferplus", "masked", "fairchild", "muros", "zhou2022", "web")
    crowds = (17, 61, np.nan, 94, 40, 56, np.nan, np.nan)
    rows = []
    for i, (name, people) in enumerate(zip(names[:n], crowds[:n], strict=True)):
        rows += matrix_rows(random_matrix(50 + i, 0.7), human=name, people=people)
    return pd.DataFrame(rows)


def categorical_tables(networks, continua=CONTINUA, absent=()):
    levels = np.linspace(0, 1, 21)
    points, fits, notes = [], [], []
    for i, (network, settings) in enumerate(networks.items()):
        for j, continuum in enumerate(continua):
            key = {
                "network": network,
                "training": settings["training"],
                "layer": settings["readout"],
                "continuum": continuum,
            }
            if network in absent or (network, continuum) in absent:
                note = "too few selective units (3 < 50)"
                notes.append({**key, "n_units": 3, "note": note})
                continue
            notes.append({**key, "n_units": 1234, "note": np.nan})
            midpoint, steep = 0.35 + 0.04 * j, 4 + 3 * i
            y = (1 / (1 + np.exp(-steep * (levels - midpoint)))).round(2)
            points += [
                {**key, "level": x, "share_second": v, "n": 12}
                for x, v in zip(levels, y, strict=True)
            ]
            fits += fit_rows(key, levels, y, (0.0, 1.0, steep, midpoint))
    columns = ["network", "training", "layer", "continuum"]
    return (
        pd.DataFrame(points, columns=[*columns, "level", "share_second", "n"]),
        pd.DataFrame(fits, columns=[*columns, "fit", "r2", "p0", "p1", "p2", "p3"]),
        pd.DataFrame(notes, columns=[*columns, "n_units", "note"]),
    )


def fit_rows(key, x, y, logistic):
    def row(fit, parameters, r2):
        named = dict(zip(("p0", "p1", "p2", "p3"), parameters, strict=True))
        return {**key, "fit": fit, "r2": r2, **named}

    nan = np.nan
    rows = [row("logistic", logistic, 0.995)]
    for fit, degree in (("linear", 1), ("quadratic", 2)):
        coefficients = np.polynomial.polynomial.polyfit(x, y, degree)
        residual = y - np.polynomial.polynomial.polyval(x, coefficients)
        r2 = 1 - residual.var() / y.var()
        rows.append(row(fit, [*coefficients, *[nan] * (3 - degree)], r2))
    return rows


def human_curves():
    level = np.linspace(0, 1, 11)
    share = 1 / (1 + np.exp(-8 * (level - 0.45)))
    return pd.concat(
        pd.DataFrame({"level": level, "group": group, "share_second": 0.1 + k * share})
        for group, k in (("whole", 0.85), ("eyes", 0.8), ("mouth", 0.6))
    )


def labels_table(n_identities, first=0):
    rows = [
        {"expression": expression, "identity": first + i, "continuum": "none", "level": np.nan}
        for i in range(n_identities)
        for expression in EXPRESSIONS
    ]
    return pd.DataFrame(rows).assign(yaw=5.0, skin=np.nan)


def morph_labels(n_identities, first=0, levels=21):
    rows = [
        {"expression": "none", "identity": first + i, "continuum": continuum, "level": level}
        for i in range(n_identities)
        for continuum in CONTINUA
        for level in np.linspace(0, 1, levels)
    ]
    return pd.DataFrame(rows)


def visible_texts(figure):
    found = figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_visible())
    return [text.get_text() for text in found if text.get_text()]


def drawn(where, gid):
    """Lines of a figure or a panel that carry this group id."""
    return where.findobj(lambda artist: isinstance(artist, Line2D) and artist.get_gid() == gid)


@pytest.fixture(scope="session")
def make():
    """Makers of tables and readers of figures."""
    return SimpleNamespace(
        selective=selective_table,
        tuning=tuning_table,
        confusion=confusion_tables,
        human=human_table,
        categorical=categorical_tables,
        people=human_curves,
        labels=labels_table,
        morphs=morph_labels,
        matrix_rows=matrix_rows,
        texts=visible_texts,
        drawn=drawn,
    )


@pytest.fixture(scope="session")
def networks():
    """Six networks as in the default: readout layers of four architectures."""
    return {name: dict(settings) for name, settings in NETWORKS.items()}


@pytest.fixture(scope="session")
def layers_of():
    return dict(LAYERS_OF)


@pytest.fixture(scope="session")
def vgg():
    """Six networks with the thirteen layers of VGG-16, one of them long in name."""
    trainings = ("identity", "objects", "none", "none", "none", "identity")
    names = ("vgg-face", "vgg16", "seed-1", "seed-2", "seed-3", LONG)
    return {
        name: {"training": training, "readout": "conv5_3"}
        for name, training in zip(names, trainings, strict=True)
    }


@pytest.fixture(scope="session")
def vgg_layers(vgg):
    return dict.fromkeys(vgg, VGG)
