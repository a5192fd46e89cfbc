"""The project's methods on arrays of your own: what ``import nurture`` offers.

Each function takes arrays, pandas or xarray objects and returns xarray objects or data frames. What
is wrong with an argument is a ValueError that speaks of that argument.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from nurture.categorical import curves, identification
from nurture.confusion import likeness as measure
from nurture.confusion import matrices
from nurture.confusion.ceiling import attainable
from nurture.confusion.ceiling import split_half as halves
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.decoding import classifier
from nurture.selectivity import anova, permutation
from nurture.statistics import resampling

CELLS = ("shown", "answered")


def two_way_anova(activations, expression, identity) -> xr.Dataset:
    """Two-way analysis of variance, expression x identity, of every unit at once.

    Parameters
    ----------
    activations : array_like, shape (n_stimuli, n_units)
        Responses.
    expression, identity : array_like, shape (n_stimuli,)
        Labels, text or numbers.

    Returns
    -------
    xarray.Dataset
        F, p and effect sizes of both factors, and the tuning of each unit; see
        `nurture.selectivity.anova.two_way_anova`. Equals statsmodels' ``anova_lm`` of type II.

    Raises
    ------
    ValueError
        When shapes do not fit, a value is missing or infinite, or the design has no degrees of
        freedom left.

    Examples
    --------
    >>> responses = [[1.0], [5.0], [2.0], [6.5]]
    >>> anova = two_way_anova(responses, ["anger", "fear"] * 2, ["a", "a", "b", "b"])
    >>> round(float(anova["f_expression"][0]), 6)
    289.0
    """
    responses, expression, identity = _labelled(activations, expression, identity)
    with _of_arrays():
        return anova.two_way_anova(responses, expression, identity)


def select_units(activations, expression, identity, alpha: float = 0.01) -> xr.Dataset:
    """Find units that depend on expression and not on identity, as Zhou et al. (2022) do.

    Parameters
    ----------
    activations, expression, identity
        See `two_way_anova`, which raises the same.
    alpha : float
        Between 0 and 1. A unit is selective where p of expression is below and p of identity
        above it.

    Returns
    -------
    xarray.Dataset
        `two_way_anova` with ``selective`` (bool) over ``unit``.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> expression, identity = np.tile(EXPRESSIONS, 8), np.repeat(np.arange(8), 6)
    >>> responses = rng.normal(size=(48, 3))
    >>> responses[expression == "fear", 0] += 5
    >>> select_units(responses, expression, identity)["selective"].values.tolist()
    [True, False, False]
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha: {alpha} is not between 0 and 1")
    result = two_way_anova(activations, expression, identity)
    return result.assign(selective=anova.is_selective(result, alpha))


def permutation_test(
    activations, expression, identity, alpha: float = 0.01, permutations: int = 999, seed: int = 0
) -> xr.Dataset:
    """Test whether more units are selective than when expressions are permuted within identities.

    Parameters
    ----------
    activations, expression, identity, alpha
        See `select_units`, which raises the same.
    permutations : int
        The smallest p is 1 / (1 + permutations).
    seed : int

    Returns
    -------
    xarray.Dataset
        ``n_selective``, ``null_count(permutation)`` and ``p`` (Phipson & Smyth, 2010).
    """
    found = int(select_units(activations, expression, identity, alpha)["selective"].sum())
    responses, expression, identity = _labelled(activations, expression, identity)
    orders = permutation.permute_within(identity, permutations, seed)
    with _of_arrays():
        counts = permutation.null_counts(responses, expression, identity, alpha, orders)
    return xr.Dataset(
        {
            "n_selective": found,
            "null_count": ("permutation", counts),
            "p": resampling.permutation_p(found, counts),
        },
        attrs={"alpha": alpha, "seed": seed},
    )


def extract(module, images, layers: Sequence[str], batch: int = 16, device: str = "auto") -> dict:
    """Show images to a network and read layers.

    Parameters
    ----------
    module : torch.nn.Module
        It is put into evaluation mode.
    images : array_like, shape (n_images, n_channels, n_rows, n_columns)
        Already preprocessed as the network expects; float32.
    layers : sequence of str
        Names of submodules, as ``module.named_modules()`` has them.
    batch : int
        Images shown at once.
    device : {"auto", "cpu", "cuda"}

    Returns
    -------
    dict of str to xarray.DataArray, shape (n_images, n_units)
        By layer, with the units' places as coordinates. Held in memory: for more than that run the
        workflow, which streams to files.

    Raises
    ------
    ValueError
        When there is no such layer, or it cannot be read image by image.
    """
    import torch

    from nurture.activations import extraction as reading
    from nurture.activations.units import unit_coordinates
    from nurture.networks.forward import unit_shapes

    names = dict(module.named_modules())
    if absent := [layer for layer in layers if layer not in names]:
        raise ValueError(f"layers: the network has no submodule {absent[0]!r}")
    shown = torch.as_tensor(np.asarray(images, "float32"))
    if shown.ndim != 4 or not len(shown):
        raise ValueError(
            f"images: shape {tuple(shown.shape)} is not (images, channels, rows, cols)"
        )
    rows: dict[str, list[np.ndarray]] = {layer: [] for layer in layers}

    def keep(layer: str, _first: int, outputs) -> None:
        rows[layer].append(reading.unit_rows(outputs))

    with _of_arrays():
        shapes = unit_shapes(module.eval(), layers, tuple(shown.shape[1:]))
        reading.extract(module, layers, shown.split(batch), keep, device)
    return {
        layer: xr.DataArray(
            np.concatenate(parts), unit_coordinates(shapes[layer]), ("stimulus", "unit"), layer
        )
        for layer, parts in rows.items()
    }


