"""What the paper claims, in numbers, and whether a run agrees: by rules, not by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nurture.published import MEAN, OVERALL

YES, NO = "yes", "no"
UNKNOWN = "cannot be told"
UNTESTABLE = "not testable here"

CHANCE = 1 / 6
IDENTITY, OBJECTS, UNTRAINED = "identity", "objects", "none"

RULES = (
    "Each claim is asked by itself; table experience asks more and corrects for all of it. "
    "yes: the 95 % interval lies wholly on the side of the paper's claim. no: it lies wholly on "
    "the other side. cannot be told: it holds the value of no effect, or there is none. not "
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
        In what: a name that `nurture.tables.replication.replication` looks up in the run's tables.
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
        Which caveats matter beside that of architectures: ``faces``, ``people``, ``stimuli``,
        ``pixels``, ``shape``.
    """

    text: str
    where: str
    measure: str
    against: str
    none: float
    sign: int
    paper: float
    error: float
    topics: tuple[str, ...]


def claims(published: pd.DataFrame) -> list[Claim]:
    """List the paper's claims with the numbers that were read from its figures.

    Parameters
    ----------
    published : pandas.DataFrame
        Rows of `nurture.published.likeness` and of `nurture.published.read_numbers`.
    """
    numbers = _Published(published)
    alone = ("faces",)
    found = [
        Claim(
            *("units selective for expression emerge in a network trained on identity", "abstract"),
            *("units", "", 0.0, 1, np.nan, np.nan, (*alone, "pixels")),
        ),
        Claim(
            *("its selective units tell expressions better than chance", "Fig. 2"),
            *("accuracy", "", CHANCE, 1, *numbers.of("accuracy", OVERALL, IDENTITY, "Fig. 2")),
            (*alone, "pixels"),
        ),
        Claim(
            *("they err as people do", "Fig. 2"),
            *("likeness", "", 0.0, 1, *numbers.of("pearson", "", IDENTITY, "Fig. 2")),
            (*alone, "people", "stimuli"),
        ),
    ]
    rivals = ((OBJECTS, "a network trained on objects", "D"), (UNTRAINED, "an untrained one", "E"))
    for other, name, figure in rivals:
        than = f"than those of {name}"
        figures = (("Fig. 4C", f"Fig. 4{figure}"), ("Fig. 4A", "Fig. 4A"), ("Fig. 4F", "Fig. 4F"))
        for text, measure, sign, item, place, topics in (
            ("they tell expressions better", "accuracy", 1, OVERALL, figures[1], ("pixels",)),
            ("they err more as people do", "likeness", 1, "", figures[0], ("people", "stimuli")),
            (
                "a line fits their curves less well",
                "linear_r2",
                -1,
                f"{MEAN} linear",
                figures[2],
                (),
            ),
            ("a logistic fits them better", "logistic_r2", 1, f"{MEAN} logistic", figures[2], ()),
        ):
            source = {"likeness": "pearson", "accuracy": "accuracy"}.get(measure, "r2")
            size = numbers.between(source, item, (IDENTITY, other), place)
            where = ", ".join(dict.fromkeys(place))
            row = (f"{text} {than}", where, measure, other, 0.0, sign, *size)
            found.append(Claim(*row, (*alone, *topics)))
    for fit in ("linear", "quadratic"):
        items = (f"{MEAN} logistic", f"{MEAN} {fit}")
        size = numbers.apart("r2", items, IDENTITY, "Fig. 3C")
        text = f"in the network trained on identity a logistic fits better than a {fit} curve"
        found.append(Claim(text, "Fig. 3D", f"over_{fit}", "", 0.0, 1, *size, (*alone, "shape")))
    return found


class _Published:
    """Look numbers up by what they are of."""

    def __init__(self, table: pd.DataFrame):
        self.table = table

    def _rows(self, measure: str, training: str, figure: str) -> pd.DataFrame:
        table = self.table
        asked = (table["measure"] == measure) & (table["training"] == training)
        return table[asked & (table["figure"] == figure)]

    def of(self, measure: str, item: str, training: str, figure: str) -> tuple[float, float]:
        """Give a number and its reading error; NaN where it was not published."""
        rows = self._rows(measure, training, figure)
        rows = rows[rows["item"] == item] if item else rows
        if rows.empty:
            return np.nan, np.nan
        return tuple(rows[["published", "reading_error"]].iloc[0].astype(float))

    def between(
        self, measure: str, item: str, trainings: Sequence[str], figures: Sequence[str]
    ) -> tuple[float, float]:
        """First training less second; errors add up."""
        pairs = zip(trainings, figures, strict=True)
        (a, error), (b, other) = (self.of(measure, item, *pair) for pair in pairs)
        return a - b, error + other

    def apart(
        self, measure: str, items: Sequence[str], training: str, figure: str
    ) -> tuple[float, float]:
        """First item less second, each the mean over continua; errors add up."""
        found, published = [], self._rows(measure, training, figure)
        for item in items:
            rows = published[published["item"].str.endswith(item.removeprefix(MEAN))]
            found.append((rows["published"].mean(), rows["reading_error"].max()))
        (a, error), (b, other) = found
        return float(a - b), float(error + other)


def agreement(claim: Claim, here: Mapping[str, float] | None) -> tuple[str, str]:
    """Say whether a run agrees with a claim, and why; see `RULES`.

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
        missing = {OBJECTS: "no network trained on objects beside one trained on identity"}
        reason = missing.get(claim.against, "no untrained network of the same architecture")
        return UNTESTABLE, reason if claim.against else "no network trained on identity"
    if np.isnan(here["here"]):
        return UNKNOWN, "not measured: too few selective units, or no fit"
    if not np.isfinite([here["lower"], here["upper"]]).all():
        return UNKNOWN, "no interval"
    low, high = sorted(claim.sign * (here[end] - claim.none) for end in ("lower", "upper"))
    if low > 0:
        return YES, "the interval lies on the paper's side"
    if high < 0:
        return NO, "the interval lies on the other side"
    return UNKNOWN, "the interval holds the value of no effect"
