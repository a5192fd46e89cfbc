"""Files in which an ONNX model keeps weights outside its own.

Imported by the Snakefile, which every cluster job parses again and which may have no onnx beside
it: the places are found in the bytes.
"""

import mmap
import re
from functools import cache
from pathlib import Path, PurePosixPath

from nurture.core.errors import NurtureError

LENGTH = rb"([\x00-\x7f]|[\x80-\xff][\x01-\x7f])"
PLACE = re.compile(rb"\x6a" + LENGTH + rb"\n\x08location\x12" + LENGTH)
"""In protobuf's encoding: the entry of a tensor that says where its data are, and how many bytes of
a path follow."""


@cache
def external_files(path: str | Path) -> list[Path]:
    """List the files that hold weights of an ONNX model beside its own, each once and sorted.

    Refuses one that is missing, or outside the folder of the model.
    """
    folder = Path(path).resolve().parent
    files = []
    for place in sorted(_places(path)):
        held = Path(path).parent / place
        inside = not PurePosixPath(place).is_absolute() and ".." not in PurePosixPath(place).parts
        if not (inside and held.resolve().is_relative_to(folder)) or held.is_symlink():
            raise NurtureError(
                f"{path}: takes weights from {place!r}, which is a link or outside its folder; put "
                "the file itself into the folder of the model"
            )
        if not held.is_file():
            raise NurtureError(
                f"{path}: no such file: {held}, in which it keeps weights; copy it there too"
            )
        files.append(held)
    return files


def _places(path: str | Path) -> set[str]:
    if not Path(path).is_file() or not Path(path).stat().st_size:
        return set()
    found = set()
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
        for match in PLACE.finditer(held):
            low, *high = match[2]
            length = low & 0x7F | sum(high) << 7
            place = held[match.end() : match.end() + length].decode(errors="replace")
            # A tensor may be called "location" too; what follows then is its type, in bytes.
            found |= {place} if place.isprintable() else set()
    return found
