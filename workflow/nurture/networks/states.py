"""State dicts that users bring, read without running what is in them."""

from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, is_zipfile

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from nurture.errors import NurtureError

INSIDE = ("state_dict", "model_state_dict", "model")
"""Keys under which training scripts keep the weights in a larger file."""

PARALLEL = "module."
"""What torch's data parallel wrappers put before every name."""


def read_state(path: str | Path) -> dict[str, Tensor]:
    """Read a state dict.

    Parameters
    ----------
    path : str or Path
        A safetensors file, or what ``torch.save`` wrote. Of the latter only tensors are read
        (``weights_only=True``): a pickled file may run any code, and then it is refused.

    Returns
    -------
    dict of str to Tensor
        On the CPU.

    Raises
    ------
    NurtureError
        When the file is missing, cut short, or holds anything but tensors.
    """
    path = Path(path)
    if not path.is_file():
        raise NurtureError(f"{path}: no such file; give the network's weights")
    try:
        found = load_file(path) if path.suffix == ".safetensors" else _unpickled(path)
    except Exception as error:  # torch raises whatever the bytes of a broken file provoke.
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise NurtureError(
            f"{path}: not a state dict that can be read without running code ({reason}); save the "
            "network's state_dict() as .safetensors"
        ) from error
    for key in INSIDE:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not (isinstance(found, Mapping) and all(isinstance(v, Tensor) for v in found.values())):
        raise NurtureError(
            f"{path}: holds no state dict; save the network's state_dict(), from names to tensors"
        )
    if found and all(name.startswith(PARALLEL) for name in found):
        found = {name.removeprefix(PARALLEL): value for name, value in found.items()}
    return dict(found)


def _unpickled(path: Path) -> object:
    if is_zipfile(path):
        with ZipFile(path) as parts:
            # What torch writes is not compressed; zeros by the gigabyte would be.
            if any(part.compress_type != ZIP_STORED for part in parts.infolist()):
                raise ValueError("its parts are compressed")
    return torch.load(path, map_location="cpu", weights_only=True)


def fit_state(module: nn.Module, state: Mapping[str, Tensor], path: str | Path) -> None:
    """Load a state dict into a network that it fits exactly.

    Parameters
    ----------
    module : Module
        The network. Its weights are replaced.
    state : mapping of str to Tensor
        As `read_state` returns it.
    path : str or Path
        Where it comes from, for errors.

    Raises
    ------
    NurtureError
        When tensors are missing, left over, or of another shape, with the first and how many.
    """
    wanted = module.state_dict()
    missing = [name for name in wanted if name not in state]
    extra = [name for name in state if name not in wanted]
    if missing or extra:
        parts = [
            f"{len(names)} {what}, the first {names[0]!r}"
            for what, names in (("missing", missing), ("left over", extra))
            if names
        ]
        raise NurtureError(
            f"{path}: does not fit the network's {len(wanted)} tensors: {'; '.join(parts)}"
        )
    unlike = [name for name in wanted if state[name].shape != wanted[name].shape]
    if unlike:
        name = unlike[0]
        raise NurtureError(
            f"{path}: {len(unlike)} of {len(wanted)} tensors have another shape than the "
            f"network's, the first {name!r}: {tuple(state[name].shape)} and not "
            f"{tuple(wanted[name].shape)}"
        )
    module.load_state_dict(state)
