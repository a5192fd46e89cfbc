"""What chance gives: selective units under permuted labels, and how far their tuning repeats."""

import logging
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import xarray as xr

from nurture.activations.units import (
    BLOCK_BYTES,
    Activations,
    basic,
    block_units,
    is_constant,
    unit_blocks,
)
from nurture.core.errors import NurtureError
from nurture.core.files import read_labels
from nurture.core.rows import ABOUT
from nurture.selectivity.anova import (
    Design,
    Rule,
    analyse,
    correlate_tuning,
    make_design,
    split_identity,
)
from nurture.selectivity.by_identity import (
    changed_signs,
    count_of_changed_signs,
    count_of_subsets,
    subsets,
)
from nurture.selectivity.rules import SELECTING, TOGETHER, permuted_counts

logger = logging.getLogger(__name__)


def permute_within(identity: npt.ArrayLike, n: int, seed: int) -> np.ndarray:
    """Draw n permutations of stimuli within each identity.

    Returns
    -------
    numpy.ndarray of int, shape (n, n_stimuli)
        Under permutation k, stimulus s carries the expression of stimulus ``result[k, s]``,
        which shows the same identity.
    """
    rng = np.random.default_rng(seed)
    identity = np.asarray(identity)
    place = np.argsort(identity, kind="stable")
    orders = np.empty((n, len(identity)), int)
    for order in orders:
        # Sorted by identity, and within it at random: a shuffle inside every identity.
        order[place] = np.lexsort((rng.random(len(identity)), identity))
    return orders


