"""From the page to the figures of (simulated) observers, with the finished experiment."""

import pandas as pd
import pytest

from nurture.command import main
from nurture.observers.reading import read_experiment
from tests.observers.conftest import session, write_csv

TASKS = "observers: { tasks: [label, identify, abx], lists: 12, abx: { continua: 2 } }"
FIGURES = ("error_consistency", "observer_curves", "observer_discrimination")


@pytest.fixture(scope="module")
def observed(finished, tmp_path_factory):
    """The finished experiment, shown to twelve simulated observers, and run again with them."""
    project = finished.copy(tmp_path_factory.mktemp("observed") / "copy")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.folder)
        given = "--configfile", "config/tiny.yaml", project.write(TASKS)
        result = project.snakemake(*given, "--", "experiment")
        assert result.returncode == 0, result.stderr
        told = read_experiment("results/tiny/experiment")
        rows = [row for n in range(1, 13) for row in session(told, n, f"s{n}")]
        data = write_csv(rows, project.folder / "data.csv")
        main(["observers", str(data), "--name", "mine", "--config", *given[1:]])
        given = (
            *given[:2],
            project.write(f"{TASKS}\nhuman: {{ folder: observers, reference: mine }}"),
        )
        figures = [f"results/tiny/figures/{name}.svg" for name in FIGURES]
        result = project.snakemake(*given, "--", *figures)
        assert result.returncode == 0, result.stderr
    return project.folder / "results/tiny"


@pytest.mark.parametrize("name", FIGURES)
def test_observers_of_these_images_have_figures(observed, name):
    text = (observed / f"figures/{name}.svg").read_text(encoding="utf-8")
    assert "face-identity" in text
    assert "mine" in text


def test_what_was_planted_comes_out(observed):
    read = {
        name: pd.read_csv(observed / f"tables/{name}.csv")
        for name in ("observers_likeness", "observer_boundaries", "observer_discrimination")
    }
    [accuracy] = read["observers_likeness"].query("network == 'observers'")["accuracy"]
    assert accuracy == pytest.approx(0.6, abs=0.1)
    boundaries = read["observer_boundaries"]
    assert boundaries["observers"].between(0.5, 0.75).all()
    pairs = read["observer_discrimination"]
    assert (pairs["share_right"] * pairs["n"]).sum() / pairs["n"].sum() == pytest.approx(
        0.8, abs=0.1
    )
    for table in read.values():
        assert set(table["human"]) == {"mine"}
