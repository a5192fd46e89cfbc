"""What a whole run leaves behind."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import open_dataset, read_labels
from nurture.networks.preprocess import preprocess
from nurture.networks.weights import load
from nurture.statistics.verdicts import OF_CLAIMS

SUFFIXES = (".nc", ".csv", ".svg", ".safetensors", ".txt", ".md")
FIGURES = (
    *("stimuli", "validity", "selective_units", "tuning", "selection_rules"),
    *("confusion", "identification", "fits", "discrimination", "published"),
    *("accuracy", "likeness", "matched", "bias", "populations", "gain", "geometry"),
    *("controls", "experience"),
)


def _digests(results):
    """Digest of every result by its path."""
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(results.rglob("*"))
        if path.suffix in SUFFIXES
    }


def test_python_of_the_tutorial_prints_what_stands_below_it(finished, monkeypatch, capsys):
    page = (Path(__file__).parents[2] / "docs/tutorial.md").read_text(encoding="utf-8")
    [(code, shown)] = re.findall(r"^```python\n(.*?)```\n\n```\n(.*?)```$", page, re.S | re.M)
    monkeypatch.chdir(finished.folder)
    exec(code, {})
    assert capsys.readouterr().out == shown


def test_two_runs_in_two_folders_give_the_same_bytes(finished, again):
    first = _digests(finished.folder / "results/tiny")
    second = _digests(again.folder / "results/elsewhere")
    assert first.keys() == second.keys()
    assert [path for path in first if first[path] != second[path]] == []
    planned = set().union(*(made for _, _, made in finished.jobs("--forceall")))
    wanted = {path.removeprefix("results/tiny/") for path in planned if path.endswith(SUFFIXES)}
    assert wanted == first.keys()
    assert len(wanted) > 150


def test_selection_training_and_tests_share_no_identity(finished):
    shown = []
    for stimuli in ("selection", "training", "generalisation", "continua"):
        for path in sorted(finished.folder.glob(f"results/tiny/activations/*/{stimuli}/*.nc")):
            with open_dataset(path, "activations", ["activation"]) as file:
                identities = set(read_labels(file)["identity"])
        shown.append(identities)
    assert [len(identities) for identities in shown] == [12, 8, 4, 3]
    assert len(set.union(*shown)) == sum(map(len, shown))


@pytest.mark.parametrize("name", ["face-identity", "expressions"])
def test_activations_are_those_of_a_plain_forward_pass(finished, name):
    """Image by image, of the network as it is stored; morphs hold images that are equal."""
    known = yaml.safe_load((finished.folder / "config/config.yaml").read_text())["networks"][name]
    tiny = finished.folder / "results/tiny"
    network, _ = load(tiny / f"networks/{name}.safetensors", known["architecture"])
    found = {}
    network.get_submodule(known["readout"]).register_forward_hook(
        lambda _module, _input, output: found.update(output=output.flatten().numpy().copy())
    )
    with open_dataset(tiny / "stimuli/continua/images.nc", "images") as stimuli:
        images = stimuli["image"].to_numpy()
    path = tiny / f"activations/{name}/continua/{known['readout']}.nc"
    with open_dataset(path, "activations", ["activation"]) as file:
        activation = file["activation"].to_numpy()
    assert len(np.unique(images, axis=0)) < len(images) == len(activation)
    with torch.inference_mode():
        for image, stored in zip(images, activation, strict=True):
            network(preprocess(image[None], known["input"]))
            expected = found["output"]
            np.testing.assert_allclose(stored, expected, rtol=0, atol=1e-5 * abs(expected).max())


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_every_figure_is_there(finished, name, suffix):
    assert (finished.folder / f"results/tiny/figures/{name}.{suffix}").stat().st_size > 2000


def test_the_run_ends_with_five_lines(finished):
    """Its time, what it found in three sentences, and where to look."""
    found = pd.read_csv(finished.folder / "results/tiny/tables/conclusions.csv")["conclusion"]
    done, *sentences, look = finished.output.strip().splitlines()[-5:]
    assert done.startswith("done: ")
    assert sentences == found.tolist()
    assert look.startswith("look at: results/tiny/report.html")


def test_the_summary_has_a_row_for_each_layer(finished):
    summary = pd.read_csv(finished.folder / "results/tiny/summary.csv")
    assert len(summary) == 15 + 2  # and the baselines
    text = (finished.folder / "results/tiny/summary.txt").read_text()
    assert len(re.findall("^(?:face-identity|untrained-1|expressions) ", text, re.M)) == 15


def test_the_run_says_how_far_the_paper_is_replicated(finished):
    table = pd.read_csv(finished.folder / "results/tiny/tables/replication.csv")
    text = (finished.folder / "results/tiny/replication.md").read_text()
    assert set(table["agreement"]) <= set(OF_CLAIMS)
    # No network of objects is in the tiny experiment.
    assert (table["agreement"] == "not testable here").sum() == 6
    assert all(claim in text for claim in table["tested"])


def test_the_readme_reads_results_and_analyses_arrays(finished, monkeypatch):
    """Its snippets, of a run whose folder is another and of responses that are made up."""
    page = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    first, second = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(finished.folder)
    *before, last = first.replace('"results/', '"results/tiny/').strip().splitlines()
    names = {}
    exec("\n".join(before), names)
    selective = eval(last, names)
    assert set(selective.data_vars) == {"f_expression", "preferred"}
    assert selective.sizes["unit"] == names["units"]["selective"].sum()
    assert selective["unit"].values.max() > selective.sizes["unit"]  # units keep their numbers

    names = {
        "expression": np.tile(EXPRESSIONS, 5),
        "identity": np.repeat(range(5), 6),
        "responses": np.random.default_rng(0).normal(size=(30, 4)),
    }
    exec(second.replace('"results"', '"results/tiny"'), names)
    assert names["anova"]["p_expression"].shape == (4,)
    assert "replication" in names["tables"]


def test_baselines_stand_beside_the_networks(finished):
    scores = pd.read_csv(finished.folder / "results/tiny/tables/confusion_scores.csv")
    assert list(scores["network"].unique()[-2:]) == ["pixels", "action-units"]
    whole = scores[scores["population"] == "all"].set_index("network")["accuracy"]
    # All faces of an expression have the same recipe.
    assert whole["action-units"] == 1


def test_no_unfinished_files(finished):
    assert list(finished.folder.glob("results/tiny/**/.*part*")) == []
