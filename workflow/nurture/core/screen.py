"""What stands on a terminal: columns of text, and whether lines may be coloured.

Imported by the Snakefile: nothing heavy is imported here.
"""

import os
from collections.abc import Container, Iterable, Sequence


def takes_codes(stream: object) -> bool:
    """Test whether a stream is a terminal that obeys escape codes, and may be sent them.

    Not one that calls itself dumb, and none for somebody who has set ``NO_COLOR``.
    """
    terminal = bool(getattr(stream, "isatty", lambda: False)())
    return terminal and os.getenv("TERM") != "dumb" and not os.getenv("NO_COLOR")


def text_table(rows: Iterable[Sequence[str]], right: Container[int] = ()) -> list[str]:
    """Lay out rows of cells, all of one length, in columns two spaces apart.

    Columns that `right` names, counted from 0, are numbers and end below each other.

    Examples
    --------
    >>> text_table([("layer", "units"), ("conv1", "8")], right=[1])
    ['layer  units', 'conv1      8']
    """
    rows = list(rows)
    columns = [
        [cell.rjust(width) if place in right else cell.ljust(width) for cell in cells]
        for place, cells in enumerate(zip(*rows, strict=True))
        for width in [max(map(len, cells))]
    ]
    return ["  ".join(row).rstrip() for row in zip(*columns, strict=True)]
