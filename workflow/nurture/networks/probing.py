"""Whether a response belongs to the image: alone, together, in another order and again.

An activation is written beside one stimulus. Where it depends on chance, on what else is shown or
on how many images are shown at once, it is no response to that stimulus, and nothing that is
computed from it would say so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from nurture.core.errors import NurtureError
from nurture.networks.preprocess import preprocess
from nurture.networks.tracing import device_of, reading, show

SHOWN = 4
"""Different images: smooth patches and noise, in turn."""

SEED = 2022
DRAWS = 8
"""Passes under other seeds, to find out whether it is chance that a layer depends on."""

UNITS = 2**13
"""Units of a layer that are compared, drawn at random where it has more."""

SPREAD = 1e-3
"""What may differ between batches, where other kernels sum in another order: this share of what a
unit differs by between images, on average over the layer, and the next line."""

ROUNDINGS = 16
"""Of the layer's largest value, in the coarsest type of number that the network computes with."""

AGAIN = 2
"""Roundings of float32 that may differ where the same is shown again."""

STATE = "changes when the same is shown again (a state that is kept, or a generator of its own)"
CHANCE = "depends on chance: it changes with the seed (dropout or noise in evaluation mode)"
NUMBER = "depends on how many images are shown at once"
OTHERS = "depends on the other images that are shown at once (statistics of the batch)"

Take = Callable[[str, Tensor], None]
"""Takes a layer, and what it puts out: a row for each image."""


