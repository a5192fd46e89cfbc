"""Expression-selective units: a two-way analysis of variance for every unit at once."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy import sparse
from scipy.special import fdtrc

from nurture.errors import NurtureError
from nurture.expressions import EXPRESSIONS
from nurture.files import read_labels
from nurture.units import ABOUT, ROUNDING, basic, is_constant, unit_blocks

logger = logging.getLogger(__name__)

FACTORS = ("expression", "identity")


@dataclass(frozen=True)
class Design:
    """What the additive model expression + identity needs of the labels, made once.

    Attributes
    ----------
    expressions : tuple of str
        Levels of the first factor, in the order of `nurture.expressions.EXPRESSIONS`.
    expression, identity : numpy.ndarray, shape (n_stimuli,)
        Position of each stimulus's level of both factors.
    expression_means, identity_means : sparse matrices, shape (n_levels, n_stimuli)
        Average over the stimuli of each level.
    within_identity : numpy.ndarray, shape (n_stimuli, n_expressions - 1)
        Orthonormal basis of the expression effects that identity does not explain.
    tuning : numpy.ndarray, shape (n_expressions, n_stimuli)
        From responses to least-squares means.
    incomplete : tuple of str
        Identities that lack an expression.
    """

    expressions: tuple[str, ...]
    expression: np.ndarray
    identity: np.ndarray
    expression_means: sparse.csr_array
    identity_means: sparse.csr_array
    within_identity: np.ndarray
    tuning: np.ndarray
    incomplete: tuple[str, ...]

    @property
    def df(self) -> dict[str, int]:
        """Degrees of freedom of both factors and of the residual."""
        expression, identity = len(self.expressions) - 1, self.identity_means.shape[0] - 1
        residual = len(self.expression) - expression - identity - 1
        return {"expression": expression, "identity": identity, "residual": residual}


def make_design(expression: Sequence[str], identity: Sequence[int]) -> Design:
    """Prepare the labels of a stimulus set for `two_way_anova` and for what permutes it.

    Parameters
    ----------
    expression : sequence of str, shape (n_stimuli,)
    identity : sequence of int, shape (n_stimuli,)

    Returns
    -------
    Design

    Raises
    ------
    NurtureError
        With fewer than two expressions or identities, no residual degrees of freedom, or
        expressions that share no identity with the others.
    """
    expressions = _in_order(expression)
    row = pd.Categorical(expression, expressions).codes.astype(int)
    column, identities = pd.factorize(np.asarray(identity), sort=True)
    _check_levels(expressions, identities)
    by_expression, by_identity = _averages(row), _averages(column)
    indicator = np.eye(len(expressions))[row]
    basis, size, _ = np.linalg.svd(
        indicator - (by_identity @ indicator)[column], full_matrices=False
    )
    rank = int((size > 1e-9 * np.sqrt(len(row))).sum())
    if rank < len(expressions) - 1:
        raise NurtureError(
            "labels: some expressions share no identity with the others, so their effects cannot "
            "be told apart; show every expression on identities that also show another one"
        )
    design = Design(
        expressions=expressions,
        expression=row,
        identity=column,
        expression_means=by_expression,
        identity_means=by_identity,
        within_identity=basis[:, :rank],
        tuning=_least_squares_means(row, column),
        incomplete=_incomplete(row, column, expressions, identities),
    )
    if design.df["residual"] < 1:
        raise NurtureError(
            f"labels: {len(row)} stimuli leave no residual degrees of freedom for "
            f"{len(expressions)} expressions x {len(identities)} identities; add stimuli"
        )
    return design


def _in_order(expression: Sequence[str]) -> tuple[str, ...]:
    names = set(expression)
    return (*(e for e in EXPRESSIONS if e in names), *sorted(names - set(EXPRESSIONS)))


def _check_levels(expressions: Sequence[str], identities: Sequence[int]) -> None:
    for levels, factor in ((expressions, "expression"), (identities, "identity")):
        if len(levels) < 2:
            raise NurtureError(
                f"labels: {len(levels)} {factor} level(s); the analysis of variance needs two or "
                "more expressions and identities, so add stimuli"
            )


def _averages(code: np.ndarray) -> sparse.csr_array:
    """Matrix (n_levels, n_stimuli) that averages over the stimuli of each level."""
    weight = 1.0 / np.bincount(code)[code]
    return sparse.csr_array((weight, (code, np.arange(len(code)))))


def _least_squares_means(row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Matrix (n_expressions, n_stimuli) from responses to least-squares means."""
    expression, identity = np.eye(row.max() + 1), np.eye(column.max() + 1)
    model = np.hstack([expression[row], identity[column]])
    average = np.full((len(expression), len(identity)), 1 / len(identity))
    return np.hstack([expression, average]) @ np.linalg.pinv(model)


