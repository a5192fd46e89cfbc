import os
import subprocess
from pathlib import Path

import pytest

from nurture.core.digest import code_digest
from tests.modules import code_files

MODULES = {
    "nurture/__init__.py": "",
    "nurture/a.py": "from nurture.b import double\n\ndef four(x):\n    return double(double(x))\n",
    "nurture/b.py": "def double(x):\n    return 2 * x\n",
    "nurture/part/__init__.py": "",
    "nurture/part/c.py": "import nurture.b\n",
    "nurture/unused.py": "",
    "scripts/s.py": "from nurture import a\nprint(a.four(1))\n",
    "scripts/t.py": "import numpy\nfrom nurture.part.c import nurture\n",
}


@pytest.fixture
def tree(tmp_path):
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param("s", ["__init__", "a", "b"], id="transitive"),
        pytest.param("t", ["__init__", "b", "part/__init__", "part/c"], id="subpackage"),
    ],
)
def test_code_files(tree, script, expected):
    files = [*(f"nurture/{name}.py" for name in expected), f"scripts/{script}.py"]
    assert code_files(tree / f"scripts/{script}.py", tree) == [tree / name for name in files]


CHANGES = [
    pytest.param("nurture/b.py", "def double(x):\n    return x + x\n", True, id="library code"),
    pytest.param(
        "nurture/b.py",
        'def double(x):\n    """Twice."""\n\n    return 2*x  # cheap\n',
        False,
        id="docstring, comment and layout",
    ),
    pytest.param("scripts/s.py", "from nurture import a\nprint(a.four(2))\n", True, id="script"),
    pytest.param("nurture/unused.py", "x = 1\n", False, id="module not imported"),
    pytest.param("nurture/part/c.py", "x = 1\n", False, id="module of another script"),
]


@pytest.mark.parametrize(("name", "text", "changes"), CHANGES)
def test_digest_follows_the_code_in_use(tree, name, text, changes):
    before = code_digest(tree / "scripts/s.py", tree)
    (tree / name).write_text(text)
    assert (code_digest(tree / "scripts/s.py", tree) != before) is changes


def test_digest_does_not_depend_on_the_folder(tree, tmp_path_factory):
    other = tmp_path_factory.mktemp("elsewhere") / "deeper"
    for name, text in MODULES.items():
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        (other / name).write_text(text)
    assert code_digest(tree / "scripts/s.py", tree) == code_digest(other / "scripts/s.py", other)


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        pytest.param("x + 1", "x + 2", True, id="the function"),
        pytest.param("y * 2", "y * 3", True, id="what it calls"),
        pytest.param("z - 1", "z - 2", False, id="another"),
    ],
)
def test_a_function_that_a_script_is_given_counts_and_no_other(tmp_path, old, new, changes):
    (tmp_path / "nurture").mkdir()
    text = "def f(x): return g(x + 1)\ndef g(y): return y * 2\ndef h(z): return z - 1\n"
    (tmp_path / "s.py").write_text("import importlib\n")
    found = []
    for one in (text, text.replace(old, new)):
        (tmp_path / "nurture/a.py").write_text(one)
        found.append(code_digest(tmp_path / "s.py", tmp_path, function="nurture.a.f"))
    assert (found[0] != found[1]) is changes
    assert found[0] != code_digest(tmp_path / "s.py", tmp_path)


