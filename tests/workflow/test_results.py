"""What a whole run leaves behind."""

import hashlib

import pandas as pd
import pytest

from nurture.files import open_dataset, read_labels

SUFFIXES = (".nc", ".csv", ".svg", ".safetensors", ".txt")
FIGURES = (
    *("stimuli", "validity", "selective_units", "tuning"),
    *("confusion", "identification", "fits", "discrimination", "published"),
    *("accuracy", "likeness", "bias"),
)


def _digests(folder):
    """Digest of every result by its path."""
    results = folder / "results"
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(results.rglob("*"))
        if path.suffix in SUFFIXES
    }


def test_two_runs_in_two_folders_give_the_same_bytes(finished, again):
    first, second = _digests(finished.folder), _digests(again.folder)
    assert first.keys() == second.keys()
    assert [path for path in first if first[path] != second[path]] == []
    assert sum(path.endswith(".nc") for path in first) == 8 + 3 * (5 + 3) + 2 * 3 * 5 + 3 + 3 + 4


def test_selection_training_and_tests_share_no_identity(finished):
    shown = []
    for stimuli in ("selection", "training", "generalisation", "continua"):
        for path in sorted(finished.folder.glob(f"results/activations/*/{stimuli}/*.nc")):
            with open_dataset(path, "activations", ["activation"]) as file:
                people = set(read_labels(file)["identity"])
        shown.append(people)
    assert [len(people) for people in shown] == [12, 8, 4, 3]
    assert len(set.union(*shown)) == sum(map(len, shown))


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_every_figure_is_there(finished, name, suffix):
    assert (finished.folder / f"results/figures/{name}.{suffix}").stat().st_size > 2000


def test_the_run_ends_with_the_table_of_its_results(finished):
    summary = pd.read_csv(finished.folder / "results/summary.csv")
    assert len(summary) == 15
    assert (finished.folder / "results/summary.txt").read_text().strip() in finished.output


def test_no_unfinished_files(finished):
    assert list(finished.folder.glob("results/**/.*part*")) == []
