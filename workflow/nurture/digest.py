"""What a rule's result depends on: the code that it really uses, by content.

Snakemake compares a script's modification time and sees nothing of what the script imports. The
digest here is a rule parameter instead, so that an edited module reruns exactly the rules that
import it, and a comment, a docstring or a fresh clone reruns nothing.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = "nurture"


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
    total = hashlib.sha256(_canonical(script).encode())
    for path in modules:
        total.update(f"\0{path.relative_to(root).as_posix()}\0{_canonical(path)}".encode())
    return total.hexdigest()[:16]


def imported_modules(script: str | Path, root: str | Path) -> list[str]:
    """Dotted names of the package modules that a script imports, transitively and sorted."""
    root = Path(root)
    names = (".".join(p.relative_to(root).with_suffix("").parts) for p in _imported(script, root))
    return sorted(name.removesuffix(".__init__") for name in names)


def _imported(script: str | Path, root: Path) -> set[Path]:
    seen: set[Path] = set()
    todo = [Path(script)]
    while todo:
        for name in _import_names(todo.pop()):
            new = set(_module_files(name, root)) - seen
            seen |= new
            todo.extend(new)
    return seen


@cache
def _names(source: str) -> set[str]:
    """Names that may be package modules: ``from a import b`` may mean module a or module a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in names if name.split(".")[0] == PACKAGE}


def _module_files(name: str, root: Path) -> list[Path]:
    """Find the module's file and those of the packages around it, which Python runs too."""
    parts = name.split(".")
    files = []
    for depth in range(1, len(parts) + 1):
        base = root.joinpath(*parts[:depth])
        files += [p for p in (base / "__init__.py", base.with_suffix(".py")) if p.is_file()]
    return files


def _import_names(path: Path) -> set[str]:
    return _names(path.read_text(encoding="utf-8"))


def _canonical(path: Path) -> str:
    return _without_text(path.read_text(encoding="utf-8"))


@cache
def _without_text(source: str) -> str:
    """Source without comments, docstrings and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [statement for statement in body if not _is_text(statement)]
    return ast.unparse(tree)


def _is_text(statement: ast.stmt) -> bool:
    """Tell a bare string: a docstring, or the description under a constant."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
