"""What every script of a rule shares: a log, and one line when something is wrong."""

import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from nurture.core.errors import NurtureError
from nurture.core.files import unwritable
from nurture.core.screen import takes_codes
from nurture.running.locking import at_work
from nurture.running.planned import unchanged

logger = logging.getLogger("nurture")
INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


@contextmanager
def step(snakemake) -> Iterator[None]:
    """Run a rule's work with its log open, and end it with one line on bad input.

    A job that is no longer as it was planned ends likewise; see
    `nurture.running.planned.unchanged`. `snakemake` is what Snakemake hands to a script.

    Raises
    ------
    SystemExit
        With status 1, after a `NurtureError` was written to the log and to the terminal. Of any
        other exception the terminal gets one line and the log the traceback.
    """
    gc.freeze()
    gc.enable()
    path = Path(snakemake.log[0])
    with at_work(), _logging_to(path) as log:
        try:
            with unchanged(snakemake):
                yield
        except NurtureError as error:
            logger.error("%s", error)
            _end(f"{error} (log: {path})")
        except Exception as error:
            what = f"unexpected {_name(error)} in rule {snakemake.rule}"
            logger.exception(what)
            if log.broken:
                raise
            _end(f"{what} (log with traceback: {path})")
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None


@contextmanager
def _logging_to(path: Path) -> Iterator["_LogFile"]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = _LogFile(path, mode="w", encoding="utf-8")
    except OSError as error:
        _end(str(unwritable(error, path) or error))
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    try:
        yield handler
    finally:
        logging.captureWarnings(False)
        root.removeHandler(handler)
        with suppress(OSError):
            handler.close()


class _LogFile(logging.FileHandler):
    """A log that goes without what a full disk does not take, and leaves the last word to it."""

    broken = False
    """Whether something is missing from it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        self.broken = True


def _name(error: Exception) -> str:
    """Name an exception and its message in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _end(message: str) -> NoReturn:
    # On a terminal a bar or the list of jobs at work may stand in this line.
    clear = "\r\x1b[K" if takes_codes(sys.stderr) else ""
    sys.stderr.write(f"{clear}nurture: {message}\n")
    raise SystemExit(1) from None
