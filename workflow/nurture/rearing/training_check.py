"""Training check: what a reared network has learned, before any question about expressions.

Held-out views of what it was reared on are named, and identities and objects that it has never seen
are distinguished. The recipe of rearing was chosen by these numbers alone.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch
from torch import nn

from nurture.core.rows import as_table
from nurture.networks.reared import NONE
from nurture.rearing.diets import LAST, Studio, classes, draw_images
from nurture.rearing.training import as_input, predicted
from nurture.statistics.resampling import interval, resample

LAYER = "fc7"
"""Layer in which two images are compared, by the cosine between their activations."""

BATCH = 10
"""Images shown at once: a hundred take 150 MiB more and no less time."""

UNSEEN = ("faces", "objects")
"""What is shown of identities and objects that no network was reared on."""
ACCURACY, AUC = "accuracy on held-out views", "same-different AUC, never seen"


def check_training(
    networks: Mapping[str, tuple[str, nn.Module]],
    studio: Studio,
    count: int,
    check: Mapping[str, int],
    seed: int,
) -> pd.DataFrame:
    """Show reared networks what they should know, and what none of them has seen.

    Parameters
    ----------
    networks : mapping of str to (str, Module)
        Diet of each network, and the network with its fully connected layers.
    studio : Studio
        With the seed of rearing.
    count : int
        Classes of a diet.
    check : mapping
        ``views`` of each class, ``unseen`` identities and as many objects, their ``unseen_views``,
        and ``resamples`` of classes for the intervals.
    seed : int

    Returns
    -------
    pandas.DataFrame
        Columns network, diet, measure, shown, chance, estimate, lower, upper. Untrained networks
        are shown every diet of the others.
    """
    rows, drawn = [], (check["resamples"], seed)
    diets = list(dict.fromkeys(diet for diet, _ in networks.values() if diet != NONE))
    for shown in diets:
        views = range(LAST, LAST + check["views"])
        images, labels = draw_images(studio, classes(shown, count), views, f"held-out {shown}")
        for name, (diet, network) in networks.items():
            if diet in (shown, NONE):
                found = accuracy(predicted(network, images, batch=BATCH), labels, *drawn)
                rows.append((name, diet, ACCURACY, shown, 1 / count, *found))
    for shown in UNSEEN:
        views = range(LAST, LAST + check["unseen_views"])
        others = classes(shown, check["unseen"], first=count)
        images, labels = draw_images(studio, others, views, f"new {shown}")
        for name, (diet, network) in networks.items():
            found = same_different(features_of(network, images, LAYER), labels, *drawn)
            rows.append((name, diet, AUC, shown, 0.5, *found))
    names = ["network", "diet", "measure", "shown", "chance", "estimate", "lower", "upper"]
    return pd.DataFrame(rows, columns=names)


def learning_curves(records: Mapping[str, Mapping]) -> pd.DataFrame:
    """List how rearing went, from what the files of networks say.

    That is `nurture.rearing.record.provenance` by network; untrained ones have no ``rearing``.
    Columns network, diet, seed, images, loss, accuracy, kept: the last marks the weights that were
    kept.
    """
    rows = [
        {"network": name, "diet": one["diet"], "seed": one["seed"], **point}
        | {"kept": point["images"] == one["seen"]}
        for name, record in records.items()
        if (one := record.get("rearing"))
        for point in one["curve"]
    ]
    return as_table(rows, ("network", "diet", "seed", "images", "loss", "accuracy", "kept"))


def accuracy(answers: np.ndarray, labels: np.ndarray, resamples: int, seed: int) -> list[float]:
    """Share of views that are named, with an interval over classes, of which samples are drawn.

    From int of shape (n_images,) to the estimate, lower and upper end of the 95 % interval.
    """
    names = np.unique(labels)
    hits = np.array([np.mean(answers[labels == name] == name) for name in names])
    drawn = resample(len(names), resamples, seed) @ hits / len(names)
    return [float(hits.mean()), *map(float, interval(drawn, len(names)))]


def same_different(
    features: np.ndarray, labels: np.ndarray, resamples: int, seed: int
) -> list[float]:
    """Area under the curve of distinguishing pairs of one class from pairs of two, by their cosine.

    Parameters
    ----------
    features : numpy.ndarray, shape (n_images, n_units)
    labels : numpy.ndarray of int, shape (n_images,)
        Every class as often.
    resamples, seed : int
        Bootstrap samples of the classes. A pair of two classes counts as often as both were drawn
        together, and a pair within a class as often as that was drawn: two copies of a class are
        no two classes, and make no pairs.

    Returns
    -------
    list of float
        Estimate, lower and upper end of the 95 % interval; chance is .5.
    """
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    names, place = np.unique(labels, return_inverse=True)
    above = _above(unit @ unit.T, place, len(names))
    weights = resample(len(names), resamples, seed)
    drawn = np.array([_auc(above, row, place) for row in weights])
    estimate = _auc(above, np.ones(len(names), int), place)
    return [estimate, *map(float, interval(drawn, len(names)))]


def _above(cosine: np.ndarray, place: np.ndarray, n: int) -> np.ndarray:
    """Count pairs in order, shape (n, n, n): one within a class above one between two classes.

    Ties count half. Of two classes the one in front has the pairs; the other way round is 0.
    """
    first, second = np.triu_indices(len(place), 1)
    rank = np.unique(cosine[first, second], return_inverse=True)[1]
    classes = np.sort([place[first], place[second]], axis=0)
    same = classes[0] == classes[1]
    between, which = rank[~same], classes[0, ~same] * n + classes[1, ~same]
    counts = np.zeros((n, n, n))
    for name in range(n):
        mine = np.bincount(rank[same & (classes[0] == name)], minlength=rank.max() + 1)
        higher = mine.sum() - np.cumsum(mine) + mine / 2
        counts[name] = np.bincount(which, higher[between], n * n).reshape(n, n)
    return counts


def _auc(above: np.ndarray, times: np.ndarray, place: np.ndarray) -> float:
    """Share of pairs in order, each pair counted as often as its classes were drawn."""
    size = np.bincount(place)
    within = (times * size * (size - 1) / 2).sum()
    # All pairs, less those within a class, each with as many times.
    between = ((times @ size) ** 2 - (times**2 * size**2).sum()) / 2
    if not between:  # one class alone was drawn
        return np.nan
    return float(times @ (above @ times) @ times / within / between)


@torch.inference_mode()
def features_of(
    network: nn.Module, images: np.ndarray, layer: str, batch: int = BATCH
) -> np.ndarray:
    """Activations of one layer of a `nurture.networks.vgg.VGG16`.

    From uint8, shape (n_images, size, size), to float32, shape (n_images, n_units).
    """
    parts = []
    for start in range(0, len(images), batch):
        x = as_input(images[start : start + batch])
        for name, module in network.named_children():
            x = module(x)
            if name == layer:
                break
        parts.append(x.flatten(1).numpy())
    return np.concatenate(parts)
