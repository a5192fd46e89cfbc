"""Files of Torch7, the Lua library in which VGG-Face was published (``VGG_FACE.t7``).

The two Python packages that read them are no longer maintained and trust the file. The format is
small and documented (``File.lua``, ``Tensor.c`` and ``Storage.c`` of github.com/torch/torch7), so
this module reads the part of it that networks need and refuses the rest. Nothing in the file is
ever run: Lua functions are stepped over. Every length is checked against the bytes that are left
before anything is made of them; numbers stay where they are in the file.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

NIL, NUMBER, STRING, TABLE, OBJECT, BOOLEAN = range(6)
FUNCTIONS = (6, 7, 8)  # the bytes of a Lua function, as written by three versions of Torch7

TYPES = {
    "Byte": "u1",
    "Char": "i1",
    "Short": "<i2",
    "Int": "<i4",
    "Long": "<i8",
    "Float": "<f4",
    "Double": "<f8",
    "Cuda": "<f4",
    "CudaDouble": "<f8",
}
"""Types of numbers: ``torch.FloatTensor`` keeps its numbers in a ``torch.FloatStorage``."""

MAX_DEPTH = 64
MAX_VALUES = 200_000
"""VGG-Face has 40 modules of about 20 values each, four objects deep."""


@dataclass
class Object:
    """An object of a Lua class, such as ``nn.Linear``, with its fields by name."""

    name: str
    fields: dict = field(default_factory=dict)


def read_torch7(data: memoryview) -> object:
    """Read what ``torch.save`` wrote in its binary format.

    Tables are dictionaries, tensors are arrays that look into `data`, numbers are floats, text is
    decoded as Latin-1, functions are None, and all else is an `Object`. A ValueError says that the
    file is cut short or damaged, or holds what a network does not need.
    """
    return _Reader(data).value(0)


def weighted_modules(root: object) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Class, weights and biases of every module that has them, from input to output.

    Modules lie in the field ``modules`` of a container such as ``nn.Sequential``; a module that
    occurs twice is given once.
    """
    todo, seen = [root], set()
    while todo:
        module = todo.pop()
        if not isinstance(module, Object) or id(module) in seen:
            continue
        seen.add(id(module))
        weight, bias = module.fields.get("weight"), module.fields.get("bias")
        if isinstance(weight, np.ndarray) and isinstance(bias, np.ndarray):
            yield module.name, weight, bias
        inside = module.fields.get("modules")
        if isinstance(inside, dict):
            # Lua counts from one; the last is pushed first, so that the first is popped first.
            todo += [inside[i] for i in range(len(inside), 0, -1) if i in inside]


class _Reader:
    """Where reading stands, and the objects met so far: later mentions give only their number."""

    def __init__(self, data: memoryview):
        self.data = data
        self.position = 0
        self.objects: dict[int, object] = {}
        self.values = 0

    def take(self, size: int) -> memoryview:
        left = len(self.data) - self.position
        if not 0 <= size <= left:
            raise ValueError(f"byte {self.position}: {size} bytes wanted and {left} left")
        self.position += size
        return self.data[self.position - size : self.position]

    def number(self, kind: str) -> float | int:
        return struct.unpack("<" + kind, self.take(struct.calcsize("<" + kind)))[0]

    def text(self) -> str:
        return str(self.take(self.number("i")), "latin-1")

    def value(self, depth: int) -> object:
        self.values += 1
        if depth > MAX_DEPTH or self.values > MAX_VALUES:
            raise ValueError(f"byte {self.position}: more or deeper than any network")
        kind = self.number("i")
        if kind == NIL:
            return None
        if kind == NUMBER:
            return self.number("d")
        if kind == STRING:
            return self.text()
        if kind == BOOLEAN:
            return self.number("i") == 1
        if kind in (TABLE, OBJECT, *FUNCTIONS):
            return self.reference(kind, depth)
        raise ValueError(f"byte {self.position - 4}: {kind} is no type of value")

    def reference(self, kind: int, depth: int) -> object:
        number = self.number("i")
        if number in self.objects:
            return self.objects[number]
        if kind == TABLE:
            self.objects[number] = {}
            return self.table(self.objects[number], depth)
        if kind == OBJECT:
            return self.object(number, depth)
        self.objects[number] = None
        self.take(self.number("i"))
        self.value(depth + 1)  # what the function refers to
        return None

    def table(self, table: dict, depth: int) -> dict:
        for _ in range(self.number("i")):
            key = self.value(depth + 1)
            if not isinstance(key, str | float | bool):
                raise ValueError(f"byte {self.position}: the key of a table is no name or number")
            table[key] = self.value(depth + 1)
        return table

    def object(self, number: int, depth: int) -> object:
        name = self.text()
        if name.startswith("V "):  # the version of the format; absent in the oldest files
            name = self.text()
        if name.startswith("torch.") and name.endswith(("Tensor", "Storage")):
            read = self.tensor if name.endswith("Tensor") else self.storage
            kind = name.removeprefix("torch.").removesuffix("Tensor").removesuffix("Storage")
            if kind not in TYPES:
                raise ValueError(f"byte {self.position}: numbers of type {name} are not read")
            self.objects[number] = None
            self.objects[number] = read(np.dtype(TYPES[kind]), depth)
            return self.objects[number]
        made = Object(name)
        self.objects[number] = made  # before its fields, which may refer to it
        fields = self.value(depth + 1)
        if not isinstance(fields, dict):
            raise ValueError(f"byte {self.position}: {name} has no table of fields")
        made.fields = fields
        return made

    def storage(self, dtype: np.dtype, _depth: int) -> np.ndarray:
        return np.frombuffer(self.take(self.number("q") * dtype.itemsize), dtype)

    def tensor(self, dtype: np.dtype, depth: int) -> np.ndarray:
        start = self.position
        dimensions = self.number("i")
        if not 0 <= dimensions <= 8:
            raise ValueError(f"byte {start}: a tensor of {dimensions} dimensions")
        sizes = [self.number("q") for _ in range(dimensions)]
        strides = [self.number("q") for _ in range(dimensions)]
        first = self.number("q") - 1
        storage = self.value(depth + 1)
        if storage is None or dimensions == 0:
            return np.empty(0, dtype)
        if not isinstance(storage, np.ndarray) or storage.dtype != dtype or storage.ndim != 1:
            raise ValueError(f"byte {start}: a tensor without numbers of its own type")
        if min(sizes) < 1 or strides != _packed(sizes):
            raise ValueError(f"byte {start}: a tensor of {sizes} with strides {strides}")
        size = sizes[0] * strides[0]
        if not 0 <= first <= len(storage) - size:
            raise ValueError(f"byte {start}: {size} numbers wanted and {len(storage)} there")
        return storage[first : first + size].reshape(sizes)


def _packed(sizes: list[int]) -> list[int]:
    """Strides of numbers that lie side by side, the last axis fastest."""
    strides = [1]
    for size in sizes[:0:-1]:
        strides.insert(0, strides[0] * size)
    return strides
