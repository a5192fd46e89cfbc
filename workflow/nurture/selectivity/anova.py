"""Expression-selective units: a two-way analysis of variance for every unit at once."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy import sparse
from scipy.special import fdtrc, fdtri

from nurture.activations.units import ROUNDING, Activations, basic, is_constant, unit_blocks
from nurture.core.described import CONVENTIONS, described
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS, NOBODY
from nurture.core.files import read_labels
from nurture.core.identities import identity_names
from nurture.core.rows import about

logger = logging.getLogger(__name__)

FACTORS = ("expression", "identity")

LEAST_EFFECT = 0.06
"""A medium effect of Cohen (1988), Statistical power analysis for the behavioral sciences."""

Analysis = Mapping[Any, Any]
"""Numbers of each unit, from `analyse` or `two_way_anova`: arrays, or variables of a dataset."""

Rule = Callable[[Analysis, float], Any]
"""Returns which units it selects at a level of significance."""


@dataclass(frozen=True)
class Design:
    """What the additive model expression + identity needs of the labels, made once.

    Attributes
    ----------
    expressions : tuple of str
        Levels of the first factor, in the order of `nurture.core.expressions.EXPRESSIONS`.
    identity : numpy.ndarray, shape (n_stimuli,)
        Position of each stimulus's identity.
    n : numpy.ndarray, shape (n_identities, n_expressions)
        Stimuli of each identity and expression.
    expression_sums, identity_means : sparse matrices, shape (n_levels, n_stimuli)
        Sum and average over the stimuli of each level.
    effects : numpy.ndarray, shape (n_expressions, n_expressions)
        From the sums over each expression of what identity does not explain, to the
        least-squares effects of expression, which add up to 0.
    within_identity : numpy.ndarray, shape (n_stimuli, n_expressions - 1)
        Orthonormal basis of the expression effects that identity does not explain.
    incomplete : tuple of str
        Identities that lack an expression.
    """

    expressions: tuple[str, ...]
    identity: np.ndarray
    n: np.ndarray
    expression_sums: sparse.csr_array
    identity_means: sparse.csr_array
    effects: np.ndarray
    within_identity: np.ndarray
    incomplete: tuple[str, ...]

    @property
    def df(self) -> dict[str, int]:
        """Degrees of freedom of both factors and of the residual."""
        identity, expression = (levels - 1 for levels in self.n.shape)
        residual = len(self.identity) - expression - identity - 1
        return {"expression": expression, "identity": identity, "residual": residual}

    def limits(self, alpha: float) -> dict[str, float]:
        """Ratio of each factor's sum of squares to the residual's where its p is alpha."""
        df, rest = self.df, self.df["residual"]
        return {name: df[name] / rest * fdtri(df[name], rest, 1 - alpha) for name in FACTORS}


def make_design(expression: npt.ArrayLike, identity: npt.ArrayLike) -> Design:
    """Prepare the labels of a stimulus set for `two_way_anova` and for what permutes it.

    Raises
    ------
    NurtureError
        With fewer than two expressions or identities, no residual degrees of freedom, or
        expressions that share no identity with the others.
    """
    expression = np.asarray(expression)
    names = set(expression)
    expressions = (*(e for e in EXPRESSIONS if e in names), *sorted(names - set(EXPRESSIONS)))
    row = pd.Categorical(expression, expressions).codes.astype(int)
    column, identities = pd.factorize(np.asarray(identity), sort=True)
    for factor, levels in zip(FACTORS, (expressions, identities), strict=True):
        if len(levels) < 2:
            raise NurtureError(
                f"labels: {len(levels)} {factor} level(s); the analysis of variance needs two or "
                "more expressions and identities, so add stimuli"
            )
    n = np.zeros((len(identities), len(expressions)))
    np.add.at(n, (column, row), 1)
    share = n / n.sum(axis=1, keepdims=True)
    unexplained = np.eye(len(expressions))[row] - share[column]
    basis, size, directions = np.linalg.svd(unexplained, full_matrices=False)
    rank = int((size > 1e-9 * np.sqrt(len(row))).sum())
    if rank < len(expressions) - 1:
        raise NurtureError(
            "labels: some expressions share no identity with the others, so their effects cannot "
            "be separated; show every expression on identities that also show another one"
        )
    design = Design(
        expressions=expressions,
        identity=column,
        n=n,
        expression_sums=_indicator(row),
        identity_means=_indicator(column, 1 / n.sum(axis=1)),
        effects=(directions[:rank].T / size[:rank] ** 2) @ directions[:rank],
        within_identity=basis[:, :rank],
        incomplete=tuple(
            f"{name} ({', '.join(np.array(expressions)[lacks])})"
            for name, lacks in zip(identities, n == 0, strict=True)
            if lacks.any()
        ),
    )
    if design.df["residual"] < 1:
        raise NurtureError(
            f"labels: {len(row)} stimuli leave no residual degrees of freedom for "
            f"{len(expressions)} expressions x {len(identities)} identities; add stimuli"
        )
    return design


def _indicator(code: np.ndarray, weight: np.ndarray | None = None) -> sparse.csr_array:
    """Matrix (n_levels, n_stimuli) with the weight of a level, or 1, at each of its stimuli."""
    value = np.ones(len(code)) if weight is None else weight[code]
    return sparse.csr_array((value, (code, np.arange(len(code)))))


def two_way_anova(
    activations: Activations, expression: npt.ArrayLike, identity: npt.ArrayLike
) -> xr.Dataset:
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
    if activations.shape[0] != len(design.identity):
        raise NurtureError(
            f"activations: {activations.shape[0]} stimuli but {len(design.identity)} labels; "
            "extract the activations again"
        )
    if design.incomplete:
        logger.warning("identities kept without: %s", "; ".join(design.incomplete))
    parts = [analyse(block, design) for _, block in unit_blocks(activations)]
    joined = {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}
    variables = {
        name: (("expression", "unit")[-each.ndim :], each) for name, each in joined.items()
    }
    result = xr.Dataset(variables, {"expression": list(design.expressions)})
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
    """Take the identity out of the responses of a block of units.

    Parameters
    ----------
    block : numpy.ndarray, shape (n_stimuli, n_units)
    design : Design

    Returns
    -------
    means : numpy.ndarray, shape (n_identities, n_units)
        Mean response to each identity.
    within : numpy.ndarray of float64, shape (n_stimuli, n_units)
        Responses about these. Sums of squares are taken of such differences, never of raw
        responses: a unit may sit at 1e4 and vary by 1e-2.
    unexplained, rounding : numpy.ndarray, shape (n_units,)
        Sum of squares of `within`, and that at or below which there is rounding and no response.
    """
    means, within = _about_identity(block, design)
    unexplained = np.einsum("ij,ij->j", within, within)
    raw = unexplained + design.n.sum(axis=1) @ means**2
    return means, within, unexplained, (ROUNDING * np.finfo(float).eps) ** 2 * raw


def _about_identity(block: np.ndarray, design: Design) -> tuple[np.ndarray, np.ndarray]:
    within = block.astype(float)
    means = design.identity_means @ within
    within -= means[design.identity]
    return means, within


def tuning_of(block: np.ndarray, design: Design) -> np.ndarray:
    """Return of `analyse` the ``tuning`` alone, shape (n_expressions, n_units)."""
    means, within = _about_identity(block, design)
    a, b = _effects(means, design.expression_sums @ within, design)
    return b + a.mean(axis=0)


def _effects(means: np.ndarray, sums: np.ndarray, design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Effects of identity, with the mean of all, and of expression: a and b of the model."""
    b = design.effects @ sums
    return means - design.n / design.n.sum(axis=1)[:, None] @ b, b


