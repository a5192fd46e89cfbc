"""Files of the page, as they come back; and files that are none."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml

from nurture.command import main
from nurture.confusion.human import read_confusion
from nurture.confusion.matrices import counts_by_identity
from nurture.confusion.sources import read_sources
from nurture.core.errors import NurtureError
from nurture.observers import own_set
from nurture.observers.precision import draw_observers
from nurture.observers.reading import judge, kept_trials, read_experiment, read_sessions
from tests.observers.conftest import ROOT, TRUTH, session, settings, write_csv

RULES = settings()["exclude"]


@pytest.fixture(scope="module")
def made(new_experiment, write_experiment, tmp_path_factory):
    experiment = new_experiment(lists=12)
    folder = write_experiment(experiment, tmp_path_factory.mktemp("page"))
    return experiment, read_experiment(folder), folder


def test_csv_jspsych_and_jatos_say_the_same(made, tmp_path):
    _, told, _ = made
    first, second = session(told, 1, "a"), session(told, 2, "b")
    jspsych = [{"trial_type": "preload", "success": True}, *second]
    (tmp_path / "b.json").write_text(json.dumps(jspsych))
    (tmp_path / "jatos.txt").write_text(f"{json.dumps(first)}\n\n{json.dumps(second)}\n")
    apart = read_sessions([write_csv(first, tmp_path / "a.csv"), tmp_path / "b.json"], told)
    together = read_sessions([tmp_path / "jatos.txt"], told)
    pd.testing.assert_frame_equal(apart, together)
    assert len(apart) == len(first) + len(second)
    again = read_sessions([tmp_path / "jatos.txt", tmp_path / "a.csv"], told)
    pd.testing.assert_frame_equal(again, together)


def test_what_images_show_is_taken_from_the_lists_and_not_from_the_file(made, tmp_path):
    _, told, _ = made
    rows = [row | {"expression": "surprise", "identity": 0} for row in session(told, 1, "a")]
    read = read_sessions([write_csv(rows, tmp_path / "a.csv")], told)
    label = read[(read["task"] == "label") & (read["check"] == "") & (read["practice"] == 0)]
    assert label["expression"].value_counts().tolist() == [6] * 6


EXCLUDED = [
    pytest.param({"rt": 150.0}, "100% of the answers within 200 ms", id="fast"),
    pytest.param({"answer": "anger"}, "failed 100% of the checks", id="check"),
    pytest.param({"answer": "anger"}, "one answer in 100% of the trials of a task", id="key"),
]


@pytest.mark.parametrize(("fault", "why"), EXCLUDED)
def test_who_is_left_out_and_why(made, tmp_path, fault, why):
    _, told, _ = made
    bad = session(told, 1, "bad", **fault)
    bad = [row for row in bad if row["task"] == "label"] if "answer" in fault else bad
    sessions = read_sessions([write_csv(bad + session(told, 2, "good"), tmp_path / "a.csv")], told)
    observers = judge(sessions, RULES, told).set_index("session")
    assert why in observers.loc["bad", "why"]
    assert observers.loc["good", "why"] == ""
    trials = kept_trials(sessions, observers.reset_index())
    assert set(trials["observer"]) == {2}
    assert len(trials) == 36 + 10 * 1


def test_half_a_session_is_left_out(made, tmp_path):
    _, told, _ = made
    path = write_csv(session(told, 1, "left")[:20], tmp_path / "a.csv")
    sessions = read_sessions([path], told)
    observers = judge(sessions, RULES, told)
    assert observers["why"].tolist() == ["answered 41% of the trials"]
    with pytest.raises(NurtureError, match="all 1 observers are left out, the first because: ans"):
        kept_trials(sessions, observers)


def test_the_planted_matrix_is_recovered(made, tmp_path):
    _, told, _ = made
    rows = [row for n in range(1, 13) for row in session(told, n, f"s{n}")]
    sessions = read_sessions([write_csv(rows, tmp_path / "a.csv")], told)
    trials = kept_trials(sessions, judge(sessions, RULES, told))
    counts = own_set.observer_counts(trials)
    assert counts.shape == (12, 6, 6)
    assert counts.sum(axis=(1, 2)).tolist() == [36] * 12
    share = counts.sum(axis=0) / 72
    error = np.sqrt(TRUTH * (1 - TRUTH) / 72)
    assert (np.abs(share - TRUTH) <= 3.5 * error).all()
    curve = trials[trials["task"] == "identify"]
    second = curve["answer"] == curve["continuum"].str.split("-").str[1]
    assert second.groupby(curve["level"]).mean().tolist() == [0, 0, 0, 1, 1]


def hostile(told):
    good = session(told, 1, "a")

    def changed(**fault):
        return json.dumps([good[0], good[3] | fault])

    return {
        "pickle": ("a.pkl", b"\x80\x04cos\nsystem\n", "not .csv, .json or .txt"),
        "binary": ("a.csv", bytes(range(256)) * 40, "not a readable table|has no column"),
        "other table": ("a.csv", b"x,y\n1,2\n", "has no column|no column"),
        "deep": ("a.json", b"[" * 200_000, "too deep"),
        "not json": ("a.json", b"__import__('os').system('x')", "line 1: not JSON"),
        "no record": ("a.json", b"[1, 2]", "answer 1: not a record"),
        "lacks": ("a.json", b'[{"task": "label"}]', "answer 1: no 'experiment'"),
        "empty": ("a.json", b"[]", "no answers in these files"),
        "formula": ("a.json", changed(session="=cmd|' /C x'!A0"), "session .* is no name"),
        "path": ("a.json", changed(session="../../x"), "session '../../x' is no name"),
        "escape": ("a.json", changed(session="\x1b[31m"), r"session '\\x1b\[31m' is no name"),
        "number": ("a.json", changed(trial="1" * 400), "trial '1+' is no whole number"),
        "nan": ("a.json", changed(rt=float("nan")), "rt 'nan' is no time"),
        "negative": ("a.json", changed(rt=-5), "rt '-5' is no time"),
        "list": ("a.json", changed(list=99), "list '99' is none of the experiment's"),
        "task": ("a.json", changed(task="__class__"), "task '__class__' is none"),
        "image": ("a.json", changed(stimulus=9999), "stimulus '9999' is not shown"),
        "answer": ("a.json", changed(answer="joy"), "answer 'joy' is none of the choices"),
        "other": ("a.json", changed(experiment="feedbeef"), "of experiment feedbeef, and not of"),
        "twice": (
            "a.json",
            json.dumps([good[3], good[3] | {"rt": 1.0}]),
            "trial 4 of session a is answered otherwise",
        ),
    }


NAMES = (
    *("pickle", "binary", "other table", "deep", "not json", "no record", "lacks", "empty"),
    *("formula", "path", "escape", "number", "nan", "negative", "list", "task", "image"),
    *("answer", "other", "twice"),
)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_files_are_refused_in_one_line(made, tmp_path, name):
    _, told, _ = made
    file, content, why = hostile(told)[name]
    path = tmp_path / file
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(NurtureError, match=why) as raised:
        read_sessions([path], told)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 600


@pytest.mark.parametrize("text", ["", "window.EXPERIMENT = {};\n", "alert(1)", "[" * 100_000])
def test_another_script_is_no_experiment(tmp_path, text):
    (tmp_path / "lists.js").write_text(text)
    with pytest.raises(NurtureError, match="not the lists of an experiment"):
        read_experiment(tmp_path)


def test_the_command_writes_a_human_set(made, tmp_path, monkeypatch, capsys):
    """It is read as those that are shipped, which are beside it; and added to once more."""
    _, told, page = made
    rows = [row for n in range(1, 9) for row in session(told, n, f"s{n}")]
    fast = session(told, 9, "hasty", rt=100.0)
    path = write_csv(rows + fast, tmp_path / "data.csv")
    to = tmp_path / "humans"
    monkeypatch.chdir(ROOT)
    given = [str(path), "--to", str(to), "--experiment", str(page)]
    main(["observers", *given, "--name", "mine"])
    said = capsys.readouterr().out
    assert "9 observers, 8 kept." in said
    assert "Left out: hasty: 100% of the answers within 200 ms." in said
    sources = read_sources(to)["confusion"]
    assert list(sources)[:2] == ["nimstim", "ferplus"]
    entry = sources["mine"]
    assert (entry["observers"], entry["holds"], entry["trials"]) == (8, "counts", "mine-trials.csv")
    assert entry["faces"] == told["digests"]
    assert 0.9 < entry["split_half"] <= 1
    matrix = read_confusion(to / entry["file"])
    np.testing.assert_allclose(matrix, TRUTH, atol=0.2)
    main(["observers", *given, "--name", "other"])
    shipped = yaml.safe_load((ROOT / "config/human/sources.yaml").read_text())
    assert set(read_sources(to)["confusion"]) >= set(shipped["confusion"])
    table = pd.read_csv(to / "mine-observers.csv", keep_default_na=False)
    assert table["why"].tolist().count("") == 8


@pytest.mark.parametrize("name", ["mean", "../x", "", "a b"])
def test_a_name_that_no_set_can_have(name):
    with pytest.raises(NurtureError, match="--name"):
        own_set.check_name(name)


def test_an_expression_that_nobody_labelled():
    counts = counts_by_identity(["anger"], ["fear"], [1])
    with pytest.raises(NurtureError, match="nobody who is kept labelled disgust"):
        own_set.matrix(counts)


def test_halves_of_few_observers_are_not_compared(made):
    _, told, _ = made
    counts = draw_observers(TRUTH, 3, 6, 20, np.random.default_rng(1))
    assert "split_half" not in own_set.source("mine", counts, told, 1)
