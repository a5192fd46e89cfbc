"""State dicts that users bring, read without running what is in them."""

import logging
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_STORED, ZipFile, is_zipfile

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals

from nurture.core.errors import NurtureError, one_line

logger = logging.getLogger(__name__)

WRAPPERS = {"module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"}
"""Parts of names by which torch's own wrappers keep what they wrap, at any depth."""

AVERAGED = {"ema", "swa", "shadow", "average", "averaged"}
"""Words in the name of a part that holds averages of the weights over training."""

COUNTER = "num_batches_tracked"
"""What batch normalisation counts and, once it is trained, never looks at."""


class Stored(NamedTuple):
    """What a file of weights holds: tensors by name, and what ``state_dict`` noted beside them.

    Tensors inside other things are named after these too, with dots between; versions are by the
    name of a module and a dot.
    """

    tensors: dict[str, Tensor]
    versions: dict[str, dict]


class Fit(NamedTuple):
    """A part of a file that a network fits: its prefix there, and its name of each tensor."""

    prefix: str
    names: dict[str, str]


def read_state(path: str | Path) -> Stored:
    """Read all tensors of a file, as they are stored, on the CPU.

    It is a safetensors file, or what ``torch.save`` wrote: a state dict, or a checkpoint that holds
    one or several at any depth. Of the latter only tensors are read (``weights_only=True``);
    nothing else is made or run, and what stands beside them is left out. Refuses a file that is
    missing, cut short, or holds no tensors.
    """
    path = Path(path)
    if not path.is_file():
        raise NurtureError(f"{path}: no such file; give the network's weights")
    try:
        stored = flattened(load_file(path) if is_safetensors(path) else unpickled(path))
    except Exception as error:  # torch raises whatever the bytes of a broken file provoke.
        raise NurtureError(
            f"{path}: not a state dict that can be read without running code ({reason(error)}); "
            "save the network's state_dict() as .safetensors"
        ) from error
    if not stored.tensors:
        raise NurtureError(
            f"{path}: holds no state dict; save the network's state_dict(), from names to tensors"
        )
    return stored


def reason(error: Exception) -> str:
    """Shorten what torch says of a file that it cannot read to one plain line."""
    text = str(error)
    if unsupported := re.search(r"Unsupported \w+:? (?:GLOBAL )?([\w.]+)", text):
        return f"it holds {unsupported[1]}"
    # It sets some words in bold.
    return " ".join(re.sub(r"\x1b\[[\d;]*m", "", text).split())[:120] or type(error).__name__


def is_safetensors(path: Path) -> bool:
    """Test whether a file is safetensors: the length of a header, and the header."""
    with path.open("rb") as file:
        return path.suffix == ".safetensors" or file.read(9)[4:] == b"\0\0\0\0{"


class _LeftOut:
    """Stands for whatever a file holds beside tensors: made of anything, it keeps nothing."""

    def __new__(cls, *_, **__):
        return super().__new__(cls)

    def __setstate__(self, _):
        pass


def unpickled(path: Path) -> object:
    """Read what ``torch.save`` wrote; anything but tensors and plain containers is left out."""
    zipped, beside = is_zipfile(path), []
    if zipped:
        with ZipFile(path) as parts:
            # What torch writes is not compressed; zeros by the gigabyte would be.
            if any(part.compress_type != ZIP_STORED for part in parts.infolist()):
                raise ValueError("its parts are compressed")
        beside = [(_LeftOut, name) for name in get_unsafe_globals_in_checkpoint(path)]
    with safe_globals(beside):
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)


def flattened(found: object) -> Stored:
    """Gather the tensors of a checkpoint, each mapping's once."""
    stored = Stored({}, {})
    for prefix, held in _mappings(found):
        _collect(held, prefix, stored)
    return stored


def _mappings(found: object) -> Iterator[tuple[str, Mapping]]:
    """Each mapping in a checkpoint once, with the prefix of what it holds."""
    todo, seen = [("", found)], set()
    while todo:
        prefix, held = todo.pop(0)
        if isinstance(held, Mapping) and id(held) not in seen:
            seen.add(id(held))
            yield prefix, held
            todo += [(f"{prefix}{k}.", v) for k, v in held.items() if isinstance(k, str)]


def _collect(held: Mapping, prefix: str, stored: Stored) -> None:
    for key, value in held.items():
        if isinstance(key, str) and isinstance(value, Tensor):
            if value.is_nested:
                raise ValueError(f"{prefix + key!r} is a nested tensor")
            if prefix + key in stored.tensors:
                raise ValueError(f"it holds {prefix + key!r} twice")
            stored.tensors[prefix + key] = value
    noted = getattr(held, "_metadata", None)
    for key, value in noted.items() if isinstance(noted, Mapping) else ():
        if isinstance(key, str) and isinstance(value, dict):
            stored.versions[f"{prefix}{key}.".replace("..", ".")] = value


