"""What a rule's result depends on: the code that it really uses, by content.

Snakemake compares a script's modification time and sees nothing of what the script imports. The
digest here is a rule parameter instead, so that an edit reruns exactly the rules that use what was
edited, and a comment, a docstring or a fresh clone reruns nothing.

What a script uses is found from names, statement by statement: see `code_digest`. Two statements
count as equal when their syntax trees do, written in a form of our own that is the same under all
versions of Python (``ast.unparse`` and ``ast.dump`` are not).
"""

import ast
import hashlib
import json
import operator
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path

PACKAGE = "nurture"
PINNED = re.compile(r"[\w.-]+==?[\w.]+")
"""A package with its version: ``numpy==2.4.6``, or as conda has it ``python=3.11``."""

DECORATORS = {
    *("property", "staticmethod", "classmethod", "abstractmethod", "contextmanager"),
    *("cache", "lru_cache", "cached_property", "dataclass"),
}
"""Decorators that do nothing but to change what they are applied to."""

OPAQUE = {
    *("globals", "locals", "vars", "eval", "exec", "setattr", "delattr"),
    *("__import__", "__getattr__", "__dict__", "__globals__", "f_globals", "__subclasses__"),
}
"""Names by which something can be read or changed that is not named."""

INSIDE = re.compile(
    rf"^(?!import\b|from\b).*\bimport\b|\bglobal\b|[\"']{PACKAGE}\.|\b({'|'.join(OPAQUE)})\b",
    re.MULTILINE,
)
"""What is looked for in all of a file where its text has it at all: a walk takes its time."""

MUTE = {"kind", "type_comment", "type_ignores", "ctx"}
"""Fields of a syntax tree that say nothing of what a program does."""

ARITHMETIC = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.LShift: operator.lshift,
    ast.Pow: operator.pow,
}


def code_digest(
    script: str | Path, root: str | Path, text: str | None = None, function: str = ""
) -> str:
    """Digest of a script and of what it uses of the package, transitively.

    Sixteen hexadecimal digits, the same under Python 3.11 and later. Comments, docstrings, layout
    and arithmetic with whole numbers (``1 << 20`` for ``1048576``) do not change it.

    Parameters
    ----------
    script : str or Path
        The Python file that a rule runs.
    root : str or Path
        The folder that holds the package ``nurture``.
    text : str, optional
        What counts as the script's text instead of what is in the file.
    function : str, optional
        What the script is given to call, by its dotted name: it and what it uses count.

    Notes
    -----
    All of the script counts. Of a module that is imported, by whatever is imported, count the
    statements that do something when it is imported (everything but definitions of functions and
    classes, assignments without calls, and imports of this package and the standard library), and
    the definitions, assignments and imports whose names are used by what counts.

    Where names do not say what is used, the whole module counts: where a module is handed on as a
    value, imported with ``*``, or named in a string, and where it uses ``global``, ``globals()``,
    ``exec`` and the like.
    """
    if function:
        text = Path(script).read_text(encoding="utf-8") if text is None else text
        text += f"\nFUNCTION = {function!r}\n"
    used = _Used(Path(script), Path(root), text)
    total = hashlib.sha256()
    for name, statements in sorted(used.statements.items()):
        lines = [used.modules[name].statements[i].text for i in sorted(statements)]
        total.update("\n".join([f"\0{name}", *lines]).encode())
    return total.hexdigest()[:16]


@cache
def environment_digest(path: str | Path) -> str:
    """Digest of the packages of ``envs/NAME.yaml``, with their versions, in sixteen digits.

    What ``envs/NAME.post-deploy.sh`` installs on top, where there is one, counts too. The order of
    packages, comments and layout do not.
    """
    path = Path(path)
    after = path.with_suffix(".post-deploy.sh")
    lines = path.read_text(encoding="utf-8").splitlines()
    lines += after.read_text(encoding="utf-8").splitlines() if after.is_file() else []
    pins = sorted({pin for line in lines for pin in PINNED.findall(line.split("#")[0])})
    return hashlib.sha256("\n".join(pins).encode()).hexdigest()[:16]


