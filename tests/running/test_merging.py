import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurture.core.errors import NurtureError
from nurture.running.merging import check_given, read_file

WRONG = [
    pytest.param(
        b"a: [1\nb: 2\n", ", line 2: not YAML: expected ',' or ']', but got ':'", id="list"
    ),
    pytest.param(b"a:\n\tb: 1\n", ", line 2: a tab; indent with spaces", id="tab"),
    pytest.param(b"a: 1\nb: 2\na: 3\n", ", line 3: 'a' is in line 1 too; keep one", id="twice"),
    pytest.param(b"a:\n  b: 1\n  b: 1\n", ", line 3: 'b' is in line 2 too; keep one", id="inside"),
    pytest.param(b"a: [{b: 1, b: 2}]\n", ", line 1: 'b' is in line 1 too", id="in a list"),
    pytest.param(b'{"a": 1,\n "a": 2}', ", line 2: 'a' is in line 1 too", id="JSON"),
    pytest.param(
        b"a: 1\n--- \nb: 1\n", ", line 2: not YAML: but found another", id="two documents"
    ),
    pytest.param(b"a: *b\n", ", line 1: not YAML: found undefined alias 'b'", id="alias"),
    pytest.param(b"a: &b [*b]\n", ", line 1: this holds itself", id="loop"),
    pytest.param(b"a: 1\nb: \x07\n", ", line 2: a character that YAML does not", id="control"),
    pytest.param(b"a: 1\nb: \xe4\n", ", line 2: not UTF-8; save it as UTF-8", id="Latin-1"),
    pytest.param(b"a: !!python/name:os.system\n", ", line 1: not YAML: could not", id="code"),
    pytest.param(b"__use_yte__: true\n", ": __use_yte__: code in a config", id="template"),
    pytest.param(b"- a\n", ": no keys at the top level; write for example", id="sequence"),
    pytest.param(b"a\n", ": no keys at the top level", id="word"),
    pytest.param(b"# a: 1\n", ": no keys at the top level", id="comment"),
    pytest.param(b"", ": no keys at the top level", id="empty"),
    pytest.param(b"[" * 5000, ": lists in lists, too deep", id="deep"),
]


@pytest.mark.parametrize(("data", "message"), WRONG)
def test_what_is_wrong_with_a_file_and_in_which_line(tmp_path, data, message):
    path = tmp_path / "mine.yaml"
    path.write_bytes(data)
    with pytest.raises(NurtureError) as caught:
        read_file(path)
    assert str(caught.value).startswith(f"{path}{message}")
    with pytest.raises(SystemExit, match=r"^nurture: .*mine\.yaml"):
        check_given(["-n", "--configfile", str(path), "--config", "seed=1"])


def test_names_that_are_no_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.yaml").write_text("seed: 1\n")
    for name, fault in {
        "no.yaml": "no such file: no.yaml; name configurations, and targets after --",
        ".": ".: Is a directory; name a configuration file",
    }.items():
        with pytest.raises(NurtureError) as caught:
            read_file(name)
        assert str(caught.value) == fault
        with pytest.raises(SystemExit, match=f"^nurture: {fault}$"):
            check_given(["--configfiles", "good.yaml", name, "--", "target"])
    check_given(["--configfile=good.yaml", "-j1", "--", "target"])


def test_anchors_and_merged_keys_are_fine(tmp_path):
    (tmp_path / "mine.yaml").write_text("\ufeffa: &a {b: 1}\nc: [*a, *a]\nd: {<<: *a, b: 2}\n")
    assert read_file(tmp_path / "mine.yaml") == {
        "a": {"b": 1}, "c": [{"b": 1}, {"b": 1}], "d": {"b": 2},
    }  # fmt: skip


@given(st.binary() | st.text().map(str.encode) | st.text("ab:-[]{}&*'\"#\n\t !").map(str.encode))
def test_any_file_is_read_or_refused_in_one_line(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(data)
    try:
        found = read_file(path)
    except NurtureError as error:
        found = {"\n" in str(error): ""}
    assert isinstance(found, dict)
    assert True not in found
