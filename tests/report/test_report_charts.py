"""Charts: Vega-Lite itself takes the specifications, and tells the networks apart."""

import vl_convert

from nurture.report.charts import identification_chart, map_chart, tuning_chart
from tests.drawing import complete

STYLE = complete("tuning")
TRAININGS = {"faces": "identity", "blank-1": "none", "blank-2": "none"}


def compiled(chart, **datasets):
    """What Vega-Lite makes of a chart, with a width that the page would give."""
    return vl_convert.vegalite_to_vega({**chart, "width": 300, "datasets": datasets})


def scales(vega):
    return {scale["name"]: scale for scale in vega["scales"]}


def test_networks_of_one_training_differ_in_their_pattern():
    curves = [{"network": name, "level": 0.5, "share": 0.5} for name in TRAININGS]
    chart = identification_chart(TRAININGS, STYLE)
    found = scales(compiled(chart, curves=curves, answers=curves, here=[{"level": 0.5}]))
    assert found["color"]["domain"] == ["faces", "blank-1", "blank-2", "observers"]
    assert found["color"]["range"] == ["#0072B2", "#6E6E6E", "#6E6E6E", "#222222"]
    assert found["strokeDash"]["range"] == [[1, 0], [1, 0], [6, 3], [1, 3]]
    assert found["x"]["domain"] == found["y"]["domain"] == [0, 1]


def test_a_tuning_curve_has_a_point_and_a_bar_for_each_expression():
    rows = [{"expression": "fear", "mean": 1, "low": 0, "high": 2}]
    vega = compiled(tuning_chart(STYLE), tuning=rows)
    assert [mark["type"] for mark in vega["marks"]] == ["line", "rule", "symbol"]
    expressions = ["anger", "disgust", "fear", "happiness", "sadness", "surprise"]
    assert scales(vega)["x"]["domain"] == expressions
    assert scales(vega)["color"]["range"][2] == "#AA4499"


def test_the_map_marks_one_square():
    cells = [{"row": 0, "column": i, "units": i} for i in range(3)]
    vega = compiled(map_chart(STYLE), map=cells, unit=[{"row": 0, "column": 1}])
    assert [mark["type"] for mark in vega["marks"]] == ["rect", "rect"]
    assert vega["marks"][1]["encode"]["update"]["stroke"] == {"value": "#D55E00"}
