"""Names that users write, and what they may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches

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