class _Used:
    """What a script uses: of each module, by its dotted name, numbers of its statements."""

    def __init__(self, script: Path, root: Path, text: str | None = None):
        self.root = root
        self.modules = {"": _parsed(text, "") if text is not None else _module(script, "")}
        self._import_all()
        self.statements: dict[str, set[int]] = {name: set() for name in self.modules}
        self.todo: list[tuple[str, int]] = []
        for name, module in self.modules.items():
            for i, statement in enumerate(module.statements):
                if not name or module.opaque or statement.acts:
                    self._count(name, i)
        while self.todo:
            name, i = self.todo.pop()
            for chain in self.modules[name].statements[i].uses:
                self._use(name, chain)

    def _import_all(self) -> None:
        todo, seen = [""], set[str]()
        while todo:
            for target in self.modules[todo.pop()].imported - seen:
                seen.add(target)
                for name in _found(target, self.root):
                    path = None if name in self.modules else _file(name, self.root)
                    if path:
                        self.modules[name] = _module(path, name)
                        todo.append(name)

    def _count(self, name: str, i: int) -> None:
        if i not in self.statements[name]:
            self.statements[name].add(i)
            self.todo.append((name, i))

    def _use(self, name: str, chain: tuple[str, ...]) -> None:
        """Follow ``a.b.c`` in a module to what it stands for."""
        module = self.modules[name]
        for i in module.bound.get(chain[0], ()):
            self._count(name, i)
        for target in module.names.get(chain[0], ()):
            self._follow(target, chain[1:])
        if "." in chain[0]:
            self._use_text(chain[0])

    def _use_text(self, text: str) -> None:
        """Follow a string such as ``nurture.core.files`` or the name of a function in it."""
        known = [name for name in self.modules if name and f"{text}.".startswith(f"{name}.")]
        target = max(known, key=len, default="")
        if target != PACKAGE or text.endswith("."):
            self._follow(target, tuple(filter(None, text.removeprefix(target).split("."))))

    def _follow(self, target: str, chain: tuple[str, ...]) -> None:
        """Follow ``a.b`` and then ``c`` from outside, where ``a.b`` may be a module or in one."""
        if target not in self.modules:
            if "." in target:
                parent, _, member = target.rpartition(".")
                self._follow(parent, (member, *chain))
            return
        module, first = self.modules[target], chain[0] if chain else ""
        known = first in module.bound or first in module.names
        if known:
            self._use(target, chain)
        if first and f"{target}.{first}" in self.modules:
            self._follow(f"{target}.{first}", chain[1:])
        elif not known:
            self._count_all(target)

    def _count_all(self, target: str) -> None:
        """Count a whole module or, of a package, all modules that are imported."""
        for name, module in self.modules.items():
            if f"{name}.".startswith(f"{target}."):
                for i in range(len(module.statements)):
                    self._count(name, i)


class _Statement:
    """A statement of a module, read only as far as it is asked for.

    It defines the names ``binds``; ``acts`` says whether it does more when the module is imported.
    """

    def __init__(self, node: ast.stmt, binds: Iterable[str], acts: bool, text: str = ""):
        self.node, self.binds, self.acts, self.given = node, binds, acts, text

    @cached_property
    def text(self) -> str:
        return self.given or _written(self.node)

    @cached_property
    def uses(self) -> set[tuple[str, ...]]:
        """Names that it uses, with their attributes: ``("np", "random", "default_rng")``."""
        return set(_chains(self.node))


