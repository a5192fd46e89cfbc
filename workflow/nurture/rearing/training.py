"""Rearing: VGG-16 learns to distinguish the classes of a diet.

Every convolution is followed by batch normalisation (Ioffe & Szegedy 2015) while the network
learns, which is folded into its weights afterwards: what is reared is a VGG-16, no more. The
recipe is the same for every diet, and nothing about expressions takes part in it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nurture.core.errors import NurtureError
from nurture.core.files import atomic
from nurture.networks.vgg import VGG16, ReLUConv2d, ReLULinear
from nurture.networks.weights import untrained_state

MEAN = SCALE = 127.5
"""Images are shown as (pixel - mean) / scale."""
WARM_UP = 0.1
"""Share of the steps in which the learning rate rises."""
CROP = 4
"""Largest shift of an image that is shown again, in pixels."""


class Learner(nn.Module):
    """A VGG-16 while it learns: with batch normalisation, and dropout of a share of fc6 and fc7."""

    def __init__(self, vgg: VGG16, dropout: float):
        super().__init__()
        self.vgg, self.dropout = vgg, dropout
        convolutions = {n: m for n, m in vgg.named_children() if isinstance(m, ReLUConv2d)}
        self.norms = nn.ModuleDict(
            {name: nn.BatchNorm2d(m.out_channels) for name, m in convolutions.items()}
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map images (n, 3, size, size) to logits (n, classes)."""
        for name, module in self.vgg.named_children():
            if name in self.norms:
                x = functional.conv2d(x, module.weight, module.bias, padding=1)
                x = functional.relu(self.norms[name](x))
            else:
                x = module(x)
                if isinstance(module, ReLULinear):
                    x = functional.dropout(x, self.dropout, self.training)
        return x

    def folded(self) -> dict[str, Tensor]:
        """Weights, on the CPU, of the VGG-16 that does the same without batch normalisation."""
        state = {name: value.detach().clone() for name, value in self.vgg.state_dict().items()}
        for name, norm in self.norms.items():
            factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
            state[f"{name}.weight"] = weight * factor[:, None, None, None]
            state[f"{name}.bias"] = (bias - norm.running_mean) * factor + norm.bias
        return {name: value.detach().float().cpu().contiguous() for name, value in state.items()}


@dataclass
class Rearing:
    """How far a rearing has come."""

    epoch: int = 0
    """Epochs that are over."""
    curve: list[dict] = field(default_factory=list)
    """For each of them ``images`` seen so far, mean ``loss`` over it, and ``accuracy`` on held-out
    views after it."""
    best: dict[str, Tensor] = field(default_factory=dict)
    """Weights at the highest accuracy on held-out views, the last of equals."""
    early: dict[int, dict[str, Tensor]] = field(default_factory=dict)
    """Weights by the number of images seen, at the configured numbers."""

    def over(self, recipe: Mapping) -> bool:
        """Test whether nothing is left to learn: the last epoch, or none that helps any more."""
        accuracy = [point["accuracy"] for point in self.curve]
        waited = int(np.argmax(accuracy[::-1])) if accuracy else 0
        return self.epoch >= recipe["epochs"] or waited >= recipe["patience"]


