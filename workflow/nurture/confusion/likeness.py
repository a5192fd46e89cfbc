"""How alike two confusion matrices are in their errors, and whether chance could do it."""

from collections.abc import Mapping, Sequence
from itertools import permutations

import numpy as np
from scipy.stats import rankdata

from nurture.confusion.choice import fit_choice
from nurture.confusion.matrices import proportions
from nurture.core.expressions import EXPRESSIONS
from nurture.statistics.resampling import CONFIDENCE

STATISTICS = ("pearson", "spearman", "kendall", "similarity_pearson", "similarity_spearman")
"""Over the 30 cells off the diagonal: Pearson's r, Spearman's rho, Kendall's tau-b; and over the
15 similarities of the choice model, from which response biases are taken out: r and rho."""

SIZE = len(EXPRESSIONS)
OFF = ~np.eye(SIZE, dtype=bool)
PAIRS = np.triu_indices(SIZE, 1)
ORDERS = np.array(list(permutations(range(SIZE))))
"""All 720 ways to name six expressions; the first changes nothing."""

SMALLEST_P = 1 / len(ORDERS)
ROUNDING = 1e-12
MOST_UNDEFINED = 0.05
"""Share of resamples without a value above which there is no interval."""

DIGITS = 12
"""Of a cell; what differs beyond is rounding, and a tie."""


def error_cells(matrix: np.ndarray) -> np.ndarray:
    """Cells off the diagonal, row by row: shape (..., 6, 6) to (..., 30).

    Correct answers, which are most of any matrix, would make all matrices alike.
    """
    return matrix[..., OFF]


def pair_cells(matrix: np.ndarray) -> np.ndarray:
    """Cells above the diagonal, row by row: shape (..., 6, 6) to (..., 15)."""
    return matrix[..., *PAIRS]


def cells_of(count: np.ndarray, statistics: Sequence[str] = STATISTICS) -> dict[str, np.ndarray]:
    """Find the cells that each statistic compares, by its name.

    From answers, shape (..., 6, 6), to cells, shape (..., 30) or (..., 15). NaN where an expression
    was never shown.
    """
    errors, of_pairs = error_cells(proportions(count)), [_is_of_pairs(name) for name in statistics]
    similar = pair_cells(fit_choice(count).similarity) if any(of_pairs) else errors
    return {
        name: similar if pairs else errors for name, pairs in zip(statistics, of_pairs, strict=True)
    }


def _is_of_pairs(statistic: str) -> bool:
    return statistic.startswith("similarity")


def contrasts(statistic: str, cells: np.ndarray) -> np.ndarray:
    """Turn cells, shape (..., m), into vectors of length 1 whose inner product is the correlation.

    Of Pearson's, distances from the mean, shape (..., m); of Spearman's, the same of ranks; of
    Kendall's tau-b, the order of each of the m (m - 1) / 2 pairs of cells. NaN where all cells are
    equal.
    """
    if statistic == "kendall":
        first, second = np.triu_indices(cells.shape[-1], 1)
        vector = np.sign(np.round(cells[..., first] - cells[..., second], DIGITS))
    else:
        vector = rank(cells) if statistic.endswith("spearman") else cells
        vector = vector - vector.mean(axis=-1, keepdims=True)
    square = (vector**2).sum(axis=-1, keepdims=True)
    flat = square <= (ROUNDING * np.abs(cells).max(axis=-1, keepdims=True)) ** 2
    return np.divide(vector, np.sqrt(square), out=np.full(vector.shape, np.nan), where=~flat)


def rank(cells: np.ndarray) -> np.ndarray:
    """Ranks along the last axis, ties shared; NaN where any cell is."""
    return rankdata(np.round(cells, DIGITS), axis=-1)


