"""Names of layers in the configuration: shell patterns, and the layers of own networks.

Imported by the Snakefile, which every cluster job parses again: no torch here. The layers of an
own network are known only to torch; they are listed once by a process of their own, and kept in
``cache/layers`` of the folder of results under a digest of all that they depend on.
"""

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from nurture.core.digest import code_digest
from nurture.core.errors import NurtureError
from nurture.core.file_digest import contents_of
from nurture.core.names import hint
from nurture.networks.catalogue import ARCHITECTURES, LIBRARIES, ONNX, is_own, library_of
from nurture.networks.external_data import external_files
from nurture.networks.reared import read_name

WORKFLOW = Path(__file__).parents[2]
SCRIPT = WORKFLOW / "scripts" / "layers.py"
WILD = "*?["
LIMITS = ("batch", "memory")
"""What the configuration says of activations on which the number of images at once depends."""

Say = Callable[[str], None]
"""Takes each line that the user should know of weights."""


def match_layers(
    patterns: Iterable[str], known: Iterable[str], place: str, faults: Mapping[str, str] = {}
) -> list[str]:
    """Choose layers by name or by shell pattern, in order of depth.

    A `NurtureError` when nothing that can be read fits one of them.

    Parameters
    ----------
    patterns : iterable of str
        Names, or patterns in which ``*``, ``?`` and ``[...]`` stand for text without a dot:
        ``"layer*.1"`` fits ``layer2.1`` and not ``layer2.0.downsample.1``. What is the name of a
        layer means that layer alone.
    known : iterable of str
        All layers that can be read, in order of depth.
    place : str
        Where the patterns stand, for errors.
    faults : mapping of str to str, optional
        Why others cannot be read.
    """
    known, chosen = list(known), set()
    for pattern in patterns:
        found = [pattern] if pattern in known else [n for n in known if _fits(n, pattern)]
        unfit = [pattern] if pattern in faults else [n for n in faults if _fits(n, pattern)]
        if unfit and (pattern in faults or not found):
            raise NurtureError(
                f"{place}: layer {unfit[0]!r} {faults[unfit[0]]}, so no units can be read from it; "
                "choose another (make layers lists them)"
            )
        if not found:
            fits = "fits " if set(pattern) & set(WILD) else ""
            raise NurtureError(f"{place}: no layer {fits}{pattern!r}{hint(pattern, known)}")
        chosen.update(found)
    return [name for name in known if name in chosen]


def _fits(name: str, pattern: str) -> bool:
    parts, wanted = name.split("."), pattern.split(".")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def with_layers(config: Mapping, say: Say = lambda _: None) -> dict:
    """Put the names of layers in place of patterns, in a copy of the configuration.

    Refuses a network that has no such layer, and an own network that cannot be laid out.
    """
    config, roles = copy.deepcopy(dict(config)), config["experiment"]
    for name in dict.fromkeys((*roles["networks"], roles["judge"])):
        network, place = config["networks"][name], f"config: networks.{name}"
        known, faults = known_layers(network, place, config, say)
        network["layers"] = match_layers(network["layers"], known, f"{place}.layers", faults)
        if network["readout"] not in network["layers"]:
            raise NurtureError(
                f"{place}.readout: no listed layer {network['readout']!r}"
                f"{hint(network['readout'], network['layers'])}"
            )
    return config


def configured(network: str | None, config: Mapping) -> dict:
    """Find a network in a configuration that was not checked, sound apart from its layers."""
    if not network:
        raise NurtureError(f"say which network: {', '.join(config['networks'])}")
    if network not in config["networks"]:
        raise NurtureError(f"networks: no network {network!r}{hint(network, config['networks'])}")
    settings, place = config["networks"][network], f"networks.{network}"
    for key in ("architecture", "weights"):
        if key not in settings:
            raise NurtureError(f"{place}: {key!r} is missing; add the key")
    if is_own(settings["architecture"]):
        check_own(settings, place)
    elif settings["architecture"] not in ARCHITECTURES:
        known = hint(settings["architecture"], ARCHITECTURES)
        raise NurtureError(f"{place}.architecture: no architecture of that name{known}")
    return settings


def known_layers(
    network: Mapping, place: str, config: Mapping, say: Say = lambda _: None
) -> tuple[list[str], dict[str, str]]:
    """Layers of a configured network in order of depth, and why others cannot be read.

    Weights that are a file are checked too. Where this Python has no torch, as in a Snakemake of
    its own that makes conda environments, an own network has the layers that are written out for
    it; rule network checks them.
    """
    own, torch = is_own(network["architecture"]), find_spec("torch") is not None
    if not own:
        # Reared networks are this project's own, and say what they are.
        if torch and Path(network["weights"]).is_file() and not read_name(network["weights"]):
            _listed(network, place, config, say)
        return list(ARCHITECTURES[network["architecture"]].layers), {}
    if not torch:
        patterns = [layer for layer in network["layers"] if set(layer) & set(WILD)]
        if patterns:
            raise NurtureError(
                f"{place}.layers: the pattern {patterns[0]!r} needs torch, which is not installed "
                "beside this Snakemake; write the names out (make layers lists them)"
            )
        return list(network["layers"]), {}
    listed = _listed(network, place, config, say)
    faults = {name: fault for name, fault in listed.items() if fault}
    return [name for name in listed if name not in faults], faults


