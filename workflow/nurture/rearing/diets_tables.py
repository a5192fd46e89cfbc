"""One architecture, several training diets: what depends on the diet, at the end and on the way."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from nurture.core.rows import as_table
from nurture.experience.experience_tables import CASES, Measures
from nurture.networks.reared import DIETS, NONE
from nurture.statistics.comparison import Value, average, compare
from nurture.statistics.resampling import holm
from nurture.statistics.verdicts import of_difference

PLACE = ("layer", "depth", "measure")
INTERVAL = ("estimate", "lower", "upper")
COLUMNS = (
    *("network", "training", "layer", "depth", "measure", "diet", "images", "finished"),
    *("n_seeds", *INTERVAL, "covers"),
)
COMPARED = (
    *("diet", "reference", *PLACE, "n_seeds", "reference_seeds", "estimate"),
    *("reference_estimate", "difference", "lower", "upper", "p", "p_holm", "covers", "verdict"),
)
WORDS = {NONE: "the untrained"}


class Diet(NamedTuple):
    """Networks of one diet that have seen as many images, and differ in seed only.

    Rearing ends when held-out views are named no better, so that at its end seeds differ in how
    many images they have seen: then it is the mean.
    """

    diet: str
    images: float
    finished: bool
    members: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the only network, or of them all."""
        first, *more = self.members
        return f"{self.diet}, mean of {len(more) + 1} seeds" if more else first


def group(networks: Mapping[str, Mapping]) -> list[Diet]:
    """Group networks by diet, as `nurture.networks.reared.DIETS` has them, then by images seen.

    Of each network ``diet``, ``images`` seen and whether its rearing is ``finished`` are given.
    """
    found = {}
    for name, one in networks.items():
        seen = np.inf if one["finished"] else one["images"]
        found.setdefault((DIETS.index(one["diet"]), seen), []).append(name)
    return [
        Diet(
            DIETS[diet],
            float(np.mean([networks[name]["images"] for name in found[diet, seen]])),
            np.isinf(seen),
            tuple(found[diet, seen]),
        )
        for diet, seen in sorted(found)
    ]


def diets(measures: Measures, units: pd.DataFrame, networks: Mapping[str, Mapping]) -> pd.DataFrame:
    """Give every measure of every network, and its mean over seeds.

    Parameters
    ----------
    measures : mapping
        `nurture.experience.experience_tables`: what ``of_units`` and the others return, in one.
    units : pandas.DataFrame
        The table ``selective_units``: each network's layers and their depth.
    networks : mapping of str to mapping
        See `group`; ``training`` too.

    Returns
    -------
    pandas.DataFrame
        network, training, layer, depth, measure; diet; images seen; finished, whether rearing was
        over; n_seeds; estimate with a 95 % interval over what ``covers`` names: a row for each
        network, and where several differ in seed only, one for their mean. Seeds in which a
        measure is lacking, as those of too few selective units, don't count, nor do they in
        n_seeds.
    """
    rows = []
    for one in group(networks):
        for layer, depth, measure, values in _places(measures, units, one.members):
            place = {"training": networks[one.members[0]]["training"], "layer": layer}
            place |= {"depth": depth, "measure": measure, "diet": one.diet}
            place |= {"images": one.images, "finished": int(one.finished)}
            if len(one.members) > 1:
                rows += [
                    {"network": name, **place, **_mean(measure, [value])}
                    for name, value in zip(one.members, values, strict=True)
                ]
            rows.append({"network": one.name, **place, **_mean(measure, values)})
    return as_table(rows, COLUMNS)


def compared_diets(
    measures: Measures, units: pd.DataFrame, networks: Mapping[str, Mapping]
) -> pd.DataFrame:
    """Compare every two diets, their rearing over, at every layer.

    Parameters
    ----------
    measures, units, networks
        See `diets`.

    Returns
    -------
    pandas.DataFrame
        diet, reference, layer, depth, measure; seeds of each; estimate, reference_estimate,
        difference, lower, upper and p of `nurture.statistics.comparison.compare` of two means over
        seeds; p_holm, corrected for all pairs and layers of a measure; covers, what the interval
        allows for; verdict, by `nurture.statistics.verdicts`.
    """
    rows, nothing = [], Value(np.nan)
    for one, other in combinations([one for one in group(networks) if one.finished], 2):
        for layer, depth, measure, values in _places(measures, units, one.members):
            there = [measures[measure].get((n, layer), nothing) for n in other.members]
            values, there = _measured(values), _measured(there)
            found = compare(values or [nothing], there or [nothing], means=True)
            rows.append(
                {"diet": one.diet, "reference": other.diet, "layer": layer, "depth": depth}
                | {"measure": measure, "n_seeds": len(values), "reference_seeds": len(there)}
                | {"estimate": found.estimate, "reference_estimate": found.reference}
                | {"difference": found.difference, "lower": found.lower, "upper": found.upper}
                | {"p": found.p, "covers": _covers(measure, found.covers)}
            )
    table = as_table(rows, COMPARED)
    by_measure = table.groupby("measure", sort=False)["p"]
    table["p_holm"] = by_measure.transform(lambda p: holm(p.to_numpy(float)))
    differences = zip(table["difference"], table["p_holm"], table["reference"], strict=True)
    table["verdict"] = [
        of_difference(difference, p, WORDS.get(diet, f"those reared on {diet}"))
        for difference, p, diet in differences
    ]
    return table


def _places(
    measures: Measures, units: pd.DataFrame, members: Sequence[str]
) -> Iterator[tuple[str, float, str, list[Value]]]:
    """Each layer and measure that any of the networks has, with the values of them all."""
    mine = units[units["network"] == members[0]].sort_values("depth", kind="stable")
    nothing = Value(np.nan)
    for measure, values in measures.items():
        for layer, depth in zip(mine["layer"], mine["depth"], strict=True):
            if any((name, layer) in values for name in members):
                found = [values.get((name, layer), nothing) for name in members]
                yield layer, float(depth), measure, found


def _measured(values: Sequence[Value]) -> list[Value]:
    return [value for value in values if np.isfinite(value.estimate)]


def _mean(measure: str, values: Sequence[Value]) -> dict:
    values = _measured(values)
    found = average(values or [Value(np.nan)])
    numbers = (found.estimate, found.lower, found.upper)
    about = {"n_seeds": len(values), "covers": _covers(measure, found.covers)}
    return about | dict(zip(INTERVAL, numbers, strict=True))


def _covers(measure: str, covers: Sequence[str]) -> str:
    names = {"cases": CASES.get(measure, "test identities"), "seeds": "seeds"}
    return " and ".join(names[name] for name in covers)
