"""What runs again after a change: exact sets of rules."""

import os

import pytest

LAYERS = 5
NETWORKS = ("face-identity", "untrained-1", "expressions")
TABLES = {
    **{"selectivity_tables": 1, "confusion_tables": 1, "categorical_tables": 1},
    **{"published_tables": 1, "summary": 1},
}
FIGURES = ("selective_units", "tuning", "confusion", "identification", "fits", "published")
RESULT_FIGURES = {f"figure_{name}": 1 for name in FIGURES}
NULL = {"selectivity_null": LAYERS * len(NETWORKS)}
ANALYSES = {
    "selectivity": LAYERS * len(NETWORKS),
    "confusion": len(NETWORKS),
    "categorical": len(NETWORKS),
}


def test_second_run_finds_nothing_to_do(finished):
    result = finished.snakemake()
    assert result.returncode == 0
    assert "Nothing to be done" in result.stderr


CONFIG_CHANGES = [
    pytest.param("figures: {fits: {font_size: 9}}", {"figure_fits": 1}, id="style of one figure"),
    pytest.param(
        "figures: {style: {line_width: 2}}",
        RESULT_FIGURES | {"figure_validity": 1, "figure_stimuli": 1},
        id="style of all figures",
    ),
    pytest.param(
        "selectivity: {alpha: 0.02}", ANALYSES | NULL | TABLES | RESULT_FIGURES, id="alpha"
    ),
    pytest.param(
        "selectivity: {permutations: 29}",
        NULL
        | {"selectivity_tables": 1, "summary": 1}
        | {"figure_selective_units": 1, "figure_tuning": 1},
        id="permutations",
    ),
    pytest.param(
        "confusion: {penalty: 2.0}",
        {
            **{"confusion": 3, "categorical": 3, "confusion_tables": 1, "categorical_tables": 1},
            **{"summary": 1, "figure_confusion": 1, "figure_identification": 1, "figure_fits": 1},
            **{"published_tables": 1, "figure_published": 1},
        },
        id="classifier",
    ),
    pytest.param("activations: {batch: 8, device: auto}", {}, id="nothing changed"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), CONFIG_CHANGES)
def test_a_changed_setting_reruns_what_it_reaches(finished, change, expected):
    assert finished.planned(change) == expected


def test_a_new_network_runs_alone(finished):
    names = "[face-identity, untrained-1, expressions, untrained-2]"
    sets = ("selection", "training", "generalisation", "continua")
    assert finished.planned(f"experiment: {{networks: {names}}}") == {
        "network": 1,
        **{f"activations_untrained-2_{name}": 1 for name in sets},
        **{"selectivity": LAYERS, "selectivity_null": LAYERS, "confusion": 1, "categorical": 1},
        **TABLES,
        **RESULT_FIGURES,
    }


def test_time_stamps_do_not_count(project):
    files = [path for path in project.folder.rglob("*") if path.is_file()]
    made = {path: path.stat().st_mtime for path in files if ".snakemake" not in path.parts}
    # Turned round in time, so that every result is older than all that it was made of.
    for path, time in made.items():
        os.utime(path, times=(0, 2e9 - time))
    assert project.planned() == {}


CODE_CHANGES = [
    pytest.param(
        "workflow/nurture/figures/fits.py",
        "from collections.abc import Mapping",
        "from collections.abc import Mapping\n\nUNUSED = 1",
        {"figure_fits": 1},
        id="module of one figure",
    ),
    pytest.param(
        "workflow/nurture/selectivity.py",
        '"""Find the expression-selective units of a layer.',
        '"""Find the expression-selective units of one layer.',
        {},
        id="docstring",
    ),
    pytest.param(
        "workflow/scripts/selectivity.py",
        "snakemake.params.alpha",
        "1 * snakemake.params.alpha",
        ANALYSES | TABLES | RESULT_FIGURES,
        id="script",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "expected"), CODE_CHANGES)
def test_changed_code_reruns_the_rules_that_use_it(project, name, old, new, expected):
    project.edit(name, old, new)
    assert project.planned() == expected
