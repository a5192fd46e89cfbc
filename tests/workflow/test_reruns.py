"""What runs again after a change: exact sets of rules, with the numbers of their jobs.

A change that reaches some rules runs these and all that follow: the jobs that read their files, as
the plan of the whole experiment names them. Which scripts use a module is found by Python's own
module finder, from compiled code.
"""

import ast
import os
import re
import shutil
import subprocess
from collections import Counter
from functools import cache
from modulefinder import ModuleFinder
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from nurture.core.digest import code_digest, environment_digest
from nurture.running.eta import shipped_times
from nurture.running.figures import declared

WORKFLOW = Path(__file__).parents[2] / "workflow"
NETWORKS = ("face-identity", "untrained-1", "expressions")

HUMAN = (
    *("confusion_tables", "likeness_tables", "choice_tables", "geometry_table"),
    *("categorical_tables", "report"),
)
"""Rules that read observers' answers."""


@pytest.fixture(scope="module")
def settled(new_project, tmp_path_factory):
    """The experiment as if it were finished, with a word for each result: enough to plan with."""
    project = new_project(tmp_path_factory.mktemp("settled"))
    for _, _, made in project.jobs():
        for name in made:
            path = project.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
    result = project.snakemake("--touch", "--forceall")
    assert result.returncode == 0, result.stderr
    return project


@pytest.fixture(scope="module")
def reached(settled):
    """Find how many jobs of each rule follow from rules, named by patterns, or from some files."""
    jobs = settled.jobs("--forceall")

    def count(*rules, files=()):
        old, found = -1, {i for i, job in enumerate(jobs) if re.fullmatch("|".join(rules), job[0])}
        while len(found) > old:
            old = len(found)
            made = {*files}.union(*(jobs[i][2] for i in found))
            found |= {i for i, job in enumerate(jobs) if made & job[1]}
        return Counter(jobs[i][0] for i in found)

    return count


@pytest.fixture
def planner(settled, tmp_path):
    """A copy to change at will."""
    return settled.copy(tmp_path / "copy")


def test_all_jobs_of_the_experiment_are_known(settled, reached):
    result = settled.snakemake("--dry-run", "--forceall", "--quiet", "rules")
    planned = dict(
        re.findall(r"^(\w[\w-]*) +(\d+)(?: |$)", result.stdout + result.stderr, re.MULTILINE)
    )
    assert {r: int(n) for r, n in planned.items() if r not in ("all", "total")} == reached(".*")
    assert (planned["network"], planned["selectivity"]) == ("3", "17")


def test_nearly_every_rule_has_a_time_with_which_a_first_run_begins(reached):
    rules = {rule for rule in reached(".*") if not rule.startswith("figure_")}
    assert len(rules & shipped_times().keys()) > 0.9 * len(rules)


def test_second_run_finds_nothing_to_do(finished):
    result = finished.snakemake()
    assert result.returncode == 0
    assert "Nothing to be done" in result.stderr


CONFIG_CHANGES = [
    pytest.param("figures: {fits: {font_size: 9}}", ["figure_fits"], id="style of one figure"),
    pytest.param("figures: {style: {line_width: 2}}", ["figure_.*"], id="style of all figures"),
    pytest.param(
        "selectivity: {alpha: 0.02}",
        ["selectivity", "selectivity_permutation", "selection_rules_tables", "tuning_tables"],
        id="alpha",
    ),
    pytest.param("selectivity: {permutations: 29}", ["selectivity_permutation"], id="permutations"),
    pytest.param(
        "confusion: {C: 2.0}",
        ["confusion", "categorical", "controls", "populations", "gain"],
        id="classifier",
    ),
    pytest.param("populations: {draws: 3}", ["confusion", "populations"], id="draws"),
    pytest.param("seed: 1", ["faces"], id="seed"),
    pytest.param("faces: {look: colour}", ["images"], id="look"),
    pytest.param("activations: {precision: half}", ["activations_.*"], id="precision"),
    pytest.param("report: {units: 4}", ["report_units"], id="report"),
]


