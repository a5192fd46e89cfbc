"""The numbers that Zhou et al. (2022) published, as read from their figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nurture.categorical.curves import FITS
from nurture.confusion.human import read_confusion
from nurture.confusion.likeness import correlate_errors
from nurture.confusion.matrices import accuracy
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS, OBSERVERS
from nurture.core.texts import read_yaml

MEAN = "mean"
"""Stands for a continuum where R2 is a mean over continua."""

PAPER_ARCHITECTURE = "vgg16"
"""Of the paper's three networks."""

OVERALL = "mean over expressions"
"""What an accuracy is."""

COLUMNS = [
    *("measure", "item", "training", "published_network"),
    *("published", "reading_error", "figure"),
]
DRAWS = 500


@dataclass(frozen=True)
class Matrix:
    """A published confusion matrix."""

    figure: str
    """Where it was published."""
    faces: str
    """Which faces were shown; observers and networks of the same faces are compared."""
    training: str
    """``observers``, or what the network was trained on."""
    network: str
    """The paper's name of it."""
    error: float
    """Reading error of a cell."""
    proportion: np.ndarray
    """Shape (6, 6): rows shown, columns answered, in the order of ``EXPRESSIONS``."""


def read_matrices(folder: str | Path) -> list[Matrix]:
    """Read the published confusion matrices.

    Parameters
    ----------
    folder : str or Path
        Holds ``sources.yaml`` and the files it names.

    Returns
    -------
    list of Matrix
        In the order of ``sources.yaml``.

    Raises
    ------
    NurtureError
        When a file is missing or not what it should be, or no observers saw the faces of a matrix.
    """
    sources = _read_sources(folder)
    given = sources["confusion"]
    found = []
    for one in given["matrices"]:
        about = one["figure"], one["faces"], one["training"], sources["networks"][one["training"]]
        found.append(Matrix(*about, given["error"], read_confusion(Path(folder) / one["file"])))
    seen = {one.faces for one in found if one.training == OBSERVERS}
    for one in found:
        if one.faces not in seen:
            raise NurtureError(
                f"{folder}/sources.yaml: no matrix of observers who saw the {one.faces} faces of "
                f"{one.figure}; add it"
            )
    return found


def read_numbers(folder: str | Path) -> pd.DataFrame:
    """Read the published accuracies and R2 of fits.

    Parameters
    ----------
    folder : str or Path
        As for `read_matrices`.

    Returns
    -------
    pandas.DataFrame
        measure (``accuracy`` or ``r2``), item (of R2: continuum or ``mean``, and the fit),
        training, published_network, published, reading_error, figure.

    Raises
    ------
    NurtureError
        When a file is missing or an entry is not a number from 0 to 1.
    """
    sources, rows = _read_sources(folder), []
    for key in ("accuracy", "r2_by_continuum", "r2_by_network"):
        source = sources[key]
        columns = ["accuracy"] if key == "accuracy" else list(FITS)
        for name, values in _read_values(Path(folder) / source["file"], columns).iterrows():
            training = source.get("training", name)
            place = name if "training" in source else MEAN
            network = sources["networks"].get(training, training)
            for column, value in values.items():
                what = (key, OVERALL) if key == "accuracy" else ("r2", f"{place} {column}")
                rows.append((*what, training, network, value, source["error"], source["figure"]))
    return pd.DataFrame(rows, columns=COLUMNS)


def read_paper(folder: str | Path) -> str:
    """Read how the paper is cited."""
    return _read_sources(folder)["paper"]


def _read_sources(folder: str | Path) -> dict:
    path = Path(folder) / "sources.yaml"
    needed = {"paper", "networks", "confusion", "accuracy", "r2_by_continuum", "r2_by_network"}
    sources = read_yaml(path, "restore it")
    missing = sorted(needed - set(sources if isinstance(sources, dict) else ()))
    if missing:
        raise NurtureError(f"{path}: has no {missing[0]}; restore it")
    return sources


