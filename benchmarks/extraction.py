"""Extraction against a bare loop of forward passes, and against thingsvision."""

import json
import os
import subprocess
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import xarray as xr
from torch import Tensor, nn

from benchmarks.measuring import absent, line, side_by_side, timed_line
from nurture.activations.extraction import activation_files, extract
from nurture.core.expressions import EXPRESSIONS
from nurture.networks.forward import unit_shapes
from nurture.networks.weights import build, untrained_state

HERE = Path(__file__).parent
BATCH = 8
FACE_LAYERS = ["stage1_3", "stage2_4", "stage3_3", "stage4_3", "stage5_1"]
VGG_LAYERS = [f"conv{s}_{i + 1}" for s, n in enumerate((2, 2, 3, 3, 3), 1) for i in range(n)]
# The face network of the default is quick, so that all else that is done counts for most. VGG-16
# has the most to read and to write.
CASES = {
    "face network of the default, 5 layers, 192 images of 150 pixels": (
        ("dlib-face-resnet", FACE_LAYERS, 192, 150)
    ),
    "VGG-16, 13 layers, 24 images of 224 pixels": ("vgg16", VGG_LAYERS, 24, 224),
}
BARE = "the same batches through the same network in a bare torch loop"
KEEPING = "that loop with hooks that put the layers into .npy files"


def extraction(repeats: int) -> list[dict]:
    """Extract with one thread, against the forward passes alone."""
    torch.set_num_threads(1)
    lines = []
    for name, case in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            bare, read, keeping, written = side_by_side(_works(*case, Path(folder)), repeats)
        for what, against, pair in (
            ("read", BARE, (read, bare)),
            ("read and written", BARE, (written, bare)),
            ("read and written", KEEPING, (written, keeping)),
        ):
            lines.append(timed_line(f"extraction, {what}: {name}", against, pair, aim=1.05))
    return lines


def _works(
    architecture: str, layers: list[str], n: int, size: int, folder: Path
) -> list[Callable[[], None]]:
    network = untrained(architecture, layers[-1])
    images = torch.randn(n, 3, size, size, generator=torch.Generator().manual_seed(1))
    batches = images.split(BATCH)

    def bare() -> None:
        # Channels last, as in `extract`: half the time, and no merit of what reads the layers.
        with torch.inference_mode():
            for batch in batches:
                network(batch.to(memory_format=torch.channels_last))

    def read() -> None:
        extract(network, layers, batches, lambda *_: None, "cpu", channels_last=True)

    def keeping() -> None:
        keep_arrays(network, layers, batches, n, folder)

    def written() -> None:
        write_layers(network, layers, batches, n, folder)

    return [bare, read, keeping, written]


def untrained(architecture: str, last: str) -> nn.Module:
    """Lay out an untrained network; VGG-16 ends at its layer `last`."""
    network = lay_out(architecture, last)
    state = untrained_state(architecture, 1)
    network.load_state_dict({name: state[name] for name in network.state_dict()}, assign=True)
    return network.requires_grad_(False).to(memory_format=torch.channels_last)


def lay_out(architecture: str, last: str) -> nn.Module:
    """Lay out a network without weights; VGG-16 ends at its layer `last`."""
    network = build(architecture, top=False)
    if architecture == "vgg16":
        parts = list(network.named_children())
        end = [name for name, _ in parts].index(last) + 1
        network = nn.Sequential(OrderedDict(parts[:end]))
    return network.eval()


def keep_arrays(network: nn.Module, layers: list[str], batches, n: int, folder: Path) -> None:
    """Keep layers as one writes it by hand: nothing is checked, and no labels, places or checksum.

    Values are in the same order as ours.
    """
    shapes = unit_shapes(network, layers, tuple(batches[0].shape[1:]))
    first, handles = 0, []

    def hook(file: np.ndarray):
        def put(_module, _inputs, output: Tensor) -> None:
            file[first : first + len(output)] = output.numpy()

        return put

    for layer in layers:
        shape = (n, *shapes[layer])
        file = np.lib.format.open_memmap(folder / f"{layer}.npy", "w+", "float32", shape)
        handles.append(network.get_submodule(layer).register_forward_hook(hook(file)))
    with torch.inference_mode():
        for batch in batches:
            network(batch.to(memory_format=torch.channels_last))
            first += len(batch)
    for handle in handles:
        handle.remove()


