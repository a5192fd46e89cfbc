import shutil
import subprocess

import pytest

from tests.quick import ALWAYS, changed_files, chosen

CHANGES = [
    pytest.param(["workflow/nurture/confusion/bias_figure.py"], ["tests/confusion"], id="module"),
    pytest.param(["workflow/rules/rearing.smk"], ["tests/rearing"], id="rules"),
    pytest.param(["workflow/nurture/api.py"], ["tests/test_api.py"], id="face"),
    pytest.param(["workflow/nurture/stimuli/rendered/look.py"], ["tests/stimuli"], id="deeper"),
    pytest.param(["tests/core/test_names.py"], ["tests/core"], id="test"),
    pytest.param(["tests/test_api.py", "tests/test_docs.py"], ["tests/test_api.py"], id="tests"),
    pytest.param(["tests/workflow/test_kills.py"], [], id="whole run"),
    pytest.param(["tests/gone/test_gone.py", "tests/drawing.py", "README.md"], [], id="nothing"),
    pytest.param(
        ["workflow/nurture/core/files.py", "tests/confusion/test_likeness.py"],
        ["tests/confusion", "tests/core"],
        id="two",
    ),
]


@pytest.mark.parametrize(("changed", "places"), CHANGES)
def test_what_is_chosen(changed, places):
    assert chosen(changed) == [*places, *ALWAYS]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_what_differs_else_what_the_last_commit_changed(tmp_path):
    def commit(name):
        (tmp_path / name).write_text(name)
        for arguments in (["add", "."], ["commit", "-qm", name]):
            who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
            subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True)

    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("made")
    commit("one.py")
    commit("two.py")
    (tmp_path / "made").touch()
    assert changed_files(tmp_path) == (["two.py"], "the last commit")
    (tmp_path / "one.py").write_text("other")
    (tmp_path / "näw.py").touch()
    assert changed_files(tmp_path) == (["one.py", "näw.py"], "what differs from the last commit")
