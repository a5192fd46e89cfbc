"""The paper's claims, compared with what a run finds."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from nurture.confusion.sources import MEAN
from nurture.core.rows import Networks, Tables, as_table, number
from nurture.experience import claims as claimed
from nurture.experience.equal_accuracy import MEASURES as AT_EQUAL_ACCURACY
from nurture.experience.experience_tables import ACCURACY, LIKENESS, OF_CONTINUA, PIXELS
from nurture.experience.published import PAPER_ARCHITECTURE
from nurture.statistics.verdicts import LEVEL, NO_CONTROL, OF_CLAIMS, POWER, detectable
from nurture.statistics.verdicts import RULES as VERDICTS

COLUMNS = (
    *("claim", "where", "basis", "counts", "paper", "reading_error", "network", "tested"),
    *("this_run", "lower", "upper", "p", "detectable", "detectable_in"),
    *("agreement", "reason", "caveats"),
)

MEASURES = {
    "accuracy": ACCURACY["selective"],
    "likeness": f"{LIKENESS['pearson']}, selective units",
    **{f"likeness_{population}": name for population, name in AT_EQUAL_ACCURACY.items()},
    "linear_r2": OF_CONTINUA["linear_r2"],
    "logistic_r2": OF_CONTINUA["logistic_r2"],
}
BETTER = {"likeness": "likeness_selective"}
"""What counts of a claim in place of the paper's own measure, where the run has it."""
SELECTIVE = "population == 'selective'"


def replication(
    claims: Sequence[claimed.Claim], tables: Tables, networks: Networks, caveats: Mapping[str, str]
) -> pd.DataFrame:
    """Compare every claim with the run's number, for each network trained on identity.

    Parameters
    ----------
    claims : sequence of Claim
        `nurture.experience.claims.claims`.
    tables : mapping of str to pandas.DataFrame
        The run's ``units``, ``accuracy`` (resampled), ``similarity`` (to observers), ``matched``
        (the same at equal accuracy), ``baselines`` (similarity to them), ``fit_comparisons``,
        ``experience``.
    networks : mapping of str to mapping
        ``training``, ``readout`` and ``architecture`` of each network.
    caveats : mapping of str to str
        Those that follow from the stimuli, by topic: `nurture.stimuli.settings.caveats`.

    Returns
    -------
    pandas.DataFrame
        claim, where; basis (see `nurture.experience.claims.Claim`); counts: 1 where the row is how
        one of the paper's claims is counted, see `BETTER`; paper, reading_error; network, and
        tested, the claim of the networks at hand; this_run, lower, upper (95 %); p of the test
        that decides or, of two networks, the two-sided one that belongs to the interval,
        uncorrected; detectable, the smallest effect that is found in 80 % of
        cases, in the measure or what else detectable_in says; agreement and reason
        (`nurture.experience.claims.agreement`); caveats. Of a comparison, numbers are differences:
        network trained on identity minus the other.
    """
    names = [name for name, s in networks.items() if s["training"] == claimed.IDENTITY]
    rows = []
    for name in names or [""]:
        found = {one: _here(one, tables, name, networks) if name else None for one in claims}
        known = {
            (one.measure, one.against)
            for one, here in found.items()
            if here is not None and np.isfinite(here["this_run"])
        }
        for claim, here in found.items():
            word, reason = claimed.agreement(claim, here)
            rows.append(
                {"claim": claim.about(), "where": claim.where, "network": name}
                | {"basis": claim.basis, "counts": int(_counts(claim, known))}
                | {"tested": claim.about(name, (here or {}).pop("others", ()))}
                | {"paper": claim.paper, "reading_error": claim.error}
                | (here or {})
                | {"p": (here or {}).get("p", (here or {}).get("p_interval", np.nan))}
                | {"agreement": word, "reason": reason}
                | {"caveats": _caveats(claim, tables, name, networks, caveats)}
            )
    return as_table(rows, COLUMNS)


def _counts(claim: claimed.Claim, known: Collection[tuple[str, str]]) -> bool:
    """Whether a claim is counted: once, by the better of two measures that the run has."""
    if claim.basis == claimed.AS_PUBLISHED:
        return (BETTER.get(claim.measure), claim.against) not in known
    return claim.basis == claimed.EQUAL and (claim.measure, claim.against) in known


def _here(claim: claimed.Claim, tables: Tables, name: str, networks: Networks) -> dict | None:
    """Find the run's number; None where the run has nothing to compare with."""
    if claim.against:
        return _compared(claim, tables["experience"], name, networks)
    if claim.measure.startswith("over_"):
        return _of_fits(claim, tables["fit_comparisons"], name)
    if claim.measure == "units":
        return _of_units(_at(tables["units"], name, networks))
    if claim.measure == "accuracy":
        rows = tables["accuracy"].query(f"{SELECTIVE} and statistic == 'accuracy'")
        rows = rows[(rows["redrawn"] == "test") & (rows["network"] == name)]
        return _numbers(rows)
    if claim.measure == "likeness_own":
        rows = tables["matched"].query("population == 'all' and matched_to == 'own'")
    else:
        rows = tables["similarity"].query(SELECTIVE)
    rows = rows[(rows["human"] == MEAN) & (rows["network"] == name)]
    rows = rows[rows["statistic"] == "pearson"]
    return _association(_numbers(rows), rows, "critical")


