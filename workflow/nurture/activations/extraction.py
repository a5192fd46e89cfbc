"""Responses of a network's units to stimuli, and the files that keep them."""

import os
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from nurture.activations.units import unit_coordinates
from nurture.core.described import CONVENTIONS, described
from nurture.core.errors import NurtureError
from nurture.core.files import atomic, label_coordinates, seal
from nurture.networks.forward import IN_ORDER, channels_first, choose_device
from nurture.networks.tracing import reading

AHEAD = 2
"""Arrays that wait for the disk, or are being written, while the next layer is computed."""

HALF_BITS = 10
"""Bits of the mantissa that are kept at half precision, as many as float16 has."""

CHUNK = 2048
"""Units of one stimulus that are compressed together: few enough to read a block of units without
much beside it, and enough to take up no space for the index."""


Write = Callable[[str, int, Tensor], None]
"""Takes a layer, how many images were shown before a batch, and the layer's outputs to the batch.
Of each layer batches come in the order of images."""


def extract(
    module: nn.Module,
    layers: Sequence[str],
    batches: Iterable[Tensor],
    write: Write,
    device: str = "auto",
    channels_last: bool = False,
    orders: Mapping[str, Sequence[int]] = IN_ORDER,
) -> None:
    """Show images to a network and read several of its layers in one pass.

    The network is run as it is given, to its end. A layer is handed on as soon as it is computed,
    so that no more than one is held here, however many are read. A `NurtureError` when one is not
    run once in every batch, or puts out other shapes than in the first.

    Parameters
    ----------
    module : Module
        The network, in evaluation mode. It is moved to `device`.
    layers : sequence of str
        Names of submodules whose outputs are read.
    batches : iterable of Tensor of shape (n, channels, rows, columns)
        Preprocessed images.
    write : callable
        Called in every batch with the name of each layer, the number of images shown before it,
        and a copy of the layer's outputs on the CPU.
    device : str
        See `choose_device`.
    channels_last : bool
        Whether convolutions on a CPU take about half the time, with images and weights in a memory
        format that a user's own code need not be made for.
    orders : mapping of str to sequence of int
        For layers whose channels do not come first, the order of axes that puts them there; see
        `nurture.networks.tracing.Layer`.
    """
    target = choose_device(device)
    moved = torch.channels_last if channels_last else torch.contiguous_format
    module = module.to(target)
    if channels_last:
        module = module.to(memory_format=moved)  # type: ignore[call-overload]  # torch's stubs
    pass_ = _Pass(layers, write, orders)
    # Full float32 also on a GPU, where convolutions would otherwise be rounded to ten bits.
    exact = torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)
    with reading(module, layers, pass_.keep), torch.inference_mode(), exact:
        for batch in batches:
            pass_.begin(len(batch))
            # A copy, for of one channel both formats have the same order and not the same strides.
            module(batch.to(target, memory_format=moved, copy=True))
            pass_.end()


class _Pass:
    """What is read in one forward pass after another, checked against the first."""

    def __init__(self, layers: Sequence[str], write: Write, orders: Mapping[str, Sequence[int]]):
        self.layers, self.write, self.orders = layers, write, orders
        self.first = self.n = 0
        self.seen: set[str] = set()
        self.shapes: dict[str, tuple[int, ...]] = {}

    def begin(self, n: int) -> None:
        self.first, self.n, self.seen = self.first + self.n, n, set()

    def keep(self, layer: str, output: Tensor) -> None:
        shape = tuple(output.shape)
        expected = (self.n, *self.shapes.setdefault(layer, shape[1:]))
        if layer in self.seen or shape != expected:
            what = "is run again" if layer in self.seen else f"puts out shape {shape}"
            raise self._fault(layer, f"{what} and not {expected} once")
        self.seen.add(layer)
        # A copy, because an in-place operation further on may overwrite the output itself.
        moved = channels_first(layer, output, self.orders)
        self.write(layer, self.first, moved.detach().to("cpu", copy=True))

    def end(self) -> None:
        for layer in self.layers:
            if layer not in self.seen:
                raise self._fault(layer, "is not run")

    def _fault(self, layer: str, what: str) -> NurtureError:
        return NurtureError(
            f"layer {layer!r} {what} for stimuli {self.first} to {self.first + self.n - 1}; choose "
            "a layer that every image passes once"
        )


