"""How alike a perfect model of observers could be to what observers answered."""

from collections.abc import Mapping, Sequence

import numpy as np

from nurture.confusion.likeness import STATISTICS, cells_of, contrasts, rank

SPLITS = 200


def between_studies(humans: Mapping[str, np.ndarray]) -> np.ndarray:
    """Compare each human set with the mean of the others, and of all.

    Nili et al. (2014), with studies in place of observers: a model can't be expected to be more
    alike than the mean of all sets, the set itself among them (upper), and one as good as other
    observers is as alike as the mean of the other sets (lower). The mean is over standardised
    cells, or over ranks where the statistic is of ranks.

    Returns
    -------
    numpy.ndarray, shape (n_statistics, n_humans, 2)
        Lower and upper, in the order of `nurture.confusion.likeness.STATISTICS`; NaN for a single
        set.
    """
    n = len(humans)
    bounds = np.full((len(STATISTICS), n, 2), np.nan)
    if n < 2:
        return bounds
    all_cells = [cells_of(matrix) for matrix in humans.values()]
    for s, name in enumerate(STATISTICS):
        cells = np.array([one[name] for one in all_cells])
        ranked = rank(cells) if name != "pearson" and name != "similarity_pearson" else cells
        standard = contrasts("pearson", ranked)
        for h in range(n):
            others = np.delete(standard, h, axis=0).mean(axis=0)
            for b, mean in enumerate((others, standard.mean(axis=0))):
                bounds[s, h, b] = contrasts(name, cells[h]) @ contrasts(name, mean)
    return bounds


def split_half(count: np.ndarray, seed: int | Sequence[int], splits: int = SPLITS) -> np.ndarray:
    """Correlate random halves of the answers to each expression, int, shape (6, 6).

    Answers are dealt as if all were independent. A person's answers are not, so halves of the
    observers agree somewhat less: .915 against .93 for the 17 observers of ``nimstim``.

    Returns
    -------
    numpy.ndarray, shape (n_statistics,)
        Mean over splits, in the order of `nurture.confusion.likeness.STATISTICS`.
    """
    rng = np.random.default_rng(seed)
    count = np.asarray(count, int)
    half = np.stack(
        [rng.multivariate_hypergeometric(row, row.sum() // 2, size=splits) for row in count], axis=1
    )
    halves = cells_of(half), cells_of(count - half)
    both = ([contrasts(name, cells[name]) for cells in halves] for name in STATISTICS)
    return np.array([(first * second).sum(axis=-1).mean() for first, second in both])


def attainable(split_half_r: np.ndarray) -> np.ndarray:
    """Correlation that the true matrix would have with the one measured.

    Spearman (1910) and Brown (1910): from halves to the whole, 2 r / (1 + r); its square root is
    the correlation with what is measured without error.
    """
    r = np.asarray(split_half_r, float)
    return np.sqrt(np.where(r > 0, 2 * r / (1 + r), np.nan))