def fit_state(module: nn.Module, stored: Stored, path: str | Path, part: str | None = None) -> None:
    """Load weights into a network that they fit exactly, in place of its own.

    The names of a file may all have a prefix that the network's have not, be inside a checkpoint,
    or name the wrappers that trained the network. What is under one prefix must fit, no tensor
    missing, left over, of another shape or no plain numbers; else a `NurtureError` names the first
    and how many. Tensors under other prefixes are not looked at; which was taken where several fit
    is logged. `path` says in errors where the state comes from; `part` is a prefix of the names
    that are looked at, without its last dot.
    """
    wanted, tensors = _wanted(module, path), stored.tensors
    if part is not None:
        tensors = {name: tensors[name] for name in tensors if name.startswith(f"{part}.")}
        if not tensors:
            parts = ", ".join(sorted({name.split(".")[0] for name in stored.tensors})[:8])
            raise NurtureError(f"{path}: holds no state {part!r}; its names begin with {parts}")
    fits = _fits(wanted, tensors)
    if not fits:
        raise NurtureError(f"{path}: {_misfit(wanted, tensors)}")
    taken = fits[0]
    state = OrderedDict((name, tensors[held]) for name, held in taken.names.items())
    for name, value in state.items():
        if fault := unlike(value, wanted[name]):
            raise NurtureError(f"{path}: {taken.names[name]!r} {fault}")
    _tie(state, wanted, path)
    state |= {name: wanted[name].detach() for name in wanted if name not in state}
    state._metadata = _versions(stored.versions, taken.prefix)
    _load(module, state, path)
    _log_others(fits, tensors, path)


def load_again(module: nn.Module, state: Mapping[str, Tensor], path: str | Path) -> None:
    """Load the state dict of a network that the same code has made; its code may refuse it."""
    state = OrderedDict(state)
    state._metadata = module.state_dict()._metadata
    _load(module, state, path)


def _load(module: nn.Module, state: Mapping[str, Tensor], path: str | Path) -> None:
    try:
        module.load_state_dict(state)
    except Exception as error:
        fault = f"the network does not load its weights: {one_line(error)}"
        raise NurtureError(f"{path}: {fault}") from error


def _wanted(module: nn.Module, path: str | Path) -> dict[str, Tensor]:
    wanted = module.state_dict(keep_vars=True)
    for name, value in wanted.items():
        if not isinstance(value, Tensor):
            raise NurtureError(f"{path}: the network's state {name!r} is no tensor; leave it out")
    return wanted


