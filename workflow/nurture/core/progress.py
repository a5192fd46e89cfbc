"""How far a long step is: a bar for a person at a terminal, sparse lines in a log."""

import logging
import sys
from collections.abc import Iterable, Iterator
from time import monotonic

from nurture.core.screen import takes_codes

logger = logging.getLogger(__name__)
SECONDS = 30
"""Least time between two lines in a log."""


def progress(iterable: Iterable, total: int, what: str) -> Iterator:
    """Yield from an iterable of `total` items and show how much of it is done.

    The log gets a line at the end and, before it, one every half minute, each with the rate and the
    time left. A bar goes when it is full: Snakemake's main process then has a line for the job.
    """
    if takes_codes(sys.stderr):
        # Imported where it is needed: the Snakefile imports this module without it.
        from tqdm import tqdm

        yield from tqdm(iterable, total=total, desc=what, leave=False, dynamic_ncols=True)
        return
    began = last = monotonic()
    for done, item in enumerate(iterable):
        if monotonic() - last >= SECONDS:
            last = monotonic()
            rate = done / (last - began)
            left = duration((total - done) / rate) if rate else "unknown time"
            logger.info("%s: %d of %d, %.3g/s, %s left", what, done, total, rate, left)
        yield item
    logger.info("%s: all %d done", what, total)


def duration(seconds: float) -> str:
    """Put a duration into words.

    Examples
    --------
    >>> duration(0.4), duration(75), duration(7500)
    ('<1 s', '1 min 15 s', '2 h 5 min')
    """
    if seconds < 1:
        return "<1 s"
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {left} s" if minutes else f"{left} s"
