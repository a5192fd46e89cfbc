"""What a rule's result depends on: the code that it really uses, by content.

Snakemake compares a script's modification time and sees nothing of what the script imports. The
digest here is a rule parameter instead, so that an edited module reruns exactly the rules that
import it, and a comment, a docstring or a fresh clone reruns nothing.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

PACKAGE = "nurture"
PINNED = re.compile(r"[\w.-]+==?[\w.]+")
"""A package with its version: ``numpy==2.4.6``, or as conda has it ``python=3.11``."""


def code_digest(script: str | Path, root: str | Path) -> str:
    """Digest of a script and of the package modules that it imports, transitively.

    Parameters
    ----------
    script : str or Path
        The Python file that a rule runs.
    root : str or Path
        The folder that holds the package ``nurture``.

    Returns
    -------
    str
        Sixteen hexadecimal digits. Comments, docstrings and layout do not change it.
    """
    script, root = Path(script), Path(root)
    modules = sorted(_imported(script, root), key=Path.as_posix)
    total = hashlib.sha256(_read(script).text.encode())
    for path in modules:
        total.update(f"\0{path.relative_to(root).as_posix()}\0{_read(path).text}".encode())
    return total.hexdigest()[:16]


def imported_modules(script: str | Path, root: str | Path) -> list[str]:
    """Dotted names of the package modules that a script imports, transitively and sorted."""
    root = Path(root)
    names = (".".join(p.relative_to(root).with_suffix("").parts) for p in _imported(script, root))
    return sorted(name.removesuffix(".__init__") for name in names)


@cache
def environment_digest(path: str | Path) -> str:
    """Digest of the packages of an environment, with their versions.

    Parameters
    ----------
    path : str or Path
        ``envs/NAME.yaml``. What ``envs/NAME.post-deploy.sh`` installs on top, where there is one,
        counts too.

    Returns
    -------
    str
        Sixteen hexadecimal digits. The order of packages, comments and layout do not change it.
    """
    path = Path(path)
    after = path.with_suffix(".post-deploy.sh")
    lines = path.read_text(encoding="utf-8").splitlines()
    lines += after.read_text(encoding="utf-8").splitlines() if after.is_file() else []
    pins = sorted({pin for line in lines for pin in PINNED.findall(line.split("#")[0])})
    return hashlib.sha256("\n".join(pins).encode()).hexdigest()[:16]


def _imported(script: str | Path, root: Path) -> set[Path]:
    seen: set[Path] = set()
    todo = [Path(script)]
    while todo:
        for name in _read(todo.pop()).names:
            new = set(_module_files(name, root)) - seen
            seen |= new
            todo.extend(new)
    return seen


# Files do not come and go while a workflow is parsed; what is in them is read every time.
@cache
def _module_files(name: str, root: Path) -> list[Path]:
    """Find the module's file and those of the packages around it, which Python runs too."""
    parts = name.split(".")
    files = []
    for depth in range(1, len(parts) + 1):
        base = root.joinpath(*parts[:depth])
        files += [p for p in (base / "__init__.py", base.with_suffix(".py")) if p.is_file()]
    return files


class _Module(NamedTuple):
    """What counts of a Python file."""

    names: frozenset[str]
    text: str


def _read(path: Path) -> _Module:
    return _parsed(path.read_text(encoding="utf-8"))


@cache
def _parsed(source: str) -> _Module:
    """Find the names that may be package modules, and the text without comments and docstrings.

    Once for each content, and without a walk through expressions, where neither can be: every
    cluster job does it for the whole package.
    """
    tree = ast.parse(source)
    names: set[str] = set()
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            # ``from a import b`` may mean module a or module a.b.
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        if hasattr(node, "body"):
            node.body = [statement for statement in node.body if not _is_text(statement)]
    ours = frozenset(name for name in names if name.split(".")[0] == PACKAGE)
    return _Module(ours, ast.unparse(tree))


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Go through what holds statements and through all statements, from the outside in."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            todo.extend(getattr(node, field, ()))


def _is_text(statement: ast.stmt) -> bool:
    """Tell a bare string: a docstring, or the description under a constant."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