def _of_units(rows: pd.DataFrame) -> dict:
    """Share of selective units beyond chance, of which the permutation of labels decides."""
    chance, critical = (rows[name] / rows["n_units"] for name in ("null_mean", "null_critical"))
    ends = {end: rows[f"fraction_{end}"] - chance for end in ("lower", "upper")}
    found = _numbers(rows.assign(estimate=rows["fraction"] - chance, **ends))
    return _association(found, rows.assign(p=rows["p_count"], beyond=critical - chance), "beyond")


def _association(found: dict, rows: pd.DataFrame, critical: str) -> dict:
    """Add the p that decides, and the least effect beyond its critical value in most runs."""
    if not len(rows):
        return found
    row = rows.iloc[0]
    error = (found["upper"] - found["lower"]) / 2 / norm.ppf(1 - LEVEL / 2)
    return found | {"p": row["p"], "detectable": row[critical] + norm.ppf(POWER) * error}


def _of_fits(claim: claimed.Claim, table: pd.DataFrame, name: str) -> dict:
    """Difference of R2, which the paper shows, with the tests of AICc and left-out error."""
    rows = table[(table["network"] == name) & (table["fit_b"] == "logistic")]
    rows = rows[rows["fit_a"] == claim.measure.removeprefix("over_")].set_index("measure")
    if not len(rows):
        return _numbers(rows)
    # In that table the logistic is the second; less AICc and less error are better.
    r2, decisive = rows.loc["r2"], rows.loc[["aicc", "cv_error"]]
    p = decisive["p_max"].max()
    reach = (decisive["upper"] - decisive["lower"])["aicc"] / 2
    return {
        "this_run": -r2["difference"],
        "lower": -r2["upper"],
        "upper": -r2["lower"],
        "p": p if (decisive["difference"] > 0).all() else 1.0,
        "p_opposite": p if (decisive["difference"] < 0).all() else 1.0,
        "detectable": detectable(reach, max(decisive["n_continua"]["aicc"] - 1, 1)),
        "detectable_in": "AICc",
    }


def _at(table: pd.DataFrame, name: str, networks: Networks) -> pd.DataFrame:
    return table[(table["network"] == name) & (table["layer"] == networks[name]["readout"])]


def _compared(
    claim: claimed.Claim, table: pd.DataFrame, name: str, networks: Networks
) -> dict | None:
    rows = _at(table[table["measure"] == MEASURES[claim.measure]], name, networks)
    training = {n: s["training"] for n, s in networks.items()}
    if claim.against == claimed.OBJECTS:
        rows = rows[rows["reference"].map(training) == claimed.OBJECTS]
        others = list(rows["reference"][:1])
    else:
        # What is compared with its untrained control names no other training.
        rivals = [PIXELS, *(n for n, kind in training.items() if kind != claimed.UNTRAINED)]
        rows = rows[~rows["reference"].isin(rivals) & (rows["verdict"] != NO_CONTROL)]
        mine = networks[name]["architecture"]
        others = [n for n in training if training[n] == claimed.UNTRAINED]
        others = [n for n in others if networks[n]["architecture"] == mine]
    if rows.empty:
        return None
    found = _numbers(rows.drop(columns="estimate").rename(columns={"difference": "estimate"}))
    row = rows.iloc[0]
    return found | {"detectable": row["detectable"], "p_interval": row["p"], "others": others}


def _numbers(rows: pd.DataFrame) -> dict[str, float]:
    """First estimate with its interval, NaN of nothing, and what an interval so wide finds."""
    names = {"this_run": "estimate", "lower": "lower", "upper": "upper"}
    found = {k: float(rows[v].iloc[0]) if len(rows) else np.nan for k, v in names.items()}
    return found | {"detectable": detectable((found["upper"] - found["lower"]) / 2)}


def _caveats(
    claim: claimed.Claim, tables: Tables, name: str, networks: Networks, caveats: Mapping[str, str]
) -> str:
    notes = [caveats[topic] for topic in claim.topics if topic in caveats]
    notes += _of_architectures(claim, name, networks) if name else []
    if "shape" in claim.topics and name:
        notes += _of_shape(claim, tables["fit_comparisons"], name)
    if "pixels" in claim.topics:
        notes += _of_pixels(tables)
    if "stimuli" in claim.topics and name:
        notes += _of_stimuli(tables, name)
    return "; ".join(filter(None, notes))


