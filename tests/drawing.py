"""Small synthetic tables of the shapes that the analysis makes."""

from types import MappingProxyType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text

from nurture.core import style
from nurture.core.expressions import CONTINUA, EXPRESSIONS
from nurture.running.figures import declared


def complete(figure, changes=None):
    """Whole style of the figure of a name."""
    (found,) = (one for one in declared() if one.name == figure)
    return style.complete(found.style, changes)


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
                    "n_permutations": 999,
                    "p_count": 0.005 if share > 0.004 else 0.05,
                }
            )
    return pd.DataFrame(rows)


def tuning_table(networks, absent=(), each=4):
    """So many units that prefer each expression: .9 there in the first, less by .1 in the next."""
    rows = []
    for network, settings in networks.items():
        head = {"network": network, "training": settings["training"], "layer": settings["readout"]}
        for preferred in EXPRESSIONS:
            if (network, preferred) in absent or network in absent:
                continue
            for unit in range(each):
                curve = dict.fromkeys(EXPRESSIONS, -0.1) | {preferred: 0.9 - 0.1 * unit}
                rows.append({**head, "unit": unit, "preferred": preferred, **curve})
    columns = ["network", "training", "layer", "unit", "preferred", *EXPRESSIONS]
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
            scores.append(
                {**key, "n_units": units, "accuracy": accuracy, "note": note} | {"n_expressions": 6}
            )
            if not lacking:
                rows += [{**row, "n": 67} for row in matrix_rows(matrix, **key)]
    return pd.DataFrame(rows), pd.DataFrame(scores)


def human_table(n=8):
    names = ("nimstim", "nimstim-all", "ferplus", "masked", "fairchild", "muros", "zhou2022", "web")
    crowds = (17, 61, np.nan, 94, 40, 56, np.nan, np.nan)
    rows = []
    for i, (name, observers) in enumerate(zip(names[:n], crowds[:n], strict=True)):
        rows += matrix_rows(random_matrix(50 + i, 0.7), human=name, observers=observers)
    return pd.DataFrame(rows)


OBSERVERS = ("nimstim", "zhou2022-natural", "mean")
STATISTICS = ("pearson", "spearman", "kendall", "similarity_pearson", "similarity_spearman")


def with_replicates(networks, replicates):
    """Networks, then those that stand for several seeds."""
    return [*networks.items(), *((name, networks[seeds[0]]) for name, seeds in replicates.items())]


def likeness_table(networks, replicates=MappingProxyType({}), p=0.2):
    """Likeness rises by .1 from network to network, and is .99 of all units."""
    rows = []
    for i, (name, settings) in enumerate(with_replicates(networks, replicates)):
        key = {"network": name, "training": settings["training"], "layer": settings["readout"]}
        for population in ("selective", "all"):
            for j, human in enumerate(OBSERVERS):
                for k, statistic in enumerate(STATISTICS):
                    estimate = -0.4 + 0.1 * i + 0.2 * j + 0.03 * k
                    estimate = estimate if population == "selective" else 0.99
                    row = {"population": population, "human": human, "statistic": statistic, "p": p}
                    row |= {"lower": estimate - 0.2, "upper": estimate + 0.2}
                    rows.append({**key, **row, "estimate": estimate})
    return pd.DataFrame(rows)


def ceiling_table():
    rows = [
        {"human": human, "statistic": statistic, "lower": 0.6, "upper": 0.8}
        for human in OBSERVERS
        for statistic in STATISTICS
    ]
    table = pd.DataFrame(rows)
    return table.assign(within=np.where(table["human"] == "nimstim", 0.97, np.nan))


def accuracy_tables(networks, replicates=MappingProxyType({}), lacking=()):
    """Accuracy rises by .05 from network to network; retrained it is .05 lower."""
    scores, bars = [], []
    for i, (name, settings) in enumerate(with_replicates(networks, replicates)):
        for population in ("selective", "all", "nonselective"):
            if (name, population) in lacking:
                continue
            middle = 0.3 + 0.05 * i
            key = {"network": name, "training": settings["training"], "population": population}
            for redrawn, shift in (("test", 0.0), ("training and test", -0.05)):
                more = {**key, "redrawn": redrawn}
                scores.append(
                    {**more, "statistic": "accuracy", "estimate": middle, "n_expressions": 6}
                )
                for step, count in ((-1, 20), (0, 60), (1, 20)):
                    edge = round(middle + shift + 0.01 * step, 2)
                    bars.append({**more, "accuracy": edge, "count": count})
    return pd.DataFrame(scores), pd.DataFrame(bars)