@pytest.mark.parametrize(("change", "first"), CONFIG_CHANGES)
def test_a_changed_setting_reruns_what_it_reaches(settled, reached, change, first):
    assert settled.planned(change) == reached(*first)


def test_the_same_setting_reruns_nothing(settled):
    assert settled.planned("activations: {batch: 8, device: auto}") == {}


def test_a_new_network_runs_alone(settled, reached):
    """It needs what its like needs, and what holds several networks is made again."""
    names = "[face-identity, untrained-1, expressions, untrained-2]"
    like = reached(files=["results/tiny/networks/untrained-1.safetensors"]) | {"network": 1}
    # Which takes the first of those that differ in seed alone.
    del like["selection_rules_tables"], like["tuning_tables"]
    planned = settled.planned(f"experiment: {{networks: {names}}}")
    assert planned == {rule.replace("untrained-1", "untrained-2"): n for rule, n in like.items()}
    assert (planned["network"], planned["selectivity"], planned["confusion"]) == (1, 5, 1)
    assert "activations_face-identity_selection" not in planned
    assert "figure_stimuli" not in planned


def test_a_new_face_set_runs_what_it_is_shown_for(settled, reached):
    """Other identities than in any other set, on which classifiers are tested."""
    other = "{kind: expressions, first_identity: 400, identities: 3}"
    change = f"{{experiment: {{test_on: other}}, stimuli: {{other: {other}}}}}"
    tested = ("confusion", "populations", "gain", "geometry", "figure_stimuli")
    expected = reached(*tested) | {f"activations_{network}_other": 1 for network in NETWORKS}
    new = dict.fromkeys(["faces", "images", "baseline_pixels", "baseline_action_units"], 1)
    assert settled.planned(change) == expected | new


NOTES = ["action_units.yaml", "human/sources.yaml", "config.yaml", "tiny.yaml", "face_sets.yaml"]


def test_a_comment_in_data_reruns_nothing(planner):
    for name in NOTES:
        path = planner.folder / "config" / name
        path.write_text(f"# A note.\n{path.read_text()}\n\n# Another.\n")
    path = planner.folder / "config/human/fairchild.csv"
    path.write_text(path.read_text().replace("\n", "\r\n"), newline="")
    assert planner.planned() == {}


def test_changed_recipes_rerun_what_is_rendered(planner, reached):
    planner.edit("config/action_units.yaml", "12: 1.0", "12: 0.9")
    assert planner.planned() == reached("faces", "baseline_action_units", "baseline_tables")


def test_a_changed_human_table_reruns_the_tables(planner, reached):
    planner.edit("config/human/fairchild.csv", "0.", "0.0")
    assert planner.planned() == reached(*HUMAN)


def test_a_replaced_photograph(finished, planner):
    """The photographs of a folder are rendered faces, in which a face is found."""
    folder = planner.folder / "photographs/mine"
    with xr.open_dataset(finished.folder / "results/tiny/stimuli/selection/faces.nc") as faces:
        for i, name in enumerate(["anger", "disgust", "fear", "happiness", "sadness", "surprise"]):
            (folder / name).mkdir(parents=True)
            Image.fromarray(faces["image"][i].to_numpy()).save(folder / name / "1.png")
    sets = "[{set: folders, folder: photographs/mine, select: {}}]"
    change = f"stimuli: {{mine: {{kind: photographs, sets: {sets}}}}}"
    target = "results/tiny/stimuli/mine/images.nc"
    files = ("--configfile", "config/tiny.yaml", planner.write(change), "--", target)
    made = planner.snakemake(*files)
    assert made.returncode == 0, made.stdout + made.stderr

    def planned():
        plan = planner.snakemake("--dry-run", *files)
        jobs = re.findall(r"^(\w+) +(\d+)(?: |$)", plan.stdout + plan.stderr, re.MULTILINE)
        return {rule: int(count) for rule, count in jobs if rule != "total"}

    one = folder / "fear/1.png"
    os.utime(one)
    assert planned() == {}
    Image.fromarray(np.asarray(Image.open(one))[:, ::-1]).save(one)
    assert planned() == {"photographs": 1, "images": 1}


