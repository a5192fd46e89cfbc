"""Lay out a rehearsal of config/paper.yaml in results/rehearsal: make rehearsal.

The folder gets a copy of it that looks for everything there, rendered faces under the file names of
KDEF, NimStim, RaFD and AffectNet, with what goes wrong in the real sets, and random weights in two
published layouts.
"""

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

import h5py
import numpy as np
import pandas as pd
import torch
from PIL import Image

from nurture.core.expressions import EXPRESSIONS, NEUTRAL
from nurture.networks.layouts.known import IN_TORCHVISION, LAYERS, N_CONVOLUTIONS
from nurture.networks.weights import untrained_state
from nurture.stimuli.rendered.design import design
from nurture.stimuli.rendered.recipes import read_recipes
from nurture.stimuli.rendered.rendering import render

ROOT = Path(__file__).parents[1]
FOLDER = Path("results/rehearsal")
SEED, SIZE = 2022, 256
SHOWN = (*EXPRESSIONS, NEUTRAL)
KDEF = dict(zip(SHOWN, ("AN", "DI", "AF", "HA", "SA", "SU", "NE"), strict=True))
NIMSTIM = dict(zip(SHOWN, ("AN", "DI", "FE", "HA", "SA", "SP", "NE"), strict=True))
_ADJECTIVES = ("angry", "disgusted", "fearful", "happy", "sad", "surprised", "neutral")
RAFD = dict(zip(SHOWN, _ADJECTIVES, strict=True))
AFFECTNET = dict(zip(SHOWN, (6, 5, 4, 1, 2, 3, 0), strict=True))
"""What each set calls an expression."""


def faces(
    first: int, identities: int, expressions: tuple[str, ...], **varied: float
) -> Iterator[tuple[int, str, Image.Image]]:
    """Number of a person from 0, expression and rendered face."""
    spec = {"kind": "expressions", "first_identity": first, "identities": identities}
    labels = design({**spec, "expressions": expressions, **varied}, SEED)
    recipes = read_recipes(ROOT / "config/action_units.yaml")
    images = render(labels, recipes, SEED, SIZE, kernel_cache=FOLDER / "cache/warp")
    for row, (image, _) in zip(labels.itertuples(), images, strict=True):
        yield row.identity - first, row.expression, Image.fromarray(image)


def save(image: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def write_kdef(folder: Path) -> None:
    """Two women, two men; one photograph is black, and the other session takes its place."""
    identities = ("F01", "F02", "M01", "M02")
    for number, expression, image in faces(0, len(identities), SHOWN):
        name = f"{identities[number]}{KDEF[expression]}"
        save(image, folder / f"A{identities[number]}" / f"A{name}S.JPG")
        if number == 0:
            # Another photograph: the same one twice is used once.
            other = image.resize((image.width - 8, image.height - 8))
            save(other, folder / f"B{identities[number]}" / f"B{name}S.JPG")
    for name in ("AF01/AF01HAS.JPG", "AM01/AM01HAFR.JPG"):
        save(Image.new("RGB", (SIZE, SIZE)), folder / name)


def write_nimstim(folder: Path) -> None:
    """Four identities, names in both cases; one photograph without a face."""
    identities = ("01F", "02F", "21M", "22M")
    for number, expression, image in faces(10, len(identities), SHOWN):
        name = (
            f"{identities[number]}_{NIMSTIM[expression]}_{'CO'[expression in ('fear', 'surprise')]}"
        )
        save(image, folder / (f"{name}.BMP" if number % 2 else f"{name.lower()}.bmp"))
    save(Image.new("RGB", (SIZE, SIZE), "grey"), folder / "22M_AN_O.BMP")


def write_rafd(folder: Path) -> None:
    """Four identities, who also look aside."""
    for number, expression, image in faces(20, 4, SHOWN):
        start = f"Rafd090_{number + 1:02d}_Caucasian_{('female', 'male')[number % 2]}"
        save(image, folder / f"{start}_{RAFD[expression]}_frontal.jpg")
    for _, expression, image in faces(20, 1, EXPRESSIONS, gaze=30):
        save(image, folder / f"Rafd090_01_Caucasian_female_{RAFD[expression]}_left.jpg")


def write_affectnet(folder: Path) -> None:
    """Photographs of nobody in particular, listed in two tables; one is not there."""
    rows = []
    for number, expression, image in faces(30, 4, EXPRESSIONS, yaw=15, light=40):
        place = f"{number + 1}/{number}{expression}.jpg"
        save(image, folder / "Manually_Annotated_Images" / place)
        rows.append({"subDirectory_filePath": place, "expression": AFFECTNET[expression]})
    rows.append({"subDirectory_filePath": "9/gone.jpg", "expression": 1})
    for name, part in (("training.csv", rows[:6]), ("validation.csv", rows[6:])):
        pd.DataFrame(part).to_csv(folder / name, index=False, quoting=csv.QUOTE_MINIMAL)


def write_weights(folder: Path) -> None:
    """Random weights of the convolutional layers, as Keras and as PyTorch write them."""
    folder.mkdir(parents=True, exist_ok=True)
    names = LAYERS[:N_CONVOLUTIONS]
    drawn = untrained_state("vgg16", SEED)
    with h5py.File(folder / "rcmalli_vggface_tf_notop_vgg16.h5", "w") as file:
        file.attrs["layer_names"] = np.array(names, dtype="S")
        for name in names:
            group = file.create_group(name)
            group.attrs["weight_names"] = np.array([f"{name}/kernel:0", f"{name}/bias:0"], "S")
            kernel = drawn[f"{name}.weight"].numpy().transpose(2, 3, 1, 0)
            group[f"{name}/kernel:0"] = kernel
            group[f"{name}/bias:0"] = drawn[f"{name}.bias"].numpy()
    drawn = untrained_state("vgg16", SEED + 1)
    state = {
        f"{place}.{kind}": drawn[f"{name}.{kind}"]
        for name, place in zip(names, IN_TORCHVISION, strict=False)
        for kind in ("weight", "bias")
    }
    torch.save(state, folder / "vgg16_features-amdegroot-88682ab5.pth")


def write_configuration(folder: Path) -> None:
    """The paper's, with the folder before every place where users put files."""
    text = (ROOT / "config/paper.yaml").read_text(encoding="utf-8")
    text = re.sub(r"\b(?=(photographs|weights)/)", f"{folder.as_posix()}/", text)
    (folder / "paper.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_kdef(FOLDER / "photographs/kdef")
    write_nimstim(FOLDER / "photographs/nimstim")
    write_rafd(FOLDER / "photographs/rafd")
    write_affectnet(FOLDER / "photographs/affectnet")
    write_weights(FOLDER / "weights")
    write_configuration(FOLDER)