def _incomplete(row, column, expressions, identities) -> tuple[str, ...]:
    seen = np.zeros((len(identities), len(expressions)), bool)
    seen[column, row] = True
    return tuple(
        f"{identities[i]} ({', '.join(np.array(expressions)[~seen[i]])})"
        for i in np.flatnonzero(~seen.all(axis=1))
    )


def two_way_anova(activations, expression: Sequence[str], identity: Sequence[int]) -> xr.Dataset:
    """Two-way analysis of variance, expression x identity, of every unit.

    Fits the additive linear model response ~ expression + identity to each unit and tests both
    factors with type II sums of squares, so that missing cells and replicates are allowed.
    Equals ``statsmodels.stats.anova.anova_lm(ols("y ~ C(expression) + C(identity)"), typ=2)``.

    Parameters
    ----------
    activations : array_like, shape (n_stimuli, n_units)
        Responses. Sliced by blocks of units: a lazily opened variable is never read whole.
    expression : sequence of str, shape (n_stimuli,)
        Expression of each stimulus.
    identity : sequence of int, shape (n_stimuli,)
        Identity of each stimulus.

    Returns
    -------
    xarray.Dataset
        Over ``unit``, for both factors: ``f_*``, ``p_*``, ``partial_eta_squared_*`` and
        ``partial_omega_squared_*`` (Olejnik & Algina, 2003). ``tuning(expression, unit)`` holds
        least-squares means, i.e. the mean response over all identities alike: with complete
        identities these are the raw means, and with a missing cell, unlike raw means, they do
        not carry the missing person's own level over to an expression. ``preferred`` is the
        position of the largest tuning value, ``constant`` is 1 for a unit without response
        (`is_constant`): its F, p and effect sizes are NaN and its preferred expression is -1.
        Where nothing is left unexplained, F is infinite and p is 0; a factor that then
        explains nothing has F 0 and p 1. Attributes: the degrees of freedom, and
        ``incomplete_identities`` with the expressions that they lack.

    Raises
    ------
    NurtureError
        With fewer than two expressions or identities, no residual degrees of freedom,
        expressions that share no identity with the others, or NaN in the activations.

    Examples
    --------
    >>> activations = np.array([[1.0], [5.0], [2.0], [6.5]])
    >>> anova = two_way_anova(activations, ["anger", "fear"] * 2, [1, 1, 2, 2])
    >>> round(anova.f_expression.item(), 6)
    289.0
    """
    design = make_design(expression, identity)
    if activations.shape[0] != len(design.expression):
        raise NurtureError(
            f"activations: {activations.shape[0]} stimuli but {len(design.expression)} labels; "
            "extract the activations again"
        )
    if design.incomplete:
        logger.warning("identities kept without: %s", "; ".join(design.incomplete))
    parts = [analyse(block, design) for _, block in unit_blocks(activations)]
    result = xr.concat(parts, "unit") if len(parts) > 1 else parts[0]
    result = result.assign_coords(expression=list(design.expressions))
    result["preferred"].attrs = {
        "flag_values": np.arange(-1, len(design.expressions), dtype="int8"),
        "flag_meanings": " ".join(("none", *design.expressions)),
    }
    return result.assign_attrs(
        **{f"df_{name}": value for name, value in design.df.items()},
        incomplete_identities="; ".join(design.incomplete),
    )