def analyse(block: np.ndarray, design: Design) -> dict[str, np.ndarray]:
    """Analyse a block of units: the variables that `two_way_anova` returns, by name.

    The model is ``a[identity] + b[expression]``. What identity does not explain gives b; then the
    means of each identity give a. Beyond expression, identity explains what is left of a when its
    mean over the stimuli of each expression is taken from it. So the responses themselves are gone
    through few times, and every sum of squares is one of differences.
    """
    means, within, unexplained, rounding = split_identity(block, design)
    sums = design.expression_sums @ within
    return analyse_sums(means, sums, unexplained, rounding, is_constant(block), design)


def analyse_sums(
    means: np.ndarray,
    sums: np.ndarray,
    unexplained: np.ndarray,
    rounding: np.ndarray,
    constant: np.ndarray,
    design: Design,
) -> dict[str, np.ndarray]:
    """Analyse units of which only sums are known, as `analyse` does.

    Parameters
    ----------
    means, unexplained, rounding
        What `split_identity` returns.
    sums : numpy.ndarray, shape (n_expressions, n_units)
        Sums over each expression of responses about the mean of their identity.
    constant : numpy.ndarray of bool, shape (n_units,)
        Units without response.
    design : Design
    """
    by_identity, by_expression = design.n.sum(axis=1), design.n.sum(axis=0)
    a, b = _effects(means, sums, design)
    tuning = b + a.mean(axis=0)
    a -= by_identity @ a / by_identity.sum()
    common = (design.n / by_expression).T @ a
    explained = np.einsum("ij,ij->j", sums, b)
    # What is left of a difference's last digits is no residual.
    digits = len(design.identity) * np.finfo(float).eps * unexplained
    squares = {
        "expression": _cleared(explained, rounding, constant),
        "identity": _cleared(by_identity @ a**2 - by_expression @ common**2, rounding, constant),
        "residual": _cleared(unexplained - explained, rounding + digits, constant),
    }
    preferred = np.where(constant, -1, tuning.argmax(axis=0)).astype("int8")
    result = {"tuning": tuning, "preferred": preferred, "constant": constant.astype("int8")}
    for factor in FACTORS:
        result |= _test(factor, squares[factor], squares["residual"], design)
    return result