def test_time_stamps_do_not_count(project):
    files = [path for path in project.folder.rglob("*") if path.is_file()]
    made = {path: path.stat().st_mtime for path in files if ".snakemake" not in path.parts}
    # Turned round in time, so that every result is older than all that it was made of.
    for path, time in made.items():
        os.utime(path, times=(0, 2e9 - time))
    assert project.planned() == {}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_switch_of_branches_and_back(planner, reached):
    def git(*arguments):
        settings = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *settings, *arguments], cwd=planner.folder, check=True)

    git("init", "--quiet", "--initial-branch", "main")
    git("add", "workflow", "config", "envs", "Snakefile", "profiles")
    git("commit", "--quiet", "--message", "one")
    git("checkout", "--quiet", "-b", "other")
    planner.edit("workflow/scripts/selectivity.py", "params.alpha", "params.alpha * 1")
    planner.edit("config/human/fairchild.csv", "0.", "0.0")
    git("commit", "--quiet", "--all", "--message", "two")
    assert planner.planned() == reached("selectivity", *HUMAN)
    git("checkout", "--quiet", "main")
    assert planner.planned() == {}


# Packages

ENVIRONMENTS = {"extract": "torch==", "stats": "scikit-learn==", "figures": "matplotlib=="}


def _rules_by(pattern):
    """Rules by what a pattern finds in them; those of activations by a pattern of their names."""
    found = {}
    for path in sorted(WORKFLOW.glob("rules/*.smk")):
        text = path.read_text()
        for rule in re.split(r"^(?=rule |use rule | +rule:)", text, flags=re.MULTILINE)[1:]:
            name = re.match(r"(?:use )?rule (?:(\w+) as )?(\w+)", rule)
            names = [name[2] if name else "activations_.*"]
            if name and name[1] in found:
                found[name[2]] = found[name[1]]
            if "figure_{figure.name}" in rule:
                names = [f"figure_{figure.name}" for figure in declared() if figure.tables]
            if held := re.search(pattern, rule):
                found |= dict.fromkeys(names, held[1])
    return found


def test_an_upgraded_package_reruns_the_rules_of_its_environment(planner, reached):
    environments = _rules_by(r"envs/(\w+)\.yaml")
    planner.edit("envs/figures.yaml", "matplotlib==", "matplotlib==9.")
    planner.edit("envs/stats.yaml", "# For statistics", "# Only for statistics")
    of_figures = {rule for rule, name in environments.items() if name == "figures"}
    assert {"figure_stimuli", "figure_tuning", "report"} <= of_figures
    assert planner.planned() == reached(*of_figures)


@pytest.mark.parametrize(("name", "package"), ENVIRONMENTS.items())
def test_what_an_environment_holds(tmp_path, name, package):
    for path in (WORKFLOW.parent / "envs").glob(f"{name}.*"):
        shutil.copy(path, tmp_path)
    path = tmp_path / f"{name}.yaml"

    def changed(file, old, new):
        environment_digest.cache_clear()
        before, text = environment_digest(path), file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        environment_digest.cache_clear()
        return environment_digest(path) != before

    assert changed(path, package, f"{package}9.")
    assert changed(path, "python=3.", "python=3.9")
    assert not changed(path, "channels:", "# numpy==1\nchannels:")
    if (after := tmp_path / f"{name}.post-deploy.sh").exists():
        assert changed(after, "anny==", "anny==9.")


# Code

CALLED = {rule: f"nurture.{name}" for rule, name in _rules_by(r'call\(\s*"([\w.]+)"').items()} | {
    f"figure_{figure.name}": figure.function for figure in declared() if figure.tables
}
SCRIPT_OF = {
    rule: f"{script} {CALLED[rule]}" if rule in CALLED else script
    for rule, script in _rules_by(r'script:\s+"\.\./scripts/(\w+)\.py"').items()
}
"""Script of each rule, with the function that it is given to call."""

SCRIPTS = sorted(set(SCRIPT_OF.values()))
MODULES = sorted(path.relative_to(WORKFLOW) for path in WORKFLOW.glob("nurture/**/*.py"))


