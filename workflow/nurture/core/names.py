"""Names that users write: what they may have meant, and what files are called after them."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from difflib import get_close_matches
from hashlib import sha256

from nurture.core.expressions import NONE

BASELINE = "baseline"
"""Training of what stands beside networks and is none: pixels, action units."""

PLAIN = re.compile(r"[a-z0-9_-][a-z0-9_.-]{0,99}")
"""Names that a file can have as they are, also where a file system knows no capital letters."""

MOST = 20
"""Names that are listed in one line."""

UNKNOWN = {"", NONE, "null", "nan", "n/a", "#n/a", "unknown", "?", "-"}
"""What says that it is not known who is shown. ``NA`` is a name: somebody in JAFFE has it."""


def hint(name: str, known: Iterable[str]) -> str:
    """End of an error about an unknown name: the one that was meant, or all that are known."""
    known = list(known)
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {listed(known)}"


def listed(names: Sequence[str], most: int = MOST, between: str = ", ") -> str:
    """List names in one line, of many the first."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return between.join(names[:most]) + more


def clean_name(text: str) -> str:
    """Spell a name as it is shown, in Unicode's form NFC without what cannot be seen.

    Spaces are made one and removed at the ends; `NONE` stands for nobody.
    """
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf")
    name = unicodedata.normalize("NFC", " ".join(seen.split()))
    return NONE if name.casefold() in UNKNOWN else name


def person_key(name: str) -> str:
    """Return what is the same for all spellings of one name.

    Letters are compared without regard to case, wide and composed forms alike (Unicode's NFKC),
    and numbers by their value: 1, 001, 1.0 and 1,0 are one name.
    """
    key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    if re.fullmatch(r"[0-9]+([.,][0-9]+)?", key):
        return f"{Decimal(key.replace(',', '.')).normalize():f}"
    return key


def file_stem(layer: str) -> str:
    """Name the files of a layer.

    The name of the layer itself where it is short and of small letters, digits, ``_``, ``-`` and
    ``.``. Of any other name what can be read of it, ``~``, and twelve digits of its digest: names
    that differ have files that differ.
    """
    if PLAIN.fullmatch(layer):
        return layer
    legible = re.sub(r"[^A-Za-z0-9_.-]+", "_", layer).strip("_.")[:60]
    return f"{legible}~{sha256(layer.encode()).hexdigest()[:12]}"