def unit_rows(outputs: Tensor, space: Tensor | None = None) -> np.ndarray:
    """List a layer's outputs by stimulus and unit.

    Parameters
    ----------
    outputs : Tensor of shape (n, channels, rows, columns) or (n, n_units)
        In any memory format.
    space : Tensor, optional
        One-dimensional, float32; where the result is put, grown when it is too small. Without it
        each call takes new memory.

    Returns
    -------
    ndarray of shape (n, n_units), float32
        Units in the order channel, row, column; see
        `nurture.activations.units.unit_coordinates`.
    """
    if outputs.dim() == 2:
        return outputs.float().contiguous().numpy()
    n, channels = outputs.shape[:2]
    space = torch.empty(0) if space is None else space
    if space.numel() < outputs.numel():
        # Memory that an array has shared cannot be resized.
        space.set_(torch.empty(outputs.numel()))  # type: ignore[call-overload]  # torch's stubs
    rows = space[: outputs.numel()].view(n, channels, -1)
    # With channels last each image is a matrix (places, channels). Turned one at a time it takes
    # half the time that torch needs for the whole batch.
    for row, output in zip(rows, outputs, strict=True):
        row.copy_(output.flatten(1))
    return rows.flatten(1).numpy()


@contextmanager
def activation_files(
    paths: Mapping[str, str | Path],
    shapes: Mapping[str, tuple[int, int, int]],
    labels: pd.DataFrame,
    attributes: Mapping[str, Mapping],
    precision: str = "single",
    first: Sequence[int] | None = None,
) -> Iterator[Write]:
    """Stream activations to one netCDF file for each layer.

    Memory grows neither with the number of stimuli nor with that of layers: at most `AHEAD` arrays
    are held. A thread puts them in order, checks and writes them while the next layer is computed.
    Neither way of writing goes through the netCDF library, which is not made for threads and reads
    images meanwhile.

    At single precision values are stored contiguously and uncompressed, and each array goes to its
    place in the file. Of what was tried (docs/benchmarks.md) that is the fastest to write by
    stimulus and to read by unit.

    At half precision values are rounded to the ten bits of float16's mantissa, keeping float32's
    range, and compressed; netCDF has no type of 16 bits for them. They are still of type float32
    to whoever reads them.

    What is yielded takes what `extract` hands on (see `Write`); outputs are not to be used
    afterwards. A `NurtureError` names file and stimulus when there are more or fewer activations
    than labels, or one is not finite; no file is left then.

    Parameters
    ----------
    paths : mapping of str to path
        For each layer the file to make. All appear when all are complete.
    shapes : mapping of str to tuple of int
        What `unit_shapes` returns.
    labels : pandas.DataFrame
        One row per stimulus.
    attributes : mapping of str to mapping
        For each layer the attributes of its file; None is left out.
    precision : str
        ``"single"`` or ``"half"``.
    first : sequence of int, optional
        For each stimulus the first one of the same image, whose activations are its own too and
        are handed on once; see `nurture.stimuli.images.unlike`, which makes it meanwhile. Without
        it every stimulus has its own.
    """
    first = range(len(labels)) if first is None else first
    with ExitStack() as complete:
        parts = {layer: complete.enter_context(atomic(path)) for layer, path in paths.items()}
        with ExitStack() as files:
            variables, space = {}, torch.empty(0)
            for layer, part in parts.items():
                _define(part, shapes[layer], labels, attributes[layer], precision)
                rows = files.enter_context(ROWS[precision](part))
                variables[layer] = _Variable(paths[layer], rows, first, len(labels), space)
            with ThreadPoolExecutor(1) as thread:
                waiting: deque[Future[None]] = deque()

                def write(layer: str, first: int, outputs: Tensor) -> None:
                    if len(waiting) == AHEAD:
                        waiting.popleft().result()
                    waiting.append(thread.submit(variables[layer].put, first, outputs))

                yield write
                for written in waiting:
                    written.result()
        for variable in variables.values():
            variable.check_complete()


Rows = tuple[Callable[[int, np.ndarray], None], Callable[[int], np.ndarray]]
"""Puts the activations of a stimulus, which come in order, to their place in a file; and reads what
was put."""


@contextmanager
def _contiguous_rows(path: Path) -> Iterator[Rows]:
    """Write and read rows in a file whose checksum is computed on the way.

    That costs nothing beside a forward pass.
    """
    with h5py.File(path) as file:
        start, n_units = file["activation"].id.get_offset(), file["activation"].shape[1]
    with path.open("r+b") as file:
        checksum = zlib.crc32(file.read(start))
        place = start

        def put(_stimulus: int, values: np.ndarray) -> None:
            nonlocal checksum, place
            rest = memoryview(values.data).cast("B")
            checksum = zlib.crc32(rest, checksum)
            while rest:
                written = os.pwrite(file.fileno(), rest, place)
                rest, place = rest[written:], place + written

        def get(stimulus: int) -> np.ndarray:
            size = 4 * n_units
            return np.frombuffer(os.pread(file.fileno(), size, start + stimulus * size), "float32")

        yield put, get
        file.seek(place)
        checksum = zlib.crc32(file.read(), checksum)
    seal(path, checksum)