def _fits(wanted: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> list[Fit]:
    """Parts of a file that a network fits, averages last; the same tensors are given once."""
    found = {}
    least = len({_place(value) for name, value in wanted.items() if not _counts(name)})
    for prefix, names in _groups(tensors).items():
        if len(names) < least:
            continue
        fit = Fit(prefix, _matched(wanted, names, prefix))
        shapes = all(wanted[n].shape == tensors[held].shape for n, held in fit.names.items())
        if fit.names and shapes and not any(_differences(wanted, names, fit)):
            found[frozenset(fit.names.values())] = fit  # the longest prefix comes last
    return sorted(found.values(), key=lambda fit: is_averaged(fit.prefix))


def _groups(names: Iterable[str]) -> dict[str, list[str]]:
    """Names under each prefix, from the longest prefix to none."""
    groups: dict[str, list[str]] = {}
    for name in names:
        for end in (0, *(dot.end() for dot in re.finditer(r"\.", name))):
            groups.setdefault(name[:end], []).append(name)
    return groups


def _matched(wanted: Iterable[str], names: Iterable[str], prefix: str) -> dict[str, str]:
    """Name in the file of each of the network's tensors that is there.

    Where one is not, parts of its name that stand for wrappers are left out.
    """
    here = {name.removeprefix(prefix): name for name in names}
    matched = {name: here[name] for name in wanted if name in here}
    bare = _by_bare_name(name for name in here if name not in matched)
    sought = _by_bare_name(name for name in wanted if name not in matched)
    for name in bare.keys() & sought.keys():
        (held, *more), (own, *others) = bare[name], sought[name]
        left = iter(held.split("."))
        # Nothing is put into a name, and none is taken where two could be meant.
        if not more and not others and all(part in left for part in own.split(".")):
            matched[own] = here[held]
    return {name: matched[name] for name in wanted if name in matched}


def _by_bare_name(names: Iterable[str]) -> dict[str, list[str]]:
    """Names without those of wrappers in them, each with the names that it stands for."""
    bare: dict[str, list[str]] = {}
    for name in names:
        bare.setdefault(bare_name(name), []).append(name)
    return bare


def bare_name(name: str) -> str:
    """Leave the names of wrappers out of a name."""
    return ".".join(part for part in name.split(".") if part not in WRAPPERS)


def _differences(
    wanted: Mapping[str, Tensor], names: Iterable[str], fit: Fit
) -> tuple[list[str], list[str]]:
    """List what is missing in a part of a file, and what is left over there."""
    there = {_place(wanted[name]) for name in fit.names}
    used = set(fit.names.values())
    missing = [n for n in wanted if n not in fit.names and _place(wanted[n]) not in there]
    extra = [name.removeprefix(fit.prefix) for name in names if name not in used]
    return tuple([n for n in some if not _counts(n)] for some in (missing, extra))


def _counts(name: str) -> bool:
    return name.rpartition(".")[2] == COUNTER


def _place(value: Tensor) -> tuple | int:
    """Where a tensor lies in memory: alike for tied ones."""
    if value.is_meta or not value.numel():
        return id(value)
    return value.data_ptr(), value.shape, value.stride()


def misfit(module: nn.Module, stored: Stored) -> str:
    """Describe how a file does not fit a network; empty where it does."""
    wanted = module.state_dict(keep_vars=True)
    return "" if _fits(wanted, stored.tensors) else _misfit(wanted, stored.tensors)


def _misfit(wanted: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> str:
    """Describe how the part of a file that is nearest to a network does not fit it."""
    groups = _groups(tensors)
    near = [Fit(prefix, _matched(wanted, names, prefix)) for prefix, names in groups.items()]
    # Of equally near ones that with the least beside it.
    fit = max(near, key=lambda fit: (len(fit.names), -len(groups[fit.prefix]), len(fit.prefix)))
    if not fit.names:
        fit = Fit("", {})
    missing, extra = _differences(wanted, groups[fit.prefix], fit)
    under = f" under {fit.prefix[:-1]!r}" if fit.prefix else ""
    if missing or extra:
        parts = [
            f"{len(names)} {what}, the first {names[0]!r}"
            for what, names in (("missing", missing), ("left over", extra))
            if names
        ]
        return f"does not fit the network's {len(wanted)} tensors{under}: {'; '.join(parts)}"
    unlike = [n for n, held in fit.names.items() if tensors[held].shape != wanted[n].shape]
    name = unlike[0]
    return (
        f"{len(unlike)} of {len(wanted)} tensors{under} have another shape than the network's, the "
        f"first {name!r}: {tuple(tensors[fit.names[name]].shape)} and not "
        f"{tuple(wanted[name].shape)}"
    )


def unlike(value: Tensor, wanted: Tensor) -> str:
    """Return why stored numbers cannot be those of a network; empty where they can."""
    if fault := not_plain(value):
        return fault
    if value.is_floating_point() == wanted.is_floating_point() or value.dtype == wanted.dtype:
        return ""
    if wanted.is_floating_point():
        return f"holds {value.dtype} and the network {wanted.dtype}: quantised weights are not read"
    again = value.to(wanted.dtype).to(value.dtype)
    limit = 2 / torch.finfo(value.dtype).eps if value.is_floating_point() else torch.inf
    if wanted.dim() and not (torch.equal(again, value) and (value.abs() <= limit).all()):
        return f"holds {value.dtype} and the network {wanted.dtype}: whole numbers were rounded"
    return ""


def not_plain(value: Tensor) -> str:
    """Return why values of a stored tensor cannot be taken as they are; empty where they can."""
    kinds = {
        "quantised": value.is_quantized,
        "complex": value.is_complex(),
        "sparse": value.layout != torch.strided,
        "without values": value.is_meta,
        f"a {type(value).__name__}": type(value) not in (Tensor, nn.Parameter),
    }
    kind = next((kind for kind, holds in kinds.items() if holds), None)
    return f"is {kind}; save plain numbers of float32" if kind else ""


def _tie(state: dict[str, Tensor], wanted: Mapping[str, Tensor], path: str | Path) -> None:
    """Give tied tensors that a file keeps once to all of their names."""
    by_place: dict[object, str] = {}
    for name, value in state.items():
        first = by_place.setdefault(_place(wanted[name]), name)
        if first != name and not torch.equal(value, state[first]):
            raise NurtureError(
                f"{path}: {first!r} and {name!r} are one tensor in the network and two in the "
                "file; build the network as it was trained"
            )
    for name, value in wanted.items():
        if name not in state and _place(value) in by_place:
            state[name] = state[by_place[_place(value)]]


def _versions(versions: Mapping[str, dict], prefix: str) -> OrderedDict:
    """Versions of modules under a prefix, as ``load_state_dict`` looks them up."""
    found = OrderedDict()
    for name, noted in versions.items():
        if f"{name.strip('.')}.".startswith(prefix) or not prefix:
            own = name.removeprefix(prefix).strip(".")
            found |= {own: noted, bare_name(own): noted}
    return found


def is_averaged(prefix: str) -> bool:
    """Test whether what is under a prefix are averages of the weights over training."""
    return not AVERAGED.isdisjoint(re.split(r"[\W_\d]+", prefix.lower()))


def _log_others(fits: list[Fit], tensors: Mapping[str, Tensor], path: str | Path) -> None:
    """Return which part was taken where others hold other weights."""
    taken, *others = fits
    places = [
        fit.prefix[:-1]
        for fit in others
        if not all(torch.equal(tensors[fit.names[n]], tensors[taken.names[n]]) for n in taken.names)
    ]
    log_taken(path, taken.prefix[:-1], places)


def log_taken(path: str | Path, taken: str, others: Sequence[str]) -> None:
    """Return which of several networks in a file was taken, and how to take another."""
    if others:
        logger.warning(
            "%s: the weights under %r were taken; the network's state may be %s instead",
            path,
            taken,
            " or ".join(map(repr, others)),
        )
