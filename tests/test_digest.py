import pytest

from nurture.digest import code_digest, imported_modules

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
        pytest.param("s", ["nurture", "nurture.a", "nurture.b"], id="transitive"),
        pytest.param(
            "t", ["nurture", "nurture.b", "nurture.part", "nurture.part.c"], id="subpackage"
        ),
    ],
)
def test_imported_modules(tree, script, expected):
    assert imported_modules(tree / f"scripts/{script}.py", tree) == expected


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
