"""Observers' discrimination of morphs beside how far apart networks have the same pairs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nurture.categorical.identification_figure import at_right, label_columns, shown_continua
from nurture.core import style as parts
from nurture.core.rows import Networks
from nurture.observers.observer_curves_figure import correlation_words, of_first

FIGURE = {
    "category": "Categories",
    "place": 3,
    "tables": ["observer_discrimination", "pair_distances", "discrimination_correlation"],
    "networks": ["shown"],
    "when": "observers.compared",
    "needs": ["networks", "select_on", "train_on", "test_on", "morphs"],
    "caption": "Observers discriminated two morphs of a face (ABX), which lie nearer to or farther "
    "from each other for a network. The first row is how often observers were right with each pair "
    "along a continuum, the rows below how far apart the very same pairs are for each network. "
    "Right: a dot is a pair of levels; where observers discriminate what is far apart for the "
    "network, dots rise.",
}
STYLE = {"row_height_mm": 24, "rows": 5}

PAIR = ["continuum", "low", "high"]
DASHES = (0, (3, 1.5))


@parts.styled(STYLE)
def draw(
    observed: pd.DataFrame,
    distances: pd.DataFrame,
    correlation: pd.DataFrame,
    networks: Networks,
    *,
    style: Mapping,
) -> Figure:
    """Draw observers' share right above networks' distances, by the middle of each pair.

    Observers and networks as rows, continua as columns, and a last column for both.

    Parameters
    ----------
    observed : pandas.DataFrame
        human and the columns of `nurture.observers.discrimination.observer_discrimination`.
    distances : pandas.DataFrame
        human and the columns of `nurture.observers.discrimination.pair_distances`.
    correlation : pandas.DataFrame
        human and the columns of `nurture.observers.discrimination.discrimination_correlation`.
    networks : mapping of str to mapping
        ``training`` and ``readout`` of each network, in the order of the rows.
    """
    (observed, distances, correlation), whose = of_first(observed, distances, correlation)
    networks, others = parts.fitting(networks, style["rows"])
    continua, left_out = shown_continua(observed)
    observed = observed.assign(level=(observed["low"] + observed["high"]) / 2)
    figure = parts.new_figure(
        style,
        (len(networks) + 1) * style["row_height_mm"] + 54,
        "Do observers discriminate what is far apart for a network?",
        f"Grey: share of right ABX answers of observers {whose} to pairs of morphs of one face, at "
        "the level between the two, with 95 % Wilson intervals; chance is .5. Colour: mean "
        "distance of the same pairs in the space of the network's selective units, as a ratio to "
        "the mean of all pairs; dashed, of the images. Right: share right against distance, a dot "
        "for each pair of levels; r is that of single answers, right or wrong, and so is small "
        f"even for a perfect model, with a 95 % jackknife interval over observers and identities."
        f"{left_out}",
        others,
    )
    panels = figure.subplots(
        len(networks) + 1,
        len(continua) + 1,
        squeeze=False,
        width_ratios=[1] * len(continua) + [1.6],
    )
    _draw_observers(panels[0], observed, continua, style)
    ratios = {
        name: _as_ratios(parts.select(distances, network=name, layer=settings["readout"]))
        for name, settings in networks.items()
    }
    highest = max(np.nanmax([1, *one["distance"], *one["pixels"]]) for one in ratios.values())
    for row, place, colour in parts.network_rows(panels[1:], networks, style, "distance"):
        mine = ratios[place["network"]]
        for panel, continuum in zip(row[:-1], continua, strict=True):
            _draw_distances(panel, parts.select(mine, continuum=continuum), highest, colour, style)
            panel.tick_params(labelleft=panel is row[0], labelbottom=False)
        found = parts.select(correlation, **place)
        _draw_both(row[-1], mine.merge(observed, on=PAIR), found, highest, colour, style)
        row[-1].tick_params(labelbottom=False)
    label_columns(panels[:, :-1], continua)
    panels[0, -1].set_title("share right\nby distance")
    panels[-1, -1].set_xlabel("distance")
    panels[-1, -1].tick_params(labelbottom=True)
    marks: dict[str, dict[str, Any]] = {
        "observers, 95 %": {"color": style["human"], "marker": "o", "linewidth": 0.8},
        "units": {},
        "images": {"linewidth": 0.7, "linestyle": DASHES},
        "a pair of levels": {"marker": "o", "linestyle": "none"},
    }
    parts.key(figure, marks, style)
    return figure


def _as_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Divide distances of units and of images by the mean over all pairs."""
    return table.assign(
        level=(table["low"] + table["high"]) / 2,
        distance=table["distance"] / table["distance"].mean(),
        pixels=table["pixels"] / table["pixels"].mean(),
    )


def _draw_observers(
    row: np.ndarray, observed: pd.DataFrame, continua: list[str], style: Mapping
) -> None:
    for panel, continuum in zip(row[:-1], continua, strict=True):
        points = parts.select(observed, continuum=continuum)
        panel.set(xlim=(-0.05, 1.05), ylim=_heights(observed), xticks=[0, 0.5, 1])
        panel.set_yticks([0.5, 1], [".5", "1"])
        panel.tick_params(labelleft=panel is row[0], labelbottom=False)
        panel.axhline(0.5, color=style["faint"], linewidth=0.4, linestyle=":")
        bounds = (points[name] for name in ("level", "lower", "upper"))
        panel.vlines(*bounds, color=style["human"], linewidth=0.8, gid="interval")
        look = {"color": style["human"], "markeredgewidth": 0}
        panel.plot(points["level"], points["share_right"], "o-", gid="observers", **look)
    row[-1].set_axis_off()
    parts.write_left(row[0], "observers", 0.5, 0, va="center", weight="bold", color=style["faint"])
    row[0].set_ylabel("share right")


def _heights(observed: pd.DataFrame) -> tuple[float, float]:
    """Range of shares right: from below chance, and below all intervals, to all."""
    return np.nanmin([0.35, *(observed["lower"] - 0.05)]), 1.05


def _draw_distances(
    axes: Axes, points: pd.DataFrame, highest: float, colour: str, style: Mapping
) -> None:
    axes.set(xlim=(-0.05, 1.05), ylim=(0, 1.1 * highest), xticks=[0, 0.5, 1])
    if points["distance"].isna().all():
        parts.empty(axes, "no distance", style, width=14)
        return
    axes.axhline(1, color=style["faint"], linewidth=0.4, linestyle=":")
    look = {"color": colour, "markersize": 0.8 * style["marker_size"]}
    axes.plot(points["level"], points["distance"], "o-", gid="network", **look)
    look = {"color": style["ink"], "linewidth": 0.7 * style["line_width"], "linestyle": DASHES}
    axes.plot(points["level"], points["pixels"], gid="pixels", **look)


def _draw_both(
    axes: Axes, both: pd.DataFrame, found: pd.DataFrame, highest: float, colour: str, style: Mapping
) -> None:
    axes.set(xlim=(0, 1.1 * highest), ylim=_heights(both))
    axes.set_yticks([0.5, 1], [".5", "1"])
    at_right(axes)
    known = both.dropna(subset=["distance"])
    if known.empty:
        axes.tick_params(labelright=False)
        parts.empty(axes, "no distance", style, width=14)
        return
    axes.set_ylabel("share right")
    axes.axhline(0.5, color=style["faint"], linewidth=0.4, linestyle=":")
    look: dict[str, Any] = {"color": colour, "alpha": 0.6, "markeredgewidth": 0}
    axes.plot(known["distance"], known["share_right"], "o", gid="pairs", **look)
    axes.set_title(correlation_words(found), size=style["small_font_size"])
