from pathlib import Path

import numpy as np
import pytest
import yaml

from nurture.confusion.likeness import correlate_errors
from nurture.confusion.matrices import accuracy
from nurture.core.errors import NurtureError
from nurture.experience.published import cells, likeness, read_matrices, read_numbers, reading_error

FOLDER = Path(__file__).parents[2] / "config/published"


@pytest.fixture(scope="module")
def matrices():
    return read_matrices(FOLDER)


@pytest.fixture
def copy(tmp_path):
    """The published numbers with the observers they refer to, to be spoilt."""
    for folder in ("published", "human"):
        (tmp_path / folder).mkdir()
        for path in (FOLDER.parent / folder).iterdir():
            (tmp_path / folder / path.name).write_bytes(path.read_bytes())
    return tmp_path / "published"


def test_matrices_are_those_of_figures_2_and_4(matrices):
    assert [(one.figure, one.network) for one in matrices] == [
        ("Fig. 2", "observers"),
        ("Fig. 2", "VGG-Face"),
        ("Fig. 4B", "observers"),
        ("Fig. 4C", "VGG-Face"),
        ("Fig. 4D", "VGG-16"),
        ("Fig. 4E", "untrained VGG-Face"),
    ]
    for one in matrices:
        assert one.proportion.sum(axis=1) == pytest.approx(np.ones(6))
        assert one.error == 0.01


@pytest.mark.parametrize(
    ("figure", "diagonal", "pearson", "spearman"),
    [
        pytest.param("Fig. 2", 0.681, 0.725, 0.626, id="fig2-vgg-face"),
        pytest.param("Fig. 4C", 0.295, 0.282, 0.393, id="fig4c-vgg-face"),
        pytest.param("Fig. 4D", 0.234, -0.107, 0.018, id="fig4d-vgg-16"),
        pytest.param("Fig. 4E", 0.214, -0.108, 0.038, id="fig4e-untrained"),
    ],
)
def test_likeness_is_near_that_of_the_raw_readings(matrices, figure, diagonal, pearson, spearman):
    """The numbers were computed apart from this code, before rows were divided by their sum."""
    found = likeness(matrices).query("figure == @figure and training != 'observers'")
    values = found.set_index("measure")["published"]
    assert values["accuracy"] == pytest.approx(diagonal, abs=0.003)
    assert values["pearson"] == pytest.approx(pearson, abs=0.003)
    assert values["spearman"] == pytest.approx(spearman, abs=0.025)


def test_numbers_are_those_of_figures_3_and_4():
    numbers = read_numbers(FOLDER)
    assert numbers.groupby("figure").size().to_dict() == {
        "Fig. 3C": 21,
        "Fig. 4A": 3,
        "Fig. 4F": 9,
    }
    value = numbers.set_index(["figure", "training", "item"])["published"]
    assert value["Fig. 3C", "identity", "happiness-sadness linear"] == 0.908
    assert value["Fig. 4F", "none", "mean logistic"] == 0.988
    assert value["Fig. 4A", "objects", "mean over expressions"] == 0.235
    by_continuum = numbers[numbers["figure"] == "Fig. 3C"]
    for fit in ("linear", "quadratic", "logistic"):
        mean = by_continuum[by_continuum["item"].str.endswith(fit)]["published"].mean()
        assert mean == pytest.approx(value["Fig. 4F", "identity", f"mean {fit}"], abs=0.002)


def test_every_number_has_its_error_and_figure(matrices):
    for table in (read_numbers(FOLDER), likeness(matrices), cells(matrices)):
        assert (table["reading_error"] > 0).all()
        assert table["figure"].str.startswith("Fig. ").all()


def test_cells_are_named_shown_as_answered(matrices):
    value = cells(matrices).set_index(["figure", "training", "item"])["published"]
    assert len(value) == 6 * 36
    assert value["Fig. 2", "identity", "disgust as anger"] == pytest.approx(0.447 / 0.995)
    assert value["Fig. 2", "identity", "anger as disgust"] == pytest.approx(0.059 / 0.996)


def test_error_of_one_cell_is_that_of_even_misreading():
    """A cell of .5 of two: both misread evenly within e; 95 % of |difference| / 2 within .78 e."""
    matrix = np.full((6, 6), 0.0) + 0.5 * np.eye(6) + 0.5 * np.roll(np.eye(6), 1, axis=1)
    (error,) = reading_error(lambda m: [m[0, 0] / (m[0, 0] + m[0, 1])], [matrix], 0.01)
    assert error == pytest.approx(0.0078, rel=0.1)


def test_no_reading_error_when_nothing_was_misread(matrices):
    (error,) = reading_error(lambda m: [accuracy(m)], [matrices[1].proportion], 0.0)
    assert error == pytest.approx(0, abs=1e-12)


def test_same_error_each_time(matrices):
    shown = [matrices[1].proportion, matrices[0].proportion]
    first, second = (reading_error(correlate_errors, shown, 0.01) for _ in range(2))
    assert (first == second).all()


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        pytest.param("fig3c-r2.csv", "0.943", "1.943", "fig3c-r2.csv: an entry is not", id="r2"),
        pytest.param("fig4f-r2.csv", "linear", "line", "no table with columns linear", id="head"),
        pytest.param("fig4a-accuracy.csv", "0.296", "", "an entry is not a number", id="empty"),
        pytest.param("fig2-vgg-face.csv", "0.687", "-1", "row anger, column anger", id="cell"),
        pytest.param("sources.yaml", "accuracy:", "acuracy:", "has no accuracy", id="key"),
        pytest.param("sources.yaml", "networks:", "networks: ]", "not readable as YAML", id="yaml"),
        pytest.param(
            "sources.yaml",
            "faces: natural, training: observers",
            "faces: other, training: observers",
            "no matrix of observers who saw the natural faces of Fig. 4C",
            id="observers",
        ),
    ],
)
def test_a_spoilt_file_is_named(copy, name, old, new, message):
    text = (copy / name).read_text()
    assert old in text
    (copy / name).write_text(text.replace(old, new, 1))
    with pytest.raises(NurtureError, match=message):
        (read_matrices(copy), read_numbers(copy))


@pytest.mark.parametrize("name", ["sources.yaml", "fig4d-vgg-16.csv", "fig4f-r2.csv"])
def test_a_missing_file_is_named(copy, name):
    (copy / name).unlink()
    with pytest.raises(NurtureError, match=name):
        (read_matrices(copy), read_numbers(copy))


def test_every_source_says_how_it_was_read():
    sources = yaml.safe_load((FOLDER / "sources.yaml").read_text())
    for key in ("confusion", "accuracy", "r2_by_continuum", "r2_by_network"):
        assert sources[key]["how"]
        assert 0 < sources[key]["error"] < 0.02
