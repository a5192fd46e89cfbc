"""Activation files at half precision against those at single precision."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from torch import Tensor

from benchmarks.measuring import line, side_by_side, timed_line
from nurture.activations import activation_files, extract, unit_shapes
from nurture.faces.design import design
from nurture.faces.look import apply_look
from nurture.faces.recipes import read_recipes
from nurture.faces.rendering import render
from nurture.files import open_dataset
from nurture.networks.preprocess import preprocess
from nurture.networks.weights import build, package_state
from nurture.units import unit_blocks

LAYER = "stage1_3"
"""The widest layer of the face network, 39,200 units."""

IDENTITIES, SIZE, SEED, BATCH, TIMES = 8, 224, 1, 8, 4


def storage(repeats: int, config: str) -> list[dict]:
    """Write what the face network answers to rendered faces by stimulus, and read it by unit.

    Parameters
    ----------
    repeats : int
    config : str
        The configuration that says how faces look and how the network sees them.
    """
    settings = yaml.safe_load(Path(config).read_text(encoding="utf-8"))
    batches, shape = _answers(settings)
    n = sum(map(len, batches))
    labels = pd.DataFrame({"expression": ["anger"] * n, "identity": np.arange(n)})
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / f"{name}.nc" for name in ("half", "single")}

        def write(precision: str) -> Callable[[], None]:
            files = {LAYER: paths[precision]}, {LAYER: shape}, labels, {LAYER: {}}

            def work() -> None:
                with activation_files(*files, precision) as put:
                    for i, batch in enumerate(batches):
                        put(LAYER, i * BATCH, batch)

            return work

        def read(precision: str) -> Callable[[], None]:
            def work() -> None:
                with open_dataset(paths[precision], "activations") as file:
                    for _ in unit_blocks(file["activation"]):
                        pass

            return work

        written = side_by_side([write(name) for name in paths], repeats)
        found = side_by_side([read(name) for name in paths], repeats)
        sizes = [[path.stat().st_size / 2**20] for path in paths.values()]
    name = f"half precision, {n} stimuli x {np.prod(shape):,} units"
    against = "single precision"
    return [
        timed_line(f"writing by stimulus: {name}", against, written),
        timed_line(f"reading by unit: {name}", against, found),
        line(f"size on the disk: {name}", against, *sizes, unit="MiB"),
    ]


def _answers(settings: dict) -> tuple[list[Tensor], tuple[int, int, int]]:
    """Show the default's network some of the default's faces, repeated `TIMES` times."""
    recipes = read_recipes(settings["faces"]["action_units"])
    spec = {"kind": "expressions", "first_identity": 0, "identities": IDENTITIES}
    labels = design(spec, SEED, tuple(recipes.expressions))
    with tempfile.TemporaryDirectory() as kernels:
        frames = list(render(labels, recipes, SEED, SIZE, "cpu", kernels))
    images, masks = (np.stack(part) for part in zip(*frames, strict=True))
    seen = settings["networks"]["face-identity"]["input"]
    shown = preprocess(apply_look(images, masks, settings["faces"]["look"]), seen)
    network = build("dlib-face-resnet")
    network.load_state_dict(package_state("dlib-face-resnet"), assign=True)
    network.eval().requires_grad_(False)
    batches = []
    extract(network, [LAYER], shown.split(BATCH), lambda *part: batches.append(part[2]), "cpu")
    return batches * TIMES, unit_shapes(network, [LAYER], tuple(shown.shape[1:]))[LAYER]
