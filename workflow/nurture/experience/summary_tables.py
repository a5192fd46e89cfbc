"""The main numbers of every layer, for a file and for a terminal."""

from collections.abc import Sequence

import pandas as pd

from nurture.confusion.sources import MEAN
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS
from nurture.core.rows import ABOUT
from nurture.core.screen import text_table
from nurture.core.shown import chance, over


def summary(
    units: pd.DataFrame,
    scores: pd.DataFrame,
    likeness: pd.DataFrame,
    curves: pd.DataFrame,
    human: str,
) -> pd.DataFrame:
    """Put the main numbers of every layer into one row.

    Parameters
    ----------
    units, scores, likeness, curves : pandas.DataFrame
        `selective_units`, `confusion_scores`, `human_similarity` and `fits`.
    human : str
        The human set that gets a column of its own apart from the mean over all sets.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, units, selective, selective_percent, selective_by_chance (mean
        count under permuted labels), selective_p (share of permutations that give as many),
        preferred (by most selective units), accuracy_selective, accuracy_all,
        accuracy_nonselective, human_pearson_mean and human_pearson_{human} (selective units; off
        the diagonal), human_pearson_mean_all (all units), linear_r2 and logistic_r2 (means over
        continua), note. Empty where a layer was not analysed or has too few selective units.

    Raises
    ------
    NurtureError
        When no human set is called `human`.
    """
    known = [name for name in likeness["human"].unique() if name != MEAN]
    if known and human not in known:
        raise NurtureError(
            f"human.reference: {human!r} is none of the human sets "
            f"{', '.join(known)}; correct the configuration"
        )
    counts = units[list(EXPRESSIONS)]
    table = units[list(ABOUT)].assign(
        units=units["n_units"],
        selective=units["n_selective"],
        selective_percent=100 * units["fraction"],
        selective_by_chance=units["null_mean"],
        selective_p=units["p_count"],
        preferred=counts.idxmax(axis=1).where(counts.sum(axis=1) > 0, ""),
    )
    selective = likeness.query("population == 'selective' and statistic == 'pearson'")
    whole = likeness.query("population == 'all' and statistic == 'pearson'")
    parts = [
        _wide(scores, "population", "accuracy", "accuracy_{}", POPULATIONS),
        _wide(selective, "human", "estimate", "human_pearson_{}", (MEAN, human)),
        _wide(whole, "human", "estimate", "human_pearson_{}_all", (MEAN,)),
        _wide(curves, "fit", "r2", "{}_r2", ("linear", "logistic")),
        scores[scores["population"] == "selective"].set_index(list(ABOUT))[["note"]],
    ]
    for part in parts:
        table = table.merge(part.reset_index(), on=list(ABOUT), how="left")
    # A column of empty notes comes back from its file as numbers.
    return table.assign(note=table["note"].astype(object).fillna(""))


def _wide(
    table: pd.DataFrame, key: str, value: str, name: str, keys: Sequence[str]
) -> pd.DataFrame:
    """Mean of `value` by layer, one column for each of `keys`."""
    wide = table.pivot_table(index=list(ABOUT), columns=key, values=value, aggfunc="mean")
    return wide.reindex(columns=list(keys)).rename(columns=name.format)


POPULATIONS = ("selective", "all", "nonselective")

HEADINGS = {
    "units": ("units", "{:d}"),
    "selective": ("selective", "{:d}"),
    "selective_percent": ("%", "{:.2f}"),
    "selective_by_chance": ("by chance", "{:.1f}"),
    "selective_p": ("p", "{:.3f}"),
    "preferred": ("prefer", "{}"),
    "accuracy_selective": ("accuracy", "{:.3f}"),
    "accuracy_all": ("all units", "{:.3f}"),
    "accuracy_nonselective": ("nonselective", "{:.3f}"),
    "human_pearson_mean": ("human r", "{:.2f}"),
    "human_pearson_mean_all": ("of all", "{:.2f}"),
    "linear_r2": ("linear R2", "{:.3f}"),
    "logistic_r2": ("logistic R2", "{:.3f}"),
    "note": ("", "{}"),
}

LEGEND = (
    "by chance: mean count when expression labels are permuted within identity; p: share of "
    "permutations that give as many. prefer: expression that most selective units prefer. "
    "accuracy: mean hit rate over {over} (chance {chance}) of a classifier on the selective "
    "units, on all, on size-matched nonselective ones. human r: mean "
    "off-diagonal correlation with human confusion matrices, of selective and of all units. "
    "R2: fits to identification curves. -: not analysed, or too few selective units."
)


def summary_text(table: pd.DataFrame, n_expressions: int = len(EXPRESSIONS)) -> str:
    """Lay out `summary` for a terminal, one line for each layer, with a legend of one line.

    Parameters
    ----------
    table : pandas.DataFrame
        `summary`.
    n_expressions : int
        Of the test set.
    """
    columns = [[name, *table[name].astype(str)] for name in ABOUT]
    for name in table.columns.drop(list(ABOUT)):
        heading, form = HEADINGS.get(name, (name.replace("human_pearson_", "r "), "{:.2f}"))
        empty = "" if name == "note" else "-"
        values = [empty if pd.isna(v) or v == "" else form.format(v) for v in table[name]]
        columns.append([heading, *values])
    numbers = range(len(ABOUT), len(columns) - 1)
    lines = text_table(zip(*columns, strict=True), right=numbers)
    guess = f"{chance(n_expressions):.3f}".lstrip("0")
    legend = LEGEND.format(over=over(n_expressions), chance=guess)
    if n_expressions < len(EXPRESSIONS):
        legend += " human r needs answers to all six."
    rule = "-" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1:], rule, legend])