def _listed(network: Mapping, place: str, config: Mapping, say: Say) -> dict[str, str]:
    """Layers of a network, each with its fault or none: cached, or from torch in a process."""
    settings = {key: network[key] for key in network if key not in ("layers", "readout")}
    limits = {key: config["activations"][key] for key in LIMITS}
    parts = [settings, limits, contents(network), code_digest(SCRIPT, WORKFLOW)]
    digest = sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
    path = Path(config["results"], "cache/layers", f"{digest}.json")
    if not path.is_file():
        given = ["--settings", json.dumps(settings), "--limits", json.dumps(limits)]
        command = [sys.executable, SCRIPT, *given, "--output", path]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode or not path.is_file():
            raise NurtureError(f"{place}: {_last_word(done)}")
    found = json.loads(path.read_text(encoding="utf-8"))
    for remark in found["remarks"]:
        say(f"{place}: {remark}")
    return found["layers"]


def _last_word(done: subprocess.CompletedProcess) -> str:
    """Find what a process ended with, beside what a user's code has written."""
    lines = done.stderr.strip().splitlines()
    ours = [line for line in lines if line.startswith("nurture: ")]
    last = (ours or lines or ["and said nothing"])[-1]
    if ours:
        return last.removeprefix("nurture: ")
    return f"the network's code ended Python with status {done.returncode}: {last}"


def contents(network: Mapping) -> list[str]:
    """Digests of what a network is made of; see `parts`."""
    return list(contents_of(parts(network)).values())


def parts(network: Mapping) -> list[str]:
    """Name what a network is made of: its own code, and its weights where they are files.

    A package of the user's own counts by the text of its modules, since one that is being worked on
    keeps its version. The names are those of `nurture.core.file_digest.content_now`.
    """
    architecture, weights = network["architecture"], Path(network["weights"])
    held = [f"file {weights}"] if weights.is_file() else []
    if isinstance(architecture, str):
        beside = external_files(weights) if architecture == ONNX else ()
        return [*held, *(f"file {path}" for path in beside)]
    if "file" in architecture:
        return [f"file {architecture['file']}", *held]
    if library := library_of(architecture):
        return [f"version {library}", *held]
    return [f"package {architecture['import'].split(':')[0].split('.')[0]}", *held]


def check_own(network: Mapping, place: str) -> None:
    """Refuse an own network of which it is not said where it comes from, or that is not there."""
    architecture, weights = network["architecture"], network["weights"]
    if architecture == ONNX:
        external_files(weights)
    if not isinstance(architecture, str):
        _check_origin(architecture, f"{place}.architecture")
    if weights == "package" or (architecture == ONNX and weights == "untrained"):
        raise NurtureError(
            f"{place}.weights: nothing is fetched for an own network; give the path of a file"
            + ("" if architecture == ONNX else ", or 'untrained' with a seed")
        )
    if "input" not in network and not library_of(architecture):
        raise NurtureError(
            f"{place}: 'input' is a required property; say what the network was trained to see, "
            "for example {size: 224, colour: rgb, mean: 127.5, scale: 127.5}"
        )


def _check_origin(architecture: Mapping, place: str) -> None:
    """Check where an own network comes from."""
    origins = [key for key in ("file", "import", *LIBRARIES) if key in architecture]
    if len(origins) != 1:
        raise NurtureError(f"{place}: give one of file (with factory), import, timm, torchvision")
    (origin,) = origins
    if (origin == "file") != ("factory" in architecture):
        raise NurtureError(f"{place}: factory and file go together, and with nothing else")
    if origin == "file" and not Path(architecture["file"]).is_file():
        raise NurtureError(f"{place}.file: no such file: {architecture['file']}")
    if origin == "import":
        module, colon, factory = architecture["import"].partition(":")
        if not (colon and module and factory):
            raise NurtureError(f"{place}.import: write package.module:factory")
    package = architecture[origin].split(":")[0].split(".")[0] if origin == "import" else origin
    # Where Snakemake has no torch, its rules run in environments of their own.
    if origin != "file" and find_spec("torch") is not None and find_spec(package) is None:
        raise NurtureError(
            f"{place}.{origin}: package {package} is not installed; install it where Snakemake "
            f"runs: .venv/bin/python -m pip install {package}"
        )
