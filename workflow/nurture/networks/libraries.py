"""Networks of timm and torchvision, where these are installed, and how they see.

Both ship architectures without weights, and state the preprocessing of the weights that they
would fetch. Nothing is fetched here.
"""

from collections.abc import Mapping
from importlib import import_module
from inspect import signature
from pathlib import Path, PurePosixPath
from types import ModuleType

from torch import nn

from nurture.core.errors import NurtureError, first_line
from nurture.core.names import hint
from nurture.networks.catalogue import library_of
from nurture.networks.preprocess import INTERPOLATIONS

BRIGHTEST = 255
"""Both libraries count from 0 to 1 where `nurture.networks.preprocess` counts from 0 to 255."""

SCALING = ("googlenet", "inception_v3")
"""Models of torchvision that scale images once more, from -1 to 1, but only where torchvision loads
the weights itself."""


def library_module(architecture: Mapping) -> nn.Module:
    """Build a network of a library, on the CPU, with the weights that its code draws.

    The architecture has ``timm`` or ``torchvision``, the name of a model there, and its
    ``arguments``. Refuses what cannot be imported, is no model, or cannot be made.
    """
    name, library, model = _found(architecture)
    arguments = architecture.get("arguments", {})
    try:
        if name == "timm":
            return library.create_model(model, pretrained=False, **arguments)
        # Some models fetch the weights of a part unless that is turned off.
        if "weights_backbone" in signature(library.models.get_model_builder(model)).parameters:
            arguments = {"weights_backbone": None, **arguments}
        return library.models.get_model(model, weights=None, **arguments)
    except Exception as error:
        fault = f"{type(error).__name__}: {first_line(error)}"
        raise NurtureError(f"{name} cannot make {model}: {fault}; see its arguments") from error


def library_input(architecture: Mapping, weights: str) -> dict:
    """Preprocessing that a library states for a model, as the configuration has it; or refuse.

    Images are resized to the size that the network sees, and nothing is cut off: these libraries
    crop photographs of things, and faces fill their image. torchvision knows the files of weights
    that it publishes by their names, and not all of a model see alike.
    """
    name, library, model = _found(architecture)
    if name == "timm":
        stated = library.get_pretrained_cfg(model)
        stated = {} if stated is None else stated.to_dict()
        sizes, mean, std = (stated.get(key) for key in ("input_size", "mean", "std"))
        sizes, how = sizes and list(sizes[1:]), stated.get("interpolation")
    else:
        published = library.models.get_model_weights(model)
        by_file = {PurePosixPath(entry.url).name: entry for entry in published}
        entry = by_file.get(Path(weights).name, getattr(published, "DEFAULT", None))
        stated = entry and entry.transforms()
        sizes, mean, std = (getattr(stated, key, None) for key in ("crop_size", "mean", "std"))
        sizes = sizes and sizes * (3 - len(sizes))
        how = getattr(getattr(stated, "interpolation", None), "value", None)
        if model in SCALING and not architecture.get("arguments", {}).get("transform_input"):
            mean = std = [0.5] * 3
    if not (sizes and mean and std) or sizes[0] != sizes[1] or not len(mean) == len(std) == 3:
        raise NurtureError(
            f"{name} does not state the input of {model} as one square of three colours; "
            "give the network's input"
        )
    how = how or INTERPOLATIONS[0]
    if how not in INTERPOLATIONS:
        raise NurtureError(
            f"{name} states that images for {model} are resized by {how}, and this project does so "
            f"by {' or '.join(INTERPOLATIONS)}; give the network's input"
        )
    scaled = {
        key: [round(BRIGHTEST * value, 6) for value in values]
        for key, values in (("mean", mean), ("scale", std))
    }
    return {"size": sizes[0], "colour": "rgb", **scaled, "interpolation": how}


def _library(name: str) -> ModuleType:
    try:
        return import_module(name)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name == name:
            raise NurtureError(
                f"package {name} is not installed; install it where rules run: pip install {name}"
            ) from None
        # A build of torchvision for another torch fails with RuntimeError.
        raise NurtureError(
            f"package {name} does not import ({first_line(error)}); install the version that fits "
            "this torch, with all that it needs"
        ) from error


def _found(architecture: Mapping) -> tuple[str, ModuleType, str]:
    """Import the library of a model that it has."""
    name = library_of(architecture)
    library, model = _library(name), architecture[name]
    if name == "timm":
        # What follows the dot in timm names one of the model's published weights.
        known = {*library.list_models(), *library.list_models(include_tags=True)}
    else:
        known = library.models.list_models()
    if model not in known:
        raise NurtureError(f"{name} has no model {model!r}{hint(model, sorted(known))}")
    return name, library, model
