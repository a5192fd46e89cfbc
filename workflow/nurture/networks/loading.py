"""Whether a network's weights come from its file, and which of its numbers are left to chance."""

import hashlib
import logging
import mmap
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import is_zipfile

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from nurture.core.errors import NurtureError
from nurture.networks.states import Stored, flattened, is_safetensors, misfit, read_state, unpickled

logger = logging.getLogger(__name__)

MAKES = Callable[[str, int], nn.Module]
"""A network from the path of its weights and a seed."""

HOOKS = ("_forward_", "_backward_", "_state_dict_", "_load_state_dict_")
RUNNING = ("running_mean", "running_var")
"""Buffers that training sets; others are constants of the code."""

DEPTH = 6


@contextmanager
def drawn_under(seed: int) -> Iterator[None]:
    """Seed every global generator of random numbers, and leave the caller's as they were."""
    before, others = random.getstate(), np.random.get_state()  # noqa: NPY002
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002 - what users' code may draw from
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(before)
            np.random.set_state(others)  # noqa: NPY002


def digests(module: nn.Module) -> dict[str, str]:
    """Digest of each tensor or array that a network holds, also in whatever objects it holds."""
    return {name: _digest(value) for name, value in _held(module).items()}


def outside(module: nn.Module) -> dict[str, str]:
    """Digests of those tensors that are not in a network's state dict."""
    inside = module.state_dict(keep_vars=True)
    same = {id(value) for value in inside.values()}
    held = _held(module)
    return {n: _digest(v) for n, v in held.items() if n not in inside and id(v) not in same}


def _held(module: nn.Module) -> dict[str, Tensor | np.ndarray]:
    found = dict(module.named_parameters(remove_duplicate=False))
    found |= module.named_buffers(remove_duplicate=False)
    known = {id(value) for value in found.values()}
    for name, value in _walk(module, "", {}, DEPTH):
        # Old weight and spectral norm keep a tensor that each pass computes from these anew.
        if id(value) not in known and not {f"{name}_orig", f"{name}_v"} & found.keys():
            found.setdefault(name, value)
    return found


def _walk(
    value: object, name: str, seen: dict[int, object], depth: int
) -> Iterator[tuple[str, Tensor | np.ndarray]]:
    """Tensors and arrays inside an object, each once."""
    if id(value) in seen or isinstance(value, type):
        return
    seen[id(value)] = value  # kept, so that no other object takes its id
    if isinstance(value, Tensor | np.ndarray):
        yield name.strip("."), value
        return
    parts = _parts(value)
    # How deep modules lie in each other is the network's own affair.
    left = DEPTH if isinstance(value, nn.Module) else depth - 1
    for key, part in parts.items() if left >= 0 else ():
        if not str(key).startswith(HOOKS):
            inner = key not in ("_parameters", "_buffers", "_modules")
            yield from _walk(part, f"{name}.{key}" if inner else name, seen, left)


def _parts(value: object) -> Mapping:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    if closure := getattr(value, "__closure__", None):
        return dict(enumerate(cell.cell_contents for cell in closure if _filled(cell)))
    if isinstance(value, partial):
        return {"args": value.args, "func": value.func, "keywords": value.keywords}
    return getattr(value, "__dict__", {})


def _filled(cell) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _digest(value: Tensor | np.ndarray) -> str:
    about = f"{value.dtype} {tuple(value.shape)}"
    if isinstance(value, np.ndarray):
        held = value.tobytes() if value.dtype != object else b""
    elif value.is_meta or value.layout != torch.strided or value.is_quantized:
        held = b""
    else:
        held = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
    return hashlib.sha256(held, usedforsecurity=False).hexdigest() + about


