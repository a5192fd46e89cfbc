"""Where a run looks and where it writes, whatever the folder."""

import fcntl
import os
import subprocess
import sys
import sysconfig
import venv
from shutil import which

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


# Any folder, and any Python


@pytest.fixture
def environment(new_project, tmp_path):
    """Make a project in a folder with its own environment, of the packages that are here."""

    def make(name):
        project = new_project(tmp_path / name)
        venv.create(project.folder / ".venv", symlinks=True)
        [packages] = (project.folder / ".venv").glob("lib/python*/site-packages")
        (packages / "lock.pth").write_text(sysconfig.get_path("purelib"))
        return project, str(project.folder / ".venv/bin/python")

    return make


def _say(folder, *arguments, python=sys.executable):
    command = [python, "-m", "snakemake", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _nurture(result):
    """The one line that a call ends with."""
    assert result.returncode == 1
    said = (result.stdout + result.stderr).splitlines()
    [line] = [line for line in said if not line.startswith("Using workflow specific profile")]
    return line


def test_an_environment_below_a_name_that_a_shell_would_take_apart(environment):
    project, python = environment("it's my $HOME; (new) & 100%")
    target = ("--configfile", "config/tiny.yaml", "--", f"results/tiny/{SHORT}")
    result = _say(project.folder, "--cores", "1", *target, python=python)
    assert result.returncode == 0, result.stderr
    assert (project.folder / f"results/tiny/{SHORT}").is_file()


@pytest.mark.parametrize("name", ["a {b}", "a:b"])
def test_a_name_that_snakemake_would_take_apart_is_refused(new_project, tmp_path, name):
    folder = new_project(tmp_path / name).folder
    [character] = {"{", ":"} & {*name}
    assert _nurture(_say(folder, "-n")) == (
        f"nurture: {folder}: Snakemake cannot run below a name with '{character}'; rename it"
    )


ELSEWHERE = [
    pytest.param(["-n"], id="here"),
    pytest.param(["-n", "--configfile", "../made/config/tiny.yaml"], id="configured"),
    pytest.param(["-n", "--directory", "deeper"], id="directory"),
]


@pytest.mark.parametrize("arguments", ELSEWHERE)
def test_in_another_folder_a_call_says_what_it_looked_for(made, tmp_path, arguments):
    (tmp_path / "made").symlink_to(made.folder)
    (tmp_path / "else/deeper").mkdir(parents=True)
    result = _say(tmp_path / "else", "-s", made.folder / "Snakefile", *arguments)
    place = tmp_path / "else" / ("deeper" if "deeper" in arguments else "")
    assert _nurture(result) == (
        f"nurture: {place}: no config/config.yaml here, where paths in configurations start; "
        f"call snakemake in {made.folder}, or link its folder config to here"
    )


def test_another_folder_with_the_projects_configuration_is_as_good(made, tmp_path):
    (tmp_path / "config").symlink_to(made.folder / "config")
    arguments = ("--configfile", "config/tiny.yaml", "--", f"results/tiny/{SHORT}")
    result = _say(tmp_path, "-s", made.folder / "Snakefile", *arguments)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / f"results/tiny/{SHORT}").is_file()


# Calls that only say something

SAYING = [
    pytest.param("--summary", "output_file\tdate\trule", id="summary"),
    pytest.param("--dag", "digraph snakemake_dag {", id="dag"),
    pytest.param("--rulegraph", "digraph snakemake_dag {", id="rulegraph"),
    pytest.param("--filegraph", "digraph snakemake_dag {", id="filegraph"),
    pytest.param("--d3dag", '{"nodes": [{"id": 0', id="d3dag"),
    pytest.param("--list", "accuracy_tables\n", id="list"),
    pytest.param("--dry-run", "", id="dry run"),
]


@pytest.mark.parametrize(("option", "start"), SAYING)
def test_questions_are_answered_while_a_run_is_at_work(made, option, start):
    with (made.folder / ".snakemake/nurture_run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = made.snakemake(option)
        refused = made.snakemake("--", "results/tiny/summary.csv")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(start)
    assert "is at work in this folder" in refused.stderr


READ_ONLY = 'mount --bind . . && mount -o remount,bind,ro . && cd "$PWD" && exec "$@"'


@pytest.mark.skipif(os.geteuid() != 0 or not which("unshare"), reason="only root mounts folders")
@pytest.mark.parametrize("option", ["--summary", "--rulegraph"])
def test_questions_are_answered_in_a_folder_that_cannot_be_written_to(made, option):
    command = [sys.executable, "-m", "snakemake", "--configfile", "config/tiny.yaml", option]
    result = subprocess.run(
        ["unshare", "-m", "bash", "-c", READ_ONLY, "bash", *command],
        cwd=made.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout
