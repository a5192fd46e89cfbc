"""What the documentation says, and tells users to type, is real.

That its commands run is tested in tests/workflow/test_docs_commands.py.
"""

import re
import runpy
import shlex
import shutil
import subprocess
from contextlib import nullcontext
from importlib.util import find_spec
from itertools import dropwhile
from pathlib import Path

import pytest
import yaml
from snakemake.cli import get_argument_parser

from nurture.command import parser
from nurture.running.config import check_config
from nurture.running.figures import declared
from nurture.running.merging import merged
from nurture.running.missing import terms_table

ROOT = Path(__file__).parents[1]
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
METHODS = PAGES["docs/methods.md"]
RULES = "\n".join(path.read_text() for path in sorted(ROOT.glob("workflow/rules/*.smk")))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EDIT = re.compile(r"^(?:In )?`([\w./]+)`(?:, below `[^\n]+`)?:\n\n```\w+\n.*?^```$", re.M | re.S)
BROUGHT = {
    "my_network.py": "config/examples/small_network.py",
    "my_weights.pth": "config/examples/small_network.pth",
    "config/my_units.yaml": "config/action_units.yaml",
    "mine.yaml": "config/examples/own-file.yaml",
    "config/mine.yaml": "config/examples/own-file.yaml",
    "faces.yaml": "config/examples/own-file.yaml",
}
"""Files that the reader brings, with some of ours in their place."""


def _prose(text):
    """Leave out what the page would have the reader write into files of the project."""
    return EDIT.sub("", text)


def _blocks(language):
    for page, text in PAGES.items():
        found = [block for kind, block in BLOCK.findall(_prose(text)) if kind == language]
        yield from (
            pytest.param(block, id=f"{page}-{number}") for number, block in enumerate(found, 1)
        )