def _of_architectures(claim: claimed.Claim, name: str, networks: Networks) -> list[str]:
    """Return which architectures are compared, where they are not the paper's."""
    mine = networks[name]["architecture"]
    others = [s["architecture"] for s in networks.values() if s["training"] == claimed.OBJECTS]
    used = dict.fromkeys([mine, *(others if claim.against == claimed.OBJECTS else [])])
    other = [one for one in used if one != PAPER_ARCHITECTURE]
    notes = [f"architecture {' and '.join(other)}, not {PAPER_ARCHITECTURE}"] if other else []
    if claim.against == claimed.UNTRAINED:
        replicates = [s for s in networks.values() if s["training"] == claimed.UNTRAINED]
        seeds = sum(s["architecture"] == mine for s in replicates)
        notes.append(f"seeds of the untrained one: {seeds}")
    if len(used) > 1:
        notes.append("the two differ in architecture and pictures, not in training alone")
    return notes


def _of_shape(claim: claimed.Claim, table: pd.DataFrame, name: str) -> list[str]:
    """Describe what is left of a gain when parameters are counted."""
    rows = table.query("measure == 'aicc' and fit_b == 'logistic'")
    rows = rows[rows["fit_a"] == claim.measure.removeprefix("over_")]
    rows = rows[rows["network"] == name]
    found = _numbers(rows.assign(estimate=rows["difference"]))
    return [
        "R2 favours the logistic's four parameters; AICc and the error on identities left out "
        "decide; AICc, which counts them, prefers the logistic by "
        f"{number(found['this_run'])} ({number(found['lower'])} to {number(found['upper'])})"
    ]


def _of_pixels(tables: Tables) -> list[str]:
    """Describe what is decoded from the pictures without a network."""
    rows = tables["accuracy"].query(
        "training == 'baseline' and population == 'all' and statistic == 'accuracy'"
    )
    rows = rows[rows["redrawn"] == "test"]
    named = zip(rows["network"], rows["estimate"], strict=True)
    notes = [f"all {name} reach {number(value)}" for name, value in named]
    return [f"without a network, accuracy: {', '.join(notes)}"] if notes else []


def _of_stimuli(tables: Tables, name: str) -> list[str]:
    """Describe how far a network's errors are those of the stimuli."""
    rows = tables["baselines"].query(f"{SELECTIVE} and statistic == 'pearson'")
    rows = rows[(rows["network"] == name) & rows["estimate"].notna()]
    notes = [
        f"{row.baseline} {number(row.estimate)} ({number(row.lower)} to {number(row.upper)})"
        for row in rows.itertuples()
    ]
    if not notes:
        return []
    return [f"its errors correlate with those that follow from the stimuli: {', '.join(notes)}"]


def replication_text(table: pd.DataFrame, paper: str, conclusions: Sequence[str] = ()) -> str:
    """Lay the table out for a reader, in Markdown.

    Parameters
    ----------
    table : pandas.DataFrame
        `replication`.
    paper : str
        How the paper is cited.
    conclusions : sequence of str
        Sentences that come first: `nurture.experience.conclusions.conclusions`.
    """
    counted = ", ".join(f"{word}: {n}" for word, n in claimed.verdicts(table).items())
    lines = ["# What the paper found, and what this run finds", ""]
    lines += [*conclusions, ""] if conclusions else []
    lines += [f"Paper: {paper}.", "", f"{counted}.", "", claimed.RULES, ""]
    rules = [(word, when) for _, word, when in VERDICTS if word in OF_CLAIMS]
    lines += [f"- *{word}*: {when}." for word, when in rules]
    head = ("claim", "where", "paper", "this run", "agreement", "detectable", "counts")
    lines += ["", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {' | '.join(_cells(row))} |" for row in table.itertuples()]
    lines += ["", "Detectable: the smallest effect that would have been found in 80 % of cases."]
    lines += ["", "What to keep in mind:", ""]
    for text, rows in table.groupby("caveats", sort=False):
        numbers = ", ".join(str(i + 1) for i in rows.index)
        lines.append(f"- Row {numbers}: {text}." if text else f"- Row {numbers}: nothing more.")
    return "\n".join(lines) + "\n"


def _cells(row) -> tuple[str, ...]:
    """Cells of a row of the table, as text."""
    published, here, found = number(row.paper), number(row.this_run), number(row.detectable)
    if not np.isnan(row.paper):
        published += f" ± {number(row.reading_error)}"
    if not np.isnan(row.lower):
        here += f" ({number(row.lower)} to {number(row.upper)})"
    if np.isfinite(row.detectable) and isinstance(row.detectable_in, str):
        found += f" ({row.detectable_in})"
    verdict, counts = f"{row.agreement}: {row.reason}", "yes" if row.counts else "no"
    return row.tested, row.where, published, here, verdict, found, counts
