"""Interactive charts as Vega-Lite specifications (Satyanarayan et al., 2017).

Each names its data sets; the page's scripts fill them in. Colours are those of the figures.
"""

from collections.abc import Mapping

import vl_convert

from nurture.core.expressions import EXPRESSIONS

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])
"""Line patterns of networks of the same training: seeds of an untrained one share a colour."""

DOTTED = [1, 3]
OBSERVERS = "observers"


def _frame(style: Mapping, description: str, height: int) -> dict:
    """Start a chart that is as wide as the page lets it be."""
    version = vl_convert.get_vegalite_versions()[-1].split(".")[0]
    text = {"labelFont": FONT, "titleFont": FONT, "labelColor": style["ink"]}
    text |= {"titleColor": style["ink"], "labelFontSize": 12, "titleFontSize": 12}
    return {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{version}.json",
        "description": description,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "background": None,
        "config": {
            "axis": {**text, "grid": False, "domainColor": "#BBBBBB", "tickColor": "#BBBBBB"},
            "view": {"stroke": None},
            "title": {"font": FONT},
        },
    }


def _lines(trainings: Mapping[str, str], style: Mapping) -> tuple[dict, dict]:
    """Encode each network by the colour of its training, and by a pattern of its own within it."""
    kinds = [*trainings.values()]
    dashes = [DASHES[kinds[:i].count(kind) % len(DASHES)] for i, kind in enumerate(kinds)]
    colours = [style["trainings"][kind] for kind in kinds]
    # The table of answers is the legend: it shows each line's colour and pattern.
    line = {"field": "network", "type": "nominal", "legend": None}
    names = [*trainings, OBSERVERS]
    return (
        {**line, "scale": {"domain": names, "range": [*colours, style["ink"]]}},
        {**line, "scale": {"domain": names, "range": [*dashes, DOTTED]}},
    )


def identification_chart(trainings: Mapping[str, str], style: Mapping) -> dict:
    """Draw the curves of all networks along a continuum, with a line at the chosen level.

    Parameters
    ----------
    trainings : mapping of str to str
        Training of each network.
    style : mapping
        `nurture.core.style.complete`.

    Returns
    -------
    dict
        With data sets ``curves`` and ``answers`` (network, level, share) and ``here`` (level).
    """
    colour, dash = _lines(trainings, style)
    x = {"field": "level", "type": "quantitative", "title": "Morph level"}
    x |= {"axis": {"format": "%", "tickCount": 5}, "scale": {"domain": [0, 1]}}
    y = {"field": "share", "type": "quantitative", "title": "Answered second"}
    y |= {"axis": {"format": "%", "tickCount": 4}, "scale": {"domain": [0, 1]}}
    tips = [
        {"field": "network", "type": "nominal"},
        {"field": "level", "type": "quantitative", "format": ".0%", "title": "level"},
        {"field": "share", "type": "quantitative", "format": ".0%", "title": "second"},
    ]
    line = {"type": "line", "strokeWidth": 2, "aria": False}
    rule = {"type": "rule", "strokeWidth": 1.5, "color": style["ink"], "aria": False}
    point = {"type": "point", "filled": True, "size": 70, "opacity": 1, "aria": False}
    place = {"x": x, "y": y, "color": colour}
    layers = [
        {"data": {"name": "curves"}, "mark": line, "encoding": {**place, "strokeDash": dash}},
        {"data": {"name": "here"}, "mark": rule, "encoding": {"x": x}},
        {"data": {"name": "answers"}, "mark": point, "encoding": {**place, "tooltip": tips}},
    ]
    frame = _frame(style, "Identification curves of the networks along the chosen continuum", 300)
    return {**frame, "layer": layers}


def tuning_chart(style: Mapping) -> dict:
    """Draw a unit's mean response to each expression, with its standard error.

    Returns
    -------
    dict
        With the data set ``tuning`` (expression, mean, low, high).
    """
    names = list(EXPRESSIONS)
    x = {"field": "expression", "type": "nominal", "sort": names, "title": None}
    x |= {"axis": {"labelAngle": -40}, "scale": {"domain": names}}
    colour = {"field": "expression", "type": "nominal", "legend": None}
    colour |= {"scale": {"domain": names, "range": [style["expressions"][n] for n in names]}}
    y = {"field": "mean", "type": "quantitative", "title": "Mean response"}
    y |= {"scale": {"zero": False, "nice": True}, "axis": {"tickCount": 5}}
    bars = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour}
    tips = [
        {"field": "expression", "type": "nominal"},
        {"field": "mean", "type": "quantitative", "format": ".3~g"},
    ]
    line = {"type": "line", "color": "#BBBBBB", "strokeWidth": 1.5, "aria": False}
    point = {"type": "point", "filled": True, "size": 110, "opacity": 1, "aria": False}
    return {
        **_frame(style, "Tuning curve of the chosen unit", 230),
        "data": {"name": "tuning"},
        "layer": [
            {"mark": line, "encoding": {"x": x, "y": y}},
            {"mark": {"type": "rule", "strokeWidth": 2.5, "aria": False}, "encoding": bars},
            {"mark": point, "encoding": {"x": x, "y": y, "color": colour, "tooltip": tips}},
        ],
    }


def map_chart(style: Mapping) -> dict:
    """Draw the layer's map: how many selective units each position has, and the unit's own.

    Returns
    -------
    dict
        With data sets ``map`` (row, column, units) and ``unit`` (row, column).
    """
    x = {"field": "column", "type": "ordinal", "title": "Column", "axis": None}
    y = {"field": "row", "type": "ordinal", "title": "Row", "axis": None}
    colour = {"field": "units", "type": "quantitative", "legend": None}
    colour |= {"scale": {"scheme": "greys", "domainMin": 0}}
    tips = [{"field": name, "type": "quantitative"} for name in ("row", "column", "units")]
    mark = {"type": "rect", "fill": None, "stroke": style["trainings"]["objects"]}
    mark |= {"strokeWidth": 3, "aria": False}
    return {
        **_frame(style, "Position of the chosen unit on the map of its layer", 230),
        "width": 230,
        "layer": [
            {
                "data": {"name": "map"},
                "mark": {"type": "rect", "aria": False},
                "encoding": {"x": x, "y": y, "color": colour, "tooltip": tips},
            },
            {"data": {"name": "unit"}, "mark": mark, "encoding": {"x": x, "y": y}},
        ],
    }