def write_layers(network: nn.Module, layers: list[str], batches, n: int, folder: Path) -> None:
    """Extract to one file a layer, as rule activations does."""
    shapes = unit_shapes(network, layers, tuple(next(iter(batches)).shape[1:]))
    shown, identities = np.resize(EXPRESSIONS, n), np.arange(n) // len(EXPRESSIONS)
    labels = pd.DataFrame({"expression": shown, "identity": identities})
    paths = {layer: folder / f"{layer}.nc" for layer in layers}
    about = {layer: {"network": "network", "training": "none", "layer": layer} for layer in layers}
    with activation_files(paths, shapes, labels, about) as write:
        extract(network, layers, batches, write, "cpu", channels_last=True)


def against_thingsvision(python: str, repeats: int, n: int = 320, size: int = 112) -> list[dict]:
    """Extract all convolutional layers of VGG-16 to files, each time in a process of its own.

    Parameters
    ----------
    python : str
        The Python that has thingsvision, or the reason why there is none.
    repeats : int
    n, size : int
        Images, and their height and width in pixels.
    """
    name = f"VGG-16, 13 layers, {n} images of {size} pixels, to files"
    sides = {
        "thingsvision 2.7.3": [python, "theirs.py", "all"],
        "thingsvision 2.7.3 told to write every batch": [python, "theirs.py", "batch"],
    }
    if not Path(python).is_file():
        return [absent(f"extraction: {name}", side, python) for side in sides]
    sides = {"nurture": [sys.executable, "ours.py", "all"]} | sides
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), n, size)
        found = {side: [] for side in sides}
        for repeat in range(repeats):
            for side in list(sides)[:: -1 if repeat % 2 else 1]:
                found[side].append(child(sides[side], Path(folder)))
        apart = _largest_difference(Path(folder))
    return [each for side in list(sides)[1:] for each in _compare(name, side, found, apart)]


def prepare(folder: Path, n: int, size: int) -> None:
    """Put weights and preprocessed images where both sides find them."""
    network = untrained("vgg16", "conv5_3")
    torch.save(list(network.state_dict().values()), folder / "weights.pt")
    rng = np.random.default_rng(1)
    images = rng.standard_normal((n, 3, size, size), dtype="float32")
    np.save(folder / "images.npy", images)


def child(command: list[str], folder: Path) -> dict:
    """Run a script of `sides` in a process of its own, and read what it measured."""
    python, script, how = command
    path = os.pathsep.join([str(HERE.parent), str(HERE.parent / "workflow")])
    environment = os.environ | {"PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"}
    if script == "theirs.py":
        # Each as its users run it: the workflow sets these for its own jobs.
        environment = {k: v for k, v in environment.items() if not k.startswith("MALLOC_")}
    done = subprocess.run(
        [python, HERE / "sides" / script, folder, how, str(BATCH)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{script} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _compare(name: str, side: str, found: dict[str, list[dict]], apart: float) -> list[dict]:
    def of(which: str, key: str) -> list[float]:
        return [values[key] for values in found[which]]

    versions = found[side][0]["versions"]
    alike = f"activations differ by at most {apart:.0e} of a layer's largest; {versions}"
    empty = min(of(side, "mib_before")), min(of("nurture", "mib_before"))
    return [
        line(
            f"extraction: {name}",
            side,
            of("nurture", "s"),
            of(side, "s"),
            aim=1 / 1.5,
            cpu=(of("nurture", "cpu"), of(side, "cpu")),
            note=alike,
        ),
        line(
            f"peak memory: {name}",
            side,
            of("nurture", "mib"),
            of(side, "mib"),
            aim=0.1,
            unit="MiB",
            note=f"theirs grows with the images; before the first one it had {empty[0]:.0f} MiB, "
            f"ours {empty[1]:.0f}",
        ),
    ]


def _largest_difference(folder: Path) -> float:
    """Largest difference between both sides' activations, as a share of a layer's largest."""
    apart = []
    for layer, module in zip(VGG_LAYERS, relu_positions(), strict=True):
        (path,) = (folder / "theirs-all" / str(module)).glob("*.npy")
        theirs = np.load(path, mmap_mode="r")[:BATCH].reshape(BATCH, -1)
        with xr.open_dataset(folder / "ours" / f"{layer}.nc") as file:
            ours = file["activation"][:BATCH].to_numpy()
        apart.append(np.abs(ours - theirs).max() / np.abs(ours).max())
    return max(apart)


def relu_positions() -> list[int]:
    """Position of each ReLU in torchvision's ``vgg16().features``."""
    positions, place = [], 0
    for count in (2, 2, 3, 3, 3):
        positions += [place + 2 * i + 1 for i in range(count)]
        place += 2 * count + 1
    return positions
