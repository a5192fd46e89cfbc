import pandas as pd

from nurture.stimuli.preview.counting import count_faces, describe_set

LABELS = pd.DataFrame(
    {
        "expression": ["fear", "anger", "pain", "fear", "fear"],
        "identity": [7, 7, 7, 2, 2],
        "continuum": ["none"] * 5,
    }
)
DROPPED = pd.DataFrame(
    {"path": ["a.png", "b.png", "c.png"], "reason": ["no face detected", "black", "black"]}
)


def test_counts_are_by_person_and_expression():
    counts = count_faces(LABELS)
    assert counts.index.tolist() == ["7", "2"]
    assert counts.columns.tolist() == ["anger", "fear", "pain"]
    assert counts.to_numpy().tolist() == [[1, 1, 1], [0, 2, 0]]


def test_identities_have_the_names_of_their_set():
    named = LABELS.assign(person=["AF01"] * 3 + ["AM02"] * 2, numbering="kdef")
    assert count_faces(named).index.tolist() == ["AF01", "AM02"]


def test_two_identities_of_one_name_are_told_apart_by_their_folders():
    named = LABELS.assign(person="P1", numbering=["a"] * 3 + ["b"] * 2)
    assert count_faces(named).index.tolist() == ["P1 (a)", "P1 (b)"]


def test_what_is_missing_and_dropped_is_said():
    text = describe_set("mine", LABELS, DROPPED)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[0] == "mine: 5 faces of 2 identities"
    assert "faces 1 3 1" in lines
    assert "identities 1 2 1" in lines
    assert "Missing: 2 (anger, pain)" in lines
    assert "No face shows disgust, happiness, sadness, surprise." in lines
    assert "Dropped: 3 images" in lines
    assert "1 no face detected: a.png" in lines
    assert "2 black: b.png; c.png" in lines


def test_a_set_without_identities_says_what_that_means():
    text = describe_set("mine", LABELS.assign(identity=-1), DROPPED.iloc[:0])
    assert "5 faces of identities that are not distinguished" in text
    assert "may test, but select no units" in text
    assert "No image was dropped." in text


def test_of_many_identities_only_the_incomplete_are_listed():
    rows = [(e, i) for i in range(40) for e in ("anger", "fear") if (e, i) != ("fear", 39)]
    labels = pd.DataFrame(rows, columns=["expression", "identity"]).assign(continuum="none")
    text = describe_set("many", labels, DROPPED.iloc[:0])
    assert "Missing: 39 (fear)" in text
    assert len(text.splitlines()) < 12


def test_morphs_are_counted_by_continuum():
    morphs = pd.DataFrame(
        {"expression": "none", "identity": [1, 1, 1], "continuum": ["anger-fear"] * 2 + ["x-y"]}
    )
    assert count_faces(morphs).to_numpy().tolist() == [[2, 1]]
