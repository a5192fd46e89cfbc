"""What lies in files that users bring: a rule's parameter, so that their content decides.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import hashlib
import os
from functools import cache
from pathlib import Path


@cache
def file_contents(path: str | Path) -> str:
    """Digest of a file, read once in a process.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits.
    """
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def folder_contents(folder: str | Path, verify: bool = True) -> str:
    """Digest of all that lies in a folder: the names of its files, and what they hold.

    Times are left out, since copies of one face set differ in nothing else. The sets with one
    photograph for each person and expression have a few gigabytes, read in seconds; for sets of
    hundreds of thousands of files, `verify` is there.

    Parameters
    ----------
    folder : str or Path
        Links to other folders in it are not followed.
    verify : bool
        Whether to read the files; otherwise their sizes stand for them, and a photograph replaced
        by one of the same size in bytes goes unnoticed.

    Returns
    -------
    str
        Sixteen hexadecimal digits.
    """
    total = hashlib.sha256()
    for here, folders, files in os.walk(folder):
        folders.sort()
        for path in (Path(here, name) for name in sorted(files)):
            if path.is_file():
                held = file_contents(path) if verify else str(path.stat().st_size)
                total.update(f"{path.relative_to(folder).as_posix()}\0{held}\n".encode())
    return total.hexdigest()[:16]
