"""Files of MATLAB, checked before scipy reads them.

scipy trusts the lengths in such a file and may end the whole process, or take any amount of memory,
when one of them is damaged. The format is described in MathWorks' "MAT-File Format" (level 5).
"""

import struct
import zlib
from collections.abc import Iterator

import numpy as np

VARIABLES = ("net", "layers")
"""Variables of a network: one that holds everything, or each part by itself."""

HEADER = 128
MAX_DEPTH = 32

MATRIX, COMPRESSED = 14, 15
HEAD = (6, 5, 1)
"""Types of an array's first three elements: its class, shape and name."""
CELL, STRUCT = 1, 2
CLASSES = (4, *range(6, 16))
"""Classes of arrays of text and of numbers."""
TYPES = (*range(1, 8), 9, 12, 13, 16, 17, 18)
"""Types in which their values are written."""
COMPLEX = 8


def unpacked_size(data: memoryview, limit: int) -> int:
    """Check that a file's variables hold as much as they say, and how many bytes they are.

    A compressed variable that unpacks to more bytes than `limit` is refused; its checksum is
    checked and not the arrays inside it. A ValueError says that the file is cut short or damaged.
    """
    size = 0
    for kind, body in _elements(data[HEADER:]):
        if kind == COMPRESSED:
            size += _unpack(body, limit)
        else:
            _check_array(kind, body)
            size += len(body)
    return size


def _elements(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Type and content of each element; a short one has both in its first eight bytes."""
    while data:
        if len(data) < 8:
            raise ValueError(f"{len(data)} bytes left over")
        kind, size = struct.unpack("<II", data[:8])
        start = 8
        if kind >> 16:
            kind, size, start = kind & 0xFFFF, kind >> 16, 4
        # Contents are padded to eight bytes, except when they are compressed.
        step = start + size if kind == COMPRESSED else -(-(start + size) // 8) * 8
        if step > len(data) or (start == 4 and size > 4):
            raise ValueError(f"{size} bytes wanted and {len(data) - start} left")
        yield kind, data[start : start + size]
        data = data[step:]


def _check_array(kind: int, body: memoryview, depth: int = 0) -> None:
    """Check that an array and those inside it hold as much as they say."""
    if kind != MATRIX or depth > MAX_DEPTH:
        raise ValueError(f"an element of type {kind} at depth {depth}, where an array should be")
    if not body and depth:
        return  # a field that was never set
    sort, size, name, rest = _array(body)
    if depth == 0 and name not in VARIABLES:
        return
    if sort not in (CELL, STRUCT):
        _check_values(sort, size, rest)
        return
    if sort == STRUCT:
        (_, width), (_, names), *rest = rest
        size *= len(names) / struct.unpack("<i", width)[0]
    if len(rest) != size:
        raise ValueError(f"{len(rest)} arrays inside one of {size:g}")
    for inner, content in rest:
        _check_array(inner, content, depth + 1)


def _array(body: memoryview) -> tuple[int, float, str, list[tuple[int, memoryview]]]:
    """Class, size and name of an array, and the elements that follow."""
    (one, flags), (two, shape), (three, name), *rest = _elements(body)
    if (one, two, three) != HEAD or len(flags) != 8 or len(shape) < 8 or flags[1] & COMPLEX:
        raise ValueError("an array without class, shape and name, or of complex numbers")
    size = np.prod(np.frombuffer(shape, "<i4"), dtype=float)
    return flags[0], float(size), str(name, "latin-1"), rest


def _check_values(sort: int, size: float, elements: list[tuple[int, memoryview]]) -> None:
    if sort not in CLASSES or not {kind for kind, _ in elements} <= {*TYPES}:
        raise ValueError(f"an array of class {sort}, which is neither numbers nor text")
    if len(elements) != 1 or not 0 <= size <= len(elements[0][1]):
        raise ValueError(f"{size:g} numbers in {len(elements)} elements")


def _unpack(body: memoryview, limit: int) -> int:
    """Unpack to the end, which checks the checksum, and keep nothing."""
    unpack, size, rest = zlib.decompressobj(), 0, bytes(body)
    while not unpack.eof:
        size += len(unpack.decompress(rest, 1 << 20))
        if size > limit or not (unpack.unconsumed_tail or unpack.eof):
            raise ValueError(f"a variable of {size} bytes or more, cut short or beyond measure")
        rest = unpack.unconsumed_tail
    return size
