"""Every measure of every network against its untrained control, networks of objects, and pixels."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from nurture.categorical.comparison_tables import measures_by_continuum
from nurture.confusion.bootstrap import Sample
from nurture.confusion.likeness import STATISTICS, Observers
from nurture.confusion.matrices import accuracy
from nurture.core.names import BASELINE
from nurture.core.rows import ABOUT, Networks, Replicates, as_table
from nurture.decoding.readout import hit_rate
from nurture.experience.equal_accuracy import Answers, paired
from nurture.statistics.comparison import Value, average, compare, of_cases, of_parts, of_resamples
from nurture.statistics.resampling import holm, resample
from nurture.statistics.verdicts import NO_CONTROL, of_difference, scope

COLUMNS = (
    *(*ABOUT, "depth", "measure", "reference", "estimate", "reference_estimate"),
    *("difference", "lower", "upper", "p", "p_holm", "detectable"),
    *("estimate_lower", "estimate_upper", "reference_lower", "reference_upper"),
    *("covers", "about", "verdict"),
)
NUMBERS = COLUMNS[6:12]
OBJECTS, UNTRAINED, PIXELS = "objects", "none", "pixels"
CONTROL = "its untrained control"
ONE_CONTROL = "its untrained control (one seed)"
CONTROLS = (CONTROL, ONE_CONTROL)

OF_UNITS = (
    "selective units, share of the layer",
    "selective units beyond chance, share of the layer",
    "tuning that repeats, r of halves",
)
ACCURACY = {
    "selective": "accuracy, selective units",
    "all": "accuracy, all units",
    "nonselective": "accuracy, size-matched nonselective units",
}
LIKENESS = {
    "pearson": "likeness to observers, r of errors",
    "similarity_pearson": "likeness to observers, bias taken out",
}
OF_CONTINUA = {
    "linear_r2": "linear R2",
    "logistic_r2": "logistic R2",
    "aicc_gain": "AICc gain of the logistic",
    "slope": "slope at the category boundary",
    "over_pixels": "excess of discrimination over pixels",
}
LOSS = "accuracy lost without selective units, over random"
CASES = {
    **dict.fromkeys(OF_UNITS, "faces"),
    **dict.fromkeys((*ACCURACY.values(), LOSS), "test identities"),
    **dict.fromkeys(OF_CONTINUA.values(), "continua"),
}
"""What was resampled or counted; of likeness it is test identities too."""

Measures = dict[str, dict[tuple[str, str], Value]]
"""Values by name of the measure, and by network and layer."""

Compared = Mapping[str, Mapping[tuple[str, str], Value | Answers]]
"""The same, and answers where what is compared depends on both sides."""


def of_units(units: pd.DataFrame, chance: Sequence[xr.Dataset]) -> Measures:
    """Measures of every layer, from the table ``selective_units`` and parts of the identities.

    Parameters
    ----------
    units : pandas.DataFrame
        The table ``selective_units``.
    chance : sequence of xarray.Dataset
        `nurture.selectivity.permutation.selectivity_permutation` of its layers: the shares that
        parts of the identities select, the same parts in every network.
    """
    nulls = {(one.attrs["network"], one.attrs["layer"]): one for one in chance}
    found = {name: {} for name in OF_UNITS}
    for row in units.itertuples():
        place = row.network, row.layer
        parts = nulls[place]["part_count"].to_numpy() / row.n_units
        n = nulls[place].attrs["n_identities"]
        beyond = (row.n_selective - row.null_mean) / row.n_units
        for name, share in zip(OF_UNITS, (row.n_selective / row.n_units, beyond), strict=False):
            found[name][place] = of_parts(share, parts, n)
        found[OF_UNITS[2]][place] = Value(float(row.split_half_r))
    return found


def of_confusions(samples: Sequence[Sample], humans: Mapping[str, np.ndarray]) -> Measures:
    """Accuracy, and likeness to observers as the mean over human sets, from resampled identities.

    Parameters
    ----------
    samples : sequence of Sample
        `nurture.confusion.bootstrap.make_samples`, no seeds pooled.
    humans : mapping of str to numpy.ndarray, shape (6, 6)
    """
    observers, found = Observers(humans), {}
    for sample in samples:
        place = sample.about["network"], sample.about["layer"]
        population = sample.about["population"]
        estimate, draws = sample.spread(accuracy)
        scores = {ACCURACY[population]: of_resamples(estimate, draws, sample.n_resampled)}
        if population != "nonselective":
            estimate, draws = sample.spread(lambda count: observers.compare(count)[..., -1])
            for statistic, name in LIKENESS.items():
                s = STATISTICS.index(statistic)
                value = of_resamples(estimate[s], draws[:, s], sample.n_resampled)
                scores[f"{name}, {population} units"] = value
        for name, value in scores.items():
            found.setdefault(name, {})[place] = value
    return found


def of_continua(fits: pd.DataFrame, discrimination: pd.DataFrame) -> Measures:
    """Means over continua, which count as cases; see `measures_by_continuum`."""
    values, found = measures_by_continuum(fits, discrimination), {}
    continua = values.index.unique("continuum")
    for place, mine in values.groupby(level=["network", "layer"]):
        mine = mine.droplevel(list(ABOUT)).reindex(continua)
        for column, name in OF_CONTINUA.items():
            if mine[column].notna().any():
                found.setdefault(name, {})[place] = of_cases(mine[column].to_numpy(float))
    return found


def of_ablation(results: Sequence[xr.Dataset], resamples: int) -> Measures:
    """By how much more accuracy falls without the selective than without random units.

    Parameters
    ----------
    results : sequence of xarray.Dataset
        `nurture.decoding.ablation.ablation` of each network.
    resamples : int
        Of the test identities, the same for every network.
    """
    found = {}
    for result in results:
        place = (result.attrs["network"], result.attrs["layer"])
        result = result.sel(task="expression")
        n_draws = result["n_draws"].to_series()
        if not n_draws[["selective", "random"]].all():
            continue
        shown = result["shown"].to_numpy()
        weights = resample(len(shown), resamples, result.attrs["seed"])
        kept = []
        for name in ("selective", "random"):
            hits = result["hits"].sel(ablated=name)[: n_draws[name]].mean("draw").to_numpy()
            kept.append((hit_rate(hits, shown), hit_rate(hits, shown, weights)))
        value, draws = (random - selective for selective, random in zip(*kept, strict=True))
        found[place] = of_resamples(value, draws, len(shown))
    return {LOSS: found}


class Comparison(NamedTuple):
    """A network or seeds of one, and what they are compared with."""

    name: str
    members: Sequence[str]
    reference: str
    others: Sequence[str]
    words: str


def experience(
    measures: Compared,
    units: pd.DataFrame,
    networks: Networks,
    controls: Mapping[str, Sequence[str]],
    groups: Replicates,
    reared: Collection[str] = (),
) -> pd.DataFrame:
    """Compare networks in every measure.

    Parameters
    ----------
    measures : mapping
        What `of_units` and the others, and `nurture.experience.equal_accuracy.of_answers` return,
        in one.
    units : pandas.DataFrame
        The table ``selective_units``: each network's layers and their depth.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of networks and baselines, in the order of the rows.
    controls : mapping of str to sequence of str
        Untrained networks of the same architecture, by trained network.
    groups : mapping of str to sequence of str
        Networks that differ in seed only, by the name of them all.
    reared : collection of str
        Networks that were reared here, and their controls. They are compared among themselves.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, depth, measure, reference; estimate, reference_estimate,
        difference, lower, upper and p of `nurture.statistics.comparison.compare`; p_holm, corrected
        for all comparisons of a measure, those of reared networks by themselves; detectable, the
        smallest difference found in 80 % of cases; 95 % intervals of both estimates
        (`nurture.statistics.comparison.average`); covers, what the interval allows for; about,
        whom the verdict is about; verdict, by `nurture.statistics.verdicts`. Measures of every
        layer are compared with the untrained control layer by layer, and all measures at the
        readouts with the other references.
    """
    depth = units.set_index(["network", "layer"])["depth"]
    rows = []
    for measure, values in measures.items():
        for one in comparisons(networks, controls, groups, reared):
            if one.reference == PIXELS and not any(name == PIXELS for name, _ in values):
                continue
            first = one.members[0]
            # With a control, all layers that were measured; else the readout.
            layers = [layer for name, layer in values if name == first]
            layers = layers if one.words in CONTROLS else []
            for layer in layers or [networks[first]["readout"]]:
                row = {"network": one.name, "training": networks[first]["training"]}
                row |= {"layer": layer, "depth": depth.get((first, layer), np.nan)}
                row |= {"measure": measure, "reference": one.reference, "words": one.words}
                row |= {"reared": first in reared}
                row |= _compared(measure, values, one, layer, networks)
                # Further seeds of a control may be read at the readout alone.
                there = [other for other in one.others if (other, layer) in depth.index]
                if one.words in CONTROLS and there and len(there) < len(one.others):
                    row["reference"] = ", ".join(there)
                rows.append(row)
    table = as_table(rows, (*COLUMNS[:-1], "words", "reared"))
    by_measure = table.groupby(["measure", "reared"], sort=False)["p"]
    table["p_holm"] = by_measure.transform(lambda p: holm(p.to_numpy(float)))
    differences = zip(table["difference"], table["p_holm"], table["words"], strict=True)
    table["verdict"] = [of_difference(*one) if one[-1] else NO_CONTROL for one in differences]
    return table[list(COLUMNS)]


def comparisons(
    networks: Networks,
    controls: Mapping[str, Sequence[str]],
    groups: Replicates,
    reared: Collection[str] = (),
) -> Iterator[Comparison]:
    """List what is compared: with the untrained control, networks of objects, and pixels.

    Seeds of rearing are compared as one, and reared networks with no others.
    """
    named = {tuple(members): name for name, members in groups.items()}
    grouped = {member for members in groups.values() for member in members}
    grown = [n for n, s in networks.items() if s["training"] not in (UNTRAINED, BASELINE)]
    seeds = {m[0]: (n, m) for n, m in groups.items() if m[0] in grown}
    trained = dict(seeds.get(n, (n, [n])) for n in grown if n in seeds or n not in grouped)
    untrained = {n: m for n, m in groups.items() if networks[m[0]]["training"] == UNTRAINED}
    untrained |= {
        n: [n] for n, s in networks.items() if s["training"] == UNTRAINED and n not in grouped
    }
    kind = {name: networks[members[0]]["training"] for name, members in trained.items()}
    for name, members in trained.items():
        others = tuple(controls.get(members[0], ()))
        reference = named.get(others, ", ".join(others))
        words = ("", ONE_CONTROL, CONTROL)[min(len(others), 2)]
        yield Comparison(name, members, reference, others, words)
        for other, rivals in trained.items():
            alike = (members[0] in reared) == (rivals[0] in reared)
            if alike and kind[other] == OBJECTS != kind[name]:
                yield Comparison(name, members, other, rivals, other)
    if PIXELS in networks:
        for name, members in (trained | untrained).items():
            yield Comparison(name, members, PIXELS, [PIXELS], PIXELS)


def _compared(
    measure: str,
    values: Mapping[tuple[str, str], Value | Answers],
    one: Comparison,
    layer: str,
    networks: Networks,
) -> dict:
    # A control is compared layer by layer, where it was read; others at their readouts.
    places = [(n, layer if one.words in CONTROLS else networks[n]["readout"]) for n in one.others]
    mine, theirs = _sides(values, [(name, layer) for name in one.members], places)
    found = compare(mine, theirs, means=len(mine) > 1)
    cases = {"cases": CASES.get(measure, "test identities"), "seeds": "seeds"}
    numbers = (found.estimate, found.reference, found.difference)
    row = dict(zip(NUMBERS, (*numbers, found.lower, found.upper, found.p), strict=True))
    row |= {"detectable": found.detectable}
    for side, values in (("estimate", mine), ("reference", theirs)):
        alone = average(values)
        row |= {f"{side}_lower": alone.lower, f"{side}_upper": alone.upper}
    row |= {"about": scope(len(mine), len(theirs))}
    return row | {"covers": " and ".join(cases[name] for name in found.covers)}


def _sides(
    values: Mapping[tuple[str, str], Value | Answers], *places: Sequence[tuple[str, str]]
) -> list[list[Value]]:
    """Collect the values that there are on either side; a missing number where there are none."""
    sides = [[values[place] for place in side if place in values] for side in places]
    if all(sides) and isinstance(sides[0][0], Answers):
        return list(paired(*sides))
    missing = [Value(np.nan)]
    return [[v for v in side if isinstance(v, Value)] or missing for side in sides]