# Each: the script, the module `nurture.a`, and the same edited.
F = "from nurture.a import f\nf()"
A = "import nurture.a"
SAME = [
    pytest.param(F, "def f(): 1", "def f(): 1\ndef g(): 2", id="new function"),
    pytest.param(
        F,
        "BUSY = 'at work'\ndef f(): 1\ndef g(): raise ValueError(BUSY)",
        "BUSY = 'is busy'\ndef f(): 1\ndef g(): raise ValueError(BUSY)",
        id="message of another function",
    ),
    pytest.param(
        "from nurture import a\na.f(a.SIZE)",
        "def f(x): 1\nSIZE = 1 << 20\nBITS = 3",
        "def f(x): 1\nSIZE = 1024 * 2**10\nBITS = 4",
        id="arithmetic",
    ),
    pytest.param(F, "def f(): 1", "import os\ndef f(): 1", id="unused import"),
    pytest.param(F, "def f(x): f'{x}' 'a' 'b'", "def f(x):\n  (f\"{x}\"\n    'ab')", id="quotes"),
    pytest.param("1", "def f(): 1", "def f(): 2\nimport nurture.b\ng()", id="not imported"),
]
OTHER = [
    pytest.param(F, "def f(): 1", "def f(): 2", id="function"),
    pytest.param(F, "def f(): g()\ndef g(): 1", "def f(): g()\ndef g(): 2", id="called"),
    pytest.param(F, "T = {1: 1}\ndef f(): T", "T = {1: 2}\ndef f(): T", id="constant"),
    pytest.param(A + "\nnurture.a.f()", "def f(): 1", "def f(): 2", id="dotted"),
    pytest.param(A + " as x\nx.f()", "def f(): 1", "def f(): 2", id="other name"),
    pytest.param("from nurture import a\na.f()", "def f(): 1", "def f(): 2", id="of module"),
    pytest.param("from nurture import a\ngetattr(a, 1)", "def f(): 1", "def f(): 2", id="getattr"),
    pytest.param("from nurture.a import *\nf()", "def f(): 1", "def f(): 2", id="star"),
    pytest.param(A + "\nvars(nurture)", "def f(): 1", "def f(): 2", id="package"),
    pytest.param(
        "def s():\n  from nurture.a import f\n  f()",
        "def f(): 1",
        "def f(): 2",
        id="imported later",
    ),
    pytest.param("load('nurture.a')", "def f(): 1", "def f(): 2", id="string"),
    pytest.param("load(f'nurture.{1}')", "def f(): 1", "def f(): 2", id="part of a string"),
    pytest.param(A, "f()", "f(1)", id="done on import"),
    pytest.param(A, "X = f(1)", "X = f(2)", id="called on import"),
    pytest.param(A, "def f(x=g(1)): 1", "def f(x=g(2)): 1", id="default"),
    pytest.param(A, "@add\ndef f(): 1", "@add\ndef f(): 2", id="decorator"),
    pytest.param(
        A,
        "from nurture.b import cache\n@cache\ndef f(): 1",
        "from nurture.b import cache\n@cache\ndef f(): 2",
        id="own decorator",
    ),
    pytest.param(A, "class A: 1\nclass B(A): 1", "class A: 1\nclass B(A): 2", id="subclass"),
    pytest.param(A, "class A(metaclass=m): 1", "class A(metaclass=m): 2", id="metaclass"),
    pytest.param(A, "class A:\n  f(1)", "class A:\n  f(2)", id="done in a class"),
    pytest.param(A, A[:-1] + "b\nnurture.b.X = 1", A[:-1] + "b\nnurture.b.X = 2", id="patch"),
    pytest.param(A, "T = {}\nT[1] = 1", "T = {}\nT[1] = 2", id="item"),
    pytest.param(A, "if X:\n  def f(): 1", "if X:\n  def f(): 2", id="condition"),
    pytest.param(
        F,
        "from nurture.b import g as x, h as y\ndef f(): x() - y()",
        "from nurture.b import h as x, g as y\ndef f(): x() - y()",
        id="names swapped",
    ),
    pytest.param(
        F,
        "from math import sin as s\ndef f(): s()",
        "from math import cos as s\ndef f(): s()",
        id="imported from elsewhere",
    ),
    pytest.param(F, "def f(): len", "def f(): len\ndef len(): 1", id="builtin hidden"),
    pytest.param(A, "import torch", "import torch\nimport numpy", id="package imported"),
    pytest.param(
        F,
        "X = 1\ndef f(): X\ndef g():\n  global X\n  X = 2",
        "X = 1\ndef f(): X\ndef g():\n  global X\n  X = 3",
        id="global",
    ),
    pytest.param(
        F, "def __getattr__(n): 1\nf = 1", "def __getattr__(n): 2\nf = 1", id="any attribute"
    ),
    pytest.param(
        F, "from . import b\ndef f(): b.g()", "from .b import h as b\ndef f(): b.g()", id="relative"
    ),
    pytest.param(F, "def f(x): f'{x:.1f}'", "def f(x): f'{x:.2f}'", id="format"),
    pytest.param(F, "def f(): 1", "def f(): 1.0", id="type of a number"),
    pytest.param(F, "def f(): 1", "def f(): True", id="truth value"),
    pytest.param(F, "def f(): None", "def f(): x, 'None'", id="text"),
    pytest.param(F, "def f(): (a - b) - c", "def f(): a - (b - c)", id="brackets"),
    pytest.param(F, "def f(x, *, y): 1", "def f(x, y): 1", id="arguments"),
    pytest.param(F, "def f(): {**x, 'a': 1}", "def f(): {'a': 1, **x}", id="order"),
]


