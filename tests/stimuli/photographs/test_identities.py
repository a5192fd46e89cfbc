import pytest

from nurture.stimuli.photographs.identities import Group, numbering, shared_identities

KDEF = {"set": "kdef", "folder": "photographs/kdef"}
MINE = {"set": "manifest", "folder": "mine"}


@pytest.mark.parametrize(
    ("part", "parts", "expected"),
    [
        pytest.param(KDEF, [], "kdef", id="published"),
        pytest.param({"set": "ck48", "folder": "x"}, [], "ckplus", id="another-copy"),
        pytest.param(MINE, [], "mine/", id="folder"),
        pytest.param({**MINE, "folder": "./a/../mine"}, [], "mine/", id="folder-otherwise"),
        pytest.param({**MINE, "folder": "kdef"}, [], "kdef/", id="folder-named-as-a-set"),
        pytest.param({**KDEF, "same_identities_as": "none"}, [], "photographs/kdef/", id="its-own"),
        pytest.param(
            {**MINE, "same_identities_as": "photographs/kdef"}, [KDEF], "kdef", id="a-set's"
        ),
        pytest.param(
            {**MINE, "same_identities_as": "b"},
            [{"set": "manifest", "folder": "b", "same_identities_as": "c"}],
            "c/",
            id="through-another",
        ),
    ],
)
def test_what_numbers_identities(tmp_path, monkeypatch, part, parts, expected):
    monkeypatch.chdir(tmp_path)
    assert numbering(part, [part, *parts]) == expected


def test_two_folders_that_refer_to_each_other_number_alike(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parts = [
        {**MINE, "same_identities_as": "b"},
        {**MINE, "folder": "b", "same_identities_as": "mine"},
    ]
    assert {numbering(part, parts) for part in parts} == {"b/"}


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        pytest.param(("a/", {"p1": "P1"}), ("a/", {"p1": "p1"}), "P1 of a/", id="same"),
        pytest.param(("a/", {"p1": "P1"}), ("b/", {"p1": "P1"}), "", id="other-folder"),
        pytest.param(("a/", {"p1": "P1"}), ("a/", {"p2": "P2"}), "", id="others"),
        pytest.param(("a/", {}, ["x"]), ("a/b/", {}, ["x"]), "does not say", id="within"),
        pytest.param(("a/", {}, ["x"]), ("ab/", {}, ["x"]), "", id="beside"),
        pytest.param(("kdef", {}, ["x"]), ("kdef/", {}, ["x"]), "", id="no-folder"),
    ],
)
def test_who_is_in_both(mine, theirs, expected):
    found = shared_identities([Group(*mine)], [Group(*theirs)])
    assert expected in found
    assert bool(expected) == bool(found)