def null_counts(
    activations: Activations,
    expression: npt.ArrayLike,
    identity: npt.ArrayLike,
    alpha: float,
    orders: np.ndarray,
) -> np.ndarray:
    """Count the units that are selective under each permutation of the expression labels.

    Equals counting ``p_expression < alpha`` and ``p_identity > alpha`` of
    `nurture.selectivity.anova.two_way_anova` with the expressions ``expression[orders[k]]``, at the
    cost of one matrix product for all permutations, in float32, of the units that no strong effect
    of identity excludes under all of them.

    Permuting within identities leaves the number of stimuli in every cell as it was. So the
    responses y about their identity's mean, their sum of squares W, and the basis B of the
    expression effects (which only changes the order of its rows) need no refitting: the sum of
    squares of expression is ``|B[order].T @ y| ** 2`` and that of the residual is W less it.
    The test of identity changes too, always through the residual, and in unbalanced designs
    also through its own sum of squares, which type II adjusts for expression. It is computed
    for the units that pass the test of expression.

    Parameters
    ----------
    activations : array_like, shape (n_stimuli, n_units)
        Responses. Sliced by blocks of units: a lazily opened variable is never read whole.
    expression : sequence of str, shape (n_stimuli,)
    identity : sequence of int, shape (n_stimuli,)
    alpha : float
        Level of significance for both tests.
    orders : numpy.ndarray of int, shape (n_permutations, n_stimuli)
        `permute_within`.

    Returns
    -------
    numpy.ndarray of int, shape (n_permutations,)
        Units without response are never counted.

    Raises
    ------
    NurtureError
        As `nurture.selectivity.anova.two_way_anova`.
    """
    design = make_design(expression, identity)
    limit = design.limits(alpha)
    counts = np.zeros(len(orders), int)
    # Fewer at once of many stimuli, as `nurture.activations.units.block_units` has fewer units
    # then.
    together = max(1, min(TOGETHER, BLOCK_BYTES // design.within_identity.nbytes))
    for block in _open_units(activations, design, limit):
        for first in range(0, len(orders), together):
            part = slice(first, first + together)
            counts[part] += _count(block, design, limit, orders[part])
    return counts


def _open_units(
    activations: Activations, design: Design, limit: Mapping[str, float]
) -> Iterator[np.ndarray]:
    """Give the units that some permutation may make selective, as many at a time as in a block."""
    held: list[np.ndarray] = []
    size = 0
    for _, block in unit_blocks(activations):
        held.append(block[:, _may_be_selective(block, design, limit)])
        size += held[-1].shape[1]
        if size >= block_units(len(block)):
            yield np.hstack(held)
            held, size = [], 0
    if size:
        yield np.hstack(held)


def _may_be_selective(block: np.ndarray, design: Design, limit: Mapping[str, float]) -> np.ndarray:
    """Find units whose identity effect does not exceed its limit under every permutation.

    A permutation moves the sum of squares of identity, adjusted for expression, only through what
    the expressions' means have of the identities' means (M, nothing in a balanced design), so it
    stays above S - 2 sqrt(M W) - M, where S is unadjusted. The residual of a unit that passes the
    test of expression is at most W / (1 + limit).
    """
    means, _, unexplained, rounding = split_identity(block, design)
    means, between = _about_mean(means, design)
    shared = ((design.n.T @ means) ** 2 / design.n.sum(axis=0)[:, None]).sum(axis=0)
    least = between - 2 * np.sqrt(shared * unexplained) - shared
    most = limit["identity"] * unexplained / (1 + limit["expression"])
    # Far more than rounding: a unit too many costs time and changes no count.
    most += 1e-9 * (between + unexplained)
    return (least <= most) & (unexplained > rounding) & ~is_constant(block)


def _about_mean(means: np.ndarray, design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Identities' means about the mean over stimuli, and their sum of squares over stimuli."""
    by_identity = design.n.sum(axis=1)
    means = means - by_identity @ means / by_identity.sum()
    return means, by_identity @ means**2


def _count(
    block: np.ndarray, design: Design, limit: Mapping[str, float], orders: np.ndarray
) -> np.ndarray:
    """Count selective units of a block, shape (n_stimuli, n_units), under each permutation.

    The matrix product is done in float32, on responses of unit length. A bound on its error says
    which cases are too near a limit to be decided so; these are done again in float64.
    """
    means, within, unexplained, rounding = split_identity(block, design)
    means, between = _about_mean(means, design)
    length = np.sqrt(unexplained)
    single = design.within_identity.astype("float32")
    bases = single[orders].transpose(0, 2, 1)
    n, rank = bases.shape[:2]
    effect = bases.reshape(n * rank, -1) @ (within / length).astype("float32")
    effect = effect.reshape(n, rank, -1)
    # Of the length of an effect: rows and columns of the product have length 1.
    basis = (design.expression_sums @ design.within_identity).T
    shared = (design.n.T @ means).T
    error = np.sqrt(rank) * (len(block) + 4) * np.finfo("float32").eps
    least = limit["expression"] / (1 + limit["expression"])
    possible = max(np.sqrt(least) - error, 0) ** 2
    order, unit = np.nonzero(np.einsum("kru,kru->ku", effect, effect) > possible)

    def margins(effect: np.ndarray, unit: np.ndarray) -> tuple[np.ndarray, ...]:
        """How far a case is past each limit, and how much an error of the effect's length moves."""
        explained = (effect**2).sum(axis=1)
        residual = unexplained[unit] - explained
        # Means of identities add the same under every permutation, for each expression keeps its
        # number of stimuli in each identity.
        by_expression = effect @ basis + shared[unit]
        of_expression = (by_expression**2 / design.n.sum(axis=0)).sum(axis=1)
        total = between[unit] + unexplained[unit]
        # Differences of sums of squares: what is left of the total's last digits is no effect.
        digits = len(block) * np.finfo(float).eps * total
        past = explained - np.maximum(least * unexplained[unit], rounding[unit])
        below = limit["identity"] * residual + digits - (total - of_expression - residual)
        return past, below, np.sqrt(explained) + np.sqrt(of_expression)

    past, below, size = margins(effect[order, :, unit] * length[unit, None], unit)
    error *= length[unit]
    doubt = 2 * (2 + limit["identity"]) * error * (size + error)
    near = np.flatnonzero((np.abs(past) <= doubt) | (np.abs(below) <= doubt))
    for some in np.array_split(near, len(near) // TOGETHER + 1):
        rows = design.within_identity[orders[order[some]]]
        exact = np.einsum("psr,sp->pr", rows, within[:, unit[some]])
        past[some], below[some], _ = margins(exact, unit[some])
    return np.bincount(order[(past > 0) & (below >= 0)], minlength=n)


def split_half(
    activations: Activations,
    expression: npt.ArrayLike,
    identity: npt.ArrayLike,
    alpha: float,
    splits: int,
    seed: int,
    rule: str = "paper",
) -> tuple[np.ndarray, np.ndarray]:
    """Correlate the tuning of units selected on half of the identities with the other half.

    Parameters
    ----------
    activations, expression, identity, alpha
        See `null_counts`.
    splits : int
        Random splits of the identities into halves. Each half selects units once.
    seed : int
    rule : str
        What selects a unit: one of `nurture.selectivity.rules.SELECTING`.

    Returns
    -------
    r : numpy.ndarray, shape (splits,)
        Mean over selected units of the correlation, over expressions, of their tuning curves in
        both halves. Expected to be 0 where nothing is tuned. A unit that responds alike to all
        expressions of the other half counts as 0. NaN where nothing was selected, or where the
        identities are too few for halves.
    n : numpy.ndarray of int, shape (splits,)
        Number of correlations: units selected in one half plus units selected in the other.
    """
    r, n = np.zeros(splits), np.zeros(splits, int)
    expression, identity = np.asarray(expression), np.asarray(identity)
    try:
        halves = _halves(expression, identity, splits, seed)
    except NurtureError as error:
        logger.warning("no split-half reliability, for in one half: %s", error)
        return np.full(splits, np.nan), n
    for _, block in unit_blocks(activations):
        for split, pair in enumerate(halves):
            both = [analyse(block[rows], design) for rows, design in pair]
            values = _repeated(both[0], both[1], alpha, SELECTING[rule])
            r[split] += values.sum()
            n[split] += len(values)
    return np.divide(r, n, out=np.full(splits, np.nan), where=n > 0), n


def _halves(
    expression: np.ndarray, identity: np.ndarray, splits: int, seed: int
) -> list[list[tuple[np.ndarray, Design]]]:
    """Stimuli and design of both halves of each split."""
    rng = np.random.default_rng(seed)
    halves = []
    for _ in range(splits):
        identities = rng.permutation(np.unique(identity))
        rows = np.isin(identity, identities[: len(identities) // 2])
        pair = [(r, make_design(expression[r], identity[r])) for r in (rows, ~rows)]
        if pair[0][1].expressions != pair[1][1].expressions:
            raise NurtureError("labels: an expression is missing; show it on more identities")
        halves.append(pair)
    return halves


def _repeated(
    first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray], alpha: float, chosen_by: Rule
) -> np.ndarray:
    """Correlations between halves of the units selected in one, then of those in the other."""
    live = first["constant"] + second["constant"] == 0
    r = np.where(live, correlate_tuning(first["tuning"], second["tuning"]), 0)
    return np.concatenate([r[chosen_by(half, alpha)] for half in (first, second)])


def selectivity_permutation(
    activations: xr.Dataset,
    alpha: float,
    permutations: int,
    splits: int,
    parts: int,
    seed: int,
    rule: str = "paper",
) -> xr.Dataset:
    """Find what chance gives in a layer, and how far its selective units are those of any faces.

    Parameters
    ----------
    activations : xarray.Dataset
        An activation file, of which the six basic expressions are used.
    alpha : float
        Level of significance for both tests.
    permutations : int
        How often the expression labels are permuted within each identity, and how often the
        deviations of identities change their signs.
    splits : int
        How often the identities are split into halves.
    parts : int
        How many times two thirds of the identities select units: the interval of their number.
    seed : int
        The same for every layer: layers and networks are compared under the same permutations and
        parts.
    rule : str
        What selects a unit: one of `nurture.selectivity.rules.SELECTING`.

    Returns
    -------
    xarray.Dataset
        ``null_count(permutation)``, from `null_counts`; ``sign_count(change)`` and
        ``part_count(part)``, from `nurture.selectivity.by_identity`, the latter NaN where two
        thirds of the identities are too few; ``split_half_r(split)`` and ``split_half_n(split)``.
        Attributes: alpha, seed, n_identities, network, training and layer.

    Raises
    ------
    NurtureError
        As `nurture.selectivity.anova.two_way_anova`.
    """
    activation, labels = basic(activations["activation"], read_labels(activations))
    design = (labels["expression"].to_numpy(), labels["identity"].to_numpy())
    orders = permute_within(labels["identity"], permutations, seed)
    if rule == "paper":
        counts = null_counts(activation, *design, alpha, orders)
    else:
        counts = permuted_counts(activation, *design, alpha, orders, (rule,))[rule]
    n = len(np.unique(design[1]))
    signs = changed_signs(n, permutations, seed)
    r, repeated = split_half(activation, *design, alpha, splits, seed, rule)
    return xr.Dataset(
        {
            "null_count": ("permutation", counts.astype("int32")),
            "sign_count": (
                "change",
                count_of_changed_signs(activation, *design, alpha, signs)[rule].astype("int32"),
            ),
            "part_count": ("part", _of_parts(activation, *design, alpha, parts, seed, rule)),
            "split_half_r": ("split", r),
            "split_half_n": ("split", repeated.astype("int32")),
        },
        attrs={"alpha": alpha, "seed": seed, "n_identities": n}
        | {name: activations.attrs[name] for name in ABOUT},
    )


def _of_parts(
    activation: Activations,
    expression: np.ndarray,
    identity: np.ndarray,
    alpha: float,
    parts: int,
    seed: int,
    rule: str,
) -> np.ndarray:
    """Count units that two thirds of the identities select; NaN where these are too few."""
    n = len(np.unique(identity))
    kept = subsets(n, n - n // 3, parts, seed)
    try:
        counts = count_of_subsets(activation, expression, identity, alpha, kept)
        return counts[rule].astype(float)
    except NurtureError as error:
        logger.warning("no interval of the share of selective units, for in one part: %s", error)
        return np.full(parts, np.nan)
