"""What the paper claims, in numbers, and what a run says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nurture.core.expressions import EXPRESSIONS
from nurture.core.shown import chance
from nurture.experience.published import MEAN, OVERALL
from nurture.statistics.verdicts import OF_CLAIMS, UNTESTABLE, Evidence, of_claim

IDENTITY, OBJECTS, UNTRAINED = "identity", "objects", "none"

AS_PUBLISHED = "as published"
EQUAL, EQUAL_ALL = "at equal accuracy", "at equal accuracy, all units"

RULES = (
    "Each claim is asked by itself; table experience asks more and corrects for all of it. Each "
    "row is about the networks that it names, not about all networks of their training. What sets "
    "the errors of two networks apart is asked as the paper did, and where both are right as "
    "often; of the selective units, which the paper is about, the second counts, of all units "
    "neither does. That was settled before any of the numbers was seen."
)


@dataclass(frozen=True)
class Claim:
    """One of the paper's claims."""

    text: str
    where: str
    """The claim, with ``{it}`` and ``{other}`` for the networks, and where in Zhou et al. (2022) it
    is made."""
    measure: str
    """In what: a name that `nurture.experience.replication_tables.replication` looks up in the
    run's tables."""
    against: str = ""
    """``objects`` or ``none``: the training that the identity network is compared with. Empty where
    a claim is of that network alone."""
    none: float = 0.0
    """Value of no effect."""
    sign: int = 1
    """1 where the paper has more than that, -1 where less."""
    paper: float = np.nan
    error: float = np.nan
    """The published number and its reading error; NaN where none could be read."""
    topics: tuple[str, ...] = ()
    """Which caveats matter, apart from architectures: ``faces``, ``observers``, ``stimuli``,
    ``pixels``, ``shape``."""
    basis: str = AS_PUBLISHED
    """`AS_PUBLISHED`; or `EQUAL`, of selective units, or `EQUAL_ALL`, where networks are brought to
    one accuracy before their errors are compared."""

    def about(self, name: str = "", others: Sequence[str] = ()) -> str:
        """Return the claim of networks of a run, or of all of a training where none are named.

        A run compares single networks with each other, and with seeds of the untrained one: what
        it finds is of these and not of all networks of their training.
        """
        it = (
            f"this network trained on identity ({name})" if name else "networks trained on identity"
        )
        kind = "untrained" if self.against == UNTRAINED else "trained on objects"
        if not others:
            other = f"networks {kind}" if self.against == OBJECTS else f"{kind} ones"
        elif len(others) == 1:
            other = f"this one, {kind} ({others[0]})"
        else:
            other = f"{len(others)} {kind} ones"
        return self.text.format(it=it, other=other)


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
    right = numbers.of("accuracy", OVERALL, IDENTITY, "Fig. 2")
    alike = numbers.of("pearson", "", IDENTITY, "Fig. 2")
    shown, judged = ("faces", "pixels"), ("faces", "observers", "stimuli")
    emerge = "units selective for expression emerge in {it}"
    decode = "the selective units of {it} decode expressions better than chance"
    err = "units of {it} err as observers do"
    equal = f"all {err} when they are right as often"
    return [
        Claim(emerge, "abstract", "units", topics=shown),
        Claim(decode, "Fig. 2", "accuracy", none=chance(n_expressions), topics=shown, **right),
        Claim(f"the selective {err}", "Fig. 2", "likeness", topics=judged, **alike),
        Claim(equal, "Fig. 2", "likeness_own", topics=judged, basis=EQUAL_ALL, **alike),
        *_compared(OBJECTS, "Fig. 4D", numbers),
        *_compared(UNTRAINED, "Fig. 4E", numbers),
        *(_of_shape(fit, numbers) for fit in ("linear", "quadratic")),
    ]


def _compared(other: str, matrix: str, numbers: "_Published") -> list[Claim]:
    """List what sets the network trained on identity apart from another."""

    def claim(text, measure, sign, read, figures, topics, basis=AS_PUBLISHED) -> Claim:
        pair = zip((IDENTITY, other), figures, strict=True)
        size = _less(*(numbers.of(*read, *place) for place in pair))
        where = ", ".join(dict.fromkeys(figures))
        about = {"topics": ("faces", *topics), "basis": basis}
        return Claim(text, where, measure, other, sign=sign, **about, **size)

    line, logistic = (("r2", f"{MEAN} {fit}") for fit in ("linear", "logistic"))
    means, fits, matrices = ("Fig. 4A",) * 2, ("Fig. 4F",) * 2, ("Fig. 4C", matrix)
    right, alike = ("accuracy", OVERALL), ("pearson", "")
    observers = ("observers", "stimuli")
    decode = "the selective units of {it} decode expressions better than those of {other}"
    err = "units of {it} err more as observers do than those of {other}"
    selective, everything = f"the selective {err}", f"all {err}"
    equal = " when both are right as often"
    less = "a line fits the identification curves of {it} less well than those of {other}"
    better = "a logistic fits the identification curves of {it} better than those of {other}"
    return [
        claim(decode, "accuracy", 1, right, means, ("pixels",)),
        claim(selective, "likeness", 1, alike, matrices, observers),
        claim(selective + equal, "likeness_selective", 1, alike, matrices, observers, EQUAL),
        claim(everything + equal, "likeness_all", 1, alike, matrices, observers, EQUAL_ALL),
        claim(less, "linear_r2", -1, line, fits, ()),
        claim(better, "logistic_r2", 1, logistic, fits, ()),
    ]


def _of_shape(fit: str, numbers: "_Published") -> Claim:
    curve = {"linear": "line", "quadratic": "quadratic curve"}[fit]
    return Claim(
        f"a logistic fits the identification curves of {{it}} better than a {curve}",
        "Fig. 3D",
        f"over_{fit}",
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
    """Return whether a run agrees with a claim, and why: `nurture.statistics.verdicts.of_claim`.

    Parameters
    ----------
    claim : Claim
    here : mapping or None
        ``this_run``, ``lower`` and ``upper`` of the run; where a test decides and not the
        interval, its ``p`` and ``p_opposite``; where the interval decides and a p belongs to it,
        ``p_interval``. None where nothing is there to test.
    """
    if here is None:
        missing = {OBJECTS: "no network trained on objects to compare with one trained on identity"}
        reason = missing.get(claim.against, "no untrained network of the same architecture")
        return UNTESTABLE, reason if claim.against else "no network trained on identity"
    numbers = (here["this_run"], here["lower"], here["upper"], claim.paper)
    effect, lower, upper, published = (claim.sign * (one - claim.none) for one in numbers)
    tests = (here.get(name, np.nan) for name in ("p", "p_opposite", "p_interval"))
    ends = min(lower, upper), max(lower, upper)
    return of_claim(Evidence(effect, *ends, published, claim.error, *tests))


def verdicts(table: pd.DataFrame) -> dict[str, int]:
    """Count the paper's claims by verdict, each once, from the table of a run.

    See `nurture.experience.replication_tables.replication`.
    """
    counts = table.loc[table["counts"] == 1, "agreement"].value_counts()
    return {word: int(counts[word]) for word in OF_CLAIMS if word in counts}
