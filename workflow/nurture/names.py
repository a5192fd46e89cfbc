"""Names that users write: what they may have meant, and what files are called after them."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from hashlib import sha256

PLAIN = re.compile(r"[a-z0-9_-][a-z0-9_.-]{0,99}")
"""Names that a file can have as they are, also where a file system knows no capital letters."""

MOST = 20
"""Names that are listed in one line."""


def hint(name: str, known: Iterable[str]) -> str:
    """End of an error about an unknown name: the one that was meant, or all that are known."""
    known = list(known)
    close = get_close_matches(name, known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    rest = f" and {len(known) - MOST} more" if len(known) > MOST else ""
    return f"; known: {', '.join(known[:MOST])}{rest}"


def file_stem(layer: str) -> str:
    """Name the files of a layer.

    Parameters
    ----------
    layer : str
        Any text: layers are called as their networks call them.

    Returns
    -------
    str
        The name itself where it is short and of small letters, digits, ``_``, ``-`` and ``.``. Of
        any other name what can be read of it, ``~``, and twelve digits of its digest: names that
        differ have files that differ.
    """
    if PLAIN.fullmatch(layer):
        return layer
    legible = re.sub(r"[^A-Za-z0-9_.-]+", "_", layer).strip("_.")[:60]
    return f"{legible}~{sha256(layer.encode()).hexdigest()[:12]}"