def _read_values(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, index_col=0)[list(columns)]
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise NurtureError(f"{path}: no table with columns {', '.join(columns)}") from error
    values = table.apply(pd.to_numeric, errors="coerce")
    if not ((values >= 0) & (values <= 1)).all(axis=None):
        raise NurtureError(f"{path}: an entry is not a number from 0 to 1; correct it")
    return values


def likeness(matrices: Sequence[Matrix]) -> pd.DataFrame:
    """Score published matrices as the run's are: accuracy, and likeness to observers' confusions.

    The paper's own statistic of likeness was not found, so these numbers are computed from its
    matrices by `nurture.confusion.likeness.correlate_errors` and are not to be read in it.

    Parameters
    ----------
    matrices : sequence of Matrix
        With the observers of each kind of faces among them.

    Returns
    -------
    pandas.DataFrame
        Rows as of `read_numbers`, of measures ``accuracy``, ``pearson`` and ``spearman``;
        ``reading_error`` as of `reading_error`.
    """
    observers = {one.faces: one for one in matrices if one.training == OBSERVERS}
    rows = []
    for one in matrices:
        about = {"training": one.training, "published_network": one.network, "figure": one.figure}
        scores = {"accuracy": OVERALL}
        shown = [one.proportion]
        if one.training != OBSERVERS:
            scores |= dict.fromkeys(("pearson", "spearman"), with_observers(observers[one.faces]))
            shown.append(observers[one.faces].proportion)
        numbers = zip(_score(*shown), reading_error(_score, shown, one.error), strict=True)
        for (measure, item), (value, error) in zip(scores.items(), numbers, strict=True):
            row = {"measure": measure, "item": item, "published": value, "reading_error": error}
            rows.append(row | about)
    return pd.DataFrame(rows, columns=COLUMNS)


def with_observers(observers: Matrix) -> str:
    """Name the observers whom a matrix is compared with."""
    return f"with observers of {observers.figure}"


def _score(matrix: np.ndarray, *observers: np.ndarray) -> tuple[float, ...]:
    alike = [r for one in observers for r in correlate_errors(matrix, one)]
    return (float(accuracy(matrix)), *alike)


def reading_error(
    statistic: Callable[..., Sequence[float]], matrices: Sequence[np.ndarray], error: float
) -> np.ndarray:
    """Carry the reading error of cells over to statistics of matrices.

    Parameters
    ----------
    statistic : callable
        Takes the matrices, gives n numbers.
    matrices : sequence of numpy.ndarray, shape (6, 6)
        Proportions.
    error : float
        Greatest reading error of a cell.

    Returns
    -------
    numpy.ndarray, shape (n,)
        What 95 % of the statistics stay within when every cell is misread independently and
        evenly within `error`, and rows are then divided by their sum. A fault common to all
        cells isn't in it. The same call gives the same numbers.
    """
    rng = np.random.default_rng(2022)

    def misread(matrix: np.ndarray) -> np.ndarray:
        cells = np.clip(matrix + rng.uniform(-error, error, matrix.shape), 0, None)
        return cells / cells.sum(axis=1, keepdims=True)

    drawn = [statistic(*map(misread, matrices)) for _ in range(DRAWS)]
    return np.quantile(np.abs(np.array(drawn) - statistic(*matrices)), 0.95, axis=0)


def cells(matrices: Sequence[Matrix]) -> pd.DataFrame:
    """List the cells of published matrices.

    Returns
    -------
    pandas.DataFrame
        Rows as of `read_numbers`, of measure ``confusion``; item ``anger as fear``: anger shown,
        fear answered.
    """
    rows = []
    for one in matrices:
        about = one.training, one.network
        for (i, j), value in np.ndenumerate(one.proportion):
            item = cell_name(EXPRESSIONS[i], EXPRESSIONS[j])
            rows.append(("confusion", item, *about, value, one.error, one.figure))
    return pd.DataFrame(rows, columns=COLUMNS)


def cell_name(shown: str, answered: str) -> str:
    """Name a cell of a confusion matrix."""
    return f"{shown} as {answered}"