class _Module:
    """What a Python file defines, imports and does.

    ``bound`` has its statements by the names that they define; ``imported`` the modules, or members
    of modules, of this package, and ``names`` what stands for them anywhere in the file. It is
    ``opaque`` where parts of it can be used without their names.
    """

    def __init__(self, source: str, package: str):
        self.package = package
        self.names: dict[str, set[str]] = {}
        self.imported: set[str] = set()
        self.opaque = False
        tree = ast.parse(source)
        for node in ast.walk(tree) if INSIDE.search(source) else tree.body:
            self._read(node)
        self.classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        self.statements = [s for node in tree.body for s in self._cut(node)]
        self.bound: dict[str, list[int]] = {}
        for i, statement in enumerate(self.statements):
            for name in statement.binds:
                self.bound.setdefault(name, []).append(i)

    def _read(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name, stands_for, imported in _aliases(node, self.package):
                if imported.split(".")[0] == PACKAGE:
                    self.imported.add(imported)
                    self.names.setdefault(name, set()).add(stands_for)
                    self.opaque |= name == "*"
        elif isinstance(node, ast.Constant):
            if text := _module_in_text(node):
                self.imported.add(text)
        elif isinstance(node, ast.Name | ast.Attribute | ast.FunctionDef | ast.Global):
            named = getattr(node, "id", getattr(node, "attr", getattr(node, "name", "")))
            self.opaque |= named in OPAQUE or isinstance(node, ast.Global)

    def _cut(self, node: ast.stmt) -> Iterator[_Statement]:
        """Take a statement on a module's first level; one for each name that is imported."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name, stands_for, imported in _aliases(node, self.package):
                text = f"import {name} = {stands_for} of {imported}"
                quiet = imported.split(".")[0] in {PACKAGE, *sys.stdlib_module_names}
                yield _Statement(node, [name], name == "*" or not quiet, text)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield _Statement(node, [node.name], self._acts(node))
        elif not _is_text(node):
            names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            yield _Statement(node, names, self._acts(node))

    def _acts(self, node: ast.AST) -> bool:
        """Test whether a statement does more, when the module is imported, than to bind names."""
        given: Iterable[ast.AST | None]
        applied: Sequence[ast.expr] = ()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            given = [*node.args.defaults, *node.args.kw_defaults]
            applied = getattr(node, "decorator_list", [])
        elif isinstance(node, ast.ClassDef):
            # A base of this package may do something with all that are derived from it.
            bases = {chain[0] for base in node.bases for chain in _chains(base)}
            if node.keywords or bases & (self.classes | self.names.keys()):
                return True
            given = [inner for inner in node.body if not _is_text(inner)]
            applied = node.decorator_list
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            parts = [part for target in targets for part in ast.walk(target)]
            if any(isinstance(part, ast.Attribute | ast.Subscript) for part in parts):
                return True
            given = [node.value]
        elif isinstance(node, ast.stmt | ast.Call | ast.Await | ast.NamedExpr):
            return not isinstance(node, ast.Pass)
        else:
            given = ast.iter_child_nodes(node)
        return any(map(self._acts, filter(None, given))) or any(map(self._does_more, applied))

    def _does_more(self, decorator: ast.expr) -> bool:
        """Test whether a decorator may do more than to change what it is applied to."""
        given: list[ast.expr] = []
        name = decorator
        if isinstance(decorator, ast.Call):
            given = [*decorator.args, *(k.value for k in decorator.keywords)]
            name = decorator.func
        root = name
        while isinstance(root, ast.Attribute):
            root = root.value
        plain = getattr(name, "attr", getattr(name, "id", "")) in DECORATORS
        ours = getattr(root, "id", "") in self.names
        return not plain or ours or any(map(self._acts, given))


def _module(path: Path, name: str) -> _Module:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return _parsed(path.read_text(encoding="utf-8"), package)


# Once for each content: in a run's main process many scripts import the same modules.
_parsed = cache(_Module)


def _file(name: str, root: Path) -> Path | None:
    """Find the file of a module; none where a name stands for something in a module."""
    # Strings, since many files are looked for whenever a workflow is planned.
    base = os.path.join(root, *name.split("."))
    found = (path for path in (f"{base}{os.sep}__init__.py", f"{base}.py") if os.path.isfile(path))
    return next(map(Path, found), None)


def _found(target: str, root: Path) -> list[str]:
    """Name a module and the packages around it; all modules of a package that ends in a dot."""
    parts = target.rstrip(".").split(".")
    names = [".".join(parts[: i + 1]) for i in range(len(parts))]
    if target.endswith("."):
        inside = root.joinpath(*parts).rglob("*.py")
        names += [".".join(p.relative_to(root).with_suffix("").parts) for p in inside]
    return names


def _aliases(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, str, str]]:
    """Give each imported name, what it stands for and what is imported for it."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            first = alias.name.split(".")[0]
            yield alias.asname or first, alias.name if alias.asname else first, alias.name
        return
    around = package.split(".")
    above = around[: len(around) - node.level + 1] if node.level else []
    base = ".".join([*above, *filter(None, [node.module])])
    for alias in node.names:
        member = base if alias.name == "*" else f"{base}.{alias.name}"
        yield alias.asname or alias.name, member, member


def _module_in_text(node: ast.Constant) -> str:
    """Give a text that may name a module of this package or, with a dot at its end, many."""
    text = node.value if isinstance(node.value, str) else ""
    return text if re.fullmatch(rf"{PACKAGE}\.[\w.]*", text) else ""


def _chains(node: ast.AST) -> Iterator[tuple[str, ...]]:
    """Names in some code with the attributes that follow them."""
    if chain := _chain(node):
        yield chain
    else:
        for inner in ast.iter_child_nodes(node):
            yield from _chains(inner)


def _chain(node: ast.AST) -> tuple[str, ...]:
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.insert(0, node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return (node.id, *attributes)
    text = _module_in_text(node) if isinstance(node, ast.Constant) else ""
    star = isinstance(node, ast.alias) and node.name == "*"
    return ("*",) if star else (text,) if text else ()


def _is_text(node: object) -> bool:
    """Test for a bare string: a docstring, or the description under a constant."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _written(node: object) -> str:
    """Write code in a form that is the same under all versions of Python."""
    if isinstance(node, list):
        return f"[{','.join(_written(inner) for inner in node if not _is_text(inner))}]"
    if isinstance(node, ast.JoinedStr):
        return f"JoinedStr{_written(_joined(node.values))}"
    if not isinstance(node, ast.AST):
        return str(node)
    number = _whole_number(node)
    if number is not None:
        return hex(number)
    if isinstance(node, ast.Constant):
        # Not all of them as `repr` has it: which characters it escapes depends on the version.
        value = node.value
        return json.dumps(value) if isinstance(value, str) else repr(value)
    fields = ((field, getattr(node, field, None)) for field in sorted(node._fields))
    # Fields that some version has not are empty where others have them.
    held = [
        f"{field}={_written(value)}"
        for field, value in fields
        if value is not None and value != [] and field not in MUTE
    ]
    return f"{type(node).__name__}({','.join(held)})"


def _joined(values: Iterable[ast.expr]) -> list[ast.expr]:
    """Join texts that follow each other in a formatted string, which versions cut differently."""
    parts: list[ast.expr] = []
    for value in values:
        if isinstance(value, ast.Constant):
            last = parts[-1] if parts else None
            if isinstance(last, ast.Constant):
                value = ast.Constant(f"{last.value!s}{value.value!s}")
                parts.pop()
            if not value.value:
                continue
        parts.append(value)
    return parts


def _whole_number(node: ast.AST) -> int | None:
    """Work out arithmetic with whole numbers; None where it is anything else."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        left, right = _whole_number(node.left), _whole_number(node.right)
        large = isinstance(node.op, ast.LShift | ast.Pow) and right and not 0 <= right < 100
        if left is not None and right is not None and not large and left < 1 << 100:
            return ARITHMETIC[type(node.op)](left, right)
    return None
