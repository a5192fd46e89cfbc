"""What the paper claims, in numbers, and whether a run agrees: by rules, not by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nurture.core.expressions import EXPRESSIONS
from nurture.core.shown import chance
from nurture.experience.published import MEAN, OVERALL

YES, NO = "yes", "no"
UNKNOWN = "inconclusive"
UNTESTABLE = "not testable here"

IDENTITY, OBJECTS, UNTRAINED = "identity", "objects", "none"

RULES = (
    "Each claim is asked by itself; table experience asks more and corrects for all of it. "
    "yes: the 95 % interval lies wholly on the side of the paper's claim. no: it lies wholly on "
    "the other side. inconclusive: it holds the value of no effect, or there is none. not "
    "testable here: the run has no network of such a training, or none of the same architecture "
    "untrained. Agreement is of the direction, not of the size."
)


@dataclass(frozen=True)
class Claim:
    """One of the paper's claims.

    Attributes
    ----------
    text, where : str
        The claim, and where in Zhou et al. (2022) it is made.
    measure : str
        In what: a name that `nurture.experience.replication_tables.replication` looks up in the
        run's tables.
    against : str
        ``objects`` or ``none``: the training that the identity network is compared with. Empty
        where a claim is of that network alone.
    none : float
        Value of no effect.
    sign : int
        1 where the paper has more than that, -1 where less.
    paper, error : float
        The published number and its reading error; NaN where none could be read.
    topics : tuple of str
        Which caveats matter, apart from architectures: ``faces``, ``observers``, ``stimuli``,
        ``pixels``, ``shape``.
    """

    text: str
    where: str
    measure: str
    against: str = ""
    none: float = 0.0
    sign: int = 1
    paper: float = np.nan
    error: float = np.nan
    topics: tuple[str, ...] = ()


def claims(published: pd.DataFrame, n_expressions: int = len(EXPRESSIONS)) -> list[Claim]:
    """List the paper's claims with the numbers that were read from its figures.

    Parameters
    ----------
    published : pandas.DataFrame
        Rows of `nurture.experience.published.likeness` and of
        `nurture.experience.published.read_numbers`.
    n_expressions : int
        Of the run's test set.
    """
    numbers = _Published(published)
    return [
        Claim(
            "units selective for expression emerge in a network trained on identity",
            *("abstract", "units"),
            topics=("faces", "pixels"),
        ),
        Claim(
            "expressions are decoded from its selective units better than chance",
            *("Fig. 2", "accuracy"),
            none=chance(n_expressions),
            topics=("faces", "pixels"),
            **numbers.of("accuracy", OVERALL, IDENTITY, "Fig. 2"),
        ),
        Claim(
            "they err as observers do",
            *("Fig. 2", "likeness"),
            topics=("faces", "observers", "stimuli"),
            **numbers.of("pearson", "", IDENTITY, "Fig. 2"),
        ),
        *_compared(OBJECTS, "those of a network trained on objects", "Fig. 4D", numbers),
        *_compared(UNTRAINED, "those of an untrained one", "Fig. 4E", numbers),
        *(_of_shape(fit, numbers) for fit in ("linear", "quadratic")),
    ]


def _compared(other: str, whose: str, matrix: str, numbers: "_Published") -> list[Claim]:
    """List what sets the network trained on identity apart from another."""

    def claim(text, measure, sign, read, figures, topics) -> Claim:
        size = numbers.between(*read, (IDENTITY, other), figures)
        where = ", ".join(dict.fromkeys(figures))
        topics = ("faces", *topics)
        return Claim(
            f"{text} than {whose}", where, measure, other, sign=sign, topics=topics, **size
        )

    line, logistic = (("r2", f"{MEAN} {fit}") for fit in ("linear", "logistic"))
    means, fits, matrices = ("Fig. 4A",) * 2, ("Fig. 4F",) * 2, ("Fig. 4C", matrix)
    right, alike = ("accuracy", OVERALL), ("pearson", "")
    observers = ("observers", "stimuli")
    return [
        claim(
            "they carry more information about expressions",
            "accuracy",
            1,
            right,
            means,
            ("pixels",),
        ),
        claim("they err more as observers do", "likeness", 1, alike, matrices, observers),
        claim("a line fits their curves less well", "linear_r2", -1, line, fits, ()),
        claim("a logistic fits them better", "logistic_r2", 1, logistic, fits, ()),
    ]


def _of_shape(fit: str, numbers: "_Published") -> Claim:
    return Claim(
        f"in the network trained on identity a logistic fits better than a {fit} curve",
        *("Fig. 3D", f"over_{fit}"),
        topics=("faces", "shape"),
        **numbers.apart("r2", (f"{MEAN} logistic", f"{MEAN} {fit}"), IDENTITY, "Fig. 3C"),
    )


class _Published:
    """Look numbers up by what they are of."""

    def __init__(self, table: pd.DataFrame):
        self.table = table

    def _rows(self, measure: str, training: str, figure: str) -> pd.DataFrame:
        table = self.table
        asked = (table["measure"] == measure) & (table["training"] == training)
        return table[asked & (table["figure"] == figure)]

    def of(self, measure: str, item: str, training: str, figure: str) -> dict[str, float]:
        """Give a number as ``paper`` and its reading ``error``; NaN where it was not published."""
        rows = self._rows(measure, training, figure)
        rows = rows[rows["item"] == item] if item else rows
        if rows.empty:
            return {"paper": np.nan, "error": np.nan}
        first = rows.iloc[0]
        return {"paper": float(first["published"]), "error": float(first["reading_error"])}

    def between(
        self, measure: str, item: str, trainings: Sequence[str], figures: Sequence[str]
    ) -> dict[str, float]:
        """First training less second; errors add up."""
        pairs = zip(trainings, figures, strict=True)
        return _less(*(self.of(measure, item, *pair) for pair in pairs))

    def apart(
        self, measure: str, items: Sequence[str], training: str, figure: str
    ) -> dict[str, float]:
        """First item less second, each the mean over continua; errors add up."""
        found, published = [], self._rows(measure, training, figure)
        for item in items:
            rows = published[published["item"].str.endswith(item.removeprefix(MEAN))]
            error = rows["reading_error"].max()
            found.append({"paper": rows["published"].mean(), "error": error})
        return _less(*found)


def _less(a: Mapping[str, float], b: Mapping[str, float]) -> dict[str, float]:
    """Difference of two numbers that were read; errors add up."""
    return {"paper": float(a["paper"] - b["paper"]), "error": float(a["error"] + b["error"])}


def agreement(claim: Claim, here: Mapping[str, float] | None) -> tuple[str, str]:
    """Return whether a run agrees with a claim, and why; see `RULES`.

    Parameters
    ----------
    claim : Claim
    here : mapping or None
        ``here``, ``lower`` and ``upper`` of the run; None where nothing is there to test.

    Returns
    -------
    agreement, reason : str
    """
    if here is None:
        missing = {OBJECTS: "no network trained on objects to compare with one trained on identity"}
        reason = missing.get(claim.against, "no untrained network of the same architecture")
        return UNTESTABLE, reason if claim.against else "no network trained on identity"
    if np.isnan(here["this_run"]):
        return UNKNOWN, "not measured: too few selective units, or no fit"
    if not np.isfinite([here["lower"], here["upper"]]).all():
        return UNKNOWN, "no interval"
    low, high = sorted(claim.sign * (here[end] - claim.none) for end in ("lower", "upper"))
    if low > 0:
        return YES, "the interval lies on the paper's side"
    if high < 0:
        return NO, "the interval lies on the other side"
    return UNKNOWN, "the interval holds the value of no effect"