@contextmanager
def _compressed_rows(path: Path) -> Iterator[Rows]:
    """Write rows that are rounded and compressed, and read them."""
    with h5py.File(path, "r+") as file:
        activation = file["activation"]

        def put(stimulus: int, values: np.ndarray) -> None:
            round_to_half(values)
            activation[stimulus] = values

        try:
            yield put, activation.__getitem__
            file.flush()
        except BaseException:
            # Where the disk is full, HDF5 cannot close the file and crashes when Python ends. So
            # what it still holds goes nowhere.
            with open(os.devnull, "r+b") as nowhere:
                os.dup2(nowhere.fileno(), file.id.get_vfd_handle())
            raise


ROWS = {"single": _contiguous_rows, "half": _compressed_rows}


def round_to_half(values: np.ndarray) -> None:
    """Round finite float32 numbers, in place, to the ten bits of float16's mantissa.

    To the nearest, of two equally near ones to the even, as netCDF's own BitRound. What is left
    differs by at most 2 ** -11 of itself; range and smallest numbers are those of float32.
    """
    bits, dropped = values.view("uint32"), np.uint32(23 - HALF_BITS)
    even = (bits >> dropped) & np.uint32(1)
    bits += even + np.uint32((1 << (22 - HALF_BITS)) - 1)
    bits &= np.uint32(0xFFFFFFFF) << dropped


class _Variable:
    """The activations in one file, of which rows are written as they come."""

    def __init__(
        self, path: str | Path, rows: Rows, first: Sequence[int], n_stimuli: int, space: Tensor
    ):
        self.path, self.first, self.n_stimuli, self.space = path, first, n_stimuli, space
        self.write, self.read = rows
        self.shown = self.done = 0

    def put(self, shown: int, outputs: Tensor) -> None:
        values = unit_rows(outputs, self.space)
        if shown != self.shown:
            raise ValueError(f"{self.path}: image {self.shown} is next, not {shown}")
        self.shown += len(values)
        new = iter(values)
        for stimulus in range(self.done, min(len(self.first), self.n_stimuli)):
            again = self.first[stimulus] < stimulus
            row = self.read(self.first[stimulus]) if again else next(new, None)
            if row is None:
                break
            self._check_finite(stimulus, row)
            self.write(stimulus, row)
            self.done = stimulus + 1
        if next(new, None) is not None:
            raise NurtureError(
                f"{self.path}: more activations than the {self.n_stimuli} labelled stimuli"
            )

    def _check_finite(self, stimulus: int, values: np.ndarray) -> None:
        # Smallest and largest value decide it as well as all of them, and take no memory.
        if not np.isfinite([values.min(), values.max()]).all():
            raise NurtureError(
                f"{self.path}: activations to stimulus {stimulus} are not finite (NaN or "
                "infinity); check the network's weights and its input in the configuration"
            )

    def check_complete(self) -> None:
        if self.done < self.n_stimuli:
            raise NurtureError(
                f"{self.path}: activations for {self.done} of {self.n_stimuli} labelled stimuli "
                "only"
            )


def _define(
    path: Path,
    shape: tuple[int, int, int],
    labels: pd.DataFrame,
    attributes: Mapping,
    precision: str,
) -> None:
    """Write everything but the activations."""
    coordinates = label_coordinates(labels) | unit_coordinates(shape)
    n_units = int(np.prod(shape))
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("stimulus", len(labels))
        file.createDimension("unit", n_units)
        for name, coordinate in coordinates.items():
            variable = file.createVariable(
                name,
                coordinate.dtype,
                tuple(map(str, coordinate.dims)),
                fill_value=False,
                contiguous=True,
            )
            variable.setncatts(coordinate.attrs)
            variable[:] = coordinate.to_numpy()
        storage = _storage(precision, n_units)
        activation = file.createVariable(
            "activation", "f4", ("stimulus", "unit"), fill_value=False, **storage
        )
        auxiliary = " ".join(name for name in coordinates if name not in ("stimulus", "unit"))
        activation.setncatts({**described("activation"), "coordinates": auxiliary})
        versions = {f"{m.__name__}_version": m.__version__ for m in (torch, np, netCDF4)}
        known = {name: value for name, value in attributes.items() if value is not None}
        file.setncatts({"Conventions": CONVENTIONS, **known, **versions})
        if activation.chunking() == "contiguous":
            # The last value takes up the space of all.
            activation[-1, -1] = 0


def _storage(precision: str, n_units: int) -> dict:
    """Arguments of netCDF4's ``createVariable``."""
    if precision == "single":
        return {"contiguous": True}
    return {
        **{"compression": "zlib", "complevel": 1, "chunksizes": (1, min(n_units, CHUNK))},
        # The library notes this in the file; the rounding itself is done before.
        **{"quantize_mode": "BitRound", "significant_digits": HALF_BITS},
    }