def probe_images(seen: Mapping) -> Tensor:
    """Draw the images to try a network with, shape (4, channels, size, size), as it sees them."""
    generator, size = torch.Generator().manual_seed(SEED), seen["size"]
    noise = torch.rand(SHOWN // 2, 3, size, size, generator=generator)
    patches = torch.rand(SHOWN // 2, 3, 5, 5, generator=generator)
    smooth = functional.interpolate(patches, (size, size), mode="bilinear")
    pixels = 255 * torch.stack([smooth, noise], dim=1).flatten(0, 1)
    return preprocess(pixels.to(torch.uint8).permute(0, 2, 3, 1).numpy(), seen)


def probe(
    module: nn.Module, layers: Iterable[str], images: Tensor, sizes: Iterable[int]
) -> dict[str, str]:
    """Find the layers whose outputs do not belong to the image, and say what each depends on.

    That begins with a verb. A network that fails on so many images is refused.

    Parameters
    ----------
    module : Module
        The network, in evaluation mode, on the device that extraction uses.
    layers : iterable of str
        Names of submodules that put out a tensor once in a pass.
    images : Tensor of shape (n, channels, rows, columns)
        Different images; see `probe_images`.
    sizes : iterable of int
        How many images extraction shows at once.
    """
    answers, turns = _Answers(module, layers, images), range(len(images))
    watched = reading(module, answers.layers, answers.take_rows)
    with watched, torch.random.fork_rng():
        torch.manual_seed(SEED)
        for i in turns:
            answers.learn(i)
        for size in (sizes := sorted(set(sizes), reverse=True)):
            answers.compare([i % len(images) for i in range(size)])
        answers.compare([(i + 1) % len(images) for i in reversed(range(sizes[-1]))])
        for i in turns:
            answers.compare([i], again=True)
        if answers.unlike:
            answers.faults |= _causes(answers, sizes[0])
    return answers.faults


def check_answers(
    module: nn.Module, layers: Iterable[str], seen: Mapping, sizes: Iterable[int]
) -> None:
    """Refuse a network of which a layer's outputs do not belong to the image; see `probe`."""
    for layer, fault in probe(module, layers, probe_images(seen), sizes).items():
        raise NurtureError(f"layer {layer!r} {fault}, so no units can be read from it")


def batch_sizes(batch: int) -> tuple[int, ...]:
    """How many images to try at once, not knowing how many are left for the last batch."""
    return batch, max(1, batch - 1)


def _causes(answers: "_Answers", size: int) -> dict[str, str]:
    """Find out what it is that layers depend on which differ between passes."""
    order = [i % len(answers.images) for i in range(size)]
    once, again, *others = (answers.rows(order, seed) for seed in (0, 0, *range(1, DRAWS + 1)))
    one, copies = answers.rows([0], 0), answers.rows([0] * size, 0)
    causes = {}
    for layer in answers.unlike - answers.faults.keys():
        if answers.differ(layer, once, again, again=True):
            causes[layer] = STATE
        elif any(answers.differ(layer, once, other, again=True) for other in others):
            causes[layer] = CHANCE
        elif answers.differ(layer, one, copies):
            causes[layer] = NUMBER
        else:
            causes[layer] = OTHERS
    return causes


class _Answers:
    """What layers put out to images, one pass after another.

    ``alone`` are rows of each layer to images that were shown alone; ``unlike`` the layers that put
    out something else in another pass, and ``faults`` those that put out other shapes.
    """

    def __init__(self, module: nn.Module, layers: Iterable[str], images: Tensor):
        self.module, self.layers = module, list(layers)
        self.images, self.eps = images.to(device_of(module)), torch.finfo(torch.float32).eps
        self.alone: dict[str, list[Tensor]] = {layer: [] for layer in self.layers}
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.places: dict[str, Tensor] = {}
        self.allowed: dict[str, tuple[float, float]] = {}
        self.unlike: set[str] = set()
        self.faults: dict[str, str] = {}
        self.n, self.take, self.seen = 0, lambda _layer, _rows: None, set[str]()

    def learn(self, i: int) -> None:
        """Show an image alone, and keep the rows."""
        with _Coarsest() as coarsest:
            self._show([i], lambda layer, rows: self.alone[layer].append(rows))
        self.eps = max(self.eps, coarsest.eps)

    def compare(self, order: Sequence[int], again: bool = False) -> None:
        """Show images together, and note the layers in which they get other rows than alone."""

        def compare(layer: str, rows: Tensor) -> None:
            alone = torch.cat([self.alone[layer][i] for i in order])
            if self._differ(layer, alone, rows, again):
                self.unlike.add(layer)

        self._show(order, compare)

    def rows(self, order: Sequence[int], seed: int) -> dict[str, Tensor]:
        """Show images together under a seed."""
        found: dict[str, Tensor] = {}
        torch.manual_seed(seed)
        self._show(
            order, lambda layer, rows: found.update({layer: rows} if layer in self.unlike else {})
        )
        return found

    def differ(self, layer: str, a: Mapping, b: Mapping, again: bool = False) -> bool:
        """Test whether rows of two passes are more than roundings apart."""
        if layer not in a or layer not in b:
            return True
        return self._differ(layer, a[layer].expand_as(b[layer]), b[layer], again)

    def _differ(self, layer: str, a: Tensor, b: Tensor, again: bool) -> bool:
        if layer not in self.allowed:
            self.allowed[layer] = self._tolerances(layer)
        same = (a == b) | (a.isnan() & b.isnan())
        # Not-a-number beside a number is a difference, of which nothing is smaller or equal.
        return not bool((same | ((a - b).abs() <= self.allowed[layer][again])).all())

    def _tolerances(self, layer: str) -> tuple[float, float]:
        """Describe what may differ between batches, and where the same is shown again."""
        alone = torch.cat(self.alone[layer]).nan_to_num()
        largest, spread = float(alone.abs().max()), float(alone.var(dim=0).mean().sqrt())
        rounding = torch.finfo(torch.float32).eps
        return SPREAD * spread + ROUNDINGS * self.eps * largest, AGAIN * rounding * largest

    def take_rows(self, layer: str, output: Tensor) -> None:
        """Take what a layer puts out in a pass."""
        if layer in self.faults:
            return
        if layer in self.seen:
            self.faults[layer] = "is run more than once for some images"
            return
        self.seen.add(layer)
        shape = tuple(output.shape)
        if shape != (self.n, *self.shapes.setdefault(layer, shape[1:])):
            self.faults[layer] = (
                f"{NUMBER}: it puts out shape {shape} for {self.n} image{'s' * (self.n > 1)}"
            )
            return
        rows = output.detach().flatten(1)
        if rows.shape[1] > UNITS:
            if layer not in self.places:
                drawn = np.random.default_rng(SEED).permutation(rows.shape[1])[:UNITS]
                self.places[layer] = torch.from_numpy(drawn).to(rows.device)
            rows = rows[:, self.places[layer]]
        self.take(layer, rows.float().clone())

    def _show(self, order: Sequence[int], take: Take) -> None:
        self.n, self.take, self.seen = len(order), take, set()
        exact = torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)
        with exact:
            show(self.module, self.images[list(order)])
        for layer in self.alone.keys() - self.seen:
            self.faults.setdefault(layer, "is not run for every image")


class _Coarsest(TorchDispatchMode):
    """Find the coarsest type of floating-point number that a pass computes with."""

    eps = 0.0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and result.dtype.is_floating_point:
            self.eps = max(self.eps, torch.finfo(result.dtype).eps)
        return result