def decided(make: MAKES, weights: str, seed: int | None) -> nn.Module:
    """Build a network, all of which its seed decides, or the file of weights that it will get.

    Weights are the path of a state dict, which decides the network's own, or ``"untrained"``. Where
    no seed is configured nothing may depend on it: a `NurtureError` names the first tensor that is
    left to chance. One network is kept at a time.
    """
    look = digests if weights == "untrained" else outside
    other = look(make(weights, 1 if seed is None else seed))
    module = make(weights, seed or 0)
    unlike = _unlike(look(module), other)
    if unlike and seed is None:
        raise NurtureError(
            f"{_named(unlike)} not in {weights} and drawn at random; set the network's seed, or "
            "keep it in the file"
        )
    if unlike:
        raise NurtureError(
            f"{unlike[0]!r} differs between two networks of the same seed; draw with the global "
            "generators of torch, numpy or random alone"
        )
    return module


def loaded(make: MAKES, weights: str, seed: int | None) -> nn.Module:
    """Build a network whose factory loads its weights, and find what it did not load.

    The network is built under another seed, and from a copy of the file in which every number is
    another: what follows the seed, or does not follow the file, was not loaded, and is refused.
    Where the file cannot be copied so, doubt that remains is logged. Parameters as of `decided`.
    """
    other = digests(make(weights, (seed or 0) + 1))
    changed = _of_changed_file(make, weights, seed or 0)
    module = make(weights, 0) if seed is None else decided(make, weights, seed)
    mine, state = digests(module), set(module.state_dict(keep_vars=True))
    # What is outside the state may follow a seed that was configured.
    drawn = [name for name in _unlike(mine, other) if seed is None or name in state]
    learned = {name for name, _ in module.named_parameters(remove_duplicate=False)}
    learned |= {name for name in state if name.rpartition(".")[2] in RUNNING}
    kept = [name for name in mine if name in learned and changed.get(name) == mine[name]]
    if lost := list(dict.fromkeys([*drawn, *kept])):
        raise NurtureError(f"{_named(lost)} not loaded from {weights}{_why(module, weights)}")
    constant = [
        name
        for name, value in _held(module).items()
        if name in learned and value.numel() > 1 and bool((value == value.flatten()[0]).all())
    ]
    if constant and not changed:
        logger.warning(
            "%s: %s one number throughout, as before training, and whether it is so in the file "
            "cannot be tested; give a state dict",
            weights,
            _named(constant),
        )
    return module


def _unlike(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]


def _named(names: list[str]) -> str:
    more = f" and {len(names) - 1} more are" if len(names) > 1 else " is"
    return f"{names[0]!r}{more}"


def _why(module: nn.Module, weights: str) -> str:
    """Describe how names in a file of weights differ from a network's, where they can be read."""
    try:
        fault = misfit(module, read_state(weights))
    except NurtureError:
        return ""
    return f", which {fault}" if fault else "; let the factory load it, or make it a buffer"


def _of_changed_file(make: MAKES, weights: str, seed: int) -> dict[str, str]:
    """Digests of a network of another file of the same form; empty where there is none."""
    path = Path(weights).absolute()
    with TemporaryDirectory() as folder:
        copy = Path(folder, path.name)
        for beside in path.parent.iterdir():
            if beside.name != path.name:
                Path(folder, beside.name).symlink_to(beside)
        try:
            _change(path, copy)
            return digests(make(str(copy), seed))
        except Exception:  # The factory may refuse the copy in whatever way.
            return {}


def _change(path: Path, copy: Path) -> None:
    """Copy a file of weights, with another number in place of each."""
    if is_zipfile(path):
        # Changed where they lie in the copy, so that all else in it stays what it is.
        shutil.copyfile(path, copy)
        with torch.serialization.set_default_mmap_options(mmap.MAP_SHARED):
            _alter(read_state(copy))
    elif is_safetensors(path):
        stored = read_state(path)
        _alter(stored)
        with safe_open(path, framework="pt") as file:
            save_file(stored.tensors, copy, file.metadata())
    else:
        held = unpickled(path)
        _alter(flattened(held))
        torch.save(held, copy, _use_new_zipfile_serialization=False)


@torch.no_grad()
def _alter(stored: Stored) -> None:
    for value in stored.tensors.values():
        if value.is_floating_point():
            value.mul_(1.01).add_(0.01)  # variances stay positive
