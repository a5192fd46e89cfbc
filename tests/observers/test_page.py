"""What the page says and shows, and what is known of an experiment by its name."""

import json

import pandas as pd
import pytest
import yaml

from nurture.core.errors import NurtureError
from nurture.observers.page import read_texts
from nurture.observers.precision import precision
from nurture.observers.settings import (
    caveats,
    compared,
    identified,
    own_sets,
    shown_sets,
    trial_files,
)
from nurture.running.figures import find
from nurture.stimuli.images import face_digest
from tests.observers.conftest import ROOT, TEXTS, faces, pictures, settings


def told(experiment):
    text = experiment.files()["lists.js"]
    return json.loads(text.removeprefix("window.EXPERIMENT = ").removesuffix(";\n"))


def test_the_same_configuration_gives_the_same_page(new_experiment):
    assert new_experiment().files() == new_experiment().files()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"seed": 8}, id="seed"),
        pytest.param({"texts": {"title": "Other"}}, id="words"),
        pytest.param({"duration": 500}, id="duration"),
    ],
)
def test_what_observers_see_makes_the_name(new_experiment, change):
    assert new_experiment(**change).id != new_experiment().id


def test_who_is_left_out_does_not_make_the_name(new_experiment):
    exclude = settings()["exclude"] | {"fast": 300}
    assert new_experiment(exclude=exclude).id == new_experiment().id


def test_a_changed_pixel_makes_other_faces():
    images = pictures(faces(2))
    before = face_digest(images)
    assert face_digest(images.copy()) == before
    images[70 % len(images), 3, 3, 1] += 1
    assert face_digest(images) != before


def test_images_are_those_of_the_lists_alone(new_experiment):
    experiment = new_experiment(lists=1, tasks=["label"], practice=0)
    rows = dict(experiment.images())
    assert rows["test"] == sorted(experiment.lists[0]["label"])
    assert len(rows["test"]) == 36
    assert rows["training"] == []


def test_pictures_have_names_that_say_nothing(new_experiment):
    known = told(new_experiment())
    assert set(known["sets"]) == {"practice", "label", "identify"}
    assert known["sets"]["label"]["name"] == "test"


def test_the_preregistration_is_filled_in(new_experiment):
    experiment = new_experiment()
    table = precision(
        pd.DataFrame([[1 / 6] * 6] * 6).to_numpy(), settings(simulations=5), 2, [0, 1], 1, (10,)
    )
    text = experiment.preregistration(table, "zhou2022", ["face-identity"])
    assert f"(experiment {experiment.id})" in text
    assert f"stimulus set `test`, 48 images, digest `{experiment.digests['label']}`" in text
    assert "- label: 36 trials for each observer, and 2 attention checks." in text
    assert "fails more than 0.34 of the attention checks" in text
    assert "| 10 | ." in text
    assert text.count("| - |\n") == 1  # no ABX


FAULTS = [
    pytest.param(lambda t: t.pop("title"), "title: needs a text", id="missing"),
    pytest.param(lambda t: t.update(titel="x"), "'titel' is not known", id="misspelt"),
    pytest.param(lambda t: t["consent"].update(text="x"), "consent: text: needs a list", id="kind"),
    pytest.param(lambda t: t["expressions"].pop("fear"), "expressions: fear: needs", id="word"),
    pytest.param(lambda t: t.update(questions=["age"]), "each needs name, text", id="question"),
    pytest.param(
        lambda t: t.update(questions=[{"name": "a b", "text": "?", "choices": []}]),
        "'a b' is no name",
        id="name",
    ),
    pytest.param(lambda t: t.update(label=3), "label: needs the keys heading", id="section"),
]


@pytest.mark.parametrize(("change", "why"), FAULTS)
def test_texts_that_lack_something_are_refused(tmp_path, change, why):
    texts = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
    change(texts)
    path = tmp_path / "texts.yaml"
    path.write_text(yaml.safe_dump(texts), encoding="utf-8")
    with pytest.raises(NurtureError, match=why):
        read_texts(path)


@pytest.fixture
def config():
    return yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))


def with_own(config, folder, task="label"):
    """A configuration with a human set of observers of these faces."""
    entry = {"file": "mine.csv", "observers": 3, "trials": "mine-trials.csv"}
    sources = {"confusion": {"mine": entry | {"faces": {task: "0"}}}, "identification": {}}
    (folder / "sources.yaml").write_text(yaml.safe_dump(sources))
    return config | {"human": {"folder": str(folder), "reference": "mine"}}


def test_nothing_is_shown_where_no_such_data_are(config, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    figure = find("error_consistency")
    assert (own_sets(config), trial_files(config), figure.wanted(config)) == ({}, [], False)
    assert caveats(config)["observers"].startswith("no observers judged these very faces")
    mine = with_own(config, tmp_path)
    assert trial_files(mine) == [str(tmp_path / "mine-trials.csv")]
    assert figure.wanted(mine)
    assert caveats(mine)["observers"].startswith("observers of mine judged these very faces")
    assert [compared(one) for one in (config, mine)] == [False, False]
    assert [identified(one) for one in (config, mine)] == [False, False]
    curves, pairs = find("observer_curves"), find("observer_discrimination")
    assert not curves.wanted(mine)
    assert not pairs.wanted(mine)
    assert pairs.wanted(with_own(config, tmp_path, "abx"))
    assert curves.wanted(with_own(config, tmp_path, "identify"))


def test_which_sets_are_shown(config):
    assert shown_sets(config) == ["training", "generalisation", "continua"]
    config["observers"]["tasks"] = ["label"]
    assert shown_sets(config) == ["training", "generalisation"]
