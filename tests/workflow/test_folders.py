"""Where a run looks and where it writes, whatever the folder."""

import pytest

SHORT = "networks/untrained-1.safetensors"


@pytest.fixture(scope="module")
def made(new_project, tmp_path_factory):
    """One short job of the tiny experiment, done."""
    project = new_project(tmp_path_factory.mktemp("made"))
    result = project.snakemake("--", f"results/tiny/{SHORT}")
    assert result.returncode == 0, result.stderr
    return project


def _files(project):
    """Every result with what tells it from another of the same bytes."""
    found = (path for path in project.folder.rglob("results/**/*") if path.is_file())
    states = {path.relative_to(project.folder).as_posix(): path.stat() for path in found}
    return {name: (state.st_ino, state.st_mtime_ns) for name, state in states.items()}


def test_runs_with_folders_of_their_own_leave_each_other_alone(made):
    before = _files(made)
    assert {name for name in before if not name.startswith("results/tiny/")} == set()
    other = ("--config", "results=results/other", "--", f"results/other/{SHORT}")
    assert made.snakemake(*other).returncode == 0
    after = _files(made)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {
        name.replace("results/tiny/", "results/other/") for name in before
    }
    same = (made.folder / f"results/{run}/{SHORT}" for run in ("tiny", "other"))
    assert len({path.read_bytes() for path in same}) == 1
    assert "Nothing to be done" in made.snakemake("--", f"results/tiny/{SHORT}").stderr
