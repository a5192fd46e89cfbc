"""Whether lines may be coloured and written over.

Imported by the Snakefile: nothing heavy is imported here.
"""

import os


def takes_codes(stream) -> bool:
    """Test whether a stream is a terminal that obeys escape codes, and may be sent them.

    Not one that calls itself dumb, and none for somebody who has set ``NO_COLOR``.
    """
    terminal = bool(getattr(stream, "isatty", lambda: False)())
    return terminal and os.getenv("TERM") != "dumb" and not os.getenv("NO_COLOR")
