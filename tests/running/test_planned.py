"""Scripts as Snakemake runs them, whose code, files or plan change while they are at work."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from nurture.core.digest import code_digest
from nurture.core.errors import NurtureError
from nurture.core.file_digest import contents_of
from nurture.running import planned

WORKFLOW = Path(__file__).parents[2] / "workflow"
SCRIPT = """
from pathlib import Path
from nurture.{module} import {name}
from nurture.running.script import step
with step(snakemake):
    Path(snakemake.output[0]).touch()
    {name}
    {work}
"""
PREAMBLE = """
import pickle
from types import SimpleNamespace as Job
class Named(dict):
    def __getattr__(self, name): return self[name]
{before}
snakemake = Job(log=["x.log"], rule="x", input=[], output=["x.nc"], params=Named({params!r}))
__file__ = "scripts/x.py"
######## snakemake preamble end #########
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a script of a copy of this package, with something done before or meanwhile."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(WORKFLOW / "nurture", "nurture", ignore=shutil.ignore_patterns("__pycache__"))
    Path("table.yaml").write_text("a: 1")
    Path("scripts").mkdir()

    def run(work="", before="", plan=None, module="core.names", name="hint"):
        text = SCRIPT.format(work=work, module=module, name=name)
        Path("scripts/x.py").write_text(text)
        code = code_digest("scripts/x.py", ".")
        params = {"code": code, "given": contents_of(["data table.yaml"]), "alpha": 1}
        jobs = [SimpleNamespace(rule="x", input=[], output=["x.nc"], params=params)]
        planned.name_plan()
        planned.write_plan(
            {}, [SimpleNamespace(**{**vars(jobs[0]), "params": params | (plan or {})})]
        )
        Path("run.py").write_text(PREAMBLE.format(params=params, before=before) + text)
        environment = {**os.environ, "PYTHONPATH": "."}
        done = subprocess.run(
            [sys.executable, "run.py"], env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stderr

    return run


SWAP = "path = Path('{}'); text = path.read_text(); path.write_text({}); path.write_text(text)"
CHANGES = [
    pytest.param(
        {"work": "Path('table.yaml').write_text('a: 2')"}, "table.yaml changed since", id="data"
    ),
    pytest.param(
        {"work": SWAP.format("table.yaml", "'a: 2'")},
        "table.yaml changed while",
        id="data and back",
    ),
    pytest.param(
        {"before": "open('table.yaml', 'w').write('a: 3')"},
        "table.yaml changed since",
        id="data before",
    ),
    pytest.param(
        {"work": "Path('nurture/core/names.py').write_text('def hint(): 1')"},
        "the code of rule x changed since",
        id="code",
    ),
    pytest.param(
        {"before": "open('nurture/core/names.py', 'a').write('print()')"},
        "the code of rule x changed since",
        id="code before",
    ),
    pytest.param(
        {
            "before": "text = open('nurture/core/names.py').read()\n"
            "open('nurture/core/names.py', 'a').write('print()')\n"
            "import nurture.core.names\n"
            "open('nurture/core/names.py', 'w').write(text)"
        },
        "nurture/core/names.py changed since",
        id="code before and back",
    ),
    pytest.param(
        {"work": "Path('nurture/core/names.py').unlink()"}, "the code of rule x", id="code gone"
    ),
    pytest.param({"plan": {"alpha": 2}}, "parameter alpha of rule x changed since", id="setting"),
    pytest.param({"plan": {"beta": 2}}, "parameter beta of rule x changed since", id="settings"),
    pytest.param(
        {"plan": {"given": {"data table.yaml": "0"}}}, "table.yaml changed since", id="plan"
    ),
    pytest.param(
        {"work": f"[p.unlink() for p in Path('{planned.FOLDER}').iterdir()]"},
        "the plan of this run is not there",
        id="another run",
    ),
]


@pytest.mark.parametrize(("change", "message"), CHANGES)
def test_what_changes_in_mid_run_is_refused_in_one_line(run, change, message):
    status, said = run(**change)
    assert status == 1, said
    assert said.startswith("nurture: "), said
    assert message in said
    assert said.count("\n") == 1


SAME = [
    pytest.param({}, id="nothing"),
    pytest.param({"before": "open('table.yaml', 'a').write('  # note')"}, id="comment in data"),
    pytest.param(
        {"work": "open('nurture/core/names.py', 'a').write('# note')"}, id="comment in code"
    ),
    pytest.param(
        {"work": "open('nurture/activations/units.py', 'a').write('f()')"}, id="other code"
    ),
]


@pytest.mark.parametrize("change", SAME)
def test_a_job_that_is_as_planned_is_done(run, change):
    assert run(**change) == (0, "")


def test_a_job_takes_the_configuration_of_its_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    planned.name_plan()
    planned.write_plan({"seed": 1}, [])
    first = os.environ[planned.VARIABLE]
    assert planned.planned_config() == {"seed": 1}
    planned.name_plan()
    planned.write_plan({"seed": 2}, [])
    assert planned.planned_config() == {"seed": 2}
    assert not Path(first).exists()
    planned.name_plan(hooks=False)
    with pytest.raises(NurtureError, match="or this one was called with --no-hooks"):
        planned.planned_config()


def test_digests_of_code_are_kept_for_the_package_as_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(WORKFLOW / "nurture", "nurture", ignore=shutil.ignore_patterns("__pycache__"))
    script, root = WORKFLOW / "scripts" / "summary.py", Path()
    expected, state = code_digest(script, root), planned.package_state(root)
    assert planned.kept_digest(script, root, state) == expected
    assert planned.kept_digest(script, root, state, "import nurture.core.names") != expected
    kept = sorted(planned.DIGESTS.glob("*/*"))
    assert [path.parent.name for path in kept] == [state, state]
    for path in kept:
        path.write_text("0123456789abcdef")
    assert planned.kept_digest(script, root, state) == "0123456789abcdef"
    for path in kept:
        path.write_text("cut sho")
    assert planned.kept_digest(script, root, state) == expected

    errors = Path("nurture/core/errors.py")
    errors.write_text(errors.read_text() + "\nprint()\n")
    later = planned.package_state(root)
    assert later != state
    assert planned.kept_digest(script, root, later) == code_digest(script, root) != expected
    assert [path.name for path in planned.DIGESTS.iterdir()] == [later]


def test_a_folder_that_keeps_no_digest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(".snakemake").touch()
    script, root = WORKFLOW / "scripts" / "summary.py", WORKFLOW
    state = planned.package_state(root)
    assert planned.kept_digest(script, root, state) == code_digest(script, root)
