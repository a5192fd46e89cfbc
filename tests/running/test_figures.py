from pathlib import Path

import pytest

from nurture.core.errors import NurtureError
from nurture.running.figures import PACKAGE, declared, style_schema

FIGURE = """import matplotlib

FIGURE = {"category": "Units", "needs": ["networks"], "caption": "Eat it.", "tables": ["a", "b"],
          "asks": {"alpha": "config.selectivity.alpha", "replicates": "networks.replicates"}}
STYLE = {"row_height_mm": 9, "counts": True, "columns": 3}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "selectivity" / "pie_figure.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return folder


def test_a_figure_says_all_that_its_rule_needs(tmp_path):
    (figure,) = declared(write(tmp_path, FIGURE))
    assert (figure.name, figure.function) == ("pie", "nurture.selectivity.pie_figure.draw")
    assert figure.tables == ["a", "b"]
    config = {"selectivity": {"alpha": 0.01}, "experiment": {"networks": []}, "networks": {}}
    assert figure.asked(config) == {"alpha": 0.01, "replicates": {}}
    assert figure.wanted(config)


def test_a_figure_is_wanted_where_it_has_something_to_show(tmp_path):
    text = FIGURE.replace('"Units"', '"Units", "when": "stimuli.controls"')
    (figure,) = declared(write(tmp_path, text))
    assert not figure.wanted({"experiment": {"controls": []}})
    assert figure.wanted({"experiment": {"controls": ["inverted"]}})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("STYLE = {}\n", "do not describe a figure: 'FIGURE'", id="no FIGURE"),
        pytest.param(FIGURE.replace("needs", "need"), "unexpected keyword argument", id="key"),
        pytest.param(FIGURE.replace("9,", "9 * x,"), "5: write the values out", id="computed"),
    ],
)
def test_a_file_that_declares_no_figure_is_named(tmp_path, text, words):
    with pytest.raises(NurtureError, match=r"pie_figure\.py") as error:
        declared(write(tmp_path, text))
    assert words in str(error.value)


def test_a_style_takes_values_of_its_own_kind():
    schema = style_schema(
        {"row_height_mm": 9, "counts": True, "columns": 3},
        {"dpi": {"type": "integer"}},
        {"columns": {"type": "integer", "minimum": 1}},
    )
    assert schema["properties"] == {
        "dpi": {"type": "integer"},
        "row_height_mm": {"$ref": "#/$defs/length"},
        "counts": {"type": "boolean"},
        "columns": {"type": "integer", "minimum": 1},
    }


def test_a_figure_of_first_seeds_alone_says_so(tmp_path):
    text = FIGURE.replace('"Units"', '"Units", "networks": ["shown"]')
    (figure,) = declared(write(tmp_path, text))
    networks = {
        f"faces-{seed}": {
            **{
                "architecture": "vgg16",
                "training": "identity",
                "readout": "fc6",
                "layers": ["fc6"],
            },
            **{"weights": f"config/reared/faces-{seed}.safetensors", "seed": seed},
        }
        for seed in (1, 2)
    }
    config = {
        "figures": {"style": {"dpi": 90, "line_width": 1}, "pie": {"line_width": 2}},
        "selectivity": {"alpha": 0.01},
        "experiment": {"networks": ["faces-1"], "baselines": []},
        "networks": networks,
    }
    assert figure.changes(config) == {"dpi": 90, "line_width": 2}
    config["experiment"]["networks"] = ["faces-1", "faces-2"]
    assert figure.asked(config)["networks"] == {
        "faces-1": {"training": "identity", "readout": "fc6"}
    }
    assert figure.changes(config)["note"] == " Of networks that differ in seed alone: the first."


def test_figures_read_tables_only():
    reading = ("read_table", "open_dataset", "read_csv", "open(")
    for path in PACKAGE.glob("*/*_figure.py"):
        assert not any(word in path.read_text(encoding="utf-8") for word in reading), path.name