def _digests(folder, script, *texts):
    (folder / "nurture").mkdir()
    (folder / "nurture/__init__.py").touch()
    (folder / "nurture/b.py").write_text("X = 1\ndef g(): 1\ndef h(): 2\n")
    (folder / "s.py").write_text(script)
    for text in texts:
        (folder / "nurture/a.py").write_text(text)
        yield code_digest(folder / "s.py", folder)


@pytest.mark.parametrize(("script", "before", "after"), SAME)
def test_what_a_script_does_not_use_does_not_count(tmp_path, script, before, after):
    first, second = _digests(tmp_path, script, before, after)
    assert first == second


@pytest.mark.parametrize(("script", "before", "after"), OTHER)
def test_what_a_script_may_use_counts(tmp_path, script, before, after):
    first, second = _digests(tmp_path, script, before, after)
    assert first != second


WORKFLOW = Path(__file__).parents[2] / "workflow"
PYTHONS = sorted(
    {
        str(path.resolve()): path
        for pattern in (
            "/usr/bin/python3.*",
            "/usr/local/bin/python3.*",
            "~/.pyenv/versions/*/bin/python3.*",
        )
        for path in Path("/").glob(os.path.expanduser(pattern)[1:])
        if path.name[8:].isdigit() and int(path.name[8:]) >= 11
    }.values()
)
"""Interpreters on this machine that the workflow may run under."""

ALL_DIGESTS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from nurture.core.digest import code_digest
for script in sorted(Path(sys.argv[2]).glob("scripts/*.py")):
    print(script.stem, code_digest(script, sys.argv[2]))
"""


def _by(python, root):
    command = [python, "-c", ALL_DIGESTS, WORKFLOW, root]
    words = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return dict(zip(words[::2], words[1::2], strict=True))


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.name)
def test_digests_are_the_same_under_every_python(python):
    scripts = sorted(WORKFLOW.glob("scripts/*.py"))
    assert _by(python, WORKFLOW) == {s.stem: code_digest(s, WORKFLOW) for s in scripts}


LITERAL = """
from nurture.a import f, T
print(f(T))
"""
MODULE = '''
import numpy as np
T = {"a": 1 << 20, **{}, "b": (1e-3, -2j, b"\\xff", None, ...)}
def f(x: int, /, *args, y=2, **more) -> str:
    """Words."""
    async def g(): return [z async for z in x if (w := z)]
    match x:
        case {"k": None, **rest} | [1, *_]: pass
        case _: pass
    try:
        with (open(x) as a, open(y) as b): yield from a
    except* ValueError: raise
    return f"{x!r:>{y}} {x=} {{}} é\N{SNOWMAN}" "end" + rf"{x:%Y-%m}" + f"{x['k']:}"
'''


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.name)
def test_the_digest_of_some_code(tmp_path, python):
    """Nearly all syntax of Python 3.11, with the digest that every version gives."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/s.py").write_text(LITERAL)
    (tmp_path / "nurture").mkdir()
    (tmp_path / "nurture/a.py").write_text(MODULE, encoding="utf-8")
    assert _by(python, tmp_path) == {"s": "b5984f1118e8c8a7"}
