"""What every script of a rule shares: a log, and one line when something is wrong."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nurture.errors import NurtureError

logger = logging.getLogger("nurture")


@contextmanager
def step(snakemake) -> Iterator[None]:
    """Run a rule's work with its log open, and end it with one line on bad input.

    Parameters
    ----------
    snakemake : object
        The object that Snakemake hands to a script; its first log file is written.

    Raises
    ------
    SystemExit
        With status 1, after a `NurtureError` was written to the log and to the terminal.
    """
    with _logging_to(Path(snakemake.log[0])):
        try:
            yield
        except NurtureError as error:
            logger.error("%s", error)
            sys.stderr.write(f"nurture: {error}\n")
            raise SystemExit(1) from None
        except Exception:
            logger.exception("unexpected error in rule %s", snakemake.rule)
            raise


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.removeHandler(handler)
        handler.close()