def split_identity(
    block: np.ndarray, design: Design
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Take the mean and then the identity out of the responses of a block of units.

    Parameters
    ----------
    block : numpy.ndarray, shape (n_stimuli, n_units)
    design : Design

    Returns
    -------
    centred, within : numpy.ndarray of float64, shape (n_stimuli, n_units)
        Responses about each unit's mean, and about its mean of each identity. Sums of squares
        are taken of these, never of raw responses: a unit may sit at 1e4 and vary by 1e-2.
    mean, rounding : numpy.ndarray, shape (n_units,)
        Each unit's mean, and the sum of squares at or below which there is rounding and no
        response.
    """
    largest = np.abs(block).max(axis=0).astype(float)
    rounding = len(block) * (ROUNDING * np.finfo(float).eps * largest) ** 2
    block = block.astype(float)
    mean = block.mean(axis=0)
    block -= mean
    within = block - (design.identity_means @ block)[design.identity]
    return block, within, mean, rounding


def analyse(block: np.ndarray, design: Design) -> xr.Dataset:
    """Analyse a block of units, shape (n_stimuli, n_units): see `two_way_anova`."""
    constant = is_constant(block)
    block, within, mean, rounding = split_identity(block, design)
    effect = design.within_identity.T @ within
    residual = within - design.within_identity @ effect
    tuning = design.tuning @ block + mean
    block -= (design.expression_means @ block)[design.expression]
    block -= residual
    squares = {
        "expression": np.einsum("ij,ij->j", effect, effect),
        "identity": np.einsum("ij,ij->j", block, block),
        "residual": np.einsum("ij,ij->j", residual, residual),
    }
    for name, value in squares.items():
        squares[name] = np.where(constant, np.nan, np.where(value <= rounding, 0.0, value))
    variables = {
        "tuning": (("expression", "unit"), tuning),
        "preferred": ("unit", np.where(constant, -1, tuning.argmax(axis=0)).astype("int8")),
        "constant": ("unit", constant.astype("int8")),
    }
    for factor in FACTORS:
        variables |= _test(factor, squares[factor], squares["residual"], design)
    return xr.Dataset(variables)


def is_selective(anova: xr.Dataset, alpha: float) -> xr.DataArray:
    """Tell which units depend on expression (p < alpha) and not on identity (p > alpha).

    Parameters
    ----------
    anova : xarray.Dataset
        What `two_way_anova` or `analyse` returns.
    alpha : float

    Returns
    -------
    xarray.DataArray of bool, shape (n_units,)
    """
    return (anova["p_expression"] < alpha) & (anova["p_identity"] > alpha)


def _test(factor: str, effect: np.ndarray, residual: np.ndarray, design: Design) -> dict:
    """F, p and effect sizes from sums of squares, each of shape (n_units,)."""
    df, df_residual = design.df[factor], design.df["residual"]
    noise = residual / df_residual
    with np.errstate(divide="ignore", invalid="ignore"):
        f = (effect / df) / noise
        eta = effect / (effect + residual)
        omega = (effect - df * noise) / (effect + (len(design.expression) - df) * noise)
    # Nothing unexplained and nothing explained by this factor: 0 / 0 above.
    empty = (effect == 0) & (residual == 0)
    values = {"f": f, "partial_eta_squared": eta, "partial_omega_squared": omega}
    values = {name: np.where(empty, 0.0, value) for name, value in values.items()}
    values["p"] = np.where(np.isinf(values["f"]), 0.0, fdtrc(df, df_residual, values["f"]))
    return {f"{name}_{factor}": ("unit", value) for name, value in values.items()}


def selectivity(activations: xr.Dataset, alpha: float) -> xr.Dataset:
    """Find the expression-selective units of a layer.

    A unit is selective when its response depends on expression (p < alpha) and not on identity
    (p > alpha), as in Zhou et al. (2022).

    Parameters
    ----------
    activations : xarray.Dataset
        An activation file: ``activation(stimulus, unit)`` with the labels of the stimuli.
        Stimuli of other than the six basic expressions are left out.
    alpha : float
        Level of significance for both tests.

    Returns
    -------
    xarray.Dataset
        What `two_way_anova` returns, with ``selective`` (int8) over ``unit``, the position of
        the units (``channel``, ``row``, ``column``), and attributes ``alpha``, ``n_selective``,
        ``n_constant``, ``network``, ``training`` and ``layer``.

    Raises
    ------
    NurtureError
        As `two_way_anova`, and when alpha is not between 0 and 1.
    """
    if not 0 < alpha < 1:
        raise NurtureError(f"alpha: {alpha} is not between 0 and 1; set it in the configuration")
    labels = read_labels(activations)
    activation, labels = basic(activations["activation"], labels)
    result = two_way_anova(activation, labels["expression"], labels["identity"])
    chosen = is_selective(result, alpha)
    result["selective"] = chosen.astype("int8")
    place = {name: activations[name].compute() for name in ("channel", "row", "column")}
    return result.assign_coords(place).assign_attrs(
        alpha=alpha,
        n_selective=int(chosen.sum()),
        n_constant=int(result["constant"].sum()),
        **{name: activations.attrs[name] for name in ABOUT},
    )