def test_every_rule_depends_on_the_code_of_its_own_script():
    named = _rules_by(r'code=code\("(\w+)"') | _rules_by(r"\*\*(call)\(")
    named["activations_.*"] = "activations"
    assert named == {rule: script.split()[0] for rule, script in SCRIPT_OF.items()}


@cache
def _imports(script):
    """Files of this package that a script runs, as Python's module finder sees them."""
    name, *called = script.split()
    finder = ModuleFinder(path=[str(WORKFLOW)])
    finder.run_script(str(WORKFLOW / f"scripts/{name}.py"))
    for function in called:
        finder.import_hook(function.rpartition(".")[0])
    files = (Path(module.__file__) for module in finder.modules.values() if module.__file__)
    return {f.relative_to(WORKFLOW) for f in files} - {Path(f"scripts/{name}.py")}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """The code, and the digest of each script."""
    root = tmp_path_factory.mktemp("tree") / "workflow"
    shutil.copytree(WORKFLOW, root, ignore=shutil.ignore_patterns("__pycache__", "rules"))
    return root, _digests(root)


def _digests(root):
    found = {}
    for script in SCRIPTS:
        name, _, function = script.partition(" ")
        found[script] = code_digest(root / f"scripts/{name}.py", root, function=function)
    return found


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_an_edited_module_reruns_the_rules_that_import_it(tree, module):
    root, before = tree
    path = root / module
    text = path.read_text()
    path.write_text(f"{text}\nprint()\n")
    after = _digests(root)
    path.write_text(text)
    changed = {script for script in SCRIPTS if after[script] != before[script]}
    assert changed == {script for script in SCRIPTS if module in _imports(script)}


def test_comments_rerun_nothing(tree):
    root, before = tree
    for module in MODULES:
        path = root / module
        path.write_text("# A comment.\n" + path.read_text())
    assert _digests(root) == before


COUNTED = {"choice_tables", "likeness_tables", "experience", "diets", "geometry_table"}
"""Scripts that compare with matrices of counts."""
FUNCTIONS = [
    pytest.param(
        "running/locking.py", '"another snakemake', '"one more snakemake', set(), id="message"
    ),
    pytest.param("core/files.py", "1 << 20", "1024 * 1024", set(), id="arithmetic"),
    pytest.param(
        "activations/units.py",
        "import numpy as np\n",
        "import numpy as np\nX = 1\n",
        set(),
        id="new name",
    ),
    pytest.param("confusion/human.py", "ANSWERS = 100", "ANSWERS = 99", COUNTED, id="constant"),
    pytest.param(
        "categorical/curves.py",
        "def fit_curve(",
        "def fit_curve(*, ",
        {
            "call nurture.categorical.categorical.categorical",
            "categorical_tables",
            "observers_tables",
        },
        id="function",
    ),
]


@pytest.mark.parametrize(("module", "old", "new", "expected"), FUNCTIONS)
def test_an_edited_function_reruns_the_rules_that_use_it(tree, module, old, new, expected):
    root, before = tree
    path = root / "nurture" / module
    text = path.read_text()
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1))
    after = _digests(root)
    path.write_text(text)
    assert {script for script in SCRIPTS if after[script] != before[script]} == expected


PLANNED_MODULES = [
    "categorical/fits_figure.py",
    "categorical/curves.py",
    "confusion/likeness.py",
    "networks/xception.py",
]


@pytest.mark.parametrize("module", PLANNED_MODULES)
def test_snakemake_plans_what_an_edited_module_reaches(planner, reached, module):
    path = Path("nurture", module)
    with (planner.folder / "workflow" / path).open("a") as file:
        file.write("\nprint(end='')\n")
    first = {rule for rule in SCRIPT_OF if path in _imports(SCRIPT_OF[rule])}
    assert first
    assert planner.planned() == reached(*first)


def test_a_docstring_reruns_nothing(planner):
    path = planner.folder / "workflow/nurture/selectivity/anova.py"
    text = path.read_text()
    path.write_text(text.replace(ast.get_docstring(ast.parse(text)), "Other words.\n", 1))
    assert path.read_text() != text
    assert planner.planned() == {}