def correlate_errors(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Correlate the errors of two confusion matrices of proportions, shape (6, 6).

    Returns
    -------
    pearson, spearman : float
        Over the 30 cells off the diagonal. NaN when a matrix has no variance there or an
        expression was never shown.
    """
    cells = error_cells(np.array([first, second]))
    pearson, spearman = (
        float(np.dot(*contrasts(statistic, cells))) for statistic in ("pearson", "spearman")
    )
    return pearson, spearman


class Observers:
    """Human matrices, ready to be compared with many others.

    Parameters
    ----------
    humans : mapping of str to numpy.ndarray, shape (6, 6)
        Answers by short name; see `nurture.confusion.human.read_counts`.
    statistics : sequence of str
        Of `STATISTICS`, in the order in which they are given.
    """

    def __init__(
        self, humans: Mapping[str, np.ndarray], statistics: Sequence[str] = STATISTICS
    ) -> None:
        self.names, self.statistics = tuple(humans), tuple(statistics)
        matrices = np.array([humans[name] for name in humans])
        shares, similar = proportions(matrices), fit_choice(matrices).similarity
        self._vectors = {}
        for name in self.statistics:
            source, cut = (similar, pair_cells) if _is_of_pairs(name) else (shares, error_cells)
            named = source[:, ORDERS[:, :, None], ORDERS[:, None, :]]
            self._vectors[name] = contrasts(name, cut(named))

    def compare(self, count: np.ndarray) -> np.ndarray:
        """Correlate matrices of answers, shape (..., 6, 6), with each human one.

        Returns
        -------
        numpy.ndarray, shape (..., n_statistics, n_humans + 1)
            In the order of ``statistics`` and of ``names``, then the mean over the human sets. NaN
            where a matrix has no variance there or an expression was never shown.
        """
        return self._correlate(count, slice(1))[..., 0]

    def relabelled(self, count: np.ndarray) -> np.ndarray:
        """Correlate as `compare`, under each naming of expressions: shape (..., 720) more."""
        return self._correlate(count, slice(None))

    def _correlate(self, count: np.ndarray, orders: slice) -> np.ndarray:
        cells = cells_of(count, self.statistics)
        found = []
        for name in self.statistics:
            human = self._vectors[name][:, orders]
            each = np.tensordot(contrasts(name, cells[name]), human, axes=(-1, -1))
            found.append(np.concatenate([each, each.mean(axis=-2, keepdims=True)], axis=-2))
        return np.stack(found, axis=-3)


def symmetric_interval(draws: np.ndarray, estimate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bootstrap interval of a correlation between confusions, as wide to either side.

    Few answers make a confusion matrix noisy, and noise makes it less like any other: resampled
    correlations lie below the estimate by about as much as the estimate lies below the truth. So
    a percentile interval lies too low and the reversed one, of the basic bootstrap, is cut short
    by the ends of the scale. This one reaches as far as the farther end of the two. It is
    still too narrow where errors are few: docs/calibration.md.

    Parameters
    ----------
    draws : numpy.ndarray, shape (resamples, ...)
        The statistic over resampled identities.
    estimate : numpy.ndarray, shape (...)
        The statistic of all identities.

    Returns
    -------
    lower, upper : numpy.ndarray, shape (...)
        Within -1 and 1. Resamples in which the statistic is not defined are left out; NaN where
        more than `MOST_UNDEFINED` of them are.
    """
    distance = np.sort(draws - estimate, axis=0)  # NaN last
    defined = np.isfinite(distance).sum(axis=0)
    reach = 0.0
    for share in ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2):
        place = np.clip(np.round(share * (defined - 1)), 0, None).astype(int)
        end = np.take_along_axis(distance, place[None], axis=0)[0]
        reach = np.maximum(reach, np.abs(end))
    reach = np.where(defined < (1 - MOST_UNDEFINED) * len(draws), np.nan, reach)
    return np.maximum(estimate - reach, -1), np.minimum(estimate + reach, 1)


def mantel_p(relabelled: np.ndarray) -> np.ndarray:
    """Share of the 720 pairings of labels that make two matrices at least as alike.

    The six labels of one matrix are permuted jointly over rows and columns (a Mantel test), every
    way once, the true one among them and first: an exact one-sided test, no p below 1/720. NaN
    where the correlation is not defined.
    """
    true = relabelled[..., :1]
    p = (relabelled >= true - ROUNDING).mean(axis=-1)
    return np.where(np.isnan(true[..., 0]), np.nan, p)