def _commands():
    """Commands of all shell blocks, without comments and what is handed to their input."""
    for page, text in PAGES.items():
        for kind, block in BLOCK.findall(text):
            if kind == "sh":
                block = re.sub(r"<<'(\w+)'\n.*?^\1$", "", block, flags=re.DOTALL | re.MULTILINE)
                for line in block.splitlines():
                    words = shlex.split(line, comments=True)
                    if words:
                        yield pytest.param(words, id=f"{page}-{' '.join(words)}")


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """A folder as the reader of a page has it, with what she brings."""
    for name in (
        "workflow",
        "Snakefile",
        "Makefile",
        "requirements.lock",
        "requirements-test.lock",
    ):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "config", tmp_path / "config")
    for name, ours in BROUGHT.items():
        shutil.copy(ROOT / ours, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", list(_blocks("yaml")))
def test_configurations_are_sound(block, reader):
    config = yaml.safe_load(Path("config/config.yaml").read_text(encoding="utf-8"))
    check_config(merged(config, yaml.safe_load(block)), Path("workflow/schemas/config.schema.yaml"))


@pytest.mark.parametrize("words", list(_commands()))
def test_commands_exist(words, reader):
    settings = re.compile(r"[A-Z_]+=")
    program, *rest = dropwhile(settings.match, words)
    if program == "make":
        # Make finds the target and all that it needs, and does nothing.
        subprocess.run(["make", "--dry-run", *rest], check=True, capture_output=True)
    elif program == ".venv/bin/snakemake":
        given = get_argument_parser().parse_args(rest)
        profiles = [f"profiles/{given.workflow_profile}"] if given.workflow_profile else []
        for name in (*profiles, *(given.profile or ())):
            assert (ROOT / name / "config.yaml").is_file()
        assert all(path.is_file() for path in given.configfile)
    elif program == ".venv/bin/nurture":
        with pytest.raises(SystemExit) if "--help" in rest else nullcontext():
            parser().parse_args(rest)
    else:
        assert program in (".venv/bin/python", "cp", "cut", "git", "cd")


@pytest.mark.parametrize(
    ("page", "target"),
    [
        (page, target)
        for page, text in PAGES.items()
        for target in sorted(set(re.findall(r"[`\n]make ([a-z-]+)\b", text)))
    ],
)
def test_make_targets_exist(page, target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def _anchors(text):
    """Anchors of a page as GitHub makes them of its headings, and those that it sets itself."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", text), re.MULTILINE)
    slugs = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return {*slugs, *re.findall(r'<a name="([\w-]+)">', text)}


@pytest.mark.parametrize("page", list(PAGES))
def test_links_lead_somewhere(page):
    lost = []
    for link in set(re.findall(r"\]\(((?!http)[^)]+)\)", PAGES[page])):
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        found = target.is_file()
        if found and anchor:
            found = anchor in _anchors(target.read_text(encoding="utf-8"))
        lost += [] if found else [link]
    assert lost == []


@pytest.mark.parametrize("page", list(PAGES))
def test_named_files_exist(page):
    named = set(re.findall(r"`((?:config|workflow|docs|tests|envs)/[\w./-]+)`", PAGES[page]))
    made = set(EDIT.findall(PAGES[page]))
    assert [
        path for path in sorted(named - made - set(BROUGHT)) if not (ROOT / path).exists()
    ] == []


@pytest.mark.parametrize("page", list(PAGES))
def test_named_modules_exist(page):
    text = BLOCK.sub("", PAGES[page])
    named = set(re.findall(r"`(nurture(?:\.[a-z_]+)+)`", text))
    assert [name for name in sorted(named) if find_spec(name) is None] == []


def test_terms_are_those_of_the_tables(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert terms_table() in PAGES["docs/data.md"]


@pytest.mark.parametrize("page", list(PAGES))
def test_mathematics_can_be_drawn(page):
    """GitHub draws none that crosses lines, or in which Markdown takes a backslash for its own."""
    text = re.sub(r"`[^`\n]*`", "", BLOCK.sub("", PAGES[page]))
    assert [line for line in text.splitlines() if line.count("$") % 2] == []
    assert [m for m in re.findall(r"\$([^$\n]+)\$", text) if re.search(r"\\[^a-zA-Z]", m)] == []


def _made(kind):
    return sorted(set(re.findall(rf'"<results>/{kind}/(\w+)(?:\.csv|\.svg)"', RULES)))


FIGURES = [figure.name for figure in declared()]


@pytest.mark.parametrize("table", _made("tables"))
def test_methods_name_every_table(table):
    assert f"`{table}.csv`" in METHODS, f"say in docs/methods.md what {table}.csv holds"


@pytest.mark.parametrize("figure", FIGURES)
def test_methods_name_every_figure(figure):
    sections = re.findall(r"figures? `(\w+)`", METHODS.replace("\n", " "))
    assert figure in sections, f"say in docs/methods.md what figure {figure} shows"


def test_methods_name_tables_figures_and_rules_that_exist():
    text = " ".join(METHODS.split())
    rules = {
        rule for names in re.findall(r"rules? ((?:`\w+`(?:, | and )?)+)", text)
        for rule in re.findall(r"`(\w+)`", names)
    }  # fmt: skip
    assert sorted(rules - set(re.findall(r"^(?:use )?rule (?:\w+ as )?(\w+)", RULES, re.M))) == []
    assert sorted(set(re.findall(r"`(\w+)\.csv`", text)) - set(_made("tables"))) == []
    assert sorted(set(re.findall(r"figures? `(\w+)`", text)) - set(FIGURES)) == []


def test_methods_give_the_defaults():
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    text = " ".join(METHODS.split())
    stated = re.findall(r"`(\w+): (\w+)`(?: times)?,? ?\(?(?:\$C = )?([\d.,]*\d)?", text)
    assert len(stated) >= 12
    for section, key, value in stated:
        assert key in config[section], f"{section}: {key}"
        if value:
            assert config[section][key] == float(value.replace(",", "")), f"{section}: {key}"


def test_every_page_is_in_the_navigation_of_the_site():
    plan = runpy.run_path(str(ROOT / "docs" / "conf.py"))["PAGES"]
    named = [name for names in plan.values() for name in names.split() if "/" not in name]
    assert sorted(named) == sorted(path.stem for path in (ROOT / "docs").glob("*.md"))