def rear(
    seen: tuple[np.ndarray, np.ndarray],
    held_out: tuple[np.ndarray, np.ndarray],
    recipe: Mapping,
    seed: int,
    device: str = "cpu",
    resume: str | Path | None = None,
    report: Callable[[Rearing], None] = lambda _: None,
) -> Rearing:
    """Rear one network.

    Refuses to resume another rearing, and a loss that is no longer finite.

    Parameters
    ----------
    seen, held_out : tuple of numpy.ndarray
        Images, uint8, shape (n_images, size, size), and their classes, shape (n_images,): what it
        learns from, and views of the same classes that decide when it stops.
    recipe : mapping
        ``width``, ``hidden``, ``classes``, ``epochs``, ``patience``, ``batch``, ``rate``,
        ``decay``, ``smoothing``, ``dropout`` and ``checkpoints``; see config/rearing.yaml.
    seed : int
        Of the first weights, the order of the images and their shifts.
    device : str
        Torch device. Passes are in bfloat16 where they can be (mixed precision); weights and their
        changes are in float32.
    resume : str or Path, optional
        File that keeps what is needed to go on after each epoch; read when it is there.
    report : callable
        Called with the rearing after each epoch.
    """
    torch.manual_seed(seed)
    learner = _learner(recipe, seed, seen[0].shape[1]).to(device, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(
        learner.parameters(), lr=recipe["rate"], weight_decay=recipe["decay"]
    )
    rearing = Rearing()
    if resume is not None and Path(resume).is_file():
        rearing = _resumed(resume, recipe, seed, learner, optimiser)
    while not rearing.over(recipe):
        loss = _epoch(learner, optimiser, seen, recipe, seed, rearing, device)
        accuracy = float(np.mean(predicted(learner, held_out[0], device) == held_out[1]))
        rearing.epoch += 1
        if accuracy >= max((point["accuracy"] for point in rearing.curve), default=0):
            rearing.best = learner.folded()
        point = {"images": rearing.epoch * len(seen[0]), "loss": loss, "accuracy": accuracy}
        rearing.curve.append(point)
        if resume is not None:
            _keep(resume, recipe, seed, learner, optimiser, rearing)
        report(rearing)
    return rearing


def _learner(recipe: Mapping, seed: int, size: int) -> Learner:
    """Begin with the weights of the untrained network of the same seed."""
    shape = {"width": recipe["width"], "hidden": recipe["hidden"], "size": size}
    vgg = VGG16(recipe["classes"], **shape)
    vgg.load_state_dict(untrained_state("vgg16", seed, recipe["classes"], shape))
    return Learner(vgg, recipe["dropout"])


def _epoch(
    learner: Learner,
    optimiser: torch.optim.Optimizer,
    seen: tuple[np.ndarray, np.ndarray],
    recipe: Mapping,
    seed: int,
    rearing: Rearing,
    device: str,
) -> float:
    """Show every image once, in an order of its own for each seed and epoch."""
    images, labels = seen
    random = np.random.default_rng([seed, rearing.epoch])
    batches = np.array_split(random.permutation(len(images)), len(images) // recipe["batch"])
    total, shown = 0.0, rearing.epoch * len(images)
    learner.train()
    for i, batch in enumerate(batches):
        done = (rearing.epoch + i / len(batches)) / recipe["epochs"]
        for group in optimiser.param_groups:
            group["lr"] = recipe["rate"] * _pace(done)
        loss = functional.cross_entropy(
            _logits(learner, _shifted(images[batch], random), device),
            torch.from_numpy(labels[batch]).to(device),
            label_smoothing=recipe["smoothing"],
        )
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        total += float(loss.detach()) * len(batch)
        if not np.isfinite(total):
            raise NurtureError(f"rearing: the loss of seed {seed} is not finite; lower its rate")
        before, shown = shown, shown + len(batch)
        for count in recipe["checkpoints"]:
            if before < count <= shown:
                rearing.early[count] = learner.folded()
    return total / len(images)


def _pace(done: float) -> float:
    """Learning rate as a share of the largest: a linear rise, then half a cosine."""
    if done < WARM_UP:
        return max(done, 1e-3) / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))


def _shifted(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Shift each image by up to `CROP` pixels and mirror half of them."""
    size = images.shape[1]
    padded = np.pad(images, ((0, 0), (CROP, CROP), (CROP, CROP)))
    corners = random.integers(0, 2 * CROP + 1, (len(images), 2))
    mirrored = random.random(len(images)) < 0.5
    out = np.empty_like(images)
    for i, (top, left) in enumerate(corners):
        crop = padded[i, top : top + size, left : left + size]
        out[i] = crop[:, ::-1] if mirrored[i] else crop
    return out


def as_input(images: np.ndarray, device: str = "cpu") -> Tensor:
    """Give grey images as reared networks see them.

    From uint8, shape (n_images, size, size), to shape (n_images, 3, size, size).
    """
    pixels = torch.from_numpy(images).to(device).float()
    return ((pixels - MEAN) / SCALE)[:, None].expand(-1, 3, -1, -1)


def _logits(learner: nn.Module, images: np.ndarray, device: str) -> Tensor:
    x = as_input(images, device)
    with torch.autocast(torch.device(device).type, torch.bfloat16):
        return learner(x.contiguous(memory_format=torch.channels_last)).float()


@torch.inference_mode()
def predicted(
    network: nn.Module, images: np.ndarray, device: str = "cpu", batch: int = 100
) -> np.ndarray:
    """Class that a network gives each image.

    From uint8, shape (n_images, size, size), to int64, shape (n_images,).
    """
    network.eval()
    parts = [images[start : start + batch] for start in range(0, len(images), batch)]
    found = [_logits(network, part, device).argmax(dim=1) for part in parts]
    return torch.cat(found).cpu().numpy()


def _keep(
    path: str | Path,
    recipe: Mapping,
    seed: int,
    learner: Learner,
    optimiser: torch.optim.Optimizer,
    rearing: Rearing,
) -> None:
    """Write what a killed job goes on from."""
    state = {
        "recipe": dict(recipe),
        "seed": seed,
        "learner": learner.state_dict(),
        "optimiser": optimiser.state_dict(),
        "random": torch.get_rng_state(),
        "training_check": vars(rearing),
    }
    with atomic(path) as part:
        torch.save(state, part)


def _resumed(
    path: str | Path, recipe: Mapping, seed: int, learner: Learner, optimiser: torch.optim.Optimizer
) -> Rearing:
    try:
        state = torch.load(path, weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, UnpicklingError) as error:
        raise NurtureError(f"{path}: not readable; delete it to begin anew") from error
    if state["recipe"] != dict(recipe) or state["seed"] != seed:
        raise NurtureError(f"{path}: of a rearing by another recipe; delete it to begin anew")
    learner.load_state_dict(state["learner"])
    optimiser.load_state_dict(state["optimiser"])
    torch.set_rng_state(state["random"])
    return Rearing(**state["training_check"])
