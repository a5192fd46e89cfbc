"""One extraction by Nurture, in a process of its own: FOLDER, how, size of a batch."""

import sys
from pathlib import Path

import numpy as np
import torch
from measured import report

from benchmarks.extraction import VGG_LAYERS, lay_out, write_layers

folder, _, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
torch.set_num_threads(1)
n = len(np.load(folder / "images.npy", mmap_mode="r"))
network = lay_out("vgg16", VGG_LAYERS[-1])
weights = torch.load(folder / "weights.pt")
network.load_state_dict(dict(zip(network.state_dict(), weights, strict=True)), assign=True)


class Batches:
    """Go through the images as often as wanted."""

    def __iter__(self):
        for first in range(0, n, size):
            # Mapped anew for each batch: pages that were read would count as memory.
            images = np.load(folder / "images.npy", mmap_mode="r")
            yield torch.from_numpy(images[first : first + size].copy())


(folder / "ours").mkdir(exist_ok=True)
report(
    lambda: write_layers(network, VGG_LAYERS, Batches(), n, folder / "ours"),
    f"torch {torch.__version__} here",
)
