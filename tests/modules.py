"""Which files a script's imports lead to."""

from pathlib import Path

from nurture.core.digest import _file, _Used


def code_files(script, root):
    """Files that hold a script and the package modules that it imports, transitively and sorted."""
    used = _Used(Path(script), Path(root))
    return sorted(_file(name, Path(root)) or Path(script) for name in used.modules)