def correlate_tuning(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Correlate two tuning curves of each unit, shape (n_expressions, n_units), over expressions.

    0 for a unit that responds alike to all expressions.
    """
    a, b = (tuning - tuning.mean(axis=0) for tuning in (first, second))
    size = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    return np.divide((a * b).sum(axis=0), size, out=np.zeros(len(size)), where=size > 0)


def _cleared(squares: np.ndarray, rounding: np.ndarray, constant: np.ndarray) -> np.ndarray:
    """Make sums of squares 0 where they are but rounding, and NaN for units without response."""
    return np.where(constant, np.nan, np.where(squares <= rounding, 0.0, squares))


def is_selective(anova: Analysis, alpha: float) -> Any:
    """Return which units depend on expression (p < alpha) and not on identity (p > alpha)."""
    return (anova["p_expression"] < alpha) & (anova["p_identity"] > alpha)


def has_effect(anova: Analysis, alpha: float) -> Any:
    """Return which units expression moves by a medium effect or more, and more than identity does.

    Omega squared estimates the same however many faces are shown (Olejnik & Algina 2003,
    Psychological Methods 8:434), so that a unit gains nothing by responding to few, which pass a
    test of no identity effect for want of power.
    """
    expression, identity = (anova[f"partial_omega_squared_{factor}"] for factor in FACTORS)
    strong = (expression >= LEAST_EFFECT) & (expression > identity)
    return carries_expression(anova, alpha) & strong


def carries_expression(anova: Analysis, alpha: float) -> Any:
    """Return which units depend on expression, whatever identity does."""
    return anova["p_expression"] < alpha


SELECTING: dict[str, Rule] = {"paper": is_selective, "effect": has_effect}
"""What `selectivity: rule` may say."""

RULES = SELECTING | {"expression": carries_expression}
"""What is compared."""


def _test(factor: str, effect: np.ndarray, residual: np.ndarray, design: Design) -> dict:
    """F, p and effect sizes from sums of squares, each of shape (n_units,)."""
    df, df_residual = design.df[factor], design.df["residual"]
    noise = residual / df_residual
    with np.errstate(divide="ignore", invalid="ignore"):
        f = (effect / df) / noise
        eta = effect / (effect + residual)
        omega = (effect - df * noise) / (effect + (len(design.identity) - df) * noise)
    # Nothing unexplained and nothing explained by this factor: 0 / 0 above.
    empty = (effect == 0) & (residual == 0)
    values = {"f": f, "partial_eta_squared": eta, "partial_omega_squared": omega}
    values = {name: np.where(empty, 0.0, value) for name, value in values.items()}
    values["p"] = np.where(np.isinf(values["f"]), 0.0, fdtrc(df, df_residual, values["f"]))
    return {f"{name}_{factor}": value for name, value in values.items()}


def selectivity(
    activations: xr.Dataset, alpha: float, chosen_by: Rule = is_selective
) -> xr.Dataset:
    """Find the expression-selective units of a layer, as Zhou et al. (2022) or by another rule.

    Parameters
    ----------
    activations : xarray.Dataset
        An activation file: ``activation(stimulus, unit)`` with the labels of the stimuli.
        Stimuli of other than the six basic expressions are left out.
    alpha : float
        Level of significance for both tests.
    chosen_by : callable
        One of `SELECTING`.

    Returns
    -------
    xarray.Dataset
        What `two_way_anova` returns, with ``selective`` (int8) over ``unit``, the position of
        the units (``channel``, ``row``, ``column``), and attributes ``alpha``, ``n_selective``,
        ``n_constant``, ``network``, ``training`` and ``layer``.

    Raises
    ------
    NurtureError
        As `two_way_anova`, and when it is not known whom every stimulus shows.
    """
    activation, labels = basic(activations["activation"], read_labels(activations))
    unknown = int((labels["identity"] == NOBODY).sum())
    if unknown:
        raise NurtureError(
            f"labels: it is not known whom {unknown} of {len(labels)} stimuli show; units are "
            "selected by expression and identity, so leave these out or name them"
        )
    identity = identity_names(labels) if "person" in labels else labels["identity"]
    result = two_way_anova(activation, labels["expression"], identity)
    chosen = chosen_by(result, alpha)
    result["selective"] = chosen.astype("int8")
    place = {name: activations[name].compute() for name in ("channel", "row", "column")}
    numbers = np.arange(result.sizes["unit"], dtype="int32")
    result = result.assign_coords(place).assign_coords(unit=numbers)
    for name, variable in result.variables.items():
        variable.attrs = described(str(name)) | variable.attrs
    return result.assign_attrs(
        Conventions=CONVENTIONS,
        alpha=alpha,
        n_selective=int(chosen.sum()),
        n_constant=int(result["constant"].sum()),
        **about(activations),
    )