def decode(train, expression, test, components: int = 50, c: float = 1.0) -> np.ndarray:
    """Read expressions from a population of units: a linear classifier on principal components.

    Parameters
    ----------
    train, test : array_like, shapes (n_train, n_units) and (n_test, n_units)
        Responses. Show other identities in each.
    expression : array_like, shape (n_train,)
        What the training stimuli show.
    components : int
        Principal components.
    c : float
        The classifier's C.

    Returns
    -------
    numpy.ndarray of str, shape (n_test,)
        The expression answered to each test stimulus.

    Raises
    ------
    ValueError
        When shapes do not fit or there are fewer than two expressions.
    """
    train, expression = _labelled(train, expression)
    test = _responses(test, "test")
    if train.shape[1] != test.shape[1]:
        raise ValueError(f"test: {test.shape[1]} units, but {train.shape[1]} in train")
    with _of_arrays():
        return classifier.classify(train, expression, test, components, c)


def confusion_matrix(shown, answered) -> xr.DataArray:
    """Count the answers to each of the six basic expressions.

    Parameters
    ----------
    shown, answered : array_like of str, shape (n_stimuli,)

    Returns
    -------
    xarray.DataArray of int, shape (6, 6)
        Over ``shown`` and ``answered``.

    Raises
    ------
    ValueError
        When a label is none of the six, or lengths differ.

    Examples
    --------
    >>> confusion_matrix(["fear", "fear"], ["fear", "surprise"]).sel(shown="fear").values.tolist()
    [0, 0, 1, 0, 0, 1]
    """
    shown, answered = np.asarray(shown, str), np.asarray(answered, str)
    if shown.shape != answered.shape or shown.ndim != 1:
        raise ValueError(f"answered: shape {answered.shape}, but {shown.shape} of shown")
    if unknown := sorted({*shown.tolist(), *answered.tolist()} - set(EXPRESSIONS)):
        known = ", ".join(EXPRESSIONS)
        raise ValueError(f"{unknown[0]!r} is none of the six basic expressions: {known}")
    count = matrices.confusion_counts(shown, answered)
    return xr.DataArray(count, {key: list(EXPRESSIONS) for key in CELLS}, CELLS, "count")


def likeness(counts, others) -> pd.DataFrame:
    """Correlate the errors of a confusion matrix with those of others.

    Parameters
    ----------
    counts : array_like, shape (6, 6)
        Answers, rows shown, in the order of ``nurture.EXPRESSIONS``.
    others : array_like of shape (6, 6), or mapping of str to such
        Answers of observers, for example.

    Returns
    -------
    pandas.DataFrame
        other, statistic (Pearson's, Spearman's and Kendall's over the 30 errors, and over the 15
        similarities of the choice model), estimate, and p of all 720 pairings of labels.

    Raises
    ------
    ValueError
        When a matrix is not 6 x 6 of counts.
    """
    others = others if isinstance(others, Mapping) else {"other": others}
    count = _counts(counts, "counts")
    human = measure.Observers(
        {name: _counts(one, f"others {name!r}") for name, one in others.items()}
    )
    named = human.relabelled(count)
    p = measure.mantel_p(named)
    rows = [
        {"other": name, "statistic": statistic, "estimate": named[s, h, 0], "p": p[s, h]}
        for h, name in enumerate(human.names)
        for s, statistic in enumerate(measure.STATISTICS)
    ]
    return pd.DataFrame(rows)


