"""What chance gives: selective units under permuted labels, and how far their tuning repeats."""

import logging
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from nurture.activations import units
from nurture.core.errors import NurtureError
from nurture.core.files import read_labels
from nurture.core.rows import about
from nurture.selectivity import anova, by_identity

logger = logging.getLogger(__name__)

TOGETHER = 200
"""Permutations in one matrix product, at most: with a block of units, 2 megabytes in float64."""


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
    activations: units.Activations,
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
    design = anova.make_design(expression, identity)
    limit = design.limits(alpha)
    counts = np.zeros(len(orders), int)
    # Fewer at once of many stimuli, as `nurture.activations.units.block_units` has fewer units
    # then.
    together = max(1, min(TOGETHER, units.BLOCK_BYTES // design.within_identity.nbytes))
    for block in _open_units(activations, design, limit):
        for first in range(0, len(orders), together):
            part = slice(first, first + together)
            counts[part] += _count(block, design, limit, orders[part])
    return counts


def _open_units(
    activations: units.Activations, design: anova.Design, limit: Mapping[str, float]
) -> Iterator[np.ndarray]:
    """Give the units that some permutation may make selective, as many at a time as in a block."""
    held: list[np.ndarray] = []
    size = 0
    for _, block in units.unit_blocks(activations):
        held.append(block[:, _may_be_selective(block, design, limit)])
        size += held[-1].shape[1]
        if size >= units.block_units(len(block)):
            yield np.hstack(held)
            held, size = [], 0
    if size:
        yield np.hstack(held)


def _may_be_selective(
    block: np.ndarray, design: anova.Design, limit: Mapping[str, float]
) -> np.ndarray:
    """Find units whose identity effect does not exceed its limit under every permutation.

    A permutation moves the sum of squares of identity, adjusted for expression, only through what
    the expressions' means have of the identities' means (M, nothing in a balanced design), so it
    stays above S - 2 sqrt(M W) - M, where S is unadjusted. The residual of a unit that passes the
    test of expression is at most W / (1 + limit).
    """
    means, _, unexplained, rounding = anova.split_identity(block, design)
    means, between = _about_mean(means, design)
    shared = ((design.n.T @ means) ** 2 / design.n.sum(axis=0)[:, None]).sum(axis=0)
    least = between - 2 * np.sqrt(shared * unexplained) - shared
    most = limit["identity"] * unexplained / (1 + limit["expression"])
    # Far more than rounding: a unit too many costs time and changes no count.
    most += 1e-9 * (between + unexplained)
    return (least <= most) & (unexplained > rounding) & ~units.is_constant(block)


def _about_mean(means: np.ndarray, design: anova.Design) -> tuple[np.ndarray, np.ndarray]:
    """Identities' means about the mean over stimuli, and their sum of squares over stimuli."""
    shown = design.n.sum(axis=1)
    means = means - shown @ means / shown.sum()
    return means, shown @ means**2


def _count(
    block: np.ndarray, design: anova.Design, limit: Mapping[str, float], orders: np.ndarray
) -> np.ndarray:
    """Count selective units of a block, shape (n_stimuli, n_units), under each permutation.

    The matrix product is done in float32, on responses of unit length. A bound on its error says
    which cases are too near a limit to be decided so; these are done again in float64.
    """
    means, within, unexplained, rounding = anova.split_identity(block, design)
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


def permuted_counts(
    activations: units.Activations,
    expression: npt.ArrayLike,
    identity: npt.ArrayLike,
    alpha: float,
    orders: np.ndarray,
    rules: Sequence[str],
) -> dict[str, np.ndarray]:
    """Count as `null_counts` the units that any rules select, at the cost of a larger product.

    Permuting within identities changes no mean of an identity and no number of stimuli, only the
    sums over expressions: those of all permutations are one matrix product. The rest is done
    where expression has an effect, without which no rule selects.

    Parameters
    ----------
    activations, expression, identity, alpha, orders
        See `null_counts`.
    rules : sequence of str
        Of `nurture.selectivity.anova.RULES`.

    Returns
    -------
    dict of str to numpy.ndarray of int, shape (n_permutations,)
    """
    design = anova.make_design(expression, identity)
    level = pd.Categorical(np.asarray(expression), design.expressions).codes
    k = len(design.expressions)
    # Of an F that is but rounding below its limit, p decides.
    least = (1 - 1e-9) * design.limits(alpha)["expression"]
    together = max(1, min(TOGETHER, units.BLOCK_BYTES // (8 * k * len(level))))
    counts = {rule: np.zeros(len(orders), int) for rule in rules}
    for _, block in units.unit_blocks(activations):
        means, within, unexplained, rounding = anova.split_identity(
            block[:, ~units.is_constant(block)], design
        )
        for first in range(0, len(orders), together):
            part = orders[first : first + together]
            shown = (level[part][:, None] == np.arange(k)[:, None]).astype(float)
            sums = (shown.reshape(-1, len(level)) @ within).reshape(len(part), k, -1)
            explained = np.einsum("pju,jk,pku->pu", sums, design.effects, sums, optimize=True)
            order, unit = np.nonzero(explained * (1 + least) >= least * unexplained)
            analysis = anova.analyse_sums(
                means[:, unit],
                sums[order, :, unit].T,
                unexplained[unit],
                rounding[unit],
                np.zeros(len(unit), bool),
                design,
            )
            for rule in rules:
                chosen = order[anova.RULES[rule](analysis, alpha)]
                counts[rule][first : first + together] += np.bincount(chosen, minlength=len(part))
    return counts


def split_half(
    activations: units.Activations,
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
        What selects a unit: one of `nurture.selectivity.anova.SELECTING`.

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
    for _, block in units.unit_blocks(activations):
        for split, pair in enumerate(halves):
            both = [anova.analyse(block[rows], design) for rows, design in pair]
            live = both[0]["constant"] + both[1]["constant"] == 0
            same = anova.correlate_tuning(both[0]["tuning"], both[1]["tuning"])
            same = np.where(live, same, 0)
            values = np.concatenate([same[anova.SELECTING[rule](half, alpha)] for half in both])
            r[split] += values.sum()
            n[split] += len(values)
    return np.divide(r, n, out=np.full(splits, np.nan), where=n > 0), n


def _halves(
    expression: np.ndarray, identity: np.ndarray, splits: int, seed: int
) -> list[list[tuple[np.ndarray, anova.Design]]]:
    """Stimuli and design of both halves of each split."""
    rng = np.random.default_rng(seed)
    halves = []
    for _ in range(splits):
        identities = rng.permutation(np.unique(identity))
        rows = np.isin(identity, identities[: len(identities) // 2])
        pair = [(r, anova.make_design(expression[r], identity[r])) for r in (rows, ~rows)]
        if pair[0][1].expressions != pair[1][1].expressions:
            raise NurtureError("labels: an expression is missing; show it on more identities")
        halves.append(pair)
    return halves


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
        What selects a unit: one of `nurture.selectivity.anova.SELECTING`.

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
    activation, labels = units.basic(activations["activation"], read_labels(activations))
    design = (labels["expression"].to_numpy(), labels["identity"].to_numpy())
    orders = permute_within(labels["identity"], permutations, seed)
    if rule == "paper":
        counts = null_counts(activation, *design, alpha, orders)
    else:
        counts = permuted_counts(activation, *design, alpha, orders, (rule,))[rule]
    n = len(np.unique(design[1]))
    signs, kept = (
        by_identity.changed_signs(n, permutations, seed),
        by_identity.subsets(n, n - n // 3, parts, seed),
    )
    changed = by_identity.count_of_changed_signs(activation, *design, alpha, signs)[rule]
    try:
        of_parts = by_identity.count_of_subsets(activation, *design, alpha, kept)[rule].astype(
            float
        )
    except NurtureError as error:
        logger.warning("no interval of the share of selective units, for in one part: %s", error)
        of_parts = np.full(parts, np.nan)
    r, repeated = split_half(activation, *design, alpha, splits, seed, rule)
    return xr.Dataset(
        {
            "null_count": ("permutation", counts.astype("int32")),
            "sign_count": ("change", changed.astype("int32")),
            "part_count": ("part", of_parts),
            "split_half_r": ("split", r),
            "split_half_n": ("split", repeated.astype("int32")),
        },
        attrs={"alpha": alpha, "seed": seed, "n_identities": n, **about(activations)},
    )
