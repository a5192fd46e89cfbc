"""Networks that users bring: any torch module, from their code or from a library."""

import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from functools import partial
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import extract_tb

from torch import nn
from torch.nn.parameter import is_lazy

from nurture.core.errors import NurtureError, first_line
from nurture.core.names import hint
from nurture.networks.catalogue import library_of
from nurture.networks.libraries import library_module
from nurture.networks.loading import decided, drawn_under, loaded
from nurture.networks.states import fit_state, read_state

OWN_LOADING = "weights"
"""Parameter by which a factory says that it loads the weights itself."""


def own_module(
    architecture: Mapping, weights: str, seed: int | None = None, part: str | None = None
) -> nn.Module:
    """Build a network of the user's with its weights.

    It is in evaluation mode, on the CPU, in single precision, without gradients. The code that is
    named in the configuration is the user's own and is run. A file of weights is not: see
    `nurture.networks.states`. A `NurtureError` when the code fails, makes no network, or the
    weights do not fit, were not loaded, or are left to chance.

    Parameters
    ----------
    architecture : mapping
        ``file`` and ``factory``, ``import``, ``timm`` or ``torchvision``, and ``arguments`` by
        name.
    weights : str
        ``"untrained"``, or the path of a state dict. A factory with a parameter ``weights`` is
        given the path instead and loads the file itself, whatever its format.
    seed : int, optional
        Seed of all that the network's code draws and that its file does not hold.
    part : str, optional
        Prefix of the weights in a file that holds several.
    """
    untrained = weights == "untrained"
    make = partial(_made, architecture)
    if _loads(architecture, weights):
        if part is not None:
            raise NurtureError(
                "the factory loads its weights itself; remove state from the configuration and "
                "give it to the factory as an argument"
            )
        return _finished(loaded(make, weights, seed))
    module = decided(make, weights, (seed or 0) if untrained else seed)
    if not untrained:
        fit_state(module, read_state(weights), weights, part)
    return _finished(module)


def layout(architecture: Mapping, weights: str, seed: int | None = None) -> nn.Module:
    """Build a network, its state with whatever values; see `own_module`."""
    return _finished(_made(architecture, weights, seed or 0))


def _finished(module: nn.Module) -> nn.Module:
    return module.eval().requires_grad_(False)


def _loads(architecture: Mapping, weights: str) -> bool:
    """Test whether a factory loads the weights itself."""
    if library_of(architecture) or weights == "untrained":
        return False
    return OWN_LOADING in _parameters(_factory(architecture)[0])


def _made(architecture: Mapping, weights: str, seed: int) -> nn.Module:
    """Build a network, with its weights where its factory loads them."""
    with drawn_under(seed):
        if library_of(architecture):
            return library_module(architecture)
        factory, place = _factory(architecture)
        arguments = dict(architecture.get("arguments", {}))
        if weights != "untrained" and OWN_LOADING in _parameters(factory):
            arguments[OWN_LOADING] = weights
        try:
            with _as_a_program(place):
                module = factory(**arguments)
        except (Exception, SystemExit) as error:
            raise NurtureError(f"{place} fails{_where(error, factory)}: {_named(error)}") from error
    if not isinstance(module, nn.Module):
        raise NurtureError(
            f"{place} returns a {type(module).__name__} and not a torch.nn.Module; return the "
            "network"
        )
    for name, value in (*module.named_parameters(), *module.named_buffers()):
        if is_lazy(value):
            raise NurtureError(
                f"{place}: {name!r} has no shape before the network has seen an image; show it one "
                "in the factory"
            )
        if value.is_meta:
            raise NurtureError(f"{place}: {name!r} has no memory; build the network on the CPU")
    return module.float()  # before weights are put into it, so that none is rounded


def _factory(architecture: Mapping) -> tuple[Callable, str]:
    """Find the factory, a function or class, and how errors call it."""
    if "file" in architecture:
        origin, name = architecture["file"], architecture["factory"]
        load = _run_file
    else:
        origin, name = architecture["import"].split(":")
        load = import_module
    try:
        with _as_a_program(origin):
            found = load(origin)
    except (Exception, SystemExit) as error:
        advice = ""
        if isinstance(error, ModuleNotFoundError):
            advice = "; a file stands alone: what it imports must be an installed package"
        raise NurtureError(f"{origin} cannot be imported: {_named(error)}{advice}") from error
    for part in name.split("."):
        if not hasattr(found, part):
            known = [n for n, v in vars(found).items() if callable(v) and not n.startswith("_")]
            raise NurtureError(f"{origin} has no factory {part!r}{hint(part, known)}")
        found = getattr(found, part)
    return found, f"{origin}:{name}"


def _run_file(path: str):
    spec = spec_from_file_location(f"own_{Path(path).stem}", path)
    if spec is None:
        raise NurtureError(f"{path}: not a Python file; its name must end in .py")
    module = module_from_spec(spec)
    # Dataclasses look their module up.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@contextmanager
def _as_a_program(name: str) -> Iterator[None]:
    """Run a user's code as a program without arguments, whose words go to standard error."""
    arguments, folder = sys.argv, os.getcwd()
    sys.argv = [name]
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        sys.argv = arguments
        os.chdir(folder)


def _parameters(factory: Callable) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(factory).parameters
    except (TypeError, ValueError):
        return {}


def _named(error: BaseException) -> str:
    text = first_line(error)
    if isinstance(error, SystemExit):
        return f"it ends Python ({text or 0}); leave out what parses arguments or exits"
    return f"{type(error).__name__}: {text}"


def _where(error: BaseException, factory: Callable) -> str:
    """Return which line of the factory's own file was the last to run before an error."""
    called = factory.__init__ if isinstance(factory, type) else factory
    code = getattr(inspect.unwrap(called), "__code__", None)
    frames = extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if code and frame.filename == code.co_filename]
    return f" in line {lines[-1]}" if lines else ""