def bias_table(networks, replicates=MappingProxyType({})):
    """Every network answers half with one expression when all units are read."""
    rows = []
    for i, (name, settings) in enumerate(with_replicates(networks, replicates)):
        for population in ("selective", "all"):
            values = np.roll([0.5, 0.1, 0.1, 0.1, 0.1, 0.1], i)
            for expression, value in zip(EXPRESSIONS, values, strict=True):
                row = {"network": name, "training": settings["training"], "population": population}
                row |= {"expression": expression, "bias": value if population == "all" else 1 / 6}
                rows.append(row | {"lower": value - 0.05, "upper": value + 0.05})
    for human in ("nimstim", "muros"):
        for expression in EXPRESSIONS:
            row = {"network": human, "training": "observers", "expression": expression}
            rows.append(row | {"bias": 0.2 if human == "muros" else 0.15})
    return pd.DataFrame(rows)


BOUNDARY = ("boundary", "boundary_lower", "boundary_upper")


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
                {
                    **{**key, "level": x, "share_second": v, "n": 12},
                    **{"lower": max(0, v - 0.2), "upper": min(1, v + 0.2)},
                }
                for x, v in zip(levels, y, strict=True)
            ]
            fits += fit_rows(key, levels, y, (0.0, 1.0, steep, midpoint))
    columns = ["network", "training", "layer", "continuum"]
    return (
        pd.DataFrame(points, columns=[*columns, "level", "share_second", "n", "lower", "upper"]),
        pd.DataFrame(fits, columns=[*columns, "fit", "r2", *BOUNDARY, "p0", "p1", "p2", "p3"]),
        pd.DataFrame(notes, columns=[*columns, "n_units", "note"]),
    )


def fit_rows(key, x, y, logistic):
    def row(fit, parameters, r2):
        named = dict(zip(("p0", "p1", "p2", "p3"), parameters, strict=True))
        boundary = dict(zip(BOUNDARY, (0.5, 0.4, 0.65), strict=True))
        return {**key, "fit": fit, "r2": r2, **boundary, **named}

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


def human_fit_table():
    r2 = {"linear": 0.96, "quadratic": 0.965, "logistic": 0.998}
    rows = [
        {"group": group, "fit": fit, "r2": value - 0.002 * i}
        for i, group in enumerate(("whole", "eyes", "mouth"))
        for fit, value in r2.items()
    ]
    return pd.DataFrame(rows)


def fit_test_table(networks):
    rows = [
        {
            **{"network": network, "training": settings["training"], "layer": settings["readout"]},
            **{"measure": measure, "fit_a": "linear", "fit_b": fit},
            **{"difference": 0.02, "p_max": 0.5},
        }
        for network, settings in networks.items()
        for measure in ("r2", "cv_error")
        for fit in ("quadratic", "logistic")
    ]
    return pd.DataFrame(rows)


def discrimination_tables(networks, continua=CONTINUA, absent=()):
    """Distances by level, twice as far at the boundary .4, and their excess by continuum."""
    middles = np.linspace(0.025, 0.975, 20)
    levels, excess = [], []
    for network, settings in networks.items():
        key = {
            "network": network,
            "training": settings["training"],
            "layer": settings["readout"],
        }
        if network in absent:
            note = "too few selective units (3 < 50)"
            excess += [{**key, "continuum": c, "note": note} for c in (*continua, "all")]
            continue
        for i, continuum in enumerate(continua):
            excess.append(
                {**key, "continuum": continuum, "boundary": 0.4, "over_pixels": 0.1 * i - 0.2}
            )
            distance = 0.9 + 0.9 * (abs(middles - 0.4) < 0.1)
            levels += [
                {
                    **{**key, "continuum": continuum, "level": x, "distance": d},
                    **{"lower": 0.8 * d, "upper": 1.2 * d, "pixels": 1.1},
                }
                for x, d in zip(middles, distance, strict=True)
            ]
        given = {"over_pixels": 0.15, "lower": -0.1, "upper": 0.4, "placebo": 0.05}
        excess.append({**key, "continuum": "all", **given})
    columns = ["network", "training", "layer", "continuum"]
    return (
        pd.DataFrame(levels, columns=[*columns, "level", "distance", "lower", "upper", "pixels"]),
        pd.DataFrame(
            excess,
            columns=[*columns, "boundary", "over_pixels", "lower", "upper", "placebo", "note"],
        ),
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
        likeness=likeness_table,
        ceiling=ceiling_table,
        accuracy=accuracy_tables,
        bias=bias_table,
        categorical=categorical_tables,
        discrimination=discrimination_tables,
        human_fits=human_fit_table,
        fit_tests=fit_test_table,
        observers=human_curves,
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
def replicates():
    """Networks of `networks` that differ in seed only."""
    return {"untrained (3 seeds)": ["untrained-1", "untrained-2", "untrained-3"]}


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