def noise_ceiling(counts, splits: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Find how alike a matrix that is true could be to one that was counted.

    Parameters
    ----------
    counts : array_like of int, shape (6, 6)
        Answers.
    splits : int
        Random halves of the answers to each expression.
    seed : int

    Returns
    -------
    pandas.DataFrame
        statistic, split_half (mean correlation of halves), ceiling (by Spearman and Brown).

    Raises
    ------
    ValueError
        When it is not a 6 x 6 matrix of counts.
    """
    r = halves(_counts(counts, "counts"), seed, splits)
    return pd.DataFrame(
        {"statistic": list(measure.STATISTICS), "split_half": r, "ceiling": attainable(r)}
    )


def identification_curve(level, answers, confidence: float = 0.95) -> pd.DataFrame:
    """Share of answers for the second expression along a morph continuum.

    Parameters
    ----------
    level : array_like, shape (n_levels,)
        Share of the second expression, rising from 0 to 1.
    answers : array_like of bool, shape (n_identities, n_levels)
        Whether each morph was answered as the second expression.
    confidence : float

    Returns
    -------
    pandas.DataFrame
        level, share_second, lower and upper (Wilson 1927: answers at one level are independent).

    Raises
    ------
    ValueError
        When shapes do not fit or levels do not rise.
    """
    level, answers = _continuum(level, answers)
    lower, upper = resampling.wilson(answers.sum(axis=0), len(answers), confidence)
    share = answers.mean(axis=0)
    return pd.DataFrame({"level": level, "share_second": share, "lower": lower, "upper": upper})


def fit_curves(level, answers, resamples: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Fit a line, a quadratic and a logistic to an identification curve.

    Parameters
    ----------
    level, answers
        See `identification_curve`.
    resamples : int
        Bootstrap samples of the identities.
    seed : int

    Returns
    -------
    pandas.DataFrame
        By ``fit``: the numbers of `nurture.categorical.identification.NUMBERS`, and p0 to p3 of
        `nurture.categorical.curves.Fit`.

    Raises
    ------
    ValueError
        When shapes do not fit or levels do not rise.
    """
    level, answers = _continuum(level, answers)
    found = identification.analyse_answers(level, answers, resamples, seed)
    table = pd.DataFrame({name: found[name] for name in identification.NUMBERS}, curves.FITS)
    for i, name in enumerate(curves.PARAMETERS):
        table[name] = found["parameters"][:, i]
    return table.rename_axis("fit")


def load_results(folder: str | Path = "results") -> dict[str, pd.DataFrame]:
    """Read all tables of a run.

    Parameters
    ----------
    folder : str or Path
        The folder of results.

    Returns
    -------
    dict of str to pandas.DataFrame
        By name of the table, such as ``"selective_units"``; ``"summary"`` is one of them.

    Raises
    ------
    ValueError
        When the folder holds no tables.
    """
    paths = [*sorted(Path(folder, "tables").glob("*.csv")), Path(folder, "summary.csv")]
    tables = {path.stem: pd.read_csv(path) for path in paths if path.is_file()}
    if not tables:
        raise ValueError(f"folder: {folder} holds no tables; name the folder of a finished run")
    return tables


@contextmanager
def _of_arrays() -> Iterator[None]:
    """Turn what the workflow would say to its user into an error of the caller's arguments."""
    try:
        yield
    except NurtureError as error:
        raise ValueError(str(error)) from error


def _responses(activations, name: str = "activations") -> np.ndarray:
    responses = np.asarray(activations)
    if responses.ndim != 2 or not np.issubdtype(responses.dtype, np.number):
        raise ValueError(f"{name}: shape {responses.shape} is not (stimuli, units) of numbers")
    if not np.isfinite(responses).all():
        stimulus, unit = np.argwhere(~np.isfinite(responses))[0]
        raise ValueError(f"{name}: stimulus {stimulus}, unit {unit} is not finite")
    return responses


def _labelled(activations, expression, *identity) -> tuple[np.ndarray, ...]:
    responses = _responses(activations)
    labels = []
    for name, label in zip(("expression", "identity"), (expression, *identity), strict=False):
        values = np.asarray(label)
        if values.shape != (len(responses),):
            raise ValueError(f"{name}: shape {values.shape}, but {len(responses)} stimuli")
        if pd.isna(values).any():
            raise ValueError(f"{name}: stimulus {int(pd.isna(values).argmax())} has no label")
        labels.append(values.astype(str) if name == "expression" else pd.factorize(values)[0])
    return responses, *labels


def _counts(counts, name: str) -> np.ndarray:
    matrix = np.asarray(counts)
    n = len(EXPRESSIONS)
    if matrix.shape != (n, n) or (matrix < 0).any() or (matrix != np.round(matrix)).any():
        raise ValueError(f"{name}: not a {n} x {n} matrix of counts, rows shown")
    return matrix.astype(int)


def _continuum(level, answers) -> tuple[np.ndarray, np.ndarray]:
    level, answers = np.asarray(level, float), np.asarray(answers, float)
    if answers.ndim != 2 or level.shape != answers.shape[1:]:
        raise ValueError(f"answers: shape {answers.shape} is not (identities, {len(level)} levels)")
    if not (np.diff(level) > 0).all() or level.min() < 0 or level.max() > 1:
        raise ValueError("level: levels do not rise from 0 to 1")
    if not np.isin(answers, (0, 1)).all():
        raise ValueError("answers: not all are 0 or 1, true or false")
    return level, answers
